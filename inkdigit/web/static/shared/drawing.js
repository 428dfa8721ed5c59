// Strokes outside the sheet: as SVG, as files, as the store keeps them, and back on the sheet.
import { SIDE } from "../draw/ink.js";
import { isDot, paintDot } from "./stroke.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 24; // sheet units around the ink of a picture
const PIXELS = 1000; // longer side of a PNG

// The curve that the sheet draws through the points, as the "d" of a path.
export function outline(points) {
  const [first, ...rest] = points.map(([x, y]) => [short(x), short(y)]);
  const curves = rest.slice(0, -1).map(([x, y], i) => `Q${x} ${y} ${short((x + rest[i + 1][0]) / 2)} ${short((y + rest[i + 1][1]) / 2)}`);
  return `M${first.join(" ")}${curves.join("")}L${(rest.at(-1) ?? first).join(" ")}`;
}

const short = (value) => Number(value.toPrecision(7));

// [left, top, wide, high] of the ink, with a margin.
function frame(strokes) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { width, points } of strokes) {
    for (const [x, y] of points) {
      left = Math.min(left, x - width);
      top = Math.min(top, y - width);
      right = Math.max(right, x + width);
      bottom = Math.max(bottom, y + width);
    }
  }
  const space = (MARGIN / SIDE) * Math.max(right - left, bottom - top);
  return [left - space, top - space, right - left + 2 * space, bottom - top + 2 * space].map(short);
}

// An <svg> of the strokes in the colour of the text around it.
export function drawn(strokes) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", frame(strokes).join(" "));
  picture.setAttribute("class", "ink");
  picture.setAttribute("aria-hidden", "true");
  picture.append(...strokes.map(({ width, points }) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", outline(points));
    path.setAttribute("stroke-width", width);
    return path;
  }));
  return picture;
}

export function svgFile(strokes, text) {
  const lines = strokes.map(({ width, points }) => `<path stroke-width="${width}" d="${outline(points)}"/>`);
  const head = `<svg xmlns="${SVG}" viewBox="${frame(strokes).join(" ")}" fill="none" stroke="#000" stroke-linecap="round" stroke-linejoin="round">`;
  const title = text.replace(/[^-0-9?.,/:+=()%#$x*·÷ ]/g, " ");
  return new Blob([`${head}\n<title>${title}</title>\n${lines.join("\n")}\n</svg>\n`], { type: "image/svg+xml" });
}

export function pngFile(strokes) {
  const [left, top, wide, high] = frame(strokes);
  const scale = PIXELS / Math.max(wide, high);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(wide * scale));
  canvas.height = Math.max(1, Math.round(high * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
  context.lineCap = context.lineJoin = "round";
  context.fillStyle = "#000";
  for (const { width, points } of strokes) {
    context.lineWidth = width;
    if (isDot(points)) paintDot(context, points[0], width);
    else context.stroke(new Path2D(outline(points)));
  }
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

// The store has the pressure as a third number of each point, the sheet beside the points.
export function toStore(strokes) {
  const round = (value) => Math.round(value * 10) / 10;
  return strokes.map(({ width, points, pressure }) => ({
    width, points: points.map(([x, y], i) => [round(x), round(y), ...(pressure ? [pressure[i]] : [])]),
  }));
}

// Strokes of the store as the sheet has them. Those of another unit or place are fitted into the sheet.
export function toSheet(strokes) {
  const points = strokes.flatMap((stroke) => stroke.points);
  const low = [0, 1].map((axis) => points.reduce((least, point) => Math.min(least, point[axis]), Infinity));
  const high = [0, 1].map((axis) => points.reduce((most, point) => Math.max(most, point[axis]), -Infinity));
  const reach = Math.max(high[0] - low[0], high[1] - low[1]);
  const fits = low.every((value) => value >= 0) && high.every((value) => value <= SIDE) && reach > SIDE / 50;
  const scale = fits ? 1 : (0.7 * SIDE) / (reach || 1);
  const shift = [0, 1].map((axis) => (fits ? 0 : SIDE / 2 - (scale * (low[axis] + high[axis])) / 2));
  return strokes.map((stroke) => {
    const pressed = stroke.points.every((point) => point.length > 2);
    return {
      width: fits ? stroke.width : Math.min(40, Math.max(10, stroke.width * scale)),
      points: stroke.points.map(([x, y]) => [x * scale + shift[0], y * scale + shift[1]]),
      ...(pressed ? { pressure: stroke.points.map((point) => point[2]) } : {}),
    };
  });
}

// 32 hexadecimal digits of what was drawn: the same drawing has the same, so a store keeps it once, also when its answer
// was lost on the way and it is sent again. (crypto.subtle is not there for a page of another machine without https.)
export function keyOf(strokes) {
  const text = JSON.stringify(strokes);
  const lanes = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    for (let lane = 0; lane < 4; lane++) {
      const mixed = Math.imul(lanes[lane] ^ code, 0x01000193 + 2 * lane);
      lanes[lane] = mixed ^ (mixed >>> (13 + lane));
    }
  }
  return lanes.map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
}
