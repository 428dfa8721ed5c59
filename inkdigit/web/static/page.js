// The drawing tab: tools and shortcuts, the line to the reader; and the tabs themselves.
import { Answer, $, state } from "./answer.js";
import { Sheet, SIDE } from "./ink.js";
import { Picture } from "./picture.js";

const PENS = ["fine", "medium", "broad", "eraser"];
const THINKING = 200; // ms without an answer before the page says that it is reading
const SETTLED = 350; // ms after the last change before a screen reader hears the answer
const QUIET = 3000; // ms for which "connected again" stays
const STUCK = 4000; // ms without an answer before the line is thought dead

const page = $("page");
const answer = new Answer((at) => (page.dataset.tab === "picture" ? picture.select(at) : brackets.mark(at)));

function showEmpty() {
  answer.empty("Draw a digit, or a number");
  brackets.show([]);
}

function showNumber(number) {
  if (!number.digits.length) return showEmpty();
  answer.show(number, nearest(number.digits, sheet.lastPoint()));
  brackets.show(number.digits);
  brackets.mark(answer.at);
}

// The digit that the pen was at last.
function nearest(digits, [x, y]) {
  const far = digits.map(({ box: [left, top, right, bottom] }) =>
    Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom)));
  return far.indexOf(Math.min(...far));
}

// A faint bracket under each digit of a number. They let the pen through; pointing at a digit picks it.
const brackets = {
  show(digits) {
    const several = digits.length > 1 ? digits : [];
    $("brackets").replaceChildren(...several.map(({ box: [left, top, right, bottom] }) => {
      const bracket = document.createElementNS("http://www.w3.org/2000/svg", "path");
      const foot = Math.min(SIDE - 6, bottom + 26);
      bracket.setAttribute("d", `M${left - 4} ${foot - 12}v12H${right + 4}v-12`);
      return bracket;
    }));
  },
  mark(at) {
    [...$("brackets").children].forEach((bracket, i) => bracket.classList.toggle("chosen", i === at));
  },
};

let noticeTimer = 0;
function notice(text, good = false) {
  clearTimeout(noticeTimer);
  if ($("notice").textContent !== text) $("notice").textContent = text;
  $("notice").classList.toggle("good", good);
  if (good) noticeTimer = setTimeout(() => notice(""), QUIET);
}

let speechTimer = 0;
function speak(delay = SETTLED) {
  clearTimeout(speechTimer);
  speechTimer = setTimeout(() => {
    const said = $("digit").textContent;
    const words = $("words").textContent;
    const text = !said ? words : said === "?" ? words : `${said}, ${words.toLowerCase()}, ${$("percent").textContent}`;
    $("status").textContent = ""; // the same answer again is news to someone who asked
    requestAnimationFrame(() => { $("status").textContent = text; });
  }, delay);
}

// --- the line to the reader --------------------------------------------------------------------------------------------
// One drawing is under way at a time; what changes meanwhile goes out when its answer is here. So the newest drawing is
// always the next one read, and nothing waits in a queue.
class Line {
  constructor() {
    this.limits = null;
    this.newest = 0; // id of the newest drawing asked for
    this.shown = 0; // id of the drawing whose answer stands on the page
    this.pending = null; // id under way
    this.wanted = false; // the drawing has changed since then
    this.wait = 250;
    this.lost = false;
    this.connect();
  }

