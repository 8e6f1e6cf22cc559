/** The path below which the server is, without a slash at its end; empty at the root of its host. */
export const PREFIX = document.body.dataset.prefix ?? "";
