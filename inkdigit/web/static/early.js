// Runs before the first paint, so that theme, hand and language do not flash. settings.js and words.js go on from here.
// A classic script: a module would run after the page has been parsed.
(() => {
  const KEY = "inkdigit.settings";
  const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", hi: "हिन्दी" };
  const DESK = { light: "#f3f3f1", dark: "#151517" }; // --desk in style.css
  const LONGEST = { page: 300, words: 3000 }; // ms for which the page, and then its texts alone, wait for their language
  // Every setting with what it may be; the first is what it is until somebody chooses.
  const CHOICES = {
    theme: ["system", "light", "dark"],
    hand: ["right", "left"],
    language: ["", ...Object.keys(LANGUAGES)], // "": as the browser
    pen: ["medium", "fine", "broad"],
    pressure: [true, false], // a pen's pressure changes the width
    penOnly: [false, true], // fingers do not draw
    letters: [true, false], // letters alone are shortcuts
    keep: [true, false], // the drawing outlives the page
    learn: [false, true], // corrected drawings are kept, and the reader learns from them
    script: ["", ..."auto mixed western arabic-indic persian devanagari bengali gujarati gurmukhi odia telugu kannada tibetan thai burmese chinese".split(" ")], // "": as the server reads
    sums: [true, false], // what a written sum comes to is shown
  };

  // What was chosen here before. Broken, foreign or forbidden storage gives what nobody has chosen.
  function read() {
    let kept = {};
    try { kept = JSON.parse(localStorage.getItem(KEY)) ?? {}; } catch { /* forbidden, or not JSON */ }
    return Object.fromEntries(Object.entries(CHOICES).map(([name, all]) => [name, all.includes(kept[name]) ? kept[name] : all[0]]));
  }

  // The language chosen, else the first of the browser's that there is.
  function language() {
    const wanted = [early.values.language, ...navigator.languages.map((one) => one.slice(0, 2)), "en"];
    return wanted.find((one) => Object.hasOwn(LANGUAGES, one));
  }

  // Puts the settings that style.css follows on <html>.
  function apply() {
    const { theme, hand } = early.values;
    Object.assign(document.documentElement.dataset, { theme, hand });
    for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
      meta.content = DESK[theme] ?? DESK[meta.media.includes("dark") ? "dark" : "light"];
    }
  }

  const early = { KEY, LANGUAGES, CHOICES, values: read(), read, language, apply };
  globalThis.early = early;
  try { document.documentElement.dataset.first = localStorage.getItem("inkdigit.drawn") ? "no" : "yes"; } catch { /* forbidden */ }
  apply();
  const own = language();
  document.documentElement.lang = own;
  if (own === "en") return;
  const words = Object.assign(document.createElement("link"), { rel: "preload", as: "fetch", crossOrigin: "", href: `/static/words/${own}.json` });
  document.head.append(words);
  const waits = document.documentElement.dataset;
  waits.waiting = "page"; // words.js ends it
  setTimeout(() => { if (waits.waiting) waits.waiting = "words"; }, LONGEST.page);
  setTimeout(() => { delete waits.waiting; }, LONGEST.words);
})();
