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

/** Labels of the axes of every operand and of the result; an ellipsis becomes upper-case labels. */
function labelsOf(call: Call, operands: readonly Tensor[]): { inputs: string[][]; output: string[] } {
  const equation = call.attributes.text("equation", "").replaceAll(" ", "");
  const [left, right] = equation.split("->") as [string, string | undefined];
  const terms = left.split(",");
  if (terms.length !== operands.length) call.fail(`equation ${equation} for ${operands.length} operands`);
  let widest = 0;
  for (const [i, term] of terms.entries())
    if (term.includes("..."))
      widest = Math.max(widest, operands[i]!.shape.length - term.replace("...", "").length);
  const dots = (count: number) => Array.from({ length: count }, (_, i) => `.${widest - count + i}`);
  const read = (term: string, covered: number) => {
    const [before, after] = term.split("...") as [string, string | undefined];
    return after === undefined ? [...before] : [...before, ...dots(covered), ...after];
  };
  const inputs = terms.map((term, i) =>
    read(term, operands[i]!.shape.length - term.replace("...", "").length),
  );
  for (const [i, labels] of inputs.entries())
    if (
      labels.length !== operands[i]!.shape.length ||
      labels.some((label) => !/^([A-Za-z]|\.\d+)$/.test(label))
    )
      call.fail(`equation ${equation} does not fit an operand of ${operands[i]!.shape.length} axes`);
  const counts = new Map<string, number>();
  for (const label of inputs.flat()) counts.set(label, (counts.get(label) ?? 0) + 1);
  const implicit = [
    ...dots(widest),
    ...[...counts]
      .filter(([label, count]) => count === 1 && !label.startsWith("."))
      .map(([label]) => label)
      .sort(),
  ];
  return { inputs, output: right === undefined ? implicit : read(right, widest) };
}

/** The diagonal of axes that carry one label. */
function withoutRepeats(x: Tensor, labels: readonly string[]): { x: Tensor; labels: string[] } {
  let tensor = x;
  const own = [...labels];
  for (let first = 0; first < own.length; first++) {
    for (
      let second = own.indexOf(own[first]!, first + 1);
      second > 0;
      second = own.indexOf(own[first]!, first + 1)
    ) {
      const extent = tensor.shape[first]!;
      const shape = tensor.shape.map((_, i) => (i === second ? 1 : tensor.shape[i]!));
      const place = places(extent).reshape(shape.map((_, i) => (i === first ? extent : 1)));
      tensor = tensor
        .takeAlong(place.broadcastTo(shape), second)
        .reshape(shape.filter((_, i) => i !== second));
      own.splice(second, 1);
    }
  }
  return { x: tensor, labels: own };
}

/** Contracts operands from left to right, each pair as one matrix product. */
function einsum(call: Call): Tensor {
  const operands = call.all().map((x) => (isFloat(x.dtype) ? floating(x) : x.cast("float64")));
  const { inputs, output } = labelsOf(call, operands);
  const parts = operands.map((x, i) => withoutRepeats(x, inputs[i]!));
  let left: Labelled = parts[0]!;
  for (const [i, right] of parts.slice(1).entries()) {
    const later = new Set([...output, ...parts.slice(i + 2).flatMap(({ labels }) => labels)]);
    left = contracted(left, right, later);
  }
  const summed = left.labels.flatMap((label, axis) => (output.includes(label) ? [] : [axis]));
  const kept = left.labels.filter((label) => output.includes(label));
  const result = summed.length > 0 ? left.x.sum(summed) : left.x;
  const extents = new Map(kept.map((label, axis) => [label, result.shape[axis]!]));
  for (const label of output) if (!extents.has(label)) call.fail(`result label ${label} is in no operand`);
  return result.transpose(output.map((label) => kept.indexOf(label))).cast(call.x(0).dtype);
}

interface Labelled {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

function contracted(a: Labelled, b: Labelled, later: ReadonlySet<string>): Labelled {
  const size = (label: string) => {
    const own = a.x.shape[a.labels.indexOf(label)] ?? 1;
    return own === 1 ? (b.x.shape[b.labels.indexOf(label)] ?? 1) : own;
  };
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => later.has(label));
  const inner = shared.filter((label) => !later.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const cols = b.labels.filter((label) => !shared.includes(label));
  const arranged = ({ x, labels }: Labelled, groups: readonly (readonly string[])[]) => {
    const order = groups.flat();
    const moved = x
      .transpose(order.map((label) => labels.indexOf(label)))
      .broadcastTo(
        order.map((label) => (shared.includes(label) ? size(label) : x.shape[labels.indexOf(label)]!)),
      );
    return moved.reshape([
      ...groups[0]!.map(size),
      ...groups.slice(1).map((group) => group.reduce((total, label) => total * size(label), 1)),
    ]);
  };
  const product = arranged(a, [batch, rows, inner]).matmul(arranged(b, [batch, inner, cols]));
  const labels = [...batch, ...rows, ...cols];
  return { x: product.reshape(labels.map(size)), labels };
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
