import { CodeBlock } from "./code-block.js";
import { Formula } from "./formula.js";

/**
 * Make the last children of `root` equal to new nodes and return them.
 *
 * Nodes that did not change stay, and with them the selection and the scroll position of tables and code blocks.
 * Others may have changed the old ones meanwhile, as the browser's translation does: what differs is made again.
 *
 * @param {Node} root
 * @param {ChildNode[]} old the last children of `root`
 * @param {ChildNode[]} fresh
 * @returns {ChildNode[]}
 */
export function patchChildren(root, old, fresh) {
  for (const node of old.slice(fresh.length)) node.remove();
  return fresh.map((node, index) => {
    const before = old[index];
    if (before) return patchNode(before, node);
    root.appendChild(node);
    return node;
  });
}

/**
 * @param {ChildNode} old
 * @param {ChildNode} fresh
 */
function patchNode(old, fresh) {
  const code = CodeBlock.of(old);
  const freshCode = CodeBlock.of(fresh);
  const formula = Formula.of(old);
  const freshFormula = Formula.of(fresh);
  if (formula && formula.source === freshFormula?.source) return old;
  if (code && freshCode) code.show(freshCode.text, freshCode.language);
  else if (code || freshCode || formula || freshFormula || !isSameElement(old, fresh)) {
    old.replaceWith(fresh);
    return fresh;
  } else if (!(old instanceof Text && fresh instanceof Text)) {
    patchChildren(old, [...old.childNodes], [...fresh.childNodes]);
  } else if (fresh.data.startsWith(old.data)) old.appendData(fresh.data.slice(old.length));
  else old.data = fresh.data;
  return old;
}

/**
 * Return whether two nodes have the same name and attributes.
 *
 * @param {Node} old
 * @param {Node} fresh
 */
function isSameElement(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return false;
  if (!(old instanceof Element && fresh instanceof Element)) return true;
  if (old.attributes.length !== fresh.attributes.length) return false;
  return [...fresh.attributes].every(({ name, value }) => old.getAttribute(name) === value);
}
