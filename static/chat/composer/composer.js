/**
 * @import { MessageFile, Written } from "../types.js"
 * @import { Chat } from "../conversation/chat.js"
 * @import { ServerStatus } from "../transport/server-status.js"
 */

import { estimatedBranchTokens, estimatedTokens, TURN_TOKENS, wholeText } from "../conversation/branch.js";
import { readDraft, reviveDraft, writeDraft } from "../conversation/drafts.js";
import { joined, NOTHING } from "../conversation/written.js";
import { AttachedFiles } from "../files/attached-files.js";
import { chooseFiles } from "../files/choosing.js";
import { find, setText } from "../ui/dom.js";
import { amount } from "../ui/format.js";
import { setIcon } from "../ui/icons.js";
import { fitToText, isComposing, isSendKey, lengthError } from "../ui/text-field.js";

const SAVE_DELAY = 150; // milliseconds
const NEARLY_FULL = 0.85; // of the context
const CERTAINLY_FULL = 1.6; // of the context: an estimate may be that much too high

/**
 * <chat-composer>: where questions are written. It grows with its text, keeps it as a draft and shows how much of the
 * context is in use. Its button sends, or stops the answer that is being generated as long as there is no text to send.
 *
 * Bubbling events: "ask", "stop", "edit-last".
 */
export class ChatComposer extends HTMLElement {
  #saveTimer = 0;
  /** @type {string | null} of the draft; null while the conversation is being loaded */
  #draftKey = null;
  #button = find(this, "button[type=submit]", HTMLButtonElement);
  #stop = find(this, ".stop");
  #meter = find(this, ".meter");
  #bar = find(this, ".meter span");
  #tokens = find(this, ".tokens");
  #attach = find(this, ".attach", HTMLButtonElement);
  #hint = find(this, ".hint");
  #note = find(this, ".page-note");
  area = find(this, "textarea", HTMLTextAreaElement);

