// Formulas as MathML, by Temml. Imported with the first formula.
//
// The browser lays MathML out itself, with one font. KaTeX lays out by boxes: it is half as large again, needs twenty fonts
// and a style sheet, and a screen reader does not see formulas but boxes. Temml sets what styles it needs through the DOM,
// which the Content-Security-Policy allows.

/** @type {[number, number]} */
const MAX_SIZE = [20, 200]; // em and points, of what a formula gives a size
// Temml sets the style of these as an attribute, which the policy forbids. The second becomes an error.
const MACROS = { "\\pmb": "\\boldsymbol{#1}", "\\sideset": "\\unsupported" };

/** Load Temml, a classic script that declares a global. */
export async function load() {
  const script = document.createElement("script");
  script.src = new URL("../../../vendor/temml-0.13.5/temml.min.js", import.meta.url).href;
  await new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("Temml could not be loaded.")));
    document.head.append(script);
  });
}

/**
 * Return a formula as MathML; null if it is not valid.
 *
 * @param {string} source with its delimiters
 * @param {boolean} display
 */
export function mathOf(source, display) {
  const holder = document.createElement("span");
  try {
    temml.render(inner(source), holder, {
      displayMode: display,
      throwOnError: true,
      maxSize: MAX_SIZE,
      macros: { ...MACROS },
    });
  } catch {
    return null;
  }
  for (const element of holder.querySelectorAll("[id], [href]")) {
    element.removeAttribute("id");
    element.removeAttribute("href");
  }
  return holder.firstChild;
}

/** @param {string} source */
function inner(source) {
  if (source.startsWith("\\begin")) return source;
  const delimiter = source.startsWith("$") && !source.startsWith("$$") ? 1 : 2;
  return source.slice(delimiter, -delimiter);
}
