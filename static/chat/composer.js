// <chat-composer>: where questions are written. Grows with its text, keeps it as a draft, tells how much of the context
// is in use, and has the one button of the page: Send, or Stop while an answer is made.

import { estimatedTokens } from "./branch.js";
import { setText } from "./dom.js";
import { reviveDraft, writeDraft } from "./drafts.js";
import { composing, fitToText, sends, unsendable } from "./typing.js";
import { amount } from "./words.js";

const TURN = 8; // tokens that a chat template puts around a question, about
const KEEP_AFTER = 150; // milliseconds

// Events: "ask" { text }, "stop", "edit-last", all bubbling.
export class ChatComposer extends HTMLElement {
  #keeping = 0;
  #key = null;

  connect(chat, status) {
    Object.assign(this, { chat, status });
    this.area = this.querySelector("textarea");
    this.button = this.querySelector("button[type=submit]");
    this.meter = this.querySelector(".meter");
    this.words = this.querySelector(".tokens");
    this.hint = this.querySelector(".hint");
    this.note = this.querySelector(".page-note");
    this.area.addEventListener("input", () => this.#input());
    this.area.addEventListener("keydown", (event) => this.#press(event));
    this.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    addEventListener("pagehide", () => this.#keep());
    for (const name of ["shown", "messages"]) chat.addEventListener(name, () => this.show());
    chat.addEventListener("named", () => (this.#key = chat.draftKey));
    chat.connection.addEventListener("state", () => this.show());
    chat.answers.addEventListener("progress", ({ detail }) => detail.conversation === chat.id && this.#measure());
    status.addEventListener("change", () => this.show());
  }

  get text() {
    return this.area.value;
  }

  // Puts a text here, as if it had been typed.
  write(text) {
    this.area.value = text;
    this.#input();
    this.area.focus();
    this.area.setSelectionRange(text.length, text.length);
  }

  focus() {
    this.area.focus({ preventScroll: true });
  }

  // Sends what stands here, or stops the answer that is being made.
  submit() {
    if (this.chat.generating) {
      this.dispatchEvent(new Event("stop", { bubbles: true }));
      return;
    }
    if (!this.#sendable) return;
    this.#keep();
    const { text } = this;
    this.area.value = "";
    fitToText(this.area);
    this.dispatchEvent(new CustomEvent("ask", { bubbles: true, detail: { text } }));
    this.show();
  }

  show() {
    const { chat } = this;
    if (this.#key !== chat.draftKey) this.#changeDraft();
    this.hidden = ["missing", "deleted", "failed"].includes(chat.state);
    const stop = Boolean(chat.generating);
    setText(this.button, stop ? "Stop" : "Send");
    this.button.classList.toggle("primary", !stop);
    this.button.classList.toggle("outlined", stop);
    this.button.disabled = !stop && !this.#sendable;
    setText(this.hint, this.#hintText(stop));
    if (this.status.page) setText(this.note, this.status.page.note);
    this.#measure();
  }

  get #sendable() {
    const { state, generating, sending } = this.chat;
    const ready = (state === "new" || state === "ready") && !generating && !sending && !this.#unsent && this.status.answers;
    return ready && Boolean(this.text.trim()) && !unsendable(this.text);
  }

  get #unsent() {
    return this.chat.messages.some((each) => each.status === "unsent");
  }

  #hintText(stop) {
    if (this.#unsent) return "The question above was not sent. Try it again, edit it or discard it.";
    const wrong = unsendable(this.text);
    if (wrong) return wrong;
    if (stop && !this.chat.messages.some((each) => each.id === this.chat.generating)) return "An answer is being made on another version of this conversation.";
    if (stop && this.text.trim()) return "One answer at a time: send this when it is finished.";
    return "";
  }

  #input() {
    fitToText(this.area);
    this.show();
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => this.#keep(), KEEP_AFTER);
  }

  #keep() {
    clearTimeout(this.#keeping);
    if (this.#key !== null) writeDraft(this.#key, this.text);
  }

  // Another conversation: its draft. While it is fetched, nobody knows yet whether a question of the draft was saved.
  #changeDraft() {
    if (this.#key !== null) this.#keep();
    const loading = this.chat.state === "loading";
    this.area.readOnly = loading;
    this.#key = loading ? null : this.chat.draftKey;
    this.area.value = loading ? "" : reviveDraft(this.#key);
    fitToText(this.area);
  }

  #press(event) {
    if (composing(event)) return;
    if (sends(event)) {
      event.preventDefault();
      if (!this.chat.generating) this.submit();
    } else if (event.key === "Escape" && this.chat.generating) {
      event.preventDefault();
      event.stopPropagation();
      this.dispatchEvent(new Event("stop", { bubbles: true }));
    } else if (event.key === "ArrowUp" && !this.text && !event.shiftKey) {
      event.preventDefault();
      this.dispatchEvent(new Event("edit-last", { bubbles: true }));
    }
  }

  // How much of the context is in use, with what stands here; in words before it is too much.
  #measure() {
    const { chat, status } = this;
    const size = chat.context?.size ?? status.limits?.context_size;
    this.meter.hidden = !size;
    if (!size) return setText(this.words, "");
    const draft = estimatedTokens(this.text, chat.messages);
    const system = estimatedTokens(chat.settings.system_prompt ?? status.defaults?.system_prompt ?? "", chat.messages);
    const live = chat.answers.in(chat.id);
    const known = live?.promptTokens ? live.promptTokens + live.tokens : (chat.context?.used_tokens ?? 0);
    const used = known || system;
    const all = Math.round(used + (draft ? draft + TURN : 0));
    const tooLong = draft + system + TURN >= size;
    const full = all >= size;
    const nearly = all >= 0.85 * size;
    this.classList.toggle("warn", nearly || full);
    this.meter.firstElementChild.style.width = `${Math.min(100, (100 * all) / size)}%`;
    const about = draft || !known ? "About " : "";
    if (!draft && !known) return setText(this.words, `Room for ${amount(size)} tokens`);
    const counts = `${about}${amount(all)} of ${amount(size)} tokens`;
    const words = tooLong ? "too long for the context, shorten it" : full ? "the oldest messages will no longer be seen" : nearly ? "nearly full" : "";
    setText(this.words, words ? `${counts}: ${words}` : counts);
  }
}

customElements.define("chat-composer", ChatComposer);
