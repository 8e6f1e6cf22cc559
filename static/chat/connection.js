// The socket to the server: it is there, or it is being got back. What the frames mean is not known here, beyond which
// of them answer a request; the frames are described in the server's chat/transport/frames.py.

import { newId } from "./dom.js";

const VERSION = 1;
const QUIET = 9_000; // milliseconds without a frame until the server is asked whether it is there
const NO_ANSWER = 8_000; // … and until the socket is given up
const NO_ANSWER_AFTER_SLEEP = 3_000;
const TO_OPEN = 10_000;
const LONGEST_WAIT = 20_000; // between two attempts
const WAIT_WHEN_REFUSED = 15_000;
const CLOSE_NO_SESSION = 4401;
const CLOSE_TOO_MUCH = 4429;

// A request that the server refused, or whose fate is not known (`code` "connection_lost").
export class FrameError extends Error {
  constructor({ code, detail, fields }) {
    super(detail);
    this.code = code;
    this.fields = fields ?? {};
  }
}

// States: "connecting" at first, "open", "lost" (it is tried again), "ended" (no session any more), "outdated" (the
// server speaks another version). Events: "state"; "frame" with a frame of the server as `detail`.
export class Connection extends EventTarget {
  state = "connecting";
  refused = false; // too many sockets or frames: it is tried again, later
  #socket = null;
  #requests = new Map(); // request → { frame, again, resolve, reject }
  #attempts = 0;
  #heard = 0; // when the last frame came
  #asked = 0; // when the server was asked whether it is there; 0: it was heard since
  #patience = NO_ANSWER;
  #timer = 0;
  #retry = 0;

  constructor(path) {
    super();
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    for (const name of ["online", "focus", "pageshow"]) addEventListener(name, () => this.#wake());
    addEventListener("offline", () => this.#ask(NO_ANSWER_AFTER_SLEEP));
    document.addEventListener("visibilitychange", () => document.hidden || this.#wake());
  }

  get open() {
    return this.state === "open";
  }

  // Sends a frame and resolves to the one that answers it, however often the connection is lost between. `again` says
  // whether it may be sent twice; if not, and the connection is lost, its fate is unknown and it is rejected.
  request(frame, { again = true } = {}) {
    return new Promise((resolve, reject) => {
      const whole = { ...frame, request: newId() };
      if (this.state === "ended" || this.state === "outdated") {
        reject(new FrameError({ code: "session_ended", detail: "This page is no longer connected. Reload it, then try again." }));
        return;
      }
      const sent = this.open;
      this.#requests.set(whole.request, { frame: whole, again, sent, resolve, reject });
      if (sent) this.#send(whole);
    });
  }

  connect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#watch(TO_OPEN);
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => this.#lose(code);
  }

  #receive(frame) {
    this.#heard = Date.now();
    this.#asked = 0;
    if (frame.type === "hello") this.#greet(frame);
    const waiting = this.#requests.get(frame.request);
    if (waiting) {
      this.#requests.delete(frame.request);
      if (frame.type === "error") waiting.reject(new FrameError(frame));
    }
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
    if (waiting && frame.type !== "error") waiting.resolve(frame);
  }

  #greet(frame) {
    if (frame.version !== VERSION) {
      this.#end("outdated");
      return;
    }
    this.#attempts = 0;
    this.refused = false;
    this.#patience = NO_ANSWER;
    this.#watch(QUIET);
    this.#become("open");
    for (const [request, waiting] of [...this.#requests]) {
      if (waiting.sent && !waiting.again) {
        this.#requests.delete(request);
        waiting.reject(new FrameError({ code: "connection_lost", detail: "The connection was lost before the server confirmed this." }));
      } else {
        waiting.sent = true;
        this.#send(waiting.frame);
      }
    }
  }

  #send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  // One timer looks after the socket: quiet for a while, it asks; not answered, it gives the socket up.
  #watch(after) {
    clearTimeout(this.#timer);
    const set = Date.now();
    this.#timer = setTimeout(() => {
      if (!this.open) return this.#lose();
      const now = Date.now();
      if (this.#asked) return now - this.#asked >= this.#patience ? this.#lose() : this.#watch(this.#patience - (now - this.#asked));
      const slept = now - set > after + 5_000; // the machine slept, or this page did
      if (now - this.#heard >= QUIET || slept) return this.#ask(slept ? NO_ANSWER_AFTER_SLEEP : NO_ANSWER);
      return this.#watch(QUIET - (now - this.#heard));
    }, after);
  }

  #ask(patience) {
    if (!this.open) return;
    if (!this.#asked) {
      this.#asked = Date.now();
      this.#send({ type: "ping", request: newId() });
    }
    this.#patience = patience;
    this.#watch(patience);
  }

  // Somebody looks at the page again, or the network is back: no waiting now.
  #wake() {
    if (this.open) {
      if (Date.now() - this.#heard > NO_ANSWER_AFTER_SLEEP) this.#ask(NO_ANSWER_AFTER_SLEEP);
    } else if (this.#retry && !this.refused) this.connect();
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#asked = 0;
    if (!this.#socket) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }

  #lose(code) {
    this.#drop();
    if (code === CLOSE_NO_SESSION) return this.#end("ended");
    this.refused = code === CLOSE_TOO_MUCH;
    const wait = this.refused ? WAIT_WHEN_REFUSED : Math.min(LONGEST_WAIT, 400 * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#retry = setTimeout(() => this.connect(), wait * (0.6 + 0.4 * Math.random()));
    this.#become("lost");
  }

  #end(state) {
    this.#drop();
    this.#become(state);
    for (const waiting of this.#requests.values()) {
      waiting.reject(new FrameError({ code: "session_ended", detail: "This page is no longer connected. Reload it, then try again." }));
    }
    this.#requests.clear();
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
