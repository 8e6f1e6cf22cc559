/** @import { FieldErrors, Preset, PresetChanges, Settings } from "../types.js" */

import { ApiError, presets as api } from "../transport/api.js";
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
  /** @type {Preset[]} */
  #presets = [];
  #list;
  #error;
  #name;
  #panel;

  /**
   * @param {HTMLElement} root
   * @param {Panel} panel
   */
  constructor(root, panel) {
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
    await this.#attempt(async () => {
      this.#presets = (await api.list()).presets;
    });
  }

  async #save() {
    const name = this.#name.value.trim();
    if (!name) {
      setText(this.#error, "Enter a name.");
      this.#name.focus();
      return;
    }
    const existing = this.#presets.find((each) => each.name === name);
    const settings = this.#panel.read();
    await this.#attempt(async () => {
      const saved = existing ? await api.change(existing.id, { settings }) : await api.add(name, settings);
      this.#presets = [...this.#presets.filter((each) => each.id !== saved.id), saved];
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
    const sorted = this.#presets.toSorted((one, other) => one.name.localeCompare(other.name));
    this.#list.replaceChildren(...sorted.map((preset) => this.#row(preset)));
    this.#list.hidden = !sorted.length;
  }

  /** @param {Preset} preset */
  #row(preset) {
    const apply = () => this.#panel.fill(preset.settings);
    const name = h("button.name", { title: "Apply", onclick: apply }, preset.name);
    const more = h(
      "button.more.icon-button",
      { "aria-label": `More for ${preset.name}`, title: "More" },
      icon("ellipsis"),
    );
    menuButton(more, "Preset", () => [
      { label: "Apply", icon: "check", run: apply },
      { label: "Rename", icon: "pencil", run: () => this.#rename(name, preset) },
      {
        label: "Replace with current settings",
        icon: "refresh-cw",
        run: () => this.#change(preset, { settings: this.#panel.read() }),
      },
      null,
      { label: "Delete", icon: "trash-2", danger: true, run: () => this.#remove(preset) },
    ]);
    return h("li", {}, name, more);
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
    return this.#attempt(async () => {
      const changed = await api.change(preset.id, changes);
      this.#presets = this.#presets.map((each) => (each.id === changed.id ? changed : each));
    });
  }

  /** @param {Preset} preset */
  #remove(preset) {
    return this.#attempt(async () => {
      await api.remove(preset.id);
      this.#presets = this.#presets.filter((each) => each.id !== preset.id);
    });
  }
}
