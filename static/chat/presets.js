// Settings under a name, in the settings panel: use, save, rename, delete.

import { presets as server } from "./api.js";
import { h, setText } from "./dom.js";
import { menuButton } from "./menu.js";
import { plainly } from "./problems.js";
import { editInPlace } from "./rename.js";
import { composing } from "./typing.js";

const LONGEST_NAME = 60; // characters

export class Presets {
  #presets = [];

  // `read` returns the settings that stand in the panel, `apply` shows others there, `refuse` shows what is wrong with
  // them at their fields, and returns whether anything was.
  constructor(root, { read, apply, refuse }) {
    Object.assign(this, { read, apply, refuse });
    this.list = root.querySelector("ul");
    this.told = root.querySelector(".error");
    this.name = root.querySelector("input");
    root.querySelector("[data-save]").addEventListener("click", () => this.#save());
    this.name.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || composing(event)) return;
      event.preventDefault();
      this.#save();
    });
  }

  async refresh() {
    await this.#try(async () => {
      const answer = await server.list();
      this.#presets = answer.presets;
    });
  }

  async #save() {
    const name = this.name.value.trim();
    if (!name) {
      setText(this.told, "A name is needed, to find it again.");
      this.name.focus();
      return;
    }
    const same = this.#presets.find((each) => each.name === name);
    await this.#try(async () => {
      const saved = same ? await server.change(same.id, { settings: this.read() }) : await server.add(name, this.read());
      this.#presets = [...this.#presets.filter((each) => each.id !== saved.id), saved];
      this.name.value = "";
    });
  }

  async #try(work) {
    try {
      await work();
      setText(this.told, "");
    } catch (error) {
      const fields = Object.values(error.fields ?? {}).flat().join(" ");
      setText(this.told, this.refuse(error.fields ?? {}) ? "" : fields || plainly(error));
    }
    this.#show();
  }

  #show() {
    const sorted = this.#presets.toSorted((one, other) => one.name.localeCompare(other.name));
    this.list.replaceChildren(...sorted.map((preset) => this.#row(preset)));
    this.list.hidden = !sorted.length;
  }

  #row(preset) {
    const use = h("button.name", { title: "Use these settings", onclick: () => this.apply(preset.settings) }, preset.name);
    const more = h("button.more", { "aria-label": `More for ${preset.name}`, title: "More" }, "⋯");
    menuButton(more, "Preset", () => [
      { label: "Use", run: () => this.apply(preset.settings) },
      { label: "Rename", run: () => this.#rename(use, preset) },
      { label: "Replace with the settings above", run: () => this.#change(preset, { settings: this.read() }) },
      null,
      { label: "Delete", danger: true, run: () => this.#remove(preset) },
    ]);
    return h("li", {}, use, more);
  }

  #rename(name, preset) {
    editInPlace(name, { value: preset.name, label: "Name of the preset", longest: LONGEST_NAME }, (changed) => {
      if (changed) this.#change(preset, { name: changed });
      else name.focus();
    });
  }

  #change(preset, changes) {
    return this.#try(async () => {
      const changed = await server.change(preset.id, changes);
      this.#presets = this.#presets.map((each) => (each.id === changed.id ? changed : each));
    });
  }

  #remove(preset) {
    return this.#try(async () => {
      await server.remove(preset.id);
      this.#presets = this.#presets.filter((each) => each.id !== preset.id);
    });
  }
}
