// The settings of the conversation that is shown: a panel with the server's defaults where nothing else was chosen.

import { closable } from "./dialogs.js";
import { setAttribute, setText } from "./dom.js";
import { Presets } from "./presets.js";
import { plainly } from "./problems.js";
import { amount } from "./words.js";

const NUMBERS = ["temperature", "top_p", "max_tokens", "seed"];
const FIELDS = ["system_prompt", ...NUMBERS];

export class SettingsPanel {
  #dialog = document.getElementById("settings");
  #form = this.#dialog.querySelector("form");
  #told = this.#dialog.querySelector(".told");

  constructor(chat, status) {
    Object.assign(this, { chat, status });
    this.presets = new Presets(this.#dialog.querySelector(".presets"), {
      read: () => this.#read(),
      apply: (settings) => this.#apply(settings),
      refuse: (fields) => this.#refuse(fields, ""),
    });
    for (const name of FIELDS) this.#prepare(name);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    closable(this.#dialog);
  }

  open() {
    if (this.#dialog.open) return;
    this.#defaults();
    this.#apply(this.chat.settings);
    this.#dialog.showModal();
    this.presets.refresh();
  }

  #field(name) {
    return this.#form.elements[name];
  }

  #row(name) {
    return this.#field(name).closest(".field");
  }

  // A slider follows its number and the other way round; what differs from the default can be given back.
  #prepare(name) {
    const field = this.#field(name);
    const slider = this.#row(name).querySelector("input[type=range]");
    slider?.addEventListener("input", () => {
      field.value = slider.value;
      this.#mark(name);
    });
    field.addEventListener("input", () => {
      if (name === "system_prompt") field.dataset.chosen = "true";
      this.#mark(name);
    });
    this.#row(name).querySelector(".default").addEventListener("click", () => {
      field.value = "";
      field.dataset.chosen = "";
      this.#mark(name);
      field.focus();
    });
  }

  #mark(name) {
    const field = this.#field(name);
    const row = this.#row(name);
    const slider = row.querySelector("input[type=range]");
    if (slider) slider.value = field.value === "" ? field.placeholder : field.value;
    row.querySelector(".default").hidden = !this.#chosen(name);
    setText(row.querySelector(".error"), "");
    setAttribute(field, "aria-invalid", null);
  }

  #chosen(name) {
    const field = this.#field(name);
    return name === "system_prompt" ? field.dataset.chosen === "true" : field.value !== "" || field.validity.badInput;
  }

  #defaults() {
    const { defaults, limits } = this.status;
    if (!defaults) return;
    for (const name of NUMBERS.slice(0, 3)) this.#field(name).placeholder = defaults[name] ?? "";
    this.#field("system_prompt").placeholder = defaults.system_prompt || "No system prompt";
    const most = limits?.max_answer_tokens ?? limits?.context_size;
    setText(this.#row("max_tokens").querySelector(".range"), most ? `1 to ${amount(most)}` : "");
  }

  // Shows these settings in the fields; they are not saved by that.
  #apply(settings) {
    for (const name of FIELDS) {
      this.#field(name).value = settings[name] ?? "";
      if (name === "system_prompt") this.#field(name).dataset.chosen = settings[name] === null ? "" : "true";
      this.#mark(name);
    }
    setText(this.#told, "");
  }

  // What stands in the fields, as the server takes it: null for its default.
  #read() {
    const settings = {};
    for (const name of FIELDS) {
      const { value } = this.#field(name);
      if (!this.#chosen(name)) settings[name] = null;
      else settings[name] = name === "system_prompt" ? value : Number(value);
    }
    return settings;
  }

  async #save() {
    const bad = NUMBERS.find((name) => this.#field(name).validity.badInput);
    if (bad) return this.#refuse({ [bad]: ["A number is expected."] }, "");
    try {
      await this.chat.changeSettings(this.#read());
      this.#dialog.close();
    } catch (error) {
      this.#refuse(error.fields ?? {}, plainly(error));
    }
  }

  // Shows what was wrong at its field; returns whether it was at one of these.
  #refuse(fields, detail) {
    const flat = Object.entries(fields).map(([name, messages]) => [name.replace(/^settings\.?/, ""), [messages].flat().join(" ")]);
    const known = flat.filter(([name]) => FIELDS.includes(name));
    for (const [name, words] of known) {
      setText(this.#row(name).querySelector(".error"), words);
      this.#field(name).setAttribute("aria-invalid", "true");
    }
    setText(this.#told, known.length ? "" : detail);
    if (known.length) this.#field(known[0][0]).focus();
    return known.length > 0;
  }
}
