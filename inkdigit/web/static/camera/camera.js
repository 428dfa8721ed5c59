// The camera tab: the picture of a camera, read many times a second. What is settled stands over it in boxes.
import { $, isFree, state } from "../shared/answer.js";
import { settings } from "../shared/settings.js";
import { sorry, t } from "../shared/words.js";

const SIDES = [960, 640]; // pixels of the longer side of what is sent; the less where reading takes long
const SLOW = 100; // ms from answer to answer, over COUNTED of them: then the smaller size is sent
const COUNTED = 12;
const QUALITY = 0.85; // of the JPEG
const AHEAD = 2; // frames on their way: one is read while the next travels
const STUCK = 4000; // ms without an answer before the line is thought dead
const CALM = 500; // ms for which the answer column stays as it is while the number is the same
const SAY = 700; // ms for which the numbers must stay before a screen reader hears them
const WRONG = {
  NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "none", OverconstrainedError: "none",
  NotReadableError: "busy", AbortError: "busy", TrackStartError: "busy",
};

export class Camera {
  // answer: shows the chosen number. notice(text, good): tells what went wrong. freeze(file): takes a still picture.
  constructor(answer, notice, freeze) {
    Object.assign(this, { answer, notice, give: freeze });
    this.stream = null;
    this.turn = 0; // counts starts and stops: what was asked before the newest one is stale
    this.device = ""; // chosen by hand
    this.chosen = 0; // id of the number in the answer column
    this.settled = [];
    this.boxes = new Map(); // id of a settled number -> its box over the picture
    this.spare = []; // canvases
    this.video = $("live");
    this.video.addEventListener("resize", () => this.fit());
    $("live-start").addEventListener("click", () => { if (this.stream) this.stop("off"); else this.start(); });
    $("live-freeze").addEventListener("click", () => this.freeze());
    $("live-torch").addEventListener("click", () => this.torch());
    $("live-device").addEventListener("change", () => { this.device = $("live-device").value; this.start(); });
    $("live-found").addEventListener("click", (event) => {
      const at = [...$("live-found").children].indexOf(event.target.closest("li"));
      if (at >= 0) this.choose(this.settled[at].id);
    });
    navigator.mediaDevices?.addEventListener("devicechange", () => this.devices());
    document.addEventListener("visibilitychange", () => this.seen());
    this.say("off");
  }

  // --- what the tab does ---
  async open() {
    this.why = null; // the language may be another
    this.follow([], []);
    if (!navigator.mediaDevices?.getUserMedia) { this.say(isSecureContext ? "unsupported" : "insecure"); return; }
    this.say("off");
    const { turn } = this;
    let allowed = null;
    try { allowed = (await navigator.permissions.query({ name: "camera" })).state; } catch { /* then by the button */ }
    if (allowed === "granted" && turn === this.turn && $("page").dataset.tab === "camera") this.start();
  }

  close() { this.stop("off"); }

  key(key, event) {
    if (key === " " && isFree(event)) { event.preventDefault(); this.freeze(); }
    if (key === "escape" && this.stream) this.stop("off");
  }

  select(place) { this.place = place; }

  // A page that nobody sees has no business with the camera.
  seen() {
    if ($("page").dataset.tab !== "camera") return;
    if (document.hidden) { this.again = Boolean(this.stream); this.stop("off"); } else if (this.again) this.start();
  }

  // --- the camera ---
  async start() {
    this.stop("asking");
    const { turn } = this;
    const which = this.device ? { deviceId: { exact: this.device } } : { facingMode: { ideal: "environment" } };
    let stream;
    try {
      const video = { ...which, width: { ideal: 1280 }, height: { ideal: 720 } };
      stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      if (turn !== this.turn) return;
      this.device = "";
      this.say(WRONG[error.name] ?? "busy");
      this.devices();
      return;
    }
    if (turn !== this.turn) { halt(stream); return; } // stopped while it was being asked for
    this.stream = stream;
    const track = stream.getVideoTracks()[0];
    track.addEventListener("ended", () => { if (this.stream === stream) { this.stop("unplugged"); this.devices(); } });
    this.video.srcObject = stream;
    this.say("on");
    $("live-torch").hidden = !track.getCapabilities?.().torch;
    $("live-torch").setAttribute("aria-pressed", "false");
    if (document.activeElement === $("live-start")) $("live-frame").focus(); // so that Space freezes, and does not stop
    this.devices();
    this.wait = 250;
    this.side = SIDES[0];
    this.connect();
    this.next();
  }

  // why: what the tab says then.
  stop(why) {
    this.turn++;
    if (this.stream) halt(this.stream);
    this.stream = null;
    this.video.srcObject = null;
    this.hang();
    clearTimeout(this.retry);
    $("live-torch").hidden = true;
    this.follow([], []);
    this.say(why);
  }

