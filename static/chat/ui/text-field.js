// Text fields: what keys mean in them, how tall they are, how much they accept.

import { amount } from "./format.js";

const onTouch = matchMedia("(pointer: coarse) and (hover: none)"); // Enter makes a new line there
export const MAX_QUESTION_CHARS = 100_000;

/**
 * Return whether a key belongs to an input method that is composing a character. Safari signals it only by key code 229.
 *
 * @param {KeyboardEvent} event
 */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/**
 * Return whether this key sends the text.
 *
 * @param {KeyboardEvent} event
 */
export function isSendKey(event) {
  return (
    event.key === "Enter" && !event.shiftKey && !event.altKey && (!onTouch.matches || event.ctrlKey || event.metaKey)
  );
}

/**
 * Return why a question, its files included, is too long to send; an empty text if it is not.
 *
 * @param {string} text
 */
export function lengthError(text) {
  if (text.length <= MAX_QUESTION_CHARS) return "";
  return `Too long to send: ${amount(text.length)} of at most ${amount(MAX_QUESTION_CHARS)} characters.`;
}

/**
 * Make a field as tall as its text, up to the style sheet's limit.
 *
 * @param {HTMLTextAreaElement} area
 */
export function fitToText(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}
