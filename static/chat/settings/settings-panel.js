/**
 * @import { FieldErrors, Settings } from "../types.js"
 * @import { Chat } from "../conversation/chat.js"
 * @import { ServerStatus } from "../transport/server-status.js"
 * @import { PresetList } from "./preset-list.js"
 */

import { ApiError } from "../transport/api.js";
import { closable } from "../ui/dialogs.js";
import { byId, find, h, setAttribute, setText } from "../ui/dom.js";
import { errorText } from "../ui/errors.js";
import { amount } from "../ui/format.js";
import { toast } from "../ui/toasts.js";
import { Presets } from "./presets.js";

/** @type {("temperature" | "top_p" | "max_tokens" | "seed")[]} */
const NUMBERS = ["temperature", "top_p", "max_tokens", "seed"];
/** @type {(keyof Settings)[]} */
const FIELDS = ["model", "system_prompt", ...NUMBERS];

/** The settings of the conversation that is shown. A setting that was not chosen shows the server's default. */
export class SettingsPanel {
  #dialog = byId("settings", HTMLDialogElement);
  #form = find(this.#dialog, "form", HTMLFormElement);
  #error = find(this.#dialog, ".form-error");
  #models = find(this.#form, "[name=model]", HTMLSelectElement);
  #chat;
  #status;
  #presets;
  /** The settings in the fields when the panel was opened, as JSON; empty once they are applied. */
  #before = "";

