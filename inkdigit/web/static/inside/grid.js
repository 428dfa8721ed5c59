// The pixel grid: a digit set cell by cell, for those who cannot draw, or to edit what the network sees.
// One cell has the focus and the arrow keys move it; the answer follows each change.
import { $, state } from "../shared/answer.js";
import { base64, bytes, make } from "../shared/dom.js";
import { settings } from "../shared/settings.js";
import { sorry, t } from "../shared/words.js";

const SIDE = 28;
const PAGE = 7; // cells that Page up and Page down move
const AGAIN = 1000; // ms before a reader that does not answer is asked again
const DARK = 128; // of 255: a tone of the drawing that becomes ink

const ICONS = {
  undo: '<path d="M8.5 5 4 9.5 8.5 14M4.5 9.5H14a5.5 5.5 0 0 1 0 11H9"/>',
  redo: '<path d="M15.5 5 20 9.5 15.5 14M19.5 9.5H10a5.5 5.5 0 0 0 0 11h5"/>',
  clear: '<path d="M7 3.5h7l4 4v13H7zM14 3.5v4h4"/>',
  take: '<path d="M12 3.5v11M7.5 10l4.5 4.5 4.5-4.5M4 17.5v3h16v-3"/>',
  back: '<path d="M4 20l1-4.5L16.5 4l3.5 3.5L8.5 19z"/>',
};

export class Pixels {
  // notice(text, good) and speak(): as for every room. taken(): the glyph of the drawing, base64, or null. leave(): back.
  constructor(answer, notice, speak, taken, leave) {
    Object.assign(this, { answer, notice, speak, taken, leave });
    this.from = null; // the glyph that was taken last, and the ink that it made
    this.begun = "";
    this.ink = new Uint8Array(SIDE * SIDE); // 1 = ink
    this.past = [];
    this.future = [];
    this.at = 14 * SIDE + 14;
    this.waiting = false;
    this.build();
    document.addEventListener("words", () => this.label());
  }

  // --- the room ----------------------------------------------------------------------------------------------------------
  open() {
    const glyph = this.taken();
    const own = this.past.length || this.future.length ? this.ink.join() !== this.begun : false; // set by hand since it was taken
    if (own || glyph === this.from) this.ask();
    else if (glyph) this.take();
    else { this.from = null; this.clear(); }
    this.cells[this.at].focus({ preventScroll: true });
  }

  close() {
    clearTimeout(this.again);
    delete $("page").dataset.busy;
  }

  key(key) {
    if (key === "escape") this.leave();
    if (key === "n") this.clear();
  }

