// The drawing tab: tools and shortcuts, the line to the reader; and the tabs themselves.
import { Answer, $, state } from "./shared/answer.js";
import { Autosave } from "./draw/autosave.js";
import { Sheet, SIDE } from "./draw/ink.js";
import { Keep } from "./draw/keep.js";
import { openShortcuts } from "./shared/menu.js";
import { styles } from "./shared/dom.js";
import { Picture } from "./picture/picture.js";
import { set, settings } from "./shared/settings.js";
import { toSheet } from "./shared/drawing.js";
import { sorry, t } from "./shared/words.js";

const PENS = ["fine", "medium", "broad", "eraser"];
const THINKING = 200; // ms without an answer before the page says that it is reading
const SETTLED = 350; // ms after the last change before a screen reader hears the answer
const QUIET = 3000; // ms for which "connected again" stays
const TOLD = 8000; // ms for which stays what is good to know
const STUCK = 4000; // ms without an answer or a sign of life before the line is thought dead

const page = $("page");
const answer = new Answer((at) => rooms[page.dataset.tab].select?.(at), (sign) => rooms[page.dataset.tab].selectSign?.(sign));

function showEmpty() {
  if (page.dataset.tab !== "draw") return;
  answer.empty(t("draw.hint"));
  brackets.show({ digits: [] });
}

function showNumber(number) {
  if (!number.digits.length) return showEmpty();
  answer.show(number, nearest(number.digits, sheet.lastPoint()));
  brackets.show(number);
  brackets.mark(answer.at);
}

// The digit that the pen was at last.
function nearest(digits, [x, y]) {
  const far = digits.map(({ box: [left, top, right, bottom] }) =>
    Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom)));
  return far.indexOf(Math.min(...far));
}

// A faint bracket under each digit of a number, and each sign. They let the pen through; pointing at a digit picks it.
const brackets = {
  show({ digits, separators = [] }) {
    const signs = separators.filter(({ kind }) => kind.trim());
    this.digits = digits.length;
    const several = digits.length + signs.length > 1 ? [...digits, ...signs] : [];
    $("brackets").replaceChildren(...several.map(({ box: [left, top, right, bottom] }) => {
      const bracket = document.createElementNS("http://www.w3.org/2000/svg", "path");
      const foot = Math.min(SIDE - 6, bottom + 26);
      bracket.setAttribute("d", `M${left - 4} ${foot - 12}v12H${right + 4}v-12`);
      return bracket;
    }));
  },
  mark(at, sign) {
    const chosen = at ?? this.digits + sign;
    [...$("brackets").children].forEach((bracket, i) => bracket.classList.toggle("chosen", i === chosen));
  },
};

let noticeTimer = 0;
function notice(text, good = false, stays = QUIET) {
  clearTimeout(noticeTimer);
  if ($("notice").textContent !== text) $("notice").textContent = text;
  $("notice").classList.toggle("good", good);
  if (good) noticeTimer = setTimeout(() => notice(""), stays);
}

let speechTimer = 0;
function speak(delay = SETTLED) {
  clearTimeout(speechTimer);
  speechTimer = setTimeout(() => {
    const said = $("digit").dataset.written;
    const words = $("words").textContent;
    const text = !said ? words : said === "?" ? words : `${said}, ${words.toLowerCase()}, ${$("percent").textContent}`;
    $("status").textContent = ""; // the same answer again is news to someone who asked
    requestAnimationFrame(() => { $("status").textContent = text; });
  }, delay);
}

