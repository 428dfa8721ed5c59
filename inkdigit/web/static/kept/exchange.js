// Drawings leave the gallery as files and on paper, and come in from files.
import { $, sureOf } from "../shared/answer.js";
import { reading, moment, shot } from "./detail.js";
import { ask, attempt, offer, Refused } from "../shared/store.js";
import { make, reveal } from "../shared/dom.js";
import { printed } from "../shared/printing.js";
import { drawn } from "../shared/drawing.js";
import { sorry, t } from "../shared/words.js";

const FORMATS = ["table", "png", "svg", "json", "idx", "csv", "npz"];
const AT_ONCE = 4; // drawings that are asked for together

export class Exchange {
  constructor(gallery) {
    this.gallery = gallery;
    this.notice = gallery.notice;
    $("formats").append(...FORMATS.map((name) => this.link(name)));
    $("export").addEventListener("click", (event) => { if ($("export").getAttribute("aria-disabled") === "true") event.preventDefault(); });
    $("exports").addEventListener("beforetoggle", ({ newState }) => { if (newState === "open") this.offerExport(); });
    $("exports").addEventListener("change", () => this.aim());
    for (const [button, panel] of [["export", "exports"], ["filter", "filters"], ["correct", "labels"]]) {
      $(panel).addEventListener("beforetoggle", () => { $(panel).style.visibility = "hidden"; }); // until it has its place
      $(panel).addEventListener("toggle", ({ newState }) => { if (newState === "open") beside($(button), $(panel)); });
    }
    $("print").addEventListener("click", () => this.print());
    $("import").addEventListener("click", () => $("imported").click());
    $("imported").addEventListener("change", () => { this.take([...$("imported").files]); $("imported").value = ""; });
    $("brought-close").addEventListener("click", () => { $("brought").hidden = true; $("gallery").focus(); });
    // Before the picture tab, which takes what is dropped elsewhere.
    document.addEventListener("drop", (event) => {
      if (!gallery.shown || !event.dataTransfer.files.length) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.take([...event.dataTransfer.files]);
    }, true);
    addEventListener("beforeprint", () => this.beforePrint());
    addEventListener("afterprint", () => { this.ready = false; });
  }

  // --- out -----------------------------------------------------------------------------------------------------------
  link(name) {
    const link = make("a", { download: "", "data-as": name }, make("b"), make("span"));
    link.addEventListener("click", () => $("exports").hidePopover());
    return link;
  }

  offerExport() {
    const { selected, total, filters, picked } = this.gallery;
    $("e-selected").parentNode.lastElementChild.textContent = t("kept.export.selected", { count: selected.size });
    $("e-all").parentNode.lastElementChild.textContent = t(filters.any ? "kept.export.found" : "kept.export.all", { count: total });
    $(picked && selected.size > 0 && selected.size < total ? "e-selected" : "e-all").checked = true;
    $("e-selected").disabled = !selected.size;
    for (const link of $("formats").children) {
      link.firstChild.textContent = t(`kept.as.${link.dataset.as}`);
      link.lastChild.textContent = t(`kept.as.${link.dataset.as}.about`);
    }
    this.aim();
  }

  aim() {
    for (const link of $("formats").children) {
      const query = $("e-all").checked ? this.gallery.filters.query() : new URLSearchParams({ ids: [...this.gallery.selected].join(",") });
      query.set("as", link.dataset.as);
      link.href = `/api/kept/export?${query.toString().replaceAll("%2C", ",")}`;
    }
  }

  // --- on paper --------------------------------------------------------------------------------------------------------
  // Prints those that are selected, each with its reading. Their strokes come first.
  print() {
    const those = [...this.gallery.those];
    if (!those.length) return;
    return attempt(this.notice, async () => {
      const whole = new Map();
      for (let i = 0; i < those.length; i += AT_ONCE) {
        for (const one of await Promise.all(those.slice(i, i + AT_ONCE).map(({ id }) => ask(`/${id}`)))) whole.set(one.id, one);
      }
      this.fill(those, (one) => whole.get(one.id)?.strokes);
      await Promise.all([...$("prints").querySelectorAll("img")].map((image) => image.decode().catch(() => {})));
      this.ready = true;
      print();
    });
  }

  // The browser's own print command: what is known is printed.
  beforePrint() {
    if (this.ready || !this.gallery.shown) return;
    this.fill(this.gallery.those, (one) => this.gallery.chosen.whole.get(one.id)?.strokes);
  }

  fill(those, strokesOf) {
    $("prints").replaceChildren(...those.map((one) => {
      const strokes = strokesOf(one);
      return printed(strokes ? drawn(strokes) : shot(one, true), reading(one), [one.title, sureOf(one), moment(one.at)]);
    }));
  }

  // --- in ------------------------------------------------------------------------------------------------------------
  // Sends files one after the other, and lists what came of each.
  async take(files) {
    if (!files.length) return;
    $("brought").hidden = false;
    $("brought-list").replaceChildren();
    const ids = [];
    for (const file of files) {
      const said = make("span", {}, t("kept.import.reading"));
      const row = make("li", {}, file.name || t("kept.file"), said);
      $("brought-list").append(row);
      reveal(row);
      ids.push(...(await this.send(file, row, said)));
    }
    await this.gallery.search();
    this.gallery.tell({});
    if (ids.length) this.offerUndo(ids);
  }

  // -> ids of what came in
  async send(file, row, said) {
    try {
      if (!file.size) throw new Refused(sorry({ kind: "empty" }));
      const body = new FormData();
      body.append("file", file);
      const { kept, known, left_out: left } = await ask("/import", { body });
      const words = [t(kept.length === 1 ? "kept.import.one" : "kept.import.kept", { count: kept.length })];
      if (known) words.push(t("kept.import.known", { count: known }));
      said.textContent = words.join(", ");
      if (left.length) row.append(make("small", {}, t("kept.import.left", { what: left.join(", ") })));
      return kept;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      row.classList.add("bad");
      said.textContent = error.message;
      return [];
    }
  }

  offerUndo(ids) {
    const back = async () => {
      const { deleted } = await ask("/delete", { json: { ids } });
      this.gallery.tell({ deleted });
      await this.gallery.search();
    };
    this.gallery.did(back);
    offer(this.notice, t("kept.import.done", { count: ids.length }), true, t("kept.undo"), () => this.gallery.back());
  }
}

// Puts a panel over or under its button, within the window.
function beside(button, panel) {
  const { left, top, bottom, right } = button.getBoundingClientRect();
  const { offsetWidth: wide, offsetHeight: high } = panel;
  const above = Math.min(top, innerHeight) - high - 8;
  panel.style.left = `${Math.max(8, Math.min(left + wide <= innerWidth - 8 ? left : right - wide, innerWidth - wide - 8))}px`;
  panel.style.top = `${Math.max(8, bottom + 8 + high <= innerHeight ? bottom + 8 : above)}px`;
  panel.style.visibility = "";
}
