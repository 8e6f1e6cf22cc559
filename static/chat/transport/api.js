// The server's HTTP API: conversations, messages, presets, status. Every failure is an ApiError.

/**
 * @import { Share } from "../types.js"
 * @import { Conversation, ConversationChanges, ConversationPage, ErrorBody, FieldErrors, ImportResult } from "../types.js"
 * @import { DeletionPage, MessagePage, Preset, PresetChanges, SavedMessage, SavedPrompt, Settings, StatusBody } from "../types.js"
 */

import { PREFIX } from "./path-prefix.js";

const CSRF_COOKIE = `csrftoken${PREFIX.replaceAll("/", "-")}=`;

const ZIP = "application/zip";

export class ApiError extends Error {
  /**
   * @param {number} status the HTTP status; 0 if the server was not reached
   * @param {Partial<ErrorBody>} [body]
   */
  constructor(status, { detail, code, fields } = {}) {
    super(detail ?? "The server gave no reason. Try again.");
    this.status = status;
    this.code = code ?? "error";
    /** @type {FieldErrors} */
    this.fields = fields ?? {};
  }
}

/** Return the CSRF token from its cookie, which changes at sign-in, or from the page. */
function csrfToken() {
  const cookie = document.cookie.split("; ").find((each) => each.startsWith(CSRF_COOKIE));
  if (cookie) return cookie.slice(CSRF_COOKIE.length);
  return document.querySelector("body")?.dataset.csrf ?? "";
}

/**
 * Send a request. Return the JSON of the response, null if it has no body. Raise ApiError.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 */
async function request(method, path, body, signal) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined)
    headers["Content-Type"] = body instanceof Blob && body.type === ZIP ? ZIP : "application/json";
  const sent = body === undefined || typeof body === "string" || body instanceof Blob ? body : JSON.stringify(body);
  /** @type {RequestInit} */
  const options = { method, headers, body: sent ?? null, signal: signal ?? null, credentials: "same-origin" };
  /** @type {Response} */
  let response;
  try {
    response = await fetch(PREFIX + path, options);
  } catch (error) {
    if (isAbort(error)) throw error;
    const detail = "The server cannot be reached. Check the connection and try again.";
    throw new ApiError(0, { detail, code: "offline" });
  }
  const text = response.status === 204 ? "" : await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    const detail = `The server sent an unexpected response with status ${response.status}. Try again.`;
    throw new ApiError(response.status, { detail });
  }
  if (!response.ok) throw new ApiError(response.status, answer ?? undefined);
  return answer;
}

/**
 * Return whether this is the error of an aborted request.
 *
 * @param {unknown} error
 */
export function isAbort(error) {
  return error instanceof Error && error.name === "AbortError";
}

/** @param {Record<string, string | null | undefined>} values */
function query(values) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) parameters.set(name, value);
  return parameters.size ? `?${parameters}` : "";
}

export const conversations = {
  /**
   * @param {{ search?: string, tag?: string, before?: string | null }} page
   * @param {AbortSignal} [signal]
   * @returns {Promise<ConversationPage>}
   */
  list: ({ search, tag, before }, signal) =>
    request("GET", `/chat/conversations${query({ search, tag, before })}`, undefined, signal),

  /** @returns {Promise<{ tags: { name: string, conversations: number }[] }>} */
  tags: () => request("GET", "/chat/tags"),

  /**
   * @param {string} id
   * @param {ConversationChanges} changes
   * @returns {Promise<Conversation>}
   */
  change: (id, changes) => request("PATCH", `/chat/conversations/${id}`, changes),

  /**
   * @param {string} id
   * @returns {Promise<null>}
   */
  remove: (id) => request("DELETE", `/chat/conversations/${id}`),

  /**
   * Delete a conversation while the page is being left.
   *
   * @param {string} id
   */
  removeOnLeaving: (id) =>
    fetch(`${PREFIX}/chat/conversations/${id}`, {
      method: "DELETE",
      headers: { "X-CSRFToken": csrfToken() },
      keepalive: true,
    }),

  /**
   * @param {string} id
   * @returns {Promise<Conversation>}
   */
  restore: (id) => request("POST", `/chat/conversations/${id}/restore`),

  /**
   * @param {string} id
   * @param {string} [before] a message id
   * @returns {Promise<MessagePage>}
   */
  messages: (id, before) => request("GET", `/chat/conversations/${id}/messages${query({ before })}`),

  /**
   * @param {string} id
   * @param {string} message
   * @returns {Promise<MessagePage>}
   */
  branch: (id, message) => request("POST", `/chat/conversations/${id}/branch`, { message }),
};