// --- the line to the reader --------------------------------------------------------------------------------------------
// One drawing is under way at a time; what changes meanwhile goes out when its answer is here. So the newest drawing is
// always the next one read, and nothing waits in a queue. An answer to what was cleared is not waited for: with the next
// drawing the server stops reading it.
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
    this.settle();
    this.limits = null;
    this.lost = true;
    if (page.dataset.tab === "draw") { state("gone"); notice(t("draw.gone")); }
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
      if (this.lost && page.dataset.tab === "draw") notice(t("draw.back"), true);
      this.lost = false;
      this.ask();
      return;
    }
    if (message.alive) return void (this.pending !== null && this.watch());
    if (message.id !== null && message.id < this.pending) return; // to what was cleared
    this.settle();
    if (message.id > this.shown) {
      this.shown = message.id;
      if (message.error) this.refuse(message.error);
      else if (!sheet.isBlank) this.show(message.number);
    }
    if (this.wanted) this.ask();
    else this.rest();
  }

  // Nothing is under way.
  settle() {
    clearTimeout(this.thinking);
    clearTimeout(this.stuck);
    this.pending = null;
  }

  // All is answered; with the first answer come the means to correct it.
  rest() {
    const free = () => { if (this.pending === null && !this.wanted) delete page.dataset.busy; };
    if (corrections || !answer.number) free();
    else correctable().then(free, free);
  }

  think() {
    if (page.dataset.tab !== "draw") return;
    state("thinking");
    $("words").textContent = t("answer.reading");
  }

  show(number) {
    if (page.dataset.tab !== "draw") return;
    showNumber(number);
    if (!$("notice").classList.contains("good")) notice("");
    if (!sheet.isDrawing) speak();
  }

  refuse(error) {
    if (page.dataset.tab !== "draw") return;
    state("unsure");
    notice(sorry(error));
  }

  // Asks for the drawing as it stands now, as soon as the line is free.
  ask() {
    this.wanted = true;
    page.dataset.busy = "yes"; // until the newest drawing has its answer
    if (!this.limits || (this.pending !== null && !sheet.isBlank)) return;
    this.wanted = false;
    if (sheet.isBlank) {
      this.settle();
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
    this.socket.send(JSON.stringify({ id: this.pending, strokes, personal: settings.learn }));
    this.thinking = setTimeout(() => this.think(), THINKING);
    this.watch();
  }

  tooMuch() {
    const { max_points: points, max_strokes: strokes } = this.limits;
    if (sheet.pointCount <= points && sheet.all().length <= strokes) return false;
    state("unsure");
    notice(t("draw.much"));
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
  autosave.changed(settled);
  keep.changed();
  lesson?.inked(settled);
  if (settled && sheet.isBlank) { showEmptyUnlessGone(); speak(); }
}, () => notice(t("draw.pen-only"), true, TOLD));
const line = new Line();
const picture = new Picture(answer, notice, speak, () => keep.changed());
const keep = new Keep(sheet, picture, notice);
let corrections = null; // its code comes with the first answer
async function correctable() {
  const { Corrections } = await import("./draw/corrections.js");
  corrections ??= new Corrections(answer, sheet, keep, notice);
}
$("bars").addEventListener("click", (event) => {
  const digit = [...$("bars").children].indexOf(event.target.closest("li"));
  if (page.dataset.tab === "draw" && digit >= 0) corrections?.correct(digit);
});
keep.labelsOf = (strokes) => (corrections?.strokes === strokes ? corrections.said() : null);
let lesson = null; // its code comes when it is first wanted
$("open-lesson").addEventListener("click", async () => {
  const { Lesson } = await import("./draw/lesson.js");
  openTab("draw");
  lesson ??= new Lesson(sheet, notice);
  lesson.start();
});
// What is written in a lesson is kept by it; the drawing from before comes back.
const autosave = new Autosave(sheet, () => (lesson?.isOn ? lesson.before : sheet.all()), () => notice(t("draw.restored"), true, TOLD));
const pens = [...document.querySelectorAll("[data-pen]")];

function showEmptyUnlessGone() {
  if (!line.lost) { showEmpty(); notice(""); }
}

// A tool that has nothing to do stays in reach of the keyboard, greyed: focus is never thrown away.
function enable(id, can) {
  $(id).setAttribute("aria-disabled", String(!can));
}

let lastPen = settings.pen;
function choosePen(name, focus = false) {
  sheet.pen = name;
  if (name !== "eraser") { lastPen = name; set("pen", name); }
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
  n: () => sheet.clear(), escape: () => sheet.clear(), r: readNow, k: () => keep.keepDrawing(), p: () => choosePen(lastPen),
  e: () => choosePen("eraser"), "[": () => nextPen(-1), "]": () => nextPen(1),
};
// Who draws and presses N between two digits needs no ring around the sheet; who walks with Tab does.
$("sheet").addEventListener("pointerdown", () => { page.dataset.pointing = "yes"; });
document.addEventListener("keydown", (event) => {
  if (event.key === "Tab") delete page.dataset.pointing;
  const key = event.key.toLowerCase();
  if (event.altKey || event.target.closest("input, textarea, select, dialog, [role=grid], :popover-open")) return;
  const over = document.querySelector(":popover-open"); // the focus may not be in it, or not yet
  if (over && (over.id === "menu" || key === "escape")) return;
  const room = rooms[page.dataset.tab];
  const plain = !event.ctrlKey && !event.metaKey;
  if (plain && inside?.key(key)) return;
  if (!settings.letters && key.length === 1 && key !== " " && plain) return;
  if (plain && key === "i") return void look();
  if (plain && key === "g") return void openPixels();
  if (key === "?") return openShortcuts();
  if (event.ctrlKey || event.metaKey) room.control?.(key, event);
  else room.key?.(key, event);
});

// Pointing at a digit on the sheet, without pressing, picks it.
$("sheet").addEventListener("pointermove", (event) => {
  if (sheet.isDrawing || !answer.number || event.buttons) return;
  const [x, y] = sheet.place(event);
  const at = answer.number.digits.findIndex(({ box: [left, top, right, bottom] }) =>
    x >= left - 10 && x <= right + 10 && y >= top - 10 && y <= bottom + 30);
  if (at >= 0 && at !== answer.at) answer.select(at);
});

