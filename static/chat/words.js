// Numbers, times and states in words.

const number = new Intl.NumberFormat("en");
const month = new Intl.DateTimeFormat("en", { month: "long", year: "numeric" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const ORDINALS = ["Next", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth"];

// "2,048"
export function amount(value) {
  return number.format(value);
}

// "1 token", "2,048 tokens"
export function count(value, word) {
  return `${number.format(value)} ${word}${value === 1 ? "" : "s"}`;
}

// "0.2 s", "5.9 s", "12 s", "2 min 5 s"
export function seconds(value) {
  if (value < 0.05 && value > 0) return `${Math.max(1, Math.round(value * 1000))} ms`;
  if (value < 9.95) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
}

// "18.4 tokens/s"; empty where there is too little to go by.
export function speed(tokens, time) {
  if (!tokens || !time || time < 0.001) return "";
  const rate = tokens / time;
  return `${rate < 99.95 ? rate.toFixed(1) : number.format(Math.round(rate))} tokens/s`;
}

// "Second in line, about 12 s"
export function placeInLine(position, estimate) {
  const place = position <= ORDINALS.length ? ORDINALS[position - 1] : `${number.format(position)}th`;
  if (estimate === null || estimate === undefined) return `${place} in line`;
  return `${place} in line, about ${estimate < 59.5 ? `${Math.max(1, Math.round(estimate))} s` : seconds(estimate)}`;
}

// "Today", "Yesterday", "Last 7 days", "Last 30 days", "October 2025"
export function dayGroup(iso, now = new Date()) {
  const date = new Date(iso);
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const days = (today - new Date(date.getFullYear(), date.getMonth(), date.getDate())) / 86_400_000;
  if (days < 0.5) return "Today";
  if (days < 1.5) return "Yesterday";
  if (days < 7.5) return "Last 7 days";
  if (days < 30.5) return "Last 30 days";
  return month.format(date);
}

// "12 Oct 2025, 14:03", as the reader's language has it.
export function dateAndTime(iso) {
  return moment.format(new Date(iso));
}

// Why a run ended.
export function reason(finishReason) {
  const reasons = { stop: "ended by itself", length: "cut at its length", cancelled: "stopped", error: "failed" };
  return reasons[finishReason] ?? finishReason;
}