  control(key, event) {
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) this.step(this.future, this.past);
    else this.step(this.past, this.future);
  }

  build() {
    this.cells = Array.from(this.ink, () => make("span", { role: "gridcell", tabindex: "-1" }));
    const rows = Array.from({ length: SIDE }, (_, row) => make("div", { role: "row" }, ...this.cells.slice(row * SIDE, (row + 1) * SIDE)));
    this.grid = make("div", { class: "grid", role: "grid", id: "grid" }, ...rows);
    this.hint = make("p", { class: "hint" });
    this.said = make("p", { class: "hidden", role: "status" });
    this.tools = make("div", { class: "tools pixels", role: "toolbar" });
    for (const [name, icon] of Object.entries(ICONS)) {
      const button = make("button", { type: "button", "data-tool": name });
      button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true">${icon}</svg><span></span>`;
      button.addEventListener("click", () => this.use(name));
      this.tools.append(button);
    }
    this.tools.lastChild.classList.add("main");
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
    this.grid.addEventListener("pointerdown", (event) => this.down(event));
    this.grid.addEventListener("pointermove", (event) => this.over(event));
    this.grid.addEventListener("touchstart", (event) => { if (event.cancelable) event.preventDefault(); }, { passive: false }); // see ink.js
    for (const end of ["pointerup", "pointercancel"]) this.grid.addEventListener(end, () => { this.brush = null; });
    $("page").querySelector(".tools").before(make("div", { class: "sheet pixels" }, this.grid, this.hint, this.said));
    $("page").querySelector(".tools.drawing").after(this.tools);
    this.cells[this.at].tabIndex = 0;
    this.label();
    this.paint();
  }

  label() {
    this.grid.setAttribute("aria-label", t("pixels.grid"));
    this.tools.setAttribute("aria-label", t("pixels.tools"));
    this.hint.replaceChildren(...["keys", "touch"].map((way) => make("span", { class: `${way}-only` }, t(`pixels.hint.${way}`))));
    for (const button of this.tools.children) {
      button.lastChild.textContent = t(`pixels.${button.dataset.tool}`);
      button.title = t(`pixels.${button.dataset.tool}.title`);
    }
    this.cells.forEach((_, at) => this.name(at));
  }

  name(at) {
    this.cells[at].setAttribute("aria-label", this.spoken(at));
  }

  spoken(at) {
    const values = { row: Math.floor(at / SIDE) + 1, column: (at % SIDE) + 1 };
    return this.ink[at] ? t("pixels.ink", values) : t("pixels.paper", values);
  }

  use(name) {
    if (name === "undo") this.step(this.past, this.future);
    if (name === "redo") this.step(this.future, this.past);
    if (name === "clear") this.clear();
    if (name === "take") this.take();
    if (name === "back") this.leave();
  }

  // --- keyboard ----------------------------------------------------------------------------------------------------------
  pressed(event) {
    const key = event.key;
    if (event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (key === "Home" || key === "End") this.move(key === "Home" ? 0 : SIDE * SIDE - 1, event);
      else this.control(key.toLowerCase(), event);
      return;
    }
    const [row, column] = [Math.floor(this.at / SIDE), this.at % SIDE];
    const inside = (value) => Math.min(SIDE - 1, Math.max(0, value));
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-PAGE, 0], PageDown: [PAGE, 0], Home: [0, -SIDE], End: [0, SIDE] }[key] ?? [0, 0];
    if (down || right) this.move(inside(row + down) * SIDE + inside(column + right), event, key.startsWith("Arrow") && event.shiftKey);
    else if (key === " " || key === "Enter") { event.preventDefault(); this.set([this.at], !this.ink[this.at], true); }
    else if (key === "Delete" || (key.toLowerCase() === "n" && settings.letters)) { event.preventDefault(); this.clear(); }
    else if (key === "Escape") this.leave();
  }

  // Moves the focus; painting leaves ink where it was and where it comes to.
  move(to, event, painting = false) {
    event.preventDefault();
    if (painting) this.set([this.at, to], true);
    this.focus(to);
  }

  focus(at) {
    this.cells[this.at].tabIndex = -1;
    this.at = at;
    this.cells[at].tabIndex = 0;
    this.cells[at].focus({ preventScroll: true });
  }

  // --- pointer -----------------------------------------------------------------------------------------------------------
  cell(event) {
    const { left, top, width, height } = this.grid.getBoundingClientRect();
    const [column, row] = [Math.floor(((event.clientX - left) / width) * SIDE), Math.floor(((event.clientY - top) / height) * SIDE)];
    return row >= 0 && row < SIDE && column >= 0 && column < SIDE ? row * SIDE + column : null;
  }

  down(event) {
    const at = this.cell(event);
    if (at === null || event.button !== 0) return;
    event.preventDefault();
    this.grid.setPointerCapture(event.pointerId);
    this.brush = { ink: !this.ink[at], last: at };
    this.keep();
    this.set([at], this.brush.ink, false, false);
    this.focus(at);
  }

  over(event) {
    const at = this.brush ? this.cell(event) : null;
    if (at === null || at === this.brush.last) return;
    this.set(between(this.brush.last, at), this.brush.ink, false, false);
    this.brush.last = at;
  }

  // --- ink ---------------------------------------------------------------------------------------------------------------
  set(places, ink, said = false, kept = true) {
    if (places.every((at) => Boolean(this.ink[at]) === ink)) return;
    if (kept) this.keep();
    for (const at of places) { this.ink[at] = Number(ink); this.name(at); }
    if (said) this.said.textContent = this.spoken(places[0]);
    this.changed();
  }

  keep() {
    this.past.push(this.ink.slice());
    this.future = [];
  }

  replace(ink) {
    if (ink.every((one, at) => one === this.ink[at])) return this.ask();
    this.keep();
    this.restore(ink);
  }

  restore(ink) {
    this.ink = ink;
    this.cells.forEach((_, at) => this.name(at));
    this.changed();
  }

  step(from, to) {
    if (!from.length) return;
    to.push(this.ink.slice());
    this.restore(from.pop());
  }

  clear() { this.replace(new Uint8Array(SIDE * SIDE)); }

  // Begins with what the network saw of the drawing. A drawing that has changed since, or gone, is followed, as long as no
  // pixel was set by hand.
  take() {
    const glyph = this.taken();
    if (!glyph) return;
    this.replace(bytes(glyph).map((tone) => Number(tone >= DARK)));
    this.from = glyph; // the drawing that it shows
    this.begun = this.ink.join();
  }

  changed() {
    this.paint();
    this.ask();
  }

  paint() {
    this.cells.forEach((cell, at) => cell.toggleAttribute("data-ink", this.ink[at] === 1));
    this.hint.dataset.gone = this.ink.includes(1) ? "yes" : "no";
    const can = { undo: this.past.length, redo: this.future.length, clear: this.ink.includes(1), take: this.taken(), back: true };
    for (const button of this.tools.children) button.setAttribute("aria-disabled", String(!can[button.dataset.tool]));
  }

  // --- the answer --------------------------------------------------------------------------------------------------------
  // One grid is under way at a time, and the newest is the next one.
  async ask() {
    clearTimeout(this.again);
    this.wanted = true;
    if (this.waiting) return;
    this.waiting = true;
    $("page").dataset.busy = "yes";
    while (this.wanted) {
      this.wanted = false;
      const body = JSON.stringify({ glyph: base64(this.ink.map((one) => 255 * one)), fit: true, personal: settings.learn, script: ["auto", "mixed"].includes(settings.script) ? "" : settings.script });
      let found = null;
      try {
        found = await (await fetch("/api/glyph", { method: "POST", body })).json();
      } catch { /* shown below */ }
      if ($("page").dataset.tab !== "pixels") break;
      if (!this.wanted) this.show(found);
    }
    this.waiting = false;
    delete $("page").dataset.busy;
  }

  show(digit) {
    if (!digit || digit.error) {
      state("gone");
      this.notice(digit ? sorry(digit.error) : t("pixels.gone"));
      if (!digit) this.again = setTimeout(() => this.ask(), AGAIN);
      return;
    }
    this.notice("");
    if (digit.box) this.answer.show({ digits: [digit], confidence: digit.confidence, verdict: digit.verdict }, 0);
    else this.answer.empty(t("pixels.empty"));
    this.speak();
  }
}

// The cells from one to another in a straight line, the first left out.
function between(from, to) {
  const [y, x, end, foot] = [Math.floor(from / SIDE), from % SIDE, to % SIDE, Math.floor(to / SIDE)];
  const steps = Math.max(Math.abs(end - x), Math.abs(foot - y), 1);
  return Array.from({ length: steps }, (_, i) => {
    const part = (i + 1) / steps;
    return Math.round(y + (foot - y) * part) * SIDE + Math.round(x + (end - x) * part);
  });
}
