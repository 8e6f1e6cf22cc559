/**
 * @import { ClientFrame, Message, MessagePage, PendingQuestion, SavedMessage, Settings, Written } from "../types.js"
 * @import { Connection } from "../transport/connection.js"
 * @import { Conversations } from "../list/conversations.js"
 * @import { PresetList } from "../settings/preset-list.js"
 * @import { LiveAnswers } from "./live-answers.js"
 */

import { messages as api } from "../transport/api.js";
import { FrameError } from "../transport/connection.js";
import { branchWith, isPending } from "./branch.js";
import {
  editKey,
  markSaved,
  questionFromDraft,
  queuedQuestion,
  queueQuestion,
  sendQueued,
  takeQueued,
  writeDraft,
} from "./drafts.js";
import { ShownConversation } from "./shown-conversation.js";
import { NOTHING } from "./written.js";

/** @type {Settings} */
export const NO_SETTINGS = {
  model: null,
  system_prompt: null,
  temperature: null,
  top_p: null,
  max_tokens: null,
  seed: null,
};

/** The conversation that is shown, and what the user does in it: ask, regenerate, stop, change its settings. */
export class Chat extends ShownConversation {
  /** @type {Settings | null} chosen for a new conversation; null for those of the default preset */
  newSettings = null;
  /** Whether a new conversation will be temporary. */
  newTemporary = false;

  /**
   * @param {Connection} connection
   * @param {LiveAnswers} answers
   * @param {Conversations} list
   * @param {PresetList} presets
   */
  constructor(connection, answers, list, presets) {
    super(connection, answers, list);
    this.presets = presets;
    this.on("messages", () => this.#checkQueue());
    answers.on("finished", (answer) => this.#settleQueue(answer.conversation, answer));
  }

  get settings() {
    return this.id
      ? (this.conversation?.settings ?? NO_SETTINGS)
      : (this.newSettings ?? this.presets.forNewChats ?? NO_SETTINGS);
  }

  get draftKey() {
    return this.id ?? "new";
  }

  /** Whether what is shown is not kept. */
  get temporary() {
    return this.id ? Boolean(this.conversation?.temporary) : this.newTemporary;
  }

  /** Start a new conversation that is not kept. */
  showTemporary() {
    this.showNew();
    this.newTemporary = true;
    this.emit("shown", undefined);
  }

  /** Keep the conversation after all. */
  async keep() {
    if (this.id) await this.list.change(this.id, { temporary: false });
    this.newTemporary = false;
    this.emit("shown", undefined);
  }

  showNew() {
    this.newSettings = null;
    this.newTemporary = false;
    super.showNew();
  }

  /**
   * Ask a question. Its draft stays until the server has saved it; if the server refuses it, it stays here with the error.
   *
   * @param {Written} written
   * @param {Message | null} replaced the question that it is another version of
   */
  ask(written, replaced = null) {
    const { id, draftKey, messages, newSettings } = this;
    const question = questionFromDraft(written, replaced, { id, key: draftKey, messages, settings: newSettings });
    this.#send(id === null && this.newTemporary ? { ...question, temporary: true } : question);
  }

  /** The question that is sent when the answer that is being generated has ended. */
  get queued() {
    return this.id === null ? null : queuedQuestion(this.id);
  }

  /**
   * Queue a question until the answer that is being generated has ended.
   *
   * @param {Written} written
   */
  queue(written) {
    const { id, generating } = this;
    if (id === null || generating === null) return;
    queueQuestion(id, written, generating);
    this.emit("messages", { queued: true });
  }

  /** Remove the queued question, and return what was written. */
  unqueue() {
    const written = this.id === null ? NOTHING : takeQueued(this.id);
    this.emit("messages", {});
    return written;
  }

  /** Settle the queued question of the conversation that is shown, if its answer ended while the page was closed. */
  #checkQueue() {
    const { id, queued, state, messages } = this;
    if (id === null || !queued || state !== "ready" || this.answers.get(queued.parent ?? "")) return;
    const answer = messages.find((each) => each.id === queued.parent);
    if (answer?.status !== "generating") this.#settleQueue(id, answer);
  }

  /**
   * Send the queued question if the answer before it has ended well; return it to its writer otherwise.
   *
   * @param {string} conversation
   * @param {Message | undefined} answer
   */
  #settleQueue(conversation, answer) {
    const queued = queuedQuestion(conversation);
    if (!queued || (answer && answer.id !== queued.parent)) return;
    if (answer?.status === "complete" || answer?.status === "length") this.#send(sendQueued(queued));
    else this.emit("returned", { conversation, written: takeQueued(conversation) });
  }

