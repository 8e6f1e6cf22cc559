// Temporary chats: the mark of one that is shown, a way to keep it, and its end when it is left.

/** @import { Chat } from "./chat.js" */

import { conversations as api } from "../transport/api.js";
import { byId, h, setText } from "../ui/dom.js";
import { errorText } from "../ui/errors.js";
import { toast } from "../ui/toasts.js";
import { forgetDraft } from "./drafts.js";

const UNDO_TIME = 11_000; // milliseconds: a little longer than its toast

/**
 * @param {Chat} chat
 * @param {(id: string) => unknown} reopen
 */
export function handleTemporaryChats(chat, reopen) {
  const text = h("p");
  const keep = h("button.outlined", { type: "button" }, "Keep this chat");
  const mark = h("div.message.temporary", { role: "status", hidden: true }, text, keep);
  byId("composer").before(mark);
  /** @type {string | null} the temporary chat that is shown */
  let shown = null;
  /** @type {Map<string, number>} timers of those that were left, by id */
  const leaving = new Map();

  keep.addEventListener("click", async () => {
    try {
      await chat.keep();
      shown = null;
      if (chat.id) chat.emit("named", chat.id);
      toast("This chat is kept.");
    } catch (error) {
      toast(errorText(error));
    }
  });

  /** @param {string} id */
  const leave = (id) => {
    const remove = () => {
      leaving.delete(id);
      forgetDraft(id);
      chat.list.remove(id).catch(() => {}); // the server erases it later
    };
    leaving.set(id, setTimeout(remove, UNDO_TIME));
    toast("The temporary chat was deleted.", { label: "Undo", run: () => reopen(id) });
  };

  chat.on("shown", () => {
    const { id, temporary } = chat;
    if (shown && shown !== id) leave(shown);
    if (id !== shown) shown = null;
    if (id && temporary) {
      clearTimeout(leaving.get(id));
      leaving.delete(id);
      shown = id;
    }
    mark.hidden = !temporary || (chat.state !== "ready" && chat.state !== "new");
    setText(text, "Temporary chat: it is not in your list, and is deleted when you leave it.");
  });

  addEventListener("pagehide", () => {
    for (const id of [...leaving.keys(), ...(shown ? [shown] : [])]) {
      forgetDraft(id);
      api.removeOnLeaving(id);
    }
  });
}
