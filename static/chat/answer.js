// <chat-answer>: an answer as it waits, grows and ends, with what one can do to it.

import { copyButton } from "./copy.js";
import { h, mark, setText } from "./dom.js";
import { MarkdownText } from "./markdown.js";
import { problem } from "./problems.js";
import { receipt, summary } from "./receipt.js";
import { versions } from "./versions.js";
import { amount, count, placeInLine, speed } from "./words.js";

const LONG_READ = 8; // milliseconds
const REST = 3; // times as long as it took

// Where an answer stands that is being made, in words.
function stateOf(live) {
  if (!live || live.phase === "sent") return "Waiting for the server";
  if (live.phase === "queued") return placeInLine(live.position, live.estimate);
  if (live.phase === "streaming") return [count(live.tokens, "token"), speed(live.tokens, live.seconds)].filter(Boolean).join(" · ");
  const fresh = live.promptTokens - live.reusedTokens;
  return live.reusedTokens ? `Reading ${count(fresh, "token")}, ${amount(live.reusedTokens)} remembered` : `Reading ${count(fresh, "token")}`;
}

// Events, all bubbling, with the message as `detail`: "regenerate", "resume", "edit-question", "opened".
export class ChatAnswer extends HTMLElement {
  #message = null;
  #shown = "";
  #resting = 0;
  #body = h("div.text");
  #foot = h("div.foot");
  #text = new MarkdownText(this.#body);
  #state = h("span.numbers");
  #article = h("article", { "aria-label": "Answer" }, h("h2.unseen", {}, "Answer"), this.#body, this.#foot);

  get message() {
    return this.#message;
  }

  connectedCallback() {
    if (!this.firstChild) this.append(this.#article);
  }

  // Shows an answer. `live`: what is known of it while it is made. `open`: the server can be reached.
  show(message, { live = null, open = true } = {}) {
    const before = this.#message;
    this.#message = message;
    const generating = message.status === "generating";
    this.#article.setAttribute("aria-busy", String(generating));
    const text = live?.text || message.text;
    if (generating || before?.text !== text || before?.status !== message.status) this.#text.show(text, !generating);
    const shown = generating ? "generating" : JSON.stringify([message.status, message.siblings, message.runs.length, message.error]);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#foot.replaceChildren(...(generating ? [h("div.line", {}, mark(true), this.#state)] : this.#done()));
    }
    if (generating) setText(this.#state, open ? stateOf(live) : "Reconnecting…, the answer goes on");
  }

  // The next piece; called once for each frame of the screen. Where the block that grows is so long that reading it again
  // takes most of a frame, the page rests in between.
  progress(live) {
    setText(this.#state, stateOf(live));
    if (this.#resting) return;
    const begun = performance.now();
    this.#text.show(live.text || this.#message.text, false);
    const took = performance.now() - begun;
    if (took > LONG_READ) this.#resting = setTimeout(() => this.#goOn(live), REST * took);
  }

  #goOn(live) {
    this.#resting = 0;
    if (this.#message.status === "generating") this.progress(live);
  }

  // What a screen reader is told when the answer is there.
  get spoken() {
    return this.#body.innerText;
  }

  #tell(name) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: this.#message }));
  }

  #done() {
    const message = this.#message;
    const { status, runs, text } = message;
    const cut = { length: "Cut at its length", stopped: "Stopped" }[status];
    const spent = runs.filter((run) => run.generated_tokens);
    if (status === "failed" && !text) return [this.#problem(), message.siblings.length > 1 ? h("div.line", {}, versions(message)) : null].filter(Boolean);
    return [
      status === "failed" || status === "interrupted" ? this.#problem() : null,
      h(
        "div.line",
        {},
        spent.length ? this.#receiptButton(spent) : null,
        cut ? h("span.cut", {}, cut) : null,
        versions(message),
        cut ? h("button.outlined.small", { onclick: () => this.#tell("resume"), "aria-label": "Continue this answer" }, "Continue") : null,
        h("span.actions", {}, text ? copyButton(() => message.text, "Copy", "Copy answer") : null, h("button.quiet", { onclick: () => this.#tell("regenerate") }, "Regenerate")),
      ),
    ].filter(Boolean);
  }

  // The line of tokens, speed and time, which opens the receipt below it.
  #receiptButton(runs) {
    const button = h("button.quiet.summary", { "aria-expanded": "false", title: "Where the time went" }, summary(runs), h("span.arrow", { "aria-hidden": "true" }, "▾"));
    let opened = null;
    button.addEventListener("click", () => {
      if (opened) opened.remove();
      opened = opened ? null : receipt(runs);
      button.setAttribute("aria-expanded", String(Boolean(opened)));
      if (!opened) return;
      this.#foot.append(opened);
      this.#tell("opened");
      opened.scrollIntoView({ block: "nearest" });
    });
    return button;
  }

  #problem() {
    const { status, error, text } = this.#message;
    const told = error ?? { code: status, detail: "" };
    const { title, advice } = problem(status === "interrupted" ? { code: "interrupted" } : told);
    const buttons = [h("button.outlined", { onclick: () => this.#tell("resume") }, text ? "Continue" : "Try again")];
    if (told.code === "prompt_too_long") buttons.unshift(h("button.outlined", { onclick: () => this.#tell("edit-question") }, "Edit the question"));
    return h(status === "interrupted" ? "div.message.problem" : "div.message.bad.problem", {}, h("p", {}, h("b", {}, title), " ", advice), h("div.buttons", {}, buttons));
  }
}

customElements.define("chat-answer", ChatAnswer);
