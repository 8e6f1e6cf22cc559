// While a generation is being reproduced: updates the elapsed time every second, and reloads the page when it is done.
// Without JavaScript the page reloads itself.

const INTERVAL = 1000; // milliseconds

async function poll() {
  try {
    const response = await fetch(location.href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("running");
    const shown = document.getElementById("running");
    if (!fresh || !shown) {
      location.reload();
      return;
    }
    shown.textContent = fresh.textContent;
  } catch {
    // The server cannot be reached at the moment; the next poll may succeed.
  }
  setTimeout(poll, INTERVAL);
}

setTimeout(poll, INTERVAL);
