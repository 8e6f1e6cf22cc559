// What the server says of itself: whether it answers, with which model, its defaults and limits, and whom it knows.

import { status } from "./api.js";

const SOON = 2_000; // milliseconds until a server that does not answer yet is asked again
const LATER = 15_000; // … and one that cannot

// "change" when something of it is different.
export class Status extends EventTarget {
  health = null;
  model = null;
  notice = null;
  defaults = null;
  limits = null;
  user = null;
  signUp = false;
  #timer = 0;
  #told = "";

  constructor(connection) {
    super();
    connection.addEventListener("frame", ({ detail }) => detail.type === "hello" && this.ask());
  }

  // Whether a question can be sent. One sent while the model is loaded waits for it.
  get answers() {
    return !this.health || ["ok", "degraded", "loading"].includes(this.health.status);
  }

  async ask() {
    clearTimeout(this.#timer);
    try {
      const { health, model, notice, defaults, limits, user, sign_up: signUp } = await status();
      Object.assign(this, { health, model, notice, defaults, limits, user, signUp });
      const told = JSON.stringify([health, model, notice, defaults, limits, user, signUp]);
      if (told !== this.#told) this.dispatchEvent(new Event("change"));
      this.#told = told;
    } catch {
      // The connection tells what is to be told; this is asked again.
    }
    const waits = ["loading", "downloading", "degraded", "draining"].includes(this.health?.status) || !this.health;
    if (this.health?.status !== "ok") this.#timer = setTimeout(() => this.ask(), waits ? SOON : LATER);
  }
}
