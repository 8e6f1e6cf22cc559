import { byId } from "../ui/dom.js";

const END_MARGIN = 48; // pixels from the end that count as the end

/**
 * The scroll position of the conversation. At its end, the page follows new text; anywhere else nothing moves, and a
 * button shows that there is new text below.
 */
export class AutoScroll {
  #scroller;
  #button;
  #following = true;
  #seenHeight = 0;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} button
   */
  constructor(scroller, button) {
    this.#scroller = scroller;
    this.#button = button;
    scroller.addEventListener("scroll", () => this.#update(), { passive: true });
    // Scrolling up leaves the end at once, before the next text scrolls back.
    const stopFollowing = (/** @type {WheelEvent} */ { deltaY }) => {
      if (deltaY < 0 && this.#overflows) this.#following = false;
    };
    scroller.addEventListener("wheel", stopFollowing, { passive: true });
    button.addEventListener("click", () => {
      this.toEnd();
      byId("question").focus({ preventScroll: true });
    });
    const sizes = new ResizeObserver(() => this.#following && this.toEnd());
    for (const element of [scroller, ...scroller.children]) sizes.observe(element);
  }

  get #overflows() {
    return this.#scroller.scrollHeight > this.#scroller.clientHeight + 1;
  }

  /** Scroll to the end and stay there. */
  toEnd() {
    this.#following = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#seenHeight = this.#scroller.scrollHeight;
    this.#button.hidden = true;
  }

  /** Follow text that was added at the end, or show the button. */
  contentGrew() {
    if (this.#following) this.toEnd();
    else if (this.#scroller.scrollHeight > this.#seenHeight && !this.#atEnd) this.#button.hidden = false;
  }

  /**
   * Change the conversation and keep an element where it is on the screen.
   *
   * @param {Element | null | undefined} element
   * @param {() => void} change
   */
  keepInPlace(element, change) {
    const following = this.#following;
    const before = element?.getBoundingClientRect().top ?? 0;
    change();
    if (!element && following) return; // what was added at the end is followed, however much it is
    const now = element?.isConnected ? element.getBoundingClientRect().top : before;
    if (element && now !== before) this.#scroller.scrollTop += now - before;
    this.#update();
  }

  /**
   * Scroll to an element, and stop following.
   *
   * @param {Element} element
   */
  reveal(element) {
    this.#following = false;
    element.scrollIntoView({ block: "center" });
  }

  /** Stop following. */
  release() {
    this.#following = false;
  }

  get #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < END_MARGIN;
  }

  #update() {
    this.#following = this.#atEnd;
    if (!this.#following) return;
    this.#button.hidden = true;
    this.#seenHeight = this.#scroller.scrollHeight;
  }
}
