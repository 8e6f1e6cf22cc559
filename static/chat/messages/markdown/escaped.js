/**
 * Return a text as HTML that shows it.
 *
 * @param {string} text
 */
export const escaped = (text) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
