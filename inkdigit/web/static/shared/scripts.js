// The digits of the world: which scripts the reader knows, and a chart of the one that is chosen, for who learns it.
import { make } from "./dom.js";
import { settings } from "./settings.js";
import { t } from "./words.js";

const SIDE = 100; // of a digit's strokes
const ROOM = 14; // around them
const SPACE = "http://www.w3.org/2000/svg";

let known = null;
// The scripts whose networks are here.
export async function scripts() {
  known ??= (await (await fetch("/api/scripts")).json()).scripts;
  return known;
}

export const titleOf = (name) => t(`script.${name}`);

// Fills the menu, and shows the chart of what is chosen in it.
export async function fill(menu, chart) {
  const here = await scripts().catch(() => []);
  const options = here.map(({ name }) => new Option("", name));
  const entitle = () => options.forEach((option, at) => {
    option.textContent = `${titleOf(option.value)}  \u2066${[...here[at].digits].join(" ")}\u2069`;
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
  if (["", "auto", "mixed"].includes(name)) return;
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
