/**
 * @import { Defaults, Health, Limits, OfferedModel, PageTexts, StatusOfServer } from "../types.js"
 * @import { Connection } from "./connection.js"
 */

import { fetchStatus } from "./api.js";
import { Emitter } from "./emitter.js";

// Milliseconds until the status is fetched again, by health. A healthy server's settings may change too.
const INTERVAL_STARTING = 2_000;
const INTERVAL_FAILED = 15_000;
const INTERVAL_HEALTHY = 60_000;

/** @typedef {{ change: undefined }} Events "change": something changed, or the status was fetched for the first time */

/**
 * The server's health, model, defaults and limits, and the operator's texts for the page. Null until they are fetched.
 *
 * @extends {Emitter<Events>}
 */
export class ServerStatus extends Emitter {
  /** @type {Health | null} */
  health = null;
  /** @type {string | null} */
  model = null;
  /** @type {string | null} */
  notice = null;
  /** @type {OfferedModel[]} the default one first; empty until the engine runs */
  models = [];
  /** @type {Defaults | null} */
  defaults = null;
  /** @type {Limits | null} */
  limits = null;
  /** @type {PageTexts | null} */
  page = null;
  /** Whether the server has answered once, or cannot be reached. */
  fetched = false;
  #timer = 0;
  #emitted = "";

  /** @param {Connection} connection */
  constructor(connection) {
    super();
    connection.on("frame", (frame) => {
      if (frame.type === "hello" && this.fetched) this.refresh();
      if (frame.type === "status") this.#update(frame.status);
    });
  }

  /** Whether questions can be sent. One that is sent while the model is being loaded waits for it. */
  get acceptsQuestions() {
    return !this.health || ["ok", "degraded", "loading"].includes(this.health.status);
  }

  /** Fetch the status, now and from time to time. */
  async refresh() {
    clearTimeout(this.#timer);
    try {
      this.#update(await fetchStatus());
    } catch {
      // The connection shows the problem; the next fetch may succeed.
      this.#update(this);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), this.#interval);
  }

  /**
   * Return the model with this id; the default one for null, and undefined if it is not offered.
   *
   * @param {string | null} id
   */
  find(id) {
    return id === null ? this.models[0] : this.models.find((each) => each.id === id);
  }

  /** @param {Omit<StatusOfServer, "sign_up"> | ServerStatus} status */
  #update({ health, model, notice, models, defaults, limits, page }) {
    Object.assign(this, { health, model, notice, models, defaults, limits, page });
    this.fetched = true;
    const state = JSON.stringify([health, model, notice, models, defaults, limits, page]);
    if (state === this.#emitted) return;
    this.#emitted = state;
    this.emit("change", undefined);
  }

  get #interval() {
    if (this.health?.status === "ok") return INTERVAL_HEALTHY;
    return this.health?.status === "failed" ? INTERVAL_FAILED : INTERVAL_STARTING;
  }
}
