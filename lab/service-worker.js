// Keeps the lab for use offline. The build fills in what there is to keep.
const cacheName = `ockham-lab-${"version"}`;
const files = [
  /* files */
];

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(files))
      .then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(
          names
            .filter((name) => name.startsWith("ockham-lab-") && name !== cacheName)
            .map((name) => caches.delete(name)),
        ),
      )
      .then(() => clients.claim()),
  );
});

// What was kept is the version that it was kept with; what was not is fetched and kept.
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith(
    caches.open(cacheName).then(async (cache) => {
      const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
      if (kept !== undefined) return kept;
      const response = await fetch(request);
      if (response.status === 200 && response.type === "basic") await cache.put(request, response.clone());
      return response;
    }),
  );
});
