// Share links: making one, and the list of all, where they are copied and withdrawn.

/** @import { Share } from "../types.js" */

import { shares as api } from "../transport/api.js";
import { copyButton } from "../ui/copy.js";
import { closable } from "../ui/dialogs.js";
import { h } from "../ui/dom.js";
import { errorText } from "../ui/errors.js";
import { toast } from "../ui/toasts.js";

/**
 * Make a link to the branch that is shown, and show it among the others.
 *
 * @param {string} conversation
 */
export async function shareConversation(conversation) {
  try {
    await api.add(conversation);
    await showShares();
  } catch (error) {
    toast(`No link was made. ${errorText(error)}`);
  }
}

/** Show the links of this user, the newest first. */
export async function showShares() {
  let found;
  try {
    found = (await api.list()).shares;
  } catch (error) {
    toast(errorText(error));
    return;
  }
  const list = h("ul.shares", {}, found.map(row));
  const help = found.length
    ? "Anyone with a link can read the conversation as it was when the link was made. Your name is not shown."
    : "There are no links. Make one in the menu of a conversation.";
  const dialog = h(
    "dialog.note-card",
    { "aria-labelledby": "shares-title" },
    h("h2", { id: "shares-title" }, "Shared links"),
    h("p.quiet", {}, help),
    list,
    h("button.outlined", { type: "button", "data-close": "" }, "Close"),
  );
  closable(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {Share} share */
function row({ id, path, title, created_at: at }) {
  const address = new URL(path, location.href).href;
  const withdraw = h(
    "button.quiet.danger",
    { type: "button", "aria-label": `Withdraw the link to ${title}` },
    "Withdraw",
  );
  const link = h("a", { href: address, target: "_blank", rel: "noopener", dir: "auto" }, title);
  const copy = copyButton(() => address, `Copy the link to ${title}`);
  const item = h("li", {}, h("span.name", {}, link, h("span.quiet", {}, ` ${at.slice(0, 10)}`)), copy, withdraw);
  withdraw.addEventListener("click", async () => {
    try {
      await api.remove(id);
      item.replaceChildren(h("span.quiet", {}, `The link to “${title}” does not work any more.`));
    } catch (error) {
      toast(errorText(error));
    }
  });
  return item;
}
