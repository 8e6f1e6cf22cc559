/**
 * @import { BranchChange, ChangedFrame, ContextUse, Message, MessagePage, SavedFrame } from "../types.js"
 * @import { SavedMessage, ServerFrame, Written } from "../types.js"
 * @import { Connection } from "../transport/connection.js"
 * @import { Conversations } from "../list/conversations.js"
 * @import { LiveAnswers } from "./live-answers.js"
 * @import { Branch } from "./branch-cache.js"
 */

import { ApiError, conversations as api } from "../transport/api.js";
import { Emitter } from "../transport/emitter.js";
import { branchWith, isPending, merged, withSaved } from "./branch.js";
import { BranchCache } from "./branch-cache.js";
import { editKey, markSaved } from "./drafts.js";

/** @type {Branch} */
const EMPTY = { messages: [], earlier: false, context: null };

/**
 * "missing": no conversation has this id. "deleted": it was deleted while it was shown. "failed": it could not be loaded.
 *
 * @typedef {"new" | "loading" | "ready" | "missing" | "deleted" | "failed"} State
 */

/**
 * "shown": another conversation is shown, or its state changed. "messages": its branch changed. "named": a new
 * conversation has its id. "lost": a question failed that is no longer shown. "returned": a queued question is not sent.
 *
 * @typedef {{ conversation: string, written: Written }} Returned
 * @typedef {{ shown: undefined, messages: BranchChange, named: string, lost: Error, returned: Returned }} Events
 */

/**
 * The conversation that is shown and its branch of messages, as loaded from the server.
 *
 * @extends {Emitter<Events>}
 */
export class ShownConversation extends Emitter {
  /** @type {string | null} null for a new conversation, which has no question yet */
  id = null;
  /** @type {State} */
  state = "new";
  /** @type {Message[]} */
  messages = [];
  /** Whether there are messages before the first one here. */
  earlier = false;
  /** @type {ContextUse | null} */
  context = null;
  /** @type {Error | null} */
  error = null;
  #updatedAt = "";
  #cache = new BranchCache();
  #refreshes = 0;
  /** @type {Promise<void> | null} */
  #loadingEarlier = null;

  /**
   * @param {Connection} connection
   * @param {LiveAnswers} answers
   * @param {Conversations} list
   */
  constructor(connection, answers, list) {
    super();
    this.connection = connection;
    this.answers = answers;
    this.list = list;
    connection.on("frame", (frame) => this.#receive(frame));
    answers.on("finished", (message) => this.#finish(message));
    answers.on("gone", (answer) => answer.conversation === this.id && this.refresh());
    list.on("removed", (id) => this.#remove(id));
    let lost = false;
    connection.on("state", () => {
      if (connection.open && lost && this.id && this.state === "ready") this.refresh();
      lost = !connection.open;
    });
  }

  get conversation() {
    return (this.id && this.list.get(this.id)) || null;
  }

  /** The question that is on its way. */
  get sending() {
    return this.messages.find((each) => each.status === "sending") ?? null;
  }

  /** The id of the answer that is being generated in this conversation, also on a branch that is not shown. */
  get generating() {
    return (this.messages.find((each) => each.status === "generating") ?? this.answers.in(this.id))?.id ?? null;
  }

  /** Show a new conversation. */
  showNew() {
    this.#cacheBranch();
    this.setState(null, "new", EMPTY);
  }

  /** @param {string} id */
  async show(id) {
    if (id === this.id && this.state === "ready") return;
    this.#cacheBranch();
    const cached = this.#cache.get(id);
    this.setState(id, cached ? "ready" : "loading", cached ?? EMPTY);
    await this.refresh();
  }

  /** Fetch the end of the branch again. What is shown stays until it arrives. */
  async refresh() {
    const { id } = this;
    if (id === null) return;
    const refresh = ++this.#refreshes;
    try {
      const page = await api.messages(id);
      if (this.id === id && refresh === this.#refreshes) this.showPage(page);
    } catch (error) {
      if (this.id !== id) return;
      if (error instanceof ApiError && error.status === 404) {
        this.setState(id, this.state === "deleted" ? "deleted" : "missing", { messages: [] });
      } else if (this.state === "loading") {
        this.error = error instanceof Error ? error : null;
        this.setState(id, "failed", {});
      }
    }
  }

  /** Fetch the messages before the first one here. */
  loadEarlier() {
    this.#loadingEarlier ??= this.#fetchEarlier().finally(() => {
      this.#loadingEarlier = null;
    });
    return this.#loadingEarlier;
  }

  async #fetchEarlier() {
    const { id } = this;
    const first = this.messages[0];
    if (!this.earlier || !first || id === null) return;
    const page = await api.messages(id, first.id);
    if (this.id !== id || this.messages[0]?.id !== first.id) return;
    this.messages = [...page.messages, ...this.messages];
    this.earlier = page.earlier;
    this.emit("messages", { earlier: true });
  }

  /**
   * Show the part of the branch with a message; another branch only if it is not on this one.
   *
   * @param {string} message
   */
  async showMessage(message) {
    const { id } = this;
    const missing = () =>
      this.id === id && this.messages.length > 0 && !this.messages.some((each) => each.id === message);
    while (this.earlier && missing()) await this.loadEarlier();
    if (missing()) await this.selectVersion(message);
  }

  /**
   * Show the branch through another version of a message.
   *
   * @param {string} message
   * @param {HTMLElement} [anchor]
   */
  async selectVersion(message, anchor) {
    const { id } = this;
    if (id === null) return;
    let page = await api.branch(id, message);
    if (this.id !== id) return;
    this.#refreshes += 1;
    while (page.earlier && !page.messages.some((each) => each.id === message)) {
      const before = await api.messages(id, page.messages[0]?.id);
      page = { ...page, messages: [...before.messages, ...page.messages], earlier: before.earlier };
    }
    if (this.id === id) this.showPage(page, { selected: message, ...(anchor ? { anchor } : {}) });
  }

  /** @param {ServerFrame} frame */
  #receive(frame) {
    if (frame.type === "saved") this.#save(frame);
    else if (frame.type === "changed" && frame.conversation.id === this.id) this.#update(frame);
  }

