// Adds a button to every password field that shows or hides what was typed.

for (const input of document.querySelectorAll("input[type=password]")) {
  if (input instanceof HTMLInputElement) addButton(input);
}

/** @param {HTMLInputElement} input */
function addButton(input) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "show";
  const name = document.querySelector(`label[for="${input.id}"]`)?.textContent.toLowerCase() ?? "password";
  /** @param {boolean} visible */
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? "Hide" : "Show";
    button.setAttribute("aria-label", `${button.textContent} ${name}`);
  };
  show(false);
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // The browser would remember a password that was submitted in a text field, and suggest it in plain text.
  input.form?.addEventListener("submit", () => show(false));
  input.after(button);
}
