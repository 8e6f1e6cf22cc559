/**
 * @import { MenuItem } from "../types.js"
 * @import { ServerStatus } from "../transport/server-status.js"
 * @import { Chat } from "./chat.js"
 */

import { attempt } from "../ui/attempt.js";
import { byId, setText } from "../ui/dom.js";
import { menuButton } from "../ui/menu.js";

/**
 * Name the model of the conversation in the header, in a button whose menu chooses another one.
 *
 * @param {Chat} chat
 * @param {ServerStatus} status
 */
export function showModelPicker(chat, status) {
  const button = byId("model");
  const show = () => {
    const { model } = chat.settings;
    const found = status.find(model);
    button.hidden = !status.models.length || (chat.state !== "ready" && chat.state !== "new");
    setText(button, found?.name ?? model ?? "");
    button.classList.toggle("missing", !found);
    button.title = found ? "Model of this conversation" : "This model is not offered any more. Choose another one.";
    button.setAttribute("aria-label", `Model: ${found?.name ?? `${model}, not offered any more`}`);
  };
  menuButton(button, "Model", () => items(chat, status));
  chat.on("shown", show);
  chat.list.on("change", show);
  status.on("change", show);
  show();
}

/**
 * Choosing the default model follows it when an administrator changes it.
 *
 * @param {Chat} chat
 * @param {ServerStatus} status
 * @returns {MenuItem[]}
 */
function items(chat, status) {
  const chosen = status.find(chat.settings.model);
  return status.models.map((model, index) => ({
    label: model.name,
    note: model.problem || (index ? "" : "Default"),
    checked: model === chosen,
    run: () => attempt(() => chat.changeSettings({ model: index ? model.id : null })),
  }));
}
