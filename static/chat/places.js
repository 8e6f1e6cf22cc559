// What stands in place of messages: the greeting of a new chat, and why a conversation cannot be shown.

import { h, mark } from "./dom.js";

const EXAMPLES = ["What is machine learning?", "Write a haiku about the sea", "Show me a Python loop"];
const SLOW = 300; // milliseconds until a conversation that is being fetched says so

// `actions`: ask (a text), newChat, restore, again.
export function showPlace(chat, status, actions) {
  const place = document.getElementById("place");
  let shown = "";
  let slow = 0;
  const show = () => {
    const empty = (chat.state === "ready" || chat.state === "new") && !chat.messages.length;
    // The greeting waits for what the operator says in it, so that nothing in it moves.
    const state = empty ? (status.asked ? "new" : "") : chat.state === "ready" || chat.state === "new" ? "" : chat.state;
    const key = JSON.stringify([state, ...(state === "new" ? [status.notice, status.answers, status.page?.example_questions] : [])]);
    if (key === shown) return;
    shown = key;
    clearTimeout(slow);
    place.hidden = !state || state === "loading";
    if (state === "loading") slow = setTimeout(() => (place.hidden = false), SLOW);
    place.replaceChildren(...(state ? { new: greeting, loading, missing, deleted, failed }[state](actions, status, chat) : []));
  };
  chat.addEventListener("shown", show);
  chat.addEventListener("messages", show);
  status.addEventListener("change", show);
  show();
}

function greeting({ ask }, status) {
  const questions = status.page?.example_questions.length ? status.page.example_questions : EXAMPLES;
  const examples = questions.map((text) => h("li", {}, h("button", { disabled: !status.answers, dir: "auto", onclick: () => ask(text) }, text)));
  return [
    mark(),
    h("h2", {}, "What would you like to know?"),
    h("ul.examples", { "aria-label": "Examples to try" }, examples),
    status.notice ? h("p.notice", {}, status.notice) : null,
  ].filter(Boolean);
}

function loading() {
  return [mark(true), h("p.quiet", { role: "status" }, "Fetching the conversation")];
}

function missing({ newChat }) {
  return told("There is no such conversation here.", "It may have been deleted, or belong to somebody else.", [["New chat", newChat, true]]);
}

function deleted({ newChat, restore }) {
  return told("This conversation was deleted.", "It can be had back for an hour.", [["Restore it", restore, false], ["New chat", newChat, true]]);
}

function failed({ again }, status, chat) {
  return told("The conversation could not be fetched.", chat.error?.message ?? "", [["Try again", again, true]]);
}

function told(title, words, buttons) {
  const row = buttons.map(([word, run, primary]) => h(`button.${primary ? "primary" : "outlined"}`, { onclick: run }, word));
  return [mark(), h("h2", {}, title), h("p", {}, words), h("div.buttons", {}, row)];
}
