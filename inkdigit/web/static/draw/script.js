// A drawing that is no western number may be one of another script: it is asked for once, and offered.
import { $ } from "../shared/answer.js";
import { titleOf } from "../shared/scripts.js";
import { set } from "../shared/settings.js";
import { offer } from "../shared/store.js";
import { percent, t } from "../shared/words.js";

const REST = 700; // ms without a change before it is asked
const LIKELY = 0.5; // chance from which a script is offered,
const LEADS = 1.5; // where it is so many times as likely as the next
let waiting = 0;

export function ask(sheet, notice) {
  clearTimeout(waiting);
  const { strokes } = sheet;
  waiting = setTimeout(async () => {
    if (sheet.isBlank || sheet.isDrawing || sheet.strokes !== strokes) return;
    const body = JSON.stringify({ strokes: sheet.all().map((stroke) => stroke.points), script: "auto" });
    const answer = await fetch("/api/ink", { method: "POST", headers: { "content-type": "application/json" }, body });
    const found = await answer.json();
    const [best, next] = found.scripts ?? [];
    if ($("notice").textContent) return; // something was said or asked meanwhile, which an offer shall not take away
    if (sheet.strokes !== strokes || !best || best.script === "western" || best.confidence < LIKELY || best.confidence < LEADS * (next?.confidence ?? 0) || found.text.includes("?")) return;
    const words = { script: titleOf(best.script), sure: percent(best.confidence, 0), native: found.native };
    offer(notice, t("script.looks", words), true, t("script.read"), () => set("script", best.script));
  }, REST);
}
