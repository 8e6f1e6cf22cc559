// Answers read aloud by the browser's voices: one at a time, and only when it was asked for.

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
  const pieces = spokenPieces(text);
  const next = () => {
    if (number !== reading) return;
    const piece = pieces.shift();
    if (piece === undefined) {
      stopReading();
      return;
    }
    const utterance = new SpeechSynthesisUtterance(piece);
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
 * Return what is said of an answer, in pieces of a sentence at most.
 *
 * @param {Element} text
 */
function spokenPieces(text) {
  const copy = /** @type {Element} */ (text.cloneNode(true));
  for (const code of copy.querySelectorAll("figure.code, pre")) code.replaceWith("\n(Code.)\n");
  for (const formula of copy.querySelectorAll(".formula")) formula.replaceWith(" (formula) ");
  for (const control of copy.querySelectorAll("button, svg")) control.remove();
  for (const block of copy.querySelectorAll(BLOCKS)) block.after("\n");
  const lines = copy.textContent.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).flatMap(sentences);
}

/** @param {string} line */
function sentences(line) {
  const segments = [...new Intl.Segmenter(undefined, { granularity: "sentence" }).segment(line)];
  return segments.flatMap(
    ({ segment }) => segment.match(new RegExp(`.{1,${MAX_CHARS}}(?:\\s|$)|.{1,${MAX_CHARS}}`, "gu")) ?? [],
  );
}
