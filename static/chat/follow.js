// Where the conversation is scrolled to. While one is at its end, the end stays in sight as text comes; anywhere else,
// nothing moves, and a button says that there is new text below.

const NEAR = 48; // pixels from the end that count as being there

export class Follow {
  #scroller;
  #button;
  #following = true;
  #height = 0;

  constructor(scroller, button) {
    this.#scroller = scroller;
    this.#button = button;
    scroller.addEventListener("scroll", () => this.#look(), { passive: true });
    // Upwards is away from the end at once, before the next text pulls back.
    scroller.addEventListener("wheel", ({ deltaY }) => deltaY < 0 && this.#scrolls && (this.#following = false), { passive: true });
    button.addEventListener("click", () => {
      this.toEnd();
      document.getElementById("question").focus({ preventScroll: true });
    });
    const sizes = new ResizeObserver(() => this.#following && this.toEnd());
    for (const element of [scroller, ...scroller.children]) sizes.observe(element);
  }

  get following() {
    return this.#following;
  }

  get #scrolls() {
    return this.#scroller.scrollHeight > this.#scroller.clientHeight + 1;
  }

  // Goes to the end and stays there.
  toEnd() {
    this.#following = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#height = this.#scroller.scrollHeight;
    this.#button.hidden = true;
  }

  // Something grew at the end.
  grown() {
    if (this.#following) this.toEnd();
    else if (this.#scroller.scrollHeight > this.#height && !this.#atEnd) this.#button.hidden = false;
  }

  // What is done to the conversation leaves this element where it is on the screen.
  holding(element, work) {
    const before = element?.getBoundingClientRect().top;
    work();
    const now = element?.isConnected ? element.getBoundingClientRect().top : before;
    if (element && now !== before) this.#scroller.scrollTop += now - before;
    this.#look();
  }

  release() {
    this.#following = false;
  }

  get #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  #look() {
    this.#following = this.#atEnd;
    if (!this.#following) return;
    this.#button.hidden = true;
    this.#height = this.#scroller.scrollHeight;
  }
}
