import type { Matrix } from "../core/array/index.ts";
import { InvalidInputError, NumericalError, requireFinite } from "../core/errors.ts";
import {
  addRationals,
  divideRationals,
  multiplyPolynomials,
  multiplyRationals,
  type Polynomial,
  type Rational,
  rational,
  subtractRationals,
} from "../core/exact/index.ts";
import { connectionSums, edgeSetsPolynomial } from "./adjugate.ts";
import { type MixedGraph, requireMixedGraph } from "./mixed-graph.ts";
import { NumeratorSums } from "./numerator-sums.ts";

/** The covariance matrix that a model implies, in closed form: sigma_ij = numerator(i, j) / denominator. */
export interface ImpliedCovariance {
  /** Computed when first asked for. */
  numerator(i: number, j: number): Polynomial;
  /** det(I - Lambda)^2; 1 without directed cycles. */
  readonly denominator: Polynomial;
}

/**
 * The covariances of a linear structural equation model X = Lambda^T X + e, Cov(e) = Omega, by the
 * one-connection rule: Sigma = (I - Lambda)^-T Omega (I - Lambda)^-1 with
 *
 *   sigma_ij = (sum over k, l of A_ki omega_kl A_lj) / det(I - Lambda)^2,  A = adj(I - Lambda),
 *
 * where A_ki is the signed sum over the one-connections from k to i: finite sums over subgraphs, with feedback
 * cycles too. Without directed cycles this is the trek rule. Polynomials are over the parameters in the order
 * of {@link parameterNames}. Cost O(2^n cycles) products for A. (arXiv:2210.00239.)
 */
export function impliedCovariance(graph: MixedGraph): ImpliedCovariance {
  requireMixedGraph(graph);
  const { n, directed, bidirected } = graph;
  const { determinant, row } = connectionSums(graph);
  const sums = new NumeratorSums(graph);
  const numerators = new Map<number, Polynomial>();
  const below = edgeSetsPolynomial(graph, determinant);
  return {
    denominator: multiplyPolynomials(below, below),
    numerator: (i, j) => {
      if (i > j) [i, j] = [j, i];
      if (!(i >= 0 && j < n))
        throw new InvalidInputError("i", `expected vertices below ${n}, got ${i} and ${j}`);
      const known = numerators.get(i * n + j);
      if (known !== undefined) return known;
      for (let k = 0; k < n; k++) sums.addAlone(row(k)[i]!, row(k)[j]!, directed.length + k);
      for (const [edge, [k, l]] of bidirected.entries()) {
        sums.add(row(k)[i]!, row(l)[j]!, directed.length + n + edge);
        sums.add(row(l)[i]!, row(k)[j]!, directed.length + n + edge);
      }
      const numerator = sums.take();
      numerators.set(i * n + j, numerator);
      return numerator;
    },
  };
}

/** Values of the parameters of a {@link MixedGraph}. */
export interface ModelParameters<T> {
  /** Coefficient of each directed edge. */
  readonly lambda: readonly T[];
  /** Variance of each vertex's error, then the covariance of each bidirected edge. */
  readonly omega: readonly T[];
}

/**
 * The covariance matrix at rational parameters, exactly, by inverting I - Lambda.
 *
 * @throws NumericalError where det(I - Lambda) = 0
 */
export function exactCovariance(graph: MixedGraph, parameters: ModelParameters<Rational>): Rational[][] {
  return covarianceOver(graph, parameters, {
    zero: rational(0),
    one: rational(1),
    add: addRationals,
    subtract: subtractRationals,
    multiply: multiplyRationals,
    divide: divideRationals,
    // No pivot is better than another.
    size: ({ num }) => (num === 0n ? 0 : 1),
  });
}

export interface EvaluatedCovariance {
  readonly covariance: Matrix;
  /** Whether Omega, and with it the covariance matrix, is positive definite: no covariance otherwise. */
  readonly positiveDefinite: boolean;
}

/**
 * The covariance matrix at given parameters, in double precision.
 *
 * @throws NumericalError where I - Lambda is singular
 */
