// DOMPurify as a module: its minified file is a classic script that sets a global.
import "./vendor/dompurify-3.4.18/purify.min.js";

export default globalThis.DOMPurify;
