import { chooseFiles } from "../files/choosing.js";
import { importFile } from "../transport/api.js";
import { closable } from "../ui/dialogs.js";
import { h } from "../ui/dom.js";
import { errorText } from "../ui/errors.js";
import { amount, count } from "../ui/format.js";
import { toast } from "../ui/toasts.js";

const MAX_BYTES = 64 * 2 ** 20;

/**
 * Ask for a file to import.
 *
 * @param {(file: File) => unknown} chosen
 */
export function chooseImport(chosen) {
  const options = { accept: "application/json,.json,application/zip,.zip", multiple: false, label: "File to import" };
  chooseFiles(([file]) => file && chosen(file), options);
}

/**
 * Send a file to the server, which imports all of it or nothing, and say what came of it.
 *
 * @param {File} file
 */
export async function importChats(file) {
  if (file.size > MAX_BYTES) {
    const advice = /\.zip$/i.test(file.name)
      ? "Unpack it, and import the conversations.json in it."
      : "Import a part of it.";
    toast(`Nothing was imported. The file has more than ${amount(MAX_BYTES / 2 ** 20)} MB. ${advice}`);
    return;
  }
  try {
    const result = await importFile(file);
    const { skipped } = result;
    const verb = skipped === 1 ? "was" : "were";
    const known = skipped ? ` ${count(skipped, "conversation")} ${verb} imported before.` : "";
    const prompts = result.prompts ? ` ${count(result.prompts, "prompt")} added.` : "";
    const done = `${count(result.imported, "conversation")} imported.${known}${prompts}`;
    if (result.left_out?.length) showReport(`Imported from ${result.product}`, done, result.left_out);
    else toast(done);
  } catch (error) {
    toast(`Nothing was imported. ${errorText(error)}`);
  }
}

/**
 * Show what was left out, until it is read: a toast would be gone too soon.
 *
 * @param {string} title
 * @param {string} done
 * @param {string[]} leftOut
 */
function showReport(title, done, leftOut) {
  const close = h("button.outlined", { type: "button", "data-close": "" }, "Close");
  const list = h(
    "ul",
    {},
    leftOut.map((each) => h("li", {}, each)),
  );
  const dialog = h(
    "dialog.note-card",
    { "aria-labelledby": "import-title" },
    h("h2", { id: "import-title" }, title),
    h("p", {}, done),
    h("p", {}, "This page has no place for these, and left them out:"),
    list,
    close,
  );
  closable(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