export function evaluateCovariance(
  graph: MixedGraph,
  parameters: ModelParameters<number>,
): EvaluatedCovariance {
  for (const kind of ["lambda", "omega"] as const)
    for (const [i, value] of parameters[kind].entries()) requireFinite(`parameters.${kind}[${i}]`, value);
  const rows = covarianceOver(graph, parameters, {
    zero: 0,
    one: 1,
    add: (a, b) => a + b,
    subtract: (a, b) => a - b,
    multiply: (a, b) => a * b,
    divide: (a, b) => a / b,
    size: Math.abs,
  });
  const data = Float64Array.from(rows.flat());
  if (!data.every(Number.isFinite))
    throw new NumericalError("the covariance matrix overflows at these parameters");
  return {
    covariance: { dtype: "float64", shape: [graph.n, graph.n], data },
    positiveDefinite: isPositiveDefinite(errorCovariance(graph, parameters.omega, 0)),
  };
}

interface Field<T> {
  readonly zero: T;
  readonly one: T;
  readonly add: (a: T, b: T) => T;
  readonly subtract: (a: T, b: T) => T;
  readonly multiply: (a: T, b: T) => T;
  readonly divide: (a: T, b: T) => T;
  /** 0 for zero alone; the largest pivot is taken. */
  readonly size: (a: T) => number;
}

function covarianceOver<T>(graph: MixedGraph, parameters: ModelParameters<T>, field: Field<T>): T[][] {
  requireMixedGraph(graph);
  const { n, directed, bidirected } = graph;
  const { lambda, omega } = parameters;
  if (lambda.length !== directed.length)
    throw new InvalidInputError(
      "parameters.lambda",
      `expected ${directed.length} values, got ${lambda.length}`,
    );
  if (omega.length !== n + bidirected.length)
    throw new InvalidInputError(
      "parameters.omega",
      `expected ${n + bidirected.length} values, got ${omega.length}`,
    );
  const { zero, add, multiply } = field;
  const inverse = inverted(graph, lambda, field);
  const errors = errorCovariance(graph, omega, zero);
  const product = (a: (i: number, k: number) => T, b: (k: number, j: number) => T): T[][] =>
    errors.map((_, i) =>
      errors.map((_, j) => errors.reduce((sum, _, k) => add(sum, multiply(a(i, k), b(k, j))), zero)),
    );
  const right = product(
    (i, k) => errors[i]![k]!,
    (k, j) => inverse[k]![j]!,
  );
  return product(
    (i, k) => inverse[k]![i]!,
    (k, j) => right[k]![j]!,
  );
}

/** (I - Lambda)^-1 by Gauss-Jordan elimination. */
function inverted<T>(graph: MixedGraph, lambda: readonly T[], field: Field<T>): T[][] {
  const { n, directed } = graph;
  const { zero, one, subtract, multiply, divide, size } = field;
  const rows = Array.from({ length: n }, (_, i) =>
    Array.from({ length: 2 * n }, (_, j) => (j === i || j === n + i ? one : zero)),
  );
  for (const [edge, [from, to]] of directed.entries())
    rows[from]![to] = subtract(rows[from]![to]!, lambda[edge]!);
  for (let col = 0; col < n; col++) {
    let best = col;
    for (let row = col + 1; row < n; row++) if (size(rows[row]![col]!) > size(rows[best]![col]!)) best = row;
    const pivotRow = rows[best]!;
    rows[best] = rows[col]!;
    const pivot = pivotRow[col]!;
    if (size(pivot) === 0) throw new NumericalError("det(I - Lambda) = 0 at these parameters");
    const scaled = pivotRow.map((value) => divide(value, pivot));
    rows[col] = scaled;
    for (const [row, values] of rows.entries()) {
      const factor = values[col]!;
      if (row === col || size(factor) === 0) continue;
      rows[row] = values.map((value, j) => subtract(value, multiply(factor, scaled[j]!)));
    }
  }
  return rows.map((row) => row.slice(n));
}

function errorCovariance<T>(graph: MixedGraph, omega: readonly T[], zero: T): T[][] {
  const { n, bidirected } = graph;
  const errors = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => (i === j ? omega[i]! : zero)),
  );
  for (const [edge, [a, b]] of bidirected.entries()) {
    errors[a]![b] = omega[n + edge]!;
    errors[b]![a] = omega[n + edge]!;
  }
  return errors;
}

/** By the pivots of Cholesky's factorization. */
function isPositiveDefinite(symmetric: readonly number[][]): boolean {
  const rows = symmetric.map((row) => [...row]);
  for (const [k, pivotRow] of rows.entries()) {
    const pivot = pivotRow[k]!;
    if (!(pivot > 0)) return false;
    for (let i = k + 1; i < rows.length; i++) {
      const factor = rows[i]![k]! / pivot;
      for (let j = k; j < rows.length; j++) rows[i]![j]! -= factor * pivotRow[j]!;
    }
  }
  return true;
}
