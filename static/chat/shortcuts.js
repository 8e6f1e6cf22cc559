// The keys of the page. None does anything while one types, but those with Ctrl or Cmd and Escape.

const typing = (target) => target.closest?.("input:not([type=radio], [type=checkbox], [type=range]), textarea, select, [contenteditable]");

// `actions`: newChat, search, settings, sheet, focusQuestion, list, stop (false where there is nothing to stop).
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const modal = document.querySelector("dialog:modal, :popover-open");
    const control = event.ctrlKey || event.metaKey;
    const action = control ? controlled(event, actions) : event.key === "Escape" ? () => actions.escape() : typing(event.target) ? null : plain(event, actions);
    if (!action || modal) return;
    if (action() !== false) event.preventDefault();
  });
}

function controlled(event, actions) {
  if (event.shiftKey) return null;
  return { k: actions.newChat, "/": actions.sheet, ",": actions.settings, b: actions.list }[event.key.toLowerCase()] ?? null;
}

function plain(event, actions) {
  return { "/": actions.search, "?": actions.sheet, i: actions.focusQuestion }[event.key] ?? null;
}
