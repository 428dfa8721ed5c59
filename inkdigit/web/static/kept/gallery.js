// The gallery of kept drawings: a grid of which only what is near the view is on the page, chosen by mouse and keys.
import { $, sureOf } from "../shared/answer.js";
import { Chosen, moment, reading } from "./detail.js";
import { Exchange } from "./exchange.js";
import { Filters } from "./filters.js";
import { ask, attempt, changed, offer } from "../shared/store.js";
import { make } from "../shared/dom.js";
import { t } from "../shared/words.js";

const LEAST = 96; // pixels of the side of a thumbnail at least
const GAP = 8;
const CAPTION = 44;
const AHEAD = 3; // rows over and under the view that are on the page too
const EARLY = 6; // rows before the end at which more are asked for
const PAGES = 20; // that are looked at again at most
const MOST = 2000; // drawings that can be selected at once

export class Gallery {
  // answer: shows the chosen drawing's reading. notice(text, good, stays): a line. openDrawing(drawing): puts its strokes on
  // the sheet.
  constructor({ answer, notice, openDrawing }) {
    Object.assign(this, { answer, notice, openDrawing });
    this.items = []; // newest first, those that have come so far
    this.next = null; // where to go on
    this.total = 0;
    this.known = false; // whether the server has ever said what there is
    this.away = false; // the server did not answer when it was last asked
    this.asked = 0;
    this.changes = 0; // deleted or brought back: what was asked before tells of drawings that are gone
    this.selected = new Set();
    this.picked = false; // by the person: the newest is selected by itself
    this.active = null;
    this.anchor = null;
    this.nodes = new Map();
    this.done = []; // what Ctrl+Z takes back, the newest last
    this.filters = new Filters(() => this.search());
    this.chosen = new Chosen(this);
    this.exchange = new Exchange(this);
    this.listen();
  }

