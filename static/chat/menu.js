// A small menu at a button: opened by click or arrow, walked with the arrow keys, closed by Escape or a click elsewhere.

import { h } from "./dom.js";

const GAP = 4; // pixels
const EDGE = 8;

// Items: { label, run } for an action, { label, href, download } for a link, null for a line between; `danger` for what
// takes something away, `keys` for its shortcut.
export function openMenu(button, label, items) {
  const menu = h("div.menu", { role: "menu", "aria-label": label, popover: "auto" }, items.map((item) => (item ? entry(item, () => menu.hidePopover()) : h("hr", { role: "separator" }))));
  (button.closest("dialog, aside, main") ?? document.body).append(menu);
  menu.addEventListener("keydown", (event) => walk(menu, event));
  menu.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    button.setAttribute("aria-expanded", "false");
    const inside = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (inside && button.isConnected) button.focus({ preventScroll: true });
  });
  menu.showPopover();
  place(menu, button.getBoundingClientRect());
  button.setAttribute("aria-expanded", "true");
  menu.querySelector("[role=menuitem]")?.focus();
}

// Makes a button open a menu; `items` is asked each time.
export function menuButton(button, label, items) {
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  let wasOpen = false; // a press on the button closes an open menu before the click comes
  button.addEventListener("pointerdown", () => (wasOpen = button.getAttribute("aria-expanded") === "true"));
  button.addEventListener("click", (event) => {
    if (!(wasOpen && event.detail)) openMenu(button, label, items());
    wasOpen = false;
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    event.stopPropagation();
    openMenu(button, label, items());
  });
  return button;
}

function entry({ label, run, href, download, danger, keys }, close) {
  const words = [h("span", {}, label), keys ? h("kbd", { "aria-hidden": "true" }, keys) : null];
  const properties = { role: "menuitem", tabindex: "-1", href, download };
  const element = href ? h("a", properties, words) : h("button", properties, words);
  element.classList.toggle("danger", Boolean(danger));
  element.addEventListener("click", () => {
    close();
    run?.();
  });
  return element;
}

function place(menu, at) {
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + GAP + height < innerHeight - EDGE;
  menu.style.top = `${Math.max(EDGE, below ? at.bottom + GAP : at.top - GAP - height)}px`;
  menu.style.left = `${Math.max(EDGE, Math.min(at.right - width, innerWidth - EDGE - width))}px`;
}

function walk(menu, event) {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: (at + 1) % items.length, ArrowUp: (at - 1 + items.length) % items.length, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  items[to].focus();
}
