// Two versions of an answer beside each other, with their differences. Imported with the first comparison.

/** @import { SavedMessage } from "../../types.js" */

import { messages as api } from "../../transport/api.js";
import { closable } from "../../ui/dialogs.js";
import { h, setText } from "../../ui/dom.js";
import { count } from "../../ui/format.js";
import { iconButton } from "../../ui/icons.js";

const MAX_TIME = 2_000; // milliseconds of comparing; texts that take longer are shown without marks

/** @typedef {{ before: boolean, after: boolean, text: string }} Part a piece, and in which of the texts it is */

/** Load the library, a classic script that declares a global. */
async function load() {
  if ("Diff" in window) return;
  const script = document.createElement("script");
  script.src = new URL("../../../vendor/diff-9.0.0/diff.min.js", import.meta.url).href;
  await new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("The comparison could not be loaded. Try again.")));
    document.head.append(script);
  });
}

/**
 * Open a dialog that compares an answer with the version before it, or with the one after it if it is the first.
 *
 * @param {SavedMessage} answer
 */
export async function compareVersions(answer) {
  const { siblings, id } = answer;
  const index = Math.max(1, siblings.indexOf(id));
  /** @type {Map<string, SavedMessage>} */
  const known = new Map([[id, answer]]);
  /** @param {number} at */
  const version = async (at) => {
    const key = siblings[at] ?? id;
    const found = known.get(key) ?? (await api.get({ ...answer, id: key }));
    known.set(key, found);
    return found;
  };
  await Promise.all([load(), version(index - 1), version(index)]);
  new Comparison(siblings.length, version).open(index - 1, index);
}

/** The dialog. On a narrow screen it shows one of the two texts at a time. */
class Comparison {
  #version;
  #shows = 0;
  #left;
  #right;
  #note = h("p.quiet", { role: "status" });
  #texts = [h("div.text-version", { dir: "auto" }), h("div.text-version", { dir: "auto" })];
  #dialog;

  /**
   * @param {number} versions
   * @param {(at: number) => Promise<SavedMessage>} version
   */
  constructor(versions, version) {
    this.#version = version;
    const show = () => this.#show();
    this.#left = versionSelect("First version", versions, show);
    this.#right = versionSelect("Second version", versions, show);
    const close = iconButton("x", "Close", { "data-close": true });
    this.#dialog = h(
      "dialog.compare",
      { "aria-labelledby": "compare-title", dataset: { side: "1" } },
      h("header", {}, h("h2", { id: "compare-title" }, "Compare versions"), this.#note, close),
      this.#switch(),
      h(
        "div.sides",
        {},
        [this.#left, this.#right].map((select, side) =>
          h("section", { dataset: { side: String(side) } }, h("div.which", {}, select), this.#texts[side]),
        ),
      ),
    );
    closable(this.#dialog);
    this.#dialog.addEventListener("close", () => this.#dialog.remove());
  }

  /** Which text a narrow screen shows: the arrow keys change it. */
  #switch() {
    const choices = ["First", "Second"].map((label, side) => {
      const radio = h("input", { type: "radio", name: "compared", value: side, checked: side === 1 });
      radio.addEventListener("change", () => {
        this.#dialog.dataset.side = String(side);
      });
      return h("label", {}, radio, label);
    });
    return h("fieldset.switch", { "aria-label": "Version that is shown" }, choices);
  }

  /**
   * @param {number} left
   * @param {number} right
   */
  open(left, right) {
    this.#left.value = String(left);
    this.#right.value = String(right);
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    this.#show();
  }

  async #show() {
    const show = ++this.#shows;
    try {
      const [one, other] = await Promise.all(
        [this.#left, this.#right].map(({ value }) => this.#version(Number(value))),
      );
      if (show === this.#shows && one && other) this.#compare(one.text, other.text);
    } catch (error) {
      setText(this.#note, error instanceof Error ? error.message : "A version could not be loaded.");
    }
  }

  /**
   * @param {string} before
   * @param {string} after
   */
  #compare(before, after) {
    const parts = differences(before, after);
    const marked = parts ?? [
      { before: true, after: false, text: before },
      { before: false, after: true, text: after },
    ];
    const [left, right] = this.#texts;
    left?.replaceChildren(...marked.filter((each) => each.before).map((each) => piece(each, "del", parts !== null)));
    right?.replaceChildren(...marked.filter((each) => each.after).map((each) => piece(each, "ins", parts !== null)));
    setText(this.#note, summaryOf(parts));
  }
}

/**
 * @param {string} label
 * @param {number} versions
 * @param {() => void} onchange
 */
function versionSelect(label, versions, onchange) {
  const options = Array.from({ length: versions }, (_, at) =>
    h("option", { value: at }, `Version ${at + 1} of ${versions}`),
  );
  return h("select", { "aria-label": label, onchange }, options);
}

/**
 * Return the texts as pieces, or null where they differ too much to be compared in time.
 *
 * @param {string} before
 * @param {string} after
 * @returns {Part[] | null}
 */
function differences(before, after) {
  const changes = Diff.diffWordsWithSpace(before, after, { timeout: MAX_TIME });
  return changes?.map(({ value, added, removed }) => ({ before: !added, after: !removed, text: value })) ?? null;
}

/**
 * @param {Part} part
 * @param {"del" | "ins"} tag
 * @param {boolean} marks
 */
function piece({ before, after, text }, tag, marks) {
  return (before && after) || !marks ? document.createTextNode(text) : h(tag, {}, text);
}

/** @param {Part[] | null} parts */
function summaryOf(parts) {
  if (!parts) return "These versions differ too much to mark what changed.";
  const changes = parts.filter(
    (each, at) => each.before !== each.after && (!at || parts[at - 1]?.before === parts[at - 1]?.after),
  );
  return changes.length ? count(changes.length, "difference") : "No differences";
}
