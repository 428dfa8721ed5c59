// Keeps the page, so that it opens while the server does not answer. The server fills in the two constants
// (web/offline.py): all files of the page, and a name that changes with their content.
//
// The server is asked first, and what it says counts. The kept files are one whole set, taken when this worker was
// installed: a page is never put together from two versions. What is under /api is never kept.
const VERSION = "";
const FILES = [];
const OURS = "inkdigit-";
const PATIENCE = 3000; // ms that a server gets which takes the call and says nothing

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method === "GET" && origin === location.origin && FILES.includes(pathname)) {
    event.respondWith(answer(event.request, pathname));
  }
});

async function keep() {
  const cache = await caches.open(OURS + VERSION);
  await cache.addAll(FILES.map((path) => new Request(path, { cache: "reload" })));
  await self.skipWaiting();
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== OURS + VERSION);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(request, path) {
  const kept = await caches.match(path);
  if (!kept) return fetch(request);
  const silence = new Promise((_, late) => { setTimeout(late, PATIENCE); });
  try {
    return await Promise.race([fetch(request), silence]);
  } catch {
    return kept;
  }
}
