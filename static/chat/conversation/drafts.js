// Text that is not saved yet, by conversation, in this browser. A question on its way stays here until the server confirms
// that it is saved, so that it survives a reload, a crash and a lost connection.

/** @import { Draft, Message, PendingQuestion, SentQuestion, Settings } from "../types.js" */

import { newId } from "../ui/dom.js";

const PREFIX = "draft:";
const MAX_AGE = 60 * 24 * 3600 * 1000; // milliseconds
/** @type {Draft} */
const EMPTY = { text: "", sent: null, revived: null, queued: null };

/** @type {Map<string, string>} */
const memory = new Map(); // where the browser allows no storage

/** @param {string} key */
function readItem(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return memory.get(key) ?? null;
  }
}

/**
 * @param {string} key
 * @param {Draft} draft
 */
function write(key, draft) {
  const value = draft.text || draft.sent || draft.queued ? JSON.stringify({ ...draft, at: Date.now() }) : null;
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    if (value === null) memory.delete(key);
    else memory.set(key, value);
  }
}

/**
 * Return the draft key of a new version of a question.
 *
 * @param {string} question
 */
export const editKey = (question) => `edit-${question}`;

/**
 * Return the draft of a conversation, or of "new".
 *
 * `text` is being written; `sent` is the question that was sent. `revived` holds the ids of a question that became the
 * text again because the page was left before it was known to be saved. `queued` waits for the end of an answer.
 *
 * @param {string} key
 * @returns {Draft}
 */
export function readDraft(key) {
  try {
    return { ...EMPTY, ...JSON.parse(readItem(key) ?? "{}") };
  } catch {
    return { ...EMPTY };
  }
}

/**
 * @param {string} key
 * @param {string} text
 */
export function writeDraft(key, text) {
  const draft = readDraft(key);
  if (draft.text !== text) write(key, { ...draft, text });
}

/**
 * Record that a question is on its way. The text becomes empty.
 *
 * @param {string} key
 * @param {SentQuestion} sent
 */
export function markSending(key, sent) {
  write(key, { ...readDraft(key), text: "", sent, revived: null });
}

/**
 * Record that a question is in the database.
 *
 * @param {string} key
 * @param {string} message
 */
export function markSaved(key, message) {
  const draft = readDraft(key);
  if (draft.sent?.message === message) write(key, { ...draft, sent: null });
  else if (draft.revived?.message === message && draft.revived.text === draft.text)
    write(key, { ...EMPTY, queued: draft.queued });
}

/**
 * Return the text to continue with: a question that may not be saved, then what was written after it.
 *
 * If it is sent unchanged, it keeps its ids, so that it is not asked twice.
 *
 * @param {string} key
 */
export function reviveDraft(key) {
  const draft = readDraft(key);
  if (!draft.sent) return draft.text;
  const text = joined(draft.sent.text, draft.text);
  write(key, { ...draft, text, sent: null, revived: draft.sent });
  return text;
}

/**
 * Make a question from a draft and record that it is on its way.
 *
 * @param {string} text
 * @param {Message | null} replaced the question that it is another version of
 * @param {{ id: string | null, key: string, messages: Message[], settings: Settings }} conversation the one shown; a new
 *   one has no id
 * @returns {PendingQuestion}
 */
export function questionFromDraft(text, replaced, { id, key, messages, settings }) {
  const unsent = replaced?.status === "unsent" ? replaced : null;
  const draft = unsent?.draft ?? (replaced ? editKey(replaced.id) : key);
  const { revived } = readDraft(draft);
  const again = revived?.text === text ? revived : null;
  const last = messages.findLast((each) => each.status !== "unsent")?.id ?? null;
  /** @type {PendingQuestion} */
  const question = {
    id: again?.message ?? unsent?.id ?? newId(),
    conversation: id ?? again?.conversation ?? newId(),
    parent: replaced ? replaced.parent : again ? again.parent : last,
    role: "user",
    status: "sending",
    text,
    draft,
    siblings: [],
    runs: [],
    error: null,
    ...(id ? {} : { settings }),
  };
  const { conversation, id: message, parent } = question;
  markSending(draft, { text, conversation, message, parent });
  return question;
}

/**
 * Put one text above another.
 *
 * @param {string} above
 * @param {string} below
 */
export function joined(above, below) {
  return above && below ? `${above}\n\n${below}` : above || below;
}

/**
 * Queue the text of a conversation until an answer has ended. A question that is queued already continues with it.
 *
 * @param {string} key
 * @param {string} text
 * @param {string} after the id of the answer
 */
export function queueQuestion(key, text, after) {
  const draft = readDraft(key);
  const queued = { message: newId(), ...draft.queued, after, text: joined(draft.queued?.text ?? "", text) };
  write(key, { ...draft, text: "", queued });
}

/**
 * Return the question that is queued in a conversation, or null.
 *
 * @param {string} key
 * @returns {PendingQuestion | null}
 */
export function queuedQuestion(key) {
  const { queued } = readDraft(key);
  if (!queued) return null;
  const { message: id, after: parent, text } = queued;
  const question = {
    id,
    conversation: key,
    parent,
    text,
    draft: key,
    queued: true,
    siblings: [],
    runs: [],
    error: null,
  };
  return { ...question, role: "user", status: "queued" };
}

/**
 * Remove the question that is queued in a conversation, and return its text.
 *
 * @param {string} key
 */
export function takeQueued(key) {
  const draft = readDraft(key);
  write(key, { ...draft, queued: null });
  return draft.queued?.text ?? "";
}

/**
 * Record that a queued question is on its way, and return it. What was written after it stays.
 *
 * @param {PendingQuestion} question
 * @returns {PendingQuestion}
 */
export function sendQueued(question) {
  const { id: message, conversation, parent, text, draft: key } = question;
  write(key, { ...readDraft(key), sent: { text, conversation, message, parent }, revived: null, queued: null });
  return { ...question, status: "sending" };
}

/** Delete drafts that were not touched for two months. */
export function deleteOldDrafts() {
  try {
    for (const key of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX))) {
      const { at } = JSON.parse(localStorage.getItem(key) ?? "{}");
      if (!at || Date.now() - at > MAX_AGE) localStorage.removeItem(key);
    }
  } catch {
    // No storage, or an item that this page did not write: leave it.
  }
}
