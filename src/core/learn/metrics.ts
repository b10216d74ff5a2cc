import type { CsrMatrix, Matrix } from "../array/index.ts";
import { requireMatrix } from "../array/index.ts";
import { InvalidInputError, requireInteger } from "../errors.ts";
import { requireCsr } from "../sparse/index.ts";

/** Share of equal entries. */
export function accuracy(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  requireSameLength(truth, predicted);
  let hits = 0;
  for (let i = 0; i < truth.length; i++) if (truth[i] === predicted[i]) hits++;
  return hits / truth.length;
}

/** F1 scores: `micro` of the counts of all classes together, `macro` the mean over classes. */
export interface F1Scores {
  readonly micro: number;
  readonly macro: number;
}

/**
 * F1 of single-label predictions. The classes are those of truth and predictions together; a class that is
 * never predicted scores 0.
 */
export function f1Scores(truth: ArrayLike<number>, predicted: ArrayLike<number>): F1Scores {
  requireSameLength(truth, predicted);
  const counts = new Map<number, [hits: number, predicted: number, actual: number]>();
  const of = (label: number): [number, number, number] => {
    let entry = counts.get(label);
    if (entry === undefined) {
      entry = [0, 0, 0];
      counts.set(label, entry);
    }
    return entry;
  };
  for (let i = 0; i < truth.length; i++) {
    of(truth[i]!)[2]++;
    of(predicted[i]!)[1]++;
    if (truth[i] === predicted[i]) of(truth[i]!)[0]++;
  }
  return scoresOf([...counts.values()]);
}

/**
 * F1 of multi-label predictions: both matrices are samples x labels with an entry where a sample has the label.
 * A label that occurs in neither scores 0 in the macro mean.
 */
export function multiLabelF1Scores(truth: CsrMatrix, predicted: CsrMatrix): F1Scores {
  requireCsr("truth", truth);
  requireCsr("predicted", predicted, { rows: truth.rows, cols: truth.cols });
  if (truth.rows === 0) throw new InvalidInputError("truth", "expected at least one sample");
  const counts = Array.from({ length: truth.cols }, (): [number, number, number] => [0, 0, 0]);
  for (let i = 0; i < truth.rows; i++) {
    const actual = truth.indices.subarray(truth.indptr[i], truth.indptr[i + 1]);
    const own = new Set(actual);
    for (const label of actual) counts[label]![2]++;
    for (const label of predicted.indices.subarray(predicted.indptr[i], predicted.indptr[i + 1])) {
      counts[label]![1]++;
      if (own.has(label)) counts[label]![0]++;
    }
  }
  return scoresOf(counts);
}

/**
 * The `counts[i]` labels of the largest scores for every sample i, of equal scores the lower label: the
 * evaluation convention of DeepWalk, which tells a classifier how many labels a sample has.
 */
export function topLabels(scores: Matrix, counts: ArrayLike<number>): CsrMatrix {
  const { rows, cols } = requireMatrix("scores", scores, { dtype: "float64" });
  if (counts.length !== rows)
    throw new InvalidInputError("counts", `expected ${rows} entries, got ${counts.length}`);
  const indptr = new Int32Array(rows + 1);
  const indices: number[] = [];
  const order = Array.from({ length: cols }, (_, k) => k);
  for (let i = 0; i < rows; i++) {
    const count = requireInteger(`counts[${i}]`, counts[i], 0, cols);
    const row = scores.data.subarray(i * cols, (i + 1) * cols);
    const best = [...order].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, count);
    indices.push(...best.sort((a, b) => a - b));
    indptr[i + 1] = indices.length;
  }
  return {
    rows,
    cols,
    indptr,
    indices: Int32Array.from(indices),
    data: new Float64Array(indices.length).fill(1),
  };
}

/**
 * Mutual information of two clusterings divided by the mean of their entropies: 1 for equal ones up to names,
 * about 0 for independent ones; 1 when both have a single cluster.
 */
