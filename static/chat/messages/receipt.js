// How an answer was generated: one line of numbers, and the details that it opens.

/** @import { Run, Timings } from "../types.js" */

import { h } from "../ui/dom.js";
import { amount, count, dateAndTime, finishReasonText, seconds, speed } from "../ui/format.js";

/** @type {{ name: keyof Timings, label: string, title: string }[]} */
const PHASES = [
  { name: "queue", label: "Queue", title: "Waiting in the queue" },
  { name: "prompt", label: "Prompt", title: "Reading the conversation" },
  { name: "first_token", label: "First token", title: "Until the first token" },
  { name: "decode", label: "Answer", title: "Generating the answer" },
];

/** @param {Run} run */
const totalTime = (run) => PHASES.reduce((sum, { name }) => sum + (run.timings?.[name] ?? 0), 0);

/**
 * "96 tokens · 18.4 tokens/s · 5.9 s", over all runs of an answer.
 *
 * @param {Run[]} runs
 * @param {number | null} tokensPerSecond
 */
export function summary(runs, tokensPerSecond) {
  const tokens = runs.reduce((sum, run) => sum + run.generated_tokens, 0);
  const time = runs.reduce((sum, run) => sum + totalTime(run), 0);
  return [count(tokens, "token"), speed(tokensPerSecond), seconds(time)].filter(Boolean).join(" · ");
}

/**
 * Make the details of all runs, in order.
 *
 * @param {Run[]} runs
 */
export function receipt(runs) {
  const sections = runs.map((run, index) => section(run, runs.length > 1 ? `Part ${index + 1} of ${runs.length}` : ""));
  return h("div.receipt", {}, sections);
}

/**
 * @param {Run} run
 * @param {string} title
 */
function section(run, title) {
  const name = title || "How this answer was generated";
  return h("section", { "aria-label": name }, title && h("h3", {}, title), waterfall(run), facts(run));
}

/**
 * Each phase as a bar that begins where the previous one ended.
 *
 * @param {Run} run
 */
function waterfall(run) {
  const whole = totalTime(run) || 1;
  let start = 0;
  const rows = PHASES.flatMap(({ name, label, title }) => {
    const time = run.timings?.[name] ?? 0;
    const bar = h(`span.bar.${name}`);
    bar.style.left = `${(100 * start) / whole}%`;
    bar.style.width = `${(100 * time) / whole}%`;
    start += time;
    const track = h("span.track", { "aria-hidden": "true" }, bar);
    return [h("dt", { title }, label), h("dd", {}, track, h("span.time", {}, time ? seconds(time) : "0 s"))];
  });
  return h("dl.waterfall", {}, rows);
}

/** @param {Run} run */
function facts(run) {
  const reused = run.reused_tokens ?? 0;
  /** @type {[string, string | number | null | undefined][]} */
  const rows = [
    ["Ended", finishReasonText(run.finish_reason)],
    ["Prompt", `${count(run.prompt_tokens, "token")}, ${reused ? amount(reused) : "none"} cached`],
    [
      "Answer",
      `${count(run.generated_tokens, "token")}${run.max_tokens ? ` of at most ${amount(run.max_tokens)}` : ""}`,
    ],
    ["Sampling", `temperature ${run.temperature ?? "?"}, top-p ${run.top_p ?? "?"}`],
    ["Seed", run.seed],
    ["Model", run.model],
    ["Context", run.context_size ? count(run.context_size, "token") : null],
    ["Threads", run.threads],
    ["Time", dateAndTime(run.at)],
  ];
  const known = rows.filter(([, value]) => value !== null && value !== undefined);
  const items = known.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value))));
  return h("dl.facts", {}, items);
}
