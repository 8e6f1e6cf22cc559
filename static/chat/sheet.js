// The phone's list: a sheet from the left over the conversation, which it keeps from being reached meanwhile.

const narrow = matchMedia("(max-width: 46rem)");

export class Sheet {
  #list = document.getElementById("list");
  #main = document.getElementById("main");
  #button = document.getElementById("open-list");

  constructor() {
    this.#button.addEventListener("click", () => this.open());
    document.getElementById("scrim").addEventListener("click", () => this.close());
    document.getElementById("close-list").addEventListener("click", () => this.close());
    narrow.addEventListener("change", () => this.close());
  }

  get isOpen() {
    return document.body.classList.contains("list-open");
  }

  open() {
    if (!narrow.matches) return;
    this.#set(true);
    document.getElementById("close-list").focus();
  }

  // `focus`: back to the button that opened it, unless the caller knows better.
  close(focus = true) {
    if (!this.isOpen) return;
    this.#set(false);
    if (focus) this.#button.focus();
  }

  #set(open) {
    document.body.classList.toggle("list-open", open);
    this.#main.inert = open;
    this.#button.setAttribute("aria-expanded", String(open));
    this.#list.toggleAttribute("data-open", open);
  }
}
