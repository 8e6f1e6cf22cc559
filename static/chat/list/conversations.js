// The conversations of the list: those fetched so far, changes that the server reports, and the user's actions on them.

/**
 * @import { Conversation, ConversationChanges } from "../types.js"
 * @import { Connection } from "../transport/connection.js"
 */

import { conversations as api, isAbort } from "../transport/api.js";
import { Emitter } from "../transport/emitter.js";

/** @typedef {{ change: undefined, removed: string }} Events "removed": the id of one that was deleted, here or elsewhere */

/**
 * Return what conversations are sorted by, as on the server: by time, then by id. Without "Z", "…:00" is before "…:00.5".
 *
 * @param {Conversation} conversation
 */
const position = ({ updated_at: time, id }) => `${time.replace("Z", "")} ${id}`;

/** @extends {Emitter<Events>} */
export class Conversations extends Emitter {
  search = "";
  tag = ""; // only conversations with it are shown
  /** @type {string[]} all tags of this user */
  tags = [];
  /** @type {Conversation[]} search results, in the server's order */
  results = [];
  loaded = false;
  /** @type {unknown} why the last page could not be loaded; null if it was */
  failed = null;
  /** @type {Set<string>} ids of those that were answered while another one was shown */
  unread = new Set();
  /** @type {Map<string, Conversation>} */
  #all = new Map();
  /** @type {string | null} cursor of the list's next page */
  #next = null;
  /** @type {string | null} cursor of the results' next page */
  #nextResults = null;
  /** @type {AbortController | null} of the request that is running */
  #running = null;
  #tagsRead = 0; // requests for the tags so far
  /** @type {Map<string, Promise<unknown>>} the last request that changes a conversation, while it is not answered */
  #changing = new Map();

  /** @param {Connection} connection */
  constructor(connection) {
    super();
    let lost = false;
    connection.on("state", () => {
      if (connection.open && lost) this.#refreshAll();
      lost = !connection.open;
    });
    connection.on("frame", (frame) => {
      if (frame.type === "changed" || frame.type === "saved") this.update(frame.conversation);
      else if (frame.type === "removed") this.#drop(frame.conversation);
    });
  }

  /** @param {string} id */
  get(id) {
    return this.#all.get(id);
  }

  /** The pinned conversations, the newest first. */
  get pinned() {
    return this.#sorted(true);
  }

  /** The other conversations, the newest first. */
  get others() {
    return this.#sorted(false);
  }

  /** Whether the list is that of a search or a tag. */
  get filtered() {
    return Boolean(this.search || this.tag);
  }

  get hasMore() {
    return Boolean(this.filtered ? this.#nextResults : this.#next);
  }

  /** Fetch the first page. Drops conversations that were deleted elsewhere while the connection was lost. */
  async refresh() {
    this.refreshTags();
    await this.#fetch(async (signal) => {
      const page = await api.list({}, signal);
      const fresh = [...(page.pinned ?? []), ...page.conversations];
      const known = new Set(fresh.map((each) => each.id));
      const end = (page.next && page.conversations.at(-1)?.updated_at) || "";
      for (const [id, each] of this.#all) {
        if (!known.has(id) && !each.temporary && (each.pinned || each.updated_at >= end)) this.#all.delete(id);
      }
      const isWholeList =
        !this.loaded ||
        !page.next ||
        ![...this.#all.values()].some(({ id, temporary }) => !temporary && !known.has(id));
      for (const each of fresh) this.#put(each);
      if (isWholeList) this.#next = page.next;
      this.loaded = true;
    });
  }

