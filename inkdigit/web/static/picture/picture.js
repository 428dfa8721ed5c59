// The picture tab: a picture by file, drop, paste or camera; boxes over what was read; corrections; copying.
import { $, isFree, state, written } from "../shared/answer.js";
import { settings } from "../shared/settings.js";
import { percent, sorry, t } from "../shared/words.js";

const LARGEST = 2400; // pixels of the longer side, shown; it is sent as it is

export class Picture {
  // answer: shows the chosen number. notice(text, good): tells what went wrong. speak(): says the answer aloud.
  // onchange(): another picture, or none.
  constructor(answer, notice, speak, onchange) {
    Object.assign(this, { answer, notice, speak, onchange });
    this.file = null; // the picture as it came, where it could be read
    this.numbers = []; // of the picture shown, as the reader answered, with corrections
    this.chosen = 0;
    this.asked = 0;
    for (const id of ["file", "camera"]) {
      $(id).addEventListener("change", () => { if ($(id).files[0]) this.take($(id).files[0]); $(id).value = ""; });
    }
    $("choose").addEventListener("click", () => $("file").click());
    $("shoot").addEventListener("click", () => $("camera").click());
    $("copy").addEventListener("click", () => this.copy());
    $("discard").addEventListener("click", () => this.discard());
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      const file = event.dataTransfer.files[0];
      if (file) this.dropped(file);
    });
    document.addEventListener("paste", (event) => {
      const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
      if (file) { event.preventDefault(); this.dropped(file); }
    });
    $("bars").addEventListener("click", (event) => {
      const digit = [...$("bars").children].indexOf(event.target.closest("li"));
      if ($("page").dataset.tab === "picture" && digit >= 0) this.correct(digit);
    });
    $("found").addEventListener("click", (event) => {
      const at = [...$("found").children].indexOf(event.target.closest("li"));
      if (at >= 0) this.choose(at);
    });
  }

  // The tab has come to the front.
  open() {
    if (this.numbers.length) this.choose(this.chosen);
    else this.answer.empty($("photo").width > 1 ? t(this.none) : t("picture.show"));
  }

  // frozen: it comes from the camera, and Space goes back there.
  dropped(file, frozen = false) {
    if ($("page").dataset.tab !== "picture") $("tab-picture").click();
    this.take(file);
    this.frozen = frozen;
  }

  async take(file) {
    this.frozen = false;
    const asked = ++this.asked;
    this.numbers = [];
    this.file = null;
    this.onchange();
    this.draw();
    state("thinking");
    $("words").textContent = t("answer.reading");
    this.notice("");
    let shown = null;
    try { shown = await createImageBitmap(file); } catch { /* the reader says what is wrong with it */ }
    if (asked !== this.asked) return;
    this.paint(shown);
    let answer;
    try {
      const response = await fetch(`/api/read?glyphs=true&personal=${settings.learn}`, { method: "POST", body: file });
      answer = await response.json();
    } catch {
      answer = { error: { message: t("picture.gone") } };
    }
    if (asked !== this.asked) return;
    if (answer.error) {
      this.answer.empty(t("picture.show"));
      this.notice(sorry(answer.error));
      return;
    }
    this.size = answer.size;
    this.file = file;
    this.onchange();
    this.numbers = answer.numbers;
    this.none = answer.dense ? "picture.dense" : "picture.none";
    this.draw();
    if (this.numbers.length) this.choose(Math.max(0, this.numbers.findIndex((one) => one.confidence > 0.5)));
    else this.answer.empty(t(this.none));
    this.speak();
  }

  paint(bitmap) {
    const canvas = $("photo");
    const scale = bitmap ? Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height)) : 1;
    canvas.width = bitmap ? Math.max(2, Math.round(bitmap.width * scale)) : 1;
    canvas.height = bitmap ? Math.max(2, Math.round(bitmap.height * scale)) : 1;
    if (bitmap) canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    $("frame").style.setProperty("--ratio", canvas.width / canvas.height);
    $("page").dataset.photo = bitmap ? "yes" : "no";
  }

  // Boxes over the picture and the list of numbers.
  draw() {
    const { numbers } = this;
    $("boxes").replaceChildren(...numbers.flatMap((number, at) => number.digits.map((digit, place) => {
      const box = document.createElement("button");
      const [left, top, right, bottom] = digit.box;
      const [wide, high] = this.size;
      box.type = "button";
      box.style.left = `${(left / wide) * 100}%`;
      box.style.top = `${(top / high) * 100}%`;
      box.style.width = `${((right - left) / wide) * 100}%`;
      box.style.height = `${((bottom - top) / high) * 100}%`;
      const value = digit.value ?? t("answer.none");
      box.setAttribute("aria-label", t("picture.box", { value, place: place + 1, number: at + 1 }));
      box.addEventListener("click", () => this.choose(at, place));
      box.addEventListener("focus", () => this.choose(at, place));
      return box;
    })));
    $("found").replaceChildren(...numbers.map((number) => {
      const item = document.createElement("li");
      const text = document.createElement("button");
      const sure = document.createElement("span");
      text.type = "button";
      text.textContent = written(number);
      sure.textContent = number.corrected ? t("picture.corrected") : percent(number.confidence);
      text.append(sure);
      item.append(text);
      return item;
    }));
    for (const id of ["copy", "discard"]) $(id).setAttribute("aria-disabled", String(id === "copy" ? !numbers.length : $("photo").width < 2));
  }

  choose(at, place = null) {
    const number = this.numbers[at];
    this.chosen = at;
    const least = number.digits.reduce((best, digit, i) => (digit.confidence < number.digits[best].confidence ? i : best), 0);
    this.answer.show(number, place ?? least);
    if (number.corrected) { $("percent").textContent = ""; $("words").textContent = t("answer.corrected"); }
    [...$("found").children].forEach((item, i) => item.firstChild.setAttribute("aria-current", String(i === at)));
    this.select(this.answer.at);
  }

  // Marks the box of a digit of the chosen number.
  select(place) {
    let index = place;
    for (const number of this.numbers.slice(0, this.chosen)) index += number.digits.length;
    [...$("boxes").children].forEach((box, i) => box.classList.toggle("chosen", i === index));
  }

  // 0 to 9 puts that digit in the place of the chosen one; null says that it is none.
  correct(value) {
    const number = this.numbers[this.chosen];
    if (!number) return;
    const place = this.answer.at;
    number.digits[place] = { ...number.digits[place], value, confidence: 1, verdict: { kind: "sure" } };
    number.text = number.digits.map((digit) => digit.value ?? "?").join("");
    number.corrected = true;
    this.draw();
    this.choose(this.chosen, place);
  }

  key(key, event) {
    if (key === " " && this.frozen && isFree(event)) { event.preventDefault(); $("tab-camera").click(); $("tab-camera").focus(); }
    if (/^[0-9]$/.test(key)) this.correct(Number(key));
    if (key === "x") this.correct(null);
    if (key === "k") $("keep-picture").click();
    if (key === "escape" || key === "n") this.discard();
  }

  async copy() {
    if (!this.numbers.length) return;
    try {
      await navigator.clipboard.writeText(this.numbers.map(written).join("\n"));
      this.notice(t("picture.copied"), true);
    } catch {
      this.notice(t("picture.nocopy"));
    }
  }

  discard() {
    this.asked++;
    this.numbers = [];
    this.file = null;
    this.onchange();
    this.paint(null);
    this.draw();
    this.notice("");
    this.open();
  }
}
