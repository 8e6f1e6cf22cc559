// What a screen reader is told beside what it reads: short, polite, one thing at a time.

const LONGEST = 1_200; // characters of an answer that is read out

export function announce(text) {
  const region = document.getElementById("announcements");
  if (!region) return;
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}… The rest is in the conversation.` : text;
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = shown;
  });
}
