import { cacheFolder } from "ockham/data";
import { loadCheckpoint, saveCheckpoint } from "ockham/nn";

/** Trained parameters from the cache folder; trained and put there on first use. The name changes with the recipe. */
export async function cachedNetwork<P>(name: string, initial: P, train: () => Promise<P>): Promise<P> {
  const { mkdirSync } = await import("node:fs");
  const folder = `${cacheFolder()}/networks`;
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/${name}.safetensors`;
  const kept = await loadCheckpoint(path, initial);
  if (kept !== undefined) return kept.tree;
  const trained = await train();
  await saveCheckpoint(path, trained, {});
  return trained;
}
