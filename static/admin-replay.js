// While a replay runs: looks every second, tells how long it has been, and opens the page again once it is over. Without
// JavaScript the page opens itself again.

const EVERY = 1000; // milliseconds

async function look() {
  try {
    const response = await fetch(location.href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const told = page.getElementById("running");
    if (!told) {
      location.reload();
      return;
    }
    document.getElementById("running").textContent = told.textContent;
  } catch {
    // The server is away for a moment: the next look tells.
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
