import type { CsrMatrix, Matrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, show } from "../core/errors.ts";
import { csrFromTriplets, isSymmetric, multiplyVector, requireCsr, transpose } from "../core/sparse/index.ts";
import { exp, log1pExp } from "../core/special/index.ts";
import type { BlockProblem, BlockState } from "./block-problem.ts";
import {
  gramRowSums,
  type Penalties,
  penalizedSum,
  penalties,
  type RegressionOptions,
  sparseOf,
} from "./regression-design.ts";
import { requireVector } from "./require-vector.ts";
import { RowShifts } from "./row-shifts.ts";

/** `1/2 x^T A x - b^T x` for a symmetric A. A move of a block costs the entries of its rows. */
export function quadratic(a: CsrMatrix | Matrix, b: Float64Array): BlockProblem {
  const matrix = sparseOf("a", a);
  if (matrix.rows !== matrix.cols || !isSymmetric(matrix))
    throw new InvalidInputError("a", "expected a symmetric matrix");
  const { rows: n, indptr, indices, data } = matrix;
  requireVector("b", b, n);
  const lipschitz = new Float64Array(n);
  const rowSums = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) {
      if (indices[k] === i) lipschitz[i] = data[k]!;
      rowSums[i]! += Math.abs(data[k]!);
    }
  const negative = lipschitz.findIndex((value) => value < 0);
  if (negative >= 0)
    throw new InvalidInputError("a", `has the negative diagonal entry ${lipschitz[negative]} at ${negative}`);
  const place = new Int32Array(n).fill(-1);
  const hessian = (block: Int32Array, out: Float64Array): void => {
    const size = block.length;
    out.fill(0, 0, size * size);
    for (let p = 0; p < size; p++) place[block[p]!] = p;
    for (let p = 0; p < size; p++)
      for (let k = indptr[block[p]!]!; k < indptr[block[p]! + 1]!; k++) {
        const q = place[indices[k]!]!;
        if (q >= 0) out[p * size + q] = data[k]!;
      }
    for (let p = 0; p < size; p++) place[block[p]!] = -1;
  };
  const gradient = (x: Float64Array, out: Float64Array): void => {
    multiplyVector(matrix, x, out);
    for (let i = 0; i < n; i++) out[i]! -= b[i]!;
  };
  const valueGiven = (x: Float64Array, g: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += x[i]! * (g[i]! - b[i]!);
    return sum / 2;
  };
  return {
    n,
    l1: 0,
    nonnegative: false,
    quadratic: true,
    graph: matrix,
    lipschitz,
    rowSums: () => rowSums,
    gradient,
    value: (x) => {
      const g = new Float64Array(n);
      gradient(x, g);
      return valueGiven(x, g);
    },
    hessianBound: hessian,
    boundProduct: (d, out) => {
      multiplyVector(matrix, d, out);
    },
    start: (x) => {
      const g = new Float64Array(n);
      gradient(x, g);
      const scratch = new Float64Array(n);
      return {
        x,
        gradient: g,
        value: () => valueGiven(x, g),
        change: (block, step) => {
          let sum = 0;
          for (const [p, i] of block.entries()) scratch[i] = step[p]!;
          for (const [p, i] of block.entries()) {
            let along = 0;
            for (let k = indptr[i]!; k < indptr[i + 1]!; k++) along += data[k]! * scratch[indices[k]!]!;
            sum += step[p]! * (g[i]! + along / 2);
          }
          for (const i of block) scratch[i] = 0;
          return sum;
        },
        move: (block, step) => {
          for (const [p, i] of block.entries()) {
            const d = step[p]!;
            if (d === 0) continue;
            x[i]! += d;
            for (let k = indptr[i]!; k < indptr[i + 1]!; k++) g[indices[k]!]! += data[k]! * d;
          }
        },
        hessian,
      };
    },
  };
}

/** What a linear model loses on row i with the product z = a_i^T x, and its derivatives. */
interface Loss {
  value(z: number, i: number): number;
  slope(z: number, i: number): number;
  curvature(z: number, i: number): number;
  /** The most that `curvature` can be. */
  readonly bound: number;
  readonly quadratic: boolean;
}

