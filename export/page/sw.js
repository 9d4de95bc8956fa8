// Keeps the whole folder, so that the page works offline once it was loaded.

importScripts("files.js"); // VERSION and FILES, written at export

const PREFIX = `coverzoo ${self.registration.scope} `; // other exports may share the origin
const CACHE = PREFIX + self.VERSION;

self.addEventListener("install", (event) => {
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forget().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(answer(event.request));
});

async function keep() {
  const cache = await caches.open(CACHE);
  // Past the HTTP cache, which may hold files of an earlier export.
  await cache.addAll(self.FILES.map((file) => new Request(file, { cache: "no-cache" })));
}

async function forget() {
  const old = (await caches.keys()).filter((key) => key.startsWith(PREFIX) && key !== CACHE);
  await Promise.all(old.map((key) => caches.delete(key)));
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}
