// <copy-field>: a button that copies what its field holds. Without JavaScript it is not there, and the field can be selected.

async function copy(input) {
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    return document.execCommand("copy"); // by plain http there is no clipboard but this one
  }
}

class CopyField extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "show", textContent: "Copy" });
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      button.textContent = (await copy(input)) ? "Copied" : "Press Ctrl+C";
      input.focus();
    });
    input.addEventListener("focus", () => input.select());
    this.append(button);
  }
}

customElements.define("copy-field", CopyField);
