// The server's HTTP side: conversations, messages, presets, status. Every failure is an ApiError.

export class ApiError extends Error {
  constructor(status, { detail, code, fields } = {}) {
    super(detail ?? "The server did not say what was wrong. Try again.");
    this.status = status; // 0: the server was not reached
    this.code = code ?? "error";
    this.fields = fields ?? {};
  }
}

// The CSRF token: of the cookie, which changes at sign-in, else of the page.
function csrfToken() {
  const cookie = document.cookie.split("; ").find((each) => each.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : (document.querySelector("[data-csrf]")?.dataset.csrf ?? "");
}

// One request. Resolves to the JSON of the answer, null where there is none.
export async function request(method, path, body, signal) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = body === undefined || typeof body === "string" || body instanceof Blob ? body : JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, { method, headers, body: sent, signal, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { detail: "The server cannot be reached. Check the connection and try again.", code: "offline" });
  }
  const text = response.status === 204 ? "" : await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    throw new ApiError(response.status, { detail: `The server answered ${response.status} in a form that this page does not know. Try again.` });
  }
  if (!response.ok) throw new ApiError(response.status, answer ?? undefined);
  return answer;
}

const query = (values) => {
  const given = Object.entries(values).filter(([, value]) => value);
  return given.length ? `?${new URLSearchParams(given)}` : "";
};

export const conversations = {
  list: ({ search, before } = {}, signal) => request("GET", `/chat/conversations${query({ search, before })}`, undefined, signal),
  change: (id, changes) => request("PATCH", `/chat/conversations/${id}`, changes),
  remove: (id) => request("DELETE", `/chat/conversations/${id}`),
  restore: (id) => request("POST", `/chat/conversations/${id}/restore`),
  messages: (id, before, signal) => request("GET", `/chat/conversations/${id}/messages${query({ before })}`, undefined, signal),
  branch: (id, message) => request("POST", `/chat/conversations/${id}/branch`, { message }),
  exportPath: (id, as) => `/chat/conversations/${id}/export?as=${as}`,
};

export const presets = {
  list: () => request("GET", "/chat/presets"),
  add: (name, settings) => request("POST", "/chat/presets", { name, settings }),
  change: (id, changes) => request("PATCH", `/chat/presets/${id}`, changes),
  remove: (id) => request("DELETE", `/chat/presets/${id}`),
};

export const status = () => request("GET", "/chat/status");
export const importFile = (file) => request("POST", "/chat/import", file);
export const EXPORT_ALL = "/chat/export";
