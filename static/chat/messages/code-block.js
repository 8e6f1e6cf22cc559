/** @import { Language } from "./syntax.js" */

import { copyButton } from "../ui/copy.js";
import { h, setAttribute, setText } from "../ui/dom.js";

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
const MAX_NAME_CHARS = 30;
const MAX_HIGHLIGHTED_CHARS = 40_000; // longer code is not highlighted

/** @type {WeakMap<Node, CodeBlock>} */
const blocks = new WeakMap(); // by their elements

/** A block of code with its language and a copy button. It is highlighted once it is complete. */
export class CodeBlock {
  text = "";
  /** @type {string | null} */
  language = null;
  #code = h("code", { translate: "no" });
  #name = h("span");
  #frame = h("pre", { tabindex: "0", role: "region", dir: "ltr" }, this.#code);
  #highlighted = false;

  constructor() {
    const copy = copyButton(() => this.text, "Copy code");
    this.element = h("figure.code", {}, h("figcaption", {}, this.#name, copy), this.#frame);
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
    const { firstChild } = this.#code;
    const grew = text.startsWith(this.text);
    if (firstChild instanceof Text && !this.#highlighted && grew) firstChild.appendData(text.slice(this.text.length));
    else this.#code.textContent = text;
    this.text = text;
    this.#highlighted = false;
  }

  /** Highlight the block, which is complete. */
  async highlight() {
    const { text } = this;
    const language = LANGUAGE_OF.get((this.language ?? "").toLowerCase());
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

  /** @param {string} language */
  #setLanguage(language) {
    if (language === this.language) return;
    this.language = language;
    setText(this.#name, language || "code");
    setAttribute(this.#frame, "aria-label", language ? `Code, ${language}` : "Code");
  }
}
