// A notification when a long answer has ended while the page is hidden. Off until the user turns it on.

import { closable } from "./dialogs.js";
import { h, setText } from "./dom.js";

const KEY = "notify";
const LONG_ANSWER = 10; // seconds

function isChosen() {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
}

/** @param {boolean} on */
function choose(on) {
  try {
    if (on) localStorage.setItem(KEY, "on");
    else localStorage.removeItem(KEY);
  } catch {
    // No storage: the choice cannot be kept.
  }
}

/** Why the browser shows no notifications; empty if it may, or may be asked. */
function problem() {
  if (!("Notification" in window)) {
    return isSecureContext
      ? "This browser has no notifications."
      : "Browsers show notifications only of pages with HTTPS.";
  }
  if (Notification.permission !== "denied") return "";
  return "This browser does not let this page show notifications. Its settings for this page can change that.";
}

/**
 * Notify the user that an answer has ended, if that was chosen, took long, and the page is hidden.
 *
 * @param {{ title: string, seconds: number, open: () => void }} answer
 */
export function notifyEnded({ title, seconds, open }) {
  if (!document.hidden || seconds < LONG_ANSWER || !isChosen() || problem() || Notification.permission !== "granted")
    return;
  try {
    const notification = new Notification("The answer is finished", { body: title, tag: title });
    notification.addEventListener("click", () => {
      window.focus();
      open();
      notification.close();
    });
  } catch {
    // Browsers of phones let only service workers notify.
  }
}

/** Open the dialog in which notifications are turned on and off. */
export function showNotificationSettings() {
  const box = h("input", { type: "checkbox", checked: isChosen() && !problem(), disabled: Boolean(problem()) });
  const note = h("p.quiet", { role: "status" }, problem());
  box.addEventListener("change", async () => {
    // The browser asks only the first time; after a refusal it would not, and the box is disabled.
    if (box.checked && Notification.permission === "default") await Notification.requestPermission();
    box.checked &&= Notification.permission === "granted";
    choose(box.checked);
    box.disabled = Boolean(problem());
    setText(note, problem());
  });
  const dialog = h(
    "dialog.note-card",
    { "aria-labelledby": "notifications-title" },
    h("h2", { id: "notifications-title" }, "Notifications"),
    h("label.check", {}, box, "When an answer that took over 10 seconds is finished and this page is hidden"),
    note,
    h("button.outlined", { "data-close": true }, "Close"),
  );
  closable(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