/** `sum_i loss(a_i^T x) + l2 ||x||^2 / 2`. A move costs the entries of its columns and of the rows these touch. */
function linearModel(matrix: CsrMatrix, loss: Loss, { l2, l1, nonnegative }: Penalties): BlockProblem {
  const { rows: m, cols: n, indptr, indices, data } = matrix;
  const columns = transpose(matrix);
  const lipschitz = new Float64Array(n).fill(l2);
  for (let k = 0; k < data.length; k++) lipschitz[indices[k]!]! += loss.bound * data[k]! * data[k]!;
  const weighted = (block: Int32Array, weight: (row: number) => number, out: Float64Array): void => {
    const size = block.length;
    const dense = new Float64Array(m);
    for (let p = 0; p < size; p++) {
      const from = columns.indptr[block[p]!]!;
      const to = columns.indptr[block[p]! + 1]!;
      for (let k = from; k < to; k++)
        dense[columns.indices[k]!] = columns.data[k]! * weight(columns.indices[k]!);
      for (let q = p; q < size; q++) {
        let sum = p === q ? l2 : 0;
        const end = columns.indptr[block[q]! + 1]!;
        for (let k = columns.indptr[block[q]!]!; k < end; k++)
          sum += columns.data[k]! * dense[columns.indices[k]!]!;
        out[p * size + q] = sum;
        out[q * size + p] = sum;
      }
      for (let k = from; k < to; k++) dense[columns.indices[k]!] = 0;
    }
  };
  const hessianBound = (block: Int32Array, out: Float64Array): void => weighted(block, () => loss.bound, out);
  const gradientAt = (z: Float64Array, x: Float64Array, out: Float64Array): void => {
    for (let j = 0; j < n; j++) out[j] = l2 * x[j]!;
    for (let i = 0; i < m; i++) {
      const slope = loss.slope(z[i]!, i);
      if (slope !== 0)
        for (let k = indptr[i]!; k < indptr[i + 1]!; k++) out[indices[k]!]! += slope * data[k]!;
    }
  };
  const lossesAt = (z: Float64Array): Float64Array => z.map((product, i) => loss.value(product, i));
  let sums: Float64Array | undefined;
  return {
    n,
    l1,
    nonnegative,
    quadratic: loss.quadratic,
    lipschitz,
    value: (x) => penalizedSum(lossesAt(multiplyVector(matrix, x)), x, l2),
    gradient: (x, out) => gradientAt(multiplyVector(matrix, x), x, out),
    hessianBound,
    boundProduct: (d, out) => {
      const z = multiplyVector(matrix, d);
      for (let j = 0; j < n; j++) out[j] = l2 * d[j]!;
      for (let i = 0; i < m; i++)
        for (let k = indptr[i]!; k < indptr[i + 1]!; k++) out[indices[k]!]! += loss.bound * z[i]! * data[k]!;
    },
    rowSums: () => {
      sums ??= gramRowSums(matrix).map((sum) => loss.bound * sum + l2);
      return sums;
    },
    start: (x): BlockState => {
      const z = multiplyVector(matrix, x);
      const losses = lossesAt(z);
      const g = new Float64Array(n);
      gradientAt(z, x, g);
      const shifts = new RowShifts(columns);
      const { rows: touched, values: shift } = shifts;
      return {
        x,
        gradient: g,
        value: () => penalizedSum(losses, x, l2),
        change: (block, step) => {
          const count = shifts.collect(block, step);
          let sum = 0;
          for (let t = 0; t < count; t++) {
            const i = touched[t]!;
            sum += loss.value(z[i]! + shift[i]!, i) - losses[i]!;
          }
          for (const [p, j] of block.entries()) sum += l2 * step[p]! * (x[j]! + step[p]! / 2);
          return sum;
        },
        move: (block, step) => {
          const count = shifts.collect(block, step);
          for (const [p, j] of block.entries()) {
            x[j]! += step[p]!;
            g[j]! += l2 * step[p]!;
          }
          for (let t = 0; t < count; t++) {
            const i = touched[t]!;
            const before = loss.slope(z[i]!, i);
            z[i]! += shift[i]!;
            losses[i] = loss.value(z[i]!, i);
            const change = loss.slope(z[i]!, i) - before;
            for (let k = indptr[i]!; k < indptr[i + 1]!; k++) g[indices[k]!]! += change * data[k]!;
          }
        },
        hessian: (block, out) => weighted(block, (i) => loss.curvature(z[i]!, i), out),
      };
    },
  };
}

