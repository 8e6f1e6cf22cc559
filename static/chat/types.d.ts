// What the server and the page exchange: docs/chat.md describes the HTTP API, chat/transport/frames.py the socket's frames.
// Names and comments there apply here; this file adds what exists only in the page.

/** A UUID. */
export type Id = string;

/** ISO 8601 in UTC. */
export type Timestamp = string;

// The HTTP API

export interface Settings {
  /** An id. */
  model: string | null;
  system_prompt: string | null;
  temperature: number | null;
  top_p: number | null;
  max_tokens: number | null;
  seed: number | null;
}

export interface Conversation {
  id: Id;
  title: string;
  pinned: boolean;
  tags: string[];
  /** It is in no list, and is deleted when its page is left. */
  temporary: boolean;
  created_at: Timestamp;
  updated_at: Timestamp;
  answering: boolean;
  settings: Settings;
  /** Only in search results: the text around the match, and its message. */
  snippet?: string;
  message?: Id;
}

export interface ConversationChanges {
  title?: string;
  pinned?: boolean;
  tags?: string[];
  temporary?: false;
  settings?: Partial<Settings>;
}

export interface ErrorBody {
  code: string;
  detail: string;
  fields?: FieldErrors;
}

/** Error texts by field; nested fields have dotted names. */
export type FieldErrors = Record<string, string | string[]>;

/** Seconds by phase. */
export type Timings = Partial<Record<"queue" | "prompt" | "first_token" | "decode", number>>;

/** One run of the engine on an answer. */
export interface Run {
  at: Timestamp;
  model: string;
  finish_reason: string;
  seed: number | null;
  temperature: number;
  top_p: number;
  max_tokens: number;
  context_size: number;
  threads: number | null;
  prompt_tokens: number;
  reused_tokens: number;
  generated_tokens: number;
  /** Of a thought; absent without one. */
  reasoning_tokens?: number;
  /** Seconds of thinking; absent without a thought. */
  thinking?: number;
  timings: Timings;
}

/** A file that a question brings, as text. */
export interface MessageFile {
  name: string;
  text: string;
}

/** A file in the composer. `tokens`: the exact count; null until the server has counted. */
export interface AttachedFile extends MessageFile {
  tokens: number | null;
}

/** What a user has written. */
export interface Written {
  text: string;
  files: MessageFile[];
}

interface MessageBase extends Written {
  id: Id;
  conversation: Id;
  parent: Id | null;
  siblings: Id[];
  runs: Run[];
}

/** A message that the server has saved. */
export interface SavedMessage extends MessageBase {
  role: "user" | "assistant";
  status: "complete" | "generating" | "length" | "stopped" | "failed" | "interrupted";
  created_at: Timestamp;
  error: ErrorBody | null;
  /** The thought of an answer; empty without one. */
  reasoning: string;
  /** Whether its reader wrote it, as another version of an answer. */
  edited: boolean;
  /** Over all runs. */
  thinking_seconds: number;
  /** Over all runs; null before the second token. */
  tokens_per_second: number | null;
  window_start: Id | null;
}

/**
 * A question that is on its way ("sending"), that the server refused ("unsent"), or that is sent when the answer that is
 * being generated has ended ("queued"). Exists only in the page.
 */
export interface PendingQuestion extends MessageBase {
  role: "user";
  status: "sending" | "unsent" | "queued";
  error: ErrorBody | null;
  /** The key of its draft. */
  draft: string;
  settings?: Settings;
  temporary?: boolean;
  /** Whether it was queued before it was sent. */
  queued?: boolean;
  window_start?: undefined;
}

export type Message = SavedMessage | PendingQuestion;

/** Tokens of the context: in use after the last run (null before the first), and in all. */
export interface ContextUse {
  used_tokens: number | null;
  size: number;
}

export interface ConversationPage {
  pinned?: Conversation[];
  conversations: Conversation[];
  next: string | null;
}

export interface MessagePage {
  messages: SavedMessage[];
  earlier: boolean;
  conversation: Conversation;
  context: ContextUse;
}

export interface DeletionPage extends MessagePage {
  /** How many messages were deleted. */
  deleted: number;
}

export interface Preset {
  id: Id;
  name: string;
  /** New chats begin with it. */
  default: boolean;
  settings: Settings;
}

export interface PresetChanges {
  name?: string;
  default?: boolean;
  settings?: Settings;
}

/** A text with {{placeholders}}. */
export interface SavedPrompt {
  id: Id;
  name: string;
  text: string;
}

/** A read-only link to a branch of a conversation. */
export interface Share {
  id: string;
  path: string;
  title: string;
  conversation: Id;
  created_at: Timestamp;
}

export interface DownloadProgress {
  bytes: number;
  total_bytes: number | null;
}

export interface Health {
  status: string;
  detail: string;
  progress?: DownloadProgress;
}

/** The operator's name, note and example questions for the page. */
export interface PageTexts {
  name: string;
  note: string;
  example_questions: string[];
}

export interface Defaults {
  system_prompt: string;
  temperature: number;
  top_p: number;
  max_tokens: number;
  context_size: number | null;
}

export interface Limits {
  context_size: number | null;
  max_answer_tokens: number | null;
}

/** A model that is offered. `problem`: why it cannot answer questions; empty if it can, as far as is known. */
export interface OfferedModel {
  id: string;
  name: string;
  problem: string;
  context_size: number;
  max_answer_tokens: number;
}

/** The same for every page. `models`: the default one first. */
export interface StatusOfServer {
  health: Health;
  model: string | null;
  notice: string | null;
  models: OfferedModel[];
  defaults: Defaults;
  limits: Limits;
  sign_up: boolean;
  page: PageTexts;
}

export interface StatusBody extends StatusOfServer {
  user: string | null;
}

