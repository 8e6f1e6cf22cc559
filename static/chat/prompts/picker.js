// The list of saved prompts over the composer. Imported when it is first opened.

/** @import { SavedPrompt } from "../types.js" */

import { h, setAttribute } from "../ui/dom.js";
import { isComposing } from "../ui/text-field.js";
import { library, selectPlaceholder } from "./library.js";
import { editPrompts } from "./prompt-dialog.js";

const MAX_SHOWN = 50;

/** While the text begins with "/", the list shows the prompts that match what follows. The field keeps the focus. */
export class PromptPicker {
  #area;
  #list = h("ul.prompt-list", { id: "prompt-list", role: "listbox", "aria-label": "Saved prompts", hidden: true });
  #active = 0;
  /** Whether a prompt with placeholders was inserted, so that Tab goes to the next one. */
  #filling = false;
  /** The text for which Escape closed the list. */
  #closed = "";
  /** Whether a prompt is put above the text that is there, and not in its place. */
  #above = false;

  /** @param {HTMLTextAreaElement} area */
  constructor(area) {
    this.#area = area;
    area.closest("form")?.prepend(this.#list);
    area.setAttribute("aria-autocomplete", "list");
    area.addEventListener("input", () => {
      this.#above = false;
      this.update();
    });
    area.addEventListener("blur", () => this.#hide());
    area.addEventListener("keydown", (event) => this.#handleKey(event), { capture: true });
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  }

  /** Open the list, over a text that is there already with all prompts. */
  async open() {
    const { value } = this.#area;
    this.#closed = "";
    this.#area.focus();
    if (!value) {
      this.#setText("/"); // which opens it
      return;
    }
    await library.refresh();
    this.#above = !value.startsWith("/");
    this.update();
  }

  /** Show what matches the text, or nothing where it is not the beginning of a prompt's name. */
  update() {
    const { value } = this.#area;
    if (!value) this.#filling = false;
    const typed = /^\/[^\n]*$/.test(value) && value !== this.#closed ? value.slice(1) : null;
    const letters = this.#above ? "" : typed;
    const found = letters === null ? [] : library.matching(letters).slice(0, MAX_SHOWN);
    if (letters === null || (!found.length && letters)) {
      this.#hide();
      return;
    }
    const options = found.map((prompt) => option(prompt.name, prompt.text, () => this.#insert(prompt)));
    const note = library.all.length ? "" : "Texts that you use again, with {{placeholders}}";
    options.push(option("Edit prompts…", note, () => this.#edit()));
    for (const [at, each] of options.entries()) each.id = `prompt-option-${at}`;
    this.#list.replaceChildren(...options);
    this.#list.hidden = false;
    this.#area.setAttribute("aria-controls", this.#list.id);
    this.#select(0);
  }

  #hide() {
    this.#above = false;
    this.#list.hidden = true;
    setAttribute(this.#area, "aria-activedescendant", null);
    setAttribute(this.#area, "aria-controls", null);
  }

  /** @param {number} at */
  #select(at) {
    const options = [...this.#list.children];
    this.#active = (at + options.length) % options.length;
    for (const [index, each] of options.entries()) each.setAttribute("aria-selected", String(index === this.#active));
    options[this.#active]?.scrollIntoView({ block: "nearest" });
    this.#area.setAttribute("aria-activedescendant", `prompt-option-${this.#active}`);
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    if (isComposing(event)) return;
    const { key, shiftKey } = event;
    let handled = true;
    if (this.#list.hidden) {
      handled = key === "Tab" && !shiftKey && this.#filling && selectPlaceholder(this.#area, this.#area.selectionEnd);
    } else if (key === "ArrowDown") this.#select(this.#active + 1);
    else if (key === "ArrowUp") this.#select(this.#active - 1);
    else if ((key === "Enter" && !shiftKey) || key === "Tab") this.#choose();
    else if (key === "Escape") {
      this.#closed = this.#area.value;
      this.#hide();
    } else handled = false;
    if (!handled) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #choose() {
    const active = this.#list.children[this.#active];
    if (active instanceof HTMLElement) active.click();
  }

  /** @param {SavedPrompt} prompt */
  #insert({ text }) {
    this.#setText(this.#above ? `${text}\n\n${this.#area.value}` : text);
    this.#filling = selectPlaceholder(this.#area, 0);
  }

  #edit() {
    if (!this.#above) this.#setText("");
    this.#hide();
    this.#area.blur(); // a field that had the focus all along would take no text when the dialog is closed
    editPrompts(() => this.#area.focus());
  }

  /** @param {string} text */
  #setText(text) {
    this.#area.value = text;
    this.#area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @param {() => void} onclick
 */
function option(name, text, onclick) {
  return h(
    "li",
    { role: "option", onclick },
    h("span.name", { dir: "auto" }, name),
    h("span.quiet", { dir: "auto" }, text.slice(0, 200)),
  );
}
