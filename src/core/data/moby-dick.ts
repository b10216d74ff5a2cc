import { readBytes } from "../io/index.ts";
import type { LongCallOptions } from "../progress.ts";
import { fetchDataset } from "./fetch-dataset.ts";

/** Loads the text of Moby Dick, 1.2 million characters. */
export async function loadMobyDick(options: LongCallOptions = {}): Promise<string> {
  const { files } = await fetchDataset("moby-dick", options);
  return new TextDecoder().decode(await readBytes(files["moby-dick/data/data.txt"]!));
}
