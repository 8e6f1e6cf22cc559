// Where formulas are in Markdown: `\(…\)`, `$…$` in a line; `\[…\]`, `$$…$$` and LaTeX environments on lines of their own,
// or in a line. Markdown would take their backslashes, underscores and asterisks.

/** @import { MarkedExtension, Tokens } from "marked" */

import { escaped } from "./escaped.js";

const INSIDE = String.raw`(?:(?!\n[ \t]*\n)[\s\S])+?`; // no blank line, as in LaTeX
const ENVIRONMENT = String.raw`(?:equation|align|alignat|gather|multline|cases|[bpvBV]?matrix)\*?`;
const BLOCK = new RegExp(
  String.raw`^ {0,3}(\\\[${INSIDE}\\\]|\$\$${INSIDE}\$\$|\\begin\{(${ENVIRONMENT})\}${INSIDE}\\end\{\2\})[ \t]*(?:\n|$)`,
);
const UNFINISHED_BLOCK = new RegExp(
  String.raw`^ {0,3}(?:\\\[|\$\$|\\begin\{${ENVIRONMENT}\})(?:(?!\n[ \t]*\n|\\\]|\$\$)[\s\S])*\n?$`,
);
const INLINE = new RegExp(String.raw`^(?:\\\(${INSIDE}\\\)|\\\[${INSIDE}\\\]|\$\$(?:(?!\n[ \t]*\n)[^$])+\$\$)`);
// As in Pandoc: no space inside the dollars, and no digit after them.
const DOLLARS = /^\$(?!\s)((?:\\[\s\S]|[^\\$\n`])+)(?<!\s)\$(?![\w$])/;
const UNFINISHED_INLINE = /^\\[([][^\n]*/;
const COMMAND = /\\[a-z]+(?:\{[^{}]*\})?/gi;
const PROSE = /(?:\p{L}{2,}|^\d[\d.,]*)[,.;:]?\s+\p{L}{2,}/u; // "5 and the", as in "$5 and the US$"
const START = /\\[([]|\$/;
const BLOCK_START = new RegExp(String.raw`\n {0,3}(?:\\\[|\$\$|\\begin\{${ENVIRONMENT}\})`);

/**
 * Return the formula at the beginning of a text with its delimiters; null if there is none. "$5 and not A$" is none.
 *
 * @param {string} text
 */
function formulaAt(text) {
  const formula = INLINE.exec(text)?.[0];
  if (formula) return formula;
  const dollars = DOLLARS.exec(text);
  return dollars?.[1] && !PROSE.test(dollars[1].replace(COMMAND, "")) ? dollars[0] : null;
}

/**
 * Return marked's mask of a text with the formulas in the rest of the text masked too: emphasis does not end in them.
 *
 * @param {string} mask
 * @param {string} rest
 */
export function maskedFormulas(mask, rest) {
  const begin = mask.length - rest.length;
  let masked = mask.slice(0, begin);
  let at = 0;
  while (at < rest.length) {
    const next = rest.slice(at).search(START);
    if (next < 0) break;
    const length = formulaAt(rest.slice(at + next))?.length ?? 0;
    const end = at + next + (length || 2);
    masked += length
      ? mask.slice(begin + at, begin + at + next) + "x".repeat(length)
      : mask.slice(begin + at, begin + end);
    at = end;
  }
  return masked + mask.slice(begin + at);
}

/**
 * Return the mark of a formula, which `rendered` in markdown.js replaces.
 *
 * @param {Tokens.Generic} token
 */
const renderer = ({ source, display }) => `<span formula="${display ? "display" : "inline"}">${escaped(source)}</span>`;

/**
 * An unfinished formula is text as it stands: its closing delimiter may still come.
 *
 * @type {MarkedExtension}
 */
export const mathSyntax = {
  extensions: [
    {
      name: "formulaBlock",
      level: "block",
      start: (text) => {
        const newline = text.search(BLOCK_START);
        return newline < 0 ? undefined : newline + 1;
      },
      tokenizer(text) {
        const formula = BLOCK.exec(text);
        if (formula?.[1]) return { type: "formulaBlock", raw: formula[0], source: formula[1], display: true };
        const unfinished = UNFINISHED_BLOCK.exec(text);
        return unfinished ? { type: "formulaBlock", raw: unfinished[0], source: "" } : undefined;
      },
      renderer: (token) => {
        const text = token.source ? renderer(token) : escaped(token.raw.trim()).replaceAll("\n", "<br>");
        return `<p>${text}</p>`;
      },
    },
    {
      name: "formula",
      level: "inline",
      start: (text) => text.match(START)?.index,
      tokenizer(text) {
        const source = formulaAt(text);
        if (source) {
          const display = source.startsWith("\\[") || source.startsWith("$$");
          return { type: "formula", raw: source, source, display };
        }
        const unfinished = UNFINISHED_INLINE.exec(text)?.[0];
        return unfinished ? { type: "text", raw: unfinished, text: unfinished } : undefined;
      },
      renderer,
    },
  ],
};
