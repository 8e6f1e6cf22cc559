import uPlot from "./vendor/uplot-1.6.32/uPlot.esm.js";

const FONT_SIZE = 11; // pixels
const TILE = 5; // pixels, of a pattern
const AXIS_WIDTH = 48; // pixels: room for the longest label of a value, as in `2.5 min`
const AXIS_HEIGHT = 24;
const FEW = 12; // values, of which each has a mark: short lines are hard to see
const MARK = 6; // pixels, of the diameter
const MIN_BAR = 3; // pixels

/**
 * What `Plot.data` in plots.py writes. A tick is a value, or for `times` the bin whose left edge it marks, and its label.
 *
 * @typedef {{ name: string, look: string, values: (number | null)[], labels: string[] }} Series
 * @typedef {{ stacked: boolean, bins: string[], ticks: [number, string][], times: [number, string][], series: Series[] }} Data
 * @typedef {{ fill?: string | CanvasPattern, stroke?: string, width: number, dash?: number[] }} Paint
 */

/**
 * <time-plot>: a plot of values by bins of time: stacked bars or lines. Attribute: `data`, as JSON.
 *
 * Only draws: the page has a summary and a table of the same values for those who do not see it.
 */
class TimePlot extends HTMLElement {
  /** @type {uPlot | null} */
  #plot = null;
  #resized = new ResizeObserver(() => this.#plot?.setSize(this.#size));
  #recoloured = new MutationObserver(() => this.#draw());
  #dark = matchMedia("(prefers-color-scheme: dark)");
  #redraw = () => this.#draw();

  connectedCallback() {
    this.#draw();
    this.#resized.observe(this);
    this.#recoloured.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.#dark.addEventListener("change", this.#redraw);
    document.fonts.ready.then(() => this.#plot?.redraw(false));
  }

  disconnectedCallback() {
    this.#resized.disconnect();
    this.#recoloured.disconnect();
    this.#dark.removeEventListener("change", this.#redraw);
    this.#plot?.destroy();
    this.#plot = null;
  }

  get #size() {
    return { width: this.clientWidth, height: this.clientHeight };
  }

  #draw() {
    /** @type {Data} */
    const data = JSON.parse(this.getAttribute("data") ?? "");
    this.#plot?.destroy();
    /** @type {uPlot.AlignedData} */
    const columns = [data.bins.map((_, bin) => bin), ...data.series.map((each) => each.values)];
    this.#plot = new uPlot({ ...options(data, this), ...this.#size }, columns, this);
  }
}

/**
 * @param {Data} data
 * @param {HTMLElement} element whose colours and font are used
 * @returns {Omit<uPlot.Options, "width" | "height">}
 */
function options(data, element) {
  const right = data.bins.length - 0.5; // bins are centred on whole numbers
  const tooltip = new Tooltip(data);
  const edge = colour(element, "var(--edge)");
  const axis = {
    stroke: colour(element, "var(--ink-3)"),
    font: `${FONT_SIZE}px ${getComputedStyle(element).fontFamily}`,
    border: { show: false },
  };
  return {
    legend: { show: false },
    scales: { x: { time: false, range: [-0.5, right] }, y: { range: [0, data.ticks.at(-1)?.[0] ?? 1] } },
    axes: [
      {
        ...axis,
        size: AXIS_HEIGHT,
        gap: 3,
        border: { show: true, stroke: edge, width: 1 },
        grid: { show: false },
        ticks: { stroke: edge, width: 1, size: 4 },
        splits: data.times.map(([bin]) => bin - 0.5),
        values: data.times.map(([, label]) => label),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        gap: 6,
        grid: { stroke: colour(element, "var(--line)"), width: 1 },
        ticks: { show: false },
        splits: data.ticks.map(([value]) => value),
        values: data.ticks.map(([, label]) => label),
      },
    ],
    series: [{}, ...data.series.map((_, number) => seriesOptions(data, number, element))],
    cursor: {
      y: false,
      points: { show: !data.stacked },
      drag: { setScale: false, x: false, y: false },
      move: (plot, left, top) => [left < 0 ? left : plot.valToPos(plot.posToIdx(left), "x"), top],
    },
    padding: [8, 8, 0, 0],
    hooks: { init: [(plot) => plot.over.append(tooltip.element)], setCursor: [(plot) => tooltip.follow(plot)] },
  };
}

/**
 * @param {Data} data
 * @param {number} number of the series
 * @param {HTMLElement} element
 * @returns {uPlot.Series}
 */
