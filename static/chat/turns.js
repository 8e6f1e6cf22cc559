// <chat-turns>: the messages of the conversation that is shown, each as an element of its own, which stays as long as its
// message is on the branch.

import { announce } from "./announce.js";
import { ChatAnswer } from "./answer.js";
import { arrange, h } from "./dom.js";
import { ChatQuestion } from "./question.js";
import { count, placeInLine } from "./words.js";

const EARLY = "1200px 0px 0px"; // how far above the screen earlier messages are fetched

export class ChatTurns extends HTMLElement {
  #elements = new Map(); // message id → element
  #top = h("div.earlier");
  #note = h("p.note");
  #shown = null;
  #place = ""; // in line, as it was told last

  connect(chat, follow, scroller) {
    Object.assign(this, { chat, follow });
    chat.addEventListener("messages", ({ detail }) => this.#show(detail));
    chat.connection.addEventListener("state", () => this.#show({}));
    chat.answers.addEventListener("progress", ({ detail }) => this.#progress(detail));
    new IntersectionObserver(([entry]) => entry.isIntersecting && this.#fetchEarlier(), { root: scroller, rootMargin: EARLY }).observe(this.#top);
  }

  element(id) {
    return this.#elements.get(id);
  }

  // The question that was asked last, for the one who wants to change it.
  get lastQuestion() {
    return [...this.querySelectorAll("chat-question")].at(-1);
  }

  #progress(answer) {
    const element = this.#elements.get(answer.id);
    if (!element) return;
    element.progress(answer);
    const place = answer.phase === "queued" ? placeInLine(answer.position, null) : "";
    if (place && place !== this.#place) announce(place);
    this.#place = place;
    this.follow.grown();
  }

  #show(detail) {
    const { chat } = this;
    const another = this.#shown !== chat.id && !(this.#shown === null && detail.asked);
    if (another) this.#elements.clear();
    this.#shown = chat.id;
    const lost = this.contains(document.activeElement) ? document.activeElement : null;
    const anchor = detail.anchor?.isConnected ? detail.anchor : detail.earlier ? this.#firstInSight() : null;
    this.follow.holding(anchor, () => this.#arrange());
    if (detail.asked || another || (detail.opened && !detail.anchor)) this.follow.toEnd();
    else if (!anchor) this.follow.grown();
    if (detail.finished) this.#announce(detail.finished);
    if (lost && !lost.isConnected) this.dispatchEvent(new CustomEvent("focus-lost", { bubbles: true, detail: { was: lost, now: detail.now } }));
  }

  #arrange() {
    const { chat } = this;
    const { messages, connection, answers } = chat;
    const kept = new Set(messages.map((each) => each.id));
    for (const id of this.#elements.keys()) if (!kept.has(id)) this.#elements.delete(id);
    const children = messages.map((message, at) => {
      const question = message.role === "user";
      let element = this.#elements.get(message.id);
      if (!element) {
        element = question ? new ChatQuestion() : new ChatAnswer();
        element.dataset.message = message.id;
        this.#elements.set(message.id, element);
      }
      if (question) element.show(message, { unanswered: at === messages.length - 1, open: connection.open, busy: Boolean(chat.generating) });
      else element.show(message, { live: answers.get(message.id), open: connection.open });
      element.classList.toggle("last", at >= messages.length - 2);
      return element;
    });
    this.#placeNote(messages, children);
    arrange(this, chat.earlier ? [this.#top, ...children] : children);
  }

  // A line at the place from which on the model still sees the conversation.
  #placeNote(messages, children) {
    const last = messages.findLast((each) => each.role === "assistant");
    const at = last?.window_start ? messages.findIndex((each) => each.id === last.window_start) : -1;
    if (at < 0 || (at === 0 && !this.chat.earlier)) return;
    const size = last.runs.at(-1)?.context_size ?? this.chat.context?.size;
    const which = this.chat.earlier ? "what is above this line" : at === 1 ? "the oldest message" : `the ${at} oldest messages`;
    const why = `${!this.chat.earlier && at > 1 ? "they do" : "it does"} not fit${size ? ` into ${count(size, "token")}` : ""}`;
    const words = `The model no longer sees ${which}: ${why}.`;
    if (this.#note.textContent !== words) this.#note.replaceChildren(h("span", {}, words));
    children.splice(at, 0, this.#note);
  }

  #firstInSight() {
    const top = this.parentElement.getBoundingClientRect().top;
    return [...this.children].find((each) => each !== this.#top && each.getBoundingClientRect().bottom > top);
  }

  async #fetchEarlier() {
    try {
      await this.chat.loadEarlier();
      this.#top.replaceChildren();
    } catch {
      const again = h("button.outlined", { onclick: () => this.#fetchEarlier() }, "Try again");
      this.#top.replaceChildren(h("p.quiet", {}, "Earlier messages could not be fetched."), again);
    }
  }

  #announce(message) {
    const element = this.#elements.get(message.id);
    if (!element) return;
    const ends = { complete: "Answer", length: "Answer, cut at its length", stopped: "Answer stopped", failed: "The answer failed", interrupted: "The answer was interrupted" };
    announce(`${ends[message.status] ?? "Answer"}. ${element.spoken}`);
  }
}

customElements.define("chat-turns", ChatTurns);
