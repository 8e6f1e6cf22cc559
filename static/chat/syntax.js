// Colours for code, by highlight.js. Fetched when the first block of code is complete, each language when it is needed.

import DOMPurify from "../dompurify.js";
import highlighter from "../vendor/highlight.js-11.12.0/core.min.js";

// Each by its whole name: that is how the server finds what to give a hashed name.
const LANGUAGES = {
  bash: () => import("../vendor/highlight.js-11.12.0/bash.min.js"),
  c: () => import("../vendor/highlight.js-11.12.0/c.min.js"),
  cpp: () => import("../vendor/highlight.js-11.12.0/cpp.min.js"),
  css: () => import("../vendor/highlight.js-11.12.0/css.min.js"),
  diff: () => import("../vendor/highlight.js-11.12.0/diff.min.js"),
  dockerfile: () => import("../vendor/highlight.js-11.12.0/dockerfile.min.js"),
  go: () => import("../vendor/highlight.js-11.12.0/go.min.js"),
  ini: () => import("../vendor/highlight.js-11.12.0/ini.min.js"),
  java: () => import("../vendor/highlight.js-11.12.0/java.min.js"),
  javascript: () => import("../vendor/highlight.js-11.12.0/javascript.min.js"),
  json: () => import("../vendor/highlight.js-11.12.0/json.min.js"),
  markdown: () => import("../vendor/highlight.js-11.12.0/markdown.min.js"),
  python: () => import("../vendor/highlight.js-11.12.0/python.min.js"),
  rust: () => import("../vendor/highlight.js-11.12.0/rust.min.js"),
  sql: () => import("../vendor/highlight.js-11.12.0/sql.min.js"),
  typescript: () => import("../vendor/highlight.js-11.12.0/typescript.min.js"),
  xml: () => import("../vendor/highlight.js-11.12.0/xml.min.js"),
  yaml: () => import("../vendor/highlight.js-11.12.0/yaml.min.js"),
};
const fetched = new Map();

// Makes a language known to the highlighter, once.
function language(file) {
  if (!fetched.has(file)) {
    fetched.set(file, LANGUAGES[file]().then((module) => highlighter.registerLanguage(file, module.default)));
  }
  return fetched.get(file);
}

// The code as spans with classes. Its characters are the same; only spans get through.
export async function coloured(text, file) {
  await language(file);
  const { value } = highlighter.highlight(text, { language: file, ignoreIllegals: true });
  return DOMPurify.sanitize(value, { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], RETURN_DOM_FRAGMENT: true });
}
