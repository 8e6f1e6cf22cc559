// New elements in place of old ones that are nearly the same: what did not change stays, and with it what is selected
// there and how far a table or a block of code is scrolled.

import { CodeBlock } from "./code-block.js";

// Makes the old nodes, which are the last ones of `root`, look like the fresh ones; returns those that are there then.
export function grow(root, old, fresh) {
  for (const node of old.slice(fresh.length)) node.remove();
  return fresh.map((node, at) => {
    if (at < old.length) return grown(old[at], node);
    root.append(node);
    return node;
  });
}

function grown(old, fresh) {
  const code = CodeBlock.of(old);
  const freshCode = CodeBlock.of(fresh);
  if (code && freshCode) code.show(freshCode.text, freshCode.language);
  else if (code || freshCode || old.nodeName !== fresh.nodeName || !sameAttributes(old, fresh)) {
    old.replaceWith(fresh);
    return fresh;
  } else if (old.nodeType !== Node.TEXT_NODE) grow(old, [...old.childNodes], [...fresh.childNodes]);
  else if (fresh.data.startsWith(old.data)) old.appendData(fresh.data.slice(old.length));
  else old.data = fresh.data;
  return old;
}

function sameAttributes(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) return true;
  return old.attributes.length === fresh.attributes.length && [...fresh.attributes].every(({ name, value }) => old.getAttribute(name) === value);
}
