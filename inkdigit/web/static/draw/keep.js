// Keeping what is on the sheet or on the picture.
import { $ } from "../shared/answer.js";
import { ask, attempt, changed, offer } from "../shared/store.js";
import { settings } from "../shared/settings.js";
import { keyOf, toStore } from "../shared/drawing.js";
import { t } from "../shared/words.js";

export class Keep {
  // sheet: with the strokes. notice(text, good, stays): a line for the person.
  constructor(sheet, notice) {
    Object.assign(this, { sheet, notice });
    this.ids = new WeakMap(); // strokes or file -> id in the store
    this.deleted = new Set();
    this.busy = false;
    this.labelsOf = () => null; // strokes -> the labels of their digits where a person gave some; the page says how
    document.addEventListener("kept", ({ detail }) => {
      for (const id of detail.deleted ?? []) this.deleted.add(id);
      for (const id of detail.restored ?? []) this.deleted.delete(id);
      this.changed();
    });
    document.addEventListener("words", () => this.changed());
    this.changed();
  }

  // The id of what is kept, or undefined.
  idOf(thing) {
    const id = this.ids.get(thing);
    return this.deleted.has(id) ? undefined : id;
  }

  // The sheet is another now: the tool says whether it is kept.
  changed() {
    this.show("keep", !this.sheet.live && this.idOf(this.sheet.strokes), this.sheet.isBlank);
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
    const about = { personal: settings.learn, script: settings.script, ...(correct && { correct }) };
    await this.keep(strokes, () => ask("", { json: { strokes: drawing, key: keyOf(drawing), at, ...about } }), at);
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
    }, t("kept.not"));
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
