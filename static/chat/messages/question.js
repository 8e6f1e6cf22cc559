/** @import { Child, Message, PendingQuestion, Written } from "../types.js" */

import { wholeText } from "../conversation/branch.js";
import { editKey, readDraft, writeDraft } from "../conversation/drafts.js";
import { hasContent, isSame, NOTHING } from "../conversation/written.js";
import { fileChips } from "../files/file-chips.js";
import { copyButton } from "../ui/copy.js";
import { h, setText } from "../ui/dom.js";
import { errorMessage } from "../ui/errors.js";
import { iconButton } from "../ui/icons.js";
import { lengthError } from "../ui/text-field.js";
import { openEditor } from "./editor.js";
import { messageMenu, messageTime } from "./message-menu.js";
import { versionSwitcher } from "./versions.js";

// A longer question is shown in part at first.
const MAX_SHOWN_CHARS = 900;
const MAX_SHOWN_LINES = 12;

const SENDING_DELAY = 600; // milliseconds until a question that is not saved yet shows so

/**
 * @typedef {object} Options
 * @property {boolean} unanswered whether nothing follows the question
 * @property {boolean} open whether the server can be reached
 * @property {boolean} busy whether an answer is being generated
 */

/** @typedef {{ label: string, run: () => void }} Action */

/**
 * <chat-question>: a question in its bubble with its actions, and the editor that replaces it.
 *
 * Bubbling events: "ask"; "ask-again", "discard", "answer-again", "edit-queued", "remove-queued", "delete-message" with the
 * question as `detail`; "edit-closed".
 */
export class ChatQuestion extends HTMLElement {
  /** @type {Message | null} */
  #message = null;
  #shown = "";
  #sendingTimer = 0;
  /** @type {Options} */
  #options = { unanswered: false, open: true, busy: false };

