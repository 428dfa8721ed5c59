// The menu behind the three dots, and the dialogs that it opens. An entry is a <button role="menuitem"> in #menu with a
// click listener of its own: when that runs, the menu is closed and the focus is back on the three dots.
import { $ } from "./answer.js";
import { open as openSettings } from "./settings.js";

const menu = $("menu");
const entries = () => [...menu.querySelectorAll("[role^=menuitem]:not([hidden])")];

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

$("open-settings").addEventListener("click", openSettings);
// The sheet of shortcuts; its code comes when it is first wanted.
export async function openShortcuts() {
  const { open } = await import("./shortcuts.js");
  open();
}

$("menu").addEventListener("beforetoggle", () => import("./shortcuts.js"), { once: true }); // it may be wanted next
$("open-shortcuts").addEventListener("click", openShortcuts);

// Every dialog closes by its cross; by Esc and by a click beside it (closedby) on its own.
for (const cross of document.querySelectorAll("dialog .close")) {
  cross.addEventListener("click", () => cross.closest("dialog").close());
}

const full = $("full-screen");
full.hidden = !document.fullscreenEnabled;
full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
document.addEventListener("fullscreenchange", () => full.setAttribute("aria-checked", String(Boolean(document.fullscreenElement))));
