// Model output as Markdown, and nothing but: what looks like HTML in it is text, images are links, and of what is left
// DOMPurify lets through only the tags and attributes listed here.

import DOMPurify from "../dompurify.js";
import { Marked } from "../vendor/marked-18.2.1/marked.esm.js";
import { CodeBlock } from "./code-block.js";
import { h } from "./dom.js";
import { grow } from "./grow.js";

const SAFE_LINK = /^(?:https?:\/\/|mailto:)/i;
const ALLOWED = {
  ALLOWED_TAGS: ["p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "em", "strong", "h3", "h4", "h5", "h6", "blockquote", "hr", "br", "del", "a"],
  ALLOWED_ATTR: ["href", "start", "align", "language"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: SAFE_LINK,
  ADD_URI_SAFE_ATTR: ["start", "align", "language"],
  RETURN_DOM_FRAGMENT: true,
};

const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

// Links of other schemes and images show their text; headings start below the page's own.
const marked = new Marked({
  gfm: true,
  breaks: true,
  tokenizer: { html: () => undefined, tag: () => undefined },
  renderer: {
    html: ({ text }) => escaped(text),
    code: ({ text, lang }) => `<pre><code language="${escaped(lang ?? "")}">${escaped(text)}</code></pre>`,
    heading({ tokens, depth }) {
      const tag = `h${Math.min(6, depth + 2)}`;
      return `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`;
    },
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      return SAFE_LINK.test(href) ? `<a href="${escaped(href)}">${text}</a>` : text;
    },
    image: ({ href, text }) => (SAFE_LINK.test(href) ? `<a href="${escaped(href)}">${escaped(text || href)}</a>` : escaped(text || href)),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
});

// What tokens look like, as elements.
function rendered(tokens) {
  const fragment = DOMPurify.sanitize(marked.parser(tokens), ALLOWED);
  for (const block of fragment.children) if (block.localName !== "pre") block.dir = "auto";
  for (const link of fragment.querySelectorAll("a")) {
    if (!SAFE_LINK.test(link.getAttribute("href") ?? "")) link.replaceWith(...link.childNodes);
    else Object.assign(link, { target: "_blank", rel: "noopener noreferrer nofollow" });
  }
  for (const table of fragment.querySelectorAll("table")) {
    const frame = h("div.table", { role: "region", "aria-label": "Table", tabindex: "0" });
    table.replaceWith(frame);
    frame.append(table);
  }
  for (const code of fragment.querySelectorAll("pre > code")) {
    const block = new CodeBlock();
    block.show(code.textContent, code.getAttribute("language"));
    code.parentElement.replaceWith(block.element);
  }
  return [...fragment.childNodes].filter((node) => node.nodeType !== Node.TEXT_NODE || node.data.trim());
}

// Colours the blocks of code in these nodes; not the one that is their end, where more is to come.
function settleCode(nodes, growing) {
  const end = growing ? (nodes.at(-1)?.textContent.trimEnd() ?? "") : null;
  const figures = nodes.flatMap((node) => (CodeBlock.of(node) ? [node] : [...(node.querySelectorAll?.("figure.code") ?? [])]));
  for (const figure of figures) {
    if (!growing || figure !== figures.at(-1) || !end.endsWith(figure.textContent.trimEnd())) CodeBlock.of(figure).settle();
  }
}

// An element's text as it grows. Blocks that are finished stay as they are; only the last one, which is still open, is
// read again with every piece, and grows where it stands.
export class MarkdownText {
  #root;
  #source = "";
  #settled = 0; // characters of the source that stand in finished blocks
  #open = []; // nodes of the block that is still open
  #code = null; // the open block, where it is code
  #finished = false;

  constructor(root) {
    this.#root = root;
  }

  // Shows a text; `finished`: no more of it will come.
  show(text, finished) {
    const source = text.replace(/\r\n?/g, "\n");
    const settled = this.#source.slice(0, this.#settled);
    // A reference may be defined anywhere: where one is, the whole text is read at once.
    const references = finished && /^ {0,3}\[[^\]\n]+\]:/m.test(source);
    const again = this.#finished && (!finished || source !== this.#source); // its last block is open again
    if (references || again || !source.startsWith(settled)) this.#clear();
    this.#source = source;
    this.#finished = finished;
    const tail = source.slice(this.#settled);
    const tokens = marked.lexer(tail);
    let last = tokens.length;
    if (!finished) {
      last = tokens.findLastIndex((token) => token.type !== "space");
      if (last < 0) return;
      const length = tokens.slice(0, last).reduce((sum, token) => sum + token.raw.length, 0);
      if (!tail.startsWith(tokens[last].raw, length)) last = 0; // what was read is not what stands there: settle nothing
    }
    const open = tokens[last];
    let first = 0;
    if (this.#code && tokens[0]?.type === "code") {
      this.#code.show(tokens[0].text, tokens[0].lang);
      if (last === 0 && open) return;
      this.#code.settle();
      this.#open = [];
      first = 1;
    }
    this.#code = open?.type === "code" ? new CodeBlock() : null;
    this.#code?.show(open.text, open.lang);
    const settling = rendered(tokens.slice(first, last));
    const growing = this.#code ? [this.#code.element] : rendered(tokens.slice(last));
    const grown = grow(this.#root, this.#open, [...settling, ...growing]);
    this.#open = grown.slice(settling.length);
    settleCode(grown.slice(0, settling.length), false);
    settleCode(this.#open, !finished);
    for (const token of tokens.slice(0, last)) this.#settled += token.raw.length;
  }

  #clear() {
    this.#root.replaceChildren();
    this.#settled = 0;
    this.#open = [];
    this.#code = null;
  }
}
