// <theme-choice>: System, light or dark, kept in this browser. Without JavaScript it is not there, and the system chooses.

const CHOICES = [["", "System"], ["light", "Light"], ["dark", "Dark"]];

function chosen() {
  try {
    return localStorage.getItem("theme") ?? "";
  } catch {
    return document.documentElement.dataset.theme ?? "";
  }
}

function choose(theme) {
  const root = document.documentElement;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // No storage in this browser: the choice lasts as long as the page.
  }
}

class ThemeChoice extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    const group = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = "Colours";
    group.append(legend);
    for (const [theme, name] of CHOICES) {
      const label = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: "theme", value: theme, checked: theme === chosen() });
      label.append(input, name);
      group.append(label);
    }
    group.addEventListener("change", (event) => choose(event.target.value));
    this.append(group);
  }
}

customElements.define("theme-choice", ThemeChoice);
