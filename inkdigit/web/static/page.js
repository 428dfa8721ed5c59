// The drawing tab with its tools and shortcuts, and the tabs themselves. What the first screen does not need is brought
// when it is first wanted.
import { Answer, $, state } from "./shared/answer.js";
import { Autosave } from "./draw/autosave.js";
import { Sheet, SIDE } from "./draw/ink.js";
import { Line } from "./draw/line.js";
import { brought } from "./shared/dom.js";
import { openDialog } from "./shared/menu.js";
import { set, settings } from "./shared/settings.js";
import { say, voice } from "./shared/voice.js";
import { sorry, t } from "./shared/words.js";

const PENS = ["fine", "medium", "broad", "eraser"];
const SETTLED = 350; // ms after the last change before a screen reader hears the answer
const LEAST_BRACKET = 24; // pixels of its width
const QUIET = 3000; // ms for which "connected again" stays
const TOLD = 8000; // ms for which stays what is good to know
const MISSED = { least: 250, most: 3000 }; // ms until a room that did not come is asked for again

const page = $("page");
const answer = new Answer((at) => rooms[page.dataset.tab].select?.(at), (sign) => rooms[page.dataset.tab].selectSign?.(sign));

let hasDrawn = document.documentElement.dataset.first !== "yes"; // here, ever
const drawing = () => page.dataset.tab === "draw";

function showEmpty() {
  if (!drawing()) return;
  if (hasDrawn) document.documentElement.dataset.first = "no"; // it is asked for a 7 once
  answer.empty(t("draw.hint"));
  brackets.show({ digits: [] });
}

let shown = null; // the strokes of the last answer

function showNumber(number) {
  if (!number.digits.length) return showEmpty();
  if (!hasDrawn) try { localStorage.setItem("inkdigit.drawn", "yes"); } catch { /* then it is asked for a 7 again */ }
  hasDrawn = true;
  // Another answer to the same ink, a late one or when its tab comes back, leaves the digit that was chosen.
  const isSame = sheet.strokes === shown && !sheet.live && answer.number?.digits.length === number.digits.length;
  answer.show(number, isSame ? answer.at : nearest(number.digits, sheet.lastPoint()));
  shown = sheet.strokes;
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
  show(number) {
    const { digits, separators = [] } = number;
    const signs = separators.filter(({ kind }) => kind.trim());
    this.digits = digits.length;
    const several = digits.length + signs.length > 1 ? [...digits, ...signs] : [];
    const least = (LEAST_BRACKET / $("sheet").clientWidth) * SIDE;
    $("brackets").replaceChildren(...several.map(({ box: [left, top, right, bottom], kind }) => {
      const bracket = document.createElementNS("http://www.w3.org/2000/svg", "path");
      const foot = Math.min(SIDE - 6, bottom + 26);
      const more = Math.max(4, (least - (right - left)) / 2);
      bracket.setAttribute("d", kind ? `M${left - more} ${foot}H${right + more}` : `M${left - more} ${foot - 12}v12H${right + more}v-12`);
      if (kind) bracket.dataset.sign = kind;
      return bracket;
    }));
  },
  // Writes what a sum comes to behind it; how that is written comes with the first sum. Of another answer, also a corrected
  // one, nothing stays.
  async solve(number) {
    const sum = (settings.sums && number?.sum) || null;
    if (sum === this.sum) return;
    this.sum = sum;
    $("solved").replaceChildren();
    if (!sum) return;
    const { result } = await import("./draw/sum.js").catch(() => ({}));
    if (this.sum !== sum) return;
    const written = result?.(number);
    if (written) $("solved").replaceChildren(written);
    else $("words").querySelector(".hidden")?.classList.remove("hidden"); // it is nowhere else
  },
  mark(at, sign) {
    const chosen = at ?? this.digits + sign;
    [...$("brackets").children].forEach((bracket, i) => bracket.classList.toggle("chosen", i === chosen));
  },
};

let noticeTimer = 0;
function notice(text, good = false, stays = QUIET) {
  clearTimeout(noticeTimer);
  $("notice").setAttribute("role", good ? "status" : "alert"); // only what went wrong interrupts
  if ($("notice").textContent !== text) $("notice").textContent = text;
  $("notice").classList.toggle("good", good);
  const long = $("notice").scrollHeight > $("notice").clientHeight; // then it is scrolled, with the keyboard too
  if (long) $("notice").tabIndex = 0;
  else $("notice").removeAttribute("tabindex");
  if (good) noticeTimer = setTimeout(() => notice(""), stays);
}

