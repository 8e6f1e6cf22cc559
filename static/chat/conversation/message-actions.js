// What the user does with messages: the events of the conversation and of the composer, carried out.

/**
 * @import { SavedMessage } from "../types.js"
 * @import { ChatComposer } from "../composer/composer.js"
 * @import { ChatTurns } from "../messages/turns.js"
 * @import { Chat } from "./chat.js"
 */

import { ChatQuestion } from "../messages/question.js";
import { announce } from "../ui/announce.js";
import { attempt } from "../ui/attempt.js";
import { errorText } from "../ui/errors.js";
import { count } from "../ui/format.js";
import { toast } from "../ui/toasts.js";

/**
 * @param {Chat} chat
 * @param {ChatTurns} turns
 * @param {ChatComposer} composer
 */
export function listenToMessages(chat, turns, composer) {
  /** Edit the last question, or the question with this id. @param {string | null} [id] */
  const editQuestion = (id) => {
    const element = id ? turns.element(id) : turns.lastQuestion;
    if (element instanceof ChatQuestion) element.edit();
  };
  const editQueued = () => {
    composer.putBack(chat.draftKey, chat.unqueue());
    composer.focus();
  };

  composer.addEventListener("ask", ({ detail }) => (chat.generating ? chat.queue(detail) : chat.ask(detail)));
  composer.addEventListener("stop", () => attempt(() => chat.stop()));
  composer.addEventListener("edit-last", () => (chat.queued ? editQueued() : editQuestion()));

  turns.addEventListener("ask", ({ detail }) => {
    chat.ask(detail, detail.question);
    composer.focus();
  });
  turns.addEventListener("ask-again", ({ detail }) => chat.askAgain(detail));
  turns.addEventListener("discard", ({ detail }) => {
    chat.discard(detail);
    composer.focus();
  });
  turns.addEventListener("edit-queued", editQueued);
  turns.addEventListener("remove-queued", () => {
    removeQueued(chat, composer);
  });
  turns.addEventListener("answer-again", ({ detail }) => attempt(() => chat.regenerate(detail.id)));
  turns.addEventListener("regenerate", ({ detail }) => attempt(() => chat.regenerate(detail.parent)));
  turns.addEventListener("resume", ({ detail }) => attempt(() => chat.resume(detail.id)));
  turns.addEventListener("edit-question", ({ detail }) => editQuestion(detail.parent));
  turns.addEventListener("edit-closed", () => composer.focus());
  turns.addEventListener("edit-answer", ({ detail: { message, text } }) =>
    attempt(async () => {
      await chat.editAnswer(message, text);
      composer.focus();
    }),
  );
  turns.addEventListener("compare-versions", ({ detail }) =>
    attempt(async () => {
      const { compareVersions } = await import("../messages/answer/compare.js");
      await compareVersions(detail);
    }),
  );
  turns.addEventListener("delete-message", ({ detail }) => attempt(() => remove(chat, detail)));
  turns.addEventListener("select-version", ({ detail }) =>
    attempt(() => chat.selectVersion(detail.to, turns.element(detail.from))),
  );
  turns.addEventListener("focus-lost", ({ detail }) => {
    const { step } = detail.was.dataset;
    const message = detail.selected ? turns.element(detail.selected) : undefined;
    const button = message?.querySelector(`[data-step="${step}"]:enabled, [data-step]:enabled`);
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
    else composer.focus();
  });

  chat.on("lost", (error) => toast(`A question was not sent. It is saved as a draft. ${errorText(error)}`));
  chat.on("returned", ({ conversation, written }) => {
    composer.putBack(conversation, written);
    toast("The queued question was not sent. It is in the message field again.");
  });
  chat.on("messages", ({ asked, queued }) => {
    if (asked && chat.generating) announce("The answer is being generated.");
    if (queued) announce("Queued. It will be sent when the answer has ended.");
  });
}

/**
 * @param {Chat} chat
 * @param {ChatComposer} composer
 */
function removeQueued(chat, composer) {
  const { draftKey } = chat;
  const written = chat.unqueue();
  composer.focus();
  const run = () => {
    if (chat.draftKey === draftKey && chat.generating) chat.queue(written);
    else composer.putBack(draftKey, written);
  };
  toast("The queued question was removed.", { label: "Undo", run });
}

/**
 * @param {Chat} chat
 * @param {SavedMessage} message
 */
async function remove(chat, message) {
  const { deleted, restore } = await chat.deleteMessage(message);
  const what = message.role === "user" ? "question" : "answer";
  const more = deleted > 1 ? ` and ${count(deleted - 1, "message")} after it were deleted.` : " was deleted.";
  toast(`The ${what}${more}`, { label: "Undo", run: () => attempt(restore) });
}
