import { chooseFiles } from "../files/choosing.js";
import { importFile } from "../transport/api.js";
import { errorText } from "../ui/errors.js";
import { count } from "../ui/format.js";
import { toast } from "../ui/toasts.js";

/**
 * Ask for a file to import.
 *
 * @param {(file: File) => unknown} chosen
 */
export function chooseImport(chosen) {
  const options = { accept: "application/json,.json", multiple: false, label: "File to import" };
  chooseFiles(([file]) => file && chosen(file), options);
}

/**
 * Send a file to the server, which imports all of it or nothing, and say what came of it.
 *
 * @param {File} file
 */
export async function importChats(file) {
  try {
    const result = await importFile(file);
    const { skipped } = result;
    const verb = skipped === 1 ? "was" : "were";
    const known = skipped ? ` ${count(skipped, "conversation")} ${verb} imported before.` : "";
    toast(`${count(result.imported, "conversation")} imported.${known}`);
  } catch (error) {
    toast(`Nothing was imported. ${errorText(error)}`);
  }
}
