import { importFile } from "../transport/api.js";
import { h } from "../ui/dom.js";
import { errorText } from "../ui/errors.js";
import { count } from "../ui/format.js";
import { toast } from "../ui/toasts.js";

/**
 * Ask for a file and send it to the server, which imports all of it or nothing.
 *
 * @param {() => void} imported called afterwards
 */
export function chooseImport(imported) {
  const input = h("input", {
    type: "file",
    accept: ".json,application/json",
    hidden: true,
    "aria-label": "File to import",
  });
  document.body.append(input);
  input.addEventListener("cancel", () => input.remove());
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    input.remove();
    if (!file) return;
    try {
      const result = await importFile(file);
      const { skipped } = result;
      const verb = skipped === 1 ? "was" : "were";
      const known = skipped ? ` ${count(skipped, "conversation")} ${verb} imported before.` : "";
      toast(`${count(result.imported, "conversation")} imported.${known}`);
      imported();
    } catch (error) {
      toast(`Nothing was imported. ${errorText(error)}`);
    }
  });
  input.click();
}
