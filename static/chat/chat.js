// The conversation that is shown: its branch of messages, and what one does to them.

import { conversations as server } from "./api.js";
import { branchWith, merged, placed } from "./branch.js";
import { newId } from "./dom.js";
import { editKey, noteSaved, noteSending, readDraft } from "./drafts.js";

const MOST_KEPT = 8; // conversations whose messages are at hand when one comes back to them
export const NO_SETTINGS = { system_prompt: null, temperature: null, top_p: null, max_tokens: null, seed: null };

// States: "new", "loading", "ready", "missing" (there is none with this id), "deleted" (while it was shown), "failed".
// Events: "shown" when another conversation is shown, or its state changed; "messages" when its branch changed, with
// `detail.anchor` (a message that is to stay where it is on the screen) or `detail.asked` (a question was just asked).
export class Chat extends EventTarget {
  id = null; // null: a new one, which has no question yet
  state = "new";
  messages = [];
  earlier = false; // there are messages before the first one here
  context = null;
  error = null;
  newSettings = { ...NO_SETTINGS };
  #kept = new Map();
  #refreshing = 0;
  #loadingEarlier = false;

  constructor(connection, answers, list) {
    super();
    Object.assign(this, { connection, answers, list });
    connection.addEventListener("frame", ({ detail }) => this.#receive(detail));
    answers.addEventListener("finished", ({ detail }) => this.#finish(detail));
    answers.addEventListener("gone", ({ detail }) => detail.conversation === this.id && this.refresh());
    list.addEventListener("removed", ({ detail }) => this.#removed(detail));
    let lost = false;
    connection.addEventListener("state", () => {
      if (connection.open && lost && this.id && this.state === "ready") this.refresh();
      lost = !connection.open;
    });
  }

  get conversation() {
    return this.list.get(this.id) ?? null;
  }

  get settings() {
    return this.id ? (this.conversation?.settings ?? NO_SETTINGS) : this.newSettings;
  }

  get draftKey() {
    return this.id ?? "new";
  }

  // The question that is on its way.
  get sending() {
    return this.messages.find((each) => each.status === "sending") ?? null;
  }

  // The id of the answer that is being made in this conversation, be it on a branch that is not shown.
  get generating() {
    return (this.messages.find((each) => each.status === "generating") ?? this.answers.in(this.id))?.id ?? null;
  }

  showNew() {
    this.#keep();
    this.newSettings = { ...NO_SETTINGS };
    this.#become(null, "new", { messages: [], earlier: false, context: null });
  }

  async show(id) {
    if (id === this.id && this.state === "ready") return;
    this.#keep();
    const kept = this.#kept.get(id);
    this.#become(id, kept ? "ready" : "loading", kept ?? { messages: [], earlier: false, context: null });
    await this.refresh();
  }

  // Fetches the end of the branch again; what is shown stays until it is there.
  async refresh() {
    const id = this.id;
    const turn = ++this.#refreshing;
    try {
      const page = await server.messages(id);
      if (this.id === id && turn === this.#refreshing) this.#take(page);
    } catch (error) {
      if (this.id !== id) return;
      if (error.status === 404) this.#become(id, this.state === "deleted" ? "deleted" : "missing", { messages: [] });
      else if (this.state === "loading") {
        this.error = error;
        this.#become(id, "failed", {});
      }
    }
  }

  // Fetches what comes before the first message here.
  async loadEarlier() {
    const { id, messages } = this;
    if (!this.earlier || this.#loadingEarlier || !messages.length) return;
    this.#loadingEarlier = true;
    try {
      const page = await server.messages(id, messages[0].id);
      if (this.id !== id || this.messages[0]?.id !== messages[0].id) return;
      this.messages = [...page.messages, ...this.messages];
      this.earlier = page.earlier;
      this.#tell({ earlier: true });
    } finally {
      this.#loadingEarlier = false;
    }
  }

  // Asks a question; `replacing`: the question that it is another version of. It counts as asked when the server has
  // it; until then its draft is kept, and where it is refused, it stays here with what was wrong.
  ask(text, replacing = null) {
    const unsent = replacing?.status === "unsent" ? replacing : null;
    const draft = unsent?.draft ?? (replacing ? editKey(replacing.id) : this.draftKey);
    const { revived } = readDraft(draft);
    const again = revived?.text === text ? revived : null;
    const question = {
      id: again?.message ?? unsent?.id ?? newId(),
      conversation: this.id ?? again?.conversation ?? newId(),
      parent: replacing ? replacing.parent : again ? again.parent : (this.messages.findLast((each) => each.status !== "unsent")?.id ?? null),
      role: "user",
      status: "sending",
      text,
      draft,
      settings: this.id ? undefined : this.newSettings,
      siblings: [],
      runs: [],
      error: null,
    };
    noteSending(question.draft, { text, conversation: question.conversation, message: question.id, parent: question.parent });
    this.#send(question);
  }

  // Sends a question again that the server refused.
  askAgain(question) {
    this.#send({ ...question, status: "sending", error: null });
  }

  // Takes a question back that the server refused; its text is the caller's.
  discard(question) {
    this.messages = this.messages.filter((each) => each.id !== question.id);
    noteSaved(question.draft, question.id);
    if (this.id) this.refresh();
    else this.#become(null, "new", { messages: this.messages });
  }

  // Another answer to a question.
  async regenerate(question) {
    await this.#demand({ type: "regenerate", message: question });
  }

  // Goes on with an answer that was cut, or tries a failed one again.
  async resume(answer) {
    await this.#demand({ type: "continue", message: answer });
  }

  async stop() {
    const message = this.generating;
    if (message) await this.connection.request({ type: "stop", message });
  }

  // Shows the branch through another version of a message.
  async turnTo(message, anchor) {
    const { id } = this;
    let page = await server.branch(id, message);
    if (this.id !== id) return;
    this.#refreshing += 1;
    while (page.earlier && !page.messages.some((each) => each.id === message)) {
      const before = await server.messages(id, page.messages[0].id);
      page = { ...page, messages: [...before.messages, ...page.messages], earlier: before.earlier };
    }
    if (this.id === id) this.#take(page, { anchor, now: message });
  }

  async changeSettings(settings) {
    if (this.id && this.conversation) await this.list.change(this.id, { settings });
    else this.newSettings = { ...this.newSettings, ...settings };
    this.dispatchEvent(new Event("shown"));
  }

  // Asks for another answer, or more of one. Where the connection was lost before the server confirmed it, what it tells
  // now shows whether it had heard.
  async #demand(frame) {
    try {
      await this.connection.request(frame, { again: false });
    } catch (error) {
      if (error.code !== "connection_lost") throw error;
      const { id } = this;
      await this.refresh();
      if (this.id === id && !this.generating) await this.connection.request(frame, { again: false });
    }
  }

  #send(question) {
    const fresh = !this.id;
    this.messages = branchWith(this.messages, question);
    this.state = "ready";
    this.#tell({ asked: question.id });
    const { conversation, id: message, parent, text, settings } = question;
    const frame = { type: "send", conversation, message, parent, text, ...(settings ? { settings } : {}) };
    this.connection.request(frame).catch((error) => {
      if (!this.messages.some((each) => each.id === message)) {
        this.dispatchEvent(new CustomEvent("lost", { detail: { error, fresh } }));
        return;
      }
      const refused = { ...question, status: "unsent", error: { code: error.code, detail: error.message, fields: error.fields } };
      this.messages = this.messages.map((each) => (each.id === message ? refused : each));
      this.#tell({});
    });
  }

  #receive(frame) {
    if (frame.type === "saved") this.#save(frame);
    else if (frame.type === "changed" && frame.conversation.id === this.id) {
      const stale = frame.conversation.answering !== Boolean(this.answers.in(this.id)) || frame.conversation.updated_at !== this.updatedAt;
      this.updatedAt = frame.conversation.updated_at;
      this.dispatchEvent(new Event("shown"));
      if (stale && this.state === "ready") this.refresh();
    }
  }

  #save({ conversation, messages }) {
    for (const message of messages) {
      const sent = this.messages.find((each) => each.id === message.id && each.draft);
      if (message.role === "user") noteSaved(sent?.draft ?? conversation.id, message.id);
      if (message.role === "user") noteSaved("new", message.id);
      if (message.status === "generating") this.answers.follow(message, true);
    }
    const ours = conversation.id === this.id || (!this.id && this.messages.some((each) => messages.some(({ id }) => id === each.id)));
    if (!ours) return;
    const fresh = !this.id;
    this.id = conversation.id;
    this.updatedAt = conversation.updated_at;
    const next = placed(this.messages, messages);
    if (!next) return this.refresh();
    this.messages = next;
    if (fresh) this.dispatchEvent(new CustomEvent("named", { detail: conversation.id }));
    this.#tell({ asked: messages[0].id });
    this.dispatchEvent(new Event("shown"));
  }

  #finish(message) {
    const ended = (messages) => messages.map((each) => (each.id === message.id ? message : each));
    if (message.conversation !== this.id) {
      const kept = this.#kept.get(message.conversation);
      if (kept) kept.messages = ended(kept.messages);
      return;
    }
    const run = message.runs.at(-1);
    const shown = this.messages.some((each) => each.id === message.id);
    this.messages = ended(this.messages);
    if (run && shown) this.context = { size: run.context_size, ...this.context, used_tokens: run.prompt_tokens + run.generated_tokens };
    this.#tell({ finished: message });
  }

