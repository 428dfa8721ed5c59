// Which touches are a hand that rests on the screen, and not a finger that draws.
import { settings } from "../shared/settings.js";

const HAND = 60; // CSS pixels: a contact wider or higher is no fingertip
const AFTER = 1000; // ms after the pen has gone in which a touch is the hand that held it
const STILL = 3000; // ms without news of a pen that hovers: then it has gone without a word

export class Palm {
  constructor() {
    this.near = false; // a pen touches the sheet or hovers over it
    this.last = -Infinity; // time stamp of its last event
  }

  // Every pointer event of the sheet comes here first.
  note(event) {
    if (event.pointerType !== "pen") return;
    this.near = event.type !== "pointerleave" && event.type !== "pointercancel";
    this.last = event.timeStamp;
  }

  // True for a contact that must leave no ink.
  refuses(event) {
    if (event.pointerType !== "touch") return false;
    const since = event.timeStamp - this.last;
    return settings.penOnly || isHand(event) || since < (this.near ? STILL : AFTER);
  }
}

export function isHand({ pointerType, width, height }) {
  return pointerType === "touch" && (width > HAND || height > HAND);
}
