// ‹ 2 / 3 ›: which version of a message is shown, and the way to the others.

import { version } from "./branch.js";
import { h } from "./dom.js";

// Null where there is only one. Choosing another dispatches "turn-to" with its id and the message that is shown now.
export function versions(message) {
  const { siblings, id } = message;
  if (siblings.length < 2) return null;
  const at = siblings.indexOf(id);
  const what = message.role === "user" ? "question" : "answer";
  const button = (step, sign, word) => {
    const to = version(message, step);
    const properties = { "aria-label": `${word} version of this ${what}`, title: `${word} version`, disabled: !to, dataset: { step: String(step) } };
    return h("button.quiet", { ...properties, onclick: ({ target }) => turn(target, to, id) }, sign);
  };
  return h(
    "span.versions",
    { role: "group", "aria-label": `Versions of this ${what}` },
    button(-1, "‹", "Earlier"),
    h("span.numbers", { "aria-label": `Version ${at + 1} of ${siblings.length}`, role: "img" }, `${at + 1} / ${siblings.length}`),
    button(1, "›", "Later"),
  );
}

function turn(target, to, from) {
  const step = target.dataset.step;
  target.dispatchEvent(new CustomEvent("turn-to", { bubbles: true, detail: { to, from, step } }));
}
