/** @param {HTMLInputElement} input */
async function copy(input) {
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    return document.execCommand("copy"); // without HTTPS, browsers give scripts no other clipboard
  }
}

/** <copy-field>: adds a button that copies the value of its field. */
class CopyField extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    if (!input) return;
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