// What is said in passing waits for what offers something: to try again, or to undo.
function aside(text, good = false, stays = QUIET) {
  if (!$("notice").querySelector(".offer")) notice(text, good, stays);
}

let speechTimer = 0;
function speak(delay = SETTLED) {
  clearTimeout(speechTimer);
  speechTimer = setTimeout(() => {
    const text = spoken();
    $("status").textContent = ""; // the same answer again is news to someone who asked
    requestAnimationFrame(() => { $("status").textContent = text; });
  }, delay);
}

// The answer in a sentence.
function spoken() {
  const said = $("digit").dataset.written;
  const words = $("words").textContent;
  return [...(said && said !== "?" ? [said, words.toLowerCase()] : [words]), $("percent").textContent].filter(Boolean).join(", ");
}

// --- tools and shortcuts -----------------------------------------------------------------------------------------------
const sheet = new Sheet($("sheet"), (settled) => {
  page.dataset.drawn = sheet.isBlank ? "no" : "yes";
  enable("undo", sheet.past.length);
  enable("redo", sheet.future.length);
  enable("clear", !sheet.isBlank);
  enable("read", !sheet.isBlank);
  if (sheet.isBlank) line.shown = line.newest;
  else deeds().catch(() => {}); // they say so when they are wanted
  line.ask();
  autosave.changed(settled);
  if (keep) keep.changed();
  else enable("keep", !sheet.isBlank);
  lesson?.inked();
  if (line.lost && drawing()) { answer.empty(""); brackets.show({ digits: [] }); state("gone"); } // of other ink
  if (settled && sheet.isBlank) { showEmptyUnlessGone(); speak(); }
}, () => notice(t("draw.pen-only"), true, TOLD));
const line = new Line(sheet, {
  show(number) {
    if (!drawing()) return;
    showNumber(number);
    const isSaid = corrections?.again(number);
    if (isSaid) brackets.mark(answer.at);
    const isNone = !isSaid && number.digits.length && number.digits.every(({ value, sign }) => value === null && !sign);
    if (isNone && ["", "western"].includes(settings.script)) import("./draw/script.js").then((script) => script.ask(sheet, notice), () => {});
    if (!$("notice").classList.contains("good")) aside("");
    if (!sheet.isDrawing) speak();
  },
  refuse(error) { if (drawing()) { state("unsure"); notice(sorry(error)); } },
  empty: showEmpty,
  much() { if (drawing()) { state("unsure"); notice(t("draw.much")); } },
  think() { if (drawing()) { state("thinking"); $("words").textContent = t("answer.reading"); } },
  gone() { if (drawing()) { state("gone"); aside(t("draw.gone")); } },
  back(again) {
    if (drawing()) aside(again ? t("draw.back") : "", true);
    document.dispatchEvent(new CustomEvent("kept", { detail: {} })); // who could not see it looks again
  },
  script: () => (lesson?.isOn ? lesson.script.name : settings.script),
  rest: async () => { if (answer.number) await deeds(); },
});

// What can be done with a drawing: to keep it, to correct it, to take it away. Its code comes with the first ink.
let keep = null;
let corrections = null;
async function deeds() {
  if (corrections) return { keep, corrections };
  const [{ Keep }, { Corrections }, { Taking }] = await brought({ css: ["shared/paper"] }, () =>
    Promise.all([import("./draw/keep.js"), import("./draw/corrections.js"), import("./draw/taking.js")]));
  if (corrections) return { keep, corrections };
  keep = new Keep(sheet, notice);
  corrections = new Corrections(answer, sheet, keep, notice);
  keep.labelsOf = (strokes) => (corrections.strokes === strokes ? corrections.said() : null);
  new Taking(sheet, notice);
  return { keep, corrections };
}

// What was asked for is on the server, and that is gone.
const unreachable = () => notice(t("draw.gone"));
document.addEventListener("unreachable", unreachable);
const keepDrawing = () => { if (!sheet.isBlank) deeds().then(() => keep.keepDrawing(), unreachable); };

