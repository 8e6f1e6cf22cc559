/**
 * @import { Child, Run, SavedMessage } from "../../types.js"
 * @import { LiveAnswer } from "../../conversation/live-answers.js"
 */

import { copyButton } from "../../ui/copy.js";
import { h, logo, setText } from "../../ui/dom.js";
import { errorMessage } from "../../ui/errors.js";
import { amount, count, placeInLine, speed } from "../../ui/format.js";
import { icon, iconButton } from "../../ui/icons.js";
import { openEditor } from "../editor.js";
import { MarkdownText } from "../markdown/markdown.js";
import { messageMenu, messageTime } from "../message-menu.js";
import { versionSwitcher } from "../versions.js";
import { receipt, summary } from "./receipt.js";
import { canSpeak, readAloud, stopReading } from "./speech.js";
import { Thought } from "./thought.js";

// After a rendering that took longer than this, in milliseconds, wait this many times its duration before the next one.
const SLOW_RENDER = 8;
const PAUSE_FACTOR = 3;

/** @type {Record<string, string>} */
const CUT = { length: "Reached the token limit", stopped: "Stopped" };

/**
 * <chat-answer>: an answer that waits, grows or has ended, with its actions.
 *
 * Bubbling events with the message as `detail`: "regenerate", "resume", "edit-question", "receipt-opened",
 * "compare-versions", "delete-message"; "edit-answer" with the text, too.
 */
