// Icons: Lucide's, from the drawing in the page (bitnetsite/assets/icons.py).

import { h } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an icon: `icon("copy")`. It has no name of its own.
 *
 * @param {string} name
 */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.classList.add("icon");
  drawing.ariaHidden = "true";
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  drawing.append(use);
  return drawing;
}

/**
 * Make a button that is only an icon. Its label is its name for screen readers, and its tooltip.
 *
 * @param {string} name of the icon
 * @param {string} label
 * @param {Record<string, unknown>} properties as in `h`
 */
export function iconButton(name, label, properties = {}) {
  return h("button.quiet.icon-button", { "aria-label": label, title: label, ...properties }, icon(name));
}

/**
 * Show another icon.
 *
 * @param {Element} holder of the icon
 * @param {string} name
 */
export function setIcon(holder, name) {
  const use = holder.querySelector("use");
  if (use?.getAttribute("href") !== `#icon-${name}`) use?.setAttribute("href", `#icon-${name}`);
}
