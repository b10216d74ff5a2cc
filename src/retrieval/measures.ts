import { InvalidInputError, requireInteger } from "../core/errors.ts";

/**
 * Which documents are relevant: a list of them, or the grade of each. A grade above 0 is relevant, others are not; a
 * listed document has grade 1.
 */
export type Relevance<Document> = ArrayLike<Document> | ReadonlyMap<Document, number>;

/** Share of the relevant documents that are among the first k found. */
export function recallAt<Document extends number | string>(
  found: ArrayLike<Document>,
  relevant: Relevance<Document>,
  k: number,
): number {
  const grades = gradesOf(relevant);
  let hits = 0;
  for (let rank = 0; rank < Math.min(requireInteger("k", k, 1), found.length); rank++)
    if (grades.has(found[rank]!)) hits++;
  return hits / grades.size;
}

/**
 * Normalised discounted cumulative gain of the first k found: the sum of grade / log2(rank + 1), divided by that of the
 * best order.
 */
export function ndcgAt<Document extends number | string>(
  found: ArrayLike<Document>,
  relevant: Relevance<Document>,
  k: number,
): number {
  const grades = gradesOf(relevant);
  const best = [...grades.values()].sort((a, b) => b - a);
  let gain = 0;
  let ideal = 0;
  for (let rank = 0; rank < requireInteger("k", k, 1); rank++) {
    if (rank >= found.length && rank >= best.length) break;
    if (rank < found.length) gain += (grades.get(found[rank]!) ?? 0) / Math.log2(rank + 2);
    if (rank < best.length) ideal += best[rank]! / Math.log2(rank + 2);
  }
  return gain / ideal;
}

/** One over the rank of the first relevant document found; 0 when there is none. */
export function reciprocalRank<Document extends number | string>(
  found: ArrayLike<Document>,
  relevant: Relevance<Document>,
): number {
  const grades = gradesOf(relevant);
  for (let rank = 0; rank < found.length; rank++) if (grades.has(found[rank]!)) return 1 / (rank + 1);
  return 0;
}

/** The grades of the relevant documents, of which there must be one. */
function gradesOf<Document>(relevant: Relevance<Document>): ReadonlyMap<Document, number> {
  const grades = new Map<Document, number>();
  if (relevant instanceof Map) {
    for (const [document, grade] of relevant as ReadonlyMap<Document, number>)
      if (grade > 0) grades.set(document, grade);
  } else for (const document of Array.from(relevant as ArrayLike<Document>)) grades.set(document, 1);
  if (grades.size === 0) throw new InvalidInputError("relevant", "expected at least one document");
  return grades;
}
