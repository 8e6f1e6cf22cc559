// The box above the composer: what keeps questions from being answered now, and the small line about the model and the
// connection at the foot of the list.

import { h, mark, setText } from "./dom.js";
import { amount } from "./words.js";

const BYTES = 1e6;
const LOST_FOR = 1_500; // milliseconds without a connection until it is told: most are back before

// Shows what status and connection say, as long as they say it.
export function showState(status, connection) {
  const banner = document.getElementById("banner");
  const foot = document.getElementById("state");
  let shown = "";
  let lost = 0;
  const show = () => {
    const state = stateOf(status, connection, lost && Date.now() - lost >= LOST_FOR);
    foot.dataset.state = state.kind;
    setText(foot, state.short);
    const key = JSON.stringify([state.title, state.detail, state.progress]);
    if (key === shown) return;
    shown = key;
    banner.hidden = !state.title;
    banner.classList.toggle("bad", state.kind === "bad");
    banner.replaceChildren(...(state.title ? content(state) : []));
  };
  status.addEventListener("change", show);
  connection.addEventListener("state", () => {
    lost = connection.state === "lost" ? lost || Date.now() : 0;
    if (lost) setTimeout(show, LOST_FOR);
    show();
  });
  show();
}

function stateOf({ health, model, notice }, connection, lost) {
  const name = notice ? "demo model" : (model?.name ?? model ?? "");
  const reload = { word: "Reload", run: () => location.reload() };
  if (connection.state === "ended") {
    const run = () => location.assign(`/accounts/sign-in?next=${encodeURIComponent(location.pathname)}`);
    return { kind: "bad", short: "Signed out", title: "Your session has ended.", detail: "What you typed is kept. Sign in again, or reload to go on as a visitor.", actions: [{ word: "Sign in", run }, reload] };
  }
  if (connection.state === "outdated") return { kind: "warn", short: "Reload needed", title: "This page is older than the server.", detail: "What you typed is kept.", actions: [reload] };
  if (lost && connection.refused) return { kind: "warn", short: "Reconnecting…", title: "Too many pages of this server are open.", detail: "Close some; this one connects again by itself." };
  if (lost) return { kind: "warn", short: "Reconnecting…", title: "Reconnecting…", detail: "Answers go on being made, and nothing that was typed is lost.", busy: true };
  if (!health || connection.state === "connecting") return { kind: "", short: "Connecting…" };
  if (health.status === "ok" || health.status === "degraded") return { kind: "good", short: ["Ready", name].filter(Boolean).join(" · ") };
  const kinds = {
    loading: ["warn", "Loading…", "The model is being loaded.", "Questions are answered as soon as it is there."],
    downloading: ["warn", "Downloading…", "The model is being fetched."],
    paused: ["warn", "Paused", "Answers are paused."],
    draining: ["warn", "Restarting…", "The server is shutting down.", "Answers that run are finished first. This page comes back by itself."],
    failed: ["bad", "Not running", "The engine is not running."],
  };
  const [kind, short, title, more] = kinds[health.status] ?? ["warn", health.status, ""];
  return { kind, short, title, detail: health.detail === title ? more : health.detail, progress: health.progress, busy: kind === "warn" };
}

function content({ title, detail, progress, busy, actions = [] }) {
  return [
    busy ? mark(true) : null,
    h("p", {}, h("b", {}, title), " ", detail),
    progress?.total_bytes ? bar(progress) : null,
    ...actions.map(({ word, run }) => h("button.outlined", { onclick: run }, word)),
  ].filter(Boolean);
}

function bar({ bytes, total_bytes: total }) {
  const words = `${Math.floor((100 * bytes) / total)}%, ${amount(Math.round(bytes / BYTES))} of ${amount(Math.round(total / BYTES))} MB`;
  return h("div.progress", {}, h("progress", { max: total, value: bytes, "aria-label": "Fetched" }), h("span.quiet.numbers", {}, words));
}
