import { h } from "./dom.js";
import { isComposing } from "./text-field.js";

/**
 * Replace a name by a field to edit it. Enter and leaving the field keep the text; Escape discards it.
 *
 * @param {HTMLElement} element
 * @param {{ value: string, label: string, maxLength: number }} field
 * @param {(name: string | null, focused: boolean) => void} ended called when `element` is back in its place, with the
 *   new name, or null if it did not change, and whether the field had the focus
 */
export function editInPlace(element, { value, label, maxLength }, ended) {
  const input = h("input.rename", { "aria-label": label, maxlength: maxLength, dir: "auto" });
  input.value = value;
  let done = false;
  /** @param {boolean} keep */
  const end = (keep) => {
    if (done) return;
    done = true;
    const name = input.value.trim();
    const focused = document.activeElement === input;
    input.replaceWith(element);
    ended(keep && name && name !== value ? name : null, focused);
  };
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (isComposing(event)) return;
    if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      end(event.key === "Enter");
    }
  });
  input.addEventListener("blur", () => end(true));
  element.replaceWith(input);
  input.focus();
  input.select();
}
