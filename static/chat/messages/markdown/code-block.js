/**
 * @import { Diagram } from "./diagram.js"
 * @import { Language } from "./syntax.js"
 */

import { copyButton } from "../../ui/copy.js";
import { h, setAttribute, setText } from "../../ui/dom.js";
import { count } from "../../ui/format.js";
import { iconButton } from "../../ui/icons.js";

/** @type {Record<Language, string[]>} */
const ALIASES = {
  bash: ["bash", "sh", "shell", "zsh", "console"],
  c: ["c", "h"],
  cpp: ["cpp", "c++", "cc", "hpp"],
  css: ["css"],
  diff: ["diff", "patch"],
  dockerfile: ["dockerfile", "docker"],
  go: ["go", "golang"],
  ini: ["ini", "toml", "conf"],
  java: ["java"],
  javascript: ["javascript", "js", "jsx", "mjs"],
  json: ["json"],
  markdown: ["markdown", "md"],
  python: ["python", "py", "python3"],
  rust: ["rust", "rs"],
  sql: ["sql"],
  typescript: ["typescript", "ts", "tsx"],
  xml: ["xml", "html", "svg"],
  yaml: ["yaml", "yml"],
};
const LANGUAGE_OF = new Map(
  Object.entries(ALIASES).flatMap(([language, names]) =>
    names.map((name) => [name, /** @type {Language} */ (language)]),
  ),
);
const DIAGRAM = "mermaid";
const MAX_NAME_CHARS = 30;
const MAX_SHOWN_LINES = 40; // longer code is folded where it is complete from the start
const MAX_HIGHLIGHTED_CHARS = 40_000; // longer code is not highlighted

/** @type {WeakMap<Node, CodeBlock>} */
const blocks = new WeakMap(); // by their elements

/** A block of code with its language and its actions. It is highlighted once it is complete. */
export class CodeBlock {
  text = "";
  /** @type {string | null} */
  language = null;
  #code = h("code", { translate: "no" });
  #name = h("span");
  #frame = h("pre", { tabindex: "0", role: "region", dir: "ltr" }, this.#code);
  #highlighted = false;
  /** @type {Diagram | null} */
  #diagram = null;
  #wrap = iconButton("text-wrap", "Wrap lines", { "aria-pressed": "false", onclick: () => this.#toggleWrap() });
  #lines = h("button.quiet.lines", { hidden: true, onclick: () => this.#fold(!this.#folded) });

  constructor() {
    const copy = copyButton(() => this.text, "Copy code");
    const caption = h("figcaption", {}, this.#name, this.#wrap, copy);
    this.element = h("figure.code", {}, caption, this.#frame, this.#lines);
    blocks.set(this.element, this);
  }

  /**
   * Return the block of an element; undefined if it is not a block's element.
   *
   * @param {Node} element
   */
  static of(element) {
    return blocks.get(element);
  }

  /**
   * Show a text. If it only grew, only the new part is added. The language's name may grow too.
   *
   * @param {string} text
   * @param {string | null | undefined} language
   */
  show(text, language) {
    this.#setLanguage(
      (language ?? "")
        .trim()
        .split(/[\s{,]/, 1)[0]
        ?.slice(0, MAX_NAME_CHARS) ?? "",
    );
    if (text === this.text) return;
    this.#diagram?.remove();
    this.#diagram = null;
    const { firstChild } = this.#code;
    const grew = text.startsWith(this.text);
    if (firstChild instanceof Text && !this.#highlighted && grew) firstChild.appendData(text.slice(this.text.length));
    else this.#code.textContent = text;
    this.text = text;
    this.#highlighted = false;
  }

  /** Fold the block if it is long. Not one that grew on the screen: nothing jumps under a reader. */
  fold() {
    if (this.#lineCount > MAX_SHOWN_LINES) this.#fold(true);
  }

  get #lineCount() {
    return this.text.split("\n").length;
  }

  get #folded() {
    return this.element.classList.contains("folded");
  }

  /** @param {boolean} folded */
  #fold(folded) {
    this.element.classList.toggle("folded", folded);
    this.#lines.hidden = false;
    setText(this.#lines, folded ? `Show all ${count(this.#lineCount, "line")}` : "Show less");
    setAttribute(this.#lines, "aria-expanded", String(!folded));
  }

  #toggleWrap() {
    const wrapped = this.element.classList.toggle("wrapped");
    setAttribute(this.#wrap, "aria-pressed", String(wrapped));
  }

  /** Highlight the block, which is complete. Offer to fold it if it is long. */
  async highlight() {
    if (this.#lines.hidden && this.#lineCount > MAX_SHOWN_LINES) this.#fold(false);
    const { text } = this;
    const name = (this.language ?? "").toLowerCase();
    if (name === DIAGRAM && !this.#diagram) this.#draw();
    const language = LANGUAGE_OF.get(name);
    if (this.#highlighted || !language || text.length > MAX_HIGHLIGHTED_CHARS) return;
    this.#highlighted = true;
    try {
      const { highlighted } = await import("./syntax.js");
      const content = await highlighted(text, language);
      if (text === this.text) this.#code.replaceChildren(content);
    } catch {
      // The code is readable without colours.
    }
  }

  async #draw() {
    const { text } = this;
    try {
      const { Diagram } = await import("./diagram.js");
      if (text === this.text && !this.#diagram) this.#diagram = new Diagram(this.element, text);
    } catch {
      // The code is readable without its diagram.
    }
  }

  /** @param {string} language */
  #setLanguage(language) {
    if (language === this.language) return;
    this.language = language;
    setText(this.#name, language || "code");
    setAttribute(this.#frame, "aria-label", language ? `Code, ${language}` : "Code");
  }
}