/** @param {Pick<SavedMessage, "id" | "conversation">} message */
const messagePath = ({ conversation, id }) => `/chat/conversations/${conversation}/messages/${id}`;

export const messages = {
  /**
   * @param {Pick<SavedMessage, "id" | "conversation">} message
   * @returns {Promise<SavedMessage>}
   */
  get: (message) => request("GET", messagePath(message)),

  /**
   * @param {SavedMessage} message
   * @returns {Promise<DeletionPage>}
   */
  remove: (message) => request("DELETE", messagePath(message)),

  /**
   * @param {SavedMessage} message
   * @param {string} leaf the message to show the branch of
   * @returns {Promise<MessagePage>}
   */
  restore: (message, leaf) => request("POST", `${messagePath(message)}/restore`, { message: leaf }),

  /**
   * Write another version of an answer.
   *
   * @param {SavedMessage} message
   * @param {string} text
   * @returns {Promise<MessagePage>}
   */
  edit: (message, text) => request("POST", `${messagePath(message)}/versions`, { text }),
};

export const presets = {
  /** @returns {Promise<{ presets: Preset[] }>} */
  list: () => request("GET", "/chat/presets"),

  /**
   * @param {string} name
   * @param {Settings} settings
   * @returns {Promise<Preset>}
   */
  add: (name, settings) => request("POST", "/chat/presets", { name, settings }),

  /**
   * @param {string} id
   * @param {PresetChanges} changes
   * @returns {Promise<Preset>}
   */
  change: (id, changes) => request("PATCH", `/chat/presets/${id}`, changes),

  /**
   * @param {string} id
   * @returns {Promise<null>}
   */
  remove: (id) => request("DELETE", `/chat/presets/${id}`),
};

export const prompts = {
  /** @returns {Promise<{ prompts: SavedPrompt[] }>} */
  list: () => request("GET", "/chat/prompts"),

  /**
   * @param {{ name: string, text: string }} fields
   * @returns {Promise<SavedPrompt>}
   */
  add: (fields) => request("POST", "/chat/prompts", fields),

  /**
   * @param {string} id
   * @param {{ name: string, text: string }} fields
   * @returns {Promise<SavedPrompt>}
   */
  change: (id, fields) => request("PATCH", `/chat/prompts/${id}`, fields),

  /**
   * @param {string} id
   * @returns {Promise<null>}
   */
  remove: (id) => request("DELETE", `/chat/prompts/${id}`),
};

export const shares = {
  /** @returns {Promise<{ shares: Share[] }>} */
  list: () => request("GET", "/chat/shares"),

  /**
   * @param {string} conversation
   * @returns {Promise<Share>}
   */
  add: (conversation) => request("POST", "/chat/shares", { conversation }),

  /**
   * @param {string} id
   * @returns {Promise<null>}
   */
  remove: (id) => request("DELETE", `/chat/shares/${id}`),
};

/** @returns {Promise<StatusBody>} */
export const fetchStatus = () => request("GET", "/chat/status");

/**
 * @param {File} file
 * @returns {Promise<ImportResult>}
 */
export const importFile = (file) =>
  request("POST", "/chat/import", /\.zip$/i.test(file.name) ? new Blob([file], { type: ZIP }) : file);

/**
 * Return the address of a conversation's export.
 *
 * @param {string} id
 * @param {"markdown" | "json"} format
 */
export const exportPath = (id, format) => `${PREFIX}/chat/conversations/${id}/export?as=${format}`;

export const EXPORT_ALL = `${PREFIX}/chat/export`;
