// One stroke: painted smoothly, and cut by the eraser.
// Everything is in sheet units: the sheet is 1000 wide and 1000 high whatever the screen is.

export const SIDE = 1000;
export const ERASER = 34; // radius in sheet units
const DENSE = 8; // before erasing, points are at most this far apart
const EVEN = 0.06; // of the pen's width: a larger change of width is painted in steps of it

// Paints strokes on a context, as wide as they are; pressed: as the pen was pressed. fitted: the canvas shows the whole
// sheet; otherwise what the context's own transform makes of sheet units.
export function paint(context, strokes, ink, { pressed = false, fitted = true } = {}) {
  const scale = context.canvas.width / SIDE;
  if (fitted) context.setTransform(scale, 0, 0, scale, 0, 0);
  context.strokeStyle = context.fillStyle = ink;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    const felt = pressed && stroke.pressure;
    if (isDot(stroke.points)) paintDot(context, stroke.points[0], felt ? wideAt(stroke, stroke.pressure.length - 1) : stroke.width);
    else if (felt) paintPressed(context, stroke);
    else paintEven(context, stroke);
  }
}

// A stroke without length, for which a canvas paints nothing, and SVG a dot of the pen's width.
export function isDot(points) {
  return points.every(([x, y]) => x === points[0][0] && y === points[0][1]);
}

export function paintDot(context, [x, y], width) {
  context.beginPath();
  context.arc(x, y, width / 2, 0, 2 * Math.PI);
  context.fill();
}

// Curves through the middles of the points: no corner shows where the pen was sampled.
function paintEven(context, { width, points }) {
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(...points[0]);
  for (let i = 1; i < points.length - 1; i++) context.quadraticCurveTo(...points[i], ...middle(points[i], points[i + 1]));
  context.lineTo(...points.at(-1));
  context.stroke();
}

// How wide a pressed stroke is at a point: 0.4 of its width at no pressure, 1.6 at full pressure.
function wideAt({ width, pressure }, i) {
  return width * (0.4 + 1.2 * (pressure[i] ?? pressure.at(-1)));
}

// The same curves, each as wide as the pen was pressed there.
function paintPressed(context, stroke) {
  const { width, points } = stroke;
  const wide = points.map((_, i) => wideAt(stroke, i));
  const last = points.length - 1;
  for (let i = 0; i <= last; i++) {
    const before = Math.max(i - 1, 0);
    const after = Math.min(i + 1, last);
    const [from, to] = [middle(points[before], points[i]), middle(points[i], points[after])];
    paintPiece(context, from, points[i], to, (wide[before] + wide[i]) / 2, (wide[i] + wide[after]) / 2, width);
  }
}

function paintPiece(context, from, by, to, begin, end, width) {
  const steps = Math.max(1, Math.ceil(Math.abs(end - begin) / (EVEN * width)));
  let at = from;
  for (let k = 1; k <= steps; k++) {
    const t = k / steps;
    const next = [0, 1].map((i) => (1 - t) ** 2 * from[i] + 2 * t * (1 - t) * by[i] + t * t * to[i]);
    context.lineWidth = begin + (end - begin) * (t - 0.5 / steps);
    context.beginPath();
    context.moveTo(...at);
    if (steps === 1) context.quadraticCurveTo(...by, ...to);
    else context.lineTo(...next);
    context.stroke();
    at = next;
  }
}

function middle([x, y], [otherX, otherY]) {
  return [(x + otherX) / 2, (y + otherY) / 2];
}

// What is left of a stroke when the eraser moves from one place to another: itself, pieces of it, or nothing.
export function cut(stroke, from, to) {
  const reach = ERASER + stroke.width / 2;
  const near = ({ point }) => distance(point, from, to) <= reach;
  const places = dense(stroke);
  if (!places.some(near)) return [stroke];
  const pieces = [];
  let piece = [];
  for (const place of places) {
    if (!near(place)) piece.push(place);
    else if (piece.length) { pieces.push(piece); piece = []; }
  }
  if (piece.length) pieces.push(piece);
  return pieces.filter((one) => one.length > 1).map((one) => ({
    width: stroke.width, points: one.map(({ point }) => point), ...(stroke.pressure && { pressure: one.map(({ felt }) => felt) }),
  }));
}

// The points of a stroke, { point, felt }, with more between those that are far apart.
function dense({ points, pressure }) {
  return points.flatMap((point, i) => {
    const felt = pressure?.[i];
    if (!i) return [{ point, felt }];
    const [x, y] = points[i - 1];
    const steps = Math.max(1, Math.ceil(Math.hypot(point[0] - x, point[1] - y) / DENSE));
    return Array.from({ length: steps }, (_, k) => {
      const part = (k + 1) / steps;
      return { point: [x + (point[0] - x) * part, y + (point[1] - y) * part], felt: pressure && pressure[i - 1] + (felt - pressure[i - 1]) * part };
    });
  });
}

function distance([x, y], [ax, ay], [bx, by]) {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const along = length ? Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
  return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
}
