const TIMEOUT = 10_000; // milliseconds for one request
const SIGNED_OUT = "You are signed out or no longer have access. Reload the page.";
const UNREACHABLE = "The server does not respond. The values shown are old; the page keeps trying.";

/**
 * <live-part>: a part of a page that the server renders again every few seconds.
 *
 * Nodes that did not change are not touched, so that focus, selection and opened details stay. It pauses while the page
 * is hidden. Attributes: `src`, the address of the part; `every`, in seconds.
 */
class LivePart extends HTMLElement {
  #status = document.createElement("p");
  #timer = 0;
  /** @type {AbortController | null} of the request that is running */
  #request = null;

  connectedCallback() {
    this.#status.className = "visually-hidden";
    this.#status.setAttribute("role", "status");
    this.before(this.#status);
    this.classList.add("live");
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#pause() : this.#refresh()));
    if (!document.hidden) this.#schedule();
  }

  #pause() {
    clearTimeout(this.#timer);
    this.#request?.abort();
  }

  #schedule() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refresh(), Number(this.getAttribute("every")) * 1000);
  }

  async #refresh() {
    this.#pause();
    const request = new AbortController();
    this.#request = request;
    const timeout = setTimeout(() => request.abort(), TIMEOUT);
    try {
      const headers = { Accept: "text/html" };
      const response = await fetch(this.getAttribute("src") ?? "", { signal: request.signal, headers });
      if (response.redirected || response.status === 403) {
        this.#showStatus(SIGNED_OUT);
        return;
      }
      if (!response.ok) throw new Error(response.statusText);
      this.#update(await response.text());
      this.#showStatus("");
    } catch {
      if (request !== this.#request || document.hidden) return; // aborted by a newer request or a pause
      this.#showStatus(UNREACHABLE);
    } finally {
      clearTimeout(timeout);
    }
    if (!document.hidden) this.#schedule();
  }

  /**
   * Show a status once: screen readers read every change of it. The element exists from the start, or they would not.
   *
   * @param {string} text empty if all is well
   */
  #showStatus(text) {
    if (this.#status.textContent === text) return;
    this.#status.className = text ? "message bad" : "visually-hidden";
    this.#status.textContent = text;
    this.classList.toggle("stale", Boolean(text));
  }

  /** @param {string} html */
  #update(html) {
    const { activeElement } = document;
    const focused = this.contains(activeElement) ? activeElement : null;
    updateChildren(this, new DOMParser().parseFromString(html, "text/html").body);
    if (!focused || document.activeElement === focused) return;
    const same = focused.id ? document.getElementById(focused.id) : null;
    (same ?? this).focus({ preventScroll: true }); // if the element is gone, Tab continues from here
  }
}

/**
 * Make the children of one element equal to those of another. Elements with the same id are the same wherever they are.
 * The text before an element may come or go: the parser drops the white space that a document begins with.
 *
 * @param {Element} old
 * @param {Element} fresh
 */
function updateChildren(old, fresh) {
  const kept = new Set(Array.from(fresh.children, (child) => child.id));
  for (const child of [...old.children]) if (child.id && !kept.has(child.id)) child.remove();
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const id = idOf(child);
    const next = child instanceof Element && at instanceof CharacterData ? at.nextElementSibling : at;
    const existing = id ? ([...old.children].find((each) => each.id === id) ?? null) : next;
    if (existing && isSame(existing, child)) {
      if (existing === at) at = at.nextSibling;
      else old.insertBefore(existing, at);
      updateNode(existing, child);
    } else {
      old.insertBefore(document.importNode(child, true), at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

/**
 * @param {Node} old
 * @param {Node} fresh
 */
function updateNode(old, fresh) {
  if (old instanceof CharacterData && fresh instanceof CharacterData) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else if (old instanceof Element && fresh instanceof Element) {
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      const opened = name === "open" && old instanceof HTMLDetailsElement; // by the reader
      if (!fresh.hasAttribute(name) && !opened) old.removeAttribute(name);
    }
    updateChildren(old, fresh);
  }
}

/** @param {Node} node */
function idOf(node) {
  return node instanceof Element ? node.id : "";
}

/**
 * @param {Node} one
 * @param {Node} other
 */
function isSame(one, other) {
  return one.nodeName === other.nodeName && idOf(one) === idOf(other);
}

customElements.define("live-part", LivePart);
