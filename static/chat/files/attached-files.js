/**
 * @import { AttachedFile, MessageFile } from "../types.js"
 * @import { Connection } from "../transport/connection.js"
 */

import { Emitter } from "../transport/emitter.js";
import { h, setText } from "../ui/dom.js";
import { amount, count } from "../ui/format.js";
import { removableChip } from "./file-chips.js";
import { FileError, textOf } from "./file-text.js";

const MAX_FILES = 10;
const MAX_NAME = 200; // characters
const MAX_REMEMBERED = 100;

/** @type {Map<string, number>} tokens by name and text: each count costs the server a launch */
const counts = new Map();

/** @param {MessageFile} file */
const keyOf = ({ name, text }) => `${name}\n${text}`;

/**
 * The files that go with a text that is being written, and their chips. A file that cannot be attached has a chip as well,
 * which says why; it is not sent.
 *
 * @extends {Emitter<{ change: undefined }>}
 */
export class AttachedFiles extends Emitter {
  /** @type {AttachedFile[]} */
  files = [];
  /** @type {{ name: string, reason: string }[]} */
  #refused = [];
  /** @type {Set<File>} */
  #reading = new Set();
  #list = h("ul.files", { "aria-label": "Attached files" });
  #problems = h("div", { role: "status" });
  element = h("div.attached", { hidden: true }, this.#list, this.#problems);

  /** @param {Connection | null} connection that counts tokens; null: they are not counted */
  constructor(connection = null) {
    super();
    this.connection = connection;
  }

  get reading() {
    return this.#reading.size > 0;
  }

  /** The exact tokens of the files; of those that are not counted, none. */
  get countedTokens() {
    return this.files.reduce((sum, { tokens }) => sum + (tokens ?? 0), 0);
  }

  /** The text of the files that are not counted yet. */
  get uncountedText() {
    return this.files.map(({ tokens, text }) => (tokens === null ? text : "")).join("");
  }

  /**
   * Replace the files, as when another draft is shown.
   *
   * @param {MessageFile[]} files
   */
  set(files) {
    this.#reading.clear();
    this.#refused = [];
    this.files = files.map(({ name, text }) => ({ name, text, tokens: null }));
    this.#show();
    for (const file of this.files) this.#count(file);
  }

  /**
   * Read files and attach them.
   *
   * @param {Iterable<File>} files
   */
  async add(files) {
    const added = [...files];
    this.#refused = [];
    for (const file of added) this.#reading.add(file);
    this.#change();
    for (const file of added) await this.#read(file);
  }

  /** @param {File} file */
  async #read(file) {
    const name = shortName(file.name);
    try {
      if (this.files.length >= MAX_FILES) throw new FileError(`A question takes at most ${MAX_FILES} files.`);
      const text = await textOf(file);
      if (!this.#reading.has(file)) return;
      const attached = { name, text, tokens: null };
      if (!this.files.some((each) => keyOf(each) === keyOf(attached))) {
        this.files = [...this.files, attached];
        this.#count(attached);
      }
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      if (this.#reading.has(file)) this.#refused.push({ name, reason: error.message });
    } finally {
      if (this.#reading.delete(file)) this.#change();
    }
  }

  /** @param {AttachedFile} file */
  async #count(file) {
    const key = keyOf(file);
    const known = counts.get(key);
    try {
      const { name, text } = file;
      const tokens = known ?? (await this.#request({ name, text }));
      if (tokens === null) return;
      if (counts.size >= MAX_REMEMBERED) counts.clear();
      counts.set(key, tokens);
      this.files = this.files.map((each) => (each === file ? { ...each, tokens } : each));
      this.#change();
    } catch {
      // The estimate stays: the server is busy, or not reached. Sending says what is wrong.
    }
  }

  /** @param {MessageFile} file */
  async #request(file) {
    const answer = await this.connection?.request({ type: "count", file });
    return answer?.type === "counted" ? answer.tokens : null;
  }

  /** @param {AttachedFile} file */
  #remove(file) {
    this.files = this.files.filter((each) => keyOf(each) !== keyOf(file));
    this.#change();
  }

  #change() {
    this.#show();
    this.emit("change", undefined);
  }

  #show() {
    const chips = this.files.map((file) => removableChip(file.name, sizeOf(file), () => this.#remove(file)));
    for (const { name } of this.#reading) {
      const chip = removableChip(shortName(name), "Reading…", () => {
        for (const each of this.#reading) if (each.name === name) this.#reading.delete(each);
        this.#change();
      });
      chips.push(chip);
    }
    this.#list.replaceChildren(...chips);
    const problems = this.#refused.map(({ name, reason }) => `“${name}” is not attached. ${reason}`).join(" ");
    setText(this.#problems, problems);
    this.#list.hidden = !chips.length;
    this.element.hidden = !chips.length && !problems;
  }
}

/** @param {AttachedFile} file */
function sizeOf({ text, tokens }) {
  return tokens === null ? `${amount(text.length)} characters` : count(tokens, "token");
}

/** @param {string} name one line, as the server accepts it */
function shortName(name) {
  const line = name.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim() || "file";
  return line.length > MAX_NAME ? `${line.slice(0, MAX_NAME - 1)}…` : line;
}
