import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";

export interface WordEncoderOptions {
  /** The first words, being the most frequent, carry no meaning and are passed over; default 100. */
  readonly skip?: number;
}

/** Text as a set of vectors, one for each word that has one. */
export interface WordEncoder {
  readonly dimension: number;
  /** Words of the text that have a vector, in order, repetitions included. */
  wordsOf(text: string): string[];
  /** Vectors of words that {@link wordsOf} gave, row after row. */
  vectorsOf(words: readonly string[]): Float32Array;
}

/** Words whose mean is taken for the centre. */
const centreWords = 20_000;

/**
 * Encodes text by word vectors: scaled to length 1, freed of their common mean (of the first 20,000 words) and
 * scaled again, which spreads them over the sphere. `words` come by falling frequency.
 */
export function wordEncoder(
  words: readonly string[],
  vectors: NdArray<"float32">,
  options: WordEncoderOptions = {},
): WordEncoder {
  requireKnownOptions("options", options, ["skip"]);
  const skip = requireInteger("options.skip", options.skip ?? 100, 0);
  const [rows, dimension] = vectors?.shape ?? [];
  if (vectors?.dtype !== "float32" || vectors.shape.length !== 2 || rows !== words.length || !dimension)
    throw new InvalidInputError("vectors", `expected float32 of shape [${words.length}, dimension]`);
  if (vectors.data.length !== rows * dimension || !vectors.data.every(Number.isFinite))
    throw new InvalidInputError("vectors", `expected ${rows * dimension} finite numbers`);
  const points = Float32Array.from(vectors.data);
  normalizeRows(points, dimension);
  const mean = new Float64Array(dimension);
  const counted = Math.min(rows, centreWords);
  for (let row = 0; row < counted; row++)
    for (let x = 0; x < dimension; x++) mean[x]! += points[row * dimension + x]! / counted;
  for (let k = 0; k < points.length; k++) points[k]! -= mean[k % dimension]!;
  normalizeRows(points, dimension);
  const rowOf = new Map<string, number>();
  for (let row = skip; row < rows; row++) if (/[\p{L}\p{N}]/u.test(words[row]!)) rowOf.set(words[row]!, row);
  return {
    dimension,
    wordsOf: (text) =>
      (text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu) ?? [])
        .flatMap((word) => (rowOf.has(word) ? [word] : word.split(/['’-]/)))
        .filter((word) => rowOf.has(word)),
    vectorsOf: (chosen) => {
      const out = new Float32Array(chosen.length * dimension);
      for (const [i, word] of chosen.entries()) {
        const row = rowOf.get(word);
        if (row === undefined) throw new InvalidInputError("words", `"${word}" has no vector`);
        out.set(points.subarray(row * dimension, (row + 1) * dimension), i * dimension);
      }
      return out;
    },
  };
}

/** Zero rows stay zero. */
function normalizeRows(points: Float32Array, dimension: number): void {
  for (let start = 0; start < points.length; start += dimension) {
    let square = 0;
    for (let k = start; k < start + dimension; k++) square += points[k]! ** 2;
    if (square === 0) continue;
    const scale = 1 / Math.sqrt(square);
    for (let k = start; k < start + dimension; k++) points[k]! *= scale;
  }
}
