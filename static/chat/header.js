// The head of the conversation: its title, which can be edited in place, and what can be done to the whole of it.

import { setText } from "./dom.js";
import { conversationMenu, LONGEST_TITLE } from "./list-item.js";
import { menuButton } from "./menu.js";
import { editInPlace } from "./rename.js";

const TITLES = { new: "New chat", loading: "", missing: "Not found", deleted: "Deleted", failed: "Not fetched" };

// Keeps the title of the conversation, and with it that of the document, and the name that the operator gave the page.
// `actions`: rename, pin, remove, each with the conversation.
export function showHeader(chat, status, actions) {
  const brand = document.getElementById("brand");
  const title = document.getElementById("title");
  const more = document.getElementById("more");
  const settings = document.getElementById("open-settings");
  const rename = () => {
    const { conversation } = chat;
    if (!conversation || !title.isConnected) return;
    editInPlace(title, { value: conversation.title, label: "Name of the conversation", longest: LONGEST_TITLE }, (name) => {
      more.focus();
      if (name) actions.rename(conversation, name);
    });
  };
  title.addEventListener("dblclick", rename);
  menuButton(more, "Conversation", () => {
    const { conversation } = chat;
    const items = conversationMenu(conversation, { rename, pin: () => actions.pin(conversation), remove: () => actions.remove(conversation) });
    return items.map((item) => (item ? { ...item, keys: undefined } : item));
  });
  const show = () => {
    const name = chat.state === "ready" || chat.state === "loading" ? (chat.conversation?.title ?? TITLES.new) : TITLES[chat.state];
    setText(title, name);
    if (status.page) setText(brand, status.page.name);
    document.title = chat.state === "new" ? brand.textContent : `${name || "Conversation"} · ${brand.textContent}`;
    more.hidden = chat.state !== "ready" || !chat.conversation;
    settings.hidden = chat.state !== "ready" && chat.state !== "new";
  };
  chat.addEventListener("shown", show);
  chat.list.addEventListener("change", show);
  status.addEventListener("change", show);
  show();
}
