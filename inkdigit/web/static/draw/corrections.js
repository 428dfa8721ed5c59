// Correcting the drawing: 0 to 9 or X says what the chosen digit is. Who wants it keeps what was corrected, and the
// reader learns from it at once.
import { $ } from "../shared/answer.js";
import { ask, attempt, changed, offer } from "../shared/store.js";
import { set, settings } from "../shared/settings.js";
import { keyOf, toStore } from "../shared/drawing.js";
import { t } from "../shared/words.js";

const NONE = 10; // the label of what is no digit

export class Corrections {
  // answer: with the number of the drawing. keep: knows what is in the store.
  constructor(answer, sheet, keep, notice) {
    Object.assign(this, { answer, sheet, keep, notice });
    this.strokes = null; // the drawing that the labels belong to
    this.labels = [];
    this.sending = Promise.resolve();
    $("bars").addEventListener("click", (event) => {
      const digit = [...$("bars").children].indexOf(event.target.closest("li"));
      if ($("page").dataset.tab === "draw" && digit >= 0) this.correct(digit);
    });
  }

  // True when the key was one for a correction.
  key(key) {
    if (!/^[0-9x]$/.test(key)) return false;
    this.correct(key === "x" ? null : Number(key));
    return true;
  }

  // value: 0 to 9, or null: the chosen mark is no digit.
  correct(value) {
    const { number, at } = this.answer;
    if (!number || this.sheet.live || $("page").dataset.busy) return; // the answer is not that of the drawing yet
    if (this.strokes !== this.sheet.strokes) this.begin(number);
    this.labels[at] = value ?? NONE;
    const digits = number.digits.map((digit, place) => (this.labels[place] === null ? digit : this.corrected(digit, this.labels[place])));
    this.answer.show({ ...number, digits, confidence: 1, verdict: { kind: "sure" } }, at);
    $("percent").textContent = "";
    $("words").textContent = t("answer.corrected");
    if (settings.learn) this.teach();
    else offer(this.notice, t("teach.ask"), true, t("teach.yes"), () => { set("learn", true); this.teach(); });
  }

  begin(number) {
    this.strokes = this.sheet.strokes;
    this.labels = number.digits.map(() => null);
  }

  corrected(digit, label) {
    return { ...digit, value: label === NONE ? null : label, confidence: 1, verdict: { kind: "sure" } };
  }

  // Keeps the drawing with its corrections, one after the other.
  teach() {
    const { strokes, labels } = this;
    const correct = [...labels];
    this.sending = this.sending.then(() => attempt(this.notice, () => this.send(strokes, correct)));
  }

  async send(strokes, correct) {
    const known = this.keep.idOf(strokes);
    if (known) {
      await ask(`/${known}`, { method: "PATCH", json: { correct } });
    } else {
      const drawing = toStore(strokes);
      const at = new Date().toISOString();
      const made = await ask("", { json: { strokes: drawing, key: keyOf(drawing), at, correct, personal: true } });
      this.keep.ids.set(strokes, made.id);
    }
    const id = this.keep.idOf(strokes);
    changed(known ? {} : { restored: [id] });
    const { marks } = await hand();
    offer(this.notice, t(marks === 1 ? "teach.learned-one" : "teach.learned", { marks }), true, t("kept.undo"), () => this.forget(id));
  }

  forget(id) {
    return attempt(this.notice, async () => {
      await ask("/delete", { json: { ids: [id] } });
      changed({ deleted: [id] });
      this.notice(t("teach.forgotten"), true);
    });
  }
}

// What the kept corrections teach: { marks, right_before, right_left_out, strength }.
export async function hand() {
  const answer = await fetch("/api/hand");
  return answer.ok ? answer.json() : { marks: 0, right_before: 0, right_left_out: 0, strength: 0 };
}
