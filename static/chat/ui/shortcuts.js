// The page's keyboard shortcuts. While a text field has the focus, only those with Ctrl or Cmd and Escape are active.

import { setText } from "./dom.js";
import { isComposing } from "./text-field.js";

const TEXT_FIELDS = "input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]";

// On a Mac the modifier is Cmd: Ctrl with a letter moves the cursor there.
const isMac = /^(Mac|iP)/.test(navigator.platform);

/**
 * What the shortcuts do. An action that returns false did nothing, and the key keeps its usual effect.
 *
 * @typedef {"newChat" | "search" | "settings" | "help" | "focusQuestion" | "focusList" | "escape"} ActionName
 * @typedef {() => unknown} Action
 * @typedef {Record<ActionName, Action>} Actions
 */

/** @param {Actions} actions */
export function listenForShortcuts(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isComposing(event) || event.altKey || (isMac ? event.ctrlKey : event.metaKey)) return;
    const modal = document.querySelector("dialog:modal, :popover-open");
    const action = actionFor(event, actions);
    if (!action || modal) return;
    if (action() !== false) event.preventDefault();
  });
}

/** Replace "Ctrl" by "⌘" in the page's text on a Mac. */
export function nameKeys() {
  if (!isMac) return;
  for (const key of document.querySelectorAll("kbd")) setText(key, key.textContent.replace("Ctrl ", "⌘"));
}

/**
 * @param {KeyboardEvent} event
 * @param {Actions} actions
 * @returns {Action | undefined}
 */
function actionFor(event, actions) {
  /** @type {Record<string, Action>} */
  const withModifier = { k: actions.newChat, "/": actions.help, ",": actions.settings, b: actions.focusList };
  /** @type {Record<string, Action>} */
  const plain = { "/": actions.search, "?": actions.help, i: actions.focusQuestion };
  if (isMac ? event.metaKey : event.ctrlKey) return event.shiftKey ? undefined : withModifier[event.key.toLowerCase()];
  if (event.key === "Escape") return actions.escape;
  const typing = event.target instanceof Element && event.target.closest(TEXT_FIELDS);
  return typing ? undefined : plain[event.key];
}
