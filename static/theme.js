// A blocking classic script, so that the theme that was chosen in this browser is there before the first paint.
// Nothing chosen: as the system has it. theme-choice.js is what one chooses with.
(() => {
  const show = (theme) => {
    const root = document.documentElement;
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  try {
    show(localStorage.getItem("theme"));
  } catch {
    // No storage in this browser: the system's theme it is.
  }
  addEventListener("storage", (event) => {
    if (event.key === "theme" || event.key === null) show(event.newValue);
  });
})();
