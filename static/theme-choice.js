const CHOICES = [
  { theme: "", label: "System" },
  { theme: "light", label: "Light" },
  { theme: "dark", label: "Dark" },
];

function chosenTheme() {
  try {
    return localStorage.getItem("theme") ?? "";
  } catch {
    return document.documentElement.dataset.theme ?? "";
  }
}

/** @param {string} theme empty for the system's */
function choose(theme) {
  const root = document.documentElement;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // This browser allows no storage: the choice lasts as long as the page.
  }
}

/** <theme-choice>: the system's theme, light or dark, stored in this browser. */
class ThemeChoice extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const group = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = "Appearance";
    group.append(legend);
    for (const { theme, label: name } of CHOICES) {
      const label = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: "theme", value: theme, checked: theme === chosenTheme() });
      input.addEventListener("change", () => choose(theme));
      label.append(input, name);
      group.append(label);
    }
    this.append(group);
  }
}

customElements.define("theme-choice", ThemeChoice);
