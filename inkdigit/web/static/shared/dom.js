// Small parts of the panels: elements, bytes and style sheets.

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