  /**
   * @param {Chat} chat
   * @param {ServerStatus} status
   * @param {PresetList} presets
   */
  constructor(chat, status, presets) {
    this.#chat = chat;
    this.#status = status;
    this.#presets = new Presets(find(this.#dialog, ".presets"), presets, {
      read: () => this.#read(),
      fill: (settings) => this.#fill(settings),
      showErrors: (errors) => this.#showErrors(errors, ""),
    });
    for (const name of FIELDS) this.#prepare(name);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.#dialog.addEventListener("close", () => this.#offerChanges());
    closable(this.#dialog);
  }

  /** @param {Settings} [changes] that were not applied, to continue with them */
  open(changes) {
    if (this.#dialog.open) return;
    this.#showDefaults();
    this.#fill(this.#chat.settings);
    this.#before = JSON.stringify(this.#read());
    if (changes) this.#fill(changes);
    this.#dialog.showModal();
    this.#presets.refresh();
  }

  /**
   * @param {keyof Settings} name
   * @returns {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement}
   */
  #field(name) {
    if (name === "model") return this.#models;
    if (name === "system_prompt") return find(this.#form, `[name=${name}]`, HTMLTextAreaElement);
    return find(this.#form, `[name=${name}]`, HTMLInputElement);
  }

  /** @param {keyof Settings} name */
  #row(name) {
    return find(this.#form, `.field:has([name=${name}])`);
  }

  /**
   * @param {keyof Settings} name
   * @returns {HTMLInputElement | null}
   */
  #slider(name) {
    return this.#row(name).querySelector("input[type=range]");
  }

  /**
   * Keep a slider and its number equal, and offer the default where the value differs.
   *
   * @param {keyof Settings} name
   */
  #prepare(name) {
    const field = this.#field(name);
    const slider = this.#slider(name);
    slider?.addEventListener("input", () => {
      field.value = slider.value;
      this.#update(name);
    });
    field.addEventListener("input", () => {
      if (name === "system_prompt") field.dataset.chosen = "true";
      this.#update(name);
    });
    find(this.#row(name), ".default").addEventListener("click", () => {
      field.value = "";
      field.dataset.chosen = "";
      this.#update(name);
      field.focus();
    });
  }

  /** @param {keyof Settings} name */
  #update(name) {
    const field = this.#field(name);
    const row = this.#row(name);
    const slider = this.#slider(name);
    if (slider instanceof HTMLInputElement && field instanceof HTMLInputElement) {
      slider.value = field.value === "" ? field.placeholder : field.value;
    }
    find(row, ".default").hidden = !this.#isChosen(name);
    setText(find(row, ".error"), "");
    setAttribute(field, "aria-invalid", null);
  }

  /** @param {keyof Settings} name */
  #isChosen(name) {
    const field = this.#field(name);
    if (name === "system_prompt") return field.dataset.chosen === "true";
    return field.value !== "" || field.validity.badInput;
  }

  #showDefaults() {
    const { defaults, limits, models } = this.#status;
    if (!defaults) return;
    const others = models.slice(1).map(({ id, name }) => h("option", { value: id }, name));
    this.#models.replaceChildren(
      h("option", { value: "" }, `Default: ${models[0]?.name ?? "not loaded yet"}`),
      ...others,
    );
    for (const name of /** @type {const} */ (["temperature", "top_p", "max_tokens"])) {
      this.#field(name).setAttribute("placeholder", String(defaults[name] ?? ""));
    }
    this.#field("system_prompt").setAttribute("placeholder", defaults.system_prompt || "No system prompt");
    const model = this.#status.find(this.#chat.settings.model);
    const max = model?.max_answer_tokens ?? limits?.max_answer_tokens ?? limits?.context_size;
    setText(find(this.#row("max_tokens"), ".range"), max ? `1 to ${amount(max)}` : "");
  }

  /**
   * Put settings into the fields without saving them.
   *
   * @param {Settings} settings
   */
  #fill(settings) {
    if (settings.model && !this.#status.find(settings.model)) {
      this.#models.append(h("option", { value: settings.model }, `${settings.model}, not offered any more`));
    }
    for (const name of FIELDS) {
      const field = this.#field(name);
      field.value = String(settings[name] ?? "");
      if (name === "system_prompt") field.dataset.chosen = settings[name] === null ? "" : "true";
      this.#update(name);
    }
    setText(this.#error, "");
  }

  /**
   * Return the settings in the fields; null stands for the server's default.
   *
   * @returns {Settings}
   */
  #read() {
    /** @param {keyof Settings} name */
    const number = (name) => (this.#isChosen(name) ? Number(this.#field(name).value) : null);
    return {
      model: this.#models.value || null,
      system_prompt: this.#isChosen("system_prompt") ? this.#field("system_prompt").value : null,
      temperature: number("temperature"),
      top_p: number("top_p"),
      max_tokens: number("max_tokens"),
      seed: number("seed"),
    };
  }

  /** After the panel was closed with changes that are not applied: say so, and offer to continue. */
  #offerChanges() {
    const changes = this.#read();
    const { draftKey } = this.#chat;
    if (!this.#before || JSON.stringify(changes) === this.#before) return;
    const run = () => (this.#chat.draftKey === draftKey ? this.open(changes) : undefined);
    toast("The changed settings were not applied.", { label: "Continue editing", run });
  }

  async #save() {
    const bad = NUMBERS.find((name) => this.#field(name).validity.badInput);
    if (bad) {
      this.#showErrors({ [bad]: ["Enter a number."] }, "");
      return;
    }
    try {
      await this.#chat.changeSettings(this.#read());
      this.#before = "";
      this.#dialog.close();
    } catch (error) {
      this.#showErrors(error instanceof ApiError ? error.fields : {}, errorText(error));
    }
  }

  /**
   * Show errors at their fields, or `detail` if none is at a field of the panel. Return whether any was.
   *
   * @param {FieldErrors} errors
   * @param {string} detail
   */
  #showErrors(errors, detail) {
    const known = Object.entries(errors).flatMap(([key, messages]) => {
      const field = FIELDS.find((name) => name === key.replace(/^settings\.?/, ""));
      return field ? [{ field, text: [messages].flat().join(" ") }] : [];
    });
    for (const { field, text } of known) {
      setText(find(this.#row(field), ".error"), text);
      this.#field(field).setAttribute("aria-invalid", "true");
    }
    setText(this.#error, known.length ? "" : detail);
    if (known[0]) this.#field(known[0].field).focus();
    return known.length > 0;
  }
}
