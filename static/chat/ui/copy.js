import { announce } from "./announce.js";
import { h, setText } from "./dom.js";

const CONFIRMED_FOR = 2_000; // milliseconds

/**
 * Copy to the clipboard, also on a page without HTTPS, where browsers give scripts no clipboard.
 *
 * @param {string} text
 */
async function copy(text) {
  if (navigator.clipboard && isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = h("textarea.visually-hidden", { "aria-hidden": "true", tabindex: "-1" });
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  (focused?.closest("dialog") ?? document.body).append(area);
  area.value = text;
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  if (!copied) throw new Error("The browser does not allow this page to copy. Select the text and copy it yourself.");
}

/**
 * Make a button that copies what `text` returns and confirms it in its own label.
 *
 * @param {() => string} text
 * @param {string} label
 * @param {string} accessibleName
 */
export function copyButton(text, label = "Copy", accessibleName = label) {
  const button = h("button.quiet", { "aria-label": accessibleName === label ? null : accessibleName }, label);
  button.addEventListener("click", async () => {
    try {
      await copy(text());
      setText(button, "Copied");
      announce("Copied");
    } catch (error) {
      setText(button, "Not copied");
      announce(error instanceof Error ? error.message : "Not copied");
    }
    setTimeout(() => setText(button, label), CONFIRMED_FOR);
  });
  return button;
}
