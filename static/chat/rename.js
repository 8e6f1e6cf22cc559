// A name that becomes a field in its place: Enter or leaving keeps what is typed, Escape does not.

import { h } from "./dom.js";
import { composing } from "./typing.js";

// `ended` is called with the new name, or with null where it stays as it was, when `element` is back in its place.
export function editInPlace(element, { value, label, longest }, ended) {
  const input = h("input.rename", { "aria-label": label, maxlength: longest, dir: "auto" });
  input.value = value;
  let done = false;
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
    if (composing(event)) return;
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
