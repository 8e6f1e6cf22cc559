const MAX_CHARS = 1_200;

/**
 * Have screen readers read a text aloud once they are idle. Replaces a text that was not read yet.
 *
 * @param {string} text
 */
export function announce(text) {
  const region = document.getElementById("announcements");
  if (!region) return;
  const spoken = text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}… The rest is in the conversation.` : text;
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = spoken;
  });
}
