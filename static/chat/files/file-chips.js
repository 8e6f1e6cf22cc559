// Files as chips: those of a question, which open, and those that are being attached, which can be removed.

/** @import { Child, MessageFile } from "../types.js" */

import { h } from "../ui/dom.js";
import { count } from "../ui/format.js";
import { icon, iconButton } from "../ui/icons.js";

/**
 * Return the files of a question. Each opens to show its text. Null without files.
 *
 * @param {MessageFile[]} files
 */
export function fileChips(files) {
  if (!files.length) return null;
  return h(
    "div.files",
    {},
    files.map(({ name, text }) => {
      const size = h("span.quiet", {}, count(text.split("\n").length, "line"));
      const details = h("details.file", {}, h("summary", {}, h("bdi.name", {}, name), size, icon("chevron-down")));
      // The text is rendered when it is wanted: it may be long, and most files stay closed.
      details.addEventListener(
        "toggle",
        () => details.append(h("pre", { dir: "auto", tabindex: "0", "aria-label": `Text of ${name}` }, text)),
        { once: true },
      );
      return details;
    }),
  );
}

/**
 * Return a chip that can be removed.
 *
 * @param {string} name
 * @param {Child} note
 * @param {() => void} remove
 */
export function removableChip(name, note, remove) {
  const close = iconButton("x", `Remove ${name}`);
  close.addEventListener("click", remove);
  return h("li.file", {}, h("bdi.name", { title: name }, name), h("span.quiet.numbers", {}, note), close);
}
