import { holdsChats } from "./recognised.js";

/**
 * Take files that are dropped anywhere on the page: exports of chats, and others.
 *
 * @param {{ exports: (file: File) => unknown, files: (files: File[]) => unknown }} takers
 */
export function takeDroppedFiles({ exports, files }) {
  let inside = 0; // elements that the pointer entered and has not left
  const show = () => document.body.classList.toggle("dropping", inside > 0);
  /** @param {DragEvent} event */
  const hasFiles = ({ dataTransfer }) => Boolean(dataTransfer?.types.includes("Files"));
  addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    inside += 1;
    show();
  });
  addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    inside = Math.max(0, inside - 1);
    show();
  });
  addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    inside = 0;
    show();
    const dropped = [...(event.dataTransfer?.files ?? [])];
    const others = [];
    for (const file of dropped) {
      if (await holdsChats(file)) await exports(file);
      else others.push(file);
    }
    if (others.length) await files(others);
  });
}
