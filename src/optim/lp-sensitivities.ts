import type { Matrix } from "../core/array/index.ts";
import { defineTask, inlinePool, type Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, Pace } from "../core/progress.ts";
import { leastAbsoluteDeviations } from "./least-absolute-deviations.ts";
import { minimizeOnPlane, PNormWork } from "./p-norm-minimum.ts";

/** Rows of one task: neighbours start from each other's solutions, whatever the number of workers. */
const rowsOfTask = 128;

interface SensitivityInput {
  /** Rows whose norm is minimised. */
  readonly b: Matrix;
  /** Rows whose sensitivities are asked for. */
  readonly rows: Float64Array;
  readonly p: number;
  /** Whether linear programs at p = 1 are solved to the end; not worth it against a sample. */
  readonly exact: boolean;
}

interface SensitivityOutput {
  /** Infinity where the iteration did not converge. */
  readonly values: Float64Array;
  /** The x that each row is largest at, |a_i x| = 1. */
  readonly maximizers: Float64Array;
}

export const sensitivityTask = defineTask({
  name: "optim/lp-sensitivities",
  module: import.meta.url,
  run: async ({ b, rows, p, exact: toTheEnd }: SensitivityInput, context): Promise<SensitivityOutput> => {
    const d = b.shape[1]!;
    const count = rows.length / d;
    const work = new PNormWork(b.shape[0]!, d);
    const values = new Float64Array(count);
    const maximizers = new Float64Array(count * d);
    let x = new Float64Array(d);
    const pace = new Pace(
      { signal: context.signal, onProgress: ({ done, total }) => context.progress(done, total) },
      count,
    );
    for (let i = 0; i < count; i++) {
      if (pace.due()) await pace.rest(i);
      const c = rows.subarray(i * d, (i + 1) * d);
      let square = 0;
      let along = 0;
      for (let j = 0; j < d; j++) {
        square += c[j]! ** 2;
        along += c[j]! * x[j]!;
      }
      if (square === 0) continue;
      // The solution of the row before, or the one for p = 2, which an orthonormal b makes the row itself.
      const near = Math.abs(along) > 0.3 * Math.sqrt(square) * length(x);
      const start = new Float64Array(d);
      for (let j = 0; j < d; j++) start[j] = near ? x[j]! / along : c[j]! / square;
      let { value, converged } = minimizeOnPlane(b.data, d, c, p, start, work);
      if (toTheEnd && p === 1 && d > 1) {
        const exact = leastDeviationsOnPlane(b.data, d, c, start);
        if (exact !== undefined && exact.value <= value) {
          ({ value, converged } = exact);
          start.set(exact.x);
        }
      }
      values[i] = converged ? 1 / value : Number.POSITIVE_INFINITY;
      maximizers.set(start, i * d);
      x = start;
    }
    pace.finish();
    return { values, maximizers };
  },
});

/**
 * min |b x|_1 over the plane c^T x = 1, exactly: in coordinates in which a reflection has turned c into the first axis
 * it is a fit of least absolute deviations. Undefined where that ends at no optimum. `near` is about the solution.
 */
function leastDeviationsOnPlane(
  b: Float64Array,
  d: number,
  c: Float64Array,
  near: Float64Array,
): { value: number; converged: boolean; x: Float64Array } | undefined {
  const m = b.length / d;
  const norm = length(c);
  // The reflection I - 2 u u^T exchanges c / norm with the first axis, up to its sign.
  const sign = c[0]! > 0 ? -1 : 1;
  const u = c.map((value, j) => value / norm - (j === 0 ? sign : 0));
  const scale = 2 / u.reduce((sum, value) => sum + value * value, 0);
  const first = new Float64Array(m);
  const rest = new Float64Array(m * (d - 1));
  const close = new Float64Array(m);
  for (let i = 0, q = 0; i < m; i++, q += d) {
    let along = 0;
    for (let j = 0; j < d; j++) {
      along += b[q + j]! * u[j]!;
      close[i]! += b[q + j]! * near[j]!;
    }
    first[i] = (sign * (b[q]! - scale * along * u[0]!)) / norm;
    for (let j = 1; j < d; j++) rest[i * (d - 1) + j - 1] = scale * along * u[j]! - b[q + j]!;
  }
  const { x: y, value, optimal } = leastAbsoluteDeviations(rest, d - 1, first, close);
  if (!optimal) return undefined;
  const x = new Float64Array(d);
  x[0] = sign / norm;
  x.set(y, 1);
  let along = 0;
  for (let j = 0; j < d; j++) along += x[j]! * u[j]!;
  for (let j = 0; j < d; j++) x[j]! -= scale * along * u[j]!;
  return { value, converged: true, x };
}

function length(x: Float64Array): number {
  let sum = 0;
  for (const value of x) sum += value * value;
  return Math.sqrt(sum);
}

/**
 * max over x of |a_i x|^p / |b x|_p^p for the rows of a, and where it is attained. Infinity for a row whose iteration
 * did not converge; 0 for a zero row. The columns of b should be about orthonormal. At p = 1 by linear programs.
 */
export async function maximalShares(
  a: Matrix,
  b: Matrix,
  p: number,
  options: Pick<LongCallOptions, "signal" | "onProgress"> & {
    readonly pool?: Pool;
    /** Default true: at p = 1 linear programs, to rounding. */
    readonly exact?: boolean;
  } = {},
): Promise<SensitivityOutput> {
  const [n, d] = a.shape as [number, number];
  const { pool = inlinePool(), exact = true, ...watch } = options;
  const inputs: SensitivityInput[] = [];
  for (let first = 0; first < n; first += rowsOfTask)
    inputs.push({ b, p, exact, rows: a.data.slice(first * d, Math.min(n, first + rowsOfTask) * d) });
  const outputs = await pool.map(sensitivityTask, inputs, watch);
  const values = new Float64Array(n);
  const maximizers = new Float64Array(n * d);
  for (const [t, output] of outputs.entries()) {
    values.set(output.values, t * rowsOfTask);
    maximizers.set(output.maximizers, t * rowsOfTask * d);
  }
  return { values, maximizers };
}
