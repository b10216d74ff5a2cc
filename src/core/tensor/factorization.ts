import { customGradient } from "./autodiff.ts";
import { concat } from "./construct.ts";
import { type Tensor, type TensorLike, toTensor } from "./tensor.ts";
import { refuse, showType } from "./type.ts";

/**
 * Largest matrix that is factorised inside a graph: the columns are written out one by one (about six nodes
 * each). Larger ones belong to `ockham/linalg`, outside the graph.
 */
const largest = 128;

function requireSquare(operation: string, x: Tensor): number {
  const n = x.shape.at(-1) ?? 0;
  if (x.rank < 2 || x.shape.at(-2) !== n) refuse(operation, `expected square matrices, got ${showType(x)}`);
  if (n > largest)
    refuse(
      operation,
      `matrices of ${n} rows are too large for a graph (at most ${largest}); use ockham/linalg`,
    );
  return n;
}

/**
 * Lower triangular factors L of symmetric positive definite matrices L L^T on the last two axes; only the
 * lower triangle is read. A matrix that is not positive definite gives NaN.
 */
export function cholesky(x: TensorLike): Tensor {
  let rest = toTensor(x);
  const n = requireSquare("cholesky", rest);
  const columns: Tensor[] = [];
  for (let j = 0; j < n; j++) {
    const first = rest.sliceAxis(-1, 0, 1);
    const column = first.mul(first.sliceAxis(-2, 0, 1).rsqrt());
    columns.push(padRows(column, j));
    if (j + 1 === n) break;
    const below = column.sliceAxis(-2, 1, n - j);
    rest = rest
      .sliceAxis(-2, 1, n - j)
      .sliceAxis(-1, 1, n - j)
      .sub(below.mul(below.swapAxes(-1, -2)));
  }
  return concat(columns, -1);
}

/** Zeros on top of a column. */
function padRows(column: Tensor, rows: number): Tensor {
  const none = column.shape.map(() => 0);
  return column.padAxes(
    none.map((_, axis) => (axis === column.rank - 2 ? rows : 0)),
    none,
  );
}

/** X with L X = B for lower triangular L (with `transpose`, L^T X = B), on the last two axes. */
export function solveTriangular(
  l: TensorLike,
  b: TensorLike,
  options: { readonly transpose?: boolean } = {},
): Tensor {
  const lower = toTensor(l);
  const right = toTensor(b, lower);
  const n = requireSquare("solveTriangular", lower);
  if (right.rank < 2 || right.shape.at(-2) !== n)
    refuse("solveTriangular", `matrix ${showType(lower)} does not fit right-hand sides ${showType(right)}`);
  const matrix = options.transpose ? lower.swapAxes(-1, -2) : lower;
  const rows: Tensor[] = [];
  for (let step = 0; step < n; step++) {
    const i = options.transpose ? n - 1 - step : step;
    const row = matrix.sliceAxis(-2, i, i + 1);
    let value = right.sliceAxis(-2, i, i + 1);
    if (step > 0) {
      const [from, to] = options.transpose ? [i + 1, n] : [0, i];
      value = value.sub(row.sliceAxis(-1, from, to).matmul(concat(rows, -2)));
    }
    value = value.div(row.sliceAxis(-1, i, i + 1));
    if (options.transpose) rows.unshift(value);
    else rows.push(value);
  }
  return concat(rows, -2);
}

/** X with A X = B for symmetric positive definite A. */
export function solvePositiveDefinite(a: TensorLike, b: TensorLike): Tensor {
  const l = cholesky(a);
  return solveTriangular(l, solveTriangular(l, b), { transpose: true });
}

/**
 * Logarithms of the determinants of symmetric positive definite matrices on the last two axes. The gradient
 * is the inverse, by triangular solves with the same factor.
 */
export function logDet(x: TensorLike): Tensor {
  const ofFactor = customGradient(
    (a: Tensor, l: Tensor) => {
      const n = a.shape.at(-1)!;
      const places = a.iota(n, "int64");
      const unit = places.expandDims(1).equal(places);
      return unit.where(l, 1).log().sum([-2, -1]).mul(2);
    },
    (g: Tensor, _, a: Tensor, l: Tensor) => {
      const n = a.shape.at(-1)!;
      const places = a.iota(n, "int64");
      const unit = places.expandDims(1).equal(places).cast(a.dtype);
      const half = solveTriangular(l, unit.broadcastTo(a.shape));
      return [half.swapAxes(-1, -2).matmul(half).mul(g.expandDims(-1).expandDims(-1)), undefined];
    },
  );
  const a = toTensor(x);
  return ofFactor(a, cholesky(a));
}
