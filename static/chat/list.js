// <chat-list>: the conversations, grouped by date, with search. More are fetched as one scrolls.

import { arrange, h, setAttribute, setText } from "./dom.js";
import { ChatListItem } from "./list-item.js";
import { count, dayGroup } from "./words.js";

const SEARCH_AFTER = 200; // milliseconds
const EARLY = "400px";

export class ChatList extends HTMLElement {
  #items = new Map(); // conversation id → element
  #groups = new Map(); // heading → element
  #end = h("div.end");
  #searching = 0;
  #waiting = false;

  connect(list, chat) {
    Object.assign(this, { list, chat });
    this.input = document.getElementById("search");
    this.told = document.getElementById("search-told");
    this.input.addEventListener("input", () => {
      clearTimeout(this.#searching);
      this.#searching = setTimeout(() => list.find(this.input.value.trim()), SEARCH_AFTER);
    });
    this.input.addEventListener("keydown", (event) => this.#inSearch(event));
    this.addEventListener("keydown", (event) => this.#walk(event));
    list.addEventListener("change", () => this.#later());
    chat.addEventListener("shown", () => this.#later());
    new IntersectionObserver(([entry]) => entry.isIntersecting && list.loadMore(), { root: this, rootMargin: EARLY }).observe(this.#end);
  }

  clearSearch() {
    this.input.value = "";
    clearTimeout(this.#searching);
    if (this.list.search) this.list.find("");
  }

  // The item after this one, or before, where it is the last: where the focus goes when it is deleted.
  neighbour(id) {
    const items = [...this.querySelectorAll("chat-list-item")];
    const at = items.findIndex((each) => each.conversation.id === id);
    return items[at + 1] ?? items[at - 1] ?? null;
  }

  item(id) {
    return this.#items.get(id);
  }

  // Many changes make one picture.
  #later() {
    if (this.#waiting) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      this.#show();
    });
  }

  #show() {
    const { list } = this;
    list.unread.delete(this.chat.id);
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    const groups = list.search ? [["Results", list.results]] : this.#byDate();
    const shown = new Set();
    const sections = groups.filter(([, items]) => items.length).map(([name, items]) => {
      for (const each of items) shown.add(each.id);
      return this.#group(name, items);
    });
    for (const id of this.#items.keys()) if (!shown.has(id)) this.#items.delete(id);
    arrange(this, [...sections, this.#foot(shown.size), this.#end]);
    if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    setText(this.told, list.search ? (list.results.length ? `${count(list.results.length, "conversation")}${list.more ? " or more" : ""} found` : "Nothing found") : "");
    // The end may still be in sight: the observer only tells when that changes.
    if (list.more && !list.failed && this.#end.getBoundingClientRect().top < this.getBoundingClientRect().bottom + 400) list.loadMore();
  }

  #byDate() {
    const groups = new Map([["Pinned", this.list.pinned]]);
    for (const each of this.list.others) {
      const name = dayGroup(each.updated_at);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(each);
    }
    return [...groups];
  }

  #group(name, conversations) {
    let section = this.#groups.get(name);
    if (!section) {
      const id = `group-${name.toLowerCase().replace(/\W+/g, "-")}`;
      section = h("section", { "aria-labelledby": id }, h("h2", { id }, name), h("ul"));
      this.#groups.set(name, section);
    }
    arrange(section.lastChild, conversations.map((each) => this.#item(each)));
    return section;
  }

  #item(conversation) {
    let item = this.#items.get(conversation.id);
    if (!item) {
      item = new ChatListItem();
      this.#items.set(conversation.id, item);
    }
    item.show(conversation, { current: conversation.id === this.chat.id, unread: this.list.unread.has(conversation.id), search: this.list.search });
    if (!item.parentElement) h("li", {}, item);
    return item.parentElement;
  }

  #foot(shown) {
    const { list } = this;
    this.foot ??= h("p.foot-note.quiet", { role: "status" });
    const words = list.failed
      ? "The list could not be fetched. "
      : shown
        ? ""
        : list.search
          ? "No conversation has these words."
          : list.loaded
            ? "Conversations are listed here. They are kept on this server."
            : "";
    if (this.foot.dataset.words !== words) {
      this.foot.dataset.words = words;
      const again = h("button.quiet", { onclick: () => (list.loaded ? list.loadMore() : list.refresh()) }, "Try again");
      this.foot.replaceChildren(words, ...(list.failed ? [again] : []));
    }
    setAttribute(this.foot, "hidden", !words);
    return this.foot;
  }

  #inSearch(event) {
    if (event.key === "Escape" && this.input.value) {
      event.preventDefault();
      event.stopPropagation();
      this.clearSearch();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      this.querySelector("a")?.focus();
    } else if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(this.#searching);
      this.list.find(this.input.value.trim()).then(() => this.querySelector("a")?.focus());
    }
  }

  #walk(event) {
    if (!event.target.matches("a")) return;
    const links = [...this.querySelectorAll("a")];
    const at = links.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    (links[to] ?? (to < 0 ? this.input : null))?.focus();
  }
}

customElements.define("chat-list", ChatList);
