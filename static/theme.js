// A blocking classic script that applies the chosen theme before the first paint. Without a choice, the system's theme is
// used. theme-choice.js is the control.
(() => {
  /** @param {string | null} theme */
  const apply = (theme) => {
    const root = document.documentElement;
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  try {
    apply(localStorage.getItem("theme"));
  } catch {
    // This browser allows no storage: use the system's theme.
  }
  addEventListener("storage", (event) => {
    if (event.key === "theme" || event.key === null) apply(event.newValue);
  });
})();
