// Every word that the page shows, in the language of the person: words/en.json and its translations.
//
// In index.html, data-t="key" stands on an element whose text is a word, data-t-title, data-t-label (aria-label) and
// data-t-alt on those that carry words in attributes. A script says t(key, { name: value }).

const english = words("en");
let own = {}; // the words of the language that was chosen
let plain = {}; // the English ones
await choose(globalThis.early.language());

async function words(language) {
  try {
    const answer = await fetch(`/static/words/${language}.json`);
    return answer.ok ? await answer.json() : {};
  } catch {
    return {}; // the page stays in English, which stands in index.html
  }
}

// "draw.undo" -> "Undo"; what has no translation stays English, and an unknown key is shown as it is.
export function t(key, values = {}) {
  const text = own[key] ?? plain[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function has(key) {
  return key in own || key in plain;
}

// How sure a reading is: { kind, value, other } as the reader says it. A language may have words of its own for one
// digit ("an 8").
export function verdict({ kind, value, other }) {
  const special = `verdict.${kind}-${other}`;
  return t(special in own ? special : `verdict.${kind}`, { value, other });
}

// What the page says of an error, { kind, message }: what to do now, in the words of who sits before it. The message is for
// who wrote the program that asked; it stays in the API.
export function sorry({ kind }) {
  return t(has(`error.${kind}`) ? `error.${kind}` : "error.error");
}

// A part of 1 as the language writes it: 0.123 -> "12.3%". Never 100 %: nothing is that sure.
export function percent(part, places = 1) {
  const form = { style: "percent", minimumFractionDigits: places, maximumFractionDigits: places, numberingSystem: "latn" };
  return new Intl.NumberFormat(document.documentElement.lang, form).format(Math.min(places ? 0.999 : 0.99, part));
}

// How sure a number, a kept drawing, or one digit is. Nothing for a refusal: how sure the reader is of nothing is no figure.
export function sureOf({ digits, value, confidence }, places = 1) {
  const refused = digits ? digits.every((digit) => digit.value === null) : value === null;
  return refused ? "" : percent(confidence, places);
}

// Changes the language of the page, and of what is shown later.
export async function choose(language) {
  const found = await (language === "en" ? english : words(language));
  if (language !== globalThis.early.language()) return; // another has been chosen meanwhile
  plain = await english;
  own = found;
  document.documentElement.lang = language;
  translate(document);
  delete document.documentElement.dataset.waiting;
  document.dispatchEvent(new Event("words")); // what scripts have written is written again
}

export function translate(root) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-title]")) element.title = t(element.dataset.tTitle);
  for (const element of root.querySelectorAll("[data-t-alt]")) element.alt = t(element.dataset.tAlt);
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
}
