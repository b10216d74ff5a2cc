import type { CsrMatrix, Matrix } from "../array/index.ts";
import { InvalidInputError, requireInteger, show } from "../errors.ts";
import { matrixOf, requireFloatMatrix } from "./checks.ts";
import { kernels } from "./provider.ts";

/** A linear map that is known by what it does to blocks of vectors, for matrices too large to be written down. */
export interface BlockOperator {
  readonly rows: number;
  readonly cols: number;
  /** The product with a cols x k block. */
  apply(x: Matrix): Matrix;
  /** The product of the transpose with a rows x k block. */
  applyTranspose(x: Matrix): Matrix;
}

/** What randomized methods take: dense, sparse, or known by its products. */
export type MatrixLike = Matrix | CsrMatrix | BlockOperator;

/** Products with a matrix of any kind; checks a dense or sparse one once. */
export function blockOperator(argument: string, a: MatrixLike): BlockOperator {
  if (typeof a === "object" && a !== null && "apply" in a) {
    requireInteger(`${argument}.rows`, a.rows, 0);
    requireInteger(`${argument}.cols`, a.cols, 0);
    return a;
  }
  if (isSparse(a)) {
    requireCsr(argument, a);
    return {
      rows: a.rows,
      cols: a.cols,
      apply: (x) => matrixOf(a.rows, x.shape[1]!, csrTimes(a, x.shape[1]!, x.data)),
      applyTranspose: (x) => matrixOf(a.cols, x.shape[1]!, csrTransposeTimes(a, x.shape[1]!, x.data)),
    };
  }
  const { rows, cols } = requireFloatMatrix(argument, a);
  const product = (transpose: boolean) => (x: Matrix) => {
    const [m, k] = transpose ? [cols, rows] : [rows, cols];
    const n = x.shape[1]!;
    const c = new Float64Array(m * n);
    if (c.length > 0 && k > 0) kernels().multiply(transpose, false, m, n, k, a.data, x.data, c);
    return matrixOf(m, n, c);
  };
  return { rows, cols, apply: product(false), applyTranspose: product(true) };
}

export function isSparse(a: Matrix | CsrMatrix): a is CsrMatrix {
  return typeof a === "object" && a !== null && "indptr" in a;
}

/** Refuses a CSR matrix whose arrays do not fit together or whose entries are not finite. O(entries). */
export function requireCsr(argument: string, a: CsrMatrix): void {
  const { rows, cols, indptr, indices, data } = a;
  requireInteger(`${argument}.rows`, rows, 0);
  requireInteger(`${argument}.cols`, cols, 0);
  if (!(data instanceof Float64Array) || !(indices instanceof Int32Array) || !(indptr instanceof Int32Array))
    throw new InvalidInputError(
      argument,
      `expected Int32Array indices and Float64Array data, got ${show(data)}`,
    );
  if (indptr.length !== rows + 1 || indptr[0] !== 0 || indptr[rows] !== data.length)
    throw new InvalidInputError(
      `${argument}.indptr`,
      `expected ${rows + 1} offsets from 0 to ${data.length}`,
    );
  if (indices.length !== data.length)
    throw new InvalidInputError(
      `${argument}.indices`,
      `expected ${data.length} entries, got ${indices.length}`,
    );
  for (let i = 0; i < rows; i++)
    if (indptr[i + 1]! < indptr[i]!)
      throw new InvalidInputError(`${argument}.indptr`, `descends at row ${i}`);
  for (let k = 0; k < data.length; k++) {
    if (indices[k]! < 0 || indices[k]! >= cols)
      throw new InvalidInputError(
        `${argument}.indices`,
        `entry ${k} is ${indices[k]}; there are ${cols} columns`,
      );
    if (!Number.isFinite(data[k]))
      throw new InvalidInputError(argument, `element ${k} is ${data[k]}; expected finite values`);
  }
}

/** Sparse times dense block of k columns: 2 k operations an entry, rows of the block read in one piece. */
function csrTimes(a: CsrMatrix, k: number, x: Float64Array): Float64Array {
  const y = new Float64Array(a.rows * k);
  for (let i = 0; i < a.rows; i++) {
    const to = i * k;
    for (let p = a.indptr[i]!; p < a.indptr[i + 1]!; p++) {
      const factor = a.data[p]!;
      const from = a.indices[p]! * k;
      for (let c = 0; c < k; c++) y[to + c]! += factor * x[from + c]!;
    }
  }
  return y;
}

function csrTransposeTimes(a: CsrMatrix, k: number, x: Float64Array): Float64Array {
  const y = new Float64Array(a.cols * k);
  for (let i = 0; i < a.rows; i++) {
    const from = i * k;
    for (let p = a.indptr[i]!; p < a.indptr[i + 1]!; p++) {
      const factor = a.data[p]!;
      const to = a.indices[p]! * k;
      for (let c = 0; c < k; c++) y[to + c]! += factor * x[from + c]!;
    }
  }
  return y;
}
