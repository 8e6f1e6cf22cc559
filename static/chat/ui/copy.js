import { announce } from "./announce.js";
import { h } from "./dom.js";
import { iconButton, setIcon } from "./icons.js";

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
 * Make a button that copies what `text` returns, and confirms it by its icon and its tooltip.
 *
 * @param {() => string} text
 * @param {string} label
 */
export function copyButton(text, label) {
  const button = iconButton("copy", label);
  /**
   * @param {string} name
   * @param {string} title
   */
  const show = (name, title) => {
    setIcon(button, name);
    button.title = title;
  };
  button.addEventListener("click", async () => {
    try {
      await copy(text());
      show("check", "Copied");
      announce("Copied");
    } catch (error) {
      show("x", "Not copied");
      announce(error instanceof Error ? error.message : "Not copied");
    }
    setTimeout(() => show("copy", label), CONFIRMED_FOR);
  });
  return button;
}
