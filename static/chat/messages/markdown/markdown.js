// Model output as Markdown only: what looks like HTML in it is text, and images become links. DOMPurify then removes every
// tag and attribute that is not listed here.

/** @import { Token, Tokens } from "marked" */

import DOMPurify from "../../../dompurify.js";
import { CodeBlock } from "./code-block.js";
import { Formula } from "./formula.js";
import { marked, SAFE_LINK } from "./markdown-syntax.js";
import { patchChildren } from "./patch.js";
import { tableFrame } from "./table.js";

const ALLOWED_TAGS =
  "p ul ol li table thead tbody tr th td code pre em strong h3 h4 h5 h6 blockquote hr br del a sup span".split(" ");
const ALLOWED_ATTRIBUTES = ["start", "align", "language", "task", "footnote", "formula"];

/**
 * Return the nodes of parsed Markdown.
 *
 * @param {Token[]} tokens
 * @returns {ChildNode[]}
 */
function rendered(tokens) {
  const fragment = DOMPurify.sanitize(marked.parser(tokens), {
    ALLOWED_TAGS,
    ALLOWED_ATTR: ["href", ...ALLOWED_ATTRIBUTES],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: SAFE_LINK,
    ADD_URI_SAFE_ATTR: ALLOWED_ATTRIBUTES,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const block of fragment.children) {
    if (block instanceof HTMLElement && block.localName !== "pre") block.dir = "auto";
  }
  for (const link of fragment.querySelectorAll("a")) {
    if (!SAFE_LINK.test(link.getAttribute("href") ?? "")) link.replaceWith(...link.childNodes);
    else Object.assign(link, { target: "_blank", rel: "noopener noreferrer nofollow" });
  }
  for (const table of fragment.querySelectorAll("table")) {
    const frame = tableFrame();
    table.replaceWith(frame);
    frame.firstElementChild?.append(table);
  }
  for (const code of fragment.querySelectorAll("pre > code")) {
    const block = new CodeBlock();
    block.show(code.textContent, code.getAttribute("language"));
    block.fold();
    code.parentElement?.replaceWith(block.element);
  }
  for (const code of fragment.querySelectorAll("code")) code.translate = false;
  for (const mark of fragment.querySelectorAll("span[formula]")) {
    const formula = new Formula(mark.textContent, mark.getAttribute("formula") === "display");
    mark.replaceWith(formula.element);
  }
  for (const name of ["task", "footnote"]) {
    for (const element of fragment.querySelectorAll(`[${name}]`)) {
      element.removeAttribute(name);
      element.className = name;
    }
  }
  return [...fragment.childNodes].filter((node) => !(node instanceof Text) || node.data.trim());
}

/**
 * Highlight the code blocks in these nodes, except the last one if the text may still grow.
 *
 * @param {Node[]} nodes
 * @param {boolean} growing
 */
function highlightCode(nodes, growing) {
  const end = growing ? (nodes.at(-1)?.textContent?.trimEnd() ?? "") : "";
  const figures = nodes.flatMap((node) => {
    if (CodeBlock.of(node)) return [node];
    return node instanceof Element ? [...node.querySelectorAll("figure.code")] : [];
  });
  for (const figure of figures) {
    const atEnd = figure === figures.at(-1) && end.endsWith(figure.textContent?.trimEnd() ?? "");
    if (!growing || !atEnd) CodeBlock.of(figure)?.highlight();
  }
}

/** @param {Node[]} nodes */
function renderFormulas(nodes) {
  for (const node of nodes) {
    if (!(node instanceof Element)) continue;
    for (const element of node.querySelectorAll(".formula")) Formula.of(element)?.render();
  }
}

/**
 * @param {Token | undefined} token
 * @returns {token is Tokens.Code}
 */
function isCode(token) {
  return token?.type === "code";
}

/**
 * The text of an answer as it grows. Finished blocks stay as they are; only the last block, which is still open, is
 * parsed again with every piece and patched in place.
 */
export class MarkdownText {
  #root;
  #source = "";
  /** Characters of the source that are in finished blocks. */
  #settled = 0;
  /** Nodes of the finished blocks. Those after them are the open block's, whatever the browser's translation made of them. */
  #settledNodes = 0;
  /** @type {CodeBlock | null} the open block, if it is code */
  #code = null;
  #complete = false;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
  }

  /**
   * @param {string} text
   * @param {boolean} complete whether no more text will follow
   */
  show(text, complete) {
    const source = text.replace(/\r\n?/g, "\n");
    // A reference may be defined anywhere in the text: if there is one, parse the whole text at once.
    const hasReferences = complete && /^ {0,3}\[[^\]\n]+\]:/m.test(source);
    const reopened = this.#complete && (!complete || source !== this.#source);
    const diverged = !source.startsWith(this.#source.slice(0, this.#settled));
    if (hasReferences || reopened || diverged) this.#clear();
    this.#source = source;
    this.#complete = complete;
    const tail = source.slice(this.#settled);
    const tokens = marked.lexer(tail);
    const last = complete ? tokens.length : openBlock(tokens, tail);
    if (last < 0) return;
    const open = tokens[last];
    let first = 0;
    if (this.#code?.element.parentNode === this.#root && isCode(tokens[0])) {
      this.#code.show(tokens[0].text, tokens[0].lang);
      if (last === 0 && open) return;
      this.#code.highlight();
      this.#settledNodes += 1;
      first = 1;
    }
    this.#code = null;
    if (isCode(open)) {
      this.#code = new CodeBlock();
      this.#code.show(open.text, open.lang);
    }
    const settled = rendered(tokens.slice(first, last));
    const growing = this.#code ? [this.#code.element] : rendered(tokens.slice(last));
    const old = [...this.#root.childNodes].slice(this.#settledNodes);
    const patched = patchChildren(this.#root, old, [...settled, ...growing]);
    this.#settledNodes += settled.length;
    highlightCode(patched.slice(0, settled.length), false);
    highlightCode(patched.slice(settled.length), !complete);
    renderFormulas(patched);
    for (const token of tokens.slice(0, last)) this.#settled += token.raw.length;
  }

  #clear() {
    this.#root.replaceChildren();
    this.#settled = 0;
    this.#settledNodes = 0;
    this.#code = null;
  }
}

/**
 * Return the index of the block that may still grow; -1 if there is none.
 *
 * @param {Token[]} tokens
 * @param {string} source
 */
function openBlock(tokens, source) {
  const last = tokens.findLastIndex((token) => token.type !== "space");
  const open = tokens[last];
  if (!open) return -1;
  const length = tokens.slice(0, last).reduce((sum, token) => sum + token.raw.length, 0);
  // If the lexer changed the text, positions are unknown: keep everything open.
  return source.startsWith(open.raw, length) ? last : 0;
}
