// The drawing on the sheet outlives the page: it comes back after a reload, a crash and a closed tab.
//
// IndexedDB and not localStorage, because Chromium writes localStorage seconds later and a killed browser loses it.
// Each tab has a name in its sessionStorage, keeps its drawing under it, and holds a lock of that name as long as it
// lives. So a drawing whose lock nobody holds was left behind, and the next new tab takes the newest of them.
// A page that goes away may take its last writing with it, or go before the store is open. What it had not yet been told
// is kept, it hands to the next page of its tab in sessionStorage, which is written at once.
import { settings } from "../shared/settings.js";

const OFTEN = 300; // ms between two writings while the pen is down
const GONE = 300; // ms for which a reloaded tab waits for its own lock; a copy of a tab waits in vain, for it is another's
const OLDEST = 30 * 24 * 3600e3; // ms for which a drawing left behind is kept
const MOST = 8; // drawings left behind that are kept
const LARGEST = { strokes: 4000, points: 100_000 }; // of a drawing that is kept
const LOCK = "inkdigit.drawing.";
const HANDED = "inkdigit.handed";

export class Autosave {
  // sheet: where drawings come back. drawing(): the strokes to be saved. onrestore(): a drawing that was left behind is on
  // the sheet again.
  constructor(sheet, drawing, onrestore) {
    // saved: the strokes last sent to the store; safe: the same once it has confirmed them. handed: the drawing from the
    // page before, until it is on the sheet. begun: what was kept under this tab's name is safe from being overwritten.
    Object.assign(this, { sheet, drawing, onrestore, timer: 0, saved: sheet.strokes, safe: sheet.strokes, name: null, handed: null, begun: false });
    addEventListener("pagehide", () => { this.write(); this.handOn(); });
    addEventListener("pageshow", ({ persisted }) => { if (persisted) this.takeHanded(); }); // it had not gone
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.write(); });
    document.addEventListener("settings", ({ detail }) => { if (detail === "keep") this.obey(); });
    this.begin().catch(() => { this.begun = Boolean(this.name); }); // without storage there is no name: it lasts as long as the page
  }

  async begin() {
    const handed = this.handed = handedOn();
    this.base = await opened();
    if (!settings.keep) {
      this.takeHanded();
      await this.request((store) => store.clear());
    }
    const before = tabName();
    this.name = before ?? newName();
    const mine = await hold(this.name, Boolean(before));
    const left = before ? await this.mine(mine) : handed ?? await this.newestLeft();
    if (handed?.early && before && mine && left) await this.rename(left, newName(false)); // drawn without it: for the next new tab
    await this.restore(handed ?? left, !before && !handed);
    this.begun = true;
    if (handed) this.takeHanded();
    this.write(); // what was drawn while the store was not open
    await this.tidy();
  }

  // This tab's own drawing. A copied tab has the name of the one it was copied from: it takes another.
  async mine(held) {
    const found = await this.request((store) => store.get(this.name), "readonly");
    if (!held) {
      this.name = newName();
      await hold(this.name);
    }
    return found;
  }

  // The newest drawing that no living tab holds; from now on it has our name.
  async newestLeft() {
    const left = (await this.left()).find((one) => sound(one.strokes));
    if (left) await this.rename(left, this.name);
    return left;
  }

  rename(row, name) {
    return this.request((store) => { store.put({ ...row, name }); return store.delete(row.name); });
  }

  // Drawings whose tabs are gone, the newest first; never our own.
  async left() {
    const all = await this.request((store) => store.getAll(), "readonly");
    const held = await alive();
    return all.filter(({ name }) => name !== this.name && !held.has(name)).sort((one, other) => other.time - one.time);
  }

  async tidy() {
    const old = (await this.left()).filter((one, i) => i >= MOST || !(Date.now() - one.time < OLDEST) || !sound(one.strokes));
    for (const one of old) await this.request((store) => store.delete(one.name));
  }

  async restore(found, told) {
    if (!found || !sound(found.strokes)) return;
    if (!this.sheet.isBlank) return this.rename({ ...found, name: this.name }, newName(false)); // for the next new tab
    this.sheet.keep(found.strokes);
    if (told) this.onrestore();
  }

  // The sheet has changed: it is written soon, and at once when the pen is up.
  changed(settled = false) {
    if (settled) this.write();
    else this.timer ||= setTimeout(() => this.write(), OFTEN);
  }

  write() {
    clearTimeout(this.timer);
    this.timer = 0;
    const strokes = this.drawing();
    if (!this.begun || !settings.keep || strokes === this.saved) return;
    this.saved = strokes;
    this.safe = null;
    const { name } = this;
    const row = { name, time: Date.now(), strokes };
    if (!storable(strokes)) return; // too large: what was kept before stays
    this.request((store) => (strokes.length ? store.put(row) : store.delete(name)))
      .then(() => { if (this.saved === strokes) this.safe = strokes; }, () => { /* full, or forbidden */ });
  }

  // The page goes: the next one of this tab gets what the store has not confirmed, an empty sheet too. early: drawn before
  // what this tab had kept was seen.
  handOn() {
    const own = this.drawing();
    if (!settings.keep || own === this.safe) return;
    const strokes = [...this.handed?.strokes ?? [], ...own];
    if (!storable(strokes)) return;
    try { sessionStorage.setItem(HANDED, JSON.stringify({ strokes, early: this.handed?.early ?? !this.begun })); } catch { /* full, or forbidden */ }
  }

  // What was handed on is on the sheet, or not wanted; the store is told what the sheet shows.
  takeHanded() {
    this.handed = this.saved = this.safe = null;
    try { sessionStorage.removeItem(HANDED); } catch { /* forbidden */ }
  }

  // The setting has changed: off, what was kept goes.
  obey() {
    this.saved = null;
    if (settings.keep) this.write();
    else if (this.base) this.request((store) => store.clear()).catch(() => {});
  }

  // One request to the store of drawings. commit() at once: a page that goes away cannot do it later.
  request(ask, mode = "readwrite") {
    return new Promise((done, failed) => {
      const step = this.base.transaction("drawings", mode);
      const asked = ask(step.objectStore("drawings"));
      step.oncomplete = () => done(asked.result);
      step.onerror = step.onabort = () => failed(step.error);
      step.commit?.();
    });
  }
}

