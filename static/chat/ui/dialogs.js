/**
 * Close a dialog by its `data-close` buttons and by a click on its backdrop.
 *
 * @param {HTMLDialogElement} dialog
 */
export function closable(dialog) {
  /** @param {MouseEvent} event */
  const onBackdrop = ({ target, clientX: x, clientY: y }) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    return target === dialog && (x < left || x > right || y < top || y > bottom);
  };
  // Selecting text may begin inside and end on the backdrop: that is no click on the backdrop.
  let pressed = false;
  dialog.addEventListener("pointerdown", (event) => {
    pressed = onBackdrop(event);
  });
  dialog.addEventListener("click", (event) => {
    const onButton = event.target instanceof Element && event.target.closest("[data-close]");
    if (onButton || (pressed && onBackdrop(event))) dialog.close();
  });
}
