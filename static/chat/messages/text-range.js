/**
 * Return where a text is inside an element, ignoring case; null if it is not there, or is spread over several nodes.
 *
 * @param {Element} element
 * @param {string} text
 */
export function textRange(element, text) {
  const wanted = text.toLowerCase();
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (wanted && walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    const at = node.data.toLowerCase().indexOf(wanted);
    if (at < 0 || at + wanted.length > node.length) continue;
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + wanted.length);
    return range;
  }
  return null;
}
