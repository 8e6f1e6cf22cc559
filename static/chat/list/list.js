/**
 * @import { Conversation } from "../types.js"
 * @import { Chat } from "../conversation/chat.js"
 * @import { Conversations } from "./conversations.js"
 */

import { arrange, byId, h, setAttribute, setText } from "../ui/dom.js";
import { count, dayGroup } from "../ui/format.js";
import { ChatListItem } from "./list-item.js";

const SEARCH_DELAY = 200; // milliseconds
const PRELOAD_DISTANCE = 400; // pixels below the list at which the next page is fetched

/** <chat-list>: the conversations, grouped by date, with search. Further pages are fetched on scrolling. */
export class ChatList extends HTMLElement {
  /** @type {Map<string, ChatListItem>} by conversation id */
  #items = new Map();
  /** @type {Map<string, { section: HTMLElement, list: HTMLElement }>} by heading */
  #groups = new Map();
  #end = h("div.end");
  #foot = h("p.foot-note.quiet", { role: "status" });
  #footText = "";
  #input = byId("search", HTMLInputElement);
  #searchStatus = byId("search-status");
  #searchTimer = 0;
  #updating = false;

  /**
   * @param {Conversations} list
   * @param {Chat} chat
   */
  connect(list, chat) {
    /** @type {Conversations} */
    this.list = list;
    /** @type {Chat} */
    this.chat = chat;
    this.#input.addEventListener("input", () => {
      clearTimeout(this.#searchTimer);
      this.#searchTimer = setTimeout(() => list.find(this.#input.value.trim()), SEARCH_DELAY);
    });
    this.#input.addEventListener("keydown", (event) => this.#handleSearchKey(event));
    this.addEventListener("keydown", (event) => this.#moveFocus(event));
    list.on("change", () => this.#update());
    chat.on("shown", () => this.#update());
    const loadMore = (/** @type {IntersectionObserverEntry[]} */ [entry]) => entry?.isIntersecting && list.loadMore();
    new IntersectionObserver(loadMore, { root: this, rootMargin: `${PRELOAD_DISTANCE}px` }).observe(this.#end);
  }
  clearSearch() {
    this.#input.value = "";
    clearTimeout(this.#searchTimer);
    if (this.list.search) this.list.find("");
  }

  /**
   * Return the item that gets the focus when this one is deleted: the next, or the previous one of the last.
   *
   * @param {string} id
   */
  neighbour(id) {
    const items = [...this.querySelectorAll("chat-list-item")].filter((item) => item instanceof ChatListItem);
    const index = items.findIndex((item) => item.conversationId === id);
    return items[index + 1] ?? items[index - 1] ?? null;
  }

  /** @param {string} id */
  item(id) {
    return this.#items.get(id);
  }

  /** Show the list once after any number of changes. */
  #update() {
    if (this.#updating) return;
    this.#updating = true;
    queueMicrotask(() => {
      this.#updating = false;
      this.#show();
    });
  }

  #show() {
    const { list, chat } = this;
    if (chat.id) list.unread.delete(chat.id);
    const focused = document.activeElement;
    const focusedInside = focused instanceof HTMLElement && this.contains(focused) ? focused : null;
    /** @type {Set<string>} */
    const shown = new Set();
    const sections = this.#byGroup().map(([name, conversations]) => {
      for (const each of conversations) shown.add(each.id);
      return this.#group(name, conversations);
    });
    for (const id of this.#items.keys()) if (!shown.has(id)) this.#items.delete(id);
    this.#showFoot(shown.size > 0);
    arrange(this, [...sections, this.#foot, this.#end]);
    if (focusedInside?.isConnected && document.activeElement !== focusedInside) {
      focusedInside.focus({ preventScroll: true });
    }
    setText(this.#searchStatus, this.#searchResultText());
    // The observer reports only changes: fetch more if the end is still in sight.
    const endIsNear = this.#end.getBoundingClientRect().top < this.getBoundingClientRect().bottom + PRELOAD_DISTANCE;
    if (list.hasMore && !list.failed && endIsNear) list.loadMore();
  }

  #searchResultText() {
    const { filtered, results, hasMore } = this.list;
    if (!filtered) return "";
    return results.length ? `${count(results.length, "conversation")}${hasMore ? " or more" : ""} found` : "No results";
  }

  /** Return the groups that have conversations. */
  #byGroup() {
    const { filtered, search, tag, results, pinned, others } = this.list;
    /** @type {Map<string, Conversation[]>} */
    const groups = new Map(filtered ? [[search ? "Results" : `Tagged ${tag}`, results]] : [["Pinned", pinned]]);
    for (const each of filtered ? [] : others) {
      const name = dayGroup(each.updated_at);
      const group = groups.get(name);
      if (group) group.push(each);
      else groups.set(name, [each]);
    }
    return [...groups].filter(([, conversations]) => conversations.length);
  }

  /**
   * @param {string} name
   * @param {Conversation[]} conversations
   */
  #group(name, conversations) {
    let group = this.#groups.get(name);
    if (!group) {
      const id = `group-${this.#groups.size}`;
      const list = h("ul");
      group = { list, section: h("section", { "aria-labelledby": id }, h("h2", { id }, name), list) };
      this.#groups.set(name, group);
    }
    arrange(
      group.list,
      conversations.map((each) => this.#listItem(each)),
    );
    return group.section;
  }

  /** @param {Conversation} conversation */
  #listItem(conversation) {
    let item = this.#items.get(conversation.id);
    if (!item) {
      item = new ChatListItem();
      this.#items.set(conversation.id, item);
    }
    const { unread, search } = this.list;
    const current = conversation.id === this.chat.id;
    item.show(conversation, { current, unread: unread.has(conversation.id), search });
    return item.parentElement ?? h("li", {}, item);
  }

  /** @param {boolean} hasItems */
  #showFoot(hasItems) {
    const { list } = this;
    const text = this.#footMessage(hasItems);
    if (this.#footText !== text) {
      this.#footText = text;
      const retry = h("button.quiet", { onclick: () => (list.loaded ? list.loadMore() : list.refresh()) }, "Try again");
      this.#foot.replaceChildren(text, ...(list.failed ? [retry] : []));
    }
    setAttribute(this.#foot, "hidden", !text);
  }

  /** @param {boolean} hasItems */
  #footMessage(hasItems) {
    const { failed, filtered, loaded } = this.list;
    if (failed) return "The list could not be loaded. ";
    if (hasItems) return "";
    if (filtered) return "No results";
    return loaded ? "Your conversations appear here. They are stored on this server." : "";
  }

  /** @param {KeyboardEvent} event */
  #handleSearchKey(event) {
    if (event.key === "Escape" && this.#input.value) {
      event.preventDefault();
      event.stopPropagation();
      this.clearSearch();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      this.querySelector("a")?.focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(this.#searchTimer);
      this.list.find(this.#input.value.trim()).then(() => this.querySelector("a")?.focus());
    }
  }

  /** @param {KeyboardEvent} event */
  #moveFocus(event) {
    if (!(event.target instanceof HTMLAnchorElement)) return;
    const links = [...this.querySelectorAll("a")];
    const index = links.indexOf(event.target);
    /** @type {Record<string, number>} */
    const targets = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: links.length - 1 };
    const to = targets[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to < 0) this.#input.focus();
    else links[to]?.focus();
  }
}

customElements.define("chat-list", ChatList);