$("bars").addEventListener("click", (event) => {
  const digit = [...$("bars").children].indexOf(event.target.closest("li"));
  if (drawing() && digit >= 0) corrections?.correct(digit);
});
let lesson = null;
$("open-lesson").addEventListener("click", async () => {
  try {
    const [{ Lesson }] = await brought({ html: ["draw/lesson"], css: ["draw/lesson"] }, () => Promise.all([import("./draw/lesson.js"), deeds()]));
    lesson ??= new Lesson(sheet, answer, notice);
    await lesson.prepare();
    openTab("draw");
    lesson.start();
  } catch { unreachable(); }
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
  sheet.point();
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

// What is on the sheet, aloud: by a voice of the browser where there is one, else by a screen reader.
function sayNow() {
  if (sheet.isBlank) return;
  line.ask();
  speak(50);
  say(() => (sheet.isBlank ? "" : spoken()));
}

for (const button of pens) {
  button.addEventListener("click", () => choosePen(button.dataset.pen));
  button.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); nextPen(step, true); }
  });
}
// What was said of the drawing is taken back before its ink.
const undo = () => { if (!corrections?.undo()) sheet.undo(); };
$("undo").addEventListener("click", undo);
$("redo").addEventListener("click", () => sheet.redo());
$("clear").addEventListener("click", () => sheet.clear());
$("keep").addEventListener("click", keepDrawing);
$("read").addEventListener("click", sayNow);
// An entry of the menu that could do nothing is not there.
$("menu").addEventListener("beforetoggle", () => {
  for (const entry of $("menu").querySelectorAll(".of-drawing")) entry.hidden = !drawing() || sheet.isBlank;
  nameRead();
});
// What R does, in the menu: it speaks where there is a voice, and those may come late.
const nameRead = () => { $("read").querySelector("[data-t]").textContent = t(voice() ? "kept.read" : "draw.read"); };
globalThis.speechSynthesis?.addEventListener?.("voiceschanged", nameRead);

const PLAIN = {
  n: () => sheet.clear(), escape: () => sheet.clear(), r: sayNow, k: keepDrawing, p: () => choosePen(lastPen),
  e: () => choosePen("eraser"), "[": () => nextPen(-1), "]": () => nextPen(1),
};
// Who points needs no ring around the sheet or a list; who walks with Tab does.
document.addEventListener("pointerdown", () => { page.dataset.pointing = "yes"; });
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
  if (key === "?") return void openDialog("shortcuts");
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

// A room whose code comes when its tab is opened for the first time: it keeps the first paint early. Where it does not come,
// it is asked for again as long as the tab is open.
function later(name, load) {
  let coming = null;
  let wait = 0;
  const here = (room) => {
    rooms[name] = room;
    if (wait && page.dataset.tab === name) notice(t("draw.back"), true);
  };
  const missed = () => {
    coming = null;
    if (page.dataset.tab !== name) return;
    unreachable();
    wait = Math.min(MISSED.most, 2 * wait || MISSED.least);
    setTimeout(() => { if (page.dataset.tab === name) made(); }, wait);
  };
  const made = () => (coming ??= load().then(here, missed).then(() => {
    delete page.dataset.coming;
    if (coming && page.dataset.tab === name) rooms[name].open();
  }));
  return { open() { page.dataset.coming = name; answer.empty(""); made(); }, close() { delete page.dataset.coming; }, made };
}

// --- tabs --------------------------------------------------------------------------------------------------------------
// A room is what a tab shows. open() and close(): its tab comes to the front, or leaves it. key(key, event) and
// control(key, event): a key was pressed, without or with Ctrl. select(place): a digit of the answer was picked;
// selectSign(place): a sign was.
const rooms = {
  draw: {
    open() {
      if (line.lost) { answer.empty(""); state("gone"); aside(t("draw.gone")); } else { showEmpty(); line.ask(); }
    },
    key(key, event) {
      if (key === "enter" && event.target.closest("button")) return;
      if (!lesson?.key(key) && !corrections?.key(key)) PLAIN[key]?.();
    },
    close() { lesson?.stop(); },
    control(key, event) {
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) sheet.redo();
      else undo();
    },
    select(place) { brackets.mark(place); },
    selectSign(place) { brackets.mark(null, place); corrections?.choose(place); },
  },
};
rooms.picture = later("picture", async () => {
  const room = { html: ["picture/picture"], css: ["shared/boxes", "picture/picture", "shared/paper"] };
  const [{ Picture }] = await brought(room, () => Promise.all([import("./picture/picture.js"), deeds()]));
  return new Picture({ answer, notice, speak, keep });
});
rooms.camera = later("camera", async () => {
  const { Camera } = await brought({ html: ["camera/camera"], css: ["shared/boxes", "camera/camera"] }, () => import("./camera/camera.js"));
  return new Camera(answer, notice, (file) => showPictures([file], true));
});
rooms.kept = later("kept", async () => {
  const room = { html: ["kept/gallery"], css: ["kept/gallery", "shared/paper"] };
  const [{ Gallery }] = await brought(room, () => Promise.all([import("./kept/gallery.js"), deeds()]));
  return new Gallery({ answer, notice, openDrawing });
});

