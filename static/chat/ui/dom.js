// Elements from code. Text is always text: nothing here parses HTML.

/** @import { Child, ElementOf } from "../types.js" */

/**
 * Return the element of the page with this id. Raise an error if it is missing or of another type.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T}
 */
export function byId(id, type) {
  return checked(document.getElementById(id), type, `#${id}`);
}

/**
 * Return the first element inside `root` that matches. Raise an error if it is missing or of another type.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [type]
 * @returns {T}
 */
export function find(root, selector, type) {
  return checked(root.querySelector(selector), type, selector);
}

/**
 * @template {HTMLElement} T
 * @param {Element | null} element
 * @param {(new () => T) | undefined} type
 * @param {string} selector
 */
function checked(element, type, selector) {
  if (element instanceof (type ?? HTMLElement)) return /** @type {T} */ (element);
  throw new Error(`The page has no ${type?.name ?? "HTML element"} ${selector}.`);
}

/**
 * Make an element: `h("button.quiet", { onclick }, "Copy")`.
 *
 * Properties that begin with "on" are listeners, `dataset` sets data attributes, and all others become attributes: true
 * sets one without a value; null, undefined and false leave it out.
 *
 * @template {string} Selector
 * @param {Selector} selector a tag, with classes
 * @param {Record<string, unknown>} properties
 * @param {...(Child | Child[])} children
 * @returns {ElementOf<Selector>}
 */
export function h(selector, properties = {}, ...children) {
  const [tag = "", ...classes] = selector.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  if (element instanceof HTMLButtonElement) element.type = "button";
  for (const [name, value] of Object.entries(properties)) {
    if (name === "dataset") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else setAttribute(element, name, value);
  }
  for (const child of children.flat()) if (child || child === "") element.append(child);
  return /** @type {ElementOf<Selector>} */ (element);
}

/**
 * Set or remove an attribute. Does not touch an attribute that has the value already.
 *
 * @param {Element} element
 * @param {string} name
 * @param {unknown} value as in `h`
 */
export function setAttribute(element, name, value) {
  const text = value === true ? "" : String(value);
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/**
 * Make these the children of `parent`, in this order. Moves only what is not in place, so that the others keep focus,
 * selection and scroll position.
 *
 * @param {Node} parent
 * @param {Node[]} children
 */
export function arrange(parent, children) {
  let at = parent.firstChild;
  for (const child of children) {
    if (child === at) at = at.nextSibling;
    else parent.insertBefore(child, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/**
 * Set the text of an element. Does not touch one that has it already: screen readers and selections notice changes.
 *
 * @param {Node} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Make the logo.
 *
 * @param {boolean} animated as a progress indicator
 */
export function logo(animated = false) {
  const element = h("span.mark", { "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  element.classList.toggle("busy", animated);
  return element;
}

/** Return a new random UUID, also on a page without HTTPS, where `crypto.randomUUID` is missing. */
export function newId() {
  if ("randomUUID" in crypto) return crypto.randomUUID();
  const bytes = /** @type {Crypto} */ (crypto).getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
