// The Markdown of answers: GitHub's, with what models write besides it (formulas, footnotes) and without HTML except <br>.

/** @import { MarkedExtension, RendererObject, TokenizerObject } from "marked" */

import { Marked, Tokenizer } from "../../../vendor/marked-18.2.1/marked.esm.js";
import { escaped } from "./escaped.js";
import { maskedFormulas, mathSyntax } from "./math-syntax.js";

export const SAFE_LINK = /^(?:https?:\/\/|mailto:)/i;

// Quotes and lists deeper than this are text: a model in a loop nests thousands, more than the parser's stack holds.
const MAX_DEPTH = 12;
const LINE_BREAK = /^<br\s*\/?>/i;
const CJK = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Bopo}\u3000-\u303f\uff00-\uffef]/u;
const BEFORE_STAR = new RegExp(
  String.raw`[\u3000-\u303f\uff00-\uffef](?=\*)|(?![*_])[\p{P}\p{S}](?=\*+${CJK.source})`,
  "gu",
);
const FOOTNOTE = /^\[\^([^\]\s]{1,40})\]:[ \t]+([^\n]*(?:\n(?!\[\^[^\]\s]+\]:|[ \t]*(?:\n|$))[^\n]+)*)(?:\n|$)/;
const FOOTNOTE_MARK = /^\[\^([^\]\s]{1,40})\](?!\()/;
const NUMBER = /^\d{1,3}$/;

let depth = 0;

/**
 * Return what one of marked's tokenizers finds; nothing where it would nest too deep.
 *
 * @template Result
 * @param {() => Result} find
 */
function nested(find) {
  if (depth >= MAX_DEPTH) return undefined;
  depth += 1;
  try {
    return find();
  } finally {
    depth -= 1;
  }
}

const original = Tokenizer.prototype;

/** @type {{ masked: string, text: string, mask: string, cjk: string }[]} */
const masks = []; // of emphasis, by depth: made once for a text, not for each star in it

/**
 * Return marked's mask of a text with formulas masked too, and (`cjk`) with punctuation masked beside stars and CJK.
 *
 * @param {string} masked
 * @param {string} text the rest of the text
 */
function masksOf(masked, text) {
  const known = masks[depth];
  if (known?.masked === masked && known.text.endsWith(text)) return known;
  const mask = /[$\\]/.test(text) ? maskedFormulas(masked, text) : masked;
  const cjk = CJK.test(text) ? mask.replace(BEFORE_STAR, (each) => "x".repeat(each.length)) : mask;
  const made = { masked, text, mask, cjk };
  masks[depth] = made;
  return made;
}

/** @type {TokenizerObject & ThisType<Tokenizer>} */
const tokenizer = {
  html: () => undefined,
  tag(text) {
    const raw = LINE_BREAK.exec(text)?.[0];
    return raw ? /** @type {any} */ ({ type: "br", raw }) : undefined;
  },
  blockquote(text) {
    return nested(() => original.blockquote.call(this, text));
  },
  list(text) {
    return nested(() => original.list.call(this, text));
  },
  link(text) {
    return nested(() => original.link.call(this, text));
  },
  reflink(text, links) {
    return nested(() => original.reflink.call(this, text, links));
  },
  // A single tilde means "about".
  del(text, masked, before) {
    return text.startsWith("~~") ? nested(() => original.del.call(this, text, masked, before)) : undefined;
  },
  // Chinese, Japanese and Korean have no spaces around words: punctuation beside a star does not keep it from opening or
  // closing there. https://github.com/tats-u/markdown-cjk-friendly
  emStrong(text, masked, before = "") {
    const { mask, cjk } = masksOf(masked, text);
    if (text.startsWith("_")) return nested(() => original.emStrong.call(this, text, mask, before));
    const beside = CJK.test(before) || CJK.test(text.match(/[^*]/u)?.[0] ?? "");
    return nested(() => original.emStrong.call(this, text, cjk, beside ? " " : before));
  },
};

/** @type {RendererObject} */
const renderer = {
  html: ({ text }) => escaped(text),
  code: ({ text, lang }) => `<pre><code language="${escaped(lang ?? "")}">${escaped(text)}</code></pre>`,
  // Headings begin below the page's own.
  heading({ tokens, depth: level }) {
    const tag = `h${Math.min(6, level + 2)}`;
    return `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`;
  },
  // Links with other schemes and images show their text.
  link({ href, tokens }) {
    const text = this.parser.parseInline(tokens);
    return SAFE_LINK.test(href) ? `<a href="${escaped(href)}">${text}</a>` : text;
  },
  image({ href, text }) {
    const label = escaped(text || href);
    return SAFE_LINK.test(href) ? `<a href="${escaped(href)}">${label}</a>` : label;
  },
  listitem({ task, tokens }) {
    return `<li${task ? ' task=""' : ""}>${this.parser.parse(tokens)}</li>`;
  },
  checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
};

/** @type {WeakMap<object, Set<string>>} */
const footnotes = new WeakMap(); // the labels of the notes, by lexer

/** @type {MarkedExtension} */
const footnoteSyntax = {
  extensions: [
    {
      name: "footnote",
      level: "block",
      start: (text) => {
        const newline = text.search(/\n\[\^[^\]\s]+\]:/);
        return newline < 0 ? undefined : newline + 1;
      },
      tokenizer(text) {
        const [raw, label, note] = FOOTNOTE.exec(text) ?? [];
        if (raw === undefined || label === undefined || note === undefined) return undefined;
        footnotes.set(this.lexer, (footnotes.get(this.lexer) ?? new Set()).add(label));
        return { type: "footnote", raw, label, tokens: this.lexer.inline(note) };
      },
      renderer({ label, tokens }) {
        return `<p footnote=""><sup>${escaped(label)}</sup> ${this.parser.parseInline(tokens ?? [])}</p>`;
      },
      childTokens: ["tokens"],
    },
    {
      // A number is always a mark; a name only where its note is known: `[^a-z]` is not.
      name: "footnoteMark",
      level: "inline",
      start: (text) => text.match(/\[\^/)?.index,
      tokenizer(text) {
        const [raw, label = ""] = FOOTNOTE_MARK.exec(text) ?? [];
        const known = NUMBER.test(label) || footnotes.get(this.lexer)?.has(label);
        return raw && known ? { type: "footnoteMark", raw, label } : undefined;
      },
      renderer: ({ label }) => `<sup>${escaped(label)}</sup>`,
    },
  ],
};

export const marked = new Marked({ gfm: true, breaks: true, tokenizer, renderer }, mathSyntax, footnoteSyntax);
