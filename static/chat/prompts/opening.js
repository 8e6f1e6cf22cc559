/** @import { PromptPicker } from "./picker.js" */

import { attempt } from "../ui/attempt.js";

/**
 * Open the list of saved prompts with "/" at the start of the field, or with the button.
 *
 * @param {HTMLTextAreaElement} area
 * @param {HTMLElement} button
 */
export function offerPrompts(area, button) {
  /** @type {Promise<PromptPicker> | null} */
  let loading = null;
  const open = () =>
    attempt(async () => {
      loading ??= import("./picker.js").then(({ PromptPicker }) => new PromptPicker(area));
      const picker = await loading;
      await picker.open();
    });
  button.addEventListener("click", open);
  area.addEventListener("input", () => area.value === "/" && open());
}
