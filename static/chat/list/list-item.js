/** @import { Conversation, MenuItem } from "../types.js" */

import { exportPath } from "../transport/api.js";
import { PREFIX } from "../transport/path-prefix.js";
import { h, setAttribute, setText } from "../ui/dom.js";
import { editInPlace } from "../ui/edit-in-place.js";
import { icon } from "../ui/icons.js";
import { menuButton } from "../ui/menu.js";

export const MAX_TITLE_CHARS = 120;

/**
 * <chat-list-item>: a link to a conversation, with a menu. Its title can be edited in place.
 *
 * Bubbling events: "open-conversation", "rename", "pin", "edit-tags", "delete-conversation".
 */
export class ChatListItem extends HTMLElement {
  /** @type {Conversation | null} */
  #conversation = null;
  #link = h("a");
  #indicatorText = h("span.visually-hidden");
  #indicator = h("span.indicator", { hidden: true }, this.#indicatorText);
  #title = h("span.title", { dir: "auto" });
  #shownTags = "";
  #tags = h("span.tags", { hidden: true });
  #snippet = h("span.snippet", { hidden: true, dir: "auto" });
  #more = h("button.more.icon-button", { title: "More" }, icon("ellipsis"));

  constructor() {
    super();
    this.#link.append(this.#indicator, this.#title, this.#tags, this.#snippet);
    this.#link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // opens a new tab or window
      event.preventDefault();
      const message = this.#conversation?.message;
      this.#emit("open-conversation", message ? { message } : {});
    });
    this.#link.addEventListener("dblclick", () => this.rename());
    this.#link.addEventListener("keydown", (event) => this.#handleKey(event));
    this.addEventListener("contextmenu", (event) => {
      if (event.target instanceof Element && event.target.closest("input")) return;
      event.preventDefault();
      this.#more.click();
    });
    menuButton(this.#more, "Conversation", () => this.#menu());
  }

  connectedCallback() {
    if (!this.firstChild) this.append(this.#link, this.#more);
  }

  /** The id of its conversation. */
  get conversationId() {
    return this.#conversation?.id;
  }

  /**
   * @param {Conversation} conversation
   * @param {object} state
   * @param {boolean} state.current whether the conversation is shown
   * @param {boolean} state.unread whether it was answered while another one was shown
   * @param {string} state.search the searched text, which is marked in the snippet
   */
  show(conversation, { current, unread, search }) {
    this.#conversation = conversation;
    setText(this.#title, conversation.title);
    setAttribute(this.#link, "href", `${PREFIX}/c/${conversation.id}`);
    setAttribute(this.#link, "title", conversation.title);
    setAttribute(this.#link, "aria-current", current ? "page" : null);
    setAttribute(this.#more, "aria-label", `More for ${conversation.title}`);
    const label = conversation.answering ? "Answering" : unread ? "New answer" : "";
    setAttribute(this.#indicator, "hidden", !label);
    setAttribute(this.#indicator, "title", label || null);
    setText(this.#indicatorText, `${label}: `);
    this.classList.toggle("answering", conversation.answering);
    this.classList.toggle("unread", unread);
    const { tags } = conversation;
    setAttribute(this.#tags, "hidden", !tags.length);
    if (tags.join("\n") !== this.#shownTags) this.#tags.replaceChildren(...tags.map((tag) => h("bdi", {}, tag)));
    this.#shownTags = tags.join("\n");
    setAttribute(this.#snippet, "hidden", !conversation.snippet);
    if (conversation.snippet) this.#snippet.replaceChildren(...highlighted(conversation.snippet, search));
  }

  focus() {
    this.#link.focus();
  }

  rename() {
    if (!this.#conversation || !this.contains(this.#link)) return;
    this.#more.hidden = true;
    const field = { value: this.#conversation.title, label: "Conversation title", maxLength: MAX_TITLE_CHARS };
    editInPlace(this.#link, field, (title, focused) => {
      this.#more.hidden = false;
      if (focused) this.#link.focus();
      if (title) this.#emit("rename", { title });
    });
  }

  #menu() {
    if (!this.#conversation) return [];
    const { pinned } = this.#conversation;
    return conversationMenu(this.#conversation, {
      rename: () => this.rename(),
      pin: () => this.#emit("pin", { pinned: !pinned }),
      tag: () => this.#emit("edit-tags"),
      remove: () => this.#emit("delete-conversation"),
    });
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    if (event.key === "F2") this.rename();
    else if (event.key === "Delete") this.#emit("delete-conversation");
    else if (event.key === "ArrowRight") this.#more.focus();
    else return;
    event.preventDefault();
  }

  /**
   * @param {string} name
   * @param {{ title?: string, pinned?: boolean, message?: string }} [detail]
   */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { id: this.conversationId, ...detail } }));
  }
}

/**
 * Return a text in which the searched text is marked.
 *
 * @param {string} text
 * @param {string} search
 * @returns {(string | Node)[]}
 */
function highlighted(text, search) {
  const parts = [];
  let from = 0;
  const lower = text.toLowerCase();
  const needle = search.toLowerCase();
  for (let at = lower.indexOf(needle); needle && at >= 0; at = lower.indexOf(needle, from)) {
    parts.push(text.slice(from, at), h("mark", {}, text.slice(at, at + needle.length)));
    from = at + needle.length;
  }
  return [...parts, text.slice(from)];
}

/**
 * Return the menu of a conversation.
 *
 * @param {Conversation} conversation
 * @param {Record<"rename" | "pin" | "tag" | "remove", () => void>} actions
 * @returns {MenuItem[]}
 */
export function conversationMenu({ id, pinned }, { rename, pin, tag, remove }) {
  return [
    { label: "Rename", icon: "pencil", run: rename, shortcut: "F2" },
    { label: pinned ? "Unpin" : "Pin", icon: pinned ? "pin-off" : "pin", run: pin },
    { label: "Tags", icon: "tag", run: tag },
    null,
    { label: "Export as Markdown", icon: "download", href: exportPath(id, "markdown"), download: "" },
    { label: "Export as JSON", icon: "download", href: exportPath(id, "json"), download: "" },
    null,
    { label: "Delete", icon: "trash-2", run: remove, danger: true, shortcut: "Del" },
  ];
}

customElements.define("chat-list-item", ChatListItem);