/** `1/2 ||A x - b||^2 + l2 ||x||^2 / 2 + l1 ||x||_1`. */
export function leastSquares(
  a: Matrix | CsrMatrix,
  b: Float64Array,
  options: RegressionOptions = {},
): BlockProblem {
  const matrix = sparseOf("a", a);
  requireVector("b", b, matrix.rows);
  const loss: Loss = {
    value: (z, i) => (z - b[i]!) ** 2 / 2,
    slope: (z, i) => z - b[i]!,
    curvature: () => 1,
    bound: 1,
    quadratic: true,
  };
  return linearModel(matrix, loss, penalties(options));
}

/** `sum_i log(1 + exp(-y_i a_i^T x)) + l2 ||x||^2 / 2 + l1 ||x||_1`, labels -1 and 1. */
export function logistic(
  a: Matrix | CsrMatrix,
  y: ArrayLike<number>,
  options: RegressionOptions = {},
): BlockProblem {
  const matrix = sparseOf("a", a);
  if (y.length !== matrix.rows)
    throw new InvalidInputError("y", `expected ${matrix.rows} labels, got ${y.length}`);
  const signs = Float64Array.from(y);
  const bad = signs.find((sign) => sign !== 1 && sign !== -1);
  if (bad !== undefined || signs.every((sign) => sign === signs[0]))
    throw new InvalidInputError("y", `expected labels -1 and 1, both of them, got ${show(bad ?? signs[0])}`);
  const sigmoid = (z: number): number => (z >= 0 ? 1 / (1 + exp(-z)) : exp(z) / (1 + exp(z)));
  const loss: Loss = {
    value: (z, i) => log1pExp(-signs[i]! * z),
    slope: (z, i) => -signs[i]! * sigmoid(-signs[i]! * z),
    curvature: (z) => sigmoid(z) * sigmoid(-z),
    bound: 0.25,
    quadratic: false,
  };
  return linearModel(matrix, loss, penalties(options));
}

/**
 * Label propagation on a graph: `1/2 sum w_ij (x_i - x_j)^2` with some x given, as a quadratic over the others in
 * ascending order.
 *
 * @throws InvalidInputError naming vertices that no label reaches
 */
export function labelPropagation(
  w: CsrMatrix,
  labels: ReadonlyMap<number, number>,
): { readonly problem: BlockProblem; readonly unlabelled: Int32Array } {
  requireCsr("w", w, { square: true, nonnegative: true });
  if (!isSymmetric(w)) throw new InvalidInputError("w", "expected a symmetric matrix of weights");
  const { rows: n, indptr, indices, data } = w;
  for (const [vertex, label] of labels) {
    requireInteger("labels", vertex, 0, n - 1);
    requireFinite(`labels of ${vertex}`, label);
  }
  const reached = new Uint8Array(n);
  const queue = [...labels.keys()];
  for (const vertex of queue) reached[vertex] = 1;
  for (let head = 0; head < queue.length; head++)
    for (let k = indptr[queue[head]!]!; k < indptr[queue[head]! + 1]!; k++) {
      const other = indices[k]!;
      if (data[k] === 0 || reached[other] === 1) continue;
      reached[other] = 1;
      queue.push(other);
    }
  const lost = Array.from(reached.keys()).filter((vertex) => reached[vertex] === 0);
  if (lost.length > 0) throw new InvalidInputError("labels", `reach no label: vertices ${show(lost)}`);
  const unlabelled = Int32Array.from(reached.keys()).filter((vertex) => !labels.has(vertex));
  const place = new Int32Array(n).fill(-1);
  for (const [p, vertex] of unlabelled.entries()) place[vertex] = p;
  const b = new Float64Array(unlabelled.length);
  const entries: [number[], number[], number[]] = [[], [], []];
  const add = (i: number, j: number, value: number): void => {
    entries[0].push(i);
    entries[1].push(j);
    entries[2].push(value);
  };
  for (const [p, vertex] of unlabelled.entries())
    for (let k = indptr[vertex]!; k < indptr[vertex + 1]!; k++) {
      const other = indices[k]!;
      if (other === vertex) continue;
      add(p, p, data[k]!);
      if (place[other]! >= 0) add(p, place[other]!, -data[k]!);
      else b[p]! += data[k]! * labels.get(other)!;
    }
  return { problem: quadratic(csrFromTriplets(b.length, b.length, ...entries), b), unlabelled };
}
