import { einsum as tensorEinsum } from "../../einsum.ts";
import type { Tensor } from "../../tensor.ts";
import { isFloat } from "../../type.ts";
import { type Call, floating, type OperatorTable, places, widened } from "../call.ts";

/** Products of floats in their own precision, of whole numbers in double precision (exact below 2^53). */
function product(a: Tensor, b: Tensor): Tensor {
  if (a.dtype === "float16") return a.cast("float32").matmul(b.cast("float32")).cast("float16");
  if (isFloat(a.dtype)) return a.matmul(b);
  return a.cast("float64").matmul(b.cast("float64")).cast(a.dtype);
}

function gemm(call: Call): Tensor {
  const a = call.attributes.int("transA", 0) !== 0 ? call.x(0).transpose() : call.x(0);
  const b = call.attributes.int("transB", 0) !== 0 ? call.x(1).transpose() : call.x(1);
  const alpha = call.attributes.float("alpha", 1);
  const beta = call.attributes.float("beta", 1);
  const c = call.optional(2);
  return widened(c ? [product(a, b), c] : [product(a, b)], (ab, added) => {
    const scaled = alpha === 1 ? ab : ab.mul(alpha);
    if (added === undefined || beta === 0) return scaled;
    return scaled.add(beta === 1 ? added : added.mul(beta));
  });
}

function einsum(call: Call): Tensor {
  const operands = call.all().map((x) => (isFloat(x.dtype) ? floating(x) : x.cast("float64")));
  const { dtype } = call.x(0);
  return tensorEinsum(call.attributes.text("equation", ""), ...operands).cast(dtype);
}

/** Determinants by elimination with the greatest pivot of each column, unrolled over the columns. */
function determinant(call: Call): Tensor {
  return widened([floating(call.x(0))], (x) => {
    const n = x.shape.at(-1)!;
    call.unrolled(n, "columns");
    const outer = x.shape.slice(0, -2);
    let rest = x;
    let result = x.full(outer, 1);
    for (let column = 0; column < n; column++) {
      const size = n - column;
      const first = rest.sliceAxis(-1, 0, 1);
      const pivot = first.abs().argmax(-2, true);
      const place = places(size).reshape([size, 1]);
      const chosen = place.equal(pivot);
      const row = chosen.where(rest, 0).sum([rest.shape.length - 2], true);
      const value = row.sliceAxis(-1, 0, 1);
      const odd = pivot.equal(0).where(value.onesLike(), value.full(value.shape, -1));
      result = result.mul(value.mul(odd).reshape(outer));
      if (size === 1) break;
      // The pivot row trades places with row 0, which is then dropped.
      const swapped = chosen.where(rest.sliceAxis(-2, 0, 1), rest).sliceAxis(-2, 1, size);
      const safe = value.equal(0).where(value.onesLike(), value);
      const factor = swapped.sliceAxis(-1, 0, 1).div(safe);
      rest = swapped.sub(factor.mul(row)).sliceAxis(-1, 1, size);
    }
    return result;
  });
}

export const products: OperatorTable = {
  MatMul: (call) => product(call.x(0), call.x(1)),
  Gemm: gemm,
  Einsum: einsum,
  Det: determinant,
  MatMulInteger: (call) => {
    const shift = (x: Tensor, zero: Tensor | undefined) =>
      zero === undefined ? x.cast("float64") : x.cast("float64").sub(zero.cast("float64"));
    const a = call.optional(2);
    const rows = a !== undefined && a.shape.length === 1 && a.shape[0]! > 1 ? a.reshape([a.shape[0]!, 1]) : a;
    return shift(call.x(0), rows)
      .matmul(shift(call.x(1), call.optional(3)))
      .cast("int32");
  },
  FusedMatMul: (call) => {
    const a = call.attributes.int("transA", 0) !== 0 ? call.x(0).swapAxes(-1, -2) : call.x(0);
    const b = call.attributes.int("transB", 0) !== 0 ? call.x(1).swapAxes(-1, -2) : call.x(1);
    return product(a, b).mul(call.attributes.float("alpha", 1));
  },
};
