// The text of a file that a user brings. Reading happens in the browser: the server gets only what is sent as a question.

import { amount } from "../ui/format.js";
import { MAX_QUESTION_CHARS } from "../ui/text-field.js";

const MB = 2 ** 20; // bytes
const MAX_TEXT = 4 * MB; // more bytes than the longest question has
const MAX_PDF = 50 * MB; // a PDF is mostly fonts and pictures

export const ACCEPTED = "Accepted are text, Markdown, code, CSV, JSON and PDF with text.";

// How files begin that people bring often and that are not text.
const KINDS = [
  { begins: "\x89PNG", is: "an image" },
  { begins: "\xff\xd8\xff", is: "an image" },
  { begins: "GIF8", is: "an image" },
  { begins: "RIFF", is: "an image or a recording" },
  { begins: "PK\x03\x04", is: "an archive or an office document (save it as PDF)" },
  { begins: "\xd0\xcf\x11\xe0", is: "an old office document (save it as PDF)" },
  { begins: "\x1f\x8b", is: "an archive" },
];
const NOT_IN_TEXT = /[^\P{Cc}\s]/u; // control characters, except white space

/** Why a file cannot be attached. */
export class FileError extends Error {}

/**
 * Return the text of a file. Raise FileError.
 *
 * @param {File} file
 */
export async function textOf(file) {
  if (file.size > MAX_PDF) throw new FileError(tooLarge(file, MAX_PDF));
  const head = latin(new Uint8Array(await bytesOf(file.slice(0, 8))));
  const text = (head.startsWith("%PDF-") ? await pdfText(file) : await plainText(file, head)).replace(/\r\n?/g, "\n");
  if (!text.trim()) throw new FileError("It is empty.");
  if (text.length <= MAX_QUESTION_CHARS) return text;
  throw new FileError(
    `It is too long: ${amount(text.length)} of at most ${amount(MAX_QUESTION_CHARS)} characters. Bring a part of it.`,
  );
}

/**
 * @param {File} file
 * @param {string} head
 */
async function plainText(file, head) {
  const kind = KINDS.find(({ begins }) => head.startsWith(begins));
  if (kind) throw new FileError(`It is ${kind.is}, and not text. ${ACCEPTED}`);
  if (file.size > MAX_TEXT) throw new FileError(tooLarge(file, MAX_TEXT));
  const text = decoded(await bytesOf(file));
  if (text.includes("\0")) throw new FileError(`It is binary, and not text. ${ACCEPTED}`);
  return text;
}

/**
 * Decode UTF-8, UTF-16 with a byte order mark, or what Windows wrote before: many CSV files are still like that.
 *
 * @param {ArrayBuffer} bytes
 */
function decoded(bytes) {
  const [first, second] = new Uint8Array(bytes.slice(0, 2));
  const wide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  try {
    return new TextDecoder(wide ? (first === 0xff ? "utf-16le" : "utf-16be") : "utf-8", { fatal: true }).decode(bytes);
  } catch {
    const text = new TextDecoder("windows-1252").decode(bytes);
    return NOT_IN_TEXT.test(text) ? "\0" : text;
  }
}

/** @param {File} file */
async function pdfText(file) {
  const bytes = await bytesOf(file);
  let reader;
  try {
    reader = await import("./pdf-text.js");
  } catch {
    throw new FileError("The program that reads PDF could not be loaded. Check the connection and try again.");
  }
  const { text, problem } = await reader.pdfText(new Uint8Array(bytes), MAX_QUESTION_CHARS + 1);
  if (problem) throw new FileError(problem);
  return text;
}

/** @param {Blob} blob */
async function bytesOf(blob) {
  try {
    return await blob.arrayBuffer();
  } catch {
    throw new FileError("It cannot be read. If it is a folder, bring the files in it.");
  }
}

/** @param {Uint8Array} bytes */
const latin = (bytes) => String.fromCharCode(...bytes);

/**
 * @param {File} file
 * @param {number} limit
 */
const tooLarge = ({ size }, limit) =>
  `It is too large: ${amount(Math.ceil(size / MB))} of at most ${amount(limit / MB)} MB.`;
