// The sheet: pen strokes as points, drawn smoothly, erased, undone and redone.
// Everything is kept in sheet units: the sheet is 1000 wide and 1000 high whatever the screen is.

export const SIDE = 1000;
const PENS = { fine: 10, medium: 22, broad: 40 };
const ERASER = 34; // radius in sheet units
const DENSE = 8; // before erasing, points are at most this far apart
const LEAST_STEP = 0.8; // points closer than this tell nothing new

export class Sheet {
  // canvas: the element to draw on. onchange(settled): called after each change of the ink; settled is false while the
  // pen is down.
  constructor(canvas, onchange) {
    this.canvas = canvas;
    this.onchange = onchange;
    this.pen = "medium";
    this.strokes = []; // [{ width, points: [[x, y], ...] }], never changed in place once a stroke is finished
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
      lostpointercapture: this.up,
    })) canvas.addEventListener(name, handler.bind(this));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    new ResizeObserver(() => this.resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint());
    this.resize();
  }

  get isBlank() { return !this.strokes.length && !this.live; }
  get pointCount() { return this.all().reduce((sum, stroke) => sum + stroke.points.length, 0); }
  get isDrawing() { return this.pointer !== null; }

  all() { return this.live ? [...this.strokes, this.live] : this.strokes; }

  // Where the pen was last, or [0, 0].
  lastPoint() { return this.all().at(-1)?.points.at(-1) ?? [0, 0]; }

  undo() { this.step(this.past, this.future); }
  redo() { this.step(this.future, this.past); }
  clear() { if (!this.isBlank) { this.finish(); this.keep([]); } }

  // --- pointer -------------------------------------------------------------------------------------------------------
  down(event) {
    if (this.pointer !== null || event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.bounds = this.canvas.getBoundingClientRect();
    const point = this.place(event);
    if (this.pen === "eraser" || event.buttons & 32) { // 32: the other end of a pen
      this.before = this.strokes;
      this.trace = point;
      this.erase(point, point);
    } else {
      this.live = { width: PENS[this.pen], points: [point] };
      this.changed(false);
    }
  }

  move(event) {
    if (event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const one of events.length ? events : [event]) this.add(this.place(one));
    this.changed(false);
  }

  up(event) {
    if (event.pointerId !== this.pointer) return;
    if (event.type === "pointerup") this.add(this.place(event));
    this.finish();
    this.changed(true);
  }

  place(event) {
    const { left, top, width, height } = this.bounds;
    const round = (value) => Math.round(value * 10) / 10;
    return [round(((event.clientX - left) / width) * SIDE), round(((event.clientY - top) / height) * SIDE)];
  }

  add(point) {
    if (this.before) {
      this.erase(this.trace, point);
      this.trace = point;
      return;
    }
    const last = this.live.points.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= LEAST_STEP) this.live.points.push(point);
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
    this.finish();
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

  resize() {
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
      this.paint();
    });
  }

  paint() {
    const ink = getComputedStyle(this.canvas).getPropertyValue("--ink");
    if (this.dirty) {
      paintAll(this.finished.getContext("2d"), this.strokes, ink);
      this.dirty = false;
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.finished, 0, 0);
    if (this.live) paintStrokes(context, [this.live], ink);
  }
}

function paintAll(context, strokes, ink) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  paintStrokes(context, strokes, ink);
}

function paintStrokes(context, strokes, ink) {
  const scale = context.canvas.width / SIDE;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.strokeStyle = ink;
  context.lineCap = context.lineJoin = "round";
  for (const { width, points } of strokes) {
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(...points[0]);
    // Curves through the middles of the points: no corner shows where the pen was sampled.
    for (let i = 1; i < points.length - 1; i++) {
      const [x, y] = points[i];
      context.quadraticCurveTo(x, y, (x + points[i + 1][0]) / 2, (y + points[i + 1][1]) / 2);
    }
    context.lineTo(...points.at(-1));
    context.stroke();
  }
}

// What is left of a stroke when the eraser moves from one place to another: itself, pieces of it, or nothing.
function cut(stroke, from, to) {
  const reach = ERASER + stroke.width / 2;
  const near = (point) => distance(point, from, to) <= reach;
  const points = dense(stroke.points);
  if (!points.some(near)) return [stroke];
  const pieces = [];
  let piece = [];
  for (const point of points) {
    if (!near(point)) piece.push(point);
    else if (piece.length) { pieces.push(piece); piece = []; }
  }
  if (piece.length) pieces.push(piece);
  return pieces.filter((one) => one.length > 1).map((one) => ({ width: stroke.width, points: one }));
}

function dense(points) {
  return points.flatMap((point, i) => {
    if (!i) return [point];
    const [x, y] = points[i - 1];
    const steps = Math.max(1, Math.ceil(Math.hypot(point[0] - x, point[1] - y) / DENSE));
    return Array.from({ length: steps }, (_, k) => [
      x + ((point[0] - x) * (k + 1)) / steps, y + ((point[1] - y) * (k + 1)) / steps,
    ]);
  });
}

function distance([x, y], [ax, ay], [bx, by]) {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const along = length ? Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
  return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
}
