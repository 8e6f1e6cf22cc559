// What was typed and is not saved yet, by conversation, in this browser. A question on its way is let go when the server
// has said "saved", and not before: until then it survives a reload, a crash, a lost connection.

const PREFIX = "draft:";
const MOST_AGE = 60 * 24 * 3600 * 1000; // milliseconds
const NOTHING = { text: "", sent: null, revived: null };
const memory = new Map(); // where the browser allows no storage

function readItem(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return memory.get(key) ?? null;
  }
}

function write(key, draft) {
  const value = draft.text || draft.sent ? JSON.stringify({ ...draft, at: Date.now() }) : null;
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    if (value === null) memory.delete(key);
    else memory.set(key, value);
  }
}

// The key of a draft of another version of a question.
export const editKey = (question) => `edit-${question}`;

// The draft of a conversation, or of "new": the text that is being written, and the question that was sent, with its
// ids. `revived`: ids of a question that became the text again, for the page was left before it was known to be saved.
export function readDraft(key) {
  try {
    return { ...NOTHING, ...JSON.parse(readItem(key) ?? "{}") };
  } catch {
    return { ...NOTHING };
  }
}

export function writeDraft(key, text) {
  const draft = readDraft(key);
  if (draft.text !== text) write(key, { ...draft, text });
}

// A question is on its way: { text, conversation, message, parent }. Nothing is being written then.
export function noteSending(key, sent) {
  write(key, { text: "", sent, revived: null });
}

// A question is in the database.
export function noteSaved(key, message) {
  const draft = readDraft(key);
  if (draft.sent?.message === message) write(key, { ...draft, sent: null });
  else if (draft.revived?.message === message && draft.revived.text === draft.text) write(key, NOTHING);
}

// The text to go on writing: a question of unknown fate comes before what was written after it. Sent again unchanged, it
// keeps its ids, so that it is not asked twice.
export function reviveDraft(key) {
  const draft = readDraft(key);
  if (!draft.sent) return draft.text;
  const text = draft.text ? `${draft.sent.text}\n\n${draft.text}` : draft.sent.text;
  write(key, { text, sent: null, revived: draft.sent });
  return text;
}

// Drops drafts that nobody came back to for two months.
export function dropOldDrafts() {
  try {
    for (const key of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX))) {
      const { at } = JSON.parse(localStorage.getItem(key) ?? "{}");
      if (!at || Date.now() - at > MOST_AGE) localStorage.removeItem(key);
    }
  } catch {
    // No storage, or something of somebody else in it: there is nothing to drop.
  }
}