function seriesOptions(data, number, element) {
  const { look, values } = data.series[number];
  const style = paint(element, look);
  if (!data.stacked) {
    const few = values.filter((value) => value !== null).length <= FEW;
    const marked = values.flatMap((value, bin) => ((few && value !== null) || isAlone(values, bin) ? [bin] : []));
    return { ...style, points: { show: false, filter: marked, size: MARK, fill: style.stroke, width: 0 } };
  }
  const below = data.bins.map((_, bin) => sum(data.series.slice(0, number).map((each) => each.values[bin])));
  const above = below.map((value, bin) => value + (values[bin] ?? 0));
  const bars = uPlot.paths.bars?.({
    size: [0.8, Number.POSITIVE_INFINITY, MIN_BAR],
    disp: { y0: { unit: 1, values: () => below }, y1: { unit: 1, values: () => above } },
  });
  return { ...style, paths: bars, points: { show: false } };
}

/**
 * Whether no line goes to or from a known value, because its neighbours are not known.
 *
 * @param {(number | null)[]} values
 * @param {number} bin
 */
function isAlone(values, bin) {
  return values[bin] !== null && (values[bin - 1] ?? null) === null && (values[bin + 1] ?? null) === null;
}

/** @param {(number | null)[]} values */
function sum(values) {
  return values.reduce((/** @type {number} */ total, value) => total + (value ?? 0), 0);
}

/** The values of the bin under the pointer. */
class Tooltip {
  element = document.createElement("div");
  #data;
  /** @type {number | null} */
  #bin = null;

  /** @param {Data} data */
  constructor(data) {
    this.#data = data;
    this.element.className = "plot-tooltip numbers";
    this.element.hidden = true;
  }

  /** @param {uPlot} plot */
  follow(plot) {
    const { idx = null, left = -1 } = plot.cursor;
    const bin = left < 0 ? null : idx;
    if (bin !== this.#bin) this.#show(bin);
    const isRight = left > plot.over.clientWidth / 2;
    this.element.style.left = isRight ? "" : `${left + 8}px`;
    this.element.style.right = isRight ? `${plot.over.clientWidth - left + 8}px` : "";
  }

  /** @param {number | null} bin */
  #show(bin) {
    this.#bin = bin;
    const { bins, series, stacked } = this.#data;
    const known = bin === null ? [] : series.filter(({ values }) => values[bin] !== null && (values[bin] || !stacked));
    this.element.hidden = known.length === 0;
    if (bin === null) return;
    const rows = known.map(({ name, look, labels }) => {
      const row = document.createElement("p");
      const swatch = document.createElement("i");
      swatch.className = `swatch ${look}`;
      row.append(swatch, ` ${name} `, Object.assign(document.createElement("b"), { textContent: labels[bin] }));
      return row;
    });
    this.element.replaceChildren(Object.assign(document.createElement("p"), { textContent: bins[bin] }), ...rows);
  }
}

/**
 * Return how a look is drawn: `accent half` is a tone and a shape, as in dashboard.css.
 *
 * @param {HTMLElement} element
 * @param {string} look
 * @returns {Paint}
 */
function paint(element, look) {
  const [tone, shape] = look.split(" ");
  const property = tone === "ink" ? "--ink-2" : `--${tone}`;
  const dark = colour(element, `var(${property})`);
  const soft = colour(element, `color-mix(in srgb, var(${property}) 22%, var(--raised))`);
  switch (shape) {
    case "solid":
      return { stroke: dark, width: 1.75 };
    case "dashed":
      return { stroke: dark, width: 1.5, dash: [4, 3] };
    case "hollow":
      return { stroke: dark, fill: colour(element, "var(--raised)"), width: 1 };
    case "half":
    case "dots":
      return { fill: pattern(shape, dark, soft), width: 0 };
    default:
      return { fill: dark, width: 0 };
  }
}

/**
 * Return a colour of the style sheets as a canvas understands it, for the current appearance.
 *
 * @param {HTMLElement} element
 * @param {string} value
 */
function colour(element, value) {
  const probe = document.createElement("span");
  probe.style.color = value;
  element.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

/**
 * @param {"half" | "dots"} shape
 * @param {string} dark
 * @param {string} soft
 */
function pattern(shape, dark, soft) {
  const size = Math.round(TILE * devicePixelRatio);
  const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const context = canvas.getContext("2d");
  if (!context) return dark;
  context.fillStyle = soft;
  context.fillRect(0, 0, size, size);
  context.fillStyle = context.strokeStyle = dark;
  context.beginPath();
  if (shape === "dots") {
    context.arc(size / 2, size / 2, size * 0.28, 0, 2 * Math.PI);
    context.fill();
  } else {
    context.lineWidth = size * 0.3;
    for (const offset of [0, size, 2 * size]) {
      context.moveTo(offset + size, -size);
      context.lineTo(offset - 2 * size, 2 * size);
    }
    context.stroke();
  }
  return context.createPattern(canvas, "repeat") ?? dark;
}

customElements.define("time-plot", TimePlot);
