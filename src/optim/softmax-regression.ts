import type { CsrMatrix, Matrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger } from "../core/errors.ts";
import { transpose } from "../core/sparse/index.ts";
import { exp, log } from "../core/special/index.ts";
import type { BlockProblem, BlockState } from "./block-problem.ts";
import {
  gramRowSums,
  penalizedSum,
  penalties,
  type RegressionOptions,
  sparseOf,
} from "./regression-design.ts";
import { RowShifts } from "./row-shifts.ts";

/**
 * Multi-class logistic regression, `sum_i (log sum_c exp(a_i^T x_c) - a_i^T x_{y_i}) + l2 ||x||^2 / 2 + l1 ||x||_1`,
 * with a coefficient for every feature and class. Those of one feature lie together: feature f and class c are
 * variable `f k + c` for k classes.
 *
 * The Hessian is bounded by `1/2 (I - 11^T / k)` in the classes times `A^T A` in the features, and along a
 * single coefficient by `||a_f||^2 / 4`. A move costs the rows that its features touch, times the classes, times their
 * entries.
 *
 * Reference for the bound: Boehning 1992, Multinomial logistic regression algorithm.
 *
 * @param a samples in rows
 * @param labels the class of each row, from 0; the largest says how many classes there are, at least two
 */
export function softmaxRegression(
  a: Matrix | CsrMatrix,
  labels: ArrayLike<number>,
  options: RegressionOptions = {},
): BlockProblem {
  const matrix = sparseOf("a", a);
  const { l2, l1, nonnegative } = penalties(options);
  const { rows: m, cols: features, indptr, indices, data } = matrix;
  const { classOf, classes: k } = classesOf(labels, m);
  const n = features * k;
  const columns = transpose(matrix);
  const lipschitz = new Float64Array(n).fill(l2);
  for (let e = 0; e < data.length; e++)
    for (let c = 0; c < k; c++) lipschitz[indices[e]! * k + c]! += (data[e]! * data[e]!) / 4;

  /** `out = A x`, a row of k products for every sample. */
  const products = (x: Float64Array, out: Float64Array): void => {
    out.fill(0);
    for (let i = 0; i < m; i++)
      for (let e = indptr[i]!; e < indptr[i + 1]!; e++) {
        const from = indices[e]! * k;
        for (let c = 0; c < k; c++) out[i * k + c]! += data[e]! * x[from + c]!;
      }
  };
  /** `out += A^T weights` for rows of k weights. */
  const gather = (weights: Float64Array, i: number, from: number, out: Float64Array): void => {
    for (let e = indptr[i]!; e < indptr[i + 1]!; e++) {
      const to = indices[e]! * k;
      for (let c = 0; c < k; c++) out[to + c]! += data[e]! * weights[from + c]!;
    }
  };
  /** Turns the products of row i in `z` into probabilities in `out`, and gives the logarithm of their sum. */
  const probabilities = (z: Float64Array, from: number, out: Float64Array, to: number): number => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < k; c++) largest = Math.max(largest, z[from + c]!);
    let sum = 0;
    for (let c = 0; c < k; c++) {
      const value = exp(z[from + c]! - largest);
      out[to + c] = value;
      sum += value;
    }
    for (let c = 0; c < k; c++) out[to + c]! /= sum;
    return largest + log(sum);
  };
  /** Fills in gradient and probabilities, and the loss of each row. */
  const evaluate = (
    x: Float64Array,
    z: Float64Array,
    p: Float64Array,
    losses: Float64Array,
    g: Float64Array,
  ) => {
    products(x, z);
    for (let v = 0; v < n; v++) g[v] = l2 * x[v]!;
    for (let i = 0; i < m; i++) {
      losses[i] = probabilities(z, i * k, p, i * k) - z[i * k + classOf[i]!]!;
      p[i * k + classOf[i]!]! -= 1;
      gather(p, i, i * k, g);
      p[i * k + classOf[i]!]! += 1;
    }
  };
  const atPoint = (x: Float64Array) => {
    const [z, p] = [new Float64Array(m * k), new Float64Array(m * k)];
    const [losses, g] = [new Float64Array(m), new Float64Array(n)];
    evaluate(x, z, p, losses, g);
    return { z, p, losses, g };
  };
  const dense = new Float64Array(m);
  /** `sum_i a_if a_ig weight(i, c, d)` over the pairs of a block, c and d their classes. */
  const weighted = (
    block: Int32Array,
    weight: (i: number, c: number, d: number) => number,
    out: Float64Array,
  ): void => {
    const size = block.length;
    for (let u = 0; u < size; u++) {
      const f = Math.floor(block[u]! / k);
      const c = block[u]! - f * k;
      for (let e = columns.indptr[f]!; e < columns.indptr[f + 1]!; e++)
        dense[columns.indices[e]!] = columns.data[e]!;
      for (let v = u; v < size; v++) {
        const g = Math.floor(block[v]! / k);
        const d = block[v]! - g * k;
        let sum = u === v ? l2 : 0;
        for (let e = columns.indptr[g]!; e < columns.indptr[g + 1]!; e++) {
          const i = columns.indices[e]!;
          if (dense[i] !== 0) sum += columns.data[e]! * dense[i]! * weight(i, c, d);
        }
        out[u * size + v] = sum;
        out[v * size + u] = sum;
      }
      for (let e = columns.indptr[f]!; e < columns.indptr[f + 1]!; e++) dense[columns.indices[e]!] = 0;
    }
  };
  const [same, different] = [(1 - 1 / k) / 2, -1 / (2 * k)];
  let sums: Float64Array | undefined;
  return {
    n,
    l1,
    nonnegative,
    quadratic: false,
    lipschitz,
    value: (x) => {
      const { losses } = atPoint(x);
      return penalizedSum(losses, x, l2);
    },
    gradient: (x, out) => out.set(atPoint(x).g),
    hessianBound: (block, out) => weighted(block, (_, c, d) => (c === d ? same : different), out),
    boundProduct: (direction, out) => {
      const z = new Float64Array(m * k);
      products(direction, z);
      for (let v = 0; v < n; v++) out[v] = l2 * direction[v]!;
      for (let i = 0; i < m; i++) {
        let mean = 0;
        for (let c = 0; c < k; c++) mean += z[i * k + c]! / k;
        for (let c = 0; c < k; c++) z[i * k + c] = (z[i * k + c]! - mean) / 2;
        gather(z, i, i * k, out);
      }
    },
    // In the classes every row of the bound sums to (1 - 1/k) in absolute value.
    rowSums: () => {
      if (sums === undefined) {
        const byFeature = gramRowSums(matrix);
        sums = Float64Array.from({ length: n }, (_, v) => (1 - 1 / k) * byFeature[Math.floor(v / k)]! + l2);
      }
      return sums;
    },
    start: (x): BlockState => {
      const { z, p, losses, g } = atPoint(x);
      const shifts = new RowShifts(columns, k);
      const { rows: touched, values: shift } = shifts;
      const row = new Float64Array(k);
      const shares = new Float64Array(k);
      return {
        x,
        gradient: g,
        value: () => penalizedSum(losses, x, l2),
        change: (block, step) => {
          const count = shifts.collect(block, step);
          let sum = 0;
          for (let t = 0; t < count; t++) {
            const i = touched[t]!;
            for (let c = 0; c < k; c++) row[c] = z[i * k + c]! + shift[i * k + c]!;
            sum += probabilities(row, 0, shares, 0) - row[classOf[i]!]! - losses[i]!;
          }
          for (let u = 0; u < block.length; u++) sum += l2 * step[u]! * (x[block[u]!]! + step[u]! / 2);
          return sum;
        },
        move: (block, step) => {
          const count = shifts.collect(block, step);
          for (let u = 0; u < block.length; u++) {
            x[block[u]!]! += step[u]!;
            g[block[u]!]! += l2 * step[u]!;
          }
          for (let t = 0; t < count; t++) {
            const i = touched[t]!;
            for (let c = 0; c < k; c++) z[i * k + c]! += shift[i * k + c]!;
            losses[i] = probabilities(z, i * k, shares, 0) - z[i * k + classOf[i]!]!;
            for (let c = 0; c < k; c++) {
              row[c] = shares[c]! - p[i * k + c]!;
              p[i * k + c] = shares[c]!;
            }
            gather(row, i, 0, g);
          }
        },
        hessian: (block, out) =>
          weighted(
            block,
            (i, c, d) => (c === d ? p[i * k + c]! * (1 - p[i * k + c]!) : -p[i * k + c]! * p[i * k + d]!),
            out,
          ),
      };
    },
  };
}

function classesOf(labels: ArrayLike<number>, rows: number): { classOf: Int32Array; classes: number } {
  if (labels.length !== rows)
    throw new InvalidInputError("labels", `expected ${rows} classes, got ${labels.length}`);
  const classOf = new Int32Array(rows);
  let classes = 0;
  for (let i = 0; i < rows; i++) {
    classOf[i] = requireInteger(`labels of row ${i}`, labels[i]!, 0, 2 ** 20);
    classes = Math.max(classes, classOf[i]! + 1);
  }
  if (classes < 2) throw new InvalidInputError("labels", "hold the class 0 only; expected at least two");
  return { classOf, classes };
}
