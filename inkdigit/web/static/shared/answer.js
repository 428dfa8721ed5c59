// The answer beside the sheet: a number, how sure it is, and of one of its digits the bars and the glyph.

import { settings } from "./settings.js";
import { percent, sureOf, t, verdict } from "./words.js";

export { percent, sureOf } from "./words.js";
export const $ = (id) => document.getElementById(id);

export const SIGNS = ".,-/:+=()%#$x*·÷"; // that a mark can be corrected to
const WIDE = "+=÷%#"; // signs that a font makes wider than its digits
const WIDTHS = [0.5, 1.3]; // of a digit's width that another sign takes, and one of these
const CORRECTED = ["draw", "picture", "kept"]; // tabs on which digits are corrected
const SIGNED = ["draw", "kept"]; // and signs
const DOUBT = 0.01; // likelihood from which another digit is offered
const OTHERS = 3; // of these, at most
const RIVAL = 0.1; // likelihood from which a second script is named
const MANY = 12; // marks from which a text stands in lines, like that of a page

// A button for each digit of a text, and where signs can be corrected for each sign, and a space for each gap. In a text of
// many marks, lines break at gaps, and each number is a whole.
function laidOut(text, correctable) {
  const isMany = [...text].filter((mark) => mark.trim()).length > MANY;
  const marks = [...text].map((mark) => {
    const className = isFigure(mark) ? "" : "sign";
    if (isFigure(mark) || (correctable && mark.trim())) return Object.assign(document.createElement("button"), { type: "button", tabIndex: -1, className, textContent: mark });
    return Object.assign(document.createElement("span"), { className, textContent: mark.trim() || (isMany ? " " : "\u00a0"), ariaHidden: "true" });
  });
  return isMany ? wholes(marks) : marks;
}

// Marks between two gaps go into one span.
function wholes(marks) {
  let whole = null;
  return marks.flatMap((mark) => {
    if (mark.textContent === " ") { whole = null; return [mark]; }
    const isNew = !whole;
    whole ??= Object.assign(document.createElement("span"), { className: "whole" });
    whole.append(mark);
    return isNew ? [whole] : [];
  });
}

export const isFigure = (mark) => /[0-9?]/.test(mark);