  #removed(id) {
    this.#kept.delete(id);
    if (id === this.id) this.#become(id, "deleted", { messages: [] });
  }

  #take(page, detail = {}) {
    this.list.take(page.conversation);
    this.updatedAt = page.conversation.updated_at;
    const unsent = this.messages.filter((each) => (each.status === "sending" || each.status === "unsent") && !page.messages.some(({ id }) => id === each.id));
    const whole = detail.now ? page : merged(this, page);
    this.earlier = whole.earlier;
    this.messages = unsent.reduce(branchWith, whole.messages);
    this.context = page.context;
    for (const message of page.messages) {
      if (message.status === "generating") this.answers.follow(message);
      else this.answers.forget(message.id);
      if (message.role !== "user") continue;
      noteSaved(this.id, message.id);
      for (const sibling of message.siblings) noteSaved(editKey(sibling), message.id);
    }
    const opened = this.state !== "ready";
    this.state = "ready";
    if (opened) this.dispatchEvent(new Event("shown"));
    this.#tell({ opened, ...detail });
  }

  #become(id, state, values) {
    Object.assign(this, { id, state }, values);
    this.dispatchEvent(new Event("shown"));
    this.#tell({ opened: true });
  }

  #keep() {
    if (!this.id || this.state !== "ready") return;
    this.#kept.delete(this.id);
    this.#kept.set(this.id, { messages: this.messages, earlier: this.earlier, context: this.context });
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value);
  }

  #tell(detail) {
    this.dispatchEvent(new CustomEvent("messages", { detail }));
  }
}
