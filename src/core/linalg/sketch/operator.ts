import type { CsrMatrix, Matrix } from "../../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../../errors.ts";
import { matrixOf, requireFloatMatrix, requireVector } from "../checks.ts";
import { isSparse, requireCsr } from "../operator.ts";

export type SketchKind =
  | "gaussian"
  | "rademacher"
  | "srht"
  | "countSketch"
  | "sparseSign"
  | "tensorSrht"
  | "rowSampling";

/**
 * A random m x n matrix S with E[S^T S] = I that is never written down: S a keeps the geometry of the column
 * space of a in few rows. An operator is drawn once, by its seed; the same object must be applied to a matrix
 * and to its right-hand side.
 */
export interface SketchOperator {
  readonly kind: SketchKind;
  readonly m: number;
  readonly n: number;
  /** S a, m x d. */
  apply(a: Matrix | CsrMatrix): Matrix;
  /** S b. */
  applyVector(b: Float64Array): Float64Array;
  /** S itself, by applying it to the identity: for tests and small n. */
  toDense(): Matrix;
}

export interface SketchOptions {
  /** Seed of the draw; default 0. */
  readonly seed?: number | bigint;
}

/** How a kind of sketch works: on the rows of a dense block, or on a sparse matrix. */
export interface SketchKernel {
  /** S a for a row-major n x d block. */
  dense(d: number, a: Float64Array): Float64Array;
  /** S a for a sparse matrix of n rows. */
  sparse(a: CsrMatrix): Float64Array;
}

/** Checks what an operator is applied to, and wraps what its kernel gives. */
export function sketchOperator(kind: SketchKind, m: number, n: number, kernel: SketchKernel): SketchOperator {
  const apply = (a: Matrix | CsrMatrix): Matrix => {
    if (isSparse(a)) {
      requireCsr("a", a);
      if (a.rows !== n)
        throw new InvalidInputError("a", `expected ${n} rows, got shape [${a.rows}, ${a.cols}]`);
      return matrixOf(m, a.cols, kernel.sparse(a));
    }
    const { cols } = requireFloatMatrix("a", a, { rows: n });
    return matrixOf(m, cols, kernel.dense(cols, a.data));
  };
  return {
    kind,
    m,
    n,
    apply,
    applyVector: (b) => kernel.dense(1, requireVector("b", b, n)),
    toDense() {
      const one = new Float64Array(n * n);
      for (let i = 0; i < n; i++) one[i * n + i] = 1;
      return matrixOf(m, n, kernel.dense(n, one));
    },
  };
}

/** Refuses sizes below 1 and unknown options. */
export function requireSketch(m: number, n: number, options: object, known: readonly string[] = []): void {
  requireInteger("m", m, 1);
  requireInteger("n", n, 1, 2 ** 31 - 1);
  requireKnownOptions("options", options, ["seed", ...known]);
}
