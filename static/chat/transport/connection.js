// The socket to the server, and its reconnection. This module knows which frames answer a request, but not what they mean.

/** @import { ClientFrame, CountedFrame, DoneFrame, ErrorBody, FieldErrors, SavedFrame, ServerFrame } from "../types.js" */

import { newId } from "../ui/dom.js";
import { Emitter } from "./emitter.js";

const VERSION = 1;

// Milliseconds
const IDLE_BEFORE_PING = 9_000;
const PING_TIMEOUT = 8_000;
const PING_TIMEOUT_AFTER_SLEEP = 3_000;
const OPEN_TIMEOUT = 10_000;
const MIN_RETRY_DELAY = 400;
const MAX_RETRY_DELAY = 20_000;
const RETRY_DELAY_WHEN_REFUSED = 15_000;
const SLEEP_DETECTION = 5_000; // a timer that is later than this was suspended with the machine or the page

const CLOSE_NO_SESSION = 4401;
const CLOSE_TOO_MUCH = 4429;

/** @typedef {"connecting" | "open" | "lost" | "ended" | "outdated"} State */

/**
 * @typedef {object} Request
 * @property {ClientFrame & { request: string }} frame
 * @property {boolean} repeatable
 * @property {boolean} sent
 * @property {(frame: SavedFrame | DoneFrame | CountedFrame) => void} resolve
 * @property {(error: FrameError) => void} reject
 */

/** @typedef {{ state: undefined, frame: ServerFrame }} Events */

/** A request that the server refused, or whose outcome is unknown (`code` "connection_lost"). */
export class FrameError extends Error {
  /** @param {ErrorBody} body */
  constructor({ code, detail, fields }) {
    super(detail);
    this.code = code;
    /** @type {FieldErrors} */
    this.fields = fields ?? {};
  }
}

const sessionEnded = () =>
  new FrameError({ code: "session_ended", detail: "This page is no longer connected. Reload it, then try again." });

/**
 * States: "connecting" at first; "open"; "lost", while it is retried; "ended", without a session; "outdated", if the
 * server speaks another version.
 *
 * @extends {Emitter<Events>}
 */
