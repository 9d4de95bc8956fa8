// Caches the whole folder, so that the page works offline after the first visit.

importScripts("files.js"); // VERSION and FILES, written at export

const PREFIX = `coverzoo ${self.registration.scope} `; // other exports may share the origin
const CACHE = PREFIX + self.VERSION;

self.addEventListener("install", (event) => {
  event.waitUntil(cacheFiles());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(deleteOldCaches().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(respond(event.request));
});

async function cacheFiles() {
  const cache = await caches.open(CACHE);
  // Not from the HTTP cache, which may have files of an earlier export.
  await cache.addAll(self.FILES.map((file) => new Request(file, { cache: "no-cache" })));
}

async function deleteOldCaches() {
  const old = (await caches.keys()).filter((key) => key.startsWith(PREFIX) && key !== CACHE);
  await Promise.all(old.map((key) => caches.delete(key)));
}

async function respond(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}
