/** @import * as math from "./math.js" */

import { h } from "../../ui/dom.js";

const MAX_SOURCE_CHARS = 5_000; // a longer formula shows its source

/** @type {WeakMap<Node, Formula>} */
const formulas = new WeakMap(); // by their elements
/** @type {typeof math.mathOf | null} */
let mathOf = null;
/** @type {Promise<void> | null} */
let loading = null;

/** Load what renders formulas, once. Where it cannot be loaded, formulas show their sources. */
function load() {
  loading ??= import("./math.js").then(async (module) => {
    await module.load();
    mathOf = module.mathOf;
    document.addEventListener("copy", copySources);
  });
  return loading;
}

/** A formula. It shows its source until it is rendered, and when it cannot be. */
export class Formula {
  #rendered = false;

  /**
   * @param {string} source in LaTeX, with its delimiters
   * @param {boolean} display whether it stands on lines of its own
   */
  constructor(source, display) {
    this.source = source;
    this.display = display;
    this.element = h(display ? "span.formula.display" : "span.formula", { dir: "ltr", translate: "no" }, source);
    formulas.set(this.element, this);
  }

  /**
   * Return the formula of an element; undefined if it is not a formula's element.
   *
   * @param {Node} element
   */
  static of(element) {
    return formulas.get(element);
  }

  async render() {
    if (this.#rendered || this.source.length > MAX_SOURCE_CHARS) return;
    this.#rendered = true;
    if (mathOf) {
      this.#show(mathOf);
      return;
    }
    try {
      await load();
    } catch {
      return;
    }
    if (mathOf) this.#show(mathOf);
  }

  /** @param {typeof math.mathOf} render */
  #show(render) {
    const math = render(this.source, this.display);
    if (math) this.element.replaceChildren(math);
  }
}

/**
 * Put the selected text on the clipboard with the sources of its formulas.
 *
 * @param {ClipboardEvent} event
 */
function copySources(event) {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.isCollapsed || !event.clipboardData) return;
  const selected = [...document.querySelectorAll(".formula")].filter((each) => selection.containsNode(each, true));
  if (!selected.length) return;
  const holder = h("div.visually-hidden");
  holder.append(selection.getRangeAt(0).cloneContents());
  for (const [index, copy] of [...holder.querySelectorAll(".formula")].entries()) {
    const original = selected[index];
    if (original) copy.textContent = Formula.of(original)?.source ?? original.textContent;
  }
  document.body.append(holder);
  // biome-ignore lint/performance/useDomNodeTextContent: copy the text as it is rendered, with its line breaks
  event.clipboardData.setData("text/plain", holder.innerText);
  event.clipboardData.setData("text/html", holder.innerHTML);
  holder.remove();
  event.preventDefault();
}
