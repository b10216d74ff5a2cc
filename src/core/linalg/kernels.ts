/**
 * What a provider of dense linear algebra computes; the public functions of this folder stand on it and on
 * nothing else. Arrays are row-major without gaps. Arguments have been checked: entries finite, lengths right,
 * extents at least 1. Methods throw `NumericalError` only where an iteration does not converge; everything
 * else is told by the return value.
 */
export interface DenseKernels {
  /**
   * c := op(a) op(b), or c += op(a) op(b) to accumulate, where op transposes when asked; op(a) is m x k, op(b) k x n,
   * c m x n.
   */
  multiply(
    transposeA: boolean,
    transposeB: boolean,
    m: number,
    n: number,
    k: number,
    a: Float64Array,
    b: Float64Array,
    c: Float64Array,
    accumulate?: boolean,
  ): void;

  /** c := a^T a for a of shape m x n; both triangles of the n x n result are written. */
  gram(m: number, n: number, a: Float64Array, c: Float64Array): void;

  /**
   * b := op(t)^-1 b for the triangular n x n matrix t, of which only the named triangle is read, and b n x
   * columns. The diagonal has been checked to be free of zeros.
   */
  solveTriangular(
    upper: boolean,
    transpose: boolean,
    unitDiagonal: boolean,
    n: number,
    columns: number,
    t: Float64Array,
    b: Float64Array,
  ): void;

  /**
   * Lower Cholesky factor in place of the lower triangle of a; the strict upper triangle is left in an
   * unspecified state. Returns -1, or the index of the first pivot that is not positive.
   */
  cholesky(n: number, a: Float64Array): number;

  /**
   * LU with partial pivoting in place: strict lower triangle L (unit diagonal), upper triangle U.
   * Step i exchanged rows i and pivots[i]. Returns -1, or the index of the first pivot that is exactly zero.
   */
  lu(m: number, n: number, a: Float64Array, pivots: Int32Array): number;

  /** Factors a square matrix for solving; a is overwritten and belongs to the result. */
  factor(n: number, a: Float64Array): SquareFactors;

  /** Householder QR; q has `columnsOfQ` columns (0, min(m, n) or m), r min(columnsOfQ or min(m, n), m) rows. */
  qr(m: number, n: number, a: Float64Array, columnsOfQ: number): { q: Float64Array; r: Float64Array };

  /** QR with column pivoting, a[:, permutation] = q r; columnsOfQ is min(m, n) or m. */
  pivotedQr(
    m: number,
    n: number,
    a: Float64Array,
    columnsOfQ: number,
  ): { q: Float64Array; r: Float64Array; permutation: Int32Array };

  /** Singular values in descending order; u m x k and vt k x n with k = min(m, n), or square when full. */
  svd(
    m: number,
    n: number,
    a: Float64Array,
    vectors: "none" | "thin" | "full",
  ): { u: Float64Array; s: Float64Array; vt: Float64Array };

  /** Eigenvalues in ascending order of the symmetric matrix in the lower triangle of a; eigenvectors in rows. */
  eigh(n: number, a: Float64Array, vectors: boolean): { values: Float64Array; rows: Float64Array };

  /**
   * Real Schur form a = z t z^T; t is quasi upper triangular in standard form: each 2 x 2 block on the
   * diagonal has equal diagonal entries and off-diagonal entries of opposite sign.
   */
  schur(n: number, a: Float64Array): { t: Float64Array; z: Float64Array };

  /**
   * Cholesky factor U (a = U^T U) in place of a symmetric band: `a[i * (w + 1) + d]` holds entry (i, i + d).
   * Returns -1 or the failing pivot.
   */
  bandedCholesky(n: number, w: number, a: Float64Array): number;

  /** b := a^-1 b from {@link bandedCholesky}; b is n x columns. */
  bandedCholeskySolve(n: number, w: number, a: Float64Array, columns: number, b: Float64Array): void;

  /**
   * b := a^-1 b by LU with partial pivoting; `a[i * (lower + upper + 1) + j - i + lower]` holds entry (i, j).
   * Returns -1, or the index of the first pivot that is exactly zero (b is then unspecified).
   */
  bandedSolve(
    n: number,
    lower: number,
    upper: number,
    a: Float64Array,
    columns: number,
    b: Float64Array,
  ): number;
}

/** A square matrix factored by LU with partial pivoting, of rows or of columns as the provider prefers. */
export interface SquareFactors {
  /** Index of the first pivot that is exactly zero, or -1. Where there is one, `solve` must not be called. */
  readonly zeroPivot: number;
  /** The determinant is `sign` times the product of the pivots. */
  readonly pivots: Float64Array;
  readonly sign: 1 | -1;
  /** b := a^-1 b, or a^-T b, for b of n x columns. */
  solve(transpose: boolean, columns: number, b: Float64Array): void;
}
