/**
 * @import { BranchChange, Message, SavedMessage } from "../types.js"
 * @import { Chat } from "../conversation/chat.js"
 * @import { LiveAnswer } from "../conversation/live-answers.js"
 * @import { AutoScroll } from "./auto-scroll.js"
 */

import { announce } from "../ui/announce.js";
import { arrange, h } from "../ui/dom.js";
import { count, day, placeInLine } from "../ui/format.js";
import { ChatAnswer } from "./answer/answer.js";
import { ChatQuestion } from "./question.js";
import { textRange } from "./text-range.js";

const PRELOAD_MARGIN = "1200px 0px 0px"; // how far above the screen earlier messages are fetched

/** @type {Record<string, string>} */
const ANNOUNCEMENTS = {
  complete: "Answer",
  length: "Answer, reached the token limit",
  stopped: "Answer stopped",
  failed: "The answer failed",
  interrupted: "The answer was interrupted",
};

/**
 * <chat-turns>: the messages of the conversation, each as an element that stays as long as its message is on the branch.
 *
 * Bubbling event: "focus-lost", when the focused element was removed.
 */
export class ChatTurns extends HTMLElement {
  /** @type {Map<string, ChatQuestion | ChatAnswer>} by message id */
  #elements = new Map();
  /** @type {Map<string, HTMLElement>} the lines with a date, by the id of the message below */
  #days = new Map();
  #top = h("div.earlier");
  #note = h("p.note");
  /** @type {string | null} */
  #conversation = null;
  #announcedPlace = "";

