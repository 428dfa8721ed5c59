// The picture tab: pictures and pages by file, drop, paste or camera; boxes over what was read; corrections; copying.
import { $, isFree, state, written } from "../shared/answer.js";
import { make, reveal } from "../shared/dom.js";
import { printed } from "../shared/printing.js";
import { offer } from "../shared/store.js";
import { sureOf, t } from "../shared/words.js";
import { copy } from "../draw/taking.js";
import { keepPicture } from "./keeping.js";
import { Strip, pagesOf, readPage } from "./pages.js";

const ICON = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M8.5 8.5v-5h12v12h-5M3.5 8.5h12v12h-12z"/></svg>';
const copyIcon = () => document.createRange().createContextualFragment(ICON);

export class Picture {
  // answer: shows the chosen number. notice(text, good): tells what went wrong. speak(): says the answer aloud. keep: what
  // is in the store.
  constructor({ answer, notice, speak, keep }) {
    Object.assign(this, { answer, notice, speak, keep });
    this.pages = []; // { file, name, bitmap, numbers, size, none, error, chosen }, as they came; see pages.js
    this.at = 0; // the page that is shown
    this.past = []; // what Ctrl+Z takes back, the newest last: functions
    this.turn = 0; // counts what was shown: what was asked before the newest is stale
    this.strip = new Strip((at) => this.turnTo(at));
    for (const id of ["file", "camera"]) {
      $(id).addEventListener("change", () => { if ($(id).files.length) this.take([...$(id).files]); $(id).value = ""; });
    }
    $("choose").addEventListener("click", () => $("file").click());
    $("shoot").addEventListener("click", () => $("camera").click());
    $("copy").addEventListener("click", () => this.copy());
    $("discard").addEventListener("click", () => this.discard());
    $("keep-picture").addEventListener("click", () => keepPicture(this));
    $("bars").addEventListener("click", (event) => {
      const digit = [...$("bars").children].indexOf(event.target.closest("li"));
      if ($("page").dataset.tab === "picture" && digit >= 0) this.correct(digit);
    });
    $("found").addEventListener("click", (event) => {
      const at = [...$("found").children].indexOf(event.target.closest("li"));
      if (at < 0) return;
      if (event.target.closest(".copy")) copy(written(this.numbers[at]), notice);
      else this.choose(at);
    });
    addEventListener("beforeprint", () => this.beforePrint());
    document.addEventListener("kept", () => this.changed());
    document.addEventListener("words", () => this.changed());
  }

  get page() { return this.pages[this.at]; }
  get numbers() { return this.page?.numbers ?? []; }
  get file() { return this.page?.size ? this.page.file : null; } // that could be read

  // The tab has come to the front.
  open() {
    if (this.page && !this.page.done) this.wait();
    else if (this.numbers.length) this.choose(this.page.chosen);
    else this.answer.empty(this.page ? (this.page.error ? "" : t(this.page.none)) : t("picture.show"));
  }

  // Files to be read, in their order; undo brings back what was here before. frozen: from the camera tab, where Space goes back.
  async take(files, frozen = false) {
    const before = { pages: this.pages, at: this.at, frozen: this.frozen };
    const turn = ++this.turn;
    if (before.pages.length) this.past.push(() => this.bring(before));
    Object.assign(this, { pages: [], at: 0, frozen, more: files.length > 1 });
    this.notice("");
    this.paint(null);
    this.draw();
    this.wait();
    for await (const page of pagesOf(files)) {
      if (turn !== this.turn) return;
      this.pages.push(page);
      this.more ||= page.count > 1;
      this.draw();
      if (this.pages.length === 1) this.paint(page.bitmap);
      await this.read(page, turn);
      if (turn !== this.turn) return;
    }
    this.speak();
  }

  async read(page, turn) {
    if (!page.error) await readPage(page);
    page.done = true;
    if (turn !== this.turn) return;
    this.draw();
    if (page === this.page) this.show();
  }

  // What the page at the front holds: its numbers, or why there are none.
  show() {
    const { page } = this;
    this.changed();
    if (page.error) { this.answer.empty(this.pages.length > 1 ? "" : t("picture.show")); this.notice(page.error); return; }
    if (page.numbers.length) this.choose(page.chosen ?? Math.max(0, page.numbers.findIndex((one) => one.confidence > 0.5)));
    else this.answer.empty(t(page.none));
  }

  wait() {
    this.answer.empty(t("answer.reading"));
    state("thinking");
  }

  turnTo(at) {
    this.at = at;
    this.notice("");
    this.paint(this.page.bitmap);
    this.draw();
    if (this.page.done) this.show();
    else this.wait();
  }

  // Puts back what was here.
  bring({ pages, at, frozen }) {
    this.turn++;
    Object.assign(this, { pages, at, frozen, more: false });
    this.pages = pages.filter((page) => page.done); // what was still being read is asked for again by hand
    this.at = Math.min(at, Math.max(0, this.pages.length - 1));
    this.paint(this.page?.bitmap);
    this.draw();
    if (this.page) this.show();
    else this.open();
  }

