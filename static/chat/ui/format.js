// Numbers, times and states as text.

const number = new Intl.NumberFormat("en");
const month = new Intl.DateTimeFormat("en", { month: "long", year: "numeric" });
const ORDINALS = ["Next", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth"];

/** @type {Record<string, string>} */
const FINISH_REASONS = {
  stop: "End of answer",
  length: "Reached the token limit",
  cancelled: "Stopped",
  error: "Failed",
};

/**
 * "2,048"
 *
 * @param {number} value
 */
export function amount(value) {
  return number.format(value);
}

/**
 * "1 token", "2,048 tokens"
 *
 * @param {number} value
 * @param {string} noun
 */
export function count(value, noun) {
  return `${number.format(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/**
 * "20 ms", "5.9 s", "12 s", "2 min 5 s"
 *
 * @param {number} value
 */
export function seconds(value) {
  if (value < 0.05 && value > 0) return `${Math.max(1, Math.round(value * 1000))} ms`;
  if (value < 9.95) return `${value.toFixed(1)} s`;
  return wholeSeconds(Math.round(value));
}

/**
 * "6 s", "2 min 5 s"
 *
 * @param {number} whole
 */
export function wholeSeconds(whole) {
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
}

/**
 * "18.4 tokens/s"; empty if the server does not know it.
 *
 * @param {number | null} rate
 */
export function speed(rate) {
  if (!rate) return "";
  return `${rate < 99.95 ? rate.toFixed(1) : number.format(Math.round(rate))} tokens/s`;
}

/**
 * "Second in line, about 12 s"
 *
 * @param {number} position from 1
 * @param {number | null | undefined} estimate in seconds
 */
export function placeInLine(position, estimate) {
  const place = ORDINALS[position - 1] ?? `${number.format(position)}th`;
  if (estimate === null || estimate === undefined) return `${place} in line`;
  return `${place} in line, about ${estimate < 59.5 ? `${Math.max(1, Math.round(estimate))} s` : seconds(estimate)}`;
}

/**
 * "Today", "Yesterday", "Last 7 days", "Last 30 days", "October 2025"
 *
 * @param {string} iso
 */
export function dayGroup(iso, now = new Date()) {
  const date = new Date(iso);
  const days = (startOfDay(now) - startOfDay(date)) / 86_400_000;
  if (days < 0.5) return "Today";
  if (days < 1.5) return "Yesterday";
  if (days < 7.5) return "Last 7 days";
  if (days < 30.5) return "Last 30 days";
  return month.format(date);
}

/** @param {Date} date */
function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/**
 * "2026-11-26 14:05", in the browser's time zone.
 *
 * @param {string} iso
 */
export function dateAndTime(iso) {
  const date = new Date(iso);
  return `${day(iso)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * "2026-11-26", in the browser's time zone.
 *
 * @param {string} iso
 */
export function day(iso) {
  const date = new Date(iso);
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
}

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/**
 * Why a run ended.
 *
 * @param {string} finishReason
 */
export function finishReasonText(finishReason) {
  return FINISH_REASONS[finishReason] ?? finishReason;
}
