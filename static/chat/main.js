// The chat page: makes its parts and connects them. Each part is a module of its own.

import { showServerState } from "./composer/banner.js";
import { ChatComposer } from "./composer/composer.js";
import { Chat } from "./conversation/chat.js";
import { deleteOldDrafts } from "./conversation/drafts.js";
import { showHeader } from "./conversation/header.js";
import { LiveAnswers } from "./conversation/live-answers.js";
import { listenToMessages } from "./conversation/message-actions.js";
import { showModelPicker } from "./conversation/model-picker.js";
import { showPlaceholder } from "./conversation/placeholder.js";
import { showSettingsChip } from "./conversation/settings-chip.js";
import { showShares } from "./conversation/sharing.js";
import { handleTemporaryChats } from "./conversation/temporary.js";
import { takeDroppedFiles } from "./files/dropping.js";
import { Conversations } from "./list/conversations.js";
import { Drawer } from "./list/drawer.js";
import { chooseImport, importChats } from "./list/import-file.js";
import { ChatList } from "./list/list.js";
import { showTagFilter } from "./list/tag-filter.js";
import { totalTime } from "./messages/answer/receipt.js";
import { AutoScroll } from "./messages/auto-scroll.js";
import { ChatTurns } from "./messages/turns.js";
import { offerPrompts } from "./prompts/opening.js";
import { PresetList } from "./settings/preset-list.js";
import { SettingsPanel } from "./settings/settings-panel.js";
import { EXPORT_ALL } from "./transport/api.js";
import { Connection } from "./transport/connection.js";
import { PREFIX } from "./transport/path-prefix.js";
import { ServerStatus } from "./transport/server-status.js";
import { attempt } from "./ui/attempt.js";
import { closable } from "./ui/dialogs.js";
import { byId } from "./ui/dom.js";
import { menuButton } from "./ui/menu.js";
import { notifyEnded, showNotificationSettings } from "./ui/notifications.js";
import { listenForShortcuts, nameKeys } from "./ui/shortcuts.js";
import { toast } from "./ui/toasts.js";

const scroller = byId("scroller");
const turns = byId("turns", ChatTurns);
const composer = byId("composer", ChatComposer);
const listView = byId("conversations", ChatList);
const searchField = byId("search", HTMLInputElement);
const appearanceDialog = byId("appearance", HTMLDialogElement);
const shortcutsDialog = byId("shortcuts", HTMLDialogElement);

const connection = new Connection(`${PREFIX}/chat/socket`);
const answers = new LiveAnswers(connection);
const list = new Conversations(connection);
const presets = new PresetList();
const chat = new Chat(connection, answers, list, presets);
const status = new ServerStatus(connection);
const drawer = new Drawer();
const scroll = new AutoScroll(scroller, byId("below"));
const settings = new SettingsPanel(chat, status, presets);

/** Return the conversation's id in the address, /c/ID; null for a new conversation. */
function idInPath() {
  return location.pathname.slice(PREFIX.length).match(/^\/c\/([0-9a-f-]{36})$/i)?.[1] ?? null;
}

/** @param {string | null} id of a conversation, null for a new one */
function goTo(id, { push = true } = {}) {
  if (push && id !== idInPath()) history.pushState(null, "", id ? `${PREFIX}/c/${id}` : `${PREFIX}/`);
  const shown = id ? chat.show(id) : chat.showNew();
  const focus = !matchMedia("(pointer: coarse)").matches;
  drawer.close(false);
  if (focus) composer.focus();
  return shown;
}

/**
 * Show the message of a search result, whatever branch it is on.
 *
 * @param {string} id of the conversation
 * @param {string} message
 */
async function showFound(id, message) {
  const { search } = list;
  await goTo(id);
  if (chat.id === id) await chat.showMessage(message);
  if (chat.id === id) await turns.reveal(message, search);
}

// Actions on a conversation, used by the list and by the header.
const actions = {
  /**
   * @param {{ id: string }} conversation
   * @param {string} title
   */
  rename: ({ id }, title) => attempt(() => list.change(id, { title })),

  /** @param {{ id: string, pinned: boolean }} conversation */
  pin: ({ id, pinned }) => attempt(() => list.change(id, { pinned: !pinned })),

  /** @param {{ id: string }} conversation */
  tag: ({ id }) =>
    attempt(async () => {
      const { editTags } = await import("./list/tags-dialog.js");
      editTags(list, id);
    }),

  /** @param {{ id: string }} conversation */
  async remove({ id }) {
    const title = list.get(id)?.title ?? "";
    const next = listView.neighbour(id);
    const shown = chat.id === id;
    const restore = () =>
      attempt(async () => {
        await list.restore(id);
        if (shown) goTo(id);
        else listView.item(id)?.focus();
      });
    await attempt(async () => {
      await list.remove(id);
      if (shown) goTo(null);
      else next?.focus();
      toast(`“${title}” was deleted.`, { label: "Undo", run: restore });
    });
  },
};

function showTemporary() {
  goTo(null);
  chat.showTemporary();
}

