// The look inside: from ink to glyph, where the network looked, what would make another digit of it, and its layers.
// Follows the answer on the page, off the way of the live line: it asks when the drawing rests, and the newest wins.
import { $, percent, sureOf } from "../shared/answer.js";
import { spread } from "./maps.js";
import { bytes, make } from "../shared/dom.js";
import { settings } from "../shared/settings.js";
import { SIDE, paint } from "../shared/stroke.js";
import { sorry, t } from "../shared/words.js";

const REST = 180; // ms without a new answer before the panel asks
const GLYPH = 28;
const PEN = 2.25; // pixels of the glyph: the width with which the network sees every pen
const AIR = 1.2; // around a step's ink
const KEY = "inkdigit.inside";
const WIDE = matchMedia("(min-width: 1240px)"); // from here on the panel is a third column and covers nothing
const PHONE = matchMedia("(max-width: 720px)"); // up to here it covers everything

export class Inside {
  // answer: what stands on the page. sheet: the drawing. button: what opened it, and gets the focus back.
  constructor(answer, sheet, buttons) {
    Object.assign(this, { answer, sheet, buttons });
    this.seen = null; // what the reader answered, with the strokes that it was asked about
    this.digit = 0; // place in `looked` of the digit whose heat is shown
    this.picked = null; // [layer, map] that is enlarged
    this.heat = make("canvas", { class: "heat", "aria-hidden": "true" });
    this.panel = make("aside", { class: "inside", id: "inside", hidden: "" });
    $("sheet").after(this.heat);
    $("page").append(this.panel);
    this.build();
    document.addEventListener("answer", () => this.changed());
    document.addEventListener("words", () => { this.build(); this.show(); });
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
      matchMedia(query).addEventListener("change", () => this.show());
    }
    document.addEventListener("settings", () => this.show()); // the theme
    new ResizeObserver(() => this.paintSheet()).observe($("sheet"));
    for (const query of [WIDE, PHONE]) query.addEventListener("change", () => this.cover());
  }

  get isOpen() { return !this.panel.hidden; }

  toggle(open = !this.isOpen, focus = true) {
    this.panel.hidden = !open;
    $("page").toggleAttribute("data-inside", open);
    for (const button of this.buttons) button.setAttribute(button.role ? "aria-checked" : "aria-pressed", String(open));
    try { localStorage.setItem(KEY, open ? "yes" : "no"); } catch { /* then it is closed next time */ }
    this.cover();
    if (open) this.changed();
    else { clearTimeout(this.timer); this.asking?.abort(); this.paintSheet(); }
    if (!focus) return;
    if (open && !WIDE.matches) this.close.focus({ preventScroll: true });
    if (!open) (this.buttons.find((button) => button.offsetParent) ?? $("sheet")).focus({ preventScroll: true });
  }

  // What lies under a panel that covers everything is out of reach.
  cover() {
    for (const part of document.querySelectorAll(".desk, .answer")) part.inert = this.isOpen && PHONE.matches;
  }

  // Escape closes a panel that covers something, or that has the focus. True when the key was taken.
  key(key) {
    if (key !== "escape" || !this.isOpen || (WIDE.matches && !this.panel.contains(document.activeElement))) return false;
    this.toggle(false);
    return true;
  }

  // --- asking ----------------------------------------------------------------------------------------------------------
  changed() {
    if (!this.isOpen) return;
    clearTimeout(this.timer);
    this.asking?.abort();
    $("page").dataset.looking = "yes"; // until the panel shows the newest answer
    if (this.seen) this.panel.dataset.old = "yes";
    this.paintSheet();
    this.timer = setTimeout(() => this.ask(), REST);
  }

  async ask() {
    const digit = this.answer.number?.digits[this.answer.at];
    const drawn = $("page").dataset.tab === "draw";
    if (!digit || !(drawn || digit.glyph)) return this.rest(null);
    if (this.sheet.isDrawing) return; // the pen's next step, or its end, brings another answer
    const strokes = drawn ? this.sheet.all() : null;
    const { learn: personal } = settings; // what read the answer is what is looked into
    const { script } = this.answer.number;
    const asked = drawn ? { strokes: strokes.map((stroke) => stroke.points), at: this.answer.at } : { glyph: digit.glyph };
    const asking = this.asking = new AbortController();
    let found;
    try {
      const response = await fetch("/api/inside", { method: "POST", body: JSON.stringify({ ...asked, personal, script }), signal: asking.signal });
      found = await response.json();
    } catch {
      found = { error: null };
    }
    if (!asking.signal.aborted) this.rest({ ...found, strokes });
  }

  rest(seen) {
    this.seen = seen;
    this.digit = 0;
    delete $("page").dataset.looking;
    delete this.panel.dataset.old;
    this.show();
  }

  // --- the panel ---------------------------------------------------------------------------------------------------------
  build() {
    const icon = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18"/></svg>';
    this.close = make("button", { type: "button", class: "close", title: t("inside.close"), "aria-label": t("inside.close") });
    this.close.innerHTML = icon;
    this.close.addEventListener("click", () => this.toggle(false));
    this.what = make("p", { class: "what" });
    this.hint = make("p", { class: "none" });
    this.steps = make("div", { class: "steps" });
    this.picture = make("canvas", { width: 336, height: 336, role: "img" });
    this.choices = make("div", { class: "choices", role: "radiogroup", "aria-label": t("inside.for") });
    this.over = make("button", { type: "button", class: "over-sheet", "aria-pressed": String(this.isOver) }, t("inside.over"));
    this.over.addEventListener("click", () => this.lay(!this.isOver));
    this.scale = make("canvas", { width: 128, height: 1, "aria-hidden": "true" });
    const legend = make("p", { class: "legend" }, make("span", {}, t("inside.against")), this.scale, make("span", {}, t("inside.speaks")));
    this.looked = make("div", { class: "looked" }, this.picture, make("div", { class: "side" }, this.choices, legend, this.over));
    this.changes = make("div", { class: "changes" });
    this.layers = make("div", { class: "layers" });
    this.parts = make("div", {},
      section("steps", this.steps), section("looked", this.looked), section("changes", this.changes), section("layers", this.layers));
    this.panel.setAttribute("aria-label", t("inside.title"));
    this.panel.replaceChildren(
      make("header", {}, make("h2", {}, t("inside.title")), this.what, this.close),
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("inside.title") }, this.hint, this.parts));
  }

  get isOver() { return this.laid ?? false; }

  // The heat over the sheet itself, or not.
  lay(over) {
    this.laid = over;
    this.over.setAttribute("aria-pressed", String(over));
    this.paintSheet();
  }

  show() {
    if (!this.isOpen) return;
    const { seen } = this;
    const good = seen && !("error" in seen);
    this.parts.hidden = !good;
    this.hint.hidden = Boolean(good);
    this.hint.textContent = seen?.error ? sorry(seen.error) : t(seen ? "inside.gone" : "inside.empty");
    this.what.textContent = good ? `${seen.digit.value ?? "?"}  ${sureOf(seen.digit)}`.trimEnd() : "";
    this.paintSheet();
    if (!good) return;
    this.colours = colours();
    this.showSteps();
    this.showChoices();
    this.showHeat();
    this.showChanges();
    this.showLayers();
  }

  showSteps() {
    const { seen } = this;
    const figures = [];
    if (seen.strokes) figures.push(["ink", (canvas) => this.paintDrawing(canvas)]);
    for (const step of seen.steps) figures.push([step.name, (canvas) => paintStep(canvas, step)]);
    figures.push(["glyph", (canvas) => paintGlyph(canvas, bytes(seen.digit.glyph), seen.corner)]);
    this.steps.replaceChildren(...figures.map(([name, paint]) => {
      const canvas = make("canvas", { width: 168, height: 168, role: "img", "aria-label": t(`inside.step.${name}.label`) });
      paint(canvas);
      return make("figure", {}, canvas, make("figcaption", {}, t(`inside.step.${name}`)));
    }));
  }

  // The whole sheet, small, with a frame around the digit.
  paintDrawing(canvas) {
    const context = canvas.getContext("2d");
    context.fillStyle = this.colours.sheet;
    context.fillRect(0, 0, canvas.width, canvas.height);
    paint(context, this.seen.strokes, this.colours.ink);
    const [left, top, right, bottom] = this.seen.digit.box;
    context.strokeStyle = this.colours.accent;
    context.lineWidth = 9;
    context.strokeRect(left - 30, top - 30, right - left + 60, bottom - top + 60);
  }

  showChoices() {
    this.choices.replaceChildren(...this.seen.looked.map(({ digit }, place) => {
      const chosen = place === this.digit;
      const label = t("inside.for.digit", { digit: digit ?? t("answer.none") });
      const button = make("button", { type: "button", role: "radio", "aria-checked": String(chosen), tabindex: chosen ? 0 : -1, "aria-label": label }, String(digit ?? "?"));
      button.addEventListener("click", () => this.choose(place));
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const count = this.seen.looked.length;
        this.choose((place + step + count) % count);
        this.choices.children[this.digit].focus();
      });
      return button;
    }));
  }

  choose(place) {
    this.digit = place;
    this.showChoices();
    this.showHeat();
    this.paintSheet();
  }

  showHeat() {
    const { digit, heat } = this.seen.looked[this.digit];
    this.picture.setAttribute("aria-label", t("inside.heat", { digit: digit ?? t("answer.none"), place: hottest(bytes(heat)) }));
    this.over.hidden = !this.seen.frame;
    const context = this.picture.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = this.colours.sheet;
    context.fillRect(0, 0, 336, 336);
    if (this.seen.frame) context.drawImage(this.tinted(336, this.seen.frame, true), 0, 0);
    else context.drawImage(this.tintedGlyph(), 0, 0, 336, 336);
    const ramp = this.scale.getContext("2d");
    ramp.clearRect(0, 0, 128, 1);
    ramp.putImageData(heatImage(Uint8Array.from({ length: 128 }, (_, i) => 2 * i + 1), 128, 1, this.colours), 0, 0);
  }

  // The ink of the drawing in grey, with the heat on it; `frame`: the part of the sheet that is shown; `evenly`: with
  // the pen that the network sees.
  tinted(side, [left, top, right, bottom], evenly = false) {
    const layer = make("canvas", { width: side, height: side });
    const context = layer.getContext("2d");
    const scale = side / (right - left);
    context.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
    const width = (PEN * (right - left)) / GLYPH;
    const strokes = evenly ? this.seen.strokes.map((stroke) => ({ ...stroke, width })) : this.seen.strokes;
    paint(context, strokes, this.colours.bar, { fitted: false });
    context.globalCompositeOperation = "source-atop";
    const [x, y, end, foot] = this.seen.frame;
    context.drawImage(this.heatPicture(), x, y, end - x, foot - y);
    return layer;
  }

  // Where there are no strokes, the glyph itself in grey, with the heat on it.
  tintedGlyph() {
    const layer = make("canvas", { width: GLYPH, height: GLYPH });
    const context = layer.getContext("2d");
    const [red, green, blue] = rgb(this.colours.bar);
    const image = context.createImageData(GLYPH, GLYPH);
    bytes(this.seen.digit.glyph).forEach((tone, i) => image.data.set([red, green, blue, tone], 4 * i));
    context.putImageData(image, 0, 0);
    context.globalCompositeOperation = "source-atop";
    context.drawImage(this.heatPicture(), 0, 0);
    return layer;
  }

  heatPicture() {
    const picture = make("canvas", { width: GLYPH, height: GLYPH });
    const heat = bytes(this.seen.looked[this.digit].heat);
    picture.getContext("2d").putImageData(heatImage(heat, GLYPH, GLYPH, this.colours), 0, 0);
    return picture;
  }

  // The heat over the sheet, as long as it belongs to what stands there.
  paintSheet() {
    const fits = this.isOpen && this.isOver && this.seen?.frame && !("old" in this.panel.dataset);
    this.heat.hidden = !fits;
    if (!fits) return;
    const side = $("sheet").width;
    this.colours = colours();
    this.heat.width = this.heat.height = side;
    this.heat.getContext("2d").drawImage(this.tinted(side, [0, 0, SIDE, SIDE]), 0, 0);
  }

  showChanges() {
    const { seen } = this;
    const glyph = bytes(seen.digit.glyph);
    this.changes.replaceChildren(...seen.changes.map((change) => {
      const where = Object.fromEntries(Object.entries(change.places).map(([kind, place]) => [kind, t(`inside.place.${place}`)]));
      const kind = !change.found ? "none" : where.add && where.remove ? "both" : where.add ? "add" : "remove";
      const text = t(`inside.change.${kind}`, { digit: change.digit, sure: percent(change.chance), ...where });
      const canvas = make("canvas", { width: 336, height: 336, role: "img", "aria-label": text });
      paintChange(canvas, glyph, bytes(change.added), bytes(change.removed));
      return make("figure", {}, canvas, make("figcaption", {}, make("b", {}, String(change.digit)), make("span", {}, text)));
    }));
  }

  // --- layers ------------------------------------------------------------------------------------------------------------
  showLayers() {
    const { layers } = this.seen;
    if (!layers.length) return this.layers.replaceChildren(make("p", { class: "none" }, t("inside.layers.none")));
    const rows = [...this.layers.querySelectorAll(".layer")];
    if (rows.length !== layers.length) {
      this.picked = null;
      this.layers.replaceChildren(...layers.map((layer, at) => this.row(at)));
    }
    layers.forEach((layer, at) => this.paintLayer(this.layers.children[at], layer, at));
  }

  row(at) {
    const canvas = make("canvas", { role: "slider", tabindex: "0", "aria-valuemin": "1" });
    canvas.addEventListener("click", (event) => {
      const place = spread(this.seen.layers[at], canvas).at(event.offsetX / canvas.clientWidth, event.offsetY / canvas.clientHeight);
      if (place !== null) this.pick(at, this.picked?.[0] === at && this.picked[1] === place ? null : place);
    });
    canvas.addEventListener("keydown", (event) => {
      const { columns } = spread(this.seen.layers[at], canvas);
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      const edge = { Home: 0, End: this.seen.layers[at].channels - 1 }[event.key];
      if (step === undefined && edge === undefined) return;
      event.preventDefault();
      const now = this.picked?.[0] === at ? this.picked[1] : -1;
      this.pick(at, Math.min(this.seen.layers[at].channels - 1, Math.max(0, edge ?? (now < 0 ? 0 : now + step))));
    });
    const large = make("figure", { class: "large", hidden: "" }, make("canvas", { "aria-hidden": "true" }), make("figcaption"));
    return make("div", { class: "layer" }, make("h4"), canvas, large);
  }

  pick(layer, map) {
    this.picked = map === null ? null : [layer, map];
    this.seen.layers.forEach((one, at) => this.paintLayer(this.layers.children[at], one, at));
    if (map !== null) this.layers.children[layer].querySelector(".large").scrollIntoView({ block: "nearest" });
  }

  paintLayer(row, layer, at) {
    const [title, canvas, large] = row.children;
    const size = `${layer.width} × ${layer.height}`;
    const map = this.picked?.[0] === at ? this.picked[1] : null;
    title.textContent = t("inside.layer", { number: at + 1, count: layer.channels, size });
    canvas.setAttribute("aria-label", title.textContent);
    canvas.setAttribute("aria-valuemax", layer.channels);
    canvas.setAttribute("aria-valuenow", (map ?? 0) + 1);
    const content = bytes(layer.maps);
    spread(layer, canvas).paint(content, map);
    large.hidden = map === null;
    if (map === null) { canvas.setAttribute("aria-valuetext", t("inside.map.none")); return; }
    const one = content.subarray(map * layer.width * layer.height, (map + 1) * layer.width * layer.height);
    const text = t("inside.map", { map: map + 1, count: layer.channels, place: strongest(one, layer) });
    canvas.setAttribute("aria-valuetext", text);
    spread({ ...layer, channels: 1 }, large.firstChild, 168).paint(one, null);
    large.lastChild.textContent = text;
  }
}