  paint(bitmap) {
    const canvas = $("photo");
    canvas.width = bitmap?.width ?? 1;
    canvas.height = bitmap?.height ?? 1;
    if (bitmap) canvas.getContext("2d").drawImage(bitmap, 0, 0);
    $("frame").style.setProperty("--ratio", canvas.width / canvas.height);
    $("page").dataset.photo = bitmap ? "yes" : this.pages.length ? "unseen" : "no"; // only where there is nothing, it is asked for
  }

  // Boxes over the picture, the list of numbers, and the strip of pages.
  draw() {
    const { numbers } = this;
    $("boxes").replaceChildren(...numbers.flatMap((number, at) => number.digits.map((digit, place) => this.box(digit, at, place))));
    $("found").replaceChildren(...numbers.map((number) => {
      const text = written(number);
      const own = number.script === "western" ? [] : [make("small", {}, number.native)];
      const button = make("button", { type: "button" }, text, ...own, make("span", {}, number.corrected ? t("picture.corrected") : sureOf(number)));
      return make("li", {}, button, make("button", { type: "button", class: "copy", title: t("picture.copy-one", { text }), "aria-label": t("picture.copy-one", { text }) }, copyIcon()));
    }));
    this.strip.show(this.pages, this.at, this.more);
    const any = this.pages.some((page) => page.numbers?.length);
    for (const id of ["copy", "discard"]) $(id).setAttribute("aria-disabled", String(id === "copy" ? !any : !this.pages.length));
    this.changed();
  }

  box({ box: [left, top, right, bottom], value }, at, place) {
    const [wide, high] = this.page.size;
    const label = t("picture.box", { value: value ?? t("answer.none"), place: place + 1, number: at + 1 });
    const box = make("button", { type: "button", "aria-label": label });
    Object.assign(box.style, {
      left: `${(left / wide) * 100}%`, top: `${(top / high) * 100}%`, width: `${((right - left) / wide) * 100}%`, height: `${((bottom - top) / high) * 100}%`,
    });
    for (const event of ["click", "focus"]) box.addEventListener(event, () => this.choose(at, place));
    return box;
  }

  // Whether the picture is kept may have changed.
  changed() { this.keep.show("keep-picture", this.file && this.keep.idOf(this.file), !this.file); }

  choose(at, place = null) {
    const number = this.numbers[at];
    this.page.chosen = at;
    const least = number.digits.reduce((best, digit, i) => (digit.confidence < number.digits[best].confidence ? i : best), 0);
    this.answer.show(number, place ?? least);
    if (number.corrected) { $("percent").textContent = ""; $("words").textContent = t("answer.corrected"); }
    [...$("found").children].forEach((item, i) => {
      item.firstChild.setAttribute("aria-current", String(i === at));
      if (i === at) reveal(item);
    });
    this.select(this.answer.at);
  }

  // Marks the box of a digit of the chosen number.
  select(place) {
    let index = place;
    for (const number of this.numbers.slice(0, this.page?.chosen ?? 0)) index += number.digits.length;
    [...$("boxes").children].forEach((box, i) => box.classList.toggle("chosen", i === index));
  }

  // 0 to 9 puts that digit in the place of the chosen one; null says that it is none.
  correct(value) {
    const { page } = this;
    const at = page?.chosen;
    const number = this.numbers[at];
    if (!number) return;
    const place = this.answer.at;
    const digits = number.digits.map((digit, i) => (i === place ? { ...digit, value, confidence: 1, verdict: { kind: "sure" } } : digit));
    const put = (one) => { page.numbers[at] = one; if (page === this.page) { this.draw(); this.choose(at, place); } };
    this.past.push(() => put(number));
    put({ ...number, digits, text: digits.map((digit) => digit.value ?? "?").join(""), corrected: true });
  }

  key(key, event) {
    if (key === " " && this.frozen && isFree(event)) { event.preventDefault(); $("tab-camera").click(); $("tab-camera").focus(); }
    if (/^[0-9]$/.test(key)) this.correct(Number(key));
    if (key === "x") this.correct(null);
    if (key === "k") $("keep-picture").click();
    if (key === "escape" || key === "n") this.discard();
  }

  control(key, event) {
    if (key !== "z" || event.shiftKey) return;
    event.preventDefault();
    this.past.pop()?.();
  }

  copy() { return copy(this.pages.flatMap((page) => page.numbers ?? []).map(written).join("\n"), this.notice); }

  // Puts everything away; undo brings it back, with what was corrected.
  discard() {
    if (!this.pages.length) return this.notice("");
    const before = { pages: this.pages, at: this.at, frozen: this.frozen };
    const back = () => this.bring(before);
    this.turn++;
    Object.assign(this, { pages: [], at: 0, frozen: false, more: false });
    this.paint(null);
    this.draw();
    this.open();
    if (!before.pages.some((page) => page.done)) return this.notice("");
    this.past.push(back);
    offer(this.notice, t("picture.away"), true, t("kept.undo"), () => { this.past = this.past.filter((one) => one !== back); back(); });
  }

  // The picture on paper, with what it reads.
  beforePrint() {
    if ($("page").dataset.tab !== "picture" || !this.file) return;
    const image = new Image();
    image.src = $("photo").toDataURL();
    $("prints").replaceChildren(printed(image, this.numbers.map(written).join(" "), []));
  }
}
