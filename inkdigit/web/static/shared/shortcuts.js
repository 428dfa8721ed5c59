// Every key that does something, by the room it works in, and the sheet that lists them. tests/web/test_shortcuts.py
// presses each one.
import { has, t } from "./words.js";

// room: "" everywhere, else the tab. keys: any of them does it; "Ctrl+Z" stands for Cmd+Z on a Mac. word: what it does.
export const SHORTCUTS = [
  { room: "", keys: ["?"], word: "shortcuts.open" },
  { room: "", keys: ["Esc"], word: "shortcuts.close" },
  { room: "", keys: ["I"], word: "shortcuts.inside" },
  { room: "", keys: ["G"], word: "shortcuts.pixels" },
  { room: "draw", keys: ["0", "9"], range: true, word: "shortcuts.correct" },
  { room: "draw", keys: [". , - / +"], word: "shortcuts.sign" },
  { room: "draw", keys: ["X"], word: "shortcuts.none" },
  { room: "draw", keys: ["N", "Esc"], word: "shortcuts.clear" },
  { room: "draw", keys: ["Ctrl+Z"], word: "shortcuts.undo" },
  { room: "draw", keys: ["Ctrl+Shift+Z", "Ctrl+Y"], word: "shortcuts.redo" },
  { room: "draw", keys: ["E"], word: "shortcuts.eraser" },
  { room: "draw", keys: ["P"], word: "shortcuts.pen" },
  { room: "draw", keys: ["["], word: "shortcuts.thinner" },
  { room: "draw", keys: ["]"], word: "shortcuts.thicker" },
  { room: "draw", keys: ["R"], word: "shortcuts.read" },
  { room: "draw", keys: ["K"], word: "shortcuts.keep" },
  { room: "draw", keys: ["Ctrl+P"], word: "shortcuts.print" },
  { room: "picture", keys: ["0", "9"], range: true, word: "shortcuts.correct" },
  { room: "picture", keys: ["X"], word: "shortcuts.none" },
  { room: "picture", keys: ["Ctrl+V"], word: "shortcuts.paste" },
  { room: "picture", keys: ["K"], word: "shortcuts.keep-picture" },
  { room: "picture", keys: ["N", "Esc"], word: "shortcuts.discard" },
  { room: "picture", keys: ["Ctrl+Z"], word: "shortcuts.undo-picture" },
  { room: "camera", keys: ["Space"], word: "shortcuts.freeze" },
  { room: "camera", keys: ["Esc"], word: "shortcuts.stop" },
  { room: "kept", keys: ["←", "↑", "↓", "→"], word: "shortcuts.walk" },
  { room: "kept", keys: ["Space"], word: "shortcuts.pick" },
  { room: "kept", keys: ["Ctrl+A"], word: "shortcuts.all" },
  { room: "kept", keys: ["Enter"], word: "shortcuts.open-kept" },
  { room: "kept", keys: ["0", "9"], range: true, word: "shortcuts.correct-kept" },
  { room: "kept", keys: [". , - / +"], word: "shortcuts.sign" },
  { room: "kept", keys: ["X"], word: "shortcuts.none-kept" },
  { room: "kept", keys: ["F2"], word: "shortcuts.rename" },
  { room: "kept", keys: ["/"], word: "shortcuts.seek" },
  { room: "kept", keys: ["Delete"], word: "shortcuts.delete" },
  { room: "kept", keys: ["Ctrl+Z"], word: "shortcuts.undo-kept" },
  { room: "kept", keys: ["Ctrl+C"], word: "shortcuts.copy" },
  { room: "kept", keys: ["Ctrl+P"], word: "shortcuts.print" },
  { room: "pixels", keys: ["→"], word: "shortcuts.move" },
  { room: "pixels", keys: ["Space", "Enter"], word: "shortcuts.set" },
  { room: "pixels", keys: ["Shift+→"], word: "shortcuts.paint" },
  { room: "pixels", keys: ["N", "Delete"], word: "shortcuts.empty" },
  { room: "pixels", keys: ["Esc"], word: "shortcuts.back" },
];
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
let dialog = null; // its HTML comes with this code

export function open() {
  if (document.querySelector("dialog[open]")) return;
  if (!dialog) {
    dialog = document.getElementById("shortcuts");
    dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  }
  fill();
  dialog.showModal();
}

function fill() {
  const rooms = [...new Set(SHORTCUTS.map(({ room }) => room))];
  document.getElementById("keys").replaceChildren(...rooms.map((room) => {
    const part = document.createElement("section");
    const head = document.createElement("h3");
    const list = document.createElement("dl");
    head.textContent = !room ? t("shortcuts.everywhere") : t(has(`tabs.${room}`) ? `tabs.${room}` : `${room}.open`);
    list.append(...SHORTCUTS.filter((one) => one.room === room).map(row));
    part.append(head, list);
    return part;
  }));
}

function row({ keys, range, word }) {
  const pair = document.createElement("div");
  const names = document.createElement("dt");
  const does = document.createElement("dd");
  keys.forEach((key, i) => names.append(...(i ? [range ? " – " : ` ${t("shortcuts.or")} `] : []), ...named(key)));
  does.textContent = t(word);
  pair.append(names, does);
  return pair;
}

// "Ctrl+Z" -> <kbd>Ctrl</kbd> + <kbd>Z</kbd>, as the keys are labelled here.
function named(key) {
  return key.split("+").flatMap((part, i) => {
    const cap = document.createElement("kbd");
    cap.textContent = MAC && part === "Ctrl" ? "⌘" : has(`shortcuts.cap.${part}`) ? t(`shortcuts.cap.${part}`) : part;
    return i ? ["+", cap] : [cap];
  });
}