// Each bar is a button: it corrects the chosen digit, on the tabs where one is corrected. One of them takes Tab.
const bars = Array.from({ length: 10 }, (_, digit) => {
  const item = document.createElement("li");
  item.innerHTML = '<button type="button" tabindex="-1"><span class="rail"><span class="fill"></span></span></button>';
  item.firstChild.append(String(digit));
  $("bars").append(item);
  return item;
});
bars[0].firstChild.tabIndex = 0;
$("bars").addEventListener("keydown", (event) => {
  const all = bars.map((item) => item.firstChild);
  const next = all[all.indexOf(event.target) + ({ ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? NaN)];
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

export function state(name) {
  $("page").dataset.state = name;
}

// Whether Space is not needed by what has the focus; on a tab that is open already it does nothing.
export function isFree(event) {
  return !event.target.closest("button:not([role=tab]), a[href]");
}

// best: the digit that stands in the large figure, null where that is none; left out: nothing is shown.
export function showBars(probabilities, best) {
  bars.forEach((item, digit) => {
    item.classList.toggle("best", digit === best);
    item.querySelector(".fill").style.transform = `scaleY(${probabilities[digit]})`;
    const sure = percent(probabilities[digit], 0);
    const correct = best !== undefined && CORRECTED.includes($("page").dataset.tab) && digit !== best;
    item.firstChild.setAttribute("aria-label", correct ? t("answer.bar", { digit, sure }) : `${digit}: ${sure}`);
  });
  showOthers(best === undefined || !CORRECTED.includes($("page").dataset.tab) ? [] : likely(probabilities, best));
}

// The runners-up, the likeliest first, where there is any doubt.
function likely(probabilities, best) {
  const others = [...probabilities.keys()].filter((digit) => digit !== best && probabilities[digit] >= DOUBT);
  return others.sort((one, other) => probabilities[other] - probabilities[one]).slice(0, OTHERS).map((digit) => [digit, probabilities[digit]]);
}

// They stand under the words, and a tap corrects to them, like their bars.
function showOthers(others) {
  $("others").replaceChildren(...others.map(([digit, part]) => {
    const chip = document.createElement("button");
    const sure = document.createElement("span");
    chip.type = "button";
    sure.textContent = percent(part, 0);
    chip.append(String(digit), sure);
    chip.setAttribute("aria-label", t("answer.bar", { digit, sure: sure.textContent }));
    chip.addEventListener("click", () => bars[digit].firstChild.click());
    return chip;
  }));
}

export function showGlyph(base64) {
  const context = $("glyph").getContext("2d");
  const picture = context.createImageData(28, 28);
  const bytes = base64 ? atob(base64) : "";
  for (let i = 0; i < 784; i++) {
    const tone = base64 ? bytes.charCodeAt(i) : 0;
    picture.data.set([tone, tone, tone, 255], 4 * i);
  }
  context.putImageData(picture, 0, 0);
}

// The digits with the signs between them, as they were written, and corrected since.
export function written({ digits, written: text }) {
  const figures = digits.map(({ value, sign }) => value ?? (sign || "?"));
  if (text === undefined || digits.some(({ sign }) => sign)) return figures.join("");
  const alike = [...text].filter(isFigure).length === figures.length; // else it was corrected as a whole
  return alike ? text.replace(/[0-9?]/g, () => figures.shift()) : text;
}

// Of a written sum, what it comes to, or whether what was written behind it is right: what is seen, and what is only heard,
// for the result itself stands on the sheet. Nothing of what is no sum.
function solved({ sum }) {
  if (!sum || !settings.sums) return ["", ""];
  if (sum.right !== false) return sum.right ? [t("sum.right"), ""] : ["", t("sum.is", sum)];
  const seen = t("sum.wrong.seen"); // how the whole begins, in every language
  return [seen, t("sum.wrong", sum).slice(seen.length)];
}

// The number in the digits of another script, which run from left to right in all of them, and how sure a script is that was
// found, with the runner-up where there is one.
function native({ script = "western", scripts = [], native: text }) {
  const likely = scripts.slice(0, 2).filter(({ confidence }, place) => !place || confidence >= RIVAL);
  const found = likely.map((one) => t("script.found", { script: t(`script.${one.script}`), sure: percent(one.confidence, 0) })).join(", ");
  return [script === "western" ? "" : `\u2066${text}\u2069`, found].filter(Boolean).join(" · ");
}

// For what follows the answer: it was shown anew, or another digit of it was picked.
function changed() {
  document.dispatchEvent(new Event("answer"));
}

export class Answer {
  // onselect(place): a digit of the number was pointed at or focused; null: none is. onsign(place): a sign was.
  constructor(onselect, onsign) {
    Object.assign(this, { onselect, onsign });
    this.number = null;
    this.at = 0;
    this.sign = null; // the place of the sign that is chosen instead of a digit, or null
    document.addEventListener("settings", ({ detail }) => { if (detail === "sums" && this.number) this.show(this.number, this.at); });
    $("digit").addEventListener("pointerover", (event) => this.pointed(event));
    $("digit").addEventListener("focusin", (event) => this.pointed(event));
    $("digit").addEventListener("click", (event) => this.pointed(event));
    $("digit").addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const all = [...$("digit").querySelectorAll("button")];
      const next = step && all[all.indexOf(event.target) + step];
      if (next) { event.preventDefault(); next.focus(); }
    });
  }

  empty(words) {
    this.number = null;
    $("page").dataset.answered = "no";
    state("empty");
    this.spell({ digits: [] });
    $("percent").textContent = "";
    $("words").textContent = words;
    showBars(new Array(10).fill(0));
    showGlyph(null);
    changed();
  }

  // at: place of the digit whose bars are shown first.
  show(number, at = number.digits.length - 1) {
    const refused = number.digits.every((digit) => digit.value === null);
    this.number = number;
    $("page").dataset.answered = "yes";
    state(refused ? "refused" : number.verdict.kind === "sure" ? "read" : "unsure");
    this.spell(number);
    const [seen, heard] = solved(number);
    $("percent").textContent = seen || heard ? "" : sureOf(number);
    $("words").textContent = [verdict(number.verdict), native(number), seen].filter(Boolean).join(". ");
    if (heard) $("words").append(Object.assign(document.createElement("span"), { className: "hidden", textContent: (seen ? "" : ". ") + heard }));
    this.select(Math.min(Math.max(at, 0), number.digits.length - 1), false);
  }

  // The number in large figures, as it was written; each of several is a button.
  spell(number) {
    const place = $("digit");
    const { digits } = number;
    const text = written(number);
    const signs = [...text].filter((mark) => !isFigure(mark));
    const wide = signs.reduce((sum, mark) => sum + WIDTHS[Number(WIDE.includes(mark))], 0);
    place.dataset.written = text;
    place.dataset.result = settings.sums && number.sum?.right === null ? number.sum.result : ""; // which the sheet shows
    place.classList.toggle("many", digits.length + signs.length > MANY);
    place.style.setProperty("--count", Math.max(1, digits.length + wide));
    if (text.replace(/\s/g, "").length < 2 || digits.some(({ sign }) => sign)) { place.textContent = text; return; }
    const correctable = SIGNED.includes($("page").dataset.tab) && [...text].some(isFigure);
    const layout = text.replace(/[0-9?]/g, "0") + correctable;
    if (place.dataset.layout !== layout || this.buttons().length !== digits.length) {
      place.dataset.layout = layout;
      place.replaceChildren(...laidOut(text, correctable));
    }
    const buttons = this.buttons();
    buttons.slice(0, digits.length).forEach((button, i) => {
      button.textContent = digits[i].value ?? "?";
      const sure = sureOf(digits[i], 0);
      const value = digits[i].value ?? t("answer.none");
      const label = t("answer.digit", { place: i + 1, count: digits.length, value });
      button.setAttribute("aria-label", [label, sure].filter(Boolean).join(", "));
      button.title = [verdict(digits[i].verdict), sure].filter(Boolean).join(", ");
    });
    for (const button of this.signs()) button.setAttribute("aria-label", t("answer.sign", { sign: button.textContent }));
  }

  // The digits of a number of several marks, and the signs between them.
  buttons() { return [...$("digit").querySelectorAll("button:not(.sign)")]; }
  signs() { return [...$("digit").querySelectorAll("button.sign")]; }

  // Of all marks, this one is chosen.
  press(chosen) {
    for (const button of $("digit").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button === chosen));
      button.tabIndex = button === chosen ? 0 : -1;
    }
  }

  // sign: its place among the signs. It has no bars of digits.
  selectSign(sign) {
    this.sign = sign;
    this.press(this.signs()[sign]);
    showBars(new Array(10).fill(0));
    showGlyph(null);
    this.onsign(sign);
  }

  select(at, told = true) {
    const digit = this.number?.digits[at];
    if (!digit) return;
    this.at = at;
    this.sign = null;
    this.press(this.buttons()[at]);
    showBars(digit.probabilities, digit.value);
    showGlyph(digit.glyph);
    changed();
    if (told) this.onselect(at);
  }

  pointed(event) {
    const at = this.buttons().indexOf(event.target);
    const sign = this.signs().indexOf(event.target);
    if (at >= 0) this.select(at);
    else if (sign >= 0) this.selectSign(sign);
  }
}
