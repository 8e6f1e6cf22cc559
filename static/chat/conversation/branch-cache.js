/** @import { ContextUse, Message } from "../types.js" */

const MAX_BRANCHES = 8;

/** @typedef {{ messages: Message[], earlier: boolean, context: ContextUse | null }} Branch */

/** The branches of the conversations that were shown last, to show them at once when the user returns to one. */
export class BranchCache {
  /** @type {Map<string, Branch>} */
  #branches = new Map();

  /** @param {string} id */
  get(id) {
    return this.#branches.get(id);
  }

  /**
   * @param {string} id
   * @param {Branch} branch
   */
  set(id, branch) {
    this.#branches.delete(id);
    this.#branches.set(id, branch);
    const [oldest] = this.#branches.keys();
    if (this.#branches.size > MAX_BRANCHES && oldest !== undefined) this.#branches.delete(oldest);
  }

  /** @param {string} id */
  delete(id) {
    this.#branches.delete(id);
  }
}
