// What is shown in place of messages: the greeting of a new chat, around the composer, or why a conversation cannot be
// shown.

/**
 * @import { Child } from "../types.js"
 * @import { ServerStatus } from "../transport/server-status.js"
 * @import { Chat } from "./chat.js"
 */

import { byId, h, logo } from "../ui/dom.js";

const EXAMPLES = ["What is machine learning?", "Write a haiku about the sea", "Show me a Python loop"];
const MOVE = { duration: 140, easing: "ease-out" }; // of the composer, with the first question
const LOADING_DELAY = 300; // milliseconds until a conversation that is being loaded shows so

/**
 * @typedef {object} Actions
 * @property {(text: string) => void} ask
 * @property {() => void} newChat
 * @property {() => void} restore
 * @property {() => void} retry
 */

/**
 * @param {Chat} chat
 * @param {ServerStatus} status
 * @param {Actions} actions
 */
export function showPlaceholder(chat, status, actions) {
  const place = byId("place");
  const start = byId("start");
  let shown = "";
  let timer = 0;
  /** @type {Record<string, () => Child[]>} */
  const contents = {
    new: greeting,
    loading,
    missing: () => missing(actions),
    deleted: () => deleted(actions),
    failed: () => failed(actions, chat),
  };
  const show = () => {
    const state = placeholderState(chat, status);
    placeComposer((chat.state === "new" || chat.state === "ready") && !chat.messages.length);
    const greetingKey = [status.notice, status.acceptsQuestions, status.page?.example_questions];
    const key = JSON.stringify([state, ...(state === "new" ? greetingKey : [])]);
    if (key === shown) return;
    shown = key;
    clearTimeout(timer);
    place.hidden = !state || state === "loading";
    if (state === "loading") timer = setTimeout(() => place.toggleAttribute("hidden", false), LOADING_DELAY);
    place.replaceChildren(...(contents[state]?.() ?? []).filter((child) => child instanceof Node));
    start.replaceChildren(...(state === "new" ? suggestions(actions, status) : []));
  };
  chat.on("shown", show);
  chat.on("messages", show);
  status.on("change", show);
  show();
}

/**
 * Return the state to show; empty if there are messages. The greeting waits for the operator's texts in it, so that
 * nothing moves.
 *
 * @param {Chat} chat
 * @param {ServerStatus} status
 */
function placeholderState({ state, messages }, status) {
  if (state !== "ready" && state !== "new") return state;
  return !messages.length && status.fetched ? "new" : "";
}

/**
 * Put the composer below the headline of an empty conversation, or at the foot of the page.
 *
 * @param {boolean} first whether the conversation is empty
 */
function placeComposer(first) {
  const main = byId("main");
  if (main.classList.contains("first") === first) return;
  const foot = byId("foot");
  const before = foot.getBoundingClientRect().top;
  main.classList.toggle("first", first);
  const moved = before - foot.getBoundingClientRect().top;
  const asked = !first && foot.contains(document.activeElement);
  if (!asked || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  foot.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], MOVE);
}

function greeting() {
  return [logo(), h("h2", {}, "What would you like to know?")];
}

/**
 * Return what is below the composer of an empty conversation.
 *
 * @param {Actions} actions
 * @param {ServerStatus} status
 */
function suggestions({ ask }, { page, acceptsQuestions, notice }) {
  const questions = page?.example_questions.length ? page.example_questions : EXAMPLES;
  const examples = questions.map((text) =>
    h("li", {}, h("button", { disabled: !acceptsQuestions, dir: "auto", onclick: () => ask(text) }, text)),
  );
  const list = h("ul.examples", { "aria-label": "Examples to try" }, examples);
  return notice ? [list, h("p.notice", {}, notice)] : [list];
}

function loading() {
  return [logo(true), h("p.quiet", { role: "status" }, "Loading the conversation")];
}

/** @param {Actions} actions */
function missing({ newChat }) {
  return message("Conversation not found.", "It may have been deleted, or belong to another account.", [
    { label: "New chat", run: newChat, primary: true },
  ]);
}

/** @param {Actions} actions */
function deleted({ newChat, restore }) {
  return message("This conversation was deleted.", "You can restore it for one hour.", [
    { label: "Restore", run: restore, primary: false },
    { label: "New chat", run: newChat, primary: true },
  ]);
}

/**
 * @param {Actions} actions
 * @param {Chat} chat
 */
function failed({ retry }, chat) {
  const button = { label: "Try again", run: retry, primary: true };
  return message("The conversation could not be loaded.", chat.error?.message ?? "", [button]);
}

/**
 * @param {string} title
 * @param {string} text
 * @param {{ label: string, run: () => void, primary: boolean }[]} buttons
 */
function message(title, text, buttons) {
  const row = buttons.map(({ label, run, primary }) =>
    h(`button.${primary ? "primary" : "outlined"}`, { onclick: run }, label),
  );
  return [logo(), h("h2", {}, title), h("p", {}, text), h("div.buttons", {}, row)];
}