function section(name, content) {
  return make("section", {}, make("h3", {}, t(`inside.${name}`)), make("p", { class: "lead" }, t(`inside.${name}.lead`)), content);
}

// --- painting ------------------------------------------------------------------------------------------------------------
// The page's colours as they are now, "rgb(...)".
function colours() {
  const probe = $("page").appendChild(make("i"));
  const found = ["sheet", "ink", "bar", "accent", "against"].map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(found);
}

function rgb(colour) {
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}

// 128 = 0; above it the ink speaks for the digit (accent), below against it.
function heatImage(heat, width, height, { accent, against }) {
  const image = new ImageData(width, height);
  const [good, bad] = [rgb(accent), rgb(against)];
  heat.forEach((step, i) => {
    const part = (step - 128) / 127;
    image.data.set([...(part > 0 ? good : bad), 255 * Math.min(1, Math.abs(part)) ** 0.7], 4 * i);
  });
  return image;
}

function paintStep(canvas, { width, height, pixels }) {
  const content = bytes(pixels);
  const box = AIR * Math.max(width, height);
  const scale = canvas.width / box;
  paintTones(canvas, content, width, height, ((box - width) / 2) * scale, ((box - height) / 2) * scale, scale);
}

// The glyph, with a cross where its centre of weight is.
function paintGlyph(canvas, glyph, corner) {
  const scale = canvas.width / GLYPH;
  paintTones(canvas, glyph, GLYPH, GLYPH, 0, 0, scale);
  if (!corner) return;
  const context = canvas.getContext("2d");
  context.fillStyle = "#9db2ff";
  const middle = Math.round(14.5 * scale);
  context.fillRect(middle - 1, 0, 2, 14);
  context.fillRect(middle - 1, canvas.height - 14, 2, 14);
  context.fillRect(0, middle - 1, 14, 2);
  context.fillRect(canvas.width - 14, middle - 1, 14, 2);
}

