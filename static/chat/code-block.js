// A block of code: its language, a button that copies it, and colours once it is complete.

import { copyButton } from "./copy.js";
import { h, setAttribute, setText } from "./dom.js";

const FILES = {
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
const FILE_OF = new Map(Object.entries(FILES).flatMap(([file, names]) => names.map((name) => [name, file])));
const LONGEST_NAME = 30; // characters
const LONGEST = 40_000; // characters: longer code stays as it is

const blocks = new WeakMap(); // figure → its block

export class CodeBlock {
  text = "";
  language = null;
  #code = h("code");
  #name = h("span");
  #frame = h("pre", { tabindex: "0", role: "region", dir: "ltr" }, this.#code);
  #coloured = false;

  constructor() {
    const copy = copyButton(() => this.text, "Copy", "Copy code");
    this.element = h("figure.code", {}, h("figcaption", {}, this.#name, copy), this.#frame);
    blocks.set(this.element, this);
  }

  // The block that an element is; undefined where it is none.
  static of(element) {
    return blocks.get(element);
  }

  // Shows a text; where it only grew, only what is new is added. The language's name grows too.
  show(text, language) {
    this.#call((language ?? "").trim().split(/[\s{,]/)[0].slice(0, LONGEST_NAME));
    if (text === this.text) return;
    const { firstChild } = this.#code;
    if (firstChild && !this.#coloured && text.startsWith(this.text)) firstChild.appendData(text.slice(this.text.length));
    else this.#code.textContent = text;
    this.text = text;
    this.#coloured = false;
  }

  // It is complete, as far as one knows: the colours are fetched when the first block needs them.
  async settle() {
    const { text } = this;
    const file = FILE_OF.get(this.language.toLowerCase());
    if (this.#coloured || !file || text.length > LONGEST) return;
    this.#coloured = true;
    try {
      const { coloured } = await import("./syntax.js");
      const colours = await coloured(text, file);
      if (text === this.text) this.#code.replaceChildren(colours);
    } catch {
      // Without colours it is as readable.
    }
  }

  #call(language) {
    if (language === this.language) return;
    this.language = language;
    setText(this.#name, language || "code");
    setAttribute(this.#frame, "aria-label", language ? `Code, ${language}` : "Code");
  }
}
