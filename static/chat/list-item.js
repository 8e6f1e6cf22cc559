// <chat-list-item>: one conversation of the list: a link, whose name can be edited in place, and a menu.

import { h, setAttribute, setText } from "./dom.js";
import { menuButton } from "./menu.js";
import { editInPlace } from "./rename.js";

export const LONGEST_TITLE = 120; // characters

// Events, all bubbling, with the conversation's id in `detail`: "open-conversation", "rename" { id, title }, "pin"
// { id, pinned }, "delete-conversation".
export class ChatListItem extends HTMLElement {
  #link = h("a");
  #news = h("span.news", { hidden: true }, h("span.unseen"));
  #title = h("span.title", { dir: "auto" });
  #snippet = h("span.snippet", { hidden: true, dir: "auto" });
  #more = h("button.more", { title: "More" }, "⋯");

  constructor() {
    super();
    this.#link.append(this.#news, this.#title, this.#snippet);
    this.#link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a new tab or window
      event.preventDefault();
      this.#tell("open-conversation", {});
    });
    this.#link.addEventListener("dblclick", () => this.rename());
    this.#link.addEventListener("keydown", (event) => this.#press(event));
    this.addEventListener("contextmenu", (event) => {
      if (event.target.closest("input")) return;
      event.preventDefault();
      this.#more.click();
    });
    menuButton(this.#more, "Conversation", () => this.#menu());
  }

  connectedCallback() {
    if (!this.firstChild) this.append(this.#link, this.#more);
  }

  // `current`: it is the one that is shown. `unread`: it was answered meanwhile. `search`: what was searched for, which is
  // marked where it stands in the snippet.
  show(conversation, { current = false, unread = false, search = "" } = {}) {
    this.conversation = conversation;
    setText(this.#title, conversation.title);
    setAttribute(this.#link, "href", `/c/${conversation.id}`);
    setAttribute(this.#link, "title", conversation.title);
    setAttribute(this.#link, "aria-current", current ? "page" : null);
    setAttribute(this.#more, "aria-label", `More for ${conversation.title}`);
    const news = conversation.answering ? "Answering" : unread ? "New answer" : "";
    setAttribute(this.#news, "hidden", !news);
    setAttribute(this.#news, "title", news || null);
    setText(this.#news.firstChild, `${news}: `);
    this.classList.toggle("answering", conversation.answering);
    this.classList.toggle("unread", unread);
    setAttribute(this.#snippet, "hidden", !conversation.snippet);
    if (conversation.snippet) this.#snippet.replaceChildren(...marked(conversation.snippet, search));
  }

  focus() {
    this.#link.focus();
  }

  rename() {
    if (!this.contains(this.#link)) return;
    this.#more.hidden = true;
    editInPlace(this.#link, { value: this.conversation.title, label: "Name of the conversation", longest: LONGEST_TITLE }, (title, focused) => {
      this.#more.hidden = false;
      if (focused) this.#link.focus();
      if (title) this.#tell("rename", { title });
    });
  }

  #menu() {
    const { id, pinned } = this.conversation;
    return conversationMenu(this.conversation, {
      rename: () => this.rename(),
      pin: () => this.#tell("pin", { id, pinned: !pinned }),
      remove: () => this.#tell("delete-conversation", {}),
    });
  }

  #press(event) {
    if (event.key === "F2") this.rename();
    else if (event.key === "Delete") this.#tell("delete-conversation", {});
    else if (event.key === "ArrowRight") this.#more.focus();
    else return;
    event.preventDefault();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { id: this.conversation.id, ...detail } }));
  }
}

// A text with each place where the searched words stand marked.
function marked(text, search) {
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

// What can be done to a conversation, as items of a menu.
export function conversationMenu({ id, pinned }, { rename, pin, remove }) {
  const path = (as) => `/chat/conversations/${id}/export?as=${as}`;
  return [
    { label: "Rename", run: rename, keys: "F2" },
    { label: pinned ? "Unpin" : "Pin", run: pin },
    null,
    { label: "Export as Markdown", href: path("markdown"), download: "" },
    { label: "Export as JSON", href: path("json"), download: "" },
    null,
    { label: "Delete", run: remove, danger: true, keys: "Del" },
  ];
}

customElements.define("chat-list-item", ChatListItem);
