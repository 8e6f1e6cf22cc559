// The document in a diagram's frame: Mermaid draws here, where it can reach neither the page nor the network.
//
// The page sends `{ source, theme }`; this answers `{ state: "ready" }`, `{ state: "drawn", height }`, in pixels, or
// `{ state: "failed", reason }`. A classic script: modules are not loaded in a document without an origin.
(() => {
  const MAX_CHARS = 20_000;
  const MAX_EDGES = 300;
  const MIN_SCALE = 0.5; // a wider diagram scrolls: smaller letters cannot be read
  const MAX_REASON_CHARS = 160;

  /** @type {{ source: string, theme: string | null } | null} */
  let shown = null;

  /** @param {object} message */
  const tell = (message) => parent.postMessage(message, "*"); // the page is of another origin than this document

  /**
   * Return a colour of tokens.css as the theme resolves it.
   *
   * @param {string} name
   */
  const colour = (name) => {
    document.body.style.color = `var(--${name})`;
    return getComputedStyle(document.body).color;
  };

  const colours = () => ({
    background: colour("paper"),
    mainBkg: colour("surface"),
    primaryColor: colour("surface"),
    primaryTextColor: colour("ink"),
    primaryBorderColor: colour("edge"),
    secondaryColor: colour("accent-soft"),
    secondaryTextColor: colour("ink"),
    secondaryBorderColor: colour("accent"),
    tertiaryColor: colour("raised"),
    tertiaryTextColor: colour("ink"),
    tertiaryBorderColor: colour("line"),
    lineColor: colour("ink-2"),
    textColor: colour("ink"),
    titleColor: colour("ink"),
    edgeLabelBackground: colour("paper"),
    clusterBkg: colour("paper"),
    clusterBorder: colour("edge"),
    noteBkgColor: colour("accent-soft"),
    noteTextColor: colour("ink"),
    noteBorderColor: colour("accent"),
    errorBkgColor: colour("bad-soft"),
    errorTextColor: colour("bad"),
    fontSize: "14px",
  });

  const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;

  async function draw() {
    if (!shown) return;
    if (shown.theme) document.documentElement.dataset.theme = shown.theme;
    else delete document.documentElement.dataset.theme;
    try {
      mermaid.initialize({
        startOnLoad: false,
        securityLevel: "strict",
        suppressErrorRendering: true,
        maxTextSize: MAX_CHARS,
        maxEdges: MAX_EDGES,
        theme: "base",
        darkMode: (shown.theme ?? (isDark() ? "dark" : "light")) === "dark",
        themeVariables: colours(),
        fontFamily: "system-ui, sans-serif",
      });
      document.body.style.color = "";
      const { svg } = await mermaid.render("diagram", shown.source);
      document.body.innerHTML = svg; // Mermaid's strict level has cleaned it, and this document's policy runs no other script
      for (const link of document.querySelectorAll("a")) link.removeAttribute("href");
      for (const link of document.querySelectorAll("a")) link.removeAttribute("xlink:href");
      const drawing = document.querySelector("svg");
      const width = Number.parseFloat(drawing?.style.maxWidth || "0") || (drawing?.viewBox.baseVal?.width ?? 0);
      if (drawing) drawing.style.minWidth = `${Math.ceil(width * MIN_SCALE)}px`;
      tellHeight();
    } catch (error) {
      document.body.replaceChildren();
      tell({ state: "failed", reason: reason(error) });
    }
  }

  /** @param {unknown} error */
  function reason(error) {
    const text = error instanceof Error ? error.message : String(error);
    return (text.split("\n", 1)[0] ?? "").replace(/[:.\s]+$/, "").slice(0, MAX_REASON_CHARS);
  }

  function tellHeight() {
    const drawing = document.querySelector("svg");
    if (drawing) tell({ state: "drawn", height: Math.ceil(document.body.getBoundingClientRect().height) });
  }

  addEventListener("message", ({ data, source }) => {
    if (source !== parent) return;
    shown = data;
    draw();
  });
  addEventListener("DOMContentLoaded", () => {
    new ResizeObserver(tellHeight).observe(document.body);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    tell({ state: "ready" });
  });
})();
