// Small parts of the panels: elements, bytes, style sheets, and the HTML of rooms.
import { translate } from "./words.js";

// make("button", { type: "button" }, "Text", child) -> the element.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function bytes(base64) {
  return Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
}

export function base64(content) {
  return btoa(String.fromCharCode(...content));
}

// Loads a style sheet of a room that is wanted now; resolves when it counts.
export function styles(name) {
  const href = `/static/${name}.css`;
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((done, failed) => {
    const link = make("link", { rel: "stylesheet", href });
    link.onload = done;
    link.onerror = () => { link.remove(); failed(new Error(href)); };
    document.head.append(link);
  });
}

// Scrolls a list to one of its items, and nothing around the list.
export function reveal(item) {
  const list = item.parentElement;
  const [around, own] = [list.getBoundingClientRect(), item.getBoundingClientRect()];
  list.scrollTop += Math.min(0, own.top - around.top) || Math.max(0, own.bottom - around.bottom);
  list.scrollLeft += Math.min(0, own.left - around.left) || Math.max(0, own.right - around.right);
}

const there = new Set(); // names of the HTML that is on the page

// Brings a room: its style sheets, its code, and its HTML, of which each <template data-into="id"> goes into that element.
// The HTML comes last and at once, so that who waits for the code finds it, and nobody meets elements that do nothing yet.
export async function brought({ html = [], css = [] }, load) {
  const [code, parts] = await Promise.all([load(), Promise.all(html.map(templates)), ...css.map(styles)]);
  html.forEach((name, i) => {
    if (there.has(name)) return;
    there.add(name);
    for (const { content, dataset } of parts[i]) {
      translate(content);
      document.getElementById(dataset.into).append(document.adoptNode(content));
    }
  });
  return code;
}

async function templates(name) {
  if (there.has(name)) return [];
  const answer = await fetch(`/static/${name}.html`);
  if (!answer.ok) throw new Error(name);
  return new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("template");
}