export class ChatAnswer extends HTMLElement {
  /** @type {SavedMessage | null} */
  #message = null;
  #shownFoot = "";
  #followed = false;
  #pause = 0;
  #body = h("div.text");
  #foot = h("div.foot");
  #text = new MarkdownText(this.#body);
  #thought = new Thought();
  #progress = h("span.numbers");
  #article = h(
    "article",
    { "aria-label": "Answer" },
    h("h2.visually-hidden", {}, "Answer"),
    this.#thought.element,
    this.#body,
    this.#foot,
  );

  get message() {
    return this.#message;
  }

  disconnectedCallback() {
    if (this.querySelector(".reading")) stopReading();
  }

  connectedCallback() {
    if (!this.firstChild) this.append(this.#article);
  }

  /**
   * Show an answer.
   *
   * @param {SavedMessage} message
   * @param {object} options
   * @param {LiveAnswer | undefined} options.live its progress while it is generated
   * @param {boolean} options.open whether the server can be reached
   * @param {boolean} options.followed whether something follows the answer
   */
  show(message, { live, open, followed }) {
    const before = this.#message;
    this.#followed = followed;
    this.#message = message;
    const generating = message.status === "generating";
    this.#article.setAttribute("aria-busy", String(generating));
    const text = live?.text || message.text;
    this.#showThought(live);
    if (generating || before?.text !== text || before?.status !== message.status) this.#text.show(text, !generating);
    const foot = JSON.stringify([message.status, message.siblings, message.runs.length, message.error]);
    const shownFoot = generating ? "generating" : foot;
    if (shownFoot !== this.#shownFoot) {
      this.#shownFoot = shownFoot;
      const content = generating ? [h("div.line", {}, logo(true), this.#progress)] : this.#footOf(message);
      this.#foot.replaceChildren(...content.filter((child) => child instanceof Node));
    }
    if (generating) setText(this.#progress, open ? progressText(live) : "Reconnecting… The answer continues");
  }

  /**
   * Show the progress; called once for each frame of the screen.
   *
   * @param {LiveAnswer} live
   */
  progress(live) {
    setText(this.#progress, progressText(live));
    this.#showThought(live);
    if (this.#pause) return;
    const begun = performance.now();
    this.#text.show(live.text || (this.#message?.text ?? ""), false);
    const took = performance.now() - begun;
    if (took > SLOW_RENDER) this.#pause = setTimeout(() => this.#resume(live), PAUSE_FACTOR * took);
  }

  /** @param {LiveAnswer} live */
  #resume(live) {
    this.#pause = 0;
    if (this.#message?.status === "generating") this.progress(live);
  }

  /** @param {LiveAnswer | undefined} live */
  #showThought(live) {
    const { reasoning = "", thinking_seconds: duration = 0 } = this.#message ?? {};
    this.#thought.show(live?.reasoning || reasoning, live?.thoughtSeconds || duration, Boolean(live?.thinking));
  }

  /** Open an editor for the text in place of the answer. */
  edit() {
    const message = this.#message;
    if (!message || this.querySelector("form")) return;
    const cancel = () => {
      this.replaceChildren(this.#article);
      this.dispatchEvent(new CustomEvent("edit-closed", { bubbles: true }));
    };
    const place = h("article", { "aria-label": "Answer, being edited" });
    this.replaceChildren(place);
    openEditor(place, {
      id: message.id,
      written: { text: message.text, files: [] },
      label: "Edit the answer",
      action: "Save",
      submit: ({ text }) => {
        const detail = { message, text };
        if (text !== message.text) this.dispatchEvent(new CustomEvent("edit-answer", { bubbles: true, detail }));
        else cancel();
        return "";
      },
      cancel,
    });
  }

  /** The text for screen readers. */
  get spoken() {
    // biome-ignore lint/performance/useDomNodeTextContent: read the text as it is rendered, with its line breaks
    return this.#body.innerText;
  }

  /** @param {string} name */
  #emit(name) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: this.#message }));
  }

  /**
   * @param {SavedMessage} message
   * @returns {Child[]}
   */
  #footOf(message) {
    const { status, runs, text } = message;
    if (status === "failed" && !text) {
      return [this.#error(message), h("div.line", {}, versionSwitcher(message), h("span.actions", {}, this.#menu()))];
    }
    const cut = CUT[status];
    const resume = () => this.#emit("resume");
    const counted = runs.filter((run) => run.generated_tokens);
    const line = h(
      "div.line",
      {},
      counted.length ? this.#receiptButton(counted, message.tokens_per_second) : null,
      cut ? h("span.cut", {}, cut) : null,
      message.edited ? h("span.cut", {}, "Edited") : null,
      versionSwitcher(message),
      cut ? h("button.outlined.small", { onclick: resume, "aria-label": "Continue this answer" }, "Continue") : null,
      h(
        "span.actions",
        {},
        messageTime(message),
        text ? copyButton(() => message.text, "Copy answer") : null,
        iconButton("refresh-cw", "Regenerate", { onclick: () => this.#emit("regenerate") }),
        this.#menu(),
      ),
    );
    return [status === "failed" || status === "interrupted" ? this.#error(message) : null, line];
  }

  #menu() {
    const current = () => ({ message: this.#message, followed: this.#followed });
    return messageMenu(this, current, () => {
      const items = [{ label: "Edit", icon: "pencil", run: () => this.edit() }];
      const several = (this.#message?.siblings.length ?? 0) > 1;
      if (several)
        items.push({ label: "Compare versions", icon: "columns-2", run: () => this.#emit("compare-versions") });
      if (canSpeak() && this.#message?.text)
        items.push({ label: "Read aloud", icon: "volume-2", run: () => this.#readAloud() });
      return items;
    });
  }

  #readAloud() {
    const stop = h("button.outlined.small.reading", { onclick: stopReading }, "Stop reading");
    this.#foot.querySelector(".line")?.prepend(stop);
    readAloud(this.#body, () => stop.remove());
    stop.focus({ preventScroll: true });
  }

  /**
   * The summary, which opens the receipt below it.
   *
   * @param {Run[]} runs
   * @param {number | null} tokensPerSecond
   */
  #receiptButton(runs, tokensPerSecond) {
    const button = h(
      "button.quiet.summary",
      { "aria-expanded": "false", title: "Timings" },
      summary(runs, tokensPerSecond),
      icon("chevron-down"),
    );
    /** @type {HTMLElement | null} */
    let opened = null;
    button.addEventListener("click", () => {
      opened?.remove();
      opened = opened ? null : receipt(runs);
      button.setAttribute("aria-expanded", String(Boolean(opened)));
      if (!opened) return;
      this.#foot.append(opened);
      this.#emit("receipt-opened");
      opened.scrollIntoView({ block: "nearest" });
    });
    return button;
  }

  /** @param {SavedMessage} message */
  #error({ status, error, text }) {
    const interrupted = status === "interrupted";
    const { title, advice } = errorMessage(interrupted ? { code: "interrupted" } : (error ?? { code: status }));
    const resume = h("button.outlined", { onclick: () => this.#emit("resume") }, text ? "Continue" : "Try again");
    const edit = h("button.outlined", { onclick: () => this.#emit("edit-question") }, "Edit the question");
    return h(
      interrupted ? "div.message.problem" : "div.message.bad.problem",
      {},
      h("p", {}, h("b", {}, title), " ", advice),
      h("div.buttons", {}, error?.code === "prompt_too_long" ? edit : null, resume),
    );
  }
}

/**
 * Return the progress of an answer in words.
 *
 * @param {LiveAnswer | undefined} live
 */
function progressText(live) {
  if (!live || live.phase === "sent") return "Waiting for the server";
  if (live.phase === "queued") return placeInLine(live.position, live.estimate);
  if (live.phase === "streaming") {
    return [count(live.tokens, "token"), speed(live.tokensPerSecond)].filter(Boolean).join(" · ");
  }
  const reading = `Reading ${count(live.promptTokens - live.reusedTokens, "token")}`;
  return live.reusedTokens ? `${reading}, ${amount(live.reusedTokens)} cached` : reading;
}

customElements.define("chat-answer", ChatAnswer);
