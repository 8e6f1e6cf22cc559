/** @import { MenuItem, Message } from "../types.js" */

import { h } from "../ui/dom.js";
import { dateAndTime } from "../ui/format.js";
import { iconButton } from "../ui/icons.js";
import { menuButton } from "../ui/menu.js";

const narrow = matchMedia("(max-width: 46rem)"); // where there is no room for the time beside the actions

/**
 * Make the time of a message, beside its actions.
 *
 * @param {Message} message
 */
export function messageTime(message) {
  if (!("created_at" in message)) return null;
  return h("time.when", { datetime: message.created_at }, dateAndTime(message.created_at));
}

/**
 * Make the button with the further actions of a message: its own, and to delete it.
 *
 * @param {HTMLElement} element of the message
 * @param {() => { message: Message | null, followed: boolean }} current the message as it is now
 * @param {() => MenuItem[]} actions
 */
export function messageMenu(element, current, actions) {
  const noun = current().message?.role === "user" ? "question" : "answer";
  const button = iconButton("ellipsis", `More for this ${noun}`);
  return menuButton(button, `More for this ${noun}`, () => {
    const { message, followed } = current();
    const detail = message;
    const remove = () => element.dispatchEvent(new CustomEvent("delete-message", { bubbles: true, detail }));
    /** @type {MenuItem[]} */
    const items = actions();
    if (items.length) items.push(null);
    items.push({
      label: followed ? "Delete, with what follows" : "Delete",
      icon: "trash-2",
      danger: true,
      run: remove,
    });
    if (message && "created_at" in message && narrow.matches) {
      items.push(null, { label: dateAndTime(message.created_at), time: message.created_at });
    }
    return items;
  });
}
