import { copyButton } from "../../ui/copy.js";
import { find, h } from "../../ui/dom.js";

/** Make the frame of a table, which scrolls where the table is too wide, with a button that copies it as CSV. */
export function tableFrame() {
  const scroller = h("div.table", { role: "region", "aria-label": "Table", tabindex: "0" });
  const copy = copyButton(() => csv(find(scroller, "table", HTMLTableElement)), "Copy as CSV");
  return h("div.table-frame", {}, scroller, copy);
}

/**
 * Return a table as comma-separated values (RFC 4180).
 *
 * @param {HTMLTableElement} table
 */
function csv(table) {
  // biome-ignore lint/performance/useDomNodeTextContent: copy the text as it is rendered, with its line breaks
  const rows = [...table.rows].map((row) => [...row.cells].map((cell) => field(cell.innerText.trim())).join(","));
  return `${rows.join("\r\n")}\r\n`;
}

/** @param {string} text */
function field(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
