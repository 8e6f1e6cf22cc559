/** @import { ToastAction } from "../types.js" */

import { announce } from "./announce.js";
import { byId, h } from "./dom.js";
import { iconButton } from "./icons.js";

const SHOWN_FOR = 10_000; // milliseconds
const MAX_SHOWN = 3;
const GAP = 8; // pixels

/** Keep the toasts above the composer, wherever it is and however high. They are outside, because a drawer covers it. */
function putAboveComposer() {
  const { left, right, top, height } = byId("foot").getBoundingClientRect();
  if (!height) return;
  const edges = { left: left + GAP, right: innerWidth - right + GAP, bottom: innerHeight - top + GAP };
  for (const [name, value] of Object.entries(edges)) byId("toasts").style.setProperty(name, `${value}px`);
}
addEventListener("resize", putAboveComposer);
new ResizeObserver(putAboveComposer).observe(byId("foot"));

/**
 * Show a short message above the composer, with at most one action.
 *
 * The action's button takes the focus; when the toast closes, the focus returns to where it was. The toast stays while
 * the pointer is on it.
 *
 * @param {string} text
 * @param {ToastAction | null} action
 */
export function toast(text, action = null) {
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  const close = iconButton("x", "Dismiss");
  const button = action ? h("button.outlined", {}, action.label) : null;
  const element = h("div.toast", {}, h("p", {}, text), button, close);
  const region = byId("toasts");
  for (const older of [...region.children].slice(0, 1 - MAX_SHOWN)) older.remove();
  region.append(element);
  putAboveComposer();
  announce(action ? `${text} ${action.label}?` : text);
  let timer = 0;
  const dismiss = () => {
    clearTimeout(timer);
    const focused = element.contains(document.activeElement);
    element.remove();
    if (!focused) return;
    const target = before?.isConnected && before !== document.body ? before : byId("question");
    target.focus({ preventScroll: true });
  };
  const startTimer = () => {
    timer = setTimeout(dismiss, SHOWN_FOR);
  };
  element.addEventListener("pointerenter", () => clearTimeout(timer));
  element.addEventListener("pointerleave", startTimer);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    dismiss();
  });
  close.addEventListener("click", dismiss);
  button?.addEventListener("click", () => {
    dismiss();
    action?.run();
  });
  startTimer();
  button?.focus({ preventScroll: true });
}
