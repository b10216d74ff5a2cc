import type { Matrix } from "../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../errors.ts";
import { matrixOf, requireFiniteResult, requireFloatMatrix, requireVector } from "./checks.ts";
import { kernels } from "./provider.ts";

export interface MatmulOptions {
  /** Use the transpose of a; default false. */
  readonly transposeA?: boolean;
  /** Use the transpose of b; default false. */
  readonly transposeB?: boolean;
}

/** The product a b, [m, k] times [k, n], with either factor transposed on request. 2 m n k operations. */
export function matmul(a: Matrix, b: Matrix, options: MatmulOptions = {}): Matrix {
  requireKnownOptions("options", options, ["transposeA", "transposeB"]);
  const { transposeA = false, transposeB = false } = options;
  const left = requireFloatMatrix("a", a);
  const right = requireFloatMatrix("b", b);
  const [m, k] = transposeA ? [left.cols, left.rows] : [left.rows, left.cols];
  const [inner, n] = transposeB ? [right.cols, right.rows] : [right.rows, right.cols];
  if (inner !== k)
    throw new InvalidInputError(
      "b",
      `expected ${k} ${transposeB ? "columns" : "rows"} to match a, got shape [${right.rows}, ${right.cols}]`,
    );
  const c = new Float64Array(m * n);
  if (m > 0 && n > 0 && k > 0) kernels().multiply(transposeA, transposeB, m, n, k, a.data, b.data, c);
  requireFiniteResult("matmul: the product", c);
  return matrixOf(m, n, c);
}

/**
 * `c = op(a) op(b)`, or `c += op(a) op(b)` to accumulate, on bare row-major arrays, op(a) of shape [m, k] and op(b) of
 * [k, n]: {@link matmul} for iterations that have checked their matrices once. Checks nothing; `c` must be another
 * array.
 */
export function multiplyInto(
  transposeA: boolean,
  transposeB: boolean,
  m: number,
  n: number,
  k: number,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  accumulate = false,
): void {
  kernels().multiply(transposeA, transposeB, m, n, k, a, b, c, accumulate);
}

export interface MatvecOptions {
  /** Use the transpose of a; default false. */
  readonly transpose?: boolean;
}

/** The product a x, or a^T x. 2 m n operations. */
export function matvec(a: Matrix, x: Float64Array, options: MatvecOptions = {}): Float64Array {
  requireKnownOptions("options", options, ["transpose"]);
  const { rows, cols } = requireFloatMatrix("a", a);
  const { transpose = false } = options;
  requireVector("x", x, transpose ? rows : cols);
  const y = transpose ? transposedTimes(rows, cols, a.data, x) : times(rows, cols, a.data, x);
  requireFiniteResult("matvec: the product", y);
  return y;
}

function times(rows: number, cols: number, a: Float64Array, x: Float64Array): Float64Array {
  const y = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let p = i * cols;
    let j = 0;
    for (; j + 3 < cols; j += 4, p += 4) {
      s0 += a[p]! * x[j]!;
      s1 += a[p + 1]! * x[j + 1]!;
      s2 += a[p + 2]! * x[j + 2]!;
      s3 += a[p + 3]! * x[j + 3]!;
    }
    for (; j < cols; j++, p++) s0 += a[p]! * x[j]!;
    y[i] = s0 + s1 + (s2 + s3);
  }
  return y;
}

function transposedTimes(rows: number, cols: number, a: Float64Array, x: Float64Array): Float64Array {
  const y = new Float64Array(cols);
  for (let i = 0, p = 0; i < rows; i++) {
    const factor = x[i]!;
    for (let j = 0; j < cols; j++, p++) y[j]! += factor * a[p]!;
  }
  return y;
}

/** The Gram matrix a^T a of the columns of a, exactly symmetric. rows * cols^2 operations. */
export function gram(a: Matrix): Matrix {
  const { rows, cols } = requireFloatMatrix("a", a);
  const c = new Float64Array(cols * cols);
  if (rows > 0 && cols > 0) kernels().gram(rows, cols, a.data, c);
  requireFiniteResult("gram: the product", c);
  return matrixOf(cols, cols, c);
}

/** The Kronecker product: block (i, j) of the result is a[i, j] b. */
export function kron(a: Matrix, b: Matrix): Matrix {
  const left = requireFloatMatrix("a", a);
  const right = requireFloatMatrix("b", b);
  const rows = left.rows * right.rows;
  const cols = left.cols * right.cols;
  const c = new Float64Array(rows * cols);
  let next = 0;
  for (let i = 0; i < left.rows; i++)
    for (let k = 0; k < right.rows; k++)
      for (let j = 0; j < left.cols; j++) {
        const factor = a.data[i * left.cols + j]!;
        for (let l = 0; l < right.cols; l++) c[next++] = factor * b.data[k * right.cols + l]!;
      }
  requireFiniteResult("kron: the product", c);
  return matrixOf(rows, cols, c);
}

/** The identity matrix of order n. */
export function identity(n: number): Matrix {
  requireInteger("n", n, 0);
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) data[i * n + i] = 1;
  return matrixOf(n, n, data);
}
