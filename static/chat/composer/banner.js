// The banner above the composer, which shows why questions are not answered now, and the status line of the model and the
// connection at the foot of the list.

/**
 * @import { DownloadProgress, Health } from "../types.js"
 * @import { Connection } from "../transport/connection.js"
 * @import { ServerStatus } from "../transport/server-status.js"
 */

import { PREFIX } from "../transport/path-prefix.js";
import { byId, h, logo, setText } from "../ui/dom.js";
import { amount } from "../ui/format.js";

const BYTES_PER_MB = 1e6;
const LOST_DELAY = 1_500; // milliseconds until a lost connection is shown: most are back before

/**
 * @typedef {object} State
 * @property {"" | "good" | "warn" | "bad"} kind
 * @property {string} short
 * @property {string} [title] without one, there is no banner
 * @property {string} [detail]
 * @property {DownloadProgress} [progress]
 * @property {boolean} [busy]
 * @property {{ label: string, run: () => void }[]} [actions]
 */

/** @type {Record<string, State>} */
const HEALTH_STATES = {
  loading: {
    kind: "warn",
    short: "Loading…",
    title: "The model is being loaded.",
    detail: "Questions are answered once it is ready.",
  },
  downloading: { kind: "warn", short: "Downloading…", title: "The model is being downloaded." },
  paused: { kind: "warn", short: "Paused", title: "Answers are paused." },
  draining: {
    kind: "warn",
    short: "Restarting…",
    title: "The server is shutting down.",
    detail: "Running answers are finished first. This page reconnects automatically.",
  },
  failed: { kind: "bad", short: "Not running", title: "The engine is not running." },
};

/**
 * @param {ServerStatus} status
 * @param {Connection} connection
 */
export function showServerState(status, connection) {
  const banner = byId("banner");
  const foot = byId("state");
  let shown = "";
  let lostAt = 0;
  const show = () => {
    const state = currentState(status, connection, lostAt > 0 && Date.now() - lostAt >= LOST_DELAY);
    foot.dataset.state = state.kind;
    setText(foot, state.short);
    const key = JSON.stringify([state.title, state.detail, state.progress]);
    if (key === shown) return;
    shown = key;
    banner.hidden = !state.title;
    banner.classList.toggle("bad", state.kind === "bad");
    banner.replaceChildren(...(state.title ? content(state) : []));
  };
  status.on("change", show);
  connection.on("state", () => {
    lostAt = connection.state === "lost" ? lostAt || Date.now() : 0;
    if (lostAt) setTimeout(show, LOST_DELAY);
    show();
  });
  show();
}

/**
 * @param {ServerStatus} status
 * @param {Connection} connection
 * @param {boolean} lost whether the connection has been lost for a while
 * @returns {State}
 */
function currentState({ health, model, notice }, connection, lost) {
  const reload = { label: "Reload", run: () => location.reload() };
  if (connection.state === "ended") {
    const signInPath = `${PREFIX}/accounts/sign-in?next=${encodeURIComponent(location.pathname)}`;
    return {
      kind: "bad",
      short: "Signed out",
      title: "Your session has ended.",
      detail: "Your text is saved. Sign in again, or reload to continue as a visitor.",
      actions: [{ label: "Sign in", run: () => location.assign(signInPath) }, reload],
    };
  }
  if (connection.state === "outdated") {
    const title = "This page is older than the server.";
    return { kind: "warn", short: "Reload needed", title, detail: "Your text is saved.", actions: [reload] };
  }
  if (lost && connection.refused) {
    const title = "Too many pages of this server are open.";
    return { kind: "warn", short: "Reconnecting…", title, detail: "Close some. This page reconnects automatically." };
  }
  if (lost) {
    const detail = "Answers continue on the server, and your text is saved.";
    return { kind: "warn", short: "Reconnecting…", title: "Reconnecting…", detail, busy: true };
  }
  if (!health || connection.state === "connecting") return { kind: "", short: "Connecting…" };
  if (health.status === "ok" || health.status === "degraded") {
    const name = notice ? "demo model" : model;
    return { kind: "good", short: name ? `Ready · ${name}` : "Ready" };
  }
  return healthState(health);
}

/**
 * @param {Health} health
 * @returns {State}
 */
function healthState({ status, detail, progress }) {
  const state = HEALTH_STATES[status] ?? { kind: "warn", short: status, title: "" };
  const shownDetail = detail === state.title ? (state.detail ?? "") : detail;
  return { ...state, detail: shownDetail, busy: state.kind === "warn", ...(progress ? { progress } : {}) };
}

/** @param {State} state */
function content({ title = "", detail = "", progress, busy, actions = [] }) {
  /** @type {HTMLElement[]} */
  const children = [h("p", {}, h("b", {}, title), " ", detail)];
  if (busy) children.unshift(logo(true));
  if (progress?.total_bytes) children.push(progressBar(progress.bytes, progress.total_bytes));
  for (const { label, run } of actions) children.push(h("button.outlined", { onclick: run }, label));
  return children;
}

/**
 * @param {number} bytes
 * @param {number} total
 */
function progressBar(bytes, total) {
  const megabytes = (/** @type {number} */ value) => amount(Math.round(value / BYTES_PER_MB));
  const text = `${Math.floor((100 * bytes) / total)}%, ${megabytes(bytes)} of ${megabytes(total)} MB`;
  const bar = h("progress", { max: total, value: bytes, "aria-label": "Downloaded" });
  return h("div.progress", {}, bar, h("span.quiet.numbers", {}, text));
}
