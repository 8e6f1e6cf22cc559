// The chat page: makes its parts, and lets them know of each other. Every part is a module of its own.

import { announce } from "./announce.js";
import { Answers } from "./answers.js";
import { EXPORT_ALL } from "./api.js";
import { showState } from "./banner.js";
import { Chat } from "./chat.js";
import "./composer.js";
import { Connection } from "./connection.js";
import { Conversations } from "./conversations.js";
import { closable } from "./dialogs.js";
import { dropOldDrafts } from "./drafts.js";
import { Follow } from "./follow.js";
import { showHeader } from "./header.js";
import "./list.js";
import { menuButton } from "./menu.js";
import { showPlace } from "./places.js";
import { plainly } from "./problems.js";
import { SettingsPanel } from "./settings.js";
import { Sheet } from "./sheet.js";
import { listen, nameKeys } from "./shortcuts.js";
import { Status } from "./status.js";
import { toast } from "./toasts.js";
import { chooseImport } from "./transfer.js";
import "./turns.js";

const find = (id) => document.getElementById(id);
const scroller = find("scroller");
const turns = find("turns");
const composer = find("composer");
const listView = find("conversations");

const connection = new Connection("/chat/socket");
const answers = new Answers(connection);
const list = new Conversations(connection);
const chat = new Chat(connection, answers, list);
const status = new Status(connection);
const sheet = new Sheet();
const follow = new Follow(scroller, find("below"));
const settings = new SettingsPanel(chat, status);

// Does something that the server may refuse, and says so where it does.
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    toast(plainly(error));
  }
}

// Where the page is: /c/ID is a conversation, everything else a new one.
function idInPath() {
  return location.pathname.match(/^\/c\/([0-9a-f-]{36})$/i)?.[1] ?? null;
}

function goTo(id, { push = true } = {}) {
  if (push && id !== idInPath()) history.pushState(null, "", id ? `/c/${id}` : "/");
  if (id) chat.show(id);
  else chat.showNew();
  const focus = !matchMedia("(pointer: coarse)").matches;
  sheet.close(false);
  if (focus) composer.focus();
}

// The places of a conversation where one can do something to it: in the list and at its head.
const actions = {
  rename: ({ id }, title) => attempt(() => list.change(id, { title })),
  pin: ({ id, pinned }) => attempt(() => list.change(id, { pinned: !pinned })),
  async remove({ id }) {
    const { title } = list.get(id) ?? { title: "" };
    const next = listView.neighbour(id);
    const shown = chat.id === id;
    await attempt(async () => {
      await list.remove(id);
      if (shown) goTo(null);
      else next?.focus();
      const restore = () =>
        attempt(async () => {
          await list.restore(id);
          if (shown) goTo(id);
          else listView.item(id)?.focus();
        });
      toast(`“${title}” was deleted.`, { word: "Undo", run: restore });
    });
  },
};

const on = (target, name, work) => target.addEventListener(name, work);

// The list.
on(listView, "open-conversation", ({ detail }) => goTo(detail.id));
on(listView, "rename", ({ detail }) => actions.rename(detail, detail.title));
on(listView, "pin", ({ detail }) => attempt(() => list.change(detail.id, { pinned: detail.pinned })));
on(listView, "delete-conversation", ({ detail }) => actions.remove(detail));
on(find("new-chat"), "click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  goTo(null);
});

// The composer.
on(composer, "ask", ({ detail }) => chat.ask(detail.text));
on(composer, "stop", () => attempt(() => chat.stop()));
on(composer, "edit-last", () => turns.lastQuestion?.edit());

// The messages.
on(turns, "ask", ({ detail }) => {
  chat.ask(detail.text, detail.question);
  composer.focus();
});
on(turns, "ask-again", ({ detail }) => chat.askAgain(detail));
on(turns, "discard", ({ detail }) => {
  chat.discard(detail);
  composer.focus();
});
on(turns, "answer-again", ({ detail }) => attempt(() => chat.regenerate(detail.id)));
on(turns, "regenerate", ({ detail }) => attempt(() => chat.regenerate(detail.parent)));
on(turns, "resume", ({ detail }) => attempt(() => chat.resume(detail.id)));
on(turns, "edit-question", ({ detail }) => turns.element(detail.parent)?.edit());
on(turns, "edit-closed", () => composer.focus());
on(turns, "opened", () => follow.release());
on(turns, "turn-to", ({ detail }) => attempt(() => chat.turnTo(detail.to, turns.element(detail.from))));
on(turns, "focus-lost", ({ detail }) => {
  const { step } = detail.was.dataset;
  const again = detail.now && turns.element(detail.now)?.querySelector(`[data-step="${step}"]:enabled, [data-step]:enabled`);
  if (again) again.focus({ preventScroll: true });
  else composer.focus();
});

// The history of the browser follows the conversation, and the other way round; after signing in one is where one was.
on(chat, "named", ({ detail }) => history.pushState(null, "", `/c/${detail}`));
on(chat, "shown", () => find("sign-in")?.setAttribute("href", `/accounts/sign-in?next=${encodeURIComponent(location.pathname)}`));
on(chat, "lost", ({ detail }) => toast(`A question was not sent, and is kept as a draft. ${plainly(detail.error)}`));
on(window, "popstate", () => idInPath() !== chat.id && goTo(idInPath(), { push: false }));

// Small things: menus, panels, keys.
menuButton(find("main-menu"), "Menu", () => [
  { label: "Import conversations", run: () => chooseImport(() => list.refresh()) },
  { label: "Export all conversations", href: EXPORT_ALL, download: "" },
  null,
  { label: "Appearance", run: () => find("appearance").showModal() },
  { label: "Keyboard shortcuts", run: () => find("shortcuts").showModal(), keys: "?" },
  { label: "The API", href: "/docs/" },
]);
on(find("open-settings"), "click", () => settings.open());
for (const dialog of document.querySelectorAll("dialog.note-card")) closable(dialog);
listen({
  newChat: () => goTo(null),
  search() {
    sheet.open();
    find("search").focus();
    find("search").select();
  },
  settings: () => (find("open-settings").hidden ? false : settings.open()),
  sheet: () => find("shortcuts").showModal(),
  focusQuestion: () => composer.focus(),
  list() {
    sheet.open();
    (listView.querySelector("[aria-current]") ?? listView.querySelector("a") ?? find("search")).focus();
  },
  escape() {
    if (sheet.isOpen) return sheet.close();
    if (document.activeElement !== composer.area && !composer.hidden) return composer.focus();
    return false;
  },
});
on(chat, "messages", ({ detail }) => detail.asked && chat.generating && announce("The answer is being made."));

// iOS lays the keyboard over the page: what is seen of it is its height.
const { visualViewport } = window;
if (visualViewport) {
  const fit = () => visualViewport.scale === 1 && document.documentElement.style.setProperty("--seen", `${visualViewport.height}px`);
  on(visualViewport, "resize", fit);
  fit();
}

listView.connect(list, chat);
turns.connect(chat, follow, scroller);
composer.connect(chat, status);
showHeader(chat, status, actions);
showState(status, connection);
showPlace(chat, status, {
  ask: (text) => {
    chat.ask(text);
    composer.focus();
  },
  newChat: () => goTo(null),
  restore: () => attempt(async () => {
    await list.restore(chat.id);
    await chat.show(chat.id);
  }),
  again: () => chat.show(chat.id),
});
nameKeys();
dropOldDrafts();
connection.connect();
list.refresh();
status.ask();
goTo(idInPath(), { push: false });
document.body.dataset.ready = "";
