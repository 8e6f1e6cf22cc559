// Syntax highlighting by highlight.js. Imported when the first code block is complete; each language when it is needed.

import DOMPurify from "../../../dompurify.js";
import highlighter from "../../../vendor/highlight.js-11.12.0/core.min.js";

// Every import needs its literal path: the static file storage replaces it by the hashed name.
const LANGUAGES = {
  bash: () => import("../../../vendor/highlight.js-11.12.0/bash.min.js"),
  c: () => import("../../../vendor/highlight.js-11.12.0/c.min.js"),
  cpp: () => import("../../../vendor/highlight.js-11.12.0/cpp.min.js"),
  css: () => import("../../../vendor/highlight.js-11.12.0/css.min.js"),
  diff: () => import("../../../vendor/highlight.js-11.12.0/diff.min.js"),
  dockerfile: () => import("../../../vendor/highlight.js-11.12.0/dockerfile.min.js"),
  go: () => import("../../../vendor/highlight.js-11.12.0/go.min.js"),
  ini: () => import("../../../vendor/highlight.js-11.12.0/ini.min.js"),
  java: () => import("../../../vendor/highlight.js-11.12.0/java.min.js"),
  javascript: () => import("../../../vendor/highlight.js-11.12.0/javascript.min.js"),
  json: () => import("../../../vendor/highlight.js-11.12.0/json.min.js"),
  markdown: () => import("../../../vendor/highlight.js-11.12.0/markdown.min.js"),
  python: () => import("../../../vendor/highlight.js-11.12.0/python.min.js"),
  rust: () => import("../../../vendor/highlight.js-11.12.0/rust.min.js"),
  sql: () => import("../../../vendor/highlight.js-11.12.0/sql.min.js"),
  typescript: () => import("../../../vendor/highlight.js-11.12.0/typescript.min.js"),
  xml: () => import("../../../vendor/highlight.js-11.12.0/xml.min.js"),
  yaml: () => import("../../../vendor/highlight.js-11.12.0/yaml.min.js"),
};

/** @typedef {keyof typeof LANGUAGES} Language */

/** @type {Map<Language, Promise<void>>} */
const registered = new Map();

/**
 * Register a language with the highlighter, once.
 *
 * @param {Language} name
 */
function register(name) {
  let registration = registered.get(name);
  if (!registration) {
    registration = LANGUAGES[name]().then((module) => highlighter.registerLanguage(name, module.default));
    registered.set(name, registration);
  }
  return registration;
}

/**
 * Return the code as spans with classes. Its characters stay the same; only spans pass the sanitizer.
 *
 * @param {string} text
 * @param {Language} language
 */
export async function highlighted(text, language) {
  await register(language);
  const { value } = highlighter.highlight(text, { language, ignoreIllegals: true });
  return DOMPurify.sanitize(value, { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], RETURN_DOM_FRAGMENT: true });
}
