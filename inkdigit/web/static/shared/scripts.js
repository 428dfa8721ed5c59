// The digits of the world: which scripts the reader knows, and a chart of the one that is chosen, for who learns it.
import { make } from "./dom.js";
import { settings } from "./settings.js";
import { t } from "./words.js";

const SIDE = 100; // of a digit's strokes
const ROOM = 14; // around them
const SPACE = "http://www.w3.org/2000/svg";

const FOUND = ["auto", "mixed"]; // in the place of a script's name: it is found

let known = null;
// The scripts whose networks are here, and the one that is read where none is chosen.
async function here() {
  known ??= await (await fetch("/api/scripts")).json();
  return known;
}

// The script that is read, { name, own }; `found`, where it is found anew each time and that one was found last.
// own("47") -> "๔๗ (47)".
export async function named(found = "western") {
  const { read, scripts } = await here();
  const wanted = settings.script || read;
  const { name, digits } = scripts.find((one) => one.name === (FOUND.includes(wanted) ? found : wanted));
  return { name, own: (text) => both(name, text.replace(/\d/g, (digit) => digits[digit]), text) };
}

// A number in the digits of its script, which run from left to right in all of them, and what it is.
export function both(script, native, text) {
  return script === "western" ? text : `\u2066${native}\u2069 (${text})`;
}

export const titleOf = (name) => t(`script.${name}`);

// Fills the menu, and shows the chart of what is chosen in it.
export async function fill(menu, chart) {
  const { scripts } = await here().catch(() => ({ scripts: [] }));
  const options = scripts.map(({ name }) => new Option("", name));
  const entitle = () => options.forEach((option, at) => {
    option.textContent = `${titleOf(option.value)}  \u2066${[...scripts[at].digits].join(" ")}\u2069`;
  });
  entitle();
  document.addEventListener("words", entitle);
  menu.append(...options);
  menu.value = settings.script;
  await show(chart);
}

export async function show(chart) {
  const name = settings.script;
  chart.replaceChildren();
  if (["", ...FOUND].includes(name)) return;
  const found = await fetch(`/api/scripts/${name}`).then((answer) => answer.json()).catch(() => null);
  if (found?.strokes && name === settings.script) chart.replaceChildren(...found.strokes.map(figure));
}

// One digit as it is drawn, over its western one: no font is needed.
function figure(strokes, digit) {
  const picture = document.createElementNS(SPACE, "svg");
  const points = strokes.flat();
  const middle = [0, 1].map((axis) => {
    const all = points.map((point) => point[axis]);
    return (Math.min(...all) + Math.max(...all) - SIDE) / 2;
  });
  picture.setAttribute("viewBox", `${middle[0] - ROOM} ${middle[1] - ROOM} ${SIDE + 2 * ROOM} ${SIDE + 2 * ROOM}`);
  picture.setAttribute("aria-hidden", "true");
  for (const stroke of strokes) {
    const path = document.createElementNS(SPACE, "path");
    path.setAttribute("d", `M${stroke.map((point) => point.join(" ")).join("L")}${stroke.length < 2 ? "h0.1" : ""}`);
    picture.append(path);
  }
  return make("li", {}, picture, make("span", {}, String(digit)));
}
