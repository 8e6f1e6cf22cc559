// How an answer came about: one line, which opens into where the time went and what it was made with.

import { h } from "./dom.js";
import { amount, count, dateAndTime, reason, seconds, speed } from "./words.js";

const PHASES = [
  ["queue", "Queue", "Waiting for a place"],
  ["prompt", "Prompt", "Reading the conversation"],
  ["first_token", "First token", "Until the first token"],
  ["decode", "Answer", "Making the answer"],
];

const total = (run) => PHASES.reduce((sum, [name]) => sum + (run.timings?.[name] ?? 0), 0);

// "96 tokens · 18.4 tokens/s · 5.9 s", over all runs of an answer.
export function summary(runs) {
  const tokens = runs.reduce((sum, run) => sum + run.generated_tokens, 0);
  const decoding = runs.reduce((sum, run) => sum + (run.timings?.decode ?? 0), 0);
  const time = runs.reduce((sum, run) => sum + total(run), 0);
  return [count(tokens, "token"), speed(tokens, decoding), seconds(time)].filter(Boolean).join(" · ");
}

// The receipt of all runs, the first one first.
export function receipt(runs) {
  return h("div.receipt", {}, runs.map((run, at) => runReceipt(run, runs.length > 1 ? `Part ${at + 1} of ${runs.length}` : "")));
}

function runReceipt(run, title) {
  return h("section", { "aria-label": title || "How this answer came about" }, title && h("h3", {}, title), waterfall(run), facts(run));
}

// Each phase as a bar that begins where the one before it ended.
function waterfall(run) {
  const whole = total(run) || 1;
  let start = 0;
  const rows = PHASES.flatMap(([name, word, title]) => {
    const time = run.timings?.[name] ?? 0;
    const bar = h(`span.bar.${name}`);
    bar.style.left = `${(100 * start) / whole}%`;
    bar.style.width = `${(100 * time) / whole}%`;
    start += time;
    return [h("dt", { title }, word), h("dd", {}, h("span.track", { "aria-hidden": "true" }, bar), h("span.time", {}, time ? seconds(time) : "0 s"))];
  });
  return h("dl.waterfall", {}, rows);
}

function facts(run) {
  const reused = run.reused_tokens ?? 0;
  const rows = [
    ["Ended", run.finish_reason === "stop" ? "by itself" : reason(run.finish_reason)],
    ["Prompt", `${count(run.prompt_tokens, "token")}${reused ? `, ${amount(reused)} remembered` : ", all read anew"}`],
    ["Answer", `${count(run.generated_tokens, "token")}${run.max_tokens ? ` of at most ${amount(run.max_tokens)}` : ""}`],
    ["Sampling", `temperature ${run.temperature ?? "?"}, top-p ${run.top_p ?? "?"}`],
    ["Seed", run.seed],
    ["Model", run.model],
    ["Context", run.context_size && count(run.context_size, "token")],
    ["Threads", run.threads],
    ["At", dateAndTime(run.at)],
  ];
  const known = rows.filter(([, value]) => value !== null && value !== undefined);
  return h("dl.facts", {}, known.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value)))));
}
