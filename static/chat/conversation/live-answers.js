// The answers that are being generated, in any conversation. Every frame of the server updates them; listeners are
// notified once for each frame of the screen.

/**
 * @import { SavedMessage, ServerFrame, TextFrame } from "../types.js"
 * @import { Connection } from "../transport/connection.js"
 */

import { FrameError } from "../transport/connection.js";
import { Emitter } from "../transport/emitter.js";

export class LiveAnswer {
  /** @type {"sent" | "queued" | "started" | "streaming"} */
  phase = "sent";
  position = 0;
  /** @type {number | null} seconds */
  estimate = null;
  promptTokens = 0;
  reusedTokens = 0;
  tokens = 0;
  thoughtTokens = 0; // of these tokens
  /** @type {number | null} */
  tokensPerSecond = null;
  /** @type {number | null} when this run began to think, in milliseconds; null while it does not */
  #thinkingSince = null;

  /** @param {SavedMessage} message */
  constructor(message) {
    this.id = message.id;
    this.conversation = message.conversation;
    this.text = message.text;
    this.reasoning = message.reasoning;
    this.thoughtBefore = message.thinking_seconds; // in seconds, by earlier runs
    /** @type {number | null} as the server counts it; null before the server has sent one */
    this.offset = message.text || message.reasoning ? null : 0;
  }

  /** Whether the model thinks, and has not begun its answer. */
  get thinking() {
    return this.#thinkingSince !== null;
  }

  /** Seconds of thinking so far. */
  get thoughtSeconds() {
    const running = this.#thinkingSince === null ? 0 : performance.now() - this.#thinkingSince;
    return this.thoughtBefore + running / 1000;
  }

  /**
   * Add a piece of text or thought. Return false if something before it is missing.
   *
   * @param {TextFrame} frame
   */
  add({ type, offset, text, tokens, reasoning_tokens: thoughtTokens, tokens_per_second: tokensPerSecond, seconds }) {
    const codePoints = Array.from(text);
    const start = offset - codePoints.length;
    let added = text;
    if (this.offset !== null && start > this.offset) return false;
    if (this.offset !== null) added = codePoints.slice(this.offset - start).join("");
    else if (start === 0) this.text = this.reasoning = "";
    if (type === "reasoning") {
      this.reasoning += added;
      this.#thinkingSince ??= performance.now() - 1000 * (seconds ?? 0);
    } else {
      this.text += added;
      this.thoughtBefore = this.thoughtSeconds;
      this.#thinkingSince = null;
    }
    this.offset = Math.max(offset, this.offset ?? 0);
    this.phase = "streaming";
    this.tokens = tokens;
    this.thoughtTokens = thoughtTokens;
    this.tokensPerSecond = tokensPerSecond;
    return true;
  }
}

/**
 * "progress": at most once for each frame of the screen and answer. "finished": with the whole message. "gone": the server
 * no longer knows the answer.
 *
 * @typedef {{ progress: LiveAnswer, finished: SavedMessage, gone: LiveAnswer }} Events
 */

/** @extends {Emitter<Events>} */
export class LiveAnswers extends Emitter {
  /** @type {Map<string, LiveAnswer>} */
  #answers = new Map();
  /** @type {Set<string>} */
  #changed = new Set();

  /** @param {Connection} connection */
  constructor(connection) {
    super();
    this.connection = connection;
    connection.on("frame", (frame) => this.#receive(frame));
  }

  /** @param {string} id */
  get(id) {
    return this.#answers.get(id);
  }

  /**
   * Return the live answer of a conversation.
   *
   * @param {string | null} conversation
   */
  in(conversation) {
    return [...this.#answers.values()].find((answer) => answer.conversation === conversation);
  }

  /**
   * Follow an answer.
   *
   * @param {SavedMessage} message
   * @param {boolean} watched whether the server already sends the text that follows
   */
  follow(message, watched = false) {
    if (this.#answers.has(message.id)) return;
    const answer = new LiveAnswer(message);
    this.#answers.set(message.id, answer);
    if (!watched && this.connection.open) this.#watch(answer, 0);
  }

  /** @param {string} id */
  forget(id) {
    this.#answers.delete(id);
    this.#changed.delete(id);
  }

  /**
   * @param {LiveAnswer} answer
   * @param {number} offset
   */
  #watch(answer, offset) {
    if (offset === 0) answer.offset = null;
    this.connection.request({ type: "watch", message: answer.id, offset }, { repeatable: false }).catch((error) => {
      if (error instanceof FrameError && ["connection_lost", "session_ended"].includes(error.code)) return;
      this.forget(answer.id);
      this.emit("gone", answer);
    });
  }

  /** @param {ServerFrame} frame */
  #receive(frame) {
    if (frame.type === "hello") {
      for (const answer of this.#answers.values()) this.#watch(answer, answer.offset ?? 0);
    } else if (frame.type === "finished") {
      this.forget(frame.message.id);
      this.emit("finished", frame.message);
    } else if (
      frame.type === "queued" ||
      frame.type === "started" ||
      frame.type === "text" ||
      frame.type === "reasoning"
    ) {
      const answer = this.#answers.get(frame.message);
      if (!answer) return;
      if (frame.type === "queued") {
        Object.assign(answer, { phase: "queued", position: frame.position, estimate: frame.estimated_seconds });
      } else if (frame.type === "started") {
        const { prompt_tokens: promptTokens, reused_tokens: reusedTokens } = frame;
        Object.assign(answer, { phase: "started", promptTokens, reusedTokens });
      } else if (!answer.add(frame)) {
        this.#watch(answer, answer.offset ?? 0);
        return;
      }
      if (!this.#changed.size) requestAnimationFrame(() => this.#notify());
      this.#changed.add(answer.id);
    }
  }

  #notify() {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const id of changed) {
      const answer = this.#answers.get(id);
      if (answer) this.emit("progress", answer);
    }
  }
}