/** @param {File} file */
async function importFrom(file) {
  await importChats(file);
  await list.refresh();
}

/** @param {string} text */
function askExample(text) {
  chat.ask({ text, files: [] });
  composer.focus();
}

// The list
listView.addEventListener("open-conversation", ({ detail: { id, message } }) => {
  if (message) attempt(() => showFound(id, message));
  else goTo(id);
});
listView.addEventListener("rename", ({ detail }) => actions.rename(detail, detail.title));
listView.addEventListener("pin", ({ detail }) => attempt(() => list.change(detail.id, { pinned: detail.pinned })));
listView.addEventListener("edit-tags", ({ detail }) => actions.tag(detail));
listView.addEventListener("delete-conversation", ({ detail }) => actions.remove(detail));
byId("new-chat").addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  goTo(null);
});

// The address follows the conversation and the other way round. Signing in returns to the conversation.
chat.on("named", (id) => chat.temporary || history.pushState(null, "", `${PREFIX}/c/${id}`));
chat.on("shown", () => {
  const next = encodeURIComponent(location.pathname);
  document.getElementById("sign-in")?.setAttribute("href", `${PREFIX}/accounts/sign-in?next=${next}`);
});
answers.on("finished", ({ conversation, runs }) => {
  const run = runs.at(-1);
  const title = list.get(conversation)?.title ?? "";
  if (run) notifyEnded({ title, seconds: totalTime(run), open: () => goTo(conversation) });
});
addEventListener("popstate", () => idInPath() !== chat.id && goTo(idInPath(), { push: false }));

// Menus, dialogs, keys
const { administration: address } = document.body.dataset; // of those who may
const administration = address ? [{ label: "Administration", icon: "gauge", href: address }] : [];
menuButton(byId("main-menu"), "Menu", () => [
  { label: "Temporary chat", icon: "message-circle-dashed", run: showTemporary },
  null,
  { label: "Import conversations", icon: "upload", run: () => chooseImport(importFrom) },
  { label: "Shared links", icon: "share-2", run: showShares },
  { label: "Export all conversations", icon: "download", href: EXPORT_ALL, download: "" },
  null,
  { label: "Appearance", icon: "sun-moon", run: () => appearanceDialog.showModal() },
  { label: "Notifications", icon: "bell", run: showNotificationSettings },
  { label: "Keyboard shortcuts", icon: "keyboard", run: () => shortcutsDialog.showModal(), shortcut: "?" },
  { label: "API documentation", icon: "book-open", href: `${PREFIX}/docs/` },
  ...administration,
]);
const settingsButton = byId("open-settings");
byId("settings-chip").addEventListener("click", () => settings.open());
settingsButton.addEventListener("click", () => settings.open());
for (const dialog of [appearanceDialog, shortcutsDialog]) closable(dialog);
listenForShortcuts({
  newChat: () => goTo(null),
  search() {
    drawer.open();
    searchField.focus();
    searchField.select();
  },
  settings: () => (settingsButton.hidden ? false : settings.open()),
  help: () => shortcutsDialog.showModal(),
  focusQuestion: () => composer.focus(),
  focusList() {
    drawer.open();
    const item = listView.querySelector("[aria-current]") ?? listView.querySelector("a");
    (item instanceof HTMLElement ? item : searchField).focus();
  },
  escape() {
    if (drawer.isOpen) drawer.close();
    else if (document.activeElement !== composer.area && !composer.hidden) composer.focus();
    else return false;
    return true;
  },
});

takeDroppedFiles({ exports: importFrom, files: (files) => composer.attach(files) });

// iOS lays the keyboard over the page: the page is as high as the part above it.
const { visualViewport } = window;
if (visualViewport) {
  const fit = () => {
    if (visualViewport.scale !== 1) return;
    document.documentElement.style.setProperty("--seen", `${visualViewport.height}px`);
  };
  visualViewport.addEventListener("resize", fit);
  fit();
}

turns.addEventListener("receipt-opened", () => scroll.release());
offerPrompts(composer.area, byId("open-prompts"));
listenToMessages(chat, turns, composer);
listView.connect(list, chat);
showTagFilter(list, byId("tags"));
turns.connect(chat, scroll, scroller);
composer.connect(chat, status);
handleTemporaryChats(chat, (id) => chat.show(id));
showHeader(chat, status, actions);
showModelPicker(chat, status);
showSettingsChip(chat, presets);
showServerState(status, connection);
showPlaceholder(chat, status, {
  ask: askExample,
  newChat: () => goTo(null),
  restore: () =>
    attempt(async () => {
      const { id } = chat;
      if (id === null) return;
      await list.restore(id);
      await chat.show(id);
    }),
  retry: () => chat.id && chat.show(chat.id),
});
nameKeys();
deleteOldDrafts();
connection.connect();
list.refresh();
status.refresh();
presets.refresh().catch(() => {}); // their names and the user's defaults are not shown then
goTo(idInPath(), { push: false });
document.body.dataset.ready = "";
