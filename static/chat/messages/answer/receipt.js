// How an answer was generated: one line of numbers, and the details that it opens.

/** @import { Run, Timings } from "../../types.js" */

import { h } from "../../ui/dom.js";
import { amount, count, dateAndTime, finishReasonText, seconds, speed } from "../../ui/format.js";

// The first token follows the prompt within a millisecond or two, so that it has no bar of its own.
/** @type {{ name: string, parts: (keyof Timings)[], label: string, title: string }[]} */
const PHASES = [
  { name: "queue", parts: ["queue"], label: "Queue", title: "Waiting in the queue" },
  { name: "prompt", parts: ["prompt", "first_token"], label: "Prompt", title: "Reading the conversation" },
  { name: "decode", parts: ["decode"], label: "Answer", title: "Generating the answer" },
];

/**
 * Return the seconds that a run spent in these parts.
 *
 * @param {Run} run
 * @param {(keyof Timings)[]} parts
 */
const timeIn = (run, parts) => parts.reduce((sum, part) => sum + (run.timings?.[part] ?? 0), 0);

/**
 * Return the seconds of a run, its wait in the queue included.
 *
 * @param {Run} run
 */
export const totalTime = (run) => timeIn(run, ["queue", "prompt", "first_token", "decode"]);

/**
 * "SmolLM2 · Q4_1 · 96 tokens · 18.4 tokens/s · 5.9 s", over all runs of an answer.
 *
 * @param {Run[]} runs
 * @param {number | null} tokensPerSecond
 */
export function summary(runs, tokensPerSecond) {
  const tokens = runs.reduce((sum, run) => sum + run.generated_tokens, 0);
  const time = runs.reduce((sum, run) => sum + totalTime(run), 0);
  const models = [...new Set(runs.map((run) => run.model))].join(", ");
  return [models, count(tokens, "token"), speed(tokensPerSecond), seconds(time)].filter(Boolean).join(" · ");
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
  const rows = PHASES.flatMap(({ name, parts, label, title }) => {
    const time = timeIn(run, parts);
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
    ["First token", run.generated_tokens ? `after ${seconds(timeIn(run, ["queue", "prompt", "first_token"]))}` : null],
    ["Prompt", `${count(run.prompt_tokens, "token")}, ${reused ? amount(reused) : "none"} cached`],
    [
      "Answer",
      `${count(run.generated_tokens, "token")}${run.max_tokens ? ` of at most ${amount(run.max_tokens)}` : ""}`,
    ],
    ["Thinking", run.reasoning_tokens ? `${count(run.reasoning_tokens, "token")} of these` : null],
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
