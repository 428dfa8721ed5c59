// The list of what was learned: each lesson can be taken back, and all of them at once; both can be undone.
import { $ } from "../shared/answer.js";
import { make } from "../shared/dom.js";
import { both } from "../shared/scripts.js";
import { Refused, ask, askHand, changed, offerIn } from "../shared/store.js";
import { t } from "../shared/words.js";

let ready = false;

export async function open() {
  if (!ready) {
    ready = true;
    $("lessons").querySelector(".close").addEventListener("click", () => $("lessons").close());
    $("forget-hand").addEventListener("click", () => doing(forget));
    document.addEventListener("words", () => { if ($("lessons").open) fill(); });
  }
  $("lessons-said").textContent = "";
  await fill();
  $("lessons").style.height = "";
  $("lessons").showModal();
  $("lessons").style.height = `${$("lessons").offsetHeight}px`; // it stays where it is when its list becomes shorter
}

async function fill() {
  let lessons = [];
  try {
    ({ lessons } = await askHand("/lessons"));
    $("lessons-about").textContent = t(lessons.length ? "lessons.about" : "lessons.none");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    $("lessons-about").textContent = error.message;
  }
  $("taught").replaceChildren(...lessons.map(row));
  $("forget-hand").hidden = !lessons.length;
}

function row(lesson) {
  const { id, shown, text, alone, script, native } = lesson;
  const label = [...shown].every((mark) => mark === "?") ? t("answer.none") : shown;
  const said = label === shown ? both(script, native, shown) : label;
  const was = text === "?" ? t("answer.none") : text;
  const back = make("button", { type: "button", "aria-label": t("lessons.back.label", { label: said }) }, t("lessons.back"));
  back.addEventListener("click", () => doing(() => take(lesson)));
  const about = [was === label ? "" : t("lessons.was", { text: was }), alone ? t("lessons.alone") : ""].filter(Boolean);
  return make("li", {}, make("img", { src: `/api/kept/${id}.png`, alt: "" }),
    make("div", {}, make("b", {}, said), ...about.map((line) => make("span", {}, line))), back);
}

// What was corrected is so no more; what was written only to be learned goes.
async function take({ id, tags, digits }) {
  const written = tags.includes("my hand");
  const labels = digits.map(({ correct }) => correct);
  if (written) await ask("/delete", { json: { ids: [id] } });
  else await ask(`/${id}`, { method: "PATCH", json: { correct: labels.map(() => null) } });
  return { word: t("teach.forgotten"), back: () => bring(written ? [id] : [], written ? [] : [{ id, correct: labels }]) };
}

async function forget() {
  const { deleted, taken_back: taken } = await askHand("/forget", { json: {} });
  return { word: t("lessons.forgotten"), back: () => bring(deleted, taken) };
}

async function bring(deleted, taken) {
  if (deleted.length) await ask("/restore", { json: { ids: deleted } });
  for (const { id, correct } of taken) await ask(`/${id}`, { method: "PATCH", json: { correct } });
}

// Does something, shows what is left, and offers to undo it. Focus stays in the dialog.
async function doing(action) {
  try {
    const done = await action();
    changed();
    await fill();
    $("lessons-said").textContent = done?.word ?? t("kept.undone");
    if (done) offerIn($("lessons-said"), t("kept.undo"), () => doing(done.back)).focus();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    $("lessons-said").textContent = error.message;
  }
}
