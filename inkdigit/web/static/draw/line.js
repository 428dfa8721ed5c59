// The line to the reader.
//
// One drawing is under way at a time; what changes meanwhile goes out when its answer is here. So the newest drawing is
// always the next one read, and nothing waits in a queue. An answer to what was cleared is not waited for: with the next
// drawing the server stops reading it.
import { $ } from "../shared/answer.js";
import { settings } from "../shared/settings.js";

const THINKING = 200; // ms without an answer before the page says that it is reading
const STUCK = 4000; // ms without an answer or a sign of life before the line is thought dead

export class Line {
  // sheet: what is read. told: what is told of it: show(number), refuse(error), empty(), much(), think(), gone(),
  // back(again), where again says that there was a line before; script(), in which it is read; and rest(), a promise of what else the page needs before it is done with an answer.
  constructor(sheet, told) {
    Object.assign(this, { sheet, told });
    this.limits = null;
    this.newest = 0; // id of the newest drawing asked for
    this.shown = 0; // id of the drawing whose answer stands on the page
    this.pending = null; // id under way
    this.wanted = false; // the drawing has changed since then
    this.wait = 250;
    this.lost = false;
    this.met = false; // the reader has been heard
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
    this.told.gone();
    const { socket } = this;
    this.socket = null;
    socket.close();
    this.again = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(3000, this.wait * 2);
  }

  heard(message) {
    if (message.hello) {
      clearTimeout(this.stuck);
      this.limits = message.hello;
      this.wait = 250;
      const { lost, met } = this;
      this.lost = false;
      this.met = true;
      if (lost) this.told.back(met);
      this.ask();
      return;
    }
    if (message.alive) return void (this.pending !== null && this.watch());
    if (message.id !== null && message.id < this.pending) return; // to what was cleared
    this.settle();
    if (message.id > this.shown) {
      this.shown = message.id;
      if (message.error) this.told.refuse(message.error);
      else if (!this.sheet.isBlank) this.told.show(message.number);
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

  // All is answered.
  rest() {
    const free = () => { if (this.pending === null && !this.wanted) delete $("page").dataset.busy; };
    this.told.rest().then(free, free);
  }

  // Asks for the drawing as it stands now, as soon as the line is free.
  ask() {
    this.wanted = true;
    $("page").dataset.busy = "yes"; // until the newest drawing has its answer
    const { sheet } = this;
    if (!this.limits || (this.pending !== null && !sheet.isBlank)) return;
    this.wanted = false;
    if (sheet.isBlank) {
      this.settle();
      this.shown = ++this.newest; // answers to older drawings are stale
      this.told.empty();
      this.rest();
      return;
    }
    if (this.tooMuch()) {
      this.told.much();
      this.rest();
      return;
    }
    const strokes = sheet.all().map((stroke) => stroke.points);
    this.pending = ++this.newest;
    this.socket.send(JSON.stringify({ id: this.pending, strokes, personal: settings.learn, script: this.told.script() }));
    this.thinking = setTimeout(() => this.told.think(), THINKING);
    this.watch();
  }

  tooMuch() {
    const { max_points: points, max_strokes: strokes } = this.limits;
    return this.sheet.pointCount > points || this.sheet.all().length > strokes;
  }
}
