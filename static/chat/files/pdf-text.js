// The text of a PDF, by pdf.js. Imported with the first PDF, as large as it is.
//
// The browser reads it, in a worker: a hostile PDF meets the browser's sandbox and not the server, whose processors belong
// to the model, and nothing of it leaves the user's machine but the text that is sent.

/** @import { PdfDocument } from "../../vendor/pdfjs-6.5.438/pdf.min.mjs" */

import { GlobalWorkerOptions, getDocument } from "../../vendor/pdfjs-6.5.438/pdf.min.mjs";

const MAX_PAGES = 1_000;
const MAX_TIME = 60_000; // milliseconds

GlobalWorkerOptions.workerSrc = new URL("../../vendor/pdfjs-6.5.438/pdf.worker.min.mjs", import.meta.url).href;

/** Gives pdf.js the character maps of fonts that bring none, and none of what it would need to draw. */
class CharacterMaps {
  /** @param {{ kind: string, filename: string }} wanted */
  async fetch({ kind, filename }) {
    if (kind !== "cMapUrl") throw new Error(`${filename} is not needed for texts.`);
    const { characterMap } = await import("./pdf-cmaps.js");
    return characterMap(filename.replace(/\.bcmap$/, ""));
  }
}

/**
 * Return the text of a PDF, up to `limit` characters or a little more, or a problem: why it has none.
 *
 * @param {Uint8Array} data
 * @param {number} limit
 */
export async function pdfText(data, limit) {
  const task = getDocument({
    data,
    BinaryDataFactory: CharacterMaps,
    disableFontFace: true,
    enableXfa: false,
    useSystemFonts: false,
    useWorkerFetch: false,
    verbosity: 0,
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    task.destroy();
  }, MAX_TIME);
  try {
    const text = await pagesOf(await task.promise, limit);
    return { text, problem: text.trim() ? "" : "It has no text: its pages are pictures. Bring the text itself." };
  } catch (error) {
    const isProtected = error instanceof Error && error.name === "PasswordException";
    if (late) return { text: "", problem: "Reading it took too long. Bring a part of it." };
    if (isProtected) return { text: "", problem: "It is protected by a password. Save it without one." };
    return { text: "", problem: "It is damaged, or not a PDF: it cannot be read." };
  } finally {
    clearTimeout(timer);
    await task.destroy();
  }
}

/**
 * @param {PdfDocument} document
 * @param {number} limit
 */
async function pagesOf(document, limit) {
  const pages = [];
  let length = 0;
  for (let number = 1; number <= Math.min(document.numPages, MAX_PAGES) && length < limit; number += 1) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    const text = items.map(({ str = "", hasEOL }) => (hasEOL ? `${str}\n` : str)).join("");
    page.cleanup();
    pages.push(text.trim().replaceAll("\0", ""));
    length += text.length;
  }
  return pages.join("\n\n");
}
