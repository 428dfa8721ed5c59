// The menu behind the three dots, and the dialogs that it opens. An entry is a <button role="menuitem"> in #menu with a
// click listener of its own: when that runs, the menu is closed and the focus is back on the three dots.
import { $ } from "./answer.js";
import { brought } from "./dom.js";

const menu = $("menu");
const entries = () => [...menu.querySelectorAll("[role^=menuitem]")].filter((one) => one.checkVisibility());

menu.addEventListener("toggle", ({ newState }) => {
  $("more").setAttribute("aria-expanded", String(newState === "open"));
  if (newState === "open") entries()[0]?.focus();
});
menu.addEventListener("click", () => menu.hidePopover(), true); // before the entry's own listener
menu.addEventListener("keydown", (event) => {
  const all = entries();
  const at = all.indexOf(document.activeElement);
  const next = {
    ArrowDown: all[(at + 1) % all.length], ArrowUp: all.at(Math.max(at, 0) - 1), Home: all[0], End: all.at(-1),
  }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (!next) return;
  event.preventDefault();
  next.focus();
});
$("more").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" || menu.matches(":popover-open")) return;
  event.preventDefault();
  menu.showPopover({ source: $("more") });
});

// The dialogs: what belongs to them comes when the menu is opened, or when they are first wanted.
const dialogs = {
  settings: () => brought({ html: ["shared/settings"], css: ["shared/dialogs"] }, () => import("./options.js")),
  lessons: () => brought({ html: ["draw/lessons"], css: ["shared/dialogs", "draw/lesson"] }, () => import("../draw/lessons.js")),
  shortcuts: () => brought({ html: ["shared/shortcuts"], css: ["shared/dialogs"] }, () => import("./shortcuts.js")),
};

export async function openDialog(name) {
  try {
    await (await dialogs[name]()).open();
  } catch {
    document.dispatchEvent(new Event("unreachable"));
  }
}

menu.addEventListener("beforetoggle", () => { for (const load of Object.values(dialogs)) load().catch(() => {}); }, { once: true });
for (const name of Object.keys(dialogs)) $(`open-${name}`).addEventListener("click", () => openDialog(name));

const full = $("full-screen");
full.hidden = !document.fullscreenEnabled;
full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
document.addEventListener("fullscreenchange", () => full.setAttribute("aria-checked", String(Boolean(document.fullscreenElement))));
