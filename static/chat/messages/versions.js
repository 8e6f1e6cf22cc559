/** @import { Message } from "../types.js" */

import { h } from "../ui/dom.js";
import { iconButton } from "../ui/icons.js";

/**
 * Make "< 2 / 3 >": which version of a message is shown, and buttons to the others. Return null if there is only one.
 *
 * @param {Message} message
 */
export function versionSwitcher(message) {
  const { siblings, id } = message;
  if (siblings.length < 2) return null;
  const index = siblings.indexOf(id);
  const noun = message.role === "user" ? "question" : "answer";
  /**
   * @param {number} step
   * @param {string} icon
   * @param {string} word
   */
  const button = (step, icon, word) => {
    const to = siblings[index + step];
    const onclick = (/** @type {MouseEvent} */ { target }) => {
      target?.dispatchEvent(new CustomEvent("select-version", { bubbles: true, detail: { to, from: id } }));
    };
    return iconButton(icon, `${word} version of this ${noun}`, {
      disabled: !to,
      dataset: { step: String(step) },
      onclick,
    });
  };
  const position = `${index + 1} / ${siblings.length}`;
  return h(
    "span.versions",
    { role: "group", "aria-label": `Versions of this ${noun}` },
    button(-1, "chevron-left", "Previous"),
    h("span.numbers", { "aria-label": `Version ${index + 1} of ${siblings.length}`, role: "img" }, position),
    button(1, "chevron-right", "Next"),
  );
}