function paintTones(canvas, content, width, height, left, top, scale) {
  const context = canvas.getContext("2d");
  const small = make("canvas", { width, height });
  const image = new ImageData(width, height);
  content.forEach((tone, i) => image.data.set([tone, tone, tone, 255], 4 * i));
  small.getContext("2d").putImageData(image, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = scale < 4;
  context.drawImage(small, left, top, width * scale, height * scale);
}

// Ink to add is filled, ink to take away only outlined: the two differ without colour too.
function paintChange(canvas, glyph, added, removed) {
  const scale = canvas.width / GLYPH;
  const context = canvas.getContext("2d");
  paintTones(canvas, glyph.map((tone, i) => Math.max(0, tone - removed[i]) * 0.8), GLYPH, GLYPH, 0, 0, scale);
  for (let i = 0; i < GLYPH * GLYPH; i++) {
    const [x, y] = [(i % GLYPH) * scale, Math.floor(i / GLYPH) * scale];
    context.globalAlpha = Math.max(added[i], removed[i]) / 255;
    context.fillStyle = "#9db2ff";
    if (added[i] > 40) context.fillRect(x + 1, y + 1, scale - 2, scale - 2);
    context.strokeStyle = "#f0b266";
    context.lineWidth = 2;
    if (removed[i] > 40) context.strokeRect(x + 2.5, y + 2.5, scale - 5, scale - 5);
  }
  context.globalAlpha = 1;
}

// --- in words ------------------------------------------------------------------------------------------------------------
// "at the top left": where the weights of a map of any size have their middle.
function place(weights, width, height) {
  let [sum, across, down] = [0, 0, 0];
  weights.forEach((weight, i) => {
    sum += weight;
    across += weight * ((i % width) + 0.5);
    down += weight * (Math.floor(i / width) + 0.5);
  });
  if (!sum) return null;
  const [x, y] = [across / sum / width, down / sum / height];
  const parts = [y < 0.43 ? "top" : y > 0.57 ? "bottom" : "", x < 0.43 ? "left" : x > 0.57 ? "right" : ""];
  return parts.filter(Boolean).join("-") || "middle";
}

function hottest(heat) {
  const most = Math.max(...heat);
  return t(`inside.place.${place(Array.from(heat, (step) => (step > 128 + 0.6 * (most - 128) ? 1 : 0)), GLYPH, GLYPH) ?? "middle"}`);
}

function strongest(map, { width, height }) {
  const most = Math.max(...map);
  const found = place(Array.from(map, (tone) => (tone > 0.7 * most ? 1 : 0)), width, height);
  return found ? t(`inside.place.${found}`) : t("inside.place.nowhere");
}
