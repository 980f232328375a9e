/*
 * The courier's service worker. The lines above this file (SHELL, VERSION, PAGE) are written by the server.
 * It keeps the page and its files; data and commands are the page's own business (IndexedDB and the outbox).
 */
const CACHE = `courier-${VERSION}`;

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL.map((url) => new Request(url, { cache: "reload" }))))
      .then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("courier-") && name !== CACHE && name !== "courier-page").map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete("courier-page"));
});

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && url.pathname === PAGE) event.respondWith(page(event.request));
  else if (SHELL.includes(url.pathname)) event.respondWith(file(event.request, url.pathname));
});

/* The network's page when it comes within three seconds, else the kept one: a weak signal must not stop the work. */
async function page(request) {
  const cache = await caches.open("courier-page");
  const fresh = fetch(request).then(async (response) => {
    if (response.ok && !response.redirected) await cache.put(PAGE, response.clone());
    return response;
  });
  const kept = await cache.match(PAGE);
  if (!kept) return fresh;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), 3000));
  return Promise.race([fresh.catch(() => kept), late]);
}

async function file(request, path) {
  const kept = await caches.match(path, { cacheName: CACHE });
  return kept || fetch(request);
}
