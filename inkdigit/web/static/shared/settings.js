// What a person has chosen, kept in this browser, and the dialog that changes it. early.js says what there is to choose
// and reads it; whoever follows a setting listens to "settings" on document, whose detail is the name of what changed.
import { choose } from "./words.js";

const { CHOICES, KEY, LANGUAGES } = globalThis.early;
export const settings = globalThis.early.values;
const dialog = document.getElementById("settings");
const form = dialog.querySelector("form");

export function set(name, value) {
  if (settings[name] === value || !CHOICES[name].includes(value)) return;
  take({ ...settings, [name]: value });
  try { localStorage.setItem(KEY, JSON.stringify(settings)); } catch { /* then it lasts as long as the page */ }
}

export function reset() {
  take(Object.fromEntries(Object.entries(CHOICES).map(([name, all]) => [name, all[0]])));
  try { localStorage.removeItem(KEY); } catch { /* nothing was kept either */ }
}

// Puts new values in the place of the old ones, and tells who follows them.
function take(values) {
  const changed = Object.keys(values).filter((name) => values[name] !== settings[name]);
  Object.assign(settings, values);
  globalThis.early.apply();
  if (changed.includes("language")) choose(globalThis.early.language());
  for (const name of changed) document.dispatchEvent(new CustomEvent("settings", { detail: name }));
  show();
}

// --- the dialog ----------------------------------------------------------------------------------------------------------
export function open() {
  show();
  dialog.showModal();
}

function show() {
  for (const field of form.elements) {
    if (!Object.hasOwn(settings, field.name)) continue;
    if (field.type === "radio") field.checked = field.value === settings[field.name];
    else if (field.type === "checkbox") field.checked = settings[field.name];
    else field.value = settings[field.name];
  }
}

form.language.append(...Object.entries(LANGUAGES).map(([code, name]) => {
  const option = new Option(name, code);
  option.lang = code;
  return option;
}));
form.addEventListener("change", ({ target }) => set(target.name, target.type === "checkbox" ? target.checked : target.value));
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("reset").addEventListener("click", reset);
// Another tab has changed them.
addEventListener("storage", ({ key }) => { if (key === KEY || key === null) take(globalThis.early.read()); });
