import { loadMovieLens100k, type Ratings } from "ockham/data";
import { svd } from "ockham/linalg";
import { completeMatrix, type ObservedMatrix } from "ockham/optim";
import type { Run } from "ockham/paper";
import type { Cell, Table } from "ockham/report";

/** Ratings less the means of their user and film, which all methods start from. */
interface Centred {
  readonly cells: ObservedMatrix;
  readonly base: (user: number, item: number) => number;
}

function centred({ users, items, user, item, rating }: Ratings): Centred {
  const mean = rating.reduce((sum, value) => sum + value, 0) / rating.length;
  // Means are drawn towards 0 as if by five ratings of the overall mean.
  const effectOf = (count: number, index: Int32Array, rest: Float64Array): Float64Array => {
    const sums = new Float64Array(count);
    const counts = new Float64Array(count).fill(5);
    for (let e = 0; e < rest.length; e++) {
      sums[index[e]!]! += rest[e]!;
      counts[index[e]!]!++;
    }
    return sums.map((sum, r) => sum / counts[r]!);
  };
  const films = effectOf(
    items,
    item,
    rating.map((value) => value - mean),
  );
  const people = effectOf(
    users,
    user,
    rating.map((value, e) => value - mean - films[item[e]!]!),
  );
  const base = (u: number, i: number): number => mean + films[i]! + people[u]!;
  const value = rating.map((stars, e) => stars - base(user[e]!, item[e]!));
  return { cells: { rows: users, cols: items, i: user, j: item, value }, base };
}

const ranks = [8, 32];

/** Error over the held-out ratings of an official division of MovieLens 100K. */
export async function movies(run: Run, from: number, to: number): Promise<Table[]> {
  const call = run.stage("MovieLens", from, from);
  const train = await loadMovieLens100k({ file: "u1.base", ...call });
  const test = await loadMovieLens100k({ file: "u1.test", ...call });
  const { cells, base } = centred(train);
  const common = { iterations: 20, tolerance: 1e-4, seed: run.seed };
  // The ridge is chosen on a tenth of the training ratings, for each rank.
  const ridges = new Map<number, number>();
  const tried: Cell[][] = [];
  for (const rank of ranks) {
    let best = Number.POSITIVE_INFINITY;
    for (const ridge of [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 10]) {
      const { validationRmse } = await completeMatrix(cells, {
        ...common,
        rank,
        ridge,
        validation: 0.1,
        signal: run.signal,
      });
      tried.push([rank, ridge, validationRmse!]);
      if (validationRmse! >= best) continue;
      best = validationRmse!;
      ridges.set(rank, ridge);
    }
  }
  const error = (predict: (user: number, item: number) => number): number => {
    let sum = 0;
    for (let e = 0; e < test.rating.length; e++) {
      const [u, i] = [test.user[e]!, test.item[e]!];
      sum += (Math.min(5, Math.max(1, base(u, i) + predict(u, i))) - test.rating[e]!) ** 2;
    }
    return Math.sqrt(sum / test.rating.length);
  };
  const rows: Cell[][] = [["means of users and films", null, null, error(() => 0), null, null]];
  const solvers = ["cg", "sketched", "exact"] as const;
  for (const [s, solver] of solvers.entries())
    for (const rank of ranks) {
      const started = performance.now();
      const { predict, iterations, history } = await completeMatrix(cells, {
        ...common,
        rank,
        solver,
        ridge: ridges.get(rank)!,
        ...run.stage("MovieLens", from + ((to - from) * s) / 4, from + ((to - from) * (s + 1)) / 4),
      });
      const seconds = (performance.now() - started) / 1000;
      const inner = history.reduce((sum, sweep) => sum + sweep.inner, 0) / iterations;
      rows.push([
        `alternating minimisation, ${solver}`,
        rank,
        ridges.get(rank)!,
        error(predict),
        inner,
        seconds,
      ]);
    }
  const started = performance.now();
  const soft = softImpute(cells, 12, 10, run.signal);
  rows.push([
    "soft-impute, 10 dense singular value decompositions",
    null,
    null,
    error(soft),
    null,
    (performance.now() - started) / 1000,
  ]);
  run.progress(to, 1);
  const table: Table = {
    id: "movielens",
    title: "MovieLens 100K, 20,000 held-out ratings (u1): root mean square error in stars",
    columns: [
      { name: "method" },
      { name: "rank" },
      { name: "ridge" },
      { name: "error" },
      { name: "steps of a solve", digits: 3 },
      { name: "time", unit: "s", digits: 3 },
    ],
    rows,
  };
  const choice: Table = {
    id: "movielens-ridge",
    title: "MovieLens 100K: error over a tenth of the training ratings, by which the ridge is chosen",
    columns: [{ name: "rank" }, { name: "ridge" }, { name: "error" }],
    rows: tried,
  };
  return [table, choice];
}

/** Proximal steps for the nuclear norm on the filled table (Mazumder, Hastie and Tibshirani 2010). */
function softImpute(
  { rows, cols, i, j, value }: ObservedMatrix,
  threshold: number,
  steps: number,
  signal: AbortSignal,
): (row: number, col: number) => number {
  let filled = new Float64Array(rows * cols);
  for (let step = 0; step < steps; step++) {
    signal.throwIfAborted();
    for (let e = 0; e < value.length; e++) filled[i[e]! * cols + j[e]!] = value[e]!;
    const { u, s, vt } = svd({ dtype: "float64", shape: [rows, cols], data: filled });
    const k = s.length;
    const next = new Float64Array(rows * cols);
    for (let q = 0; q < k && s[q]! > threshold; q++)
      for (let r = 0; r < rows; r++) {
        const factor = (s[q]! - threshold) * u.data[r * k + q]!;
        for (let c = 0; c < cols; c++) next[r * cols + c]! += factor * vt.data[q * cols + c]!;
      }
    filled = next;
  }
  return (row, col) => filled[row * cols + col]!;
}
