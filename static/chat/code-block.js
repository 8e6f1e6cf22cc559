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

export class CodeBlock {
  #code = h("code");
  #name = h("span");
  #frame = h("pre", { tabindex: "0", role: "region" }, this.#code);
  #language = "";

  constructor() {
    const copy = copyButton(() => this.#code.textContent, "Copy", "Copy code");
    this.element = h("figure.code", {}, h("figcaption", {}, this.#name, copy), this.#frame);
  }

  // Shows a text; where it only grew, only what is new is added. The language's name grows too.
  show(text, language) {
    this.#language = (language ?? "").trim().split(/[\s{,]/)[0].slice(0, LONGEST_NAME);
    setText(this.#name, this.#language || "code");
    setAttribute(this.#frame, "aria-label", this.#language ? `Code, ${this.#language}` : "Code");
    const { firstChild } = this.#code;
    if (firstChild && text.startsWith(firstChild.data)) firstChild.appendData(text.slice(firstChild.length));
    else this.#code.textContent = text;
  }

  // No more will come: the colours are fetched when the first block needs them.
  async settle() {
    const file = FILE_OF.get(this.#language.toLowerCase());
    const text = this.#code.textContent;
    if (!file || text.length > LONGEST) return;
    try {
      const { coloured } = await import("./syntax.js");
      this.#code.replaceChildren(await coloured(text, file));
    } catch {
      // Without colours it is as readable.
    }
  }
}
