// Service worker of the phone page: keeps what reading on this phone needs, so that it also reads without the computer.
//
// The page fills the cache (publisher.js), because only it has the token. Files whose address changes with their content
// come from the cache; everything else from the computer while it responds.

const CACHE = "streamsign-phone-1";
const FOREVER = /^\/on-device\/(graphs|runtime)\//;
/** A computer on the same network answers within this time; without an answer the page opens from the cache. */
const PATIENCE_MS = 3000;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("fetch", (event) => {
  const ours = new URL(event.request.url).origin === location.origin;
  if (ours && event.request.method === "GET") event.respondWith(answer(event.request));
});

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith("streamsign-phone-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
}

async function answer(request) {
  const { pathname } = new URL(request.url);
  const ignoreSearch = !pathname.startsWith("/on-device");
  const found = await (await caches.open(CACHE)).match(request, { ignoreSearch, ignoreVary: true });
  if (!found) return fetch(request);
  if (FOREVER.test(pathname)) return found;
  const patience = new Promise((give) => setTimeout(give, PATIENCE_MS, found));
  // A proxy in front of a computer that is away answers 502 to 504.
  const answered = fetch(request).then((response) => (response.status < 502 ? response : found));
  return Promise.race([answered.catch(() => found), patience]);
}
