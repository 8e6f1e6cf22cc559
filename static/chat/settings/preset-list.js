/** @import { Preset, PresetChanges, Settings } from "../types.js" */

import { presets as api } from "../transport/api.js";
import { Emitter } from "../transport/emitter.js";

/**
 * The user's presets, by name. Its methods raise ApiError.
 *
 * @extends {Emitter<{ change: undefined }>}
 */
export class PresetList extends Emitter {
  /** @type {Preset[]} */
  presets = [];

  /** The settings that new chats begin with; null for the server's defaults. */
  get forNewChats() {
    return this.presets.find((each) => each.default)?.settings ?? null;
  }

  async refresh() {
    this.#show((await api.list()).presets);
  }

  /**
   * Save settings under a name, in place of those that have it.
   *
   * @param {string} name
   * @param {Settings} settings
   */
  async save(name, settings) {
    const existing = this.presets.find((each) => each.name === name);
    if (existing) await api.change(existing.id, { settings });
    else await api.add(name, settings);
    await this.refresh();
  }

  /**
   * @param {Preset} preset
   * @param {PresetChanges} changes
   */
  async change({ id }, changes) {
    await api.change(id, changes);
    await this.refresh();
  }

  /** @param {Preset} preset */
  async remove({ id }) {
    await api.remove(id);
    await this.refresh();
  }

  /** @param {Preset[]} presets */
  #show(presets) {
    this.presets = presets.toSorted((one, other) => one.name.localeCompare(other.name));
    this.emit("change", undefined);
  }
}
