// What went wrong, in words: what happened, what is safe, what to do.

const TITLES = {
  prompt_too_long: "This question does not fit into what the model can see at once.",
  queue_full: "Too many people are waiting.",
  queue_timeout: "No place became free in time.",
  engine_crashed: "The engine stopped in the middle of this answer.",
  engine_timeout: "The engine fell silent.",
  engine_unavailable: "The engine is not running.",
  launch_failed: "The engine could not be started.",
  engine_stopping: "The server is shutting down.",
  chat_template_invalid: "The model's chat template refused this conversation.",
  interrupted: "The server stopped in the middle of this answer.",
};
const ADVICE = {
  prompt_too_long: "Shorten it, or shorten the system prompt in the settings.",
  queue_full: "Your question is kept. Try again in a moment.",
  queue_timeout: "Your question is kept. Try again in a moment.",
  engine_crashed: "Your question is kept; nothing else was affected.",
  engine_timeout: "Your question is kept; nothing else was affected.",
  engine_stopping: "Your question is kept. Try again when the server is back.",
  interrupted: "What was there is kept. The answer can go on from here.",
};

// The title and the words below it, of an error { code, detail } of an answer or of a question that was refused.
export function problem({ code, detail }) {
  const title = TITLES[code];
  if (!title) {
    const [first, ...rest] = (detail || "Something went wrong.").split(/(?<=\.) /);
    return { title: first, advice: [...rest, "Your question is kept."].join(" ") };
  }
  return { title, advice: ADVICE[code] ?? `${detail ?? ""} Your question is kept.`.trim() };
}

// One line for a failure of a small action, as a rename.
export function plainly(error) {
  return error.message || "That did not work. Try again.";
}
