/** @import { MenuItem } from "../types.js" */

import { h } from "./dom.js";
import { icon } from "./icons.js";

const GAP = 4; // pixels
const EDGE = 8;

/**
 * Open a menu at a button. Arrow keys move in it; Escape and a click elsewhere close it.
 *
 * @param {HTMLElement} button
 * @param {string} label
 * @param {MenuItem[]} items
 */
export function openMenu(button, label, items) {
  const menu = h(
    "div.menu",
    { role: "menu", "aria-label": label, popover: "auto" },
    items.map((item) => (item ? menuItem(item, () => menu.hidePopover()) : h("hr", { role: "separator" }))),
  );
  (button.closest("dialog, aside, main") ?? document.body).append(menu);
  menu.addEventListener("keydown", (event) => moveFocus(menu, event));
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
  itemsOf(menu)[0]?.focus();
}

/**
 * Make a button open a menu.
 *
 * @param {HTMLElement} button
 * @param {string} label
 * @param {() => MenuItem[]} items called each time the menu opens
 */
export function menuButton(button, label, items) {
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  let wasOpen = false; // pressing the button closes an open menu before the click arrives
  button.addEventListener("pointerdown", () => {
    wasOpen = button.getAttribute("aria-expanded") === "true";
  });
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

/**
 * @param {NonNullable<MenuItem>} item
 * @param {() => void} close
 */
function menuItem({ label, icon: name, note, checked, run, href, download, danger, shortcut, time }, close) {
  if (time) return h("time", { role: "menuitem", tabindex: "-1", "aria-disabled": "true", datetime: time }, label);
  const content = [
    name ? icon(name) : null,
    h("span", {}, label, note ? h("small", {}, note) : null),
    shortcut ? h("kbd", { "aria-hidden": "true" }, shortcut) : null,
  ];
  const choice =
    checked === undefined ? { role: "menuitem" } : { role: "menuitemradio", "aria-checked": String(checked) };
  const properties = { ...choice, tabindex: "-1", href, download };
  const element = href ? h("a", properties, content) : h("button", properties, content);
  element.classList.toggle("danger", Boolean(danger));
  element.addEventListener("click", () => {
    close();
    run?.();
  });
  return element;
}

/**
 * Put the menu below the button, or above it where there is no room below.
 *
 * @param {HTMLElement} menu
 * @param {DOMRect} button
 */
function place(menu, button) {
  const { width, height } = menu.getBoundingClientRect();
  const below = button.bottom + GAP + height < innerHeight - EDGE;
  menu.style.top = `${Math.max(EDGE, below ? button.bottom + GAP : button.top - GAP - height)}px`;
  menu.style.left = `${Math.max(EDGE, Math.min(button.right - width, innerWidth - EDGE - width))}px`;
}

/**
 * @param {HTMLElement} menu
 * @param {KeyboardEvent} event
 */
function moveFocus(menu, event) {
  const items = itemsOf(menu);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  /** @type {Record<string, number>} */
  const targets = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  const to = targets[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  items[to]?.focus();
}

/**
 * @param {HTMLElement} menu
 * @returns {HTMLElement[]}
 */
function itemsOf(menu) {
  return [...menu.querySelectorAll("[role^=menuitem]")].filter((item) => item instanceof HTMLElement);
}
