/** @import { Conversations } from "./conversations.js" */

import { arrange, h, setAttribute } from "../ui/dom.js";

/**
 * Show the tags above the list. Each is a button that filters the list by it; hidden without tags.
 *
 * @param {Conversations} list
 * @param {HTMLElement} place
 */
export function showTagFilter(list, place) {
  /** @type {Map<string, HTMLElement>} */
  const buttons = new Map();
  /** @param {string} name */
  const made = (name) => {
    const choose = () => list.find(list.search, list.tag === name ? "" : name);
    const button = h("button.tag", { dir: "auto", onclick: choose }, name);
    buttons.set(name, button);
    return button;
  };
  const show = () => {
    for (const name of buttons.keys()) if (!list.tags.includes(name)) buttons.delete(name);
    arrange(
      place,
      list.tags.map((name) => buttons.get(name) ?? made(name)),
    );
    for (const [name, button] of buttons) setAttribute(button, "aria-pressed", String(name === list.tag));
    place.hidden = !list.tags.length;
  };
  list.on("change", show);
  show();
}
