// Keeping the picture that is shown, with what was corrected on it.
import { ask, attempt, changed } from "../shared/store.js";
import { t } from "../shared/words.js";

const said = new WeakMap(); // file -> the labels that the store has

// picture: the room, with its file, numbers, keep and notice.
export async function keepPicture({ file, page, numbers, keep, notice }) {
  if (!file || keep.busy) return;
  const labels = numbers.some((number) => number.corrected) ? numbers.flatMap((number) => number.digits.map((digit) => digit.value)) : null;
  const known = keep.idOf(file);
  if (known) {
    if (labels && labels.join() !== said.get(file)) return correct(notice, file, known, labels);
    return notice(t("kept.already"), true);
  }
  const at = new Date().toISOString();
  const title = page.name.replace(/\.\w+$/, "").slice(0, 100);
  const made = await keep.keep(file, () => ask(`?${new URLSearchParams({ title, at, ...page.read })}`, { body: file }), at);
  if (made && labels) await correct(notice, file, made.id, labels, made);
}

// What was corrected on the picture is corrected in the store too, where both have as many digits.
async function correct(notice, file, id, labels, made = null) {
  await attempt(notice, async () => {
    const { digits } = made ?? (await ask(`/${id}`));
    if (digits.length !== labels.length) return;
    const correct = digits.map((digit, i) => (digit.value === labels[i] ? null : labels[i] ?? 10));
    await ask(`/${id}`, { method: "PATCH", json: { correct } });
    said.set(file, labels.join());
    changed();
    if (!made) notice(t("kept.kept"), true);
  });
}
