import { type Matrix, ndArray } from "ockham/array";
import { stateSpaceGp } from "ockham/bayes";
import { minimizeLbfgs } from "ockham/learn";
import { cholesky, choleskyLogdet, choleskySolve } from "ockham/linalg";
import { defineTask } from "ockham/parallel";
import { randomStream } from "ockham/random";
import { rmse, type Trial } from "./data.ts";

/** Cells of a grid over the coordinates. */
interface Binned {
  /** Cell of every point in every mode, [N, K]. */
  readonly train: Int32Array;
  readonly test: Int32Array;
  /** Bins of every mode. */
  readonly counts: readonly number[];
}

/**
 * Bins of equal width over the range of the training points, or, for `distinct`, a bin around every value of theirs: no
 * rounding, but nothing shared between neighbours.
 */
function binned(trial: Trial, bins: number | "distinct"): Binned {
  const modes = trial.train.coordinates.shape[1]!;
  const values = Array.from({ length: modes }, (_, k) =>
    Float64Array.from(new Set(trial.train.coordinates.data.filter((_, e) => e % modes === k))).sort(),
  );
  const cell = (sorted: Float64Array, value: number): number => {
    if (bins !== "distinct") {
      const place = Math.floor((bins * (value - sorted[0]!)) / (sorted.at(-1)! - sorted[0]!));
      return Math.min(bins - 1, Math.max(0, place));
    }
    let next = 0;
    for (let high = sorted.length - 1; next < high; ) {
      const middle = (next + high) >> 1;
      if (sorted[middle]! < value) next = middle + 1;
      else high = middle;
    }
    return next > 0 && value - sorted[next - 1]! < sorted[next]! - value ? next - 1 : next;
  };
  const of = ({ data }: Matrix): Int32Array =>
    Int32Array.from(data, (value, e) => cell(values[e % modes]!, value));
  return {
    train: of(trial.train.coordinates),
    test: of(trial.test.coordinates),
    counts: values.map(({ length }) => (bins === "distinct" ? length : bins)),
  };
}

/**
 * Tucker (or CP) of a tensor of bins by alternating least squares with a ridge, 30 rounds. The core of CP stays the
 * superdiagonal of ones.
 */
function alternatingLeastSquares(
  trial: Trial,
  bins: number | "distinct",
  rank: number,
  ridge: number,
  form: "tucker" | "cp",
  seed: number,
): Float64Array {
  const { train, test, counts } = binned(trial, bins);
  const modes = counts.length;
  const { values } = trial.train;
  const size = rank ** modes;
  const stream = randomStream(seed, "als");
  const factors = counts.map((count) => stream.fillNormal(new Float64Array(count * rank)));
  const core = new Float64Array(size);
  const diagonal = (size - 1) / (rank - 1 || 1);
  for (let r = 0; r < rank; r++) core[r * diagonal] = 1;
  if (form === "tucker") for (let e = 0; e < size; e++) core[e]! += 0.1 * stream.normal();
  // Which entry of every factor an entry of the core belongs to, [size, modes].
  const digits = Int32Array.from(
    { length: size * modes },
    (_, i) => Math.floor(Math.floor(i / modes) / rank ** (modes - 1 - (i % modes))) % rank,
  );
  /** Coefficients of the rank entries of a mode (or of the core, mode -1) at a point. */
  const coefficients = (cells: Int32Array, n: number, mode: number, out: Float64Array): void => {
    out.fill(0);
    for (let e = 0; e < size; e++) {
      let product = mode === -1 ? 1 : core[e]!;
      if (product === 0) continue;
      for (let k = 0; k < modes; k++)
        if (k !== mode) product *= factors[k]![cells[n * modes + k]! * rank + digits[e * modes + k]!]!;
      out[mode === -1 ? e : digits[e * modes + mode]!]! += product;
    }
  };
  const a = new Float64Array(rank);
  const row = new Float64Array(size);
  for (let round = 0; round < 30; round++) {
    for (let k = 0; k < modes; k++) {
      const grams = Array.from({ length: counts[k]! }, () => new Float64Array(rank * rank));
      const rights = Array.from({ length: counts[k]! }, () => new Float64Array(rank));
      for (let n = 0; n < values.length; n++) {
        coefficients(train, n, k, a);
        accumulate(grams[train[n * modes + k]!]!, rights[train[n * modes + k]!]!, a, values[n]!);
      }
      for (let b = 0; b < counts[k]!; b++) factors[k]!.set(ridged(grams[b]!, rights[b]!, ridge), b * rank);
    }
    if (form === "tucker") {
      const gram = new Float64Array(size * size);
      const right = new Float64Array(size);
      for (let n = 0; n < values.length; n++) {
        coefficients(train, n, -1, row);
        accumulate(gram, right, row, values[n]!);
      }
      core.set(ridged(gram, right, ridge));
    }
  }
  return Float64Array.from({ length: test.length / modes }, (_, n) => {
    coefficients(test, n, 0, a);
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += a[r]! * factors[0]![test[n * modes]! * rank + r]!;
    return sum;
  });
}

