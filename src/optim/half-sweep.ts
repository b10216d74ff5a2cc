import type { Matrix } from "../core/array/index.ts";
import { defineTask, type Pool } from "../core/parallel/index.ts";
import { ResponseWork, type SolverSettings, solveResponse } from "./multi-response.ts";
import type { Orientation } from "./observed-matrix.ts";

/** Parts of a half-sweep, whatever the number of workers. */
const partsOfSweep = 8;

interface HalfSweepInput {
  /** The factor that is fitted to. */
  readonly a: Matrix;
  readonly responses: Orientation;
  /** Coefficients to start from, a row a response. */
  readonly x: Float64Array;
  readonly settings: SolverSettings;
}

interface HalfSweepOutput {
  readonly x: Float64Array;
  readonly inner: number;
  readonly flops: number;
}

export const halfSweepTask = defineTask({
  name: "optim/half-sweep",
  module: import.meta.url,
  run: ({ a, responses, x, settings }: HalfSweepInput, context): HalfSweepOutput => {
    const k = a.shape[1]!;
    const work = new ResponseWork(k);
    const { rows } = responses.pattern;
    let [inner, flops] = [0, 0];
    const solved = x.slice();
    for (let j = 0; j < rows; j++) {
      if ((j & 63) === 0) {
        context.signal.throwIfAborted();
        context.progress(j, rows);
      }
      const steps = solveResponse(
        a.data,
        k,
        responses,
        j,
        solved.subarray(j * k, (j + 1) * k),
        settings,
        work,
      );
      inner += steps;
      flops += flopsOf(responses, j, k, steps);
    }
    return { x: solved, inner, flops };
  },
});

/** Operations on the observations of one response. */
export function flopsOf({ pattern }: Orientation, j: number, k: number, steps: number): number {
  const count = pattern.indptr[j + 1]! - pattern.indptr[j]!;
  return count * (steps > 0 ? 4 * k * (steps + 1) : k * k);
}

/** All responses on a pool, in parts of about as many observations each; x is overwritten with the same bits as on one thread. */
export async function halfSweepOn(
  pool: Pool,
  a: Matrix,
  responses: Orientation,
  x: Matrix,
  settings: SolverSettings,
  signal: AbortSignal | undefined,
): Promise<{ inner: number; flops: number }> {
  const k = x.shape[1]!;
  const { pattern, weights } = responses;
  const { rows, indptr, indices, data } = pattern;
  const ends: number[] = [];
  for (let part = 1, row = 0; part <= partsOfSweep; part++) {
    const goal = (part * indices.length) / partsOfSweep;
    while (row < rows && (part === partsOfSweep || indptr[row + 1]! <= goal)) row++;
    if (row > (ends.at(-1) ?? 0)) ends.push(row);
  }
  const inputs = ends.map((end, part): HalfSweepInput => {
    const begin = part === 0 ? 0 : ends[part - 1]!;
    const [from, to] = [indptr[begin]!, indptr[end]!];
    return {
      a,
      responses: {
        pattern: {
          rows: end - begin,
          cols: pattern.cols,
          indptr: indptr.slice(begin, end + 1).map((offset) => offset - from),
          indices: indices.slice(from, to),
          data: data.slice(from, to),
        },
        ...(weights === undefined ? {} : { weights: weights.slice(from, to) }),
      },
      x: x.data.slice(begin * k, end * k),
      settings: { ...settings, first: begin },
    };
  });
  const outputs = await pool.map(halfSweepTask, inputs, signal === undefined ? {} : { signal });
  let [inner, flops] = [0, 0];
  for (const [part, output] of outputs.entries()) {
    x.data.set(output.x, part === 0 ? 0 : ends[part - 1]! * k);
    inner += output.inner;
    flops += output.flops;
  }
  return { inner, flops };
}