function opened() {
  return new Promise((done, failed) => {
    const asked = indexedDB.open("inkdigit", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("drawings", { keyPath: "name" });
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close(); // a newer page may change the store
      done(asked.result);
    };
    asked.onerror = asked.onblocked = () => failed(asked.error);
  });
}

// True for strokes that this page could have drawn itself; anything may stand in the storage.
export function sound(strokes) {
  const number = (value) => Number.isFinite(value) && Math.abs(value) < 1e5;
  let points = 0;
  return Array.isArray(strokes) && strokes.length > 0 && strokes.length <= LARGEST.strokes && strokes.every((stroke) => {
    points += stroke?.points?.length;
    return number(stroke?.width) && stroke.width > 0 && points <= LARGEST.points && Array.isArray(stroke.points) && stroke.points.length > 0
      && stroke.points.every((point) => Array.isArray(point) && point.length === 2 && point.every(number))
      && (stroke.pressure === undefined || (Array.isArray(stroke.pressure) && stroke.pressure.length === stroke.points.length
        && stroke.pressure.every((value) => value >= 0 && value <= 1)));
  });
}

// The drawing that the page before had not kept for sure, or null.
function handedOn() {
  try {
    const handed = JSON.parse(sessionStorage.getItem(HANDED));
    return settings.keep && storable(handed?.strokes) ? handed : null;
  } catch { return null; /* forbidden, or not ours */ }
}

// True for what may stand in the storage: no stroke, or a sound drawing.
function storable(strokes) {
  return Array.isArray(strokes) && (strokes.length === 0 || sound(strokes));
}

// --- tabs that live ------------------------------------------------------------------------------------------------------
function tabName() {
  const name = sessionStorage.getItem("inkdigit.tab");
  return /^[0-9a-z]{1,40}$/.test(name ?? "") ? name : null;
}

function newName(ours = true) {
  const name = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
  if (ours) sessionStorage.setItem("inkdigit.tab", name);
  return name;
}

// Takes the lock of a name for the life of this tab; false: another tab has it. used: it was this tab's before, or that of
// the tab it was copied from; a new name is nobody else's, and on a busy machine its lock may take its time. A page that is
// not from this machine or by https has no locks: there, tabs ask each other.
async function hold(name, used = false) {
  if (!navigator.locks) {
    const alone = !(await answers()).has(name);
    if (alone) own.add(name);
    return alone;
  }
  return new Promise((done) => {
    const signal = used ? AbortSignal.timeout(GONE) : undefined;
    navigator.locks.request(LOCK + name, { signal }, () => { done(true); return new Promise(() => {}); }).catch(() => done(false));
  });
}

async function alive() {
  if (!navigator.locks) return answers();
  const { held } = await navigator.locks.query();
  return new Set(held.filter((lock) => lock.name.startsWith(LOCK)).map((lock) => lock.name.slice(LOCK.length)));
}

const own = new Set();
let channel = null;

// The names that tabs say they have, on asking.
function answers() {
  const heard = new Set(own);
  if (!channel) {
    channel = new BroadcastChannel("inkdigit.tabs");
    channel.addEventListener("message", ({ data }) => { if (data === "who") for (const one of own) channel.postMessage(one); });
  }
  const listen = ({ data }) => heard.add(data);
  channel.addEventListener("message", listen);
  channel.postMessage("who");
  return new Promise((done) => setTimeout(() => { channel.removeEventListener("message", listen); done(heard); }, GONE));
}
