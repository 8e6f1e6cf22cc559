// The keys of the page. None does anything while one types, but those with Ctrl or Cmd and Escape.

import { setText } from "./dom.js";
import { composing } from "./typing.js";

const typing = (target) => target.closest?.("input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]");

// On a Mac it is Cmd: Ctrl with a letter moves the cursor there.
const mac = /^(Mac|iP)/.test(navigator.platform);

// `actions`: newChat, search, settings, sheet, focusQuestion, list, escape. One that returns false did nothing.
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || composing(event) || event.altKey || (mac ? event.ctrlKey : event.metaKey)) return;
    const modal = document.querySelector("dialog:modal, :popover-open");
    const control = mac ? event.metaKey : event.ctrlKey;
    const action = control ? controlled(event, actions) : event.key === "Escape" ? () => actions.escape() : typing(event.target) ? null : plain(event, actions);
    if (!action || modal) return;
    if (action() !== false) event.preventDefault();
  });
}

// The document speaks of Ctrl.
export function nameKeys() {
  if (!mac) return;
  for (const key of document.querySelectorAll("kbd")) setText(key, key.textContent.replace("Ctrl ", "⌘"));
}

function controlled(event, actions) {
  if (event.shiftKey) return null;
  return { k: actions.newChat, "/": actions.sheet, ",": actions.settings, b: actions.list }[event.key.toLowerCase()] ?? null;
}

function plain(event, actions) {
  return { "/": actions.search, "?": actions.sheet, i: actions.focusQuestion }[event.key] ?? null;
}
