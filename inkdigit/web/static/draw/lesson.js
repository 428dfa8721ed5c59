// "Learn my hand": each digit is asked for a few times, in a mixed order, and what is written is kept with its label. What
// reads as what was asked for goes on by itself; of anything else it is said, and it is kept only by Next.
import { $, written } from "../shared/answer.js";
import { hand } from "./corrections.js";
import { named } from "../shared/scripts.js";
import { ask, attempt, changed, offer } from "../shared/store.js";
import { set, settings } from "../shared/settings.js";
import { toStore } from "../shared/drawing.js";
import { t } from "../shared/words.js";

const ROUNDS = 3; // each digit is asked for so often: 30 marks in about two minutes
const PAUSE = 1500; // ms after a sure answer in which a second stroke may follow
const TAG = "my hand";

export class Lesson {
  // sheet: what is written on it. answer: what it reads. notice(text, good, stays).
  constructor(sheet, answer, notice) {
    Object.assign(this, { sheet, answer, notice });
    this.asked = null; // the digits still to be written, the first being asked for; null: no lesson
    $("lesson-back").addEventListener("click", () => this.back());
    $("lesson-next").addEventListener("click", () => this.next());
    $("lesson-stop").addEventListener("click", () => this.stop());
    document.addEventListener("words", () => this.show());
    document.addEventListener("answer", () => this.judge());
  }

  get isOn() { return this.asked !== null; }

  // The script is that of the settings; where it is found anew for each drawing, that of what stands on the page.
  async prepare() {
    const script = await named(this.answer.number?.script);
    if (!this.isOn) this.script = script;
  }

  start() {
    if (this.isOn) return;
    this.before = this.sheet.strokes;
    this.asked = Array.from({ length: ROUNDS }, () => mixed()).flat();
    this.kept = []; // { digit, id } of what was written, the newest last
    this.count = this.asked.length;
    this.sheet.keep([]);
    this.show();
    $("sheet").focus({ preventScroll: true });
  }

  // The ink has changed: what follows waits for its answer.
  inked() {
    clearTimeout(this.timer);
    if (!this.isOn) return;
    this.say(this.sheet.isBlank && !this.kept.length ? "lesson.about" : "");
    this.offerBack();
  }

  // There is a way back from what stands on the sheet, and to the mark before.
  offerBack() { $("lesson-back").setAttribute("aria-disabled", String(this.sheet.isBlank && !this.kept.length)); }

  // The page has an answer to what is written.
  judge() {
    if (!this.isOn || this.sheet.isBlank || this.sheet.live || !this.answer.number) return;
    clearTimeout(this.timer);
    const { number } = this.answer;
    const text = written(number);
    const right = text === String(this.asked[0]);
    if (right && $("page").dataset.state === "read") {
      this.say("lesson.right");
      this.timer = setTimeout(() => this.next(), PAUSE);
    } else {
      this.say(right ? "lesson.doubt" : "lesson.other", { digit: this.both(this.asked[0]), text: text === "?" ? t("answer.none") : this.both(text) });
    }
  }

  // A number in the digits of the script, and what it is.
  both(number) { return this.script.own(String(number)); }

  say(key, values = {}) { $("lesson-said").textContent = key ? t(key, values) : ""; }

  key(key) {
    if (!this.isOn) return false;
    if (key === "enter") this.next();
    else if (key === "escape") this.stop();
    else if (key === "backspace") this.back();
    return ["enter", "escape", "backspace"].includes(key) || /^[0-9x]$/.test(key);
  }

  // Keeps what was written, and asks for the next digit. What could not be kept is asked for again.
  async next() {
    clearTimeout(this.timer);
    if (!this.isOn || this.sheet.isBlank || this.sheet.live || this.sending) return;
    const strokes = toStore(this.sheet.strokes);
    const [digit] = this.asked;
    await this.send(async () => {
      const { id } = await ask("", { json: { strokes, single: true, correct: [digit], tags: [TAG], script: this.script.name } });
      this.kept.push({ digit, id });
      this.asked?.shift();
    });
  }

  // The mark before is written again: what was kept of it goes.
  async back() {
    clearTimeout(this.timer);
    if (!this.isOn || this.sending) return;
    if (!this.sheet.isBlank) { this.sheet.keep([]); return; } // first what stands on the sheet
    const last = this.kept.at(-1);
    if (!last) return;
    await this.send(async () => {
      await ask("/delete", { json: { ids: [last.id] } });
      this.kept.pop();
      this.asked?.unshift(last.digit);
    });
  }

  async send(action) {
    this.sending = true;
    const done = await attempt(this.notice, action);
    this.sending = false;
    if (!done || !this.isOn) return;
    this.sheet.keep([]);
    if (this.asked.length) this.show();
    else await this.stop();
  }

  async stop() {
    clearTimeout(this.timer);
    if (!this.isOn) return;
    const { kept } = this;
    this.asked = null;
    this.show();
    this.sheet.keep(this.before);
    if (!kept.length) return;
    const { learn } = settings;
    set("learn", true);
    changed();
    const { marks, right_before: before, right_left_out: after } = await hand(this.script.name);
    offer(this.notice, t("lesson.done", { marks, before, after }), true, t("kept.undo"), () => this.forget(kept, learn));
  }

  // Takes the whole lesson back.
  forget(kept, learn) {
    return attempt(this.notice, async () => {
      const { deleted } = await ask("/delete", { json: { ids: kept.map(({ id }) => id) } });
      set("learn", learn);
      changed({ deleted });
      this.notice(t("teach.forgotten"), true);
    });
  }

  show() {
    $("lesson").hidden = !this.isOn;
    $("page").dataset.lesson = this.isOn ? "yes" : "no";
    if (!this.isOn) return;
    const [digit] = this.asked;
    $("lesson-digit").textContent = t("lesson.write", { digit: this.both(digit) });
    $("lesson-place").textContent = t("lesson.place", { place: this.count - this.asked.length + 1, count: this.count });
    this.offerBack();
    if (!this.kept.length) this.say("lesson.about");
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
