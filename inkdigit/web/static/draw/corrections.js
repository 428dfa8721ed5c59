// Correcting the drawing: 0 to 9 or X says what the chosen digit is. Who wants it keeps what was corrected, and the
// reader learns from it at once. What was said last is taken back first, by Ctrl+Z, before any ink is.
import { $, SIGNS, isFigure, written } from "../shared/answer.js";
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
    this.past = []; // what was shown and said before each correction of this drawing, the newest last
    this.own = new Set(); // ids of drawings that are in the store only because they teach
    this.sending = Promise.resolve();
    document.addEventListener("answer", () => { $("bars").hidden = false; this.palette?.remove(); });
  }

  // In place of the bars of a digit: the signs that a sign may be.
  choose(sign) {
    this.palette ??= Object.assign(document.createElement("div"), { className: "signs", role: "group", ariaLabel: t("answer.signs") });
    this.palette.replaceChildren(...[...SIGNS].map((mark) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: mark });
      button.setAttribute("aria-pressed", String(mark === this.answer.signs()[sign].textContent));
      button.addEventListener("click", () => this.correctSign(mark));
      return button;
    }));
    $("bars").hidden = true;
    $("bars").after(this.palette);
  }

  // True when the key was one for a correction.
  key(key) {
    const known = this.answer.sign === null ? "0123456789x" : `0123456789${SIGNS}`;
    if (!known.includes(key)) return false;
    if (this.answer.sign !== null) this.correctSign(key);
    else this.correct(key === "x" ? null : Number(key));
    return true;
  }

  // value: 0 to 9, or null: the chosen mark is no digit. A sign that was chosen is that digit.
  correct(value) {
    if (this.answer.sign !== null) { if (value !== null) this.correctSign(String(value)); return; }
    const { number, at } = this.answer;
    if (!this.can()) return;
    this.remember();
    this.labels[at] = value ?? NONE;
    const digits = number.digits.map((digit, place) => (this.labels[place] === null ? digit : this.corrected(digit, this.labels[place])));
    this.show({ ...number, digits }, at);
  }

  // mark: the sign that the chosen one is, or a digit. What is kept then is the whole text.
  correctSign(mark) {
    const { number, sign } = this.answer;
    if (!this.can()) return;
    this.remember();
    const marks = [...written(number)];
    const at = marks.flatMap((one, place) => (isFigure(one) || !one.trim() ? [] : [place]))[sign];
    const digits = [...number.digits];
    const place = marks.slice(0, at).filter(isFigure).length;
    const separators = number.separators.filter(({ kind }) => kind.trim());
    marks[at] = mark;
    if (isFigure(mark)) {
      const [{ box }] = separators.splice(sign, 1);
      digits.splice(place, 0, this.corrected({ probabilities: new Array(10).fill(0), glyph: null, box }, Number(mark)));
      this.labels.splice(place, 0, Number(mark));
    }
    this.asText = true;
    this.show({ ...number, digits, separators, written: marks.join("") }, Math.min(place, digits.length - 1));
    if (!isFigure(mark)) this.answer.selectSign(sign);
  }

  // Whether the answer is that of the drawing already; then what is said of it belongs to this drawing.
  can() {
    const { number } = this.answer;
    if (!number || this.sheet.live || $("page").dataset.busy) return false;
    if (this.strokes !== this.sheet.strokes) this.begin(number);
    return true;
  }

  show(number, at) {
    this.known = { ...number, sum: null, confidence: 1, verdict: { kind: "sure" } };
    this.showKnown(at);
    if (settings.learn) this.teach();
    else offer(this.notice, t("teach.ask"), true, t("teach.yes"), () => { set("learn", true); this.teach(); });
  }

  showKnown(at) {
    this.answer.show(this.known, at);
    $("percent").textContent = "";
    $("words").textContent = t("answer.corrected");
  }

  // The drawing was read again, since it came back or its tab did: what was said of it still stands. False where nothing was.
  again({ script }) {
    if (this.strokes !== this.sheet.strokes || this.sheet.live || !this.past.length || script !== this.read.script) return false;
    this.showKnown(this.answer.at);
    return true;
  }

  remember() {
    const { answer, labels, asText } = this;
    this.past.push({ number: answer.number, at: answer.at, labels: [...labels], asText, words: [...$("words").childNodes], percent: $("percent").textContent });
  }

  // Takes the newest correction of the drawing on the sheet back, and what it taught. False where there is none.
  undo() {
    if (this.strokes !== this.sheet.strokes || this.sheet.live || !this.past.length) return false;
    const { number, at, labels, asText, words, percent } = this.past.pop();
    Object.assign(this, { labels, asText, known: number });
    this.answer.show(number, at);
    $("words").replaceChildren(...words);
    $("percent").textContent = percent;
    this.notice(t("teach.back"), true);
    const { strokes } = this;
    if (this.taught || this.keep.idOf(strokes)) this.sending = this.sending.then(() => attempt(this.notice, () => this.takeBack(strokes)));
    return true;
  }

  begin(number) {
    this.strokes = this.sheet.strokes;
    this.past = [];
    this.taught = false; // whether the store was told
    this.read = { personal: settings.learn, script: number.script }; // how: so the store counts the same digits, and learns that script
    this.asText = false; // a sign was corrected, so that the labels of the digits do not say it all
    this.labels = number.digits.map(() => null);
  }

  // What was said of the drawing, as the store takes it.
  said() { return this.asText ? written(this.answer.number) : [...this.labels]; }

  corrected(digit, label) {
    return { ...digit, value: label === NONE ? null : label, confidence: 1, verdict: { kind: "sure" } };
  }

  // Keeps the drawing with its corrections, one after the other.
  teach() {
    const { strokes, read } = this;
    const correct = this.said();
    this.taught = true;
    this.sending = this.sending.then(() => attempt(this.notice, () => this.send(strokes, correct, read)));
  }

  async send(strokes, correct, read) {
    const known = this.keep.idOf(strokes);
    let id = known;
    if (known) {
      await ask(`/${known}`, { method: "PATCH", json: { correct } });
    } else {
      const drawing = toStore(strokes);
      const at = new Date().toISOString();
      ({ id } = await ask("", { json: { strokes: drawing, key: keyOf(drawing), at, correct, ...read } }));
      this.keep.ids.set(strokes, id);
      this.own.add(id);
    }
    changed(known ? {} : { restored: [id] });
    const { marks } = await hand(read.script);
    offer(this.notice, t(marks === 1 ? "teach.learned-one" : "teach.learned", { marks }), true, t("kept.undo"), () => this.forget(strokes, id));
  }

  // The store hears what is said of the drawing now. Nothing: then it goes, where it was kept only to teach.
  async takeBack(strokes) {
    const id = this.keep.idOf(strokes);
    if (!id) return;
    const correct = this.said();
    const silent = !this.asText && correct.every((label) => label === null);
    if (silent && this.own.has(id)) await ask("/delete", { json: { ids: [id] } });
    else await ask(`/${id}`, { method: "PATCH", json: { correct } });
    changed(silent && this.own.has(id) ? { deleted: [id] } : {});
    if (silent) this.notice(t("teach.forgotten"), true);
  }

  // By the button of the notice: the newest correction, while its drawing is on the sheet; later the whole lesson.
  forget(strokes, id) {
    if (this.strokes === strokes && this.undo()) return;
    attempt(this.notice, async () => {
      if (this.own.has(id)) await ask("/delete", { json: { ids: [id] } });
      else {
        const { digits } = await ask(`/${id}`);
        await ask(`/${id}`, { method: "PATCH", json: { correct: digits.map(() => null) } });
      }
      changed(this.own.has(id) ? { deleted: [id] } : {});
      this.notice(t("teach.forgotten"), true);
    });
  }
}

// What the kept corrections of a script teach: { marks, right_before, right_left_out, strength }.
export async function hand(script) {
  const answer = await fetch(`/api/hand?script=${script}`);
  return answer.ok ? answer.json() : { marks: 0, right_before: 0, right_left_out: 0, strength: 0 };
}
