import { type CsrMatrix, type Matrix, requireMatrix } from "../array/index.ts";
import { InvalidInputError, requireInteger, show } from "../errors.ts";
import { requireCsr } from "./csr.ts";
import { matrixBytes, type Workspace } from "./kernels/workspace.ts";

/**
 * A linear map given by what it does. `apply` writes `A x` to every element of `out` and leaves `x` alone;
 * both are buffers of the caller that must not be kept.
 */
export interface LinearOperator {
  readonly rows: number;
  readonly cols: number;
  apply(x: Float64Array, out: Float64Array): void;
  /** `out = A^T x`, for the methods that need it (`lsqr`, `lsmr`). */
  applyTranspose?(x: Float64Array, out: Float64Array): void;
}

/** What a Krylov method takes: a sparse matrix, a dense one, or a function. */
export type Operator = CsrMatrix | Matrix | LinearOperator;

/** An approximate inverse. `apply` writes `M^-1 r` to `out`, which may be `r` itself. */
export interface Preconditioner {
  readonly size: number;
  apply(r: Float64Array, out: Float64Array): void;
  /** `out = M^-T r`, for the methods that need it (`lsqr`, `lsmr`). */
  applyTranspose?(r: Float64Array, out: Float64Array): void;
}

/** An operator placed in a workspace: both products, on the workspace's vectors. */
export interface BoundOperator {
  apply(x: Float64Array, out: Float64Array): void;
  applyTranspose(x: Float64Array, out: Float64Array): void;
}

/** Refuses anything but an operator with finite entries and, where given, of that shape; returns its shape. */
export function requireOperator(
  argument: string,
  value: unknown,
  expected: { readonly square?: boolean } = {},
): { rows: number; cols: number } {
  const shape = shapeOf(argument, value);
  if (expected.square && shape.rows !== shape.cols)
    throw new InvalidInputError(argument, `must be square, got ${shape.rows} x ${shape.cols}`);
  return shape;
}

function shapeOf(argument: string, value: unknown): { rows: number; cols: number } {
  if (typeof value === "object" && value !== null) {
    if ("indptr" in value) {
      const { rows, cols, data } = requireCsr(argument, value);
      if (!(data instanceof Float64Array))
        throw new InvalidInputError(`${argument}.data`, `expected a Float64Array, got ${show(data)}`);
      return { rows, cols };
    }
    if ("shape" in value) return requireMatrix(argument, value, { dtype: "float64" });
    if ("apply" in value && typeof value.apply === "function") {
      const { rows, cols } = value as LinearOperator;
      return {
        rows: requireInteger(`${argument}.rows`, rows, 0),
        cols: requireInteger(`${argument}.cols`, cols, 0),
      };
    }
  }
  throw new InvalidInputError(
    argument,
    `expected a CsrMatrix, a Matrix or a LinearOperator { rows, cols, apply }, got ${show(value)}`,
  );
}

/** Bytes that {@link bindOperator} takes of a workspace. */
export function operatorBytes(operator: Operator): number {
  return "indptr" in operator ? matrixBytes(operator) : 0;
}

/** Places an operator that {@link requireOperator} accepted in a workspace. */
export function bindOperator(operator: Operator, workspace: Workspace): BoundOperator {
  if ("indptr" in operator) {
    const matrix = workspace.matrix(operator);
    return { apply: matrix.multiply, applyTranspose: matrix.multiplyTranspose };
  }
  if ("shape" in operator) return denseOperator(operator);
  return {
    apply: (x, out) => operator.apply(x, out),
    applyTranspose: (x, out) => {
      if (operator.applyTranspose === undefined)
        throw new InvalidInputError("A.applyTranspose", "this method needs products with the transpose");
      operator.applyTranspose(x, out);
    },
  };
}

/** Products with a row-major dense matrix, 2 flops an entry. */
function denseOperator({ shape, data }: Matrix): BoundOperator {
  const [rows, cols] = shape as [number, number];
  return {
    apply: (x, out) => {
      for (let row = 0, k = 0; row < rows; row++) {
        let sum = 0;
        for (let column = 0; column < cols; column++, k++) sum += data[k]! * x[column]!;
        out[row] = sum;
      }
    },
    applyTranspose: (x, out) => {
      out.fill(0);
      for (let row = 0, k = 0; row < rows; row++) {
        const value = x[row]!;
        for (let column = 0; column < cols; column++, k++) out[column]! += data[k]! * value;
      }
    },
  };
}
