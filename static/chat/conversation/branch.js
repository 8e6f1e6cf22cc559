// A branch of messages as a list. Functions return new lists and change none in place.

/** @import { Message, MessageFile, MessagePage, PendingQuestion, SavedMessage } from "../types.js" */

const DEFAULT_TOKENS_PER_CHAR = 0.28; // of English text
const MIN_TOKENS_PER_CHAR = 0.15;
export const TURN_TOKENS = 8; // about what a chat template adds to a message
const MIN_SAMPLE_CHARS = 200; // shorter texts say little about a conversation's ratio

/**
 * Return the branch that ends in this message. It replaces what followed its parent.
 *
 * @param {Message[]} messages
 * @param {Message} message
 * @returns {Message[]}
 */
export function branchWith(messages, message) {
  const others = messages.filter((each) => each.id !== message.id);
  const parent = message.parent === null ? -1 : others.findIndex((each) => each.id === message.parent);
  if (message.parent !== null && parent < 0) return [...others, message];
  return [...others.slice(0, parent + 1), message];
}

/**
 * Return the branch with saved messages in their places; null if the parent of one is not in it.
 *
 * @param {Message[]} messages
 * @param {SavedMessage[]} saved
 * @returns {Message[] | null}
 */
export function withSaved(messages, saved) {
  let branch = messages;
  for (const message of saved) {
    const index = branch.findIndex((each) => each.id === message.id);
    if (index >= 0) branch = branch.with(index, message);
    else if (message.parent === null || branch.some((each) => each.id === message.parent)) {
      branch = branchWith(branch, message);
    } else return null;
  }
  return branch;
}

/**
 * Return the fetched end of a branch, after the earlier messages that are shown already.
 *
 * @param {{ messages: Message[], earlier: boolean }} shown
 * @param {MessagePage} page
 * @returns {{ messages: Message[], earlier: boolean }}
 */
export function merged(shown, page) {
  const first = page.messages[0];
  const index = first ? shown.messages.findIndex((each) => each.id === first.id) : -1;
  if (index <= 0 || !page.earlier) return { messages: page.messages, earlier: page.earlier };
  return { messages: [...shown.messages.slice(0, index), ...page.messages], earlier: shown.earlier };
}

/**
 * Return whether a message is a question that the server has not saved.
 *
 * @param {Message} message
 * @returns {message is PendingQuestion}
 */
export function isPending(message) {
  return message.status === "sending" || message.status === "unsent";
}

/**
 * Estimate the tokens of a branch that the model has not read yet, such as an imported one.
 *
 * @param {Message[]} messages
 */
export function estimatedBranchTokens(messages) {
  const read = messages.filter(({ text }) => text);
  return read.reduce((sum, each) => sum + estimatedTokens(wholeText(each), messages) + TURN_TOKENS, 0);
}

/**
 * Return the text of a message with those of its files, to measure it.
 *
 * @param {{ text: string, files: MessageFile[] }} message
 */
export const wholeText = ({ text, files }) => [...files.map((each) => each.text), text].join("\n");

/**
 * Estimate the tokens of a text from the answers of this branch, or from the usual ratio of English.
 *
 * @param {string} text
 * @param {Message[]} messages
 */
export function estimatedTokens(text, messages) {
  let characters = 0;
  let tokens = 0;
  for (const { role, status, text: answer, runs } of messages) {
    if (role !== "assistant" || status === "generating" || !answer || !runs.length) continue;
    characters += answer.length;
    for (const run of runs) tokens += run.generated_tokens - (run.reasoning_tokens ?? 0);
  }
  const known = characters > MIN_SAMPLE_CHARS && tokens > 0;
  const ratio = known ? Math.min(1, Math.max(MIN_TOKENS_PER_CHAR, tokens / characters)) : DEFAULT_TOKENS_PER_CHAR;
  return text ? Math.ceil(text.length * ratio) : 0;
}
