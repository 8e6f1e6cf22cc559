// Copying to the clipboard, also on a page without HTTPS, where the browser has no clipboard for scripts.

import { announce } from "./announce.js";
import { h, setText } from "./dom.js";

const TOLD = 2_000; // milliseconds

async function copy(text) {
  if (navigator.clipboard && isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = h("textarea.unseen", { "aria-hidden": "true", tabindex: "-1" });
  const focused = document.activeElement;
  (focused?.closest("dialog") ?? document.body).append(area);
  area.value = text;
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus({ preventScroll: true });
  if (!done) throw new Error("The browser does not let this page copy. Select the text and copy it by hand.");
}

// A button that copies what `text` returns, and says so in its place.
export function copyButton(text, word = "Copy", label = word) {
  const button = h("button.quiet", { "aria-label": label === word ? null : label }, word);
  button.addEventListener("click", async () => {
    try {
      await copy(text());
      setText(button, "Copied");
      announce("Copied");
    } catch (error) {
      setText(button, "Not copied");
      announce(error.message);
    }
    setTimeout(() => setText(button, word), TOLD);
  });
  return button;
}
