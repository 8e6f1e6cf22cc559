// The conversations of the list: those that were fetched, what the server tells about them, and what one does to them.

import { conversations as server } from "./api.js";

// Events: "change" when the list is to be shown anew; "removed" with the id of one that was deleted (here or elsewhere).
export class Conversations extends EventTarget {
  search = "";
  results = []; // of the search, in the server's order
  loaded = false;
  failed = null; // why the last page could not be had
  unread = new Set(); // ids of those that were answered while another one was shown
  #all = new Map();
  #next = null; // cursor of the list's next page
  #nextResults = null;
  #busy = null; // what ends the request that runs

  constructor(connection) {
    super();
    let lost = false;
    connection.addEventListener("state", () => {
      if (connection.open && lost) this.refresh().then(() => this.search && this.find(this.search));
      lost = !connection.open;
    });
    connection.addEventListener("frame", ({ detail: frame }) => {
      if (frame.type === "changed" || frame.type === "saved") this.take(frame.conversation);
      else if (frame.type === "removed") this.#drop(frame.conversation);
    });
  }

  get(id) {
    return this.#all.get(id);
  }

  // Pinned ones and the others, the newest first.
  get pinned() {
    return this.#sorted(true);
  }

  get others() {
    return this.#sorted(false);
  }

  get more() {
    return Boolean(this.search ? this.#nextResults : this.#next);
  }

  // The first page; what was deleted elsewhere while nobody told us goes.
  async refresh() {
    await this.#fetch(async (signal) => {
      const page = await server.list({}, signal);
      const fresh = [...(page.pinned ?? []), ...page.conversations];
      const known = new Set(fresh.map((each) => each.id));
      const end = page.next ? page.conversations.at(-1)?.updated_at : "";
      for (const [id, each] of this.#all) {
        if (!known.has(id) && (each.pinned || each.updated_at >= end)) this.#all.delete(id);
      }
      const first = !this.loaded || !page.next || ![...this.#all.keys()].some((id) => !known.has(id));
      for (const each of fresh) this.#put(each);
      if (first) this.#next = page.next;
      this.loaded = true;
    });
  }

  // The next page of the list, or of the results.
  async loadMore() {
    if (this.#busy || !this.more) return;
    const search = this.search;
    await this.#fetch(async (signal) => {
      const page = await server.list({ search, before: search ? this.#nextResults : this.#next }, signal);
      if (search) {
        this.results.push(...page.conversations);
        this.#nextResults = page.next;
      } else {
        for (const each of page.conversations) this.#put(each);
        this.#next = page.next;
      }
    });
  }

  // Searches; an empty text shows the whole list again.
  async find(search) {
    this.search = search;
    this.#busy?.abort();
    this.#busy = null;
    this.#nextResults = null;
    if (!search) {
      this.results = [];
      this.#tell();
      if (!this.loaded) await this.refresh();
      return;
    }
    await this.#fetch(async (signal) => {
      const page = await server.list({ search }, signal);
      this.results = [...(page.pinned ?? []), ...page.conversations];
      this.#nextResults = page.next;
    });
  }

  take(conversation) {
    this.#put(conversation);
    const at = this.results.findIndex((each) => each.id === conversation.id);
    if (at >= 0) this.results[at] = { ...this.results[at], ...conversation };
    this.#tell();
  }

  async change(id, changes) {
    const before = this.get(id);
    if (before) this.take({ ...before, ...changes, settings: { ...before.settings, ...changes.settings } });
    try {
      this.take(await server.change(id, changes));
    } catch (error) {
      if (before) this.take(before);
      throw error;
    }
  }

  async remove(id) {
    await server.remove(id);
    this.#drop(id);
  }

  async restore(id) {
    this.take(await server.restore(id));
  }

  #put(conversation) {
    if (this.get(conversation.id)?.answering && !conversation.answering) this.unread.add(conversation.id);
    this.#all.set(conversation.id, conversation);
  }

  #sorted(pinned) {
    return [...this.#all.values()]
      .filter((each) => each.pinned === pinned)
      .sort((one, other) => (one.updated_at < other.updated_at ? 1 : -1));
  }

  #drop(id) {
    this.results = this.results.filter((each) => each.id !== id);
    this.#all.delete(id);
    this.unread.delete(id);
    this.#tell();
    this.dispatchEvent(new CustomEvent("removed", { detail: id }));
  }

  async #fetch(work) {
    this.#busy?.abort();
    const busy = new AbortController();
    this.#busy = busy;
    try {
      await work(busy.signal);
      this.failed = null;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.failed = error;
    } finally {
      if (this.#busy === busy) this.#busy = null;
    }
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
