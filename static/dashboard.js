// <live-part>: a part of a page that looks itself up again every few seconds, as the server renders it. What stays the same
// is not touched, so that focus, selection and what was opened stay. It rests while nobody sees it.

const PATIENCE = 10_000; // milliseconds for one look
const SIGNED_OUT = "You are signed out, or may not see this any more. Reload the page.";
const AWAY = "The server does not answer. What is shown is as it was then; it is looked up again by itself.";

class LivePart extends HTMLElement {
  connectedCallback() {
    this.say = Object.assign(document.createElement("p"), { className: "unseen" });
    this.say.setAttribute("role", "status");
    this.before(this.say);
    this.classList.add("live");
    document.addEventListener("visibilitychange", () => (document.hidden ? this.rest() : this.look()));
    if (!document.hidden) this.next();
  }

  rest() {
    clearTimeout(this.timer);
    this.looking?.abort();
  }

  next() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), Number(this.getAttribute("every")) * 1000);
  }

  async look() {
    this.rest();
    const looking = (this.looking = new AbortController());
    const late = setTimeout(() => looking.abort(), PATIENCE);
    try {
      const response = await fetch(this.getAttribute("src"), { signal: looking.signal, headers: { Accept: "text/html" } });
      if (response.redirected || response.status === 403) return this.tell(SIGNED_OUT);
      if (!response.ok) throw new Error(response.statusText);
      this.renew(await response.text());
      this.tell("");
    } catch {
      if (looking !== this.looking || document.hidden) return; // given up by us
      this.tell(AWAY);
    } finally {
      clearTimeout(late);
    }
    if (!document.hidden) this.next();
  }

  // Says it once: a screen reader reads every change of it.
  tell(text) {
    if (this.say.textContent === text) return;
    this.say.className = text ? "message bad" : "unseen"; // there all the time: else it would not be heard
    this.say.textContent = text;
    this.classList.toggle("stale", Boolean(text));
  }

  renew(html) {
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    renewChildren(this, new DOMParser().parseFromString(html, "text/html").body);
    if (focused && document.activeElement !== focused) {
      const same = focused.id && document.getElementById(focused.id);
      (same ?? this).focus({ preventScroll: true }); // what had it is gone: from here on, Tab goes on
    }
  }
}

// Makes the children of one element like those of another. Those with ids are the same wherever they are.
function renewChildren(old, fresh) {
  const staying = new Set(Array.from(fresh.children, (child) => child.id));
  for (const child of Array.from(old.children)) if (child.id && !staying.has(child.id)) child.remove();
  let at = old.firstChild;
  for (const child of Array.from(fresh.childNodes)) {
    const there = child.id ? Array.from(old.children).find((each) => each.id === child.id) : at;
    if (there && alike(there, child)) {
      if (there === at) at = at.nextSibling;
      else old.insertBefore(there, at);
      renewNode(there, child);
    } else {
      old.insertBefore(document.importNode(child, true), at);
    }
  }
  while (at) {
    const after = at.nextSibling;
    at.remove();
    at = after;
  }
}

function renewNode(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of Array.from(old.attributes)) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  renewChildren(old, fresh);
}

function alike(one, other) {
  return one.nodeName === other.nodeName && (one.id ?? "") === (other.id ?? "");
}

customElements.define("live-part", LivePart);
