// Saying the answer aloud, in the language of the page, where the browser has a voice for it.
const speech = globalThis.speechSynthesis;

export function voice(language = document.documentElement.lang) {
  return speech?.getVoices().find(({ lang }) => lang.slice(0, 2).toLowerCase() === language) ?? null;
}

// Says a text; what was being said stops. False where there is no voice.
export function say(text) {
  const found = voice();
  if (!found || !text) return false;
  speech.cancel();
  const said = Object.assign(new SpeechSynthesisUtterance(text), { voice: found, lang: found.lang });
  speech.speak(said);
  return true;
}
