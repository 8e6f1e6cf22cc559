import { byId } from "../ui/dom.js";

const narrow = matchMedia("(max-width: 46rem)");

/** The list of conversations on narrow screens: a drawer over the conversation, which is inert while it is open. */
export class Drawer {
  #list = byId("list");
  #main = byId("main");
  #openButton = byId("open-list");
  #closeButton = byId("close-list");

  constructor() {
    this.#openButton.addEventListener("click", () => this.open());
    byId("scrim").addEventListener("click", () => this.close());
    this.#closeButton.addEventListener("click", () => this.close());
    narrow.addEventListener("change", () => this.close());
  }

  get isOpen() {
    return document.body.classList.contains("list-open");
  }

  open() {
    if (!narrow.matches) return;
    this.#set(true);
    this.#closeButton.focus();
  }

  /** @param {boolean} focus whether the focus returns to the button that opens it */
  close(focus = true) {
    if (!this.isOpen) return;
    this.#set(false);
    if (focus) this.#openButton.focus();
  }

  /** @param {boolean} open */
  #set(open) {
    document.body.classList.toggle("list-open", open);
    this.#main.inert = open;
    this.#openButton.setAttribute("aria-expanded", String(open));
    this.#list.toggleAttribute("data-open", open);
  }
}
