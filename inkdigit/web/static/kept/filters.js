// What is looked for in the gallery: text, a digit, how sure, when, which tag, and only those that were read wrong.
import { $ } from "../shared/answer.js";
import { make } from "../shared/dom.js";
import { t } from "../shared/words.js";

const TYPING = 200; // ms after the last letter before the search begins
const FIELDS = ["least", "most", "since", "until", "tag", "wrong"];
const DIGITS = 464; // pixels that the ten digits need side by side, with what is around them

export class Filters {
  // onchange(): something else is looked for.
  constructor(onchange) {
    this.onchange = onchange;
    this.digit = null;
    this.timer = 0;
    $("seek").addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.changed(), TYPING);
    });
    $("seek").addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "Enter") { event.preventDefault(); $("gallery").focus(); }
    });
    for (const name of FIELDS) $(`f-${name}`).addEventListener("change", () => this.changed());
    $("contains").append(...Array.from({ length: 10 }, (_, digit) => this.button(digit)));
    $("all").addEventListener("click", () => this.clear());
    $("filters").addEventListener("toggle", ({ newState }) => $("filter").setAttribute("aria-expanded", String(newState === "open")));
    new ResizeObserver(() => this.place()).observe($("kept"));
    document.addEventListener("words", () => this.label());
    this.place();
  }

  button(digit) {
    const button = make("button", { type: "button", "aria-pressed": "false" }, String(digit));
    button.addEventListener("click", () => { this.digit = this.digit === digit ? null : digit; this.changed(); });
    return button;
  }

  label() {
    $("seek").placeholder = t(this.isNarrow ? "kept.look.short" : "kept.look");
    [...$("contains").children].forEach((button, digit) => { button.title = t("kept.contains.one", { digit }); });
  }

  get isNarrow() { return $("kept").clientWidth < DIGITS; }

  // The ten digits stand over the gallery; where there is no room for them, they stand with the other filters.
  place() {
    this.label();
    const home = $(this.isNarrow ? "filters" : "looking");
    if ($("contains").parentNode === home) return;
    if (this.isNarrow) home.prepend($("contains"));
    else home.append($("contains"));
  }

  changed() {
    clearTimeout(this.timer);
    [...$("contains").children].forEach((button, digit) => button.setAttribute("aria-pressed", String(digit === this.digit)));
    const more = FIELDS.filter((name) => this.value(name)).length + (this.isNarrow && this.digit !== null ? 1 : 0);
    $("filter").dataset.count = more || "";
    $("filter").setAttribute("aria-label", more ? t("kept.filters.set", { count: more }) : t("kept.filters"));
    $("all").setAttribute("aria-disabled", String(!this.any));
    this.onchange();
  }

  value(name) {
    const field = $(`f-${name}`);
    return field.type === "checkbox" ? (field.checked ? "true" : "") : field.validity.valid ? field.value.trim() : "";
  }

  get any() { return this.query().size > 0; }

  // The search as the server takes it. A day is the day of the person's own clock; shares are of 1.
  query() {
    const share = (text) => (text === "" ? "" : String(Number(text) / 100));
    const day = (text, after) => {
      if (!text) return "";
      const [year, month, date] = text.split("-").map(Number);
      return new Date(new Date(year, month - 1, date + after).getTime() - after).toISOString();
    };
    const found = {
      text: $("seek").value.trim(), digit: this.digit ?? "", least: share(this.value("least")), most: share(this.value("most")),
      since: day(this.value("since"), 0), until: day(this.value("until"), 1), tag: this.value("tag"), wrong: this.value("wrong"),
    };
    return new URLSearchParams(Object.entries(found).filter(([, value]) => value !== ""));
  }

  clear() {
    this.digit = null;
    $("seek").value = "";
    for (const name of FIELDS) { $(`f-${name}`).value = ""; $(`f-${name}`).checked = false; }
    this.changed();
  }
}
