import { wrap } from "comlink";
import type { MeaningWorker } from "./meaning-worker.ts";

/** Starts the worker that searches by meaning; resolves when its index is built. */
export async function meaningSearch(): Promise<(text: string) => Promise<readonly number[]>> {
  const worker = new Worker(new URL("./meaning-worker.ts", import.meta.url), { type: "module" });
  const remote = wrap<MeaningWorker>(worker);
  await remote.ready();
  return (text) => remote.find(text);
}
