// What a person has chosen, kept in this browser; options.js changes it. early.js says what there is to choose
// and reads it; whoever follows a setting listens to "settings" on document, whose detail is the name of what changed.
import { choose } from "./words.js";

const { CHOICES, KEY } = globalThis.early;
export const settings = globalThis.early.values;

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
}

// Another tab has changed them.
addEventListener("storage", ({ key }) => { if (key === KEY || key === null) take(globalThis.early.read()); });
