// A branch of messages as plain lists: what is shown when something was asked, saved or fetched. Nothing here is changed
// in place.

// The branch that ends in this question: what stood after its parent gives way.
export function branchWith(messages, question) {
  const rest = messages.filter((each) => each.id !== question.id);
  const at = question.parent === null ? -1 : rest.findIndex((each) => each.id === question.parent);
  return question.parent !== null && at < 0 ? [...rest, question] : [...rest.slice(0, at + 1), question];
}

// The branch with saved messages in their places; null where their parent is not here, so that it has to be fetched.
export function placed(messages, saved) {
  let branch = messages;
  for (const message of saved) {
    const at = branch.findIndex((each) => each.id === message.id);
    if (at >= 0) branch = branch.with(at, message);
    else if (message.parent === null || branch.some((each) => each.id === message.parent)) branch = branchWith(branch, message);
    else return null;
  }
  return branch;
}

// A fetched end of the branch, with the earlier messages that are here already before it.
export function merged(shown, page) {
  const at = page.messages.length ? shown.messages.findIndex((each) => each.id === page.messages[0].id) : -1;
  if (at <= 0 || !page.earlier) return { messages: page.messages, earlier: page.earlier };
  return { messages: [...shown.messages.slice(0, at), ...page.messages], earlier: shown.earlier };
}

// How many tokens a text may have, by what the answers of this branch had; else by what English usually has.
export function estimatedTokens(text, messages) {
  let characters = 0;
  let tokens = 0;
  for (const { role, status, text: answer, runs } of messages) {
    if (role !== "assistant" || status === "generating" || !answer) continue;
    characters += answer.length;
    for (const run of runs) tokens += run.generated_tokens;
  }
  const each = characters > 200 && tokens ? Math.min(1, Math.max(0.15, tokens / characters)) : 0.28;
  return text ? Math.ceil(text.length * each) : 0;
}

// The version of a message before or after it; undefined at the ends.
export function version(message, step) {
  return message.siblings[message.siblings.indexOf(message.id) + step];
}
