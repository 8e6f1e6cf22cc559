/** @import { Written } from "../types.js" */

import { editKey, reviveDraft, writeDraft } from "../conversation/drafts.js";
import { hasContent, NOTHING } from "../conversation/written.js";
import { AttachedFiles } from "../files/attached-files.js";
import { h, setText } from "../ui/dom.js";
import { fitToText, isComposing, isSendKey } from "../ui/text-field.js";

/**
 * @typedef {object} Editing
 * @property {string} id of the message
 * @property {Written} written
 * @property {string} label
 * @property {string} action the label of the button that ends it
 * @property {(written: Written) => string} submit returns why it is not accepted; empty if it is
 * @property {() => void} cancel
 */

/**
 * Open an editor in an element, with what was written there before. What is written is kept as a draft.
 *
 * @param {HTMLElement} place
 * @param {Editing} editing
 */
export function openEditor(place, { id, written, label, action, submit, cancel }) {
  const key = editKey(id);
  const area = h("textarea", { "aria-label": label, rows: "1", dir: "auto" });
  const note = h("span.quiet", { role: "status" }, "The previous version is kept.");
  const draft = reviveDraft(key);
  const before = hasContent(draft) ? draft : written;
  const attached = new AttachedFiles();
  attached.set(before.files);
  area.value = before.text;
  const read = () => ({ text: area.value, files: attached.files });
  const save = () => writeDraft(key, read());
  const close = () => {
    writeDraft(key, NOTHING);
    cancel();
  };
  const cancelButton = h("button.outlined", { onclick: close }, "Cancel");
  const send = h("button.primary", { type: "submit" }, action);
  const form = h("form.editor", {}, attached.element, area, h("div.row", {}, note, cancelButton, send));
  const end = () => {
    const error = area.value.trim() ? submit(read()) : "";
    if (error) setText(note, error);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    end();
  });
  attached.on("change", save);
  area.addEventListener("input", () => {
    save();
    fitToText(area);
  });
  area.addEventListener("keydown", (event) => {
    if (isComposing(event)) return;
    if (isSendKey(event)) {
      event.preventDefault();
      end();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  place.append(form);
  fitToText(area);
  area.focus();
  form.scrollIntoView({ block: "nearest" });
  area.setSelectionRange(area.value.length, area.value.length);
}
