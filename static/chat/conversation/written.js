// What a user has written: a text, and the files that go with it.

/** @import { Written } from "../types.js" */

/** @type {Written} */
export const NOTHING = { text: "", files: [] };

/**
 * Return this, and nothing else that the object may have.
 *
 * @param {Written} written
 * @returns {Written}
 */
export const plain = ({ text, files }) => ({
  text,
  files: files.map((file) => ({ name: file.name, text: file.text })),
});

/** @param {Written} written */
export const hasContent = ({ text, files }) => Boolean(text || files.length);

/**
 * @param {Written} one
 * @param {Written} other
 */
export const isSame = (one, other) => JSON.stringify(plain(one)) === JSON.stringify(plain(other));

/**
 * Put one above another.
 *
 * @param {Written} above
 * @param {Written} below
 * @returns {Written}
 */
export function joined(above, below) {
  const text = above.text && below.text ? `${above.text}\n\n${below.text}` : above.text || below.text;
  return plain({ text, files: [...above.files, ...below.files] });
}
