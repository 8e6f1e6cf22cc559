// The user's saved prompts. Fetched when they are first needed, and each time the picker opens.

/** @import { SavedPrompt } from "../types.js" */

import { prompts as api } from "../transport/api.js";

const PLACEHOLDER = /\{\{[^{}\n]*\}\}/g;

/** @type {SavedPrompt[]} */
let prompts = [];

/** @param {SavedPrompt[]} changed */
function set(changed) {
  prompts = changed.toSorted((one, other) => one.name.localeCompare(other.name));
}

export const library = {
  get all() {
    return prompts;
  },

  async refresh() {
    set((await api.list()).prompts);
  },

  /**
   * Add a prompt, or change the one with this id.
   *
   * @param {string | null} id
   * @param {{ name: string, text: string }} fields
   */
  async save(id, fields) {
    const saved = await (id ? api.change(id, fields) : api.add(fields));
    set([...prompts.filter((each) => each.id !== saved.id), saved]);
    return saved;
  },

  /** @param {SavedPrompt} prompt */
  async remove(prompt) {
    await api.remove(prompt.id);
    set(prompts.filter((each) => each.id !== prompt.id));
  },

  /**
   * Return the prompts with these letters in their name, those that begin with them first.
   *
   * @param {string} letters
   */
  matching(letters) {
    const wanted = letters.toLocaleLowerCase();
    const found = prompts.filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
    /** @param {SavedPrompt} prompt */
    const begins = ({ name }) => Number(name.toLocaleLowerCase().startsWith(wanted));
    return found.toSorted((one, other) => begins(other) - begins(one));
  },
};

/**
 * Select the next placeholder in a field; return whether there is one.
 *
 * @param {HTMLTextAreaElement} area
 * @param {number} from where to begin; the search goes on at the start of the text
 */
export function selectPlaceholder(area, from) {
  const found = [...area.value.matchAll(PLACEHOLDER)];
  const next = found.find(({ index }) => index >= from) ?? found[0];
  if (!next) return false;
  area.setSelectionRange(next.index, next.index + next[0].length);
  return true;
}