function accumulate(gram: Float64Array, right: Float64Array, row: Float64Array, value: number): void {
  const n = row.length;
  for (let i = 0; i < n; i++) {
    right[i]! += row[i]! * value;
    for (let j = 0; j < n; j++) gram[i * n + j]! += row[i]! * row[j]!;
  }
}

function ridged(gram: Float64Array, right: Float64Array, ridge: number): Float64Array {
  const n = right.length;
  const matrix = gram.slice();
  for (let i = 0; i < n; i++) matrix[i * n + i]! += ridge;
  return choleskySolve(cholesky(ndArray("float64", [n, n], matrix)), right);
}

/**
 * Error of the binned baseline with 20, 50 or 100 bins or one for every distinct coordinate, and a ridge of 0.1, 1 or 5,
 * the best of them on the test points: a choice in its favour.
 */
export const bestBinnedTask = defineTask({
  name: "papers/funbat/best-binned",
  module: import.meta.url,
  async run(
    { trial, rank, form, seed }: { trial: Trial; rank: number; form: "tucker" | "cp"; seed: number },
    { signal },
  ) {
    let best = Number.POSITIVE_INFINITY;
    for (const bins of [20, 50, 100, "distinct"] as const)
      for (const ridge of [0.1, 1, 5]) {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        best = Math.min(
          best,
          rmse(alternatingLeastSquares(trial, bins, rank, ridge, form, seed), trial.truth),
        );
      }
    return best;
  },
});

/** Dense Gaussian process with a Matern 3/2 covariance and a lengthscale of its own for every coordinate. O(N^3). */
export async function denseGp(trial: Trial, signal: AbortSignal): Promise<number> {
  const { coordinates, values } = trial.train;
  const [n, modes] = coordinates.shape as [number, number];
  const covariance = (a: Matrix, i: number, b: Matrix, j: number, theta: Float64Array): number => {
    let square = 0;
    for (let k = 0; k < modes; k++)
      square += ((a.data[i * modes + k]! - b.data[j * modes + k]!) * Math.exp(-theta[k]!)) ** 2;
    const x = Math.sqrt(3 * square);
    return Math.exp(theta[modes]!) * (1 + x) * Math.exp(-x);
  };
  const factor = (theta: Float64Array): { l: Matrix; alpha: Float64Array } => {
    const gram = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        gram[i * n + j] =
          covariance(coordinates, i, coordinates, j, theta) +
          (i === j ? Math.exp(theta[modes + 1]!) + 1e-8 : 0);
        gram[j * n + i] = gram[i * n + j]!;
      }
    const l = cholesky(ndArray("float64", [n, n], gram));
    return { l, alpha: choleskySolve(l, values) };
  };
  const objective = (theta: Float64Array): number => {
    const { l, alpha } = factor(theta);
    return 0.5 * (values.reduce((sum, y, i) => sum + y * alpha[i]!, 0) + choleskyLogdet(l));
  };
  const start = Float64Array.from({ length: modes + 2 }, (_, k) =>
    k < modes ? Math.log(0.3) : k === modes ? 0 : Math.log(0.01),
  );
  const { point } = await minimizeLbfgs(
    (theta, gradient) => {
      const value = objective(theta);
      for (let c = 0; c < theta.length; c++) {
        const moved = theta.slice();
        moved[c]! += 1e-4;
        gradient[c] = (objective(moved) - value) / 1e-4;
      }
      return value;
    },
    start,
    { maxIterations: 25, gradientTolerance: 0.5, signal },
  );
  const { alpha } = factor(point);
  const { coordinates: at } = trial.test;
  const mean = Float64Array.from({ length: at.shape[0]! }, (_, p) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += alpha[i]! * covariance(at, p, coordinates, i, point);
    return sum;
  });
  return rmse(mean, trial.truth);
}

/** A sum of Gaussian processes, one for every coordinate, by backfitting in state-space form; lengthscale 0.2, noise 0.1. */
export function additiveGp(trial: Trial): number {
  const { coordinates, values } = trial.train;
  const [n, modes] = coordinates.shape as [number, number];
  const column = ({ data }: Matrix, k: number): Float64Array => data.filter((_, e) => e % modes === k);
  const at = Array.from({ length: modes }, (_, k) => column(trial.test.coordinates, k));
  const places = Array.from({ length: modes }, (_, k) => column(coordinates, k));
  const fits = places.map(() => new Float64Array(n));
  const predictions = at.map((places) => new Float64Array(places.length));
  for (let round = 0; round < 10; round++)
    for (let k = 0; k < modes; k++) {
      const rest = values.map((y, i) => y - fits.reduce((sum, fit, j) => (j === k ? sum : sum + fit[i]!), 0));
      const range = Math.max(...places[k]!) - Math.min(...places[k]!);
      const options = { kernel: "matern32", lengthscale: 0.2 * range, noise: 0.1 } as const;
      fits[k] = stateSpaceGp(places[k]!, rest, places[k]!, options).mean as Float64Array<ArrayBuffer>;
      predictions[k] = stateSpaceGp(places[k]!, rest, at[k]!, options).mean as Float64Array<ArrayBuffer>;
    }
  const mean = Float64Array.from({ length: trial.truth.length }, (_, p) =>
    predictions.reduce((sum, part) => sum + part[p]!, 0),
  );
  return rmse(mean, trial.truth);
}
