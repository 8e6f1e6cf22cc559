// Dialogs that close by their button, and by a click beside them.

export function closable(dialog) {
  const beside = ({ target, clientX: x, clientY: y }) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    return target === dialog && (x < left || x > right || y < top || y > bottom);
  };
  let pressed = false; // a click that begins inside, as when text is selected, ends beside it by chance
  dialog.addEventListener("pointerdown", (event) => (pressed = beside(event)));
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]") || (pressed && beside(event))) dialog.close();
  });
}
