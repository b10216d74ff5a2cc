import { InvalidInputError, requireInteger } from "../core/errors.ts";

/** Share of the relevant documents that are among the first k found. */
export function recallAt(found: ArrayLike<number>, relevant: ArrayLike<number>, k: number): number {
  const wanted = requireRelevant(relevant);
  let hits = 0;
  for (let rank = 0; rank < Math.min(requireInteger("k", k, 1), found.length); rank++)
    if (wanted.has(found[rank]!)) hits++;
  return hits / wanted.size;
}

/** Normalised discounted cumulative gain of the first k found, relevance 0 or 1, discount log2(rank + 1). */
export function ndcgAt(found: ArrayLike<number>, relevant: ArrayLike<number>, k: number): number {
  const wanted = requireRelevant(relevant);
  let gain = 0;
  let ideal = 0;
  for (let rank = 0; rank < requireInteger("k", k, 1); rank++) {
    if (rank < found.length && wanted.has(found[rank]!)) gain += 1 / Math.log2(rank + 2);
    if (rank < wanted.size) ideal += 1 / Math.log2(rank + 2);
  }
  return gain / ideal;
}

/** One over the rank of the first relevant document found; 0 when there is none. */
export function reciprocalRank(found: ArrayLike<number>, relevant: ArrayLike<number>): number {
  const wanted = requireRelevant(relevant);
  for (let rank = 0; rank < found.length; rank++) if (wanted.has(found[rank]!)) return 1 / (rank + 1);
  return 0;
}

function requireRelevant(relevant: ArrayLike<number>): Set<number> {
  if (relevant.length === 0) throw new InvalidInputError("relevant", "expected at least one document");
  return new Set(Array.from(relevant));
}
