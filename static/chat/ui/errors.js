// Error messages of the page: what happened, what is safe, what to do.

/** @type {Record<string, string>} */
const TITLES = {
  prompt_too_long: "This question does not fit into the model's context.",
  queue_full: "The queue is full.",
  queue_timeout: "The server was busy for too long.",
  engine_crashed: "The engine crashed during this answer.",
  engine_timeout: "The engine stopped responding.",
  node_lost: "A machine of the engine was lost during this answer.",
  engine_unavailable: "The engine is not running.",
  launch_failed: "The engine could not be started.",
  engine_stopping: "The server is shutting down.",
  chat_template_invalid: "This model cannot chat: its chat template is missing or faulty.",
  prompt_refused: "The model's chat template refuses this conversation.",
  model_not_found: "This conversation's model is not offered any more.",
  model_load_failed: "This model cannot be loaded.",
  interrupted: "The server stopped during this answer.",
};

/** @type {Record<string, string>} */
const ADVICE = {
  prompt_too_long: "Shorten it, or shorten the system prompt in the settings.",
  queue_full: "Your question is saved. Try again in a moment.",
  queue_timeout: "Your question is saved. Try again in a moment.",
  engine_crashed: "Your question is saved. Nothing else was affected.",
  engine_timeout: "Your question is saved. Nothing else was affected.",
  node_lost: "Your question and the text so far are saved. Continue the answer, or try again.",
  engine_stopping: "Your question is saved. Try again when the server is back.",
  model_not_found: "Your question is saved. Choose another model at the top of the page, then try again.",
  model_load_failed: "Your question is saved. Try again later, or choose another model at the top of the page.",
  interrupted: "The text so far is saved. You can continue the answer.",
};

/**
 * Return the title and the text below it for the error of an answer or of a refused question.
 *
 * @param {{ code: string, detail?: string }} error
 */
export function errorMessage({ code, detail }) {
  const title = TITLES[code];
  if (!title) {
    const [first = "", ...rest] = (detail || "Something went wrong.").split(/(?<=\.) /);
    return { title: first, advice: [...rest, "Your question is saved."].join(" ") };
  }
  return { title, advice: ADVICE[code] ?? `${detail ?? ""} Your question is saved.`.trim() };
}

/**
 * Return one line for the failure of a small action, such as renaming.
 *
 * @param {unknown} error
 */
export function errorText(error) {
  return (error instanceof Error && error.message) || "Something went wrong. Try again.";
}