  /**
   * @param {Chat} chat
   * @param {ServerStatus} status
   */
  connect(chat, status) {
    /** @type {Chat} */
    this.chat = chat;
    /** @type {ServerStatus} */
    this.status = status;
    this.attached = new AttachedFiles(chat.connection);
    this.area.before(this.attached.element);
    this.attached.on("change", () => this.#handleInput());
    this.#attach.addEventListener("click", () => chooseFiles((files) => this.attach(files)));
    this.area.addEventListener("paste", (event) => this.#handlePaste(event));
    this.area.addEventListener("input", () => this.#handleInput());
    this.area.addEventListener("keydown", (event) => this.#handleKey(event));
    find(this, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.#stop.addEventListener("click", () => this.#emitStop());
    addEventListener("pagehide", () => this.#saveDraft());
    chat.on("shown", () => this.show());
    chat.on("messages", () => this.show());
    chat.on("named", () => {
      this.#draftKey = chat.draftKey;
    });
    chat.connection.on("state", () => this.show());
    chat.answers.on("progress", (answer) => answer.conversation === chat.id && this.#showTokens());
    status.on("change", () => this.show());
  }

  get text() {
    return this.area.value;
  }

  /** @returns {MessageFile[]} */
  get files() {
    return this.attached?.files ?? [];
  }

  /**
   * Attach files to the question that is being written.
   *
   * @param {Iterable<File>} files
   */
  async attach(files) {
    if (this.hidden || this.#draftKey === null) return;
    this.focus();
    await this.attached?.add(files);
  }

  focus() {
    this.area.focus({ preventScroll: true });
  }

  /**
   * Put what was not sent above the draft of its conversation.
   *
   * @param {string} key of the draft
   * @param {Written} written
   */
  putBack(key, written) {
    if (key !== this.#draftKey) {
      writeDraft(key, joined(written, readDraft(key)));
      return;
    }
    const { text, files } = joined(written, this);
    this.area.value = text;
    this.attached?.set(files);
    this.#saveDraft();
    fitToText(this.area);
    this.show();
  }

  #emitStop() {
    this.dispatchEvent(new Event("stop", { bubbles: true }));
  }

  /** Send the text, or stop the answer that is being generated. */
  submit() {
    if (this.chat.generating && !this.text.trim()) {
      this.#emitStop();
      return;
    }
    if (!this.#sendable) return;
    this.#saveDraft();
    const { text, files } = this;
    this.area.value = "";
    this.attached?.set([]);
    fitToText(this.area);
    this.dispatchEvent(new CustomEvent("ask", { bubbles: true, detail: { text, files } }));
    this.show();
  }

  show() {
    const { chat } = this;
    if (this.#draftKey !== chat.draftKey) this.#changeDraft();
    this.hidden = ["missing", "deleted", "failed"].includes(chat.state);
    const stop = Boolean(chat.generating) && !this.text.trim();
    this.#stop.hidden = !chat.generating || stop;
    setIcon(this.#button, stop ? "square" : "arrow-up");
    this.#button.title = stop ? "Stop" : "Send";
    this.#button.ariaLabel = this.#button.title;
    this.#button.classList.toggle("primary", !stop);
    this.#button.classList.toggle("outlined", stop);
    this.#button.disabled = !stop && !this.#sendable;
    setText(this.#hint, this.#hintText());
    if (this.status.page) setText(this.#note, this.status.page.note);
    this.#showTokens();
  }

  get #sendable() {
    const { state, sending } = this.chat;
    const shown = state === "new" || state === "ready";
    const ready = shown && !this.#answersElsewhere && !sending && !this.#hasUnsent && this.status.acceptsQuestions;
    return ready && Boolean(this.text.trim()) && !this.attached?.reading && !this.#lengthError;
  }

  /** Why the text cannot be sent at its length; empty if it can, or if only the engine can tell. */
  get #lengthError() {
    const error = lengthError(wholeText(this));
    const { size, question } = this.#use();
    const certain = question >= CERTAINLY_FULL * size || (this.attached?.countedTokens ?? 0) >= size;
    if (error || !size || !certain) return error;
    return `Too long to send: with its answer, a question has to fit into the context of ${amount(size)} tokens. Shorten it.`;
  }

  /** Whether an answer is being generated on a branch that is not shown. */
  get #answersElsewhere() {
    const { generating, messages } = this.chat;
    return Boolean(generating) && !messages.some((each) => each.id === generating);
  }

  get #hasUnsent() {
    return this.chat.messages.some((each) => each.status === "unsent");
  }

  #hintText() {
    if (this.#hasUnsent) return "The question above was not sent. Try again, edit it or discard it.";
    const error = this.#lengthError;
    if (error) return error;
    if (this.files.length && !this.text.trim()) return "Write what to do with it, then send.";
    if (this.#answersElsewhere) return "An answer is being generated in another version of this conversation.";
    return this.chat.generating && this.text.trim() ? "It will be sent when the answer has ended." : "";
  }

  #handleInput() {
    fitToText(this.area);
    this.show();
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => this.#saveDraft(), SAVE_DELAY);
  }

  #saveDraft() {
    clearTimeout(this.#saveTimer);
    if (this.#draftKey !== null) writeDraft(this.#draftKey, this);
  }

  /** Show the draft of another conversation. While it is loading, it is unknown whether the draft was saved. */
  #changeDraft() {
    if (this.#draftKey !== null) this.#saveDraft();
    const loading = this.chat.state === "loading";
    this.area.readOnly = loading;
    this.#draftKey = loading ? null : this.chat.draftKey;
    const { text, files } = loading ? NOTHING : reviveDraft(this.chat.draftKey);
    this.area.value = text;
    this.attached?.set(files);
    fitToText(this.area);
  }

  /** @param {ClipboardEvent} event */
  #handlePaste(event) {
    const { clipboardData } = event;
    if (!clipboardData?.files.length || clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    this.attach(clipboardData.files);
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    if (isComposing(event)) return;
    if (isSendKey(event)) {
      event.preventDefault();
      if (this.text.trim()) this.submit();
    } else if (event.key === "Escape" && this.chat.generating) {
      event.preventDefault();
      event.stopPropagation();
      this.#emitStop();
    } else if (event.key === "ArrowUp" && !this.text && !event.shiftKey) {
      event.preventDefault();
      this.dispatchEvent(new Event("edit-last", { bubbles: true }));
    }
  }

  /** Return the tokens of the context: in use without this text, of the question alone, and in all. */
  #use() {
    const { chat, status } = this;
    const { countedTokens = 0, uncountedText = "" } = this.attached ?? {};
    const draft = estimatedTokens(this.text + uncountedText, chat.messages) + countedTokens;
    const systemPrompt = chat.settings.system_prompt ?? status.defaults?.system_prompt ?? "";
    const system = estimatedTokens(systemPrompt, chat.messages);
    const live = chat.answers.in(chat.id);
    // Without the thought, as when the answer has ended: later turns do not have it.
    const written = live ? live.tokens - live.thoughtTokens : 0;
    const known = live?.promptTokens ? live.promptTokens + written : (chat.context?.used_tokens ?? 0);
    const used = known || system + estimatedBranchTokens(chat.messages);
    return {
      size: chat.context?.size ?? status.find(chat.settings.model)?.context_size ?? status.limits?.context_size ?? 0,
      isExact: !draft && known > 0,
      isEmpty: !draft && !known && !chat.messages.length,
      question: draft ? draft + system + TURN_TOKENS : 0,
      all: Math.round(used + (draft ? draft + TURN_TOKENS : 0)),
    };
  }

  /** Show how much of the context is in use with this text, and warn before it is too much. */
  #showTokens() {
    const { size, isExact, isEmpty, question, all } = this.#use();
    this.#meter.hidden = !size;
    if (!size) {
      setText(this.#tokens, "");
      return;
    }
    this.classList.toggle("warn", all >= NEARLY_FULL * size);
    this.#bar.style.width = `${Math.min(100, (100 * all) / size)}%`;
    if (isEmpty) {
      setText(this.#tokens, `Room for ${amount(size)} tokens`);
      return;
    }
    const more = this.chat.earlier && !this.chat.context?.used_tokens;
    const counts = `${more ? "More than " : isExact ? "" : "About "}${amount(all)} of ${amount(size)} tokens`;
    const warning = contextWarning(all, question, size);
    setText(this.#tokens, warning ? `${counts}: ${warning}` : counts);
  }
}

/**
 * @param {number} tokens
 * @param {number} question its tokens alone
 * @param {number} size of the context
 */
function contextWarning(tokens, question, size) {
  if (question >= CERTAINLY_FULL * size) return "too long";
  if (question >= size) return "probably too long for the context, shorten it";
  if (tokens >= size) return "the model will no longer see the oldest messages";
  return tokens >= NEARLY_FULL * size ? "nearly full" : "";
}

customElements.define("chat-composer", ChatComposer);
