// Diagrams in Mermaid's language, drawn beside their source. Imported with the first one.
//
// Mermaid puts style sheets and attributes into what it draws, which the page's policy forbids. It works in a frame that has
// no origin, a policy of its own (chat/views.py), and is removed if it takes too long.

import { PREFIX } from "../../transport/path-prefix.js";
import { h, setAttribute } from "../../ui/dom.js";
import { iconButton, setIcon } from "../../ui/icons.js";

const MAX_CHARS = 20_000; // the frame's limit, too
const MAX_DRAWN = 4; // at the same time without being asked: each frame runs a Mermaid of its own
const MAX_HEIGHT = 560; // pixels; a taller diagram scrolls
const LOADING_TIME = 60_000; // milliseconds
const DRAWING_TIME = 6_000;
const NEAR = "600px"; // how far from the screen a diagram is drawn

/** @type {Set<Diagram>} */
const open = new Set();

addEventListener("message", ({ source, data }) => {
  for (const diagram of open) {
    if (!diagram.element.isConnected) diagram.close();
    else if (source && source === diagram.frame?.contentWindow) diagram.receive(data);
  }
});
new MutationObserver(() => {
  for (const diagram of open) diagram.draw();
}).observe(document.documentElement, { attributeFilter: ["data-theme"] });

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      for (const each of waiting) if (each.element === target) each.drawUnasked();
    }
  },
  { rootMargin: NEAR },
);
/** @type {Set<Diagram>} */
const waiting = new Set();

/** A block of code that is shown as a diagram, or as code with the reason why not. A button changes between the two. */
export class Diagram {
  /** @type {HTMLIFrameElement | null} */
  frame = null;
  #source;
  #note = h("p.diagram-note.quiet", { hidden: true, role: "note" });
  #button = iconButton("workflow", "Show the diagram", { onclick: () => (this.frame ? this.close() : this.open()) });
  #timer = 0;

  /**
   * @param {HTMLElement} element of the block: its caption comes first
   * @param {string} source
   */
  constructor(element, source) {
    this.element = element;
    this.#source = source;
    const caption = element.querySelector("figcaption");
    caption?.querySelector("button")?.before(this.#button);
    caption?.after(this.#note);
    if (source.length > MAX_CHARS) {
      this.#button.remove();
      this.#explain("it is too long");
      return;
    }
    waiting.add(this);
    observer.observe(element);
  }

  /** Draw, unless the page has many diagrams: then the reader asks for each. */
  drawUnasked() {
    waiting.delete(this);
    for (const each of open) if (!each.element.isConnected) each.close();
    if (open.size < MAX_DRAWN) this.open();
  }

  open() {
    this.#note.hidden = true;
    const frame = h("iframe.diagram", {
      title: "Diagram",
      src: `${PREFIX}/chat/diagram`,
      referrerPolicy: "no-referrer",
    });
    frame.setAttribute("sandbox", "allow-scripts");
    this.frame = frame;
    open.add(this);
    this.element.append(frame);
    this.#expect(LOADING_TIME, "it could not be loaded");
  }

  /** Show the code. */
  close() {
    clearTimeout(this.#timer);
    open.delete(this);
    this.frame?.remove();
    this.frame = null;
    this.element.classList.remove("drawn");
    this.#setButton("workflow", "Show the diagram");
  }

  /** Remove what was added to the block. */
  remove() {
    this.close();
    observer.unobserve(this.element);
    waiting.delete(this);
    this.#button.remove();
    this.#note.remove();
  }

  /** Send the source to the frame. Again when the theme has changed, or when the frame was loaded again. */
  draw() {
    const theme = document.documentElement.dataset.theme ?? null;
    this.#expect(DRAWING_TIME, "drawing it takes too long");
    this.frame?.contentWindow?.postMessage({ source: this.#source, theme }, "*"); // to a document without an origin
  }

  /**
   * Take a message of the frame. What it says is not trusted.
   *
   * @param {{ state?: unknown, height?: unknown, reason?: unknown } | null} message
   */
  receive(message) {
    const { state, height, reason } = message ?? {};
    if (state === "ready") this.draw();
    else if (state === "failed") this.#fail(String(reason));
    else if (state === "drawn" && typeof height === "number" && this.frame) {
      clearTimeout(this.#timer);
      this.frame.style.height = `${Math.min(MAX_HEIGHT, Math.max(1, height))}px`;
      this.element.classList.add("drawn");
      this.#setButton("code-xml", "Show the code");
    }
  }

  /**
   * @param {number} time in milliseconds
   * @param {string} reason for the reader, if it passes
   */
  #expect(time, reason) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(reason), time);
  }

  /** @param {string} reason */
  #fail(reason) {
    this.close();
    this.#explain(reason);
  }

  /** @param {string} reason */
  #explain(reason) {
    this.#note.textContent = `Shown as code, not as a diagram: ${reason}.`;
    this.#note.hidden = false;
  }

  /**
   * @param {string} name
   * @param {string} label
   */
  #setButton(name, label) {
    setIcon(this.#button, name);
    setAttribute(this.#button, "aria-label", label);
    this.#button.title = label;
  }
}