  /**
   * Show a question. An open editor stays.
   *
   * @param {Message} message
   * @param {Options} options
   */
  show(message, options) {
    this.#options = options;
    this.#message = message;
    const { unanswered, open } = options;
    const { id, text, status, siblings, error } = message;
    const shown = JSON.stringify([id, text, status, siblings, error, unanswered, open]);
    if (shown === this.#shown || this.editing) return;
    this.#shown = shown;
    clearTimeout(this.#sendingTimer);
    this.classList.toggle("queued", status === "queued");
    const heading = h("h2.visually-hidden", {}, "Your question");
    const actions = status === "complete" ? this.#actions(message) : null;
    const label = { "aria-label": "Your question" };
    this.replaceChildren(
      h("article", label, heading, fileChips(message.files), this.#bubble(text), actions, this.#state(message)),
    );
  }

  get message() {
    return this.#message;
  }

  /**
   * Open the first attached file that contains a text, ignoring case.
   *
   * @param {string} text
   */
  async openFileWith(text) {
    const wanted = text.toLowerCase();
    const index = this.#message?.files.findIndex((file) => file.text.toLowerCase().includes(wanted)) ?? -1;
    const file = this.querySelectorAll("details.file")[index];
    if (!(file instanceof HTMLDetailsElement) || file.open) return;
    file.open = true;
    await new Promise((resolve) => file.addEventListener("toggle", resolve, { once: true })); // its text is there then
  }

  get editing() {
    return Boolean(this.querySelector("form"));
  }

  /** Open the editor in place of the bubble, with the text that was typed there before. */
  edit() {
    const message = this.#message;
    if (!message || this.editing || message.status === "sending") return;
    this.#shown = "";
    const article = h("article", { "aria-label": "Your question, being edited" });
    this.replaceChildren(article);
    openEditor(article, {
      id: message.id,
      written: message,
      label: "Edit your question",
      action: "Send",
      submit: (written) => {
        const error =
          lengthError(wholeText(written)) || (this.#options.busy ? "Wait until the current answer is finished." : "");
        if (!error) this.#submit(this.#message ?? message, written);
        return error;
      },
      cancel: () => this.#closeEditor(),
    });
  }

  /**
   * @param {Message} question as it is now
   * @param {Written} written
   */
  #submit(question, written) {
    const key = editKey(question.id);
    if (question.status === "complete" && isSame(written, question)) {
      writeDraft(key, NOTHING);
      this.#closeEditor();
      return;
    }
    if (question.status === "unsent") writeDraft(key, NOTHING);
    this.replaceChildren();
    this.dispatchEvent(new CustomEvent("ask", { bubbles: true, detail: { ...written, question } }));
  }

  #closeEditor() {
    this.replaceChildren();
    if (this.#message) this.show(this.#message, this.#options);
    this.dispatchEvent(new CustomEvent("edit-closed", { bubbles: true }));
  }

  /**
   * @param {string} text
   * @returns {Child[]}
   */
  #bubble(text) {
    const long = text.length > MAX_SHOWN_CHARS || text.split("\n").length > MAX_SHOWN_LINES;
    const bubble = h(long ? "div.bubble.long" : "div.bubble", {}, h("span", {}, text));
    if (!long) return [bubble];
    const button = h("button.quiet.whole", { "aria-expanded": "false" }, "Show all");
    button.addEventListener("click", () => {
      const open = !bubble.classList.toggle("long");
      button.setAttribute("aria-expanded", String(open));
      setText(button, open ? "Show less" : "Show all");
    });
    return [bubble, button];
  }

  /** @param {Message} message */
  #actions(message) {
    const copy = copyButton(() => this.#message?.text ?? "", "Copy question");
    const edit = iconButton("pencil", "Edit question", { onclick: () => this.edit() });
    const current = () => ({ message: this.#message, followed: !this.#options.unanswered });
    const more = messageMenu(this, current, () => []);
    return h("div.actions", {}, messageTime(message), copy, edit, more, versionSwitcher(message));
  }

  /**
   * Return what is below a question that is not saved or not answered.
   *
   * @param {Message} message
   */
  #state(message) {
    const { unanswered, open } = this.#options;
    if (message.status === "sending") return this.#sending(open);
    if (message.status === "unsent") return this.#unsent(message);
    if (message.status === "queued") return this.#queued();
    const draft = readDraft(editKey(message.id));
    if (hasContent(draft) || draft.sent) {
      const edit = h("button.quiet", { onclick: () => this.edit() }, "Continue editing");
      return h("p.state.quiet", {}, "You have an unsent edit of this question. ", edit);
    }
    if (!unanswered) return null;
    return this.#error("This question has no answer yet.", "", [
      { label: "Answer it", run: () => this.#emit("answer-again") },
    ]);
  }

  /** @param {boolean} open */
  #sending(open) {
    const text = open ? "Sending…" : "Not sent yet. It is saved in this browser and sent when the connection is back.";
    const state = h("p.state.quiet", { hidden: true }, text);
    this.#sendingTimer = setTimeout(() => state.toggleAttribute("hidden", false), SENDING_DELAY);
    return state;
  }

  #queued() {
    const edit = h(
      "button.quiet",
      { onclick: () => this.#emit("edit-queued"), "aria-label": "Edit queued question" },
      "Edit",
    );
    const onclick = () => this.#emit("remove-queued");
    const remove = iconButton("x", "Remove queued question", { onclick });
    return h("p.state.quiet", {}, "Sent when the answer has ended. ", edit, remove);
  }

  /** @param {PendingQuestion} question */
  #unsent({ error }) {
    const { title, advice } = errorMessage(error ?? { code: "error" });
    const fields = Object.values(error?.fields ?? {}).flat();
    const fieldErrors = fields.filter((each) => typeof each === "string").join(" ");
    return this.#error(title, fieldErrors || advice, [
      { label: "Try again", run: () => this.#emit("ask-again") },
      { label: "Edit", run: () => this.edit() },
      { label: "Discard", run: () => this.#emit("discard") },
    ]);
  }

  /**
   * @param {string} title
   * @param {string} advice
   * @param {Action[]} actions
   */
  #error(title, advice, actions) {
    const buttons = actions.map(({ label, run }) => h("button.outlined", { onclick: run }, label));
    const text = h("p", {}, h("b", {}, title), " ", advice);
    return h("div.message.bad.problem", { role: "alert" }, text, h("div.buttons", {}, buttons));
  }

  /** @param {string} name */
  #emit(name) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: this.#message }));
  }
}

customElements.define("chat-question", ChatQuestion);
