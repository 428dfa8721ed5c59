// "Learn my hand": each digit is asked for a few times, in a mixed order, and what is written is kept with its label.
import { $ } from "../shared/answer.js";
import { hand } from "./corrections.js";
import { ask, attempt, changed } from "../shared/store.js";
import { set } from "../shared/settings.js";
import { toStore } from "../shared/drawing.js";
import { t } from "../shared/words.js";

const ROUNDS = 3; // each digit is asked for so often: 30 marks in about a minute
const PAUSE = 900; // ms after the pen was lifted before the next digit is asked for
const TAG = "my hand";

export class Lesson {
  // sheet: what is written on it. notice(text, good, stays).
  constructor(sheet, notice) {
    Object.assign(this, { sheet, notice });
    this.asked = null; // the digits still to be written, the first being asked for; null: no lesson
    $("lesson-next").addEventListener("click", () => this.next());
    $("lesson-stop").addEventListener("click", () => this.stop());
    document.addEventListener("words", () => this.show());
  }

  get isOn() { return this.asked !== null; }

  start() {
    this.before = this.sheet.strokes;
    this.asked = Array.from({ length: ROUNDS }, () => mixed()).flat();
    this.count = this.asked.length;
    this.sheet.keep([]);
    this.show();
    $("sheet").focus();
  }

  // The ink has changed; settled: the pen is up.
  inked(settled) {
    clearTimeout(this.timer);
    if (this.isOn && settled && !this.sheet.isBlank) this.timer = setTimeout(() => this.next(), PAUSE);
  }

  key(key) {
    if (!this.isOn) return false;
    if (key === "enter") this.next();
    else if (key === "escape") this.stop();
    return key === "enter" || key === "escape" || /^[0-9x]$/.test(key);
  }

  // Keeps what was written, and asks for the next digit. What could not be kept is asked for again.
  async next() {
    clearTimeout(this.timer);
    if (!this.isOn || this.sheet.isBlank || this.sheet.live || this.sending) return;
    const strokes = toStore(this.sheet.strokes);
    const [digit] = this.asked;
    this.sending = true;
    const done = await attempt(this.notice, () => ask("", { json: { strokes, single: true, correct: [digit], tags: [TAG] } }));
    this.sending = false;
    if (!done || !this.isOn) return;
    set("learn", true);
    this.asked.shift();
    this.sheet.keep([]);
    if (this.asked.length) this.show();
    else await this.stop();
  }

  async stop() {
    clearTimeout(this.timer);
    if (!this.isOn) return;
    const kept = this.count - this.asked.length;
    this.asked = null;
    this.show();
    this.sheet.keep(this.before);
    if (!kept) return;
    changed();
    const { marks, right_before: before, right_left_out: after } = await hand();
    this.notice(t("lesson.done", { marks, before, after }), true, 20_000);
  }

  show() {
    $("lesson").hidden = !this.isOn;
    $("page").dataset.lesson = this.isOn ? "yes" : "no";
    if (!this.isOn) return;
    const [digit] = this.asked;
    $("lesson-digit").textContent = t("lesson.write", { digit });
    $("lesson-place").textContent = t("lesson.place", { place: this.count - this.asked.length + 1, count: this.count });
  }
}

// 0 to 9 in another order each time.
function mixed() {
  const digits = [...Array(10).keys()];
  for (let last = 9; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [digits[last], digits[other]] = [digits[other], digits[last]];
  }
  return digits;
}
