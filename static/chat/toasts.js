// Short news at the foot of the page, with at most one thing to do about them.

import { announce } from "./announce.js";
import { h } from "./dom.js";

const FOR = 10_000; // milliseconds

// Shows a text; `action` is { word, run }. The keyboard gets to the action at once, and back to where it was when the
// news goes. Time stands still while the pointer rests on it.
export function toast(text, action = null) {
  const before = document.activeElement;
  const words = h("p", {}, text);
  const close = h("button.quiet", { "aria-label": "Dismiss" }, "✕");
  const button = action ? h("button.outlined", {}, action.word) : null;
  const element = h("div.toast", {}, words, button, close);
  const region = document.getElementById("toasts");
  for (const older of [...region.children].slice(0, -2)) older.remove();
  region.append(element);
  announce(action ? `${text} ${action.word}?` : text);
  let timer = 0;
  const go = () => {
    clearTimeout(timer);
    const focused = element.contains(document.activeElement);
    element.remove();
    if (focused) (before?.isConnected && before !== document.body ? before : document.getElementById("question")).focus({ preventScroll: true });
  };
  const wait = () => (timer = setTimeout(go, FOR));
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("pointerleave", wait);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    go();
  });
  close.addEventListener("click", go);
  button?.addEventListener("click", () => {
    go();
    action.run();
  });
  wait();
  button?.focus({ preventScroll: true });
}
