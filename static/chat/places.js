// What stands in place of messages: the greeting of a new chat, and why a conversation cannot be shown.

import { h, mark } from "./dom.js";

const EXAMPLES = [
  ["Explain", "What is machine learning?"],
  ["Write", "Write a haiku about the sea"],
  ["Code", "Show me a Python loop"],
];
const SLOW = 300; // milliseconds until a conversation that is being fetched says so

// `actions`: ask (a text), newChat, restore, again.
export function showPlace(chat, status, actions) {
  const place = document.getElementById("place");
  let shown = "";
  let slow = 0;
  const show = () => {
    const state = chat.state === "ready" && chat.messages.length ? "" : chat.state === "ready" ? "new" : chat.state;
    const key = `${state} ${state === "new" ? status.notice : ""} ${state === "new" ? status.answers : ""}`;
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
  const examples = EXAMPLES.map(([kind, text]) =>
    h("li", {}, h("button", { disabled: !status.answers, onclick: () => ask(text) }, h("span.kind", { "aria-hidden": "true" }, kind), h("span", {}, text))),
  );
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
