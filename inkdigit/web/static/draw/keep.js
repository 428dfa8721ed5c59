// Keeping what is on the sheet or on the picture, and taking it away as a file without keeping it.
import { $, written } from "../shared/answer.js";
import { ask, attempt, changed, offer } from "../shared/store.js";
import { printed } from "../shared/printing.js";
import { settings } from "../shared/settings.js";
import { drawn, keyOf, pngFile, svgFile, toStore } from "../shared/drawing.js";
import { t, translate } from "../shared/words.js";

const MENU = {
  read: '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="2.8"/>',
  "copy-number": '<path d="M8.5 8.5v-5h12v12h-5M3.5 8.5h12v12h-12z"/>',
  "save-png": '<path d="M3.5 4.5h17v15h-17zM3.5 16l5-5 4 4 3-3 5 5"/>',
  "save-svg": '<path d="M4 17C8 3 16 21 20 7"/><path d="M2.5 17h3M18.5 7h3"/>',
  "print-number": '<path d="M7 8.5V3.5h10v5M7 17H3.5V8.5h17V17H17M7 14h10v6.5H7z"/>',
};

// The entries of the menu that are for the drawing tab.
$("menu").insertAdjacentHTML("afterbegin", Object.entries(MENU).map(([id, icon]) =>
  `<button type="button" role="menuitem" class="of-drawing" id="${id}"><svg viewBox="0 0 24 24" aria-hidden="true">${icon}</svg><span data-t="kept.${id}"></span></button>`).join(""));
translate($("menu"));
$("menu").addEventListener("beforetoggle", () => {
  for (const entry of $("menu").querySelectorAll(".of-drawing")) entry.hidden = $("page").dataset.tab !== "draw";
});

export class Keep {
  // sheet: with the strokes. picture: with the picture's file and numbers. notice(text, good, stays): a line for the person.
  constructor(sheet, picture, notice) {
    Object.assign(this, { sheet, picture, notice });
    this.ids = new WeakMap(); // strokes or file -> id in the store
    this.deleted = new Set();
    this.busy = false;
    this.labelsOf = () => null; // strokes -> the labels of their digits where a person gave some; the page says how
    $("keep").addEventListener("click", () => this.keepDrawing());
    $("keep-picture").addEventListener("click", () => this.keepPicture());
    $("copy-number").addEventListener("click", () => copy(this.text(), notice));
    $("save-png").addEventListener("click", async () => { if (!sheet.isBlank) save(await pngFile(sheet.all()), `${this.name()}.png`); });
    $("save-svg").addEventListener("click", () => { if (!sheet.isBlank) save(svgFile(sheet.all(), this.text()), `${this.name()}.svg`); });
    $("print-number").addEventListener("click", () => print());
    addEventListener("beforeprint", () => this.beforePrint());
    addEventListener("afterprint", () => $("prints").replaceChildren());
    document.addEventListener("kept", ({ detail }) => {
      for (const id of detail.deleted ?? []) this.deleted.add(id);
      for (const id of detail.restored ?? []) this.deleted.delete(id);
      this.changed();
    });
    document.addEventListener("words", () => this.changed());
  }

  // The drawing or the picture on paper, with what it reads.
  beforePrint() {
    const { tab } = $("page").dataset;
    if (tab === "draw" && !this.sheet.isBlank) {
      $("prints").replaceChildren(printed(drawn(this.sheet.all()), this.text(), [$("percent").textContent]));
    } else if (tab === "picture" && this.picture.file) {
      const image = new Image();
      image.src = $("photo").toDataURL();
      const text = this.picture.numbers.map(written).join(" ");
      $("prints").replaceChildren(printed(image, text, []));
    }
  }

  text() { return $("digit").dataset.written ?? ""; }
  name() { return `inkdigit-${this.text().replace(/\?/g, "x").replace(/[^\w.,+=()$#%-]+/g, "_") || "drawing"}`; }

  // The id of what is kept, or undefined.
  idOf(thing) {
    const id = this.ids.get(thing);
    return this.deleted.has(id) ? undefined : id;
  }

  // The sheet or the picture is another now: the tool says whether it is kept.
  changed() {
    const live = this.sheet.live;
    this.show("keep", !live && this.idOf(this.sheet.strokes), this.sheet.isBlank);
    this.show("keep-picture", this.picture.file && this.idOf(this.picture.file), !this.picture.file);
    for (const id of ["copy-number", "save-png", "save-svg", "print-number"]) $(id).setAttribute("aria-disabled", String(this.sheet.isBlank));
  }

  show(id, kept, blank) {
    $(id).setAttribute("aria-disabled", String(Boolean(kept) || blank));
    $(id).classList.toggle("done", Boolean(kept));
    const word = t(kept ? "kept.done" : "kept.keep");
    const place = $(id).lastElementChild;
    if (place.textContent !== word) place.textContent = word; // it is called with each point of the pen
  }

  async keepDrawing() {
    const { strokes } = this.sheet;
    if (!strokes.length || this.busy || $("page").dataset.lesson === "yes") return; // a lesson keeps its own
    if (this.idOf(strokes)) return this.notice(t("kept.already"), true);
    const drawing = toStore(strokes);
    const at = new Date().toISOString();
    const correct = this.labelsOf(strokes); // personal: read as it stands on the page
    const about = correct ? { correct, personal: settings.learn } : { personal: settings.learn };
    await this.keep(strokes, () => ask("", { json: { strokes: drawing, key: keyOf(drawing), at, ...about } }), at);
  }

  async keepPicture() {
    const { file, numbers } = this.picture;
    if (!file || this.busy) return;
    const labels = numbers.some((number) => number.corrected) ? numbers.flatMap((number) => number.digits.map((digit) => digit.value)) : null;
    if (this.idOf(file)) {
      if (labels && labels.join() !== this.labels) return this.correct(this.idOf(file), labels);
      return this.notice(t("kept.already"), true);
    }
    const at = new Date().toISOString();
    const title = (file.name ?? "").replace(/\.\w+$/, "").slice(0, 100);
    const path = `?${new URLSearchParams({ title, at })}`;
    const made = await this.keep(file, () => ask(path, { body: file }), at);
    if (made && labels) await this.correct(made.id, labels, made);
  }

  // What was corrected on the picture tab is corrected in the store too, where both have as many digits.
  async correct(id, labels, made = null) {
    await attempt(this.notice, async () => {
      const { digits } = made ?? (await ask(`/${id}`));
      if (digits.length !== labels.length) return;
      const correct = digits.map((digit, i) => (digit.value === labels[i] ? null : labels[i] ?? 10));
      await ask(`/${id}`, { method: "PATCH", json: { correct } });
      this.labels = labels.join();
      changed();
      if (!made) this.notice(t("kept.kept"), true);
    });
  }

  // Sends it, says so, and offers to undo it. A drawing that the store knew before has an older time.
  async keep(thing, send, at) {
    let made = null;
    this.busy = true;
    await attempt(this.notice, async () => {
      made = await send();
      this.busy = false;
      const known = Date.parse(made.at) !== Date.parse(at) && !this.deleted.has(made.id);
      this.ids.set(thing, made.id);
      changed({ restored: [made.id] });
      if (known) this.notice(t("kept.already"), true);
      else offer(this.notice, t("kept.kept"), true, t("kept.undo"), () => this.take(made.id));
    });
    this.busy = false;
    return made;
  }

  // Takes it out of the store again.
  take(id) {
    return attempt(this.notice, async () => {
      await ask("/delete", { json: { ids: [id] } });
      changed({ deleted: [id] });
      this.notice(t("kept.not"), true);
    });
  }
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