  /** @param {ChangedFrame} frame */
  #update({ conversation }) {
    const answering = Boolean(this.answers.in(this.id));
    const stale = conversation.answering !== answering || conversation.updated_at !== this.#updatedAt;
    this.#updatedAt = conversation.updated_at;
    this.emit("shown", undefined);
    if (stale && this.state === "ready") this.refresh();
  }

  /** @param {SavedFrame} frame */
  #save({ conversation, messages }) {
    for (const message of messages) {
      const sent = this.messages.filter(isPending).find((each) => each.id === message.id);
      if (message.role === "user") markSaved(sent?.draft ?? conversation.id, message.id);
      if (message.role === "user") markSaved("new", message.id);
      if (message.status === "generating") this.answers.follow(message, true);
    }
    const isNew = !this.id;
    const asked = this.messages.find((each) => messages.some(({ id }) => id === each.id));
    const queued = asked && isPending(asked) && asked.queued; // its reader may be somewhere else
    if (conversation.id !== this.id && !(isNew && asked)) return;
    this.id = conversation.id;
    this.#updatedAt = conversation.updated_at;
    const branch = withSaved(this.messages, messages);
    if (!branch) {
      this.refresh();
      return;
    }
    this.messages = branch;
    if (isNew) this.emit("named", conversation.id);
    this.emit("messages", messages[0] && !queued ? { asked: messages[0].id } : {});
    this.emit("shown", undefined);
  }

  /** @param {SavedMessage} message */
  #finish(message) {
    /** @param {Message[]} messages */
    const replaced = (messages) => messages.map((each) => (each.id === message.id ? message : each));
    if (message.conversation !== this.id) {
      const cached = this.#cache.get(message.conversation);
      if (cached) cached.messages = replaced(cached.messages);
      return;
    }
    const run = message.runs.at(-1);
    const shown = this.messages.some((each) => each.id === message.id);
    this.messages = replaced(this.messages);
    if (run && shown) {
      const used = run.prompt_tokens + run.generated_tokens - (run.reasoning_tokens ?? 0);
      this.context = { size: run.context_size, ...this.context, used_tokens: used };
    }
    this.emit("messages", { finished: message });
  }

  /** @param {string} id */
  #remove(id) {
    this.#cache.delete(id);
    if (id === this.id) this.setState(id, "deleted", { messages: [] });
  }

  /**
   * Show the end of a branch that was fetched.
   *
   * @param {MessagePage} page
   * @param {BranchChange} change
   */
  showPage(page, change = {}) {
    this.list.update(page.conversation);
    this.#updatedAt = page.conversation.updated_at;
    const pending = this.messages.filter((each) => isPending(each) && !page.messages.some(({ id }) => id === each.id));
    const branch = change.selected ? page : merged(this, page);
    this.earlier = branch.earlier;
    /** @type {Message[]} */
    const saved = branch.messages;
    this.messages = pending.reduce(branchWith, saved);
    this.context = page.context;
    for (const message of page.messages) {
      if (message.status === "generating") this.answers.follow(message);
      else this.answers.forget(message.id);
      if (message.role !== "user") continue;
      markSaved(page.conversation.id, message.id);
      for (const sibling of message.siblings) markSaved(editKey(sibling), message.id);
    }
    const opened = this.state !== "ready";
    this.state = "ready";
    if (opened) this.emit("shown", undefined);
    this.emit("messages", { opened, ...change });
  }

  /**
   * Replace the messages of the branch. Does not notify listeners.
   *
   * @param {Message[]} messages
   */
  setMessages(messages) {
    this.messages = messages;
    this.state = "ready";
  }

  /**
   * @param {string | null} id
   * @param {State} state
   * @param {Partial<Branch>} branch
   */
  setState(id, state, branch) {
    Object.assign(this, { id, state }, branch);
    this.emit("shown", undefined);
    this.emit("messages", { opened: true });
  }

  #cacheBranch() {
    const { id, state, messages, earlier, context } = this;
    if (id && state === "ready") this.#cache.set(id, { messages, earlier, context });
  }
}
