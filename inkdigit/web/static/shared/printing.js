// What goes on paper.
import { make } from "./dom.js";
import { t } from "./words.js";

// A drawing on paper: its picture, and under it what it reads.
export function printed(picture, text, about) {
  const lines = about.filter(Boolean).map((line) => make("span", {}, line));
  return make("figure", {}, picture, make("figcaption", {}, make("b", {}, text || t("kept.nothing")), ...lines));
}