  /**
   * @param {Chat} chat
   * @param {AutoScroll} scroll
   * @param {HTMLElement} scroller
   */
  connect(chat, scroll, scroller) {
    /** @type {Chat} */
    this.chat = chat;
    /** @type {AutoScroll} */
    this.autoScroll = scroll;
    chat.on("messages", (change) => this.#show(change));
    chat.connection.on("state", () => this.#show({}));
    chat.answers.on("progress", (answer) => this.#progress(answer));
    const fetchEarlier = (/** @type {IntersectionObserverEntry[]} */ [entry]) =>
      entry?.isIntersecting && this.#fetchEarlier();
    new IntersectionObserver(fetchEarlier, { root: scroller, rootMargin: PRELOAD_MARGIN }).observe(this.#top);
  }

  /**
   * Return the element of a message.
   *
   * @param {string} id
   */
  element(id) {
    return this.#elements.get(id);
  }

  /**
   * Scroll to a message, and mark a text in it; in an attached file that has it, if the message itself does not.
   *
   * @param {string} id
   * @param {string} text
   */
  async reveal(id, text) {
    const element = this.#elements.get(id);
    if (!element) return;
    let range = textRange(element, text);
    if (!range && element instanceof ChatQuestion) {
      await element.openFileWith(text);
      range = textRange(element, text);
    }
    this.autoScroll.reveal(range?.startContainer.parentElement ?? element);
    if ("highlights" in CSS) CSS.highlights.set("found", new Highlight(...(range ? [range] : [])));
  }

  /** The element of the last question. */
  get lastQuestion() {
    const last = [...this.querySelectorAll("chat-question:not(.queued)")].at(-1);
    return last instanceof ChatQuestion ? last : null;
  }

  /** @param {LiveAnswer} answer */
  #progress(answer) {
    const element = this.#elements.get(answer.id);
    if (!(element instanceof ChatAnswer)) return;
    element.progress(answer);
    const place = answer.phase === "queued" ? placeInLine(answer.position, null) : "";
    if (place && place !== this.#announcedPlace) announce(place);
    this.#announcedPlace = place;
    this.autoScroll.contentGrew();
  }

  /** @param {BranchChange} change */
  #show(change) {
    const { chat } = this;
    const changed = this.#conversation !== chat.id && !(this.#conversation === null && change.asked);
    if (changed) this.#elements.clear();
    this.#conversation = chat.id;
    const { activeElement } = document;
    const focused = activeElement instanceof HTMLElement && this.contains(activeElement) ? activeElement : null;
    const given = change.anchor?.isConnected ? change.anchor : null;
    const anchor = given ?? (change.earlier ? this.#firstInSight() : null);
    this.autoScroll.keepInPlace(anchor, () => this.#arrange());
    if (change.asked || change.queued || changed || (change.opened && !change.anchor)) this.autoScroll.toEnd();
    else if (!anchor) this.autoScroll.contentGrew();
    if (change.finished) this.#announce(change.finished);
    if (focused && !focused.isConnected) {
      const detail = { was: focused, selected: change.selected };
      this.dispatchEvent(new CustomEvent("focus-lost", { bubbles: true, detail }));
    }
  }

  #arrange() {
    const { messages, earlier, queued } = this.chat;
    const ids = new Set([...messages, ...(queued ? [queued] : [])].map((each) => each.id));
    for (const id of this.#elements.keys()) if (!ids.has(id)) this.#elements.delete(id);
    /** @type {HTMLElement[]} */
    const children = messages.map((message, index) => {
      const element = this.#elementOf(message, index === messages.length - 1);
      element.classList.toggle("last", index >= messages.length - 2);
      return element;
    });
    this.#placeNote(messages, children);
    this.#placeDays(messages, children);
    if (queued) children.push(this.#elementOf(queued, false));
    arrange(this, earlier ? [this.#top, ...children] : children);
  }

  /**
   * @param {Message} message
   * @param {boolean} last
   */
  #elementOf(message, last) {
    const { connection, answers, generating } = this.chat;
    const { open } = connection;
    let element = this.#elements.get(message.id);
    if (!element) {
      element = message.role === "user" ? new ChatQuestion() : new ChatAnswer();
      element.dataset.message = message.id;
      this.#elements.set(message.id, element);
    }
    if (element instanceof ChatQuestion) element.show(message, { unanswered: last, open, busy: Boolean(generating) });
    else if (message.role === "assistant") {
      element.show(message, { live: answers.get(message.id), open, followed: !last });
    }
    return element;
  }

  /**
   * Add a line above the first message that the model still sees.
   *
   * @param {Message[]} messages
   * @param {HTMLElement[]} children
   */
  #placeNote(messages, children) {
    const { earlier, context } = this.chat;
    // Not of an answer that the model never worked on: it saw nothing.
    const last = messages.findLast(
      (each) => each.role === "assistant" && (each.status === "generating" || each.runs.length),
    );
    const index = last?.window_start ? messages.findIndex((each) => each.id === last.window_start) : -1;
    if (index < 0 || (index === 0 && !earlier)) return;
    const size = last?.runs.at(-1)?.context_size ?? context?.size;
    const which = earlier ? "messages above this line" : index === 1 ? "oldest message" : `${index} oldest messages`;
    const limit = size ? `the context of ${count(size, "token")}` : "the context";
    const verb = !earlier && index === 1 ? "does" : "do";
    const text = `The model no longer sees the ${which}, which ${verb} not fit into ${limit}.`;
    if (this.#note.textContent !== text) this.#note.replaceChildren(h("span", {}, text));
    children.splice(index, 0, this.#note);
  }

  /**
   * Add a line with the date where a message is of another day than the one before it.
   *
   * @param {Message[]} messages
   * @param {HTMLElement[]} children
   */
  #placeDays(messages, children) {
    const now = new Date().toISOString(); // of a question that is not saved yet
    const days = messages.map((each) => day("created_at" in each ? each.created_at : now));
    for (const [index, { id }] of messages.entries()) {
      const element = this.#elements.get(id);
      const date = days[index] ?? "";
      if (!index || !element || date === days[index - 1]) continue;
      const line = this.#days.get(id) ?? h("p.day", {}, h("time", { datetime: date }, date));
      this.#days.set(id, line);
      children.splice(children.indexOf(element), 0, line);
    }
    for (const id of this.#days.keys()) if (!this.#elements.has(id)) this.#days.delete(id);
  }

  #firstInSight() {
    const top = this.parentElement?.getBoundingClientRect().top ?? 0;
    return [...this.children].find((each) => each !== this.#top && each.getBoundingClientRect().bottom > top);
  }

  async #fetchEarlier() {
    try {
      await this.chat.loadEarlier();
      this.#top.replaceChildren();
    } catch {
      const retry = h("button.outlined", { onclick: () => this.#fetchEarlier() }, "Try again");
      this.#top.replaceChildren(h("p.quiet", {}, "Earlier messages could not be loaded."), retry);
    }
  }

  /** @param {SavedMessage} message */
  #announce(message) {
    const element = this.#elements.get(message.id);
    if (element instanceof ChatAnswer) announce(`${ANNOUNCEMENTS[message.status] ?? "Answer"}. ${element.spoken}`);
  }
}

customElements.define("chat-turns", ChatTurns);
