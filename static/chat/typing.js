// Fields in which one writes: what a key means there, how tall they are, how much they take.

import { amount } from "./words.js";

const onTouch = matchMedia("(pointer: coarse) and (hover: none)"); // there, Enter makes a new line
const LONGEST = 100_000; // characters of a question

// Whether a key belongs to the composition of a character, and is not for us. Safari only tells by the code 229.
export function composing(event) {
  return event.isComposing || event.keyCode === 229;
}

// Whether this key sends what was typed.
export function sends(event) {
  return event.key === "Enter" && !event.shiftKey && !event.altKey && (!onTouch.matches || event.ctrlKey || event.metaKey);
}

// Why a question cannot be sent however long one waits; empty where it can.
export function unsendable(text) {
  return text.length > LONGEST ? `Too long to send: ${amount(text.length)} of at most ${amount(LONGEST)} characters.` : "";
}

// Makes a field as tall as its text, up to the limit in the style sheet.
export function fitToText(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}
