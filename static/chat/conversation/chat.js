/** @import { ClientFrame, Message, PendingQuestion, Settings } from "../types.js" */

import { FrameError } from "../transport/connection.js";
import { branchWith } from "./branch.js";
import { markSaved, questionFromDraft } from "./drafts.js";
import { ShownConversation } from "./shown-conversation.js";

/** @type {Settings} */
export const NO_SETTINGS = { system_prompt: null, temperature: null, top_p: null, max_tokens: null, seed: null };

/** The conversation that is shown, and what the user does in it: ask, regenerate, stop, change its settings. */
export class Chat extends ShownConversation {
  newSettings = { ...NO_SETTINGS };

  get settings() {
    return this.id ? (this.conversation?.settings ?? NO_SETTINGS) : this.newSettings;
  }

  get draftKey() {
    return this.id ?? "new";
  }

  showNew() {
    this.newSettings = { ...NO_SETTINGS };
    super.showNew();
  }

  /**
   * Ask a question. Its draft stays until the server has saved it; if the server refuses it, it stays here with the error.
   *
   * @param {string} text
   * @param {Message | null} replaced the question that it is another version of
   */
  ask(text, replaced = null) {
    const { id, draftKey, messages, newSettings } = this;
    this.#send(questionFromDraft(text, replaced, { id, key: draftKey, messages, settings: newSettings }));
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

  async stop() {
    const message = this.generating;
    if (message) await this.connection.request({ type: "stop", message });
  }

  /** @param {Settings} settings */
  async changeSettings(settings) {
    if (this.id && this.conversation) await this.list.change(this.id, { settings });
    else this.newSettings = { ...this.newSettings, ...settings };
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
    this.setMessages(branchWith(this.messages, question));
    this.emit("messages", { asked: question.id });
    const { conversation, id: message, parent, text, settings } = question;
    /** @type {ClientFrame} */
    const frame = { type: "send", conversation, message, parent, text, ...(settings ? { settings } : {}) };
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
