// Elements from code: text is always text, and nothing here ever parses HTML.

// Makes an element: h("button.quiet", { onclick }, "Copy"). What begins with "on" listens, `dataset` is taken over, all
// else becomes an attribute: true is one without a value, and null, undefined and false leave it out.
export function h(selector, properties = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  if (tag === "button") element.type = "button";
  for (const [name, value] of Object.entries(properties)) {
    if (name === "dataset") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else setAttribute(element, name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Sets or takes away an attribute, but touches nothing where it is so already.
export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value === true ? "" : value)) {
    element.setAttribute(name, value === true ? "" : value);
  }
}

// Puts exactly these children into an element, in this order, and moves only those that are elsewhere: what stays keeps
// its focus, its selection and its place on the screen.
export function arrange(parent, children) {
  let at = parent.firstChild;
  for (const child of children) {
    if (child === at) at = at.nextSibling;
    else parent.insertBefore(child, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

// Sets a text, but touches nothing where it is so already: screen readers and selections notice every change.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// The mark, at work while something is waited for.
export function mark(atWork = false) {
  const element = h("span.mark", { "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  element.classList.toggle("at-work", atWork);
  return element;
}

// A new random id, also on a page without HTTPS, where crypto.randomUUID is missing.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
