// The sheet: pen strokes as points, drawn, erased, undone and redone, whatever pointer they come from.
import { Palm, isHand } from "./palm.js";
import { settings } from "../shared/settings.js";
import { ERASER, SIDE, cut, paint } from "../shared/stroke.js";

export { SIDE };
const PENS = { fine: 10, medium: 22, broad: 40 };
const BESIDE = 24; // pixels around the sheet in which a stroke may begin
const LEAST_STEP = 0.8; // points closer than this tell nothing new
const FIRM = 0.4; // how much of a new pressure counts beside those before it: a sensor trembles
const ERASING = 2 | 32; // buttons of a pen: the one at its side, and its other end

export class Sheet {
  // canvas: the element to draw on. onchange(settled): called after each change of the ink; settled is false while the
  // pen is down. onrefuse(): a finger touched the sheet, and only the pen draws.
  constructor(canvas, onchange, onrefuse = () => {}) {
    Object.assign(this, { canvas, onchange, onrefuse });
    this.pen = "medium";
    this.palm = new Palm();
    this.ahead = []; // where the browser thinks that the pen will be in the next frame: shown, never kept
    // [{ width, points: [[x, y], ...], pressure: [0-1, ...] or undefined }], never changed in place once finished
    this.strokes = [];
    this.past = [];
    this.future = [];
    this.live = null;
    this.pointer = null;
    this.before = null; // the strokes as they were when the eraser came down
    this.finished = document.createElement("canvas"); // finished strokes, so that a frame draws only the live one
    this.dirty = true;
    this.waiting = false;
    for (const [name, handler] of Object.entries({
      pointerdown: this.down, pointermove: this.move, pointerup: this.up, pointercancel: this.up,
      lostpointercapture: this.up, pointerleave: this.leave,
    })) canvas.addEventListener(name, handler.bind(this));
    addEventListener("pointerdown", (event) => { if (this.isBeside(event, event)) this.down(event); });
    // Beside the sheet a finger would scroll the page, and the browser would take it away from the stroke that it has begun.
    // And a finger that leaves the sheet at speed is a fling to it, of which the next tap, on a button, would be only the end.
    addEventListener("touchstart", (event) => {
      const isOn = event.target === canvas || (this.isDrawing && this.isBeside(event.changedTouches[0], event));
      if (isOn && event.cancelable) event.preventDefault();
    }, { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    new ResizeObserver(() => this.resize()).observe(canvas);
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.repaint());
    }
    document.addEventListener("settings", () => this.repaint()); // the theme, or what pressure does
    this.resize();
  }

  get isBlank() { return !this.strokes.length && !this.live; }
  get pointCount() { return this.all().reduce((sum, stroke) => sum + stroke.points.length, 0); }
  get isDrawing() { return this.pointer !== null; }

  all() { return this.live ? [...this.strokes, this.live] : this.strokes; }

  // Where the pen was last, or [0, 0].
  lastPoint() { return this.all().at(-1)?.points.at(-1) ?? [0, 0]; }

  undo() { this.finish(); this.step(this.past, this.future); }
  redo() { if (!this.isDrawing) this.step(this.future, this.past); } // else there is something new already
  clear() { if (!this.isBlank) { this.finish(); this.keep([]); } }

  // --- pointer -------------------------------------------------------------------------------------------------------
  down(event) {
    this.palm.note(event);
    if (document.querySelector(":popover-open")) return; // a press beside the menu shuts it, and leaves no ink
    if (this.palm.refuses(event)) {
      if (settings.penOnly) this.onrefuse();
      return;
    }
    const isPen = event.pointerType === "pen";
    if (this.pointer !== null && isPen && this.kind === "touch") this.drop(); // the hand came down before the pen
    if (this.pointer !== null || (event.button !== 0 && !(isPen && event.buttons & ERASING))) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.kind = event.pointerType;
    this.bounds = this.canvas.getBoundingClientRect();
    const point = this.place(event);
    if (this.pen === "eraser" || (isPen && event.buttons & ERASING)) {
      this.before = this.strokes;
      this.trace = point;
      this.erase(point, point);
    } else {
      this.live = { width: PENS[this.pen], points: [point], ...(isPen && { pressure: [event.pressure] }) };
      this.changed(false);
    }
  }

  // A stroke may begin beside the sheet, or in its round corner, where nothing else is.
  isBeside({ clientX, clientY }, { target, defaultPrevented }) {
    const { left, top, right, bottom } = this.canvas.getBoundingClientRect();
    const far = Math.max(left - clientX, clientX - right, top - clientY, clientY - bottom);
    const taken = target.closest?.("button, input, select, a, canvas, dialog, [popover], .lesson, .answer > *");
    return right > left && far <= BESIDE && !taken && !defaultPrevented;
  }

