// What a written sum comes to, written by the page behind it: in the height and on the line of its digits, stroke by stroke.
import { SIDE } from "../shared/stroke.js";

const SVG = "http://www.w3.org/2000/svg";
// The strokes of each mark in a box 60 wide and 100 high.
const MARKS = {
  0: "M30 2C10 2 4 28 4 50S10 98 30 98 56 74 56 50 50 2 30 2", 1: "M14 22 34 4V98", 2: "M6 26C8 10 18 2 30 2 46 2 54 14 54 28 54 52 16 70 6 97H56",
  3: "M8 10C24-4 52 2 52 24 52 40 38 47 24 47 44 47 56 56 56 72 56 98 22 106 4 88", 4: "M42 98V4L4 68H56", 5: "M52 4H14L10 44C26 34 56 38 56 68 56 98 20 106 4 88",
  6: "M46 4C20 16 6 44 6 68 6 86 16 98 31 98S56 86 56 71 46 45 32 45C18 45 8 54 6 68", 7: "M4 4H56C40 34 30 64 26 98",
  8: "M30 48C14 44 8 34 8 24 8 10 18 2 30 2S52 10 52 24C52 34 46 44 30 48 10 54 4 64 4 74 4 88 14 98 30 98S56 88 56 74C56 64 50 54 30 48",
  9: "M54 32C50 48 42 54 30 54 14 54 6 44 6 28S16 2 30 2 55 14 55 32C55 56 46 82 28 98", "-": "M8 54H50", ".": "M28 97H29", ",": "M30 94C32 102 28 108 24 112", "/": "M36 -4 4 104", "✓": "M4 58 24 80 60 22",
};
const WIDE = { ".": 30, ",": 30, "/": 40 };
const GAP = 18; // between two marks, in the same unit
const TIME = 180; // ms a mark

// Where it stands: behind the last mark, or under the sum at its right, where there is no room or a wrong result already.
function place(text, { digits, separators, sum }) {
  const boxes = [...digits, ...separators.filter(({ kind }) => kind.trim())].map(({ box }) => box);
  const right = Math.max(...boxes.map((box) => box[2]));
  const bottom = Math.max(...digits.map(({ box }) => box[3]));
  const high = digits.reduce((sum, { box }) => sum + box[3] - box[1], 0) / digits.length;
  const wide = [...text].reduce((sum, mark) => sum + (WIDE[mark] ?? 60) + GAP, -GAP) * (high / 100);
  const left = right + 0.35 * high;
  if (sum.right !== false && left + wide <= SIDE - 12) return { left, top: bottom - high, high };
  const scale = Math.min(1, (SIDE - 24) / wide);
  return { left: Math.max(12, right - wide * scale), top: Math.min(bottom + 0.45 * high, SIDE - 12 - high * scale), high: high * scale };
}

// -> the <g> that writes what the sum of a number comes to; behind a finished one a tick, or what it should be.
export function result(number) {
  const text = number.sum.right ? "✓" : number.sum.result;
  if ([...text].some((mark) => !(mark in MARKS))) return null;
  const { left, top, high } = place(text, number);
  const group = document.createElementNS(SVG, "g");
  group.setAttribute("class", "result");
  let x = 0;
  [...text].forEach((mark, i) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", MARKS[mark]);
    path.setAttribute("pathLength", 1);
    path.setAttribute("transform", `translate(${left + x * (high / 100)} ${top}) scale(${high / 100})`);
    path.style.animationDelay = `${i * TIME}ms`;
    path.style.animationDuration = `${TIME * 1.4}ms`;
    group.append(path);
    x += (WIDE[mark] ?? 60) + GAP;
  });
  return group;
}
