// The drawing that is chosen in the gallery: its ink, reading, title and tags; correcting, copying and opening it.
import { $, SIGNS, isFigure, sureOf } from "../shared/answer.js";
import { copy } from "../draw/taking.js";
import { ask, attempt } from "../shared/store.js";
import { make } from "../shared/dom.js";
import { drawn, toSheet } from "../shared/drawing.js";
import { t } from "../shared/words.js";

const NONE = 10; // the label of what is no digit

// What a drawing reads, with what was corrected.
export function reading({ shown }) {
  return shown;
}

// "2026-11-21T09:30:00.000Z" -> "21 Nov 2026, 10:30", as the language of the page writes it and the clock here shows it.
export function moment(text, form = "medium") {
  const when = new Date(text);
  const year = when.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  const style = form === "short" ? { day: "numeric", month: "short", ...year } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(document.documentElement.lang, { ...style, numberingSystem: "latn" }).format(when);
}

// Who read it, where that says something: not the network of western digits that comes with the reader.
function reader({ model, script }) {
  if (model === "western") return "";
  return model === script ? t("kept.script", { script: t(`script.${script}`) }) : t("kept.model", { model });
}

export class Chosen {
  constructor(gallery) {
    this.gallery = gallery;
    this.answer = gallery.answer;
    this.notice = gallery.notice;
    this.at = 0; // place of the digit that a key corrects
    this.sign = null; // place of the sign that it corrects instead, or null
    this.whole = new Map(); // id -> the drawing with its strokes
    this.those = [];
    $("title").addEventListener("change", () => this.rename());
    $("title").addEventListener("keydown", (event) => {
      if (event.key === "Escape") $("title").value = this.those[0]?.title ?? "";
      if (event.key === "Enter" || event.key === "Escape") $("gallery").focus();
    });
    $("tag").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); this.addTag(); } });
    $("tag").addEventListener("change", () => this.addTag());
    $("tags").addEventListener("click", (event) => {
      const tag = event.target.closest("button")?.dataset.tag;
      if (tag !== undefined) this.retag((tags) => tags.filter((one) => one !== tag));
    });
    $("labels").append(...["0123456789", SIGNS, "?"].flatMap((marks) => [...marks].map((label) => make("button", { type: "button", "data-label": label }))));
    $("labels").addEventListener("click", (event) => {
      const label = event.target.closest("button")?.dataset.label;
      if (label === undefined) return;
      $("labels").hidePopover();
      this.correct(label);
    });
    $("correct").addEventListener("click", (event) => { if (off("correct")) event.preventDefault(); });
    $("open").addEventListener("click", () => this.open());
    $("copy-kept").addEventListener("click", () => this.copy());
    document.addEventListener("words", () => this.label());
    this.label();
  }

  label() {
    $("title").placeholder = t("kept.untitled");
    $("tag").placeholder = t("kept.tag");
    for (const button of $("labels").children) button.textContent = button.dataset.label === "?" ? t("answer.none") : button.dataset.label;
    this.pick(this.at, this.sign);
  }

  // What is corrected next: the digit at that place, or that sign. A sign is another one, or a digit.
  pick(at, sign = null) {
    Object.assign(this, { at, sign });
    for (const button of $("labels").children) {
      const { label } = button.dataset;
      button.hidden = sign === null ? SIGNS.includes(label) : label === "?";
    }
  }

  // True when the key was one for a correction.
  key(key) {
    if (!(this.sign === null ? "0123456789x" : `0123456789${SIGNS}`).includes(key)) return false;
    this.correct(this.sign === null && key === "x" ? "?" : key);
    return true;
  }

  forget() { this.whole.clear(); }

  // The drawing with its strokes and glyphs.
  async get(id) {
    if (!this.whole.has(id)) {
      if (this.whole.size > 50) this.whole.clear();
      this.whole.set(id, await ask(`/${id}`));
    }
    return this.whole.get(id);
  }

  // --- showing -------------------------------------------------------------------------------------------------------
  show(those) {
    const before = this.those[0]?.id;
    this.those = those;
    const one = those.length === 1 ? those[0] : null;
    $("one").dataset.count = Math.min(2, those.length);
    if (one && one.id !== before) this.pick(leastSure(one));
    this.spell(one);
    this.picture(one);
    const can = { open: one?.kind === "ink", "copy-kept": those.length > 0, correct: Boolean(one?.digits.length) };
    for (const [id, yes] of Object.entries(can)) $(id).setAttribute("aria-disabled", String(!yes));
    $("title").disabled = !one;
    if (document.activeElement !== $("title")) $("title").value = one?.title ?? "";
    $("tag").disabled = !those.length;
    $("made").textContent = one ? moment(one.at) : "";
    $("by").textContent = one ? reader(one) : "";
    $("tags").replaceChildren(...tagsOf(those).map((tag) => this.tag(tag)));
    $("tags-known").replaceChildren(...tagsOf(this.gallery.items.slice(0, 500), false).map((tag) => new Option(tag)));
  }

  spell(one) {
    if (!one) return this.answer.empty(this.those.length ? t("kept.several", { count: this.those.length }) : "");
    if (!one.digits.length) {
      this.answer.empty(t("kept.nothing"));
    } else {
      const marks = [...one.shown].filter(isFigure); // where it was corrected as a whole, others than were read
      const those = marks.length === one.digits.length || !marks.length ? one.digits : marks.map((mark) => ({ value: mark === "?" ? null : Number(mark), correct: null, confidence: 1 }));
      const known = those.map((digit) => ({ ...digit, value: valueOf(digit), probabilities: new Array(10).fill(0), verdict: { kind: "sure" } }));
      this.answer.show({ digits: known, written: one.shown, confidence: one.confidence, verdict: { kind: "sure" } }, this.at);
      this.answer.buttons().forEach((button, i) => { button.title = sureOf(known[i]); });
      if (this.sign !== null && this.answer.signs()[this.sign]) this.answer.selectSign(this.sign);
      else this.pick(this.answer.at);
    }
    $("percent").textContent = one.wrong ? "" : sureOf(one); // that of another answer
    const was = one.text === "?" ? t("answer.none") : one.text;
    $("words").textContent = one.wrong ? t("kept.was", { text: was }) : one.correct !== null ? t("kept.right") : "";
  }

  async picture(one) {
    const key = one ? `${one.id}` : "";
    if ($("redrawn").dataset.of === key) return;
    $("redrawn").dataset.of = key;
    if (!one) return $("redrawn").replaceChildren();
    try {
      const whole = one.kind === "ink" ? await this.get(one.id) : null;
      if ($("redrawn").dataset.of !== key) return;
      $("redrawn").replaceChildren(whole ? drawn(whole.strokes) : shot(one, true));
      $("redrawn").setAttribute("aria-label", t("kept.redrawn", { text: reading(one) }));
    } catch {
      $("redrawn").replaceChildren(shot(one)); // its small picture is on the page already
    }
  }

  tag(name) {
    const title = t("kept.tag.remove", { tag: name });
    return make("li", {}, make("button", { type: "button", "data-tag": name, title, "aria-label": title }, name));
  }

  // --- changing ------------------------------------------------------------------------------------------------------
  // Sends a change of one drawing, and remembers how to take it back: by `before`, or by several changes in turn.
  async change(one, now, before) {
    const send = async (json) => {
      const done = await ask(`/${one.id}`, { method: "PATCH", json });
      this.whole.delete(one.id);
      this.gallery.replace(done);
      this.gallery.tell({});
    };
    await send(now);
    return async () => { for (const json of [before].flat()) await send(json); };
  }

  rename() {
    const [one] = this.those;
    const title = $("title").value;
    if (!one || this.those.length > 1 || title === one.title) return;
    attempt(this.notice, async () => this.gallery.did(await this.change(one, { title }, { title: one.title })));
  }

  addTag() {
    const name = $("tag").value.trim();
    $("tag").value = "";
    if (name) this.retag((tags) => (tags.includes(name) ? tags : [...tags, name]));
  }

  // Changes the tags of all that are chosen; one step back takes all of it back.
  retag(make) {
    const those = [...this.those];
    const steps = [];
    this.gallery.did(async () => { while (steps.length) { await steps.at(-1)(); steps.pop(); } });
    return attempt(this.notice, async () => {
      while (those.length) {
        const [one] = those;
        const tags = make(one.tags);
        if (tags.join() !== one.tags.join()) steps.push(await this.change(one, { tags }, { tags: one.tags }));
        those.shift();
      }
    });
  }

  // mark: 0 to 9, ? for no digit, or where a sign is picked another sign: what stands in the place that is picked.
  correct(mark) {
    const [one] = this.those;
    if (!one || this.those.length > 1 || !one.digits.length) return;
    const [correct, before] = this.corrected(one, mark);
    attempt(this.notice, async () => {
      this.gallery.did(await this.change(one, { correct }, before));
      this.notice(t("kept.corrected"), true);
    });
  }

  // What is said of the drawing then, and what brings back what was said before. A label for each digit says the least; where
  // signs change, or did so before, it is the whole text.
  corrected(one, mark) {
    const labels = one.digits.map((digit) => digit.correct);
    const whole = one.correct !== null && labels.every((label) => label === null); // corrected as a text of another length
    const figures = [...one.shown].filter(isFigure).length;
    const fits = figures === one.digits.length;
    if (this.sign === null && (fits || !figures)) {
      const label = mark === "?" ? NONE : Number(mark);
      return [labels.map((known, i) => (i === this.at ? label : known)), { correct: whole ? one.correct : labels }];
    }
    const marks = [...one.shown];
    const those = marks.flatMap((known, i) => (known.trim() && isFigure(known) === (this.sign === null) ? [i] : []));
    const place = those[this.sign ?? this.at];
    marks[place] = mark;
    if (this.sign !== null && isFigure(mark)) this.pick(marks.slice(0, place).filter(isFigure).length);
    return [marks.join(""), [{ correct: one.shown }, ...(fits && !whole ? [{ correct: labels }] : [])]];
  }

  open() {
    const [one] = this.those;
    if (!one || one.kind !== "ink" || this.those.length > 1) return;
    attempt(this.notice, async () => {
      const { id, strokes } = await this.get(one.id);
      this.gallery.openDrawing({ id, strokes: toSheet(strokes) });
    });
  }

  copy() {
    return copy(this.those.map(reading).filter(Boolean).join("\n"), this.notice);
  }
}

// The small picture of a drawing; or, large, the whole one.
export function shot({ id }, large = false) {
  return make("img", { src: large ? `/api/kept/export?as=png&ids=${id}` : `/api/kept/${id}.png`, alt: "" });
}

function off(id) {
  return $(id).getAttribute("aria-disabled") === "true";
}

function valueOf({ value, correct }) {
  return correct === null ? value : correct === 10 ? null : correct;
}

function leastSure({ digits }) {
  return digits.reduce((best, digit, i) => (digit.confidence < digits[best].confidence ? i : best), 0);
}

// Tags that all of them have; or, `every` false, that any has.
function tagsOf(those, every = true) {
  const all = [...new Set(those.flatMap((one) => one.tags))].sort();
  return every ? all.filter((tag) => those.every((one) => one.tags.includes(tag))) : all;
}
