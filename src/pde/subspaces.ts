import { type CsrMatrix, type Matrix, requireMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
} from "../core/errors.ts";
import { eig, matmul, pivotedQr, qr, singularValues } from "../core/linalg/index.ts";
import { randomStream } from "../core/random/index.ts";
import { requireCsr, sparseLu } from "../core/sparse/index.ts";

/**
 * How far the range of Q is from lying in that of C: ||(I - Pi_C) Pi_Q||_2, the sine of the largest principal angle,
 * 0 when it lies in it and 1 when a direction of Q is orthogonal to C, as always when Q has more dimensions. Both
 * need full column rank, not orthonormal columns. Computed from the part of Q outside C, so that small angles
 * keep their digits. O(n k^2).
 */
export function subspaceDelta(Q: Matrix, C: Matrix): number {
  const { rows, cols } = requireMatrix("Q", Q, { dtype: "float64" });
  requireMatrix("C", C, { dtype: "float64", rows });
  const q = orthonormalBasis("Q", Q);
  const c = orthonormalBasis("C", C);
  if (cols > c.shape[1]!) return 1;
  if (cols === 0) return 0;
  return largestSine(q, c);
}

/** {@link subspaceDelta} of orthonormal columns. */
function largestSine(q: Matrix, c: Matrix): number {
  let outside = q;
  // Twice, for what rounding leaves of C.
  for (let pass = 0; pass < 2; pass++) {
    const inside = matmul(c, matmul(c, outside, { transposeA: true }));
    outside = { ...q, data: outside.data.map((value, i) => value - inside.data[i]!) };
  }
  return Math.min(1, singularValues(outside)[0]!);
}

function orthonormalBasis(argument: string, A: Matrix): Matrix {
  const [rows, cols] = A.shape as [number, number];
  if (cols > rows)
    throw new InvalidInputError(argument, `expected independent columns, got ${cols} of length ${rows}`);
  if (cols === 0) return A;
  const { r } = pivotedQr(A);
  if (Math.abs(r.data[cols * cols - 1]!) <= 1e-13 * Math.abs(r.data[0]!))
    throw new InvalidInputError(argument, "expected independent columns, got linearly dependent ones");
  return qr(A).q;
}

export interface InvariantSubspaceOptions {
  /** Bound on the subspace's change in the last step, as a sine; default 1e-8. */
  readonly tol?: number;
  /** Most steps; default 1,000. */
  readonly maxIterations?: number;
}

/**
 * Orthonormal basis (n x k) of the invariant subspace of A for its k eigenvalues of least modulus, by inverse
 * iteration with a block of about 2 k vectors on a sparse LU factorization. A complex pair at the end that would be
 * split is left out, so that the basis may have k - 1 columns. Linear convergence with the ratio of the moduli of
 * eigenvalues k and 2 k; NumericalError when `maxIterations` steps do not suffice. The start is fixed: the same A gives
 * the same basis.
 */
export function smallestInvariantSubspace(
  A: CsrMatrix,
  k: number,
  options: InvariantSubspaceOptions = {},
): Matrix {
  const { rows: n } = requireCsr("A", A);
  if (A.cols !== n) throw new InvalidInputError("A", `must be square, got ${n} x ${A.cols}`);
  requireInteger("k", k, 1, n);
  requireKnownOptions("options", options, ["tol", "maxIterations"]);
  const tol = requireFinite("options.tol", options.tol ?? 1e-8, 0);
  const maxIterations = requireInteger("options.maxIterations", options.maxIterations ?? 1000, 1);
  const width = Math.min(n, 2 * k + 4);
  const factorized = sparseLu(A);
  const start = randomStream(0, "invariant-subspace").fillNormal(new Float64Array(n * width));
  let basis = qr({ dtype: "float64", shape: [n, width], data: start }).q;
  let found: Matrix | undefined;
  let change = 1;
  for (let step = 0; step < maxIterations; step++) {
    const image = solveColumns(factorized, basis);
    const inner = matmul(basis, image, { transposeA: true });
    // The basis is orthonormal, and so is its product with the small orthonormal matrix.
    const orthonormal = matmul(basis, qr(leadingDirections(inner, k)).q);
    if (found !== undefined && found.shape[1] === orthonormal.shape[1]) {
      change = largestSine(found, orthonormal);
      if (change <= tol || width === n) return orthonormal;
    }
    found = orthonormal;
    basis = qr(image).q;
  }
  throw new NumericalError(
    `the invariant subspace of ${k} eigenvalues still changes by ${change} after ${maxIterations} steps: eigenvalues ${k} and ${width} may have nearly the same modulus`,
    { change, maxIterations },
  );
}

/** A^-1 X. */
function solveColumns(factorized: ReturnType<typeof sparseLu>, X: Matrix): Matrix {
  const [n, width] = X.shape as [number, number];
  const data = new Float64Array(n * width);
  const column = new Float64Array(n);
  for (let j = 0; j < width; j++) {
    for (let i = 0; i < n; i++) column[i] = X.data[i * width + j]!;
    factorized.solve(column, column);
    for (let i = 0; i < n; i++) data[i * width + j] = column[i]!;
  }
  return { dtype: "float64", shape: [n, width], data };
}

/** Real columns that span the eigenvectors of the k eigenvalues of largest modulus; a pair is never split. */
function leadingDirections(inner: Matrix, k: number): Matrix {
  const width = inner.shape[0]!;
  const { values, vectors } = eig(inner);
  const modulus = (i: number) => Math.hypot(values.re[i]!, values.im[i]!);
  const leaders = Array.from({ length: width }, (_, i) => i).filter((i) => values.im[i]! >= 0);
  leaders.sort((i, j) => modulus(j) - modulus(i) || i - j);
  const columns: Float64Array[] = [];
  const columnOf = (part: Matrix, j: number) =>
    Float64Array.from({ length: width }, (_, i) => part.data[i * width + j]!);
  for (const leader of leaders) {
    const pair = values.im[leader]! > 0;
    if (columns.length + (pair ? 2 : 1) > k) break;
    columns.push(columnOf(vectors.re, leader));
    if (pair) columns.push(columnOf(vectors.im, leader));
  }
  const data = new Float64Array(width * columns.length);
  for (const [j, column] of columns.entries())
    for (let i = 0; i < width; i++) data[i * columns.length + j] = column[i]!;
  return { dtype: "float64", shape: [width, columns.length], data };
}