// Puts a kept drawing on the sheet; undo brings back what was there.
function openDrawing({ id, strokes }) {
  openTab("draw");
  sheet.keep(strokes);
  keep.ids.set(sheet.strokes, id);
  keep.changed();
  notice(t("kept.opened"), true);
  $("sheet").focus({ preventScroll: true });
}

// Pictures by drop, paste or the camera tab, where frozen says that they come from. The gallery takes those dropped on it.
async function showPictures(files, frozen = false) {
  if (page.dataset.tab !== "picture") openTab("picture");
  await rooms.picture.made?.();
  rooms.picture.take?.(files, frozen);
}

document.addEventListener("dragover", (event) => {
  event.preventDefault();
  if (event.dataTransfer?.types.includes("Files")) page.dataset.dragging = "yes";
});
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) delete page.dataset.dragging; });
document.addEventListener("drop", () => { delete page.dataset.dragging; }, true);
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) showPictures([...event.dataTransfer.files]);
});
document.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files].filter((one) => one.type.startsWith("image/") || one.type === "application/pdf");
  if (files.length) { event.preventDefault(); showPictures(files); }
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
  tab.addEventListener("click", () => openTab(tab.id.slice(4)));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const other = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    other.focus();
    other.click();
  });
}
document.addEventListener("settings", ({ detail }) => {
  if (detail === "script" && !sheet.isBlank) line.ask();
  if (detail !== "pen") return;
  lastPen = settings.pen;
  if (sheet.pen !== "eraser") choosePen(lastPen);
});
document.addEventListener("words", () => openTab(page.dataset.tab));

// --- the look inside and the pixel grid: their code comes when they are first wanted ----------------------------------
const lookers = [$("look"), document.querySelector("[data-look]")];
let inside = null;
async function look(open, focus) {
  try {
    if (!inside) { // else at once: a page that goes now must have remembered it
      const { Inside } = await brought({ css: ["inside/inside"] }, () => import("./inside/inside.js"));
      inside ??= new Inside(answer, sheet, lookers);
    }
    inside.toggle(open, focus);
  } catch (error) {
    if (inside) throw error;
    unreachable();
  }
}

async function openPixels() {
  try {
    const { Pixels } = await brought({ css: ["inside/inside"] }, () => import("./inside/grid.js"));
    const drawn = () => (sheet.isBlank ? null : glyph);
    rooms.pixels ??= new Pixels(answer, notice, speak, drawn, () => { openTab("draw"); $("sheet").focus({ preventScroll: true }); });
  } catch (error) {
    if (rooms.pixels) throw error;
    return unreachable();
  }
  if (page.dataset.tab !== "pixels") openTab("pixels");
}

let glyph = null; // of the digit of the drawing that was shown last
document.addEventListener("answer", () => {
  if (!drawing()) return;
  brackets.solve(answer.number);
  if (answer.number) glyph = answer.number.digits[answer.at].glyph;
});
for (const button of lookers) button.addEventListener("click", () => look());
for (const button of [$("pixels"), document.querySelector("[data-pixels]")]) button.addEventListener("click", openPixels);
try { if (localStorage.getItem("inkdigit.inside") === "yes") look(true, false); } catch { /* storage may be forbidden */ }

openTab("draw");
choosePen(settings.pen);
for (const id of ["undo", "redo", "clear", "read"]) enable(id, false);
navigator.serviceWorker?.register("/worker.js").catch(() => {}); // opens without the server from now on, where that may be