export class Connection extends Emitter {
  /** @type {State} */
  state = "connecting";
  /** Whether there were too many sockets or frames. It is retried later. */
  refused = false;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, Request>} */
  #requests = new Map();
  #attempts = 0;
  /** When the last frame arrived. */
  #lastFrameAt = 0;
  /** When the ping was sent that is not answered yet; 0 if there is none. */
  #pingSentAt = 0;
  #pingTimeout = PING_TIMEOUT;
  #timer = 0;
  #retryTimer = 0;

  /** @param {string} path */
  constructor(path) {
    super();
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    for (const name of ["online", "focus", "pageshow"]) addEventListener(name, () => this.#wake());
    addEventListener("offline", () => this.#ping(PING_TIMEOUT_AFTER_SLEEP));
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake());
  }

  get open() {
    return this.state === "open";
  }

  /**
   * Send a frame and return the frame that answers it. Raise FrameError.
   *
   * If the connection is lost before the answer, a repeatable frame is sent again; any other is rejected with the code
   * "connection_lost", because its outcome is unknown.
   *
   * @param {ClientFrame} frame
   * @returns {Promise<SavedFrame | DoneFrame | CountedFrame>}
   */
  request(frame, { repeatable = true } = {}) {
    return new Promise((resolve, reject) => {
      const request = newId();
      if (this.state === "ended" || this.state === "outdated") {
        reject(sessionEnded());
        return;
      }
      const sent = this.open;
      const whole = { ...frame, request };
      this.#requests.set(request, { frame: whole, repeatable, sent, resolve, reject });
      if (sent) this.#send(whole);
    });
  }

  connect() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = 0;
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#checkAfter(OPEN_TIMEOUT);
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lose(code);
  }

  /** @param {ServerFrame} frame */
  #receive(frame) {
    this.#lastFrameAt = Date.now();
    this.#pingSentAt = 0;
    if (frame.type === "hello") this.#open(frame.version);
    const id = "request" in frame ? frame.request : null;
    const request = id === null ? undefined : this.#requests.get(id);
    if (request && id !== null) this.#requests.delete(id);
    if (request && frame.type === "error") request.reject(new FrameError(frame));
    this.emit("frame", frame);
    if (request && (frame.type === "saved" || frame.type === "done" || frame.type === "counted"))
      request.resolve(frame);
  }

  /** @param {number} version */
  #open(version) {
    if (version !== VERSION) {
      this.#end("outdated");
      return;
    }
    this.#attempts = 0;
    this.refused = false;
    this.#pingTimeout = PING_TIMEOUT;
    this.#checkAfter(IDLE_BEFORE_PING);
    this.#setState("open");
    for (const [id, request] of [...this.#requests]) {
      if (request.sent && !request.repeatable) {
        this.#requests.delete(id);
        const detail = "The connection was lost before the server confirmed this.";
        request.reject(new FrameError({ code: "connection_lost", detail }));
      } else {
        request.sent = true;
        this.#send(request.frame);
      }
    }
  }

  /** @param {ClientFrame & { request: string }} frame */
  #send(frame) {
    this.#socket?.send(JSON.stringify(frame));
  }

  /**
   * Check the socket after a time, by the only timer: ping it if it was idle, close it if the ping was not answered.
   *
   * @param {number} delay
   */
  #checkAfter(delay) {
    clearTimeout(this.#timer);
    const set = Date.now();
    this.#timer = setTimeout(() => {
      const now = Date.now();
      if (!this.open) this.#lose();
      else if (this.#pingSentAt) {
        const waited = now - this.#pingSentAt;
        if (waited >= this.#pingTimeout) this.#lose();
        else this.#checkAfter(this.#pingTimeout - waited);
      } else {
        const slept = now - set > delay + SLEEP_DETECTION;
        const idle = now - this.#lastFrameAt;
        if (slept) this.#ping(PING_TIMEOUT_AFTER_SLEEP);
        else if (idle >= IDLE_BEFORE_PING) this.#ping(PING_TIMEOUT);
        else this.#checkAfter(IDLE_BEFORE_PING - idle);
      }
    }, delay);
  }

  /** @param {number} timeout */
  #ping(timeout) {
    if (!this.open) return;
    if (!this.#pingSentAt) {
      this.#pingSentAt = Date.now();
      this.#send({ type: "ping", request: newId() });
    }
    this.#pingTimeout = timeout;
    this.#checkAfter(timeout);
  }

  /** The page is visible again, or the network is back: check the connection now. */
  #wake() {
    if (this.open) {
      if (Date.now() - this.#lastFrameAt > PING_TIMEOUT_AFTER_SLEEP) this.#ping(PING_TIMEOUT_AFTER_SLEEP);
    } else if (this.#retryTimer && !this.refused) this.connect();
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#pingSentAt = 0;
    if (!this.#socket) return;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }

  /** @param {number} [code] of the close frame */
  #lose(code) {
    this.#drop();
    if (code === CLOSE_NO_SESSION) {
      this.#end("ended");
      return;
    }
    this.refused = code === CLOSE_TOO_MUCH;
    const backoff = Math.min(MAX_RETRY_DELAY, MIN_RETRY_DELAY * 2 ** this.#attempts);
    const delay = this.refused ? RETRY_DELAY_WHEN_REFUSED : backoff;
    this.#attempts += 1;
    this.#retryTimer = setTimeout(() => this.connect(), delay * (0.6 + 0.4 * Math.random()));
    this.#setState("lost");
  }

  /** @param {"ended" | "outdated"} state */
  #end(state) {
    this.#drop();
    this.#setState(state);
    for (const request of this.#requests.values()) request.reject(sessionEnded());
    this.#requests.clear();
  }

  /** @param {State} state */
  #setState(state) {
    this.state = state;
    this.emit("state", undefined);
  }
}
