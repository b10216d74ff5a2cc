import type { LongCallOptions } from "ockham";

const urls = import.meta.glob<string>("../../papers/*/assets/*", {
  query: "?url",
  import: "default",
});

/** Fetches a file that a paper's demo needs, from the lab itself. */
export async function assetOf(
  paper: string,
  name: string,
  onProgress: NonNullable<LongCallOptions["onProgress"]>,
): Promise<Uint8Array<ArrayBuffer>> {
  const load = urls[`../../papers/${paper}/assets/${name}`];
  if (load === undefined) throw new Error(`the lab has no file ${name} of ${paper}`);
  const response = await fetch(await load());
  if (!response.ok || response.body === null)
    throw new Error(`${name} could not be loaded (${response.status}); reload the page to try again`);
  const total = Number(response.headers.get("Content-Length") ?? 0);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  const reader = response.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    done += next.value.length;
    onProgress({ done, total: Math.max(total, done), stage: `loading ${name}` });
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
