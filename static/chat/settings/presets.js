/**
 * @import { FieldErrors, Preset, PresetChanges, Settings } from "../types.js"
 * @import { PresetList } from "./preset-list.js"
 */

import { ApiError } from "../transport/api.js";
import { find, h, setText } from "../ui/dom.js";
import { editInPlace } from "../ui/edit-in-place.js";
import { errorText } from "../ui/errors.js";
import { icon } from "../ui/icons.js";
import { menuButton } from "../ui/menu.js";
import { isComposing } from "../ui/text-field.js";

const MAX_NAME_CHARS = 60;

/**
 * @typedef {object} Panel
 * @property {() => Settings} read returns the settings in the fields
 * @property {(settings: Settings) => void} fill puts settings into the fields
 * @property {(errors: FieldErrors) => boolean} showErrors shows errors at the fields; returns whether there were any
 */

/** Named settings in the settings panel: apply, save, rename, delete. */
export class Presets {
  #presets;
  #list;
  #error;
  #name;
  #panel;
  #shown = ""; // the presets of the rows, as JSON

  /**
   * @param {HTMLElement} root
   * @param {PresetList} presets
   * @param {Panel} panel
   */
  constructor(root, presets, panel) {
    this.#presets = presets;
    this.#panel = panel;
    this.#list = find(root, "ul");
    this.#error = find(root, ".error");
    this.#name = find(root, "input", HTMLInputElement);
    find(root, "[data-save]").addEventListener("click", () => this.#save());
    this.#name.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || isComposing(event)) return;
      event.preventDefault();
      this.#save();
    });
  }

  async refresh() {
    await this.#attempt(() => this.#presets.refresh());
  }

  async #save() {
    const name = this.#name.value.trim();
    if (!name) {
      setText(this.#error, "Enter a name.");
      this.#name.focus();
      return;
    }
    const settings = this.#panel.read();
    await this.#attempt(async () => {
      await this.#presets.save(name, settings);
      this.#name.value = "";
    });
  }

  /** @param {() => Promise<void>} work */
  async #attempt(work) {
    try {
      await work();
      setText(this.#error, "");
    } catch (error) {
      const fields = error instanceof ApiError ? error.fields : {};
      const fieldErrors = Object.values(fields).flat().join(" ");
      setText(this.#error, this.#panel.showErrors(fields) ? "" : fieldErrors || errorText(error));
    }
    this.#show();
  }

  #show() {
    const { presets } = this.#presets;
    const shown = JSON.stringify(presets);
    if (shown === this.#shown) return; // someone may have begun to rename one while they were loaded
    this.#shown = shown;
    this.#list.replaceChildren(...presets.map((preset) => this.#row(preset)));
    this.#list.hidden = !presets.length;
  }

  /** @param {Preset} preset */
  #row(preset) {
    const changeDefault = () => this.#change(preset, { default: !preset.default });
    const apply = () => this.#panel.fill(preset.settings);
    const name = h("button.name", { title: "Apply", onclick: apply }, preset.name);
    const more = h(
      "button.more.icon-button",
      { "aria-label": `More for ${preset.name}`, title: "More" },
      icon("ellipsis"),
    );
    menuButton(more, "Preset", () => [
      { label: "Apply", icon: "check", run: apply },
      { label: preset.default ? "No longer use for new chats" : "Use for new chats", icon: "pin", run: changeDefault },
      { label: "Rename", icon: "pencil", run: () => this.#rename(name, preset) },
      {
        label: "Replace with current settings",
        icon: "refresh-cw",
        run: () => this.#change(preset, { settings: this.#panel.read() }),
      },
      null,
      { label: "Delete", icon: "trash-2", danger: true, run: () => this.#remove(preset) },
    ]);
    const mark = preset.default ? h("span.as-default", {}, "New chats") : null;
    return h("li", {}, name, mark, more);
  }

  /**
   * @param {HTMLElement} element
   * @param {Preset} preset
   */
  #rename(element, preset) {
    editInPlace(element, { value: preset.name, label: "Preset name", maxLength: MAX_NAME_CHARS }, (name) => {
      if (name) this.#change(preset, { name });
      else element.focus();
    });
  }

  /**
   * @param {Preset} preset
   * @param {PresetChanges} changes
   */
  #change(preset, changes) {
    return this.#attempt(() => this.#presets.change(preset, changes));
  }

  /** @param {Preset} preset */
  #remove(preset) {
    return this.#attempt(() => this.#presets.remove(preset));
  }
}