  /**
   * Send a question again that the server refused.
   *
   * @param {PendingQuestion} question
   */
  askAgain(question) {
    this.#send({ ...question, status: "sending", error: null });
  }

  /**
   * Remove a question that the server refused.
   *
   * @param {PendingQuestion} question
   */
  discard(question) {
    this.setMessages(this.messages.filter((each) => each.id !== question.id));
    markSaved(question.draft, question.id);
    if (this.id) this.refresh();
    else this.setState(null, "new", { messages: this.messages });
  }

  /**
   * Generate another answer.
   *
   * @param {string | null} question
   */
  async regenerate(question) {
    if (question !== null) await this.#requestAnswer({ type: "regenerate", message: question });
  }

  /**
   * Continue an answer that was cut, or retry a failed one.
   *
   * @param {string} answer
   */
  async resume(answer) {
    await this.#requestAnswer({ type: "continue", message: answer });
  }

  /**
   * Delete a message with all that follows it. Return how many these were, and what restores them.
   *
   * @param {SavedMessage} message
   */
  async deleteMessage(message) {
    const leaf = this.messages.findLast((each) => !isPending(each))?.id ?? message.id;
    const page = await api.remove(message);
    this.#showChanged(page);
    return { deleted: page.deleted, restore: async () => this.#showChanged(await api.restore(message, leaf)) };
  }

  /**
   * Write another version of an answer.
   *
   * @param {SavedMessage} answer
   * @param {string} text
   */
  async editAnswer(answer, text) {
    const page = await api.edit(answer, text);
    writeDraft(editKey(answer.id), NOTHING);
    this.#showChanged(page);
  }

  /** @param {MessagePage} page */
  #showChanged(page) {
    if (page.conversation.id === this.id) this.showPage(page);
  }

  async stop() {
    const message = this.generating;
    if (message) await this.connection.request({ type: "stop", message });
  }

  /** @param {Partial<Settings>} settings */
  async changeSettings(settings) {
    const { id, conversation } = this;
    if (id && conversation) {
      const { model } = conversation.settings;
      await this.list.change(id, { settings });
      if (settings.model !== undefined && settings.model !== model) this.refresh(); // another context
    } else this.newSettings = { ...this.settings, ...settings };
    this.emit("shown", undefined);
  }

  /**
   * Request another answer, or more of one. If the connection was lost before the server confirmed it, the messages show
   * whether the server received it; if not, it is sent again.
   *
   * @param {ClientFrame} frame
   */
  async #requestAnswer(frame) {
    try {
      await this.connection.request(frame, { repeatable: false });
    } catch (error) {
      if (!(error instanceof FrameError && error.code === "connection_lost")) throw error;
      const { id } = this;
      await this.refresh();
      if (this.id === id && !this.generating) await this.connection.request(frame, { repeatable: false });
    }
  }

  /** @param {PendingQuestion} question */
  #send(question) {
    const { conversation, id: message, parent, text, files, settings, temporary } = question;
    if (!question.queued) {
      this.setMessages(branchWith(this.messages, question));
      this.emit("messages", { asked: message });
    } else if (conversation === this.id && this.messages.some((each) => each.id === parent)) {
      this.setMessages(branchWith(this.messages, question));
      this.emit("messages", {});
    }
    /** @type {ClientFrame} */
    const frame = {
      type: "send",
      conversation,
      message,
      parent,
      text,
      files,
      ...(settings ? { settings } : {}),
      temporary: Boolean(temporary),
    };
    this.connection.request(frame).catch((/** @type {FrameError} */ error) => {
      if (!this.messages.some((each) => each.id === message)) {
        this.emit("lost", error);
        return;
      }
      const { code, message: detail, fields } = error;
      /** @type {PendingQuestion} */
      const refused = { ...question, status: "unsent", error: { code, detail, fields } };
      this.setMessages(this.messages.map((each) => (each.id === message ? refused : each)));
      this.emit("messages", {});
    });
  }
}