  move(event) {
    this.palm.note(event);
    if (event.pointerId !== this.pointer) return;
    if (isHand(event)) return this.drop(); // a fingertip that became a hand
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.add(this.place(one), one.pressure);
    const soon = event.pointerType === "mouse" ? [] : event.getPredictedEvents?.() ?? [];
    this.ahead = soon.map((one) => this.place(one));
    this.changed(false);
  }

  up(event) {
    this.palm.note(event);
    if (event.pointerId !== this.pointer) return;
    if (event.type === "pointercancel" && this.palm.refuses(event)) return this.drop(); // the system saw the hand too
    if (event.type === "pointerup") this.add(this.place(event));
    this.finish();
    this.changed(true);
  }

  leave(event) { this.palm.note(event); }

  // Takes back what a hand has drawn or erased since it came down.
  drop() {
    if (this.before) this.strokes = this.before;
    this.live = this.before = this.pointer = null;
    this.ahead = [];
    this.dirty = true;
    this.changed(true);
  }

  place(event) {
    const { left, top, width, height } = this.bounds;
    const round = (value) => Math.min(SIDE, Math.max(0, Math.round(value * 10) / 10)); // what is read is seen
    return [round(((event.clientX - left) / width) * SIDE), round(((event.clientY - top) / height) * SIDE)];
  }

  // pressure: 0-1; a pen that leaves the sheet tells none.
  add(point, pressure) {
    if (this.before) {
      this.erase(this.trace, point);
      this.trace = point;
      return;
    }
    const { points, pressure: felt } = this.live;
    const last = points.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) < LEAST_STEP) return;
    points.push(point);
    felt?.push(felt.at(-1) + FIRM * ((pressure ?? felt.at(-1)) - felt.at(-1)));
  }

  // Ends what the pen is doing. Nothing drawn is lost, even when the system takes the pointer away.
  finish() {
    if (this.live) {
      const stroke = this.live;
      this.live = null;
      this.keep([...this.strokes, stroke], this.strokes, true);
    } else if (this.before) {
      const { before } = this;
      this.before = null;
      if (before !== this.strokes) this.keep(this.strokes, before, true);
    }
    this.pointer = null;
    this.ahead = [];
  }

  // --- history -------------------------------------------------------------------------------------------------------
  keep(strokes, before = this.strokes, quiet = false) {
    this.past.push(before);
    this.future = [];
    this.strokes = strokes;
    this.dirty = true;
    if (!quiet) this.changed(true);
  }

  step(from, to) {
    if (!from.length) return;
    to.push(this.strokes);
    this.strokes = from.pop();
    this.dirty = true;
    this.changed(true);
  }

  // --- eraser --------------------------------------------------------------------------------------------------------
  erase(from, to) {
    const kept = this.strokes.flatMap((stroke) => cut(stroke, from, to));
    if (kept.length === this.strokes.length && kept.every((stroke, i) => stroke === this.strokes[i])) return;
    this.strokes = kept;
    this.dirty = true;
  }

  // --- drawing -------------------------------------------------------------------------------------------------------
  changed(settled) {
    this.draw();
    this.onchange(settled);
  }

  // A ring as wide as the pen or the eraser is, so that one sees where it will leave or take ink.
  point() {
    const wide = this.pen === "eraser" ? 2 * ERASER : PENS[this.pen];
    const size = Math.min(120, Math.max(6, (wide / SIDE) * this.canvas.clientWidth));
    const side = Math.ceil(size) + 4;
    const ring = (colour, by) => `<circle cx='${side / 2}' cy='${side / 2}' r='${size / 2 + by}' fill='none' stroke='${colour}'/>`;
    const svg = `<svg xmlns='http://www.w3.org/2000/svg' width='${side}' height='${side}'>${ring("white", 1)}${ring(this.pen === "eraser" ? "%23b00" : "%23555", 0)}</svg>`;
    this.canvas.style.cursor = `url("data:image/svg+xml,${svg.replaceAll("<", "%3C").replaceAll(">", "%3E")}") ${side / 2} ${side / 2}, crosshair`;
  }

  resize() {
    this.point();
    const pixels = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    this.bounds = this.canvas.getBoundingClientRect();
    if (this.canvas.width !== pixels) {
      this.canvas.width = this.canvas.height = this.finished.width = this.finished.height = pixels;
      this.repaint();
    }
  }

  repaint() {
    this.dirty = true;
    this.draw();
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.show();
    });
  }

  show() {
    const ink = getComputedStyle(this.canvas).getPropertyValue("--ink");
    if (this.dirty) {
      wipe(this.finished.getContext("2d"));
      paint(this.finished.getContext("2d"), this.strokes, ink, { pressed: settings.pressure });
      this.dirty = false;
    }
    const context = this.canvas.getContext("2d");
    wipe(context);
    context.drawImage(this.finished, 0, 0);
    if (this.live) paint(context, [{ ...this.live, points: [...this.live.points, ...this.ahead] }], ink, { pressed: settings.pressure });
  }
}

function wipe(context) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
}
