// Answers read aloud by the browser's voices: one at a time, and only when it was asked for.

import { languageOf } from "./language.js";

const MAX_CHARS = 200; // of a piece: some browsers stop in the middle of a longer one
const BLOCKS = "p, li, h1, h2, h3, h4, h5, h6, td, th, blockquote, summary, dt, dd, hr, br";

let reading = 0; // counts what was started
/** @type {() => void} */
let ended = () => {};

/** Whether the browser has a voice. Some browsers load theirs after the page. */
export const canSpeak = () => "speechSynthesis" in window && speechSynthesis.getVoices().length > 0;
canSpeak(); // begins to load them

addEventListener("pagehide", stopReading);

/**
 * Read an answer aloud, instead of what is being read.
 *
 * @param {Element} text the answer as it is shown; code is left out
 * @param {() => void} onended called once: at the end, or when it is stopped
 */
export function readAloud(text, onended) {
  stopReading();
  ended = onended;
  const number = ++reading;
  const said = spokenText(text);
  const language = languageOf(said, navigator.languages);
  const voice = voiceOf(language);
  const pieces = said.split("\n").flatMap((line) => sentences(line, language));
  const next = () => {
    if (number !== reading) return;
    const piece = pieces.shift();
    if (piece === undefined) {
      stopReading();
      return;
    }
    const utterance = new SpeechSynthesisUtterance(piece);
    utterance.lang = voice?.lang ?? language;
    if (voice) utterance.voice = voice;
    utterance.addEventListener("end", next);
    utterance.addEventListener("error", () => number === reading && stopReading());
    speechSynthesis.speak(utterance);
  };
  next();
}

export function stopReading() {
  reading += 1;
  if ("speechSynthesis" in window) speechSynthesis.cancel();
  const tell = ended;
  ended = () => {};
  tell();
}

/**
 * Return a voice for a language: of the reader's own country, or the browser's choice. Undefined if it has none.
 *
 * @param {string} language
 */
function voiceOf(language) {
  const codeOf = (/** @type {SpeechSynthesisVoice} */ { lang }) => lang.replace("_", "-").toLowerCase();
  const voices = speechSynthesis.getVoices().filter((each) => codeOf(each).split("-")[0] === language);
  for (const wanted of navigator.languages) {
    const found = voices.find((each) => codeOf(each) === wanted.toLowerCase());
    if (found) return found;
  }
  return voices.find((each) => each.default) ?? voices[0];
}

/**
 * Return what is said of an answer: a line for each of its blocks.
 *
 * @param {Element} text
 */
function spokenText(text) {
  const copy = /** @type {Element} */ (text.cloneNode(true));
  for (const code of copy.querySelectorAll("figure.code, pre")) code.replaceWith("\n(Code.)\n");
  for (const formula of copy.querySelectorAll(".formula")) formula.replaceWith(" (formula) ");
  for (const control of copy.querySelectorAll("button, svg")) control.remove();
  for (const block of copy.querySelectorAll(BLOCKS)) block.after("\n");
  const lines = copy.textContent.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).join("\n");
}

/**
 * Return a line in pieces of a sentence at most.
 *
 * @param {string} line
 * @param {string} language
 */
function sentences(line, language) {
  const segments = [...new Intl.Segmenter(language, { granularity: "sentence" }).segment(line)];
  return segments.flatMap(
    ({ segment }) => segment.match(new RegExp(`.{1,${MAX_CHARS}}(?:\\s|$)|.{1,${MAX_CHARS}}`, "gu")) ?? [],
  );
}
