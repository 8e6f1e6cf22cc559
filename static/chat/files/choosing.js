import { h } from "../ui/dom.js";

/**
 * Let the user choose files.
 *
 * @param {(files: File[]) => unknown} chosen
 * @param {object} options
 * @param {string} [options.accept] as of an input; everything without it
 * @param {boolean} [options.multiple]
 * @param {string} [options.label]
 */
export function chooseFiles(chosen, { accept, multiple = true, label = "Files to attach" } = {}) {
  const input = h("input", { type: "file", accept, multiple, hidden: true, "aria-label": label });
  document.body.append(input);
  input.addEventListener("cancel", () => input.remove());
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.remove();
    if (files.length) chosen(files);
  });
  input.click();
}
