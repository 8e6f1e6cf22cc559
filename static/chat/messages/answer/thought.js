import { h, setText } from "../../ui/dom.js";
import { wholeSeconds } from "../../ui/format.js";
import { icon } from "../../ui/icons.js";

/** What the model thought before it answered, folded below how long it took. Hidden as long as there is nothing. */
export class Thought {
  #label = h("span");
  #text = document.createTextNode("");
  #body = h("div.thinking", { dir: "auto" });
  element = h("details.thought", { hidden: true }, h("summary", {}, this.#label, icon("chevron-down")), this.#body);

  constructor() {
    this.#body.append(this.#text);
  }

  /**
   * Show a thought; text that is there already stays, and with it a selection.
   *
   * @param {string} text
   * @param {number} duration in seconds; 0 if it is not known
   * @param {boolean} thinking whether it grows
   */
  show(text, duration, thinking) {
    this.element.hidden = !text;
    if (!text) return;
    if (text.startsWith(this.#text.data)) this.#text.appendData(text.slice(this.#text.data.length));
    else this.#text.data = text;
    const passed = duration ? wholeSeconds(Math.max(1, Math.round(duration))) : "";
    if (thinking) setText(this.#label, passed ? `Thinking… ${passed}` : "Thinking…");
    else setText(this.#label, passed ? `Thought for ${passed}` : "Thought");
    this.element.classList.toggle("growing", thinking);
  }
}