export function normalizedMutualInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  requireSameLength(a, b);
  const n = a.length;
  const joint = new Map<string, [count: number, a: number, b: number]>();
  const sizesA = new Map<number, number>();
  const sizesB = new Map<number, number>();
  for (let i = 0; i < n; i++) {
    const key = `${a[i]} ${b[i]}`;
    const cell = joint.get(key);
    if (cell === undefined) joint.set(key, [1, a[i]!, b[i]!]);
    else cell[0]++;
    sizesA.set(a[i]!, (sizesA.get(a[i]!) ?? 0) + 1);
    sizesB.set(b[i]!, (sizesB.get(b[i]!) ?? 0) + 1);
  }
  const entropy = (sizes: Map<number, number>): number => {
    let sum = 0;
    for (const size of sizes.values()) sum -= (size / n) * Math.log(size / n);
    return sum;
  };
  const mean = (entropy(sizesA) + entropy(sizesB)) / 2;
  if (mean === 0) return 1;
  let information = 0;
  for (const [count, labelA, labelB] of joint.values())
    information += (count / n) * Math.log((count * n) / (sizesA.get(labelA)! * sizesB.get(labelB)!));
  return Math.max(0, information) / mean;
}

/** Area under the ROC curve of scores for samples that are positive (truth not 0) or not; ties count half. */
export function rocAuc(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  const groups = tiedGroups(truth, scores);
  let below = 0;
  let area = 0;
  for (const { positives, negatives } of groups.reverse()) {
    area += positives * (below + negatives / 2);
    below += negatives;
  }
  const positives = groups.reduce((sum, group) => sum + group.positives, 0);
  return area / (positives * below);
}

/** Average precision: the sum of precision times gain in recall down the ranking, tied scores together. */
export function averagePrecision(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  const groups = tiedGroups(truth, scores);
  const total = groups.reduce((sum, group) => sum + group.positives, 0);
  let hits = 0;
  let seen = 0;
  let sum = 0;
  for (const { positives, negatives } of groups) {
    hits += positives;
    seen += positives + negatives;
    sum += (positives / total) * (hits / seen);
  }
  return sum;
}

/** Numbers of positives and negatives of each distinct score, best score first. */
function tiedGroups(
  truth: ArrayLike<number>,
  scores: ArrayLike<number>,
): { positives: number; negatives: number }[] {
  requireSameLength(truth, scores);
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((i, j) => scores[j]! - scores[i]!);
  const groups: { positives: number; negatives: number }[] = [];
  for (const [position, i] of order.entries()) {
    if (!Number.isFinite(scores[i]))
      throw new InvalidInputError(`predicted[${i}]`, `expected a finite score, got ${scores[i]}`);
    if (position === 0 || scores[i] !== scores[order[position - 1]!])
      groups.push({ positives: 0, negatives: 0 });
    if (truth[i] === 0) groups.at(-1)!.negatives++;
    else groups.at(-1)!.positives++;
  }
  const positives = groups.reduce((sum, group) => sum + group.positives, 0);
  if (positives === 0 || positives === scores.length)
    throw new InvalidInputError("truth", "expected both positive and negative samples");
  return groups;
}

function scoresOf(counts: readonly (readonly [hits: number, predicted: number, actual: number])[]): F1Scores {
  const f1 = (hits: number, predicted: number, actual: number): number =>
    predicted + actual === 0 ? 0 : (2 * hits) / (predicted + actual);
  let hits = 0;
  let predicted = 0;
  let actual = 0;
  let sum = 0;
  for (const count of counts) {
    hits += count[0];
    predicted += count[1];
    actual += count[2];
    sum += f1(...count);
  }
  return { micro: f1(hits, predicted, actual), macro: sum / counts.length };
}

function requireSameLength(truth: ArrayLike<number>, predicted: ArrayLike<number>): void {
  if (truth.length === 0) throw new InvalidInputError("truth", "expected at least one sample");
  if (truth.length !== predicted.length)
    throw new InvalidInputError(
      "predicted",
      `expected ${truth.length} entries as in truth, got ${predicted.length}`,
    );
}
