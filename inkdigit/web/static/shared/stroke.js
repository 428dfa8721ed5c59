// One stroke: painted smoothly, and cut by the eraser.
// Everything is in sheet units: the sheet is 1000 wide and 1000 high whatever the screen is.

export const SIDE = 1000;
const ERASER = 34; // radius in sheet units
const DENSE = 8; // before erasing, points are at most this far apart
const EVEN = 0.06; // of the pen's width: a larger change of width is painted in steps of it

// Paints strokes on a context, as wide as they are; pressed: as the pen was pressed. fitted: the canvas shows the whole
// sheet; otherwise what the context's own transform makes of sheet units.
export function paint(context, strokes, ink, { pressed = false, fitted = true } = {}) {
  const scale = context.canvas.width / SIDE;
  if (fitted) context.setTransform(scale, 0, 0, scale, 0, 0);
  context.strokeStyle = ink;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    if (pressed && stroke.pressure) paintPressed(context, stroke);
    else paintEven(context, stroke);
  }
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

// The same curves, each as wide as the pen was pressed there: 0.4 of its width at no pressure, 1.6 at full pressure.
function paintPressed(context, { width, points, pressure }) {
  const wide = points.map((_, i) => width * (0.4 + 1.2 * (pressure[i] ?? pressure.at(-1))));
  const last = points.length - 1;
  if (!last) return paintPiece(context, points[0], points[0], points[0], wide[0], wide[0], width);
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
