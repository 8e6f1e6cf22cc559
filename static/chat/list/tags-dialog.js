// The tags of a conversation: what it has, and a field for another. Each change is saved at once.

/** @import { Conversations } from "./conversations.js" */

import { announce } from "../ui/announce.js";
import { closable } from "../ui/dialogs.js";
import { h, setText } from "../ui/dom.js";
import { errorText } from "../ui/errors.js";
import { iconButton } from "../ui/icons.js";

const MAX_TAGS = 10; // of a conversation
const MAX_TAG_CHARS = 30;

/**
 * @param {Conversations} list
 * @param {string} id of the conversation
 */
export function editTags(list, id) {
  const tags = () => list.get(id)?.tags ?? [];
  const chips = h("ul.tags");
  const problem = h("p.error", { role: "alert" });
  const known = h(
    "datalist",
    { id: "known-tags" },
    list.tags.map((value) => h("option", { value })),
  );
  const field = h("input", {
    "aria-label": "New tag",
    autocomplete: "off",
    dir: "auto",
    list: "known-tags",
    maxlength: MAX_TAG_CHARS,
    placeholder: "New tag",
  });
  const add = h("button.outlined", { type: "submit" }, "Add");
  const form = h("form.pair", {}, field, add);
  const dialog = h(
    "dialog.note-card.tags-card",
    { "aria-labelledby": "tags-title" },
    h("h2", { id: "tags-title" }, "Tags"),
    h("p.quiet", { dir: "auto" }, list.get(id)?.title ?? ""),
    chips,
    form,
    known,
    problem,
    h("button.outlined", { "data-close": "" }, "Close"),
  );

  /** @param {string[]} changed */
  async function save(changed) {
    setText(problem, "");
    try {
      await list.change(id, { tags: changed });
    } catch (error) {
      setText(problem, errorText(error));
    }
    show();
  }

  function show() {
    const remove = (/** @type {string} */ name) => () => {
      field.focus();
      announce(`Removed ${name}`);
      save(tags().filter((each) => each !== name));
    };
    const chip = (/** @type {string} */ name) =>
      h("li.tag", {}, h("bdi", {}, name), iconButton("x", `Remove the tag ${name}`, { onclick: remove(name) }));
    chips.replaceChildren(...tags().map(chip));
    const full = tags().length >= MAX_TAGS;
    field.disabled = full;
    add.disabled = full;
    field.placeholder = full ? `${MAX_TAGS} tags, the limit` : "New tag";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = field.value.trim();
    if (!name) return;
    field.value = "";
    const present = tags().some((each) => each.toLowerCase() === name.toLowerCase());
    if (present) setText(problem, "The conversation has this tag already.");
    else save([...tags(), name]);
  });
  closable(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  show();
  document.body.append(dialog);
  dialog.showModal();
  field.focus();
}
