/**
 * @import { Conversation } from "../types.js"
 * @import { ServerStatus } from "../transport/server-status.js"
 * @import { Chat } from "./chat.js"
 */

import { conversationMenu, MAX_TITLE_CHARS } from "../list/list-item.js";
import { byId, setText } from "../ui/dom.js";
import { editInPlace } from "../ui/edit-in-place.js";
import { menuButton } from "../ui/menu.js";
import { shareConversation } from "./sharing.js";

const TITLES = {
  new: "New chat",
  loading: "",
  ready: "New chat",
  missing: "Not found",
  deleted: "Deleted",
  failed: "Not loaded",
};

/**
 * @typedef {object} Actions
 * @property {(conversation: { id: string }, title: string) => unknown} rename
 * @property {(conversation: Conversation) => unknown} pin
 * @property {(conversation: Conversation) => unknown} tag
 * @property {(conversation: { id: string }) => unknown} remove
 */

/**
 * Keep the header up to date: the conversation's title, which can be edited in place, and its menu. Also the document's
 * title and the operator's name for the page.
 *
 * @param {Chat} chat
 * @param {ServerStatus} status
 * @param {Actions} actions
 */
export function showHeader(chat, status, actions) {
  const brand = byId("brand");
  const title = byId("title");
  const more = byId("more");
  const settings = byId("open-settings");
  const rename = () => {
    const { conversation } = chat;
    if (!conversation || !title.isConnected) return;
    const field = { value: conversation.title, label: "Conversation title", maxLength: MAX_TITLE_CHARS };
    editInPlace(title, field, (name) => {
      more.focus();
      if (name) actions.rename(conversation, name);
    });
  };
  title.addEventListener("dblclick", rename);
  menuButton(more, "Conversation", () => {
    const { conversation } = chat;
    if (!conversation) return [];
    const pin = () => actions.pin(conversation);
    const tag = () => actions.tag(conversation);
    const remove = () => actions.remove(conversation);
    // The shortcuts work only in the list.
    const items = conversationMenu(conversation, { rename, pin, tag, remove }).map(
      (item) => item && { ...item, shortcut: "" },
    );
    const share = () => shareConversation(conversation.id);
    return conversation.temporary ? items : [{ label: "Share a link", icon: "share-2", run: share }, ...items];
  });
  const show = () => {
    const { state, conversation } = chat;
    const name = ((state === "ready" || state === "loading") && conversation?.title) || TITLES[state];
    setText(title, name);
    if (status.page) setText(brand, status.page.name);
    document.title = state === "new" ? brand.textContent : `${name || "Conversation"} · ${brand.textContent}`;
    more.hidden = state !== "ready" || !conversation;
    settings.hidden = state !== "ready" && state !== "new";
  };
  chat.on("shown", show);
  chat.list.on("change", show);
  status.on("change", show);
  show();
}
