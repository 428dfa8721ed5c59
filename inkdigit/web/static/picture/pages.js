// Files -> pages to be read: a picture is one page, a PDF or a TIFF may have many; and the strip that shows them.
import { $ } from "../shared/answer.js";
import { make, reveal } from "../shared/dom.js";
import { settings } from "../shared/settings.js";
import { sorry, t } from "../shared/words.js";

const LARGEST = 2400; // pixels of the longer side, shown; it is sent as it is
const THUMB = 96; // pixels of the longer side of a small picture

// Each page of the files in turn: { file, name, bitmap, error }. What cannot be opened has an error in its place.
export async function* pagesOf(files) {
  for (const file of files) {
    if (!file.size) {
      yield { file, name: file.name ?? "", error: sorry({ kind: "empty" }) };
      continue;
    }
    if (!(await isDocument(file))) {
      yield { file, name: file.name ?? "", bitmap: await seen(file) };
      continue;
    }
    for (let number = 1, count = 1; number <= count; number++) {
      const page = await pageOf(file, number);
      count = page.count ?? count;
      yield page;
    }
  }
}

async function isDocument(file) {
  const head = new TextDecoder("latin1").decode(await file.slice(0, 1024).arrayBuffer().catch(() => new ArrayBuffer(0)));
  return head.trimStart().startsWith("%PDF-") || head.startsWith("II*\0") || head.startsWith("MM\0*");
}

async function pageOf(file, number) {
  const stem = (file.name ?? "").replace(/\.\w+$/, "");
  try {
    const response = await fetch(`/api/page?page=${number}`, { method: "POST", body: file });
    if (!response.ok) {
      const error = (await response.json()).error ?? {};
      return { file, name: file.name, error: error.kind === "error" ? t("picture.no-pdf") : sorry(error) }; // a part to install is missing
    }
    const count = Number(response.headers.get("x-pages"));
    const name = count > 1 ? `${stem} ${number}` : stem;
    const picture = new File([await response.blob()], `${name}.png`, { type: "image/png" });
    return { file: picture, name, count, bitmap: await seen(picture) };
  } catch {
    return { file, name: file.name, error: t("picture.gone") };
  }
}

// The picture as it is shown, or null where the browser cannot: then the reader says what is wrong with it.
async function seen(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
    return shrunk(bitmap, Math.max(2, Math.round(bitmap.width * scale)), Math.max(2, Math.round(bitmap.height * scale)));
  } catch { return null; }
}

function shrunk(bitmap, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

// Reads a page and puts into it what was found on it, and how it was read.
export async function readPage(page) {
  page.read = { personal: settings.learn, script: settings.script };
  try {
    const response = await fetch(`/api/read?${new URLSearchParams({ glyphs: true, ...page.read })}`, { method: "POST", body: page.file });
    const answer = await response.json();
    if (answer.error) page.error = sorry(answer.error);
    else Object.assign(page, { numbers: answer.numbers, size: answer.size, none: answer.dense ? "picture.dense" : "picture.none" });
  } catch {
    page.error = t("picture.gone");
  }
}

// The strip of small pictures under the large one; there is none for a single page.
export class Strip {
  // onturn(at): a page was pointed at.
  constructor(onturn) {
    $("strip").addEventListener("click", (event) => {
      const at = [...$("strip").children].indexOf(event.target.closest("button"));
      if (at >= 0) onturn(at);
    });
    $("strip").addEventListener("keydown", (event) => {
      const all = [...$("strip").children];
      const next = all[all.indexOf(event.target) + ({ ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? NaN)];
      if (next) { event.preventDefault(); next.focus(); next.click(); }
    });
  }

  // more: others are on their way; their place is kept.
  show(pages, at, more) {
    const strip = $("strip");
    strip.hidden = pages.length < 2 && !more;
    if (strip.hidden) return strip.replaceChildren();
    while (strip.children.length > pages.length) strip.lastChild.remove();
    pages.forEach((page, i) => {
      const button = strip.children[i] ?? strip.appendChild(make("button", { type: "button" }));
      if (button.page !== page) {
        button.page = page;
        button.replaceChildren(...(page.bitmap ? [thumb(page.bitmap)] : []), make("span", {}, ""));
      }
      const count = page.numbers?.length ?? 0;
      const said = page.error ? t("picture.failed") : !page.done ? t("answer.reading") : t(count === 1 ? "picture.one" : "picture.count", { count });
      button.lastChild.textContent = page.error ? "!" : page.done ? String(count) : "…";
      button.setAttribute("aria-label", `${page.name}: ${said}`);
      button.title = `${page.name}: ${said}`;
      button.setAttribute("aria-current", String(i === at));
      if (i === at) reveal(button);
    });
  }
}

function thumb(bitmap) {
  const scale = THUMB / Math.max(bitmap.width, bitmap.height);
  return shrunk(bitmap, Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
}
