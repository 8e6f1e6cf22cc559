// The dialog in which saved prompts are written, changed and deleted.

/** @import { SavedPrompt } from "../types.js" */

import { ApiError } from "../transport/api.js";
import { closable } from "../ui/dialogs.js";
import { h, setText } from "../ui/dom.js";
import { errorText } from "../ui/errors.js";
import { iconButton } from "../ui/icons.js";
import { library } from "./library.js";

const MAX_NAME_CHARS = 60;
const MAX_TEXT_CHARS = 10_000;

/**
 * Open the dialog.
 *
 * @param {() => void} closed called when it is closed
 */
export function editPrompts(closed) {
  new PromptDialog(closed).open();
}

class PromptDialog {
  /** @type {string | null} the id of the prompt in the fields; null for a new one */
  #edited = null;
  #list = h("ul.rows", { "aria-label": "Your prompts" });
  #state = h("p.quiet", { role: "status" });
  #error = h("p.error", { role: "alert" });
  #name = h("input", { id: "prompt-name", maxlength: MAX_NAME_CHARS, autocomplete: "off", dir: "auto" });
  #text = h("textarea", { id: "prompt-text", rows: "6", maxlength: MAX_TEXT_CHARS, dir: "auto" });
  #heading = h("h3", {}, "New prompt");
  #cancel = h("button.outlined", { hidden: true, onclick: () => this.#edit(null) }, "Cancel");
  #dialog;

  /** @param {() => void} closed */
  constructor(closed) {
    const form = h(
      "form",
      {},
      this.#heading,
      h("div.field", {}, h("label", { for: "prompt-name" }, "Name"), this.#name),
      h("div.field", {}, h("label", { for: "prompt-text" }, "Text"), this.#text),
      h("p.quiet", {}, "Parts in double braces, such as {{topic}}, are selected one after the other with Tab."),
      this.#error,
      h("div.buttons", {}, this.#cancel, h("button.primary", { type: "submit" }, "Save")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    const close = iconButton("x", "Close", { "data-close": true });
    const title = h("h2", { id: "prompts-title" }, "Prompts");
    const content = [h("header", {}, title, close), this.#list, this.#state, form];
    this.#dialog = h("dialog.note-card.prompts", { "aria-labelledby": "prompts-title" }, content);
    closable(this.#dialog);
    this.#dialog.addEventListener("close", () => {
      this.#dialog.remove();
      closed();
    });
  }

  open() {
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    this.#show();
    this.#name.focus();
    this.#attempt(() => library.refresh());
  }

  #show() {
    this.#list.replaceChildren(...library.all.map((prompt) => this.#row(prompt)));
    this.#list.hidden = !library.all.length;
  }

  /** @param {SavedPrompt} prompt */
  #row(prompt) {
    const { name } = prompt;
    const edit = iconButton("pencil", `Edit ${name}`, { onclick: () => this.#edit(prompt) });
    const remove = iconButton("trash-2", `Delete ${name}`, { onclick: () => this.#remove(prompt) });
    return h("li", {}, h("span.name", { dir: "auto" }, name), edit, remove);
  }

  /** @param {SavedPrompt | null} prompt */
  #edit(prompt) {
    this.#edited = prompt?.id ?? null;
    this.#name.value = prompt?.name ?? "";
    this.#text.value = prompt?.text ?? "";
    this.#cancel.hidden = !prompt;
    setText(this.#heading, prompt ? `Edit “${prompt.name}”` : "New prompt");
    setText(this.#error, "");
    this.#name.focus();
  }

  async #save() {
    const name = this.#name.value.trim();
    const text = this.#text.value;
    if (!name || !text.trim()) {
      setText(this.#error, name ? "Enter a text." : "Enter a name.");
      (name ? this.#text : this.#name).focus();
      return;
    }
    await this.#attempt(async () => {
      await library.save(this.#edited, { name, text });
      this.#edit(null);
      setText(this.#state, `“${name}” is saved.`);
    });
  }

  /** @param {SavedPrompt} prompt */
  async #remove(prompt) {
    await this.#attempt(async () => {
      await library.remove(prompt);
      if (this.#edited === prompt.id) this.#edited = null; // saving makes a new one
      const { name, text } = prompt;
      const restore = async () => {
        await library.save(null, { name, text });
        setText(this.#state, `“${name}” is back.`);
      };
      const undo = h("button.outlined.small", { onclick: () => this.#attempt(restore) }, "Undo");
      this.#state.replaceChildren(`“${name}” was deleted. `, undo);
      undo.focus();
    });
  }

  /** @param {() => Promise<unknown>} work */
  async #attempt(work) {
    try {
      await work();
      setText(this.#error, "");
    } catch (error) {
      const fields = error instanceof ApiError ? Object.values(error.fields).flat().join(" ") : "";
      setText(this.#error, fields || errorText(error));
    }
    this.#show();
  }
}