// A room whose code comes when its tab is opened for the first time: it keeps the first paint early.
function later(name, load) {
  const made = async () => {
    try {
      rooms[name] = await load();
    } catch {
      return notice(t("draw.gone"));
    } finally {
      delete page.dataset.coming;
    }
    if (page.dataset.tab === name) rooms[name].open();
  };
  return { open() { page.dataset.coming = name; answer.empty(""); made(); }, close() { delete page.dataset.coming; } };
}

// --- tabs --------------------------------------------------------------------------------------------------------------
// A room is what a tab shows. open() and close(): its tab comes to the front, or leaves it. key(key, event) and
// control(key, event): a key was pressed, without or with Ctrl. select(place): a digit of the answer was picked;
// selectSign(place): a sign was.
const rooms = {
  draw: {
    open() { if (line.lost) line.gone(); else { showEmpty(); line.ask(); } },
    key(key, event) {
      if (key === "enter" && event.target.closest("button")) return;
      if (!lesson?.key(key) && !corrections?.key(key)) PLAIN[key]?.();
    },
    close() { lesson?.stop(); },
    control(key, event) {
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) sheet.redo();
      else sheet.undo();
    },
    select(place) { brackets.mark(place); },
    selectSign(place) { brackets.mark(null, place); corrections?.choose(place); },
  },
  picture,
};
rooms.kept = later("kept", async () => {
  const [{ Gallery }] = await Promise.all([import("./kept/gallery.js"), styles("kept/gallery")]);
  return new Gallery({ answer, notice, openDrawing });
});

// Puts a kept drawing on the sheet; undo brings back what was there.
function openDrawing({ id, strokes }) {
  openTab("draw");
  sheet.keep(toSheet(strokes));
  keep.ids.set(sheet.strokes, id);
  keep.changed();
  notice(t("kept.opened"), true);
  $("sheet").focus();
}

rooms.camera = later("camera", async () => {
  const { Camera } = await import("./camera/camera.js");
  return new Camera(answer, notice, (file) => rooms.picture.dropped(file, true));
});
const tabs = [...document.querySelectorAll("[role=tab]")];
const WITHOUT_TAB = { pixels: "draw" }; // a room that is reached by a button, and the tab that it belongs to

function openTab(name) {
  rooms[page.dataset.tab].close?.();
  page.dataset.tab = name;
  for (const tab of tabs) {
    const chosen = tab.id === `tab-${WITHOUT_TAB[name] ?? name}`;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  notice("");
  rooms[name].open();
}

for (const tab of tabs) {
  tab.hidden = !rooms[tab.id.slice(4)];
  tab.addEventListener("click", () => openTab(tab.id.slice(4)));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = tabs.filter((one) => !one.hidden);
    const other = all[(all.indexOf(tab) + step + all.length) % all.length];
    other.focus();
    other.click();
  });
}
document.addEventListener("settings", ({ detail }) => {
  if (detail !== "pen") return;
  lastPen = settings.pen;
  if (sheet.pen !== "eraser") choosePen(lastPen);
});
document.addEventListener("words", () => openTab(page.dataset.tab));

// --- the look inside and the pixel grid: their code comes when they are first wanted ----------------------------------
const lookers = [$("look"), document.querySelector("[data-look]")];
let inside = null;
async function look(open, focus) {
  if (!inside) { // else at once: a page that goes now must have remembered it
    const [{ Inside }] = await Promise.all([import("./inside/inside.js"), styles("inside/inside")]);
    inside ??= new Inside(answer, sheet, lookers);
  }
  inside.toggle(open, focus);
}

async function openPixels() {
  const [{ Pixels }] = await Promise.all([import("./inside/grid.js"), styles("inside/inside")]);
  const drawn = () => (sheet.isBlank ? null : glyph);
  rooms.pixels ??= new Pixels(answer, notice, speak, drawn, () => { openTab("draw"); $("sheet").focus(); });
  if (page.dataset.tab !== "pixels") openTab("pixels");
}

let glyph = null; // of the digit of the drawing that was shown last
document.addEventListener("answer", () => {
  if (page.dataset.tab === "draw" && answer.number) glyph = answer.number.digits[answer.at].glyph;
});
for (const button of lookers) button.addEventListener("click", () => look());
for (const button of [$("pixels"), document.querySelector("[data-pixels]")]) button.addEventListener("click", openPixels);
try { if (localStorage.getItem("inkdigit.inside") === "yes") look(true, false); } catch { /* storage may be forbidden */ }

openTab("draw");
choosePen(settings.pen);
for (const id of ["undo", "redo", "clear", "read"]) enable(id, false);
navigator.serviceWorker?.register("/worker.js").catch(() => {}); // opens without the server from now on, where that may be
