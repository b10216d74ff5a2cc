import type { Matrix } from "../core/array/index.ts";
import { type ComplexMatrix, type ComplexVector, matmul } from "../core/linalg/index.ts";

/** Rows and columns of zeros. */
export function complexZeros(rows: number, cols: number): ComplexMatrix {
  const part = (): Matrix => ({
    dtype: "float64",
    shape: [rows, cols],
    data: new Float64Array(rows * cols),
  });
  return { re: part(), im: part() };
}

/** a b, or with `adjointA`, `adjointB` of their conjugate transposes. Four real products. */
export function complexProduct(
  a: ComplexMatrix,
  b: ComplexMatrix,
  { adjointA = false, adjointB = false } = {},
): ComplexMatrix {
  const options = { transposeA: adjointA, transposeB: adjointB };
  const signA = adjointA ? -1 : 1;
  const signB = adjointB ? -1 : 1;
  const [rr, ii] = [matmul(a.re, b.re, options), matmul(a.im, b.im, options)];
  const [ri, ir] = [matmul(a.re, b.im, options), matmul(a.im, b.re, options)];
  for (let p = 0; p < rr.data.length; p++) {
    rr.data[p] = rr.data[p]! - signA * signB * ii.data[p]!;
    ri.data[p] = signB * ri.data[p]! + signA * ir.data[p]!;
  }
  return { re: rr, im: ri };
}

/** v diag(values) w: what an eigendecomposition stands for. */
export function recompose(v: ComplexMatrix, values: ComplexVector, w: ComplexMatrix): ComplexMatrix {
  const n = values.re.length;
  const scaled = complexZeros(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const p = i * n + j;
      scaled.re.data[p] = v.re.data[p]! * values.re[j]! - v.im.data[p]! * values.im[j]!;
      scaled.im.data[p] = v.re.data[p]! * values.im[j]! + v.im.data[p]! * values.re[j]!;
    }
  return complexProduct(scaled, w);
}
