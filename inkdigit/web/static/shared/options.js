// The dialog that changes the settings.
import { fill, show as chart } from "./scripts.js";
import { reset, set, settings } from "./settings.js";

let form = null; // its HTML comes with this code

export function open() {
  if (!form) prepare();
  show();
  document.getElementById("settings").showModal();
}

function prepare() {
  const dialog = document.getElementById("settings");
  form = dialog.querySelector("form");
  form.language.append(...Object.entries(globalThis.early.LANGUAGES).map(([code, name]) => {
    const option = new Option(name, code);
    option.lang = code;
    return option;
  }));
  fill(form.script, document.getElementById("chart"));
  form.addEventListener("change", ({ target }) => set(target.name, target.type === "checkbox" ? target.checked : target.value));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("reset").addEventListener("click", reset);
  document.addEventListener("settings", show);
  document.addEventListener("settings", ({ detail }) => { if (detail === "script") chart(document.getElementById("chart")); });
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
}

function show() {
  for (const field of form.elements) {
    if (!Object.hasOwn(settings, field.name)) continue;
    if (field.type === "radio") field.checked = field.value === settings[field.name];
    else if (field.type === "checkbox") field.checked = settings[field.name];
    else field.value = settings[field.name];
  }
}