  connect() {
    clearTimeout(this.again);
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/ink`);
    this.socket = socket;
    socket.onmessage = (event) => this.heard(JSON.parse(event.data));
    socket.onclose = () => { if (this.socket === socket) this.gone(); };
    this.watch();
  }

  // A server that hangs is gone too, though nothing closes the line.
  watch() {
    clearTimeout(this.stuck);
    this.stuck = setTimeout(() => this.gone(), STUCK);
  }

  gone() {
    clearTimeout(this.thinking);
    clearTimeout(this.stuck);
    this.pending = null;
    this.limits = null;
    this.lost = true;
    state("gone");
    notice("The reader does not answer. Your drawing is safe; trying to reach it again.");
    const { socket } = this;
    this.socket = null;
    socket.close();
    this.again = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(4000, this.wait * 2);
  }

  heard(message) {
    if (message.hello) {
      clearTimeout(this.stuck);
      this.limits = message.hello;
      this.wait = 250;
      if (this.lost) notice("Connected again.", true);
      this.lost = false;
      this.ask();
      return;
    }
    clearTimeout(this.thinking);
    clearTimeout(this.stuck);
    this.pending = null;
    if (message.id > this.shown) {
      this.shown = message.id;
      if (message.error) this.refuse(message.error);
      else if (!sheet.isBlank) this.show(message.number);
    }
    if (this.wanted) this.ask();
    else this.rest();
  }

  rest() { delete page.dataset.busy; }

  show(number) {
    if (page.dataset.tab === "picture") return;
    showNumber(number);
    if (!$("notice").classList.contains("good")) notice("");
    if (!sheet.isDrawing) speak();
  }

  refuse(error) {
    state("unsure");
    notice(error.message);
  }

  // Asks for the drawing as it stands now, as soon as the line is free.
  ask() {
    this.wanted = true;
    page.dataset.busy = "yes"; // until the newest drawing has its answer
    if (!this.limits || this.pending !== null) return;
    this.wanted = false;
    if (sheet.isBlank) {
      this.shown = ++this.newest; // answers to older drawings are stale
      showEmpty();
      this.rest();
      return;
    }
    if (this.tooMuch()) {
      this.rest();
      return;
    }
    const strokes = sheet.all().map((stroke) => stroke.points);
    this.pending = ++this.newest;
    this.socket.send(JSON.stringify({ id: this.pending, strokes }));
    this.thinking = setTimeout(() => { state("thinking"); $("words").textContent = "Reading"; }, THINKING);
    this.watch();
  }

  tooMuch() {
    const { max_points: points, max_strokes: strokes } = this.limits;
    if (sheet.pointCount <= points && sheet.all().length <= strokes) return false;
    state("unsure");
    notice("This drawing has more ink than can be read at once. Undo, erase or clear some of it.");
    return true;
  }
}

// --- tools and shortcuts -----------------------------------------------------------------------------------------------
const sheet = new Sheet($("sheet"), (settled) => {
  page.dataset.drawn = sheet.isBlank ? "no" : "yes";
  enable("undo", sheet.past.length);
  enable("redo", sheet.future.length);
  enable("clear", !sheet.isBlank);
  enable("read", !sheet.isBlank);
  if (sheet.isBlank) line.shown = line.newest;
  line.ask();
  if (settled && sheet.isBlank) { showEmptyUnlessGone(); speak(); }
});
const line = new Line();
const pens = [...document.querySelectorAll("[data-pen]")];

function showEmptyUnlessGone() {
  if (!line.lost) { showEmpty(); notice(""); }
}

// A tool that has nothing to do stays in reach of the keyboard, greyed: focus is never thrown away.
function enable(id, can) {
  $(id).setAttribute("aria-disabled", String(!can));
}

let lastPen = "medium";
function choosePen(name, focus = false) {
  sheet.pen = name;
  if (name !== "eraser") lastPen = name;
  for (const button of pens) {
    const chosen = button.dataset.pen === name;
    button.setAttribute("aria-checked", String(chosen));
    button.tabIndex = chosen ? 0 : -1;
    if (chosen && focus) button.focus();
  }
}

function nextPen(step, focus = false) {
  const place = PENS.indexOf(sheet.pen) + step;
  choosePen(PENS[Math.min(PENS.length - 1, Math.max(0, place))], focus);
}

function readNow() {
  if (sheet.isBlank) return;
  line.ask();
  speak(50);
}

for (const button of pens) {
  button.addEventListener("click", () => choosePen(button.dataset.pen));
  button.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); nextPen(step, true); }
  });
}
$("undo").addEventListener("click", () => sheet.undo());
$("redo").addEventListener("click", () => sheet.redo());
$("clear").addEventListener("click", () => sheet.clear());
$("read").addEventListener("click", readNow);

const PLAIN = {
  n: () => sheet.clear(), escape: () => sheet.clear(), r: readNow, p: () => choosePen(lastPen),
  e: () => choosePen("eraser"), "[": () => nextPen(-1), "]": () => nextPen(1),
};
// Who draws and presses N between two digits needs no ring around the sheet; who walks with Tab does.
$("sheet").addEventListener("pointerdown", () => { page.dataset.pointing = "yes"; });
document.addEventListener("keydown", (event) => {
  if (event.key === "Tab") delete page.dataset.pointing;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && !event.altKey) {
    if (page.dataset.tab !== "draw") return;
    if (key === "z") { event.preventDefault(); event.shiftKey ? sheet.redo() : sheet.undo(); }
    if (key === "y") { event.preventDefault(); sheet.redo(); }
  } else if (!event.altKey && page.dataset.tab === "draw" && PLAIN[key]) PLAIN[key]();
  else if (!event.altKey && page.dataset.tab === "picture") picture.key(key);
});

// Pointing at a digit on the sheet, without pressing, picks it.
$("sheet").addEventListener("pointermove", (event) => {
  if (sheet.isDrawing || !answer.number || event.buttons) return;
  const [x, y] = sheet.place(event);
  const at = answer.number.digits.findIndex(({ box: [left, top, right, bottom] }) =>
    x >= left - 10 && x <= right + 10 && y >= top - 10 && y <= bottom + 30);
  if (at >= 0 && at !== answer.at) answer.select(at);
});

// --- tabs --------------------------------------------------------------------------------------------------------------
const picture = new Picture(answer, notice, speak);
const tabs = [$("tab-draw"), $("tab-picture")];

function openTab(name) {
  page.dataset.tab = name;
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  notice("");
  if (name === "picture") picture.open();
  else if (line.lost) line.gone();
  else { showEmpty(); line.ask(); }
}

for (const tab of tabs) {
  tab.addEventListener("click", () => openTab(tab.id.slice(4)));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const other = tabs[1 - tabs.indexOf(tab)];
    other.focus();
    other.click();
  });
}

openTab("draw");
choosePen("medium");
showEmpty();
for (const id of ["undo", "redo", "clear", "read"]) enable(id, false);