  /** Fetch the next page of the list, or of the search results. */
  async loadMore() {
    if (this.#running || !this.hasMore) return;
    const { search, tag, filtered } = this;
    await this.#fetch(async (signal) => {
      const page = await api.list({ search, tag, before: filtered ? this.#nextResults : this.#next }, signal);
      if (filtered) {
        this.results.push(...page.conversations);
        this.#nextResults = page.next;
      } else {
        for (const each of page.conversations) this.#put(each);
        this.#next = page.next;
      }
    });
  }

  /**
   * Search, and show conversations with a tag only. Empty texts show the whole list again.
   *
   * @param {string} search
   * @param {string} [tag]
   */
  async find(search, tag = this.tag) {
    this.search = search;
    this.tag = tag;
    this.#running?.abort();
    this.#running = null;
    this.#nextResults = null;
    if (!this.filtered) {
      this.results = [];
      this.emit("change", undefined);
      if (!this.loaded) await this.refresh();
      return;
    }
    await this.#fetch(async (signal) => {
      const page = await api.list({ search, tag }, signal);
      this.results = [...(page.pinned ?? []), ...page.conversations];
      this.#nextResults = page.next;
    });
  }

  /**
   * Add a conversation, or replace what is known of it.
   *
   * @param {Conversation} conversation
   */
  update(conversation) {
    const before = this.get(conversation.id)?.tags ?? [];
    if (before.join("\n") !== conversation.tags.join("\n")) this.refreshTags();
    this.#put(conversation);
    const results = this.results.map((each) => (each.id === conversation.id ? { ...each, ...conversation } : each));
    this.results = results.filter((each) => !this.tag || each.tags.includes(this.tag));
    this.emit("change", undefined);
  }

  /**
   * Change a conversation. The list shows the change at once and takes it back if the server refuses it.
   *
   * @param {string} id
   * @param {ConversationChanges} changes
   */
  async change(id, changes) {
    const before = this.get(id);
    if (before) this.update({ ...before, ...changes, settings: { ...before.settings, ...changes.settings } });
    try {
      this.update(await this.#inOrder(id, () => api.change(id, changes)));
    } catch (error) {
      if (before) this.update(before);
      throw error;
    }
  }

  /** @param {string} id */
  async remove(id) {
    await this.#inOrder(id, () => api.remove(id));
    this.#drop(id);
  }

  /** @param {string} id */
  async restore(id) {
    this.update(await this.#inOrder(id, () => api.restore(id)));
  }

  /**
   * Send a request that changes a conversation once the ones before are answered: a deletion must not overtake a new
   * title.
   *
   * @template T
   * @param {string} id
   * @param {() => Promise<T>} send
   * @returns {Promise<T>}
   */
  async #inOrder(id, send) {
    const sent = (this.#changing.get(id) ?? Promise.resolve()).then(send, send);
    this.#changing.set(id, sent);
    try {
      return await sent;
    } finally {
      if (this.#changing.get(id) === sent) this.#changing.delete(id);
    }
  }

  /** Fetch the tags. A tag that no conversation has any more filters nothing. */
  async refreshTags() {
    this.#tagsRead += 1;
    const number = this.#tagsRead;
    try {
      const { tags } = await api.tags();
      if (number !== this.#tagsRead) return;
      this.tags = tags.map((each) => each.name);
    } catch {
      return; // those known so far stay; the list itself says that the server cannot be reached
    }
    if (this.tag && !this.tags.includes(this.tag)) await this.find(this.search, "");
    else this.emit("change", undefined);
  }

  async #refreshAll() {
    await this.refresh();
    if (this.filtered) await this.find(this.search);
  }

  /** @param {Conversation} conversation */
  #put(conversation) {
    if (this.get(conversation.id)?.answering && !conversation.answering) this.unread.add(conversation.id);
    this.#all.set(conversation.id, conversation);
  }

  /** @param {boolean} pinned */
  #sorted(pinned) {
    return [...this.#all.values()]
      .filter((each) => each.pinned === pinned && !each.temporary)
      .sort((one, other) => (position(one) < position(other) ? 1 : -1));
  }

  /** @param {string} id */
  #drop(id) {
    if (this.get(id)?.tags.length) this.refreshTags();
    this.results = this.results.filter((each) => each.id !== id);
    this.#all.delete(id);
    this.unread.delete(id);
    this.emit("change", undefined);
    this.emit("removed", id);
  }

  /** @param {(signal: AbortSignal) => Promise<void>} work */
  async #fetch(work) {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    try {
      await work(running.signal);
      this.failed = null;
    } catch (error) {
      if (isAbort(error)) return;
      this.failed = error;
    } finally {
      if (this.#running === running) this.#running = null;
    }
    this.emit("change", undefined);
  }
}