  // off, asking, on, or what is wrong; the words stand where the picture would.
  say(why) {
    const on = why === "on";
    if (this.why === why && $("live-hint").textContent) return;
    this.why = why;
    $("page").dataset.live = why;
    $("live-hint").textContent = on ? "" : t(`camera.${why}`, { port: location.port });
    $("live-start-word").textContent = t(on ? "camera.stop" : "camera.start");
    $("live-start").title = t(on ? "camera.stop.title" : "camera.start.title");
    $("live-start").setAttribute("aria-disabled", String(why === "unsupported" || why === "insecure"));
    $("live-freeze").setAttribute("aria-disabled", String(!on));
    if (why !== "off" && !on && $("page").dataset.tab === "camera") announce($("live-hint").textContent);
  }

  // The cameras that there are; one that was unplugged may be back.
  async devices() {
    let found = [];
    try { found = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput"); } catch { /* none */ }
    const used = this.stream?.getVideoTracks()[0].getSettings().deviceId ?? this.device;
    $("live-device").replaceChildren(...found.map((one, at) => {
      const option = document.createElement("option");
      option.value = one.deviceId;
      option.textContent = one.label || t("camera.number", { number: at + 1 });
      option.selected = one.deviceId === used;
      return option;
    }));
    $("live-pick").hidden = found.length < 2;
    if (found.length && (this.why === "unplugged" || this.why === "none")) this.say("back");
    if (!found.length && this.why === "back") this.say("none");
  }

  async torch() {
    const on = $("live-torch").getAttribute("aria-pressed") !== "true";
    try {
      await this.stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] });
      $("live-torch").setAttribute("aria-pressed", String(on));
    } catch { this.notice(t("camera.notorch")); }
  }

  fit() {
    const { videoWidth: wide, videoHeight: high } = this.video;
    if (wide && high) $("live-frame").style.setProperty("--ratio", wide / high);
  }

  // The picture as it stands goes to the picture tab, where it is corrected and copied.
  freeze() {
    if (!this.stream || !this.video.videoWidth) return;
    const still = document.createElement("canvas");
    still.width = this.video.videoWidth;
    still.height = this.video.videoHeight;
    still.getContext("2d").drawImage(this.video, 0, 0);
    still.toBlob((blob) => {
      if (!blob) return;
      this.give(new File([blob], "camera.jpg", { type: "image/jpeg" }));
      $("tab-picture").focus();
    }, "image/jpeg", 0.92);
  }

  // --- the line to the reader ---
  connect() {
    const place = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/camera`;
    const socket = new WebSocket(`${place}?personal=${settings.learn}&script=${settings.script}`);
    socket.binaryType = "blob";
    Object.assign(this, { socket, sent: 0, answered: 0, ready: false, frames: new Map(), clock: null });
    socket.onmessage = (event) => { if (this.socket === socket) this.heard(JSON.parse(event.data)); };
    socket.onclose = () => { if (this.socket === socket) this.gone(); };
    this.watch();
  }

  hang() {
    const { socket } = this;
    this.socket = null;
    clearTimeout(this.stuck);
    socket?.close();
    $("live-seen").hidden = true;
  }

  gone() {
    this.hang();
    this.lost = true;
    state("gone");
    this.notice(t("camera.gone"));
    this.retry = setTimeout(() => { if (this.stream) this.connect(); }, this.wait);
    this.wait = Math.min(4000, this.wait * 2);
  }

  // A server that hangs is gone too, though nothing closes the line.
  watch() {
    clearTimeout(this.stuck);
    this.stuck = setTimeout(() => this.gone(), STUCK);
  }

  heard(message) {
    clearTimeout(this.stuck);
    if (message.hello) {
      this.ready = true;
      this.wait = 250;
      if (this.lost) this.notice(this.met ? t("draw.back") : "", true);
      this.lost = false;
      this.met = true; // who was never there is not there again
      return;
    }
    this.answered = message.frame;
    this.paint(message.frame);
    if (this.sent > this.answered) this.watch();
    if (message.error) { this.notice(sorry(message.error)); return; }
    this.size = message.size;
    this.pace();
    this.follow(message.numbers, message.settled);
  }

  // A machine that is slow, or busy, gets smaller pictures.
  pace() {
    this.clock ??= { from: performance.now(), count: -1 };
    if (++this.clock.count < COUNTED) return;
    if ((performance.now() - this.clock.from) / COUNTED > SLOW) this.side = SIDES[1];
    this.clock = null;
  }

  // Sends each new frame of the camera that the reader has time for.
  next() {
    const { turn } = this;
    const go = () => {
      if (turn !== this.turn) return;
      this.send();
      this.next();
    };
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(go);
    else requestAnimationFrame(go);
  }

  send() {
    const { socket, video } = this;
    if (!socket || !this.ready || this.packing || this.sent - this.answered >= AHEAD || !video.videoWidth) return;
    const scale = Math.min(1, this.side / Math.max(video.videoWidth, video.videoHeight));
    const canvas = this.spare.pop() ?? document.createElement("canvas");
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    this.packing = true;
    canvas.toBlob((blob) => {
      this.packing = false;
      if (!blob || socket !== this.socket || socket.readyState !== WebSocket.OPEN) return;
      socket.send(blob);
      this.frames.set(++this.sent, canvas);
      this.watch();
    }, "image/jpeg", QUALITY);
  }

  // --- what is shown ---
  // The frame that was read, not the newest: so the boxes stand on their numbers however the hand shakes.
  paint(count) {
    const seen = $("live-seen");
    const frame = this.frames.get(count);
    if (frame) {
      if (seen.width !== frame.width || seen.height !== frame.height) Object.assign(seen, { width: frame.width, height: frame.height });
      seen.getContext("2d").drawImage(frame, 0, 0);
      seen.hidden = false;
    }
    for (const [at, canvas] of this.frames) {
      if (at <= count) { this.frames.delete(at); this.spare.push(canvas); }
    }
  }

  // numbers: of the newest frame; settled: of those before it too.
  follow(numbers, settled) {
    const before = this.settled;
    this.settled = settled;
    const old = new Set(this.boxes.keys());
    for (const number of settled) { old.delete(number.id); this.box(number); }
    for (const id of old) { this.boxes.get(id).remove(); this.boxes.delete(id); }
    this.guesses(numbers.filter((one) => !settled.some((other) => overlap(one.box, other.box))));
    if (!settled.some((one) => one.id === this.chosen)) this.chosen = this.middle(settled);
    this.choose(this.chosen);
    if (said(before) === said(settled)) return;
    this.list();
    clearTimeout(this.saying);
    if (this.stream) this.saying = setTimeout(() => announce(settled.length ? said(settled) : t("camera.nothing")), SAY);
  }

  // The number nearest to the middle of the picture.
  middle(settled) {
    const far = ({ box: [left, top, right, bottom] }) =>
      Math.hypot((left + right - this.size[0]) / 2, (top + bottom - this.size[1]) / 2);
    return settled.reduce((best, one) => (!best || far(one) < far(best) ? one : best), null)?.id ?? 0;
  }

  box(number) {
    let box = this.boxes.get(number.id);
    if (!box) {
      box = document.createElement("button");
      box.type = "button";
      box.append(document.createElement("span"));
      box.addEventListener("click", () => this.choose(number.id));
      this.boxes.set(number.id, box);
      $("live-boxes").append(box);
    }
    this.put(box, number.box);
    box.style.setProperty("--high", (100 * (number.box[3] - number.box[1])) / this.size[1]);
    const text = box.firstChild;
    if (text.textContent !== number.written) {
      text.textContent = number.written;
      box.setAttribute("aria-label", t("camera.box", { number: number.written }));
    }
    box.classList.toggle("low", number.box[1] < 0.1 * this.size[1]); // no room for the text above it
  }

  put(element, [left, top, right, bottom]) {
    const [wide, high] = this.size;
    element.style.left = `${(left / wide) * 100}%`;
    element.style.top = `${(top / high) * 100}%`;
    element.style.width = `${((right - left) / wide) * 100}%`;
    element.style.height = `${((bottom - top) / high) * 100}%`;
  }

  // Faint boxes around what is read now but has not settled.
  guesses(numbers) {
    const place = $("live-guesses");
    while (place.children.length > numbers.length) place.lastChild.remove();
    while (place.children.length < numbers.length) place.append(document.createElement("i"));
    numbers.forEach((number, at) => this.put(place.children[at], number.box));
  }

  list() {
    $("live-found").replaceChildren(...this.settled.map((number) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = number.written;
      item.append(button);
      return item;
    }));
    this.choose(this.chosen);
  }

  choose(id) {
    const number = this.settled.find((one) => one.id === id);
    this.chosen = number ? id : 0;
    for (const [one, box] of this.boxes) box.classList.toggle("chosen", one === this.chosen);
    [...$("live-found").children].forEach((item, at) =>
      item.firstChild.setAttribute("aria-current", String(this.settled[at]?.id === this.chosen)));
    if ($("page").dataset.tab !== "camera" || (this.lost && !number)) return;
    if (!number) {
      const words = t(this.stream ? "camera.looking" : "camera.show");
      if (this.answer.number || $("words").textContent !== words) this.answer.empty(words);
      this.shown = "";
      return;
    }
    const now = `${this.chosen} ${number.text}`;
    if (this.shown !== now) this.place = leastSure(number);
    else if (this.answer.number && performance.now() - this.since < CALM) return;
    Object.assign(this, { shown: now, since: performance.now() });
    this.answer.show(number, this.place);
  }
}

function halt(stream) {
  for (const track of stream.getTracks()) track.stop();
}

function said(settled) {
  return settled.map((one) => one.written).join(", ");
}

function announce(text) {
  $("status").textContent = text;
}

function leastSure({ digits }) {
  return digits.reduce((best, digit, at) => (digit.confidence < digits[best].confidence ? at : best), 0);
}

function overlap(one, other) {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}