export interface ImportResult {
  imported: number;
  skipped: number;
  /** The product that the file comes from, if it is another one. */
  product?: string;
  /** What was left out: "3 images". */
  left_out?: string[];
  /** Saved prompts that are new; only of a file that has some. */
  prompts?: number;
}

// The socket. Frames of the page get their `request` when they are sent.

export interface SendFrame {
  type: "send";
  conversation: Id;
  message: Id;
  parent: Id | null;
  text: string;
  files?: MessageFile[];
  settings?: Settings;
  temporary?: boolean;
}

export type ClientFrame =
  | SendFrame
  | { type: "regenerate" | "continue" | "stop" | "unwatch"; message: Id }
  | { type: "watch"; message: Id; offset: number }
  | { type: "count"; file: MessageFile }
  | { type: "ping" };

export interface HelloFrame {
  type: "hello";
  version: number;
  model: string | null;
  notice: string | null;
}

export interface SavedFrame {
  type: "saved";
  request: string | null;
  conversation: Conversation;
  messages: SavedMessage[];
}

export interface DoneFrame {
  type: "done";
  request: string;
}

export interface CountedFrame {
  type: "counted";
  request: string;
  tokens: number;
}

export interface ErrorFrame {
  type: "error";
  request: string | null;
  code: string;
  detail: string;
  fields?: FieldErrors;
}

export interface QueuedFrame {
  type: "queued";
  message: Id;
  position: number;
  estimated_seconds: number | null;
}

export interface StartedFrame {
  type: "started";
  message: Id;
  prompt_tokens: number;
  reused_tokens: number;
}

export interface TextFrame {
  type: "text" | "reasoning";
  message: Id;
  offset: number;
  text: string;
  tokens: number;
  reasoning_tokens: number;
  tokens_per_second: number | null;
  /** Of a thought: how long the model has been thinking in this run. */
  seconds?: number;
}

export interface FinishedFrame {
  type: "finished";
  message: SavedMessage;
}

export interface StatusFrame {
  type: "status";
  status: StatusOfServer;
}

export interface ChangedFrame {
  type: "changed";
  conversation: Conversation;
}

export interface RemovedFrame {
  type: "removed";
  conversation: Id;
}

export type ServerFrame =
  | HelloFrame
  | SavedFrame
  | DoneFrame
  | CountedFrame
  | ErrorFrame
  | QueuedFrame
  | StartedFrame
  | TextFrame
  | FinishedFrame
  | ChangedFrame
  | StatusFrame
  | RemovedFrame;

// The page

/** A question that was sent and is not known to be saved. */
export interface SentQuestion extends Written {
  conversation: Id;
  message: Id;
  parent: Id | null;
}

/** A question that follows the answer `after`, once that has ended. */
export interface QueuedQuestion extends Written {
  message: Id;
  after: Id;
}

export interface Draft extends Written {
  sent: SentQuestion | null;
  revived: SentQuestion | null;
  queued: QueuedQuestion | null;
}

/** What changed in the branch that is shown. */
export interface BranchChange {
  /** The element that stays where it is on the screen. */
  anchor?: HTMLElement;
  /** The question that was just asked. */
  asked?: Id;
  /** A question was just queued. */
  queued?: boolean;
  /** The answer that just ended. */
  finished?: SavedMessage;
  /** Earlier messages were added at the top. */
  earlier?: boolean;
  /** The conversation was just opened. */
  opened?: boolean;
  /** The message version that was just chosen. */
  selected?: Id;
}

export interface ToastAction {
  label: string;
  run: () => void;
}

/** An action, a link, a time that is only shown, or (null) a separator. */
export type MenuItem = {
  label: string;
  icon?: string;
  note?: string;
  /** Of a choice among the items. */
  checked?: boolean;
  run?: () => void;
  href?: string;
  download?: string;
  danger?: boolean;
  shortcut?: string;
  time?: Timestamp;
} | null;

type TagOf<Selector extends string> = Selector extends `${infer Tag}.${string}` ? Tag : Selector;

/** The element that `h(selector)` makes. */
export type ElementOf<Selector extends string> =
  TagOf<Selector> extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[TagOf<Selector>] : HTMLElement;

export type Child = Node | string | null | undefined | false;

declare global {
  // The page's own events; all bubble.
  interface HTMLElementEventMap {
    // chat-composer, chat-question
    ask: CustomEvent<Written & { question?: Message }>;
    stop: Event;
    "edit-last": Event;
    "ask-again": CustomEvent<PendingQuestion>;
    discard: CustomEvent<PendingQuestion>;
    "answer-again": CustomEvent<Message>;
    "edit-queued": CustomEvent<PendingQuestion>;
    "remove-queued": CustomEvent<PendingQuestion>;
    "edit-closed": CustomEvent<undefined>;
    "delete-message": CustomEvent<SavedMessage>;
    // chat-answer
    regenerate: CustomEvent<SavedMessage>;
    resume: CustomEvent<SavedMessage>;
    "edit-question": CustomEvent<SavedMessage>;
    "compare-versions": CustomEvent<SavedMessage>;
    "edit-answer": CustomEvent<{ message: SavedMessage; text: string }>;
    "receipt-opened": CustomEvent<SavedMessage>;
    // chat-turns
    "select-version": CustomEvent<{ to: Id; from: Id }>;
    "focus-lost": CustomEvent<{ was: HTMLElement; selected?: Id }>;
    // chat-list-item
    "open-conversation": CustomEvent<{ id: Id; message?: Id }>;
    rename: CustomEvent<{ id: Id; title: string }>;
    pin: CustomEvent<{ id: Id; pinned: boolean }>;
    "edit-tags": CustomEvent<{ id: Id }>;
    "delete-conversation": CustomEvent<{ id: Id }>;
  }
}
