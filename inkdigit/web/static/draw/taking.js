// Taking what is on the sheet away, without keeping it: as text, as a file, on paper; by entries of the menu.
import { $ } from "../shared/answer.js";
import { printed } from "../shared/printing.js";
import { drawn, pngFile, svgFile } from "../shared/drawing.js";
import { t, translate } from "../shared/words.js";

const MENU = {
  "copy-number": '<path d="M8.5 8.5v-5h12v12h-5M3.5 8.5h12v12h-12z"/>',
  "save-png": '<path d="M3.5 4.5h17v15h-17zM3.5 16l5-5 4 4 3-3 5 5"/>',
  "save-svg": '<path d="M4 17C8 3 16 21 20 7"/><path d="M2.5 17h3M18.5 7h3"/>',
  "print-number": '<path d="M7 8.5V3.5h10v5M7 17H3.5V8.5h17V17H17M7 14h10v6.5H7z"/>',
};

// The entries of the menu that are for the drawing tab.
$("read").insertAdjacentHTML("afterend", Object.entries(MENU).map(([id, icon]) =>
  `<button type="button" role="menuitem" class="of-drawing" id="${id}"><svg viewBox="0 0 24 24" aria-hidden="true">${icon}</svg><span data-t="kept.${id}"></span></button>`).join(""));
translate($("menu"));
export class Taking {
  // sheet: with the strokes. notice(text, good): a line for the person.
  constructor(sheet, notice) {
    this.sheet = sheet;
    $("copy-number").addEventListener("click", () => copy(this.text(), notice));
    $("save-png").addEventListener("click", async () => { if (!sheet.isBlank) save(await pngFile(sheet.all()), `${this.name()}.png`); });
    $("save-svg").addEventListener("click", () => { if (!sheet.isBlank) save(svgFile(sheet.all(), this.text()), `${this.name()}.svg`); });
    $("print-number").addEventListener("click", () => print());
    addEventListener("beforeprint", () => this.beforePrint());
    addEventListener("afterprint", () => $("prints").replaceChildren());
  }

  // The drawing on paper, with what it reads.
  beforePrint() {
    if ($("page").dataset.tab !== "draw" || this.sheet.isBlank) return;
    $("prints").replaceChildren(printed(drawn(this.sheet.all()), this.text(), [$("percent").textContent]));
  }

  text() { return $("digit").dataset.written ?? ""; }
  name() { return `inkdigit-${this.text().replace(/\?/g, "x").replace(/[^\w.,+=()$#%-]+/g, "_") || "drawing"}`; }
}

// Offers a file to the person.
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export async function copy(text, notice) {
  if (!text) return;
  try {
    await navigator.clipboard.writeText(text);
    notice(t("picture.copied"), true);
  } catch {
    notice(t("kept.nocopy"));
  }
}
