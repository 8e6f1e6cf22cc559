// A shared conversation: its answers are in the page as plain text, for readers without JavaScript, and are shown as Markdown.

import { MarkdownText } from "./chat/messages/markdown/markdown.js";

for (const element of document.querySelectorAll(".assistant .plain")) {
  if (!(element instanceof HTMLElement)) continue;
  const source = element.textContent ?? "";
  element.replaceChildren();
  element.classList.remove("plain");
  new MarkdownText(element).show(source, true);
}
