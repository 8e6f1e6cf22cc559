/**
 * @import { Preset, Settings } from "../types.js"
 * @import { PresetList } from "../settings/preset-list.js"
 * @import { Chat } from "./chat.js"
 */

import { byId, setText } from "../ui/dom.js";
import { amount } from "../ui/format.js";

/**
 * Say in the header where the conversation's settings differ from the server's defaults: "Pirate · T 0.2".
 *
 * @param {Chat} chat
 * @param {PresetList} presets
 */
export function showSettingsChip(chat, presets) {
  const chip = byId("settings-chip");
  const show = () => {
    const text = chat.state === "ready" || chat.state === "new" ? summary(chat.settings, presets.presets) : "";
    setText(chip, text);
    chip.hidden = !text;
    chip.setAttribute("aria-label", `Settings that differ from the defaults: ${text}`);
  };
  chat.on("shown", show);
  chat.list.on("change", show);
  presets.on("change", show);
  show();
}

/**
 * The model has its own place in the header. A system prompt is named by the preset that has it.
 *
 * @param {Settings} settings
 * @param {Preset[]} presets
 */
function summary({ system_prompt: prompt, temperature, top_p: topP, max_tokens: tokens, seed }, presets) {
  const preset = prompt === null ? null : presets.find((each) => each.settings.system_prompt === prompt);
  const named = prompt === null ? null : prompt.trim() ? "Own system prompt" : "No system prompt";
  return [
    preset?.name ?? named,
    temperature === null ? null : `T ${temperature}`,
    topP === null ? null : `Top-p ${topP}`,
    tokens === null ? null : `At most ${amount(tokens)} tokens`,
    seed === null ? null : `Seed ${seed}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
