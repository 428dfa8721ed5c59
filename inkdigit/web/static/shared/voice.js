// Saying the answer aloud, in the language of the page, where the browser has a voice for it.
const speech = () => globalThis.speechSynthesis;
speech()?.getVoices(); // some browsers bring their voices only when they were asked for, and later

export function voice(language = document.documentElement.lang) {
  return speech()?.getVoices().find(({ lang }) => lang.slice(0, 2).toLowerCase() === language) ?? null;
}

let waiting = null;
// Says what text() gives, as soon as there are voices; what was being said stops, and what still waited is not said.
export function say(text) {
  waiting?.abort();
  if (!speech()) return;
  if (!speech().getVoices().length) {
    waiting = new AbortController();
    speech().addEventListener("voiceschanged", () => say(text), { once: true, signal: waiting.signal });
    return;
  }
  const found = voice();
  const words = text();
  if (!found || !words) return;
  speech().cancel();
  speech().speak(Object.assign(new SpeechSynthesisUtterance(words), { voice: found, lang: found.lang }));
}