  listen() {
    const list = $("gallery");
    list.addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => { this.measure(); this.paint(); }).observe(list);
    list.addEventListener("click", (event) => this.clicked(event));
    list.addEventListener("dblclick", (event) => { if (event.target.closest("[role=option]")) this.openIt(); });
    list.addEventListener("keydown", (event) => this.pressed(event));
    $("select").addEventListener("click", () => this.selecting(!this.several));
    $("delete").addEventListener("click", () => this.delete());
    document.addEventListener("kept", () => { if (this.shown && !document.hidden && !this.quiet) this.refresh(); });
    document.addEventListener("visibilitychange", () => { if (this.shown && !document.hidden) this.refresh(); });
    addEventListener("focus", () => { if (this.shown) this.refresh(); });
  }

  get shown() { return $("page").dataset.tab === "kept"; }

  // --- the room ------------------------------------------------------------------------------------------------------
  open() {
    this.show();
    if (this.items.length) this.refresh();
    else this.search();
  }

  close() { this.selecting(false); }

  key(key, event) {
    const inNumber = $("digit").contains(document.activeElement); // there, a slash may be what a sign is
    if ((key !== "/" || inNumber) && this.chosen.key(key)) return;
    if (key === "delete" || key === "backspace") { event.preventDefault(); this.delete(); }
    else if (key === "f2") { event.preventDefault(); $("title").focus(); }
    else if (key === "/") { event.preventDefault(); $("seek").focus(); }
    else if (key === "escape") { this.selecting(false); this.only(this.active); }
  }

  control(key, event) {
    const does = { z: () => this.back(), a: () => this.all(), c: () => this.chosen.copy(), p: () => this.exchange.print() }[key];
    if (!does || (key === "c" && String(getSelection()))) return;
    event.preventDefault();
    does();
  }

  select(place) { this.chosen.pick(place); }
  selectSign(place) { this.chosen.pick(this.chosen.at, place); }

  // --- what is there ---------------------------------------------------------------------------------------------------
  // Begins again with what the filters ask for. What is shown stays until the answer is here.
  async search() {
    const asked = ++this.asked, { changes } = this;
    await this.look(async () => {
      const page = await ask(`?${this.filters.query()}`);
      if (asked !== this.asked) return;
      this.here();
      if (changes !== this.changes) return this.search();
      this.items = page.drawings;
      Object.assign(this, { next: page.next, total: page.total });
      $("gallery").scrollTop = 0;
      this.picked = false;
      this.only(this.items[0]?.id ?? null);
    });
  }

  // Looks, and says where nobody answers: a gallery that cannot be seen is not an empty one.
  async look(action) {
    if (await attempt(this.notice, action)) return;
    this.away = true;
    this.show();
  }

  // The server has answered.
  here() {
    if (this.away) this.notice("");
    Object.assign(this, { away: false, known: true });
  }

  // What says whether something else was asked since, or the drawings are others now.
  lateness() {
    const { asked, changes } = this;
    return () => asked !== this.asked || changes !== this.changes;
  }

  // The next ones, older than those that are here.
  async more() {
    if (this.loading || this.next === null) return;
    const isLate = this.lateness();
    this.loading = true;
    await attempt(this.notice, async () => {
      const query = this.filters.query();
      query.set("before", this.next);
      const page = await ask(`?${query}`);
      if (isLate()) return;
      this.items.push(...page.drawings);
      Object.assign(this, { next: page.next, total: page.total });
    });
    this.loading = false;
    if (!isLate()) this.paint();
  }

  // Looks again: at the newest, and at those in the view. Others come when they are scrolled to.
  async refresh() {
    this.asked++;
    const isLate = this.lateness();
    const [first, last] = this.range(0);
    const newest = this.items[0]?.id ?? Infinity;
    const [top, end] = [this.items[first]?.id ?? Infinity, this.items[last - 1]?.id ?? Infinity];
    await this.look(async () => {
      let below = await this.lookAgain(Infinity, isLate);
      this.here();
      for (let pages = 1; below > newest && pages < PAGES && !isLate(); pages++) below = await this.lookAgain(below, isLate);
      if (below > end) below = Math.min(below, top + 1);
      for (let pages = 1; below > end && pages < PAGES && !isLate(); pages++) below = await this.lookAgain(below, isLate);
      if (isLate()) return;
      this.chosen.forget();
      this.kept();
    });
  }

  // Asks for one page below an id and puts it in the place of what was known there. -> the id down to which it goes
  async lookAgain(above, isLate) {
    const query = this.filters.query();
    if (above !== Infinity) query.set("before", above);
    const page = await ask(`?${query}`);
    if (isLate()) return -Infinity;
    const below = page.next === null ? -Infinity : page.drawings.at(-1).id;
    if (below <= (this.items.at(-1)?.id ?? Infinity)) this.next = page.next;
    this.items = [...this.items.filter(({ id }) => id >= above), ...page.drawings, ...this.items.filter(({ id }) => id < below)];
    this.total = page.total;
    for (const { id } of page.drawings) { this.nodes.get(id)?.remove(); this.nodes.delete(id); }
    return below;
  }

  // After a change of the items: those selected that are gone are no longer selected.
  kept() {
    const ids = new Set(this.items.map(({ id }) => id));
    for (const id of this.selected) if (!ids.has(id)) this.selected.delete(id);
    if (!ids.has(this.active)) this.active = [...this.selected][0] ?? this.items[0]?.id ?? null;
    if (!this.selected.size && this.active !== null) this.selected.add(this.active);
    this.show();
  }

  // What the server now says of one drawing.
  replace(drawing) {
    const at = this.place(drawing.id);
    if (at >= 0) this.items[at] = drawing;
    this.nodes.get(drawing.id)?.remove();
    this.nodes.delete(drawing.id);
    this.show();
  }

  place(id) { return this.items.findIndex((one) => one.id === id); }
  get those() { return this.items.filter(({ id }) => this.selected.has(id)); }

  // --- on the page -----------------------------------------------------------------------------------------------------
  measure() {
    const wide = $("gallery").clientWidth - 2 * GAP;
    const columns = Math.max(2, Math.floor((wide + GAP) / (LEAST + GAP)));
    const side = Math.floor((wide - GAP * (columns - 1)) / columns);
    this.size = { columns, side, row: side + CAPTION + GAP };
  }

  // Places of those in the view and `ahead` rows around it, the last not included.
  range(ahead) {
    if (!this.size) this.measure();
    const { columns, row } = this.size;
    const { scrollTop, clientHeight } = $("gallery");
    const first = Math.max(0, Math.floor(scrollTop / row) - ahead) * columns;
    const last = (Math.ceil((scrollTop + clientHeight) / row) + ahead) * columns;
    return [Math.min(first, this.items.length), Math.min(last, this.items.length)];
  }

  soon() {
    this.waiting ||= requestAnimationFrame(() => { this.waiting = 0; this.paint(); });
  }

  paint() {
    if (!this.size) this.measure();
    const { columns, side, row } = this.size;
    const rows = Math.ceil(this.items.length / columns) + (this.next === null ? 0 : 2);
    $("space").style.height = `${rows * row + GAP}px`;
    const [first, last] = this.range(AHEAD);
    const near = new Set(this.items.slice(first, last).map(({ id }) => id));
    for (const [id, node] of this.nodes) if (!near.has(id)) { node.remove(); this.nodes.delete(id); }
    let following = $("space").firstChild; // the order on the page is that of the list, for who reads it aloud
    for (let i = first; i < last; i++) {
      const item = this.items[i];
      const node = this.node(item);
      node.style.width = `${side}px`;
      node.style.transform = `translate(${(i % columns) * (side + GAP)}px, ${Math.floor(i / columns) * row}px)`;
      node.setAttribute("aria-posinset", i + 1);
      node.setAttribute("aria-setsize", this.total);
      node.setAttribute("aria-selected", String(this.selected.has(item.id)));
      node.classList.toggle("active", item.id === this.active);
      if (node === following) following = node.nextSibling;
      else $("space").insertBefore(node, following);
    }
    if (near.has(this.active)) $("gallery").setAttribute("aria-activedescendant", `kept-${this.active}`);
    else $("gallery").removeAttribute("aria-activedescendant");
    if (last >= this.items.length - EARLY * columns) this.more();
  }

  node(item) {
    let node = this.nodes.get(item.id);
    if (node) return node;
    const image = make("img", { src: `/api/kept/${item.id}.png`, alt: "", decoding: "async", draggable: "false" });
    node = make("div", { id: `kept-${item.id}`, role: "option", "data-kind": item.kind },
      make("div", { class: "paper" }, image), make("span", { class: "picked" }),
      make("p", {}, make("b", {}, reading(item) || t("kept.nothing")), make("span", {}, item.wrong ? t("kept.mended") : sureOf(item))),
      make("p", {}, item.title || moment(item.at, "short")));
    node.title = [item.title, moment(item.at), ...item.tags].filter(Boolean).join(" · ");
    const heard = (text) => (text === "?" ? t("answer.none") : text || t("kept.nothing"));
    const said = [heard(reading(item)), sureOf(item), item.wrong ? t("kept.was", { text: heard(item.text) }) : ""];
    node.setAttribute("aria-label", [...said, item.title, moment(item.at)].filter(Boolean).join(", "));
    this.nodes.set(item.id, node);
    return node;
  }

  show() {
    if (!this.shown) return;
    const empty = !this.items.length;
    $("kept").dataset.empty = empty ? "yes" : "no";
    const silent = empty && (this.away || !this.known);
    $("nothing").textContent = !this.away && !this.known ? "" : t(this.away ? "kept.away" : this.filters.any ? "kept.none" : "kept.empty");
    $("count").textContent = silent ? "" : t(this.filters.any ? "kept.found" : this.total === 1 ? "kept.one" : "kept.count", { count: this.total.toLocaleString(document.documentElement.lang) });
    for (const id of ["select", "export", "print"]) $(id).setAttribute("aria-disabled", String(empty));
    $("delete").setAttribute("aria-disabled", String(!this.selected.size));
    this.paint();
    this.chosen.show(this.those);
  }

  // --- choosing --------------------------------------------------------------------------------------------------------
  selecting(on) {
    this.several = on && this.items.length > 0;
    $("select").setAttribute("aria-pressed", String(this.several));
    $("kept").dataset.several = this.several ? "yes" : "no";
  }

  clicked(event) {
    const node = event.target.closest("[role=option]");
    if (!node) return;
    const id = Number(node.id.slice(5));
    this.picked = true;
    if (event.shiftKey) this.extend(id);
    else if (event.ctrlKey || event.metaKey || this.several) this.toggle(id);
    else this.only(id);
  }

  only(id) {
    Object.assign(this, { active: id, anchor: id });
    this.selected = new Set(id === null ? [] : [id]);
    this.show();
  }

  toggle(id) {
    Object.assign(this, { active: id, anchor: id });
    if (!this.selected.delete(id)) this.selected.add(id);
    this.show();
  }

  // From where the choosing began to here.
  extend(id) {
    const [from, to] = [this.place(this.anchor), this.place(id)].sort((one, other) => one - other);
    this.active = id;
    this.selected = new Set(this.items.slice(Math.max(from, 0), to + 1).map((one) => one.id));
    this.show();
  }

  // All that the search shows, up to a limit; what has not come yet comes now.
  async all() {
    this.picked = true;
    while (this.items.length < Math.min(this.total, MOST) && this.next !== null) {
      const before = this.items.length;
      await this.more();
      if (this.items.length === before) return;
    }
    this.selected = new Set(this.items.slice(0, MOST).map(({ id }) => id));
    if (this.total > MOST) this.notice(t("kept.most", { count: MOST.toLocaleString(document.documentElement.lang) }), true);
    this.show();
  }

  pressed(event) {
    const { columns, row } = this.size;
    const page = Math.max(1, Math.floor($("gallery").clientHeight / row)) * columns;
    const at = this.place(this.active);
    this.picked = true;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, PageDown: at + page,
      PageUp: at - page, Home: 0, End: this.items.length - 1 }[event.key];
    if (event.key === "Enter") this.openIt();
    else if (event.key === " ") this.toggle(this.active);
    else if (to === undefined || !this.items.length || event.altKey) return;
    else this.go(Math.min(this.items.length - 1, to < 0 ? (event.key === "ArrowUp" ? at : 0) : to), event);
    event.preventDefault();
  }

  go(place, { shiftKey, ctrlKey, metaKey }) {
    const { id } = this.items[place];
    this.reveal(place);
    if (shiftKey) this.extend(id);
    else if (ctrlKey || metaKey) { this.active = id; this.paint(); }
    else this.only(id);
  }

  reveal(place) {
    const { columns, row } = this.size;
    const list = $("gallery");
    const top = Math.floor(place / columns) * row;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + row > list.scrollTop + list.clientHeight) list.scrollTop = top + row + GAP - list.clientHeight;
  }

  // Tells the others; what this gallery did itself it knows.
  tell(what) {
    this.quiet = true;
    changed(what);
    this.quiet = false;
  }

  // --- changing --------------------------------------------------------------------------------------------------------
  openIt() {
    const [one] = this.those;
    if (one && this.selected.size === 1) this.chosen.open();
  }

  // Remembers how to take a change back.
  did(back) {
    this.done.push(back);
    if (this.done.length > 100) this.done.shift();
  }

  async back() {
    const last = this.done.pop();
    if (!last) return;
    if (await attempt(this.notice, last)) this.notice(t("kept.undone"), true);
  }

  async delete() {
    const ids = [...this.selected];
    if (!ids.length) return;
    const at = Math.min(...ids.map((id) => this.place(id)));
    await attempt(this.notice, async () => {
      const { deleted } = await ask("/delete", { json: { ids } });
      this.changes++;
      const gone = this.items.filter(({ id }) => ids.includes(id));
      this.items = this.items.filter(({ id }) => !ids.includes(id));
      this.total = Math.max(0, this.total - deleted.length);
      const back = () => this.restore(deleted, gone);
      this.did(back);
      this.selecting(false);
      this.only(this.items[Math.min(at, this.items.length - 1)]?.id ?? null);
      this.tell({ deleted });
      const words = t(deleted.length === 1 ? "kept.deleted.one" : "kept.deleted", { count: deleted.length });
      offer(this.notice, words, true, t("kept.undo"), () => { this.done = this.done.filter((one) => one !== back); attempt(this.notice, back); });
    });
  }

  async restore(ids, gone) {
    const { restored } = await ask("/restore", { json: { ids } });
    this.changes++;
    const here = new Set(this.items.map(({ id }) => id));
    this.items = [...this.items, ...gone.filter(({ id }) => restored.includes(id) && !here.has(id))].sort((one, other) => other.id - one.id);
    this.total += restored.length;
    this.only(restored.at(-1) ?? this.active);
    this.selected = new Set(restored);
    this.tell({ restored });
    this.reveal(Math.max(0, this.place(this.active)));
    this.show();
  }
}
