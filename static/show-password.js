// A button in every password field that shows what was typed, and hides it again. Without JavaScript it is not there.

for (const input of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "show";
  const name = document.querySelector(`label[for="${input.id}"]`)?.textContent.toLowerCase() ?? "password";
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", `${button.textContent} ${name}`);
  };
  show(false);
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // A password that was sent as text would be offered again by the browser, in the open.
  input.form?.addEventListener("submit", () => show(false));
  input.after(button);
}
