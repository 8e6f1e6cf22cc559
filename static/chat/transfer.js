// Conversations out of a file.

import { importFile } from "./api.js";
import { h } from "./dom.js";
import { plainly } from "./problems.js";
import { toast } from "./toasts.js";
import { count } from "./words.js";

// Asks for a file and gives it to the server, which takes it whole or not at all.
export function chooseImport(then) {
  const input = h("input", { type: "file", accept: ".json,application/json", hidden: true, "aria-label": "File to import" });
  document.body.append(input);
  input.addEventListener("cancel", () => input.remove());
  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.remove();
    if (!file) return;
    try {
      const { imported, skipped } = await importFile(file);
      const known = skipped ? ` ${count(skipped, "conversation")} ${skipped === 1 ? "was" : "were"} here already.` : "";
      toast(`${count(imported, "conversation")} imported.${known}`);
      then();
    } catch (error) {
      toast(`Nothing was imported. ${plainly(error)}`);
    }
  });
  input.click();
}
