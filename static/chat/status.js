// What the server says of itself: whether it answers, with which model, its defaults and limits, what the page is called.

import { status } from "./api.js";

const SOON = 2_000; // milliseconds until a server that does not answer yet is asked again
const LATER = 15_000; // … one that cannot
const WELL = 60_000; // … and one that does: its operator may have changed something

// "change" when something of it is different, or when it was asked for the first time.
export class Status extends EventTarget {
  health = null;
  model = null;
  notice = null;
  defaults = null;
  limits = null;
  page = null; // name, note, example_questions
  asked = false; // it has answered, or cannot be reached
  #timer = 0;
  #told = "";

  constructor(connection) {
    super();
    connection.addEventListener("frame", ({ detail }) => detail.type === "hello" && this.asked && this.ask());
  }

  // Whether a question can be sent. One sent while the model is loaded waits for it.
  get answers() {
    return !this.health || ["ok", "degraded", "loading"].includes(this.health.status);
  }

  async ask() {
    clearTimeout(this.#timer);
    try {
      const { health, model, notice, defaults, limits, page } = await status();
      Object.assign(this, { health, model, notice, defaults, limits, page });
    } catch {
      // The connection tells what is to be told; this is asked again.
    }
    this.asked = true;
    const { health, model, notice, defaults, limits, page } = this;
    const told = JSON.stringify([health, model, notice, defaults, limits, page]);
    if (told !== this.#told) {
      this.#told = told;
      this.dispatchEvent(new Event("change"));
    }
    this.#timer = setTimeout(() => this.ask(), { ok: WELL, failed: LATER }[health?.status] ?? SOON);
  }
}
