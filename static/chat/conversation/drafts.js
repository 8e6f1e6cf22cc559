// Text that is not saved yet, by conversation, in this browser. A question on its way stays here until the server confirms
// that it is saved, so that it survives a reload, a crash and a lost connection.

/** @import { Draft, Message, PendingQuestion, SentQuestion, Settings, Written } from "../types.js" */

import { newId } from "../ui/dom.js";
import { hasContent, isSame, joined, NOTHING, plain } from "./written.js";

const PREFIX = "draft:";
const MAX_AGE = 60 * 24 * 3600 * 1000; // milliseconds
/** @type {Draft} */
const EMPTY = { ...NOTHING, sent: null, revived: null, queued: null };

/** @type {Map<string, string>} */
const memory = new Map(); // what the browser does not store: it allows no storage, or has no more room

/** @param {string} key */
function readItem(key) {
  try {
    return memory.get(key) ?? localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {Draft} draft
 */
function write(key, draft) {
  const kept = hasContent(draft) || draft.sent || draft.queued;
  const value = kept ? JSON.stringify({ ...draft, at: Date.now() }) : null;
  memory.delete(key);
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    if (value !== null) memory.set(key, value);
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
 * `text` is being written, and `files` go with it; `sent` is the question that was sent. `revived` holds the ids of a
 * question that was sent and is being written again, because the page was left before it was known to be saved. `queued`
 * waits for the end of an answer.
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
 * @param {Written} written
 */
export function writeDraft(key, written) {
  const draft = readDraft(key);
  if (!isSame(draft, written)) write(key, { ...draft, ...plain(written) });
}

/**
 * Record that a question is on its way. The draft becomes empty.
 *
 * @param {string} key
 * @param {SentQuestion} sent
 */
export function markSending(key, sent) {
  write(key, { ...readDraft(key), ...NOTHING, sent, revived: null });
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
  else if (draft.revived?.message === message && isSame(draft.revived, draft)) {
    write(key, { ...EMPTY, queued: draft.queued });
  }
}

/**
 * Return what to continue with: a question that may not be saved, then what was written after it.
 *
 * If it is sent unchanged, it keeps its ids, so that it is not asked twice.
 *
 * @param {string} key
 */
export function reviveDraft(key) {
  const draft = readDraft(key);
  if (!draft.sent) return plain(draft);
  const written = joined(draft.sent, draft);
  write(key, { ...draft, ...written, sent: null, revived: draft.sent });
  return written;
}

/**
 * Make a question from a draft and record that it is on its way.
 *
 * @param {Written} written
 * @param {Message | null} replaced the question that it is another version of
 * @param {{ id: string | null, key: string, messages: Message[], settings: Settings | null }} conversation the one shown; a new
 *   one has no id
 * @returns {PendingQuestion}
 */
export function questionFromDraft(written, replaced, { id, key, messages, settings }) {
  const unsent = replaced?.status === "unsent" ? replaced : null;
  const draft = unsent?.draft ?? (replaced ? editKey(replaced.id) : key);
  const { revived } = readDraft(draft);
  const again = revived && isSame(revived, written) ? revived : null;
  // After a question without an answer, this is another version of that question.
  const last = messages.findLast((each) => each.role === "assistant")?.id ?? null;
  /** @type {PendingQuestion} */
  const question = {
    id: again?.message ?? unsent?.id ?? newId(),
    conversation: id ?? again?.conversation ?? newId(),
    parent: replaced ? replaced.parent : again ? again.parent : last,
    role: "user",
    status: "sending",
    ...plain(written),
    draft,
    siblings: [],
    runs: [],
    error: null,
    ...(id || !settings ? {} : { settings }),
  };
  const { conversation, id: message, parent } = question;
  markSending(draft, { ...plain(written), conversation, message, parent });
  return question;
}

/**
 * Queue what was written in a conversation until an answer has ended. A question that is queued already continues with it.
 *
 * @param {string} key
 * @param {Written} written
 * @param {string} after the id of the answer
 */
export function queueQuestion(key, written, after) {
  const draft = readDraft(key);
  const queued = { message: newId(), ...draft.queued, ...joined(draft.queued ?? NOTHING, written), after };
  write(key, { ...draft, ...NOTHING, queued });
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
  const { message: id, after: parent } = queued;
  const question = {
    id,
    conversation: key,
    parent,
    ...plain(queued),
    draft: key,
    queued: true,
    siblings: [],
    runs: [],
    error: null,
  };
  return { ...question, role: "user", status: "queued" };
}

/**
 * Remove the question that is queued in a conversation, and return what was written.
 *
 * @param {string} key
 */
export function takeQueued(key) {
  const draft = readDraft(key);
  write(key, { ...draft, queued: null });
  return plain(draft.queued ?? NOTHING);
}

/**
 * Record that a queued question is on its way, and return it. What was written after it stays.
 *
 * @param {PendingQuestion} question
 * @returns {PendingQuestion}
 */
export function sendQueued(question) {
  const { id: message, conversation, parent, draft: key } = question;
  const sent = { ...plain(question), conversation, message, parent };
  write(key, { ...readDraft(key), sent, revived: null, queued: null });
  return { ...question, status: "sending" };
}

/**
 * Forget everything that was written in a conversation and is not sent.
 *
 * @param {string} key
 */
export const forgetDraft = (key) => write(key, EMPTY);

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
