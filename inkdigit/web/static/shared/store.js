// The store behind the page: what is asked of it, and telling other tabs that it has changed.
import { $ } from "./answer.js";
import { make } from "./dom.js";
import { sorry, t } from "./words.js";

const OFFERED = 10_000; // ms for which a notice offers to undo
const channel = new BroadcastChannel("inkdigit.kept");

// What the store said instead of an answer; `status` 0: it could not be reached.
export class Refused extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

// One request about kept drawings. json: an object to send; body: a file. Throws Refused, with words for the person.
export function ask(path, about) { return asked(`/api/kept${path}`, about); }

// The same of what was learned.
export function askHand(path, about) { return asked(`/api/hand${path}`, about); }

async function asked(path, { json, body, method = json || body ? "POST" : "GET" } = {}) {
  const request = json
    ? { method, headers: { "content-type": "application/json" }, body: JSON.stringify(json) }
    : { method, body };
  let response, answer;
  try {
    response = await fetch(path, request);
    answer = await response.json();
  } catch {
    throw new Refused(t("kept.gone"));
  }
  if (!response.ok) throw new Refused(sorry(answer.error ?? {}), response.status);
  return answer;
}

// The store has changed: this tab and the others may look again. what: { deleted: [id], restored: [id] } where known.
export function changed(what = {}) {
  document.dispatchEvent(new CustomEvent("kept", { detail: what }));
  channel.postMessage(what);
}

channel.addEventListener("message", ({ data }) => document.dispatchEvent(new CustomEvent("kept", { detail: data })));

// A notice with a button: to undo what was done (good), or to try again what was not.
export function offer(notice, text, good, word, action) {
  notice(text, good, OFFERED);
  offerIn($("notice"), word, () => { notice(""); action(); });
}

// The button of such a notice, in any place.
export function offerIn(place, word, action) {
  const button = make("button", { type: "button", class: "offer" }, word);
  button.addEventListener("click", action);
  place.append(" ", button);
  return button;
}

// Does something with the store; when it fails, says why and offers to try again. True when it was done.
// lead: what was not done, before the reason.
export async function attempt(notice, action, lead = "") {
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    offer(notice, [lead, error.message].filter(Boolean).join(" "), false, t("kept.again"), () => attempt(notice, action, lead));
    return false;
  }
}
