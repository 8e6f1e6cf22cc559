// <chat-question>: a question in its bubble, with what one can do to it, and the editor that takes its place.

import { copyButton } from "./copy.js";
import { h, setText } from "./dom.js";
import { editKey, readDraft, reviveDraft, writeDraft } from "./drafts.js";
import { problem } from "./problems.js";
import { composing, fitToText, sends, unsendable } from "./typing.js";
import { versions } from "./versions.js";

const LONG = 900; // characters of a question that is shown in part at first
const LONG_LINES = 12;
const LATE = 600; // milliseconds until a question that is not saved yet says so

// Events, all bubbling: "ask" { text, question }, "ask-again", "discard", "answer-again" with the question as `detail`.
export class ChatQuestion extends HTMLElement {
  #message = null;
  #shown = "";
  #late = 0;
  #options = {};

  // Shows a question. `unanswered`: nothing follows it. `open`: the server can be reached. `busy`: an answer is being made.
  show(message, options = {}) {
    const { unanswered = false, open = true } = options;
    this.#options = options;
    const { id, text, status, siblings, error } = message;
    const shown = JSON.stringify([id, text, status, siblings, error, unanswered, open]);
    if (shown === this.#shown || this.editing) {
      this.#message = message;
      return;
    }
    this.#shown = shown;
    this.#message = message;
    clearTimeout(this.#late);
    const saved = status === "complete";
    this.replaceChildren(
      h("article", { "aria-label": "Your question" }, h("h2.unseen", {}, "Your question"), this.#bubble(text), saved ? this.#actions() : null, this.#state(unanswered, open)),
    );
  }

  get message() {
    return this.#message;
  }

  get editing() {
    return Boolean(this.querySelector("form"));
  }

  // Opens the editor in place of the bubble; what was typed there before is still there.
  edit() {
    if (this.editing || this.#message.status === "sending") return;
    const key = editKey(this.#message.id);
    const area = h("textarea", { "aria-label": "Edit your question", rows: "1", dir: "auto" });
    const note = h("span.quiet", { role: "status" }, "The earlier version is kept.");
    area.value = reviveDraft(key) || this.#message.text;
    const form = h(
      "form.editor",
      {},
      area,
      h("div.row", {}, note, h("button.outlined", { onclick: () => this.#close(key) }, "Cancel"), h("button.primary", { type: "submit" }, "Send")),
    );
    const submit = () => {
      const wrong = unsendable(area.value) || (this.#options.busy ? "One answer at a time: send this when it is finished." : "");
      if (wrong) setText(note, wrong);
      else if (area.value.trim()) this.#submit(area.value);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    area.addEventListener("input", () => {
      writeDraft(key, area.value);
      fitToText(area);
    });
    area.addEventListener("keydown", (event) => {
      if (composing(event)) return;
      if (sends(event)) {
        event.preventDefault();
        submit();
      } else if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        this.#close(key);
      }
    });
    this.#shown = "";
    this.replaceChildren(h("article", { "aria-label": "Your question, being edited" }, form));
    fitToText(area);
    area.focus();
    form.scrollIntoView({ block: "nearest" });
    area.setSelectionRange(area.value.length, area.value.length);
  }

  #submit(text) {
    const question = this.#message;
    const key = editKey(question.id);
    if (text === question.text && question.status === "complete") return this.#close(key);
    if (question.status === "unsent") writeDraft(key, "");
    this.replaceChildren();
    this.dispatchEvent(new CustomEvent("ask", { bubbles: true, detail: { text, question } }));
  }

  #close(key) {
    writeDraft(key, "");
    this.replaceChildren();
    this.show(this.#message, this.#options);
    this.dispatchEvent(new CustomEvent("edit-closed", { bubbles: true }));
  }

  #bubble(text) {
    const long = text.length > LONG || text.split("\n").length > LONG_LINES;
    const bubble = h(long ? "div.bubble.long" : "div.bubble", {}, h("span", {}, text));
    if (!long) return bubble;
    const button = h("button.quiet.whole", { "aria-expanded": "false" }, "Show all of it");
    button.addEventListener("click", () => {
      const open = !bubble.classList.toggle("long");
      button.setAttribute("aria-expanded", String(open));
      setText(button, open ? "Show less" : "Show all of it");
    });
    return [bubble, button];
  }

  #actions() {
    const edit = h("button.quiet", { onclick: () => this.edit(), "aria-label": "Edit question" }, "Edit");
    return h("div.actions", {}, copyButton(() => this.#message.text, "Copy", "Copy question"), edit, versions(this.#message));
  }

  // What stands below a question that is not saved, or that nobody answered.
  #state(unanswered, open) {
    const { status, error } = this.#message;
    if (status === "sending") {
      const words = h("p.state.quiet", { hidden: true }, open ? "Sending…" : "Not sent yet: it goes out when the connection is back, and is kept until then.");
      this.#late = setTimeout(() => (words.hidden = false), LATE);
      return words;
    }
    if (status === "unsent") {
      const { title, advice } = problem(error);
      const told = Object.values(error.fields ?? {}).flat().filter((each) => typeof each === "string").join(" ");
      return this.#problem(title, told || advice, [["Try again", "ask-again"], ["Edit", null], ["Discard", "discard"]]);
    }
    const { text, sent } = readDraft(editKey(this.#message.id));
    if (text || sent) return h("p.state.quiet", {}, "Another version was begun and not sent. ", h("button.quiet", { onclick: () => this.edit() }, "Go on with it"));
    return unanswered ? this.#problem("This question has no answer yet.", "", [["Answer it", "answer-again"]]) : null;
  }

  #problem(title, advice, actions) {
    const buttons = actions.map(([word, event]) =>
      h("button.outlined", { onclick: () => (event ? this.dispatchEvent(new CustomEvent(event, { bubbles: true, detail: this.#message })) : this.edit()) }, word),
    );
    return h("div.message.bad.problem", { role: "alert" }, h("p", {}, h("b", {}, title), " ", advice), h("div.buttons", {}, buttons));
  }
}

customElements.define("chat-question", ChatQuestion);
