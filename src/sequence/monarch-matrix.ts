import { type Matrix, type NdArray, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, show } from "../core/errors.ts";
import { svd } from "../core/linalg/index.ts";
import { type Tensor, type TensorLike, toTensor } from "../core/tensor/index.ts";

/**
 * A Monarch matrix of any order p: it acts on vectors laid out as a grid of `sizes` [d_1, ..., d_p], row-major, and
 * mixes one axis after another, the last first, by a matrix of its own for every place on the other axes. With sqrt(n)
 * blocks of sqrt(n) it takes 2 n^1.5 numbers for order 2, p n^(1 + 1/p) for order p, and as many multiplications a
 * vector. Discrete Fourier, circulant, Toeplitz and Hadamard matrices are (products of) such matrices.
 *
 * Reference: Dao et al., "Monarch", ICML 2022; Fu et al., "Monarch Mixer", NeurIPS 2023.
 */
export interface MonarchMatrix<T = NdArray<"float64">> {
  /** Extents of the grid of inputs. */
  readonly sizes: readonly number[];
  /**
   * By axis: blocks [places on the other axes, out, in]. The other axes are counted row-major, those before this one by
   * their inputs, those after it by their outputs.
   */
  readonly factors: readonly T[];
}

/**
 * The order-2 matrix with blocks r [k, q, p] on the right and l [q, s, k] on the left: x as [k, p] to y[q, k] =
 * sum r[k, q, p] x[k, p] to z[s, q] = sum l[q, s, k] y[q, k].
 */
export function monarchFromFactors(r: NdArray<"float64">, l: NdArray<"float64">): MonarchMatrix {
  requireBlocks("r", r);
  requireBlocks("l", l);
  const [k, q, p] = r.shape as [number, number, number];
  const [blocks, , inner] = l.shape as [number, number, number];
  if (blocks !== q || inner !== k)
    throw new InvalidInputError(
      "l",
      `expected ${q} blocks of ${k} columns to follow r, got shape [${l.shape}]`,
    );
  return { sizes: [k, p], factors: [l, r] };
}

function requireBlocks(argument: string, value: NdArray<"float64">): void {
  const shape = value?.shape;
  if (value?.dtype !== "float64" || !(value.data instanceof Float64Array) || shape?.length !== 3)
    throw new InvalidInputError(argument, "expected a float64 array of blocks [blocks, out, in]");
  const size = shape[0]! * shape[1]! * shape[2]!;
  if (size === 0 || size !== value.data.length)
    throw new InvalidInputError(argument, `${value.data.length} elements do not fill the shape [${shape}]`);
  const bad = value.data.findIndex((entry) => !Number.isFinite(entry));
  if (bad >= 0)
    throw new InvalidInputError(
      `${argument}.data[${bad}]`,
      `expected a finite number, got ${value.data[bad]}`,
    );
}

/** Refuses factors that do not fit the grid; gives the grid of outputs. */
export function requireMonarch(argument: string, { sizes, factors }: MonarchMatrix): number[] {
  if (!Array.isArray(sizes) || sizes.length === 0 || factors?.length !== sizes.length)
    throw new InvalidInputError(argument, `expected a factor for each axis, got ${show(factors)}`);
  const outputs = [...sizes];
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    requireInteger(`${argument}.sizes[${axis}]`, sizes[axis], 1);
    const factor = factors[axis]!;
    requireBlocks(`${argument}.factors[${axis}]`, factor);
    const [blocks, out, input] = factor.shape as [number, number, number];
    const places = outputs.reduce((a, b) => a * b) / outputs[axis]!;
    if (blocks !== places || input !== sizes[axis])
      throw new InvalidInputError(
        `${argument}.factors[${axis}]`,
        `expected the shape [${places}, out, ${sizes[axis]}], got [${factor.shape}]`,
      );
    outputs[axis] = out;
  }
  return outputs;
}

/** Number of entries of the blocks, and multiplications of a vector. */
export function monarchParameters(m: MonarchMatrix): number {
  requireMonarch("m", m);
  return m.factors.reduce((sum, { data }) => sum + data.length, 0);
}

/** m x, in double precision. */
export function monarchMatvec(m: MonarchMatrix, x: Float64Array): Float64Array {
  const outputs = requireMonarch("m", m);
  const n = m.sizes.reduce((a, b) => a * b);
  if (!(x instanceof Float64Array) || x.length !== n)
    throw new InvalidInputError("x", `expected ${n} numbers, got ${show(x)}`);
  const bad = x.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new InvalidInputError(`x[${bad}]`, `expected a finite number, got ${x[bad]}`);
  let current: Float64Array = x;
  const grid = [...m.sizes];
  for (let axis = grid.length - 1; axis >= 0; axis--) {
    const inner = grid.slice(axis + 1).reduce((a, b) => a * b, 1);
    current = mixAxis(current, m.factors[axis]!, inner);
    grid[axis] = outputs[axis]!;
  }
  return current;
}

/** One axis of the grid, with `inner` places on the axes after it; a multiplication a block entry. */
function mixAxis(x: Float64Array, { shape, data }: NdArray<"float64">, inner: number): Float64Array {
  const [blocks, out, input] = shape as [number, number, number];
  const y = new Float64Array(blocks * out);
  for (let block = 0; block < blocks; block++) {
    const before = Math.floor(block / inner);
    const after = block % inner;
    for (let o = 0; o < out; o++) {
      let sum = 0;
      for (let i = 0; i < input; i++)
        sum += data[(block * out + o) * input + i]! * x[(before * input + i) * inner + after]!;
      y[(before * out + o) * inner + after] = sum;
    }
  }
  return y;
}

/** The matrix written out, [outputs, inputs]. */
export function monarchToDense(m: MonarchMatrix): Matrix {
  const rows = requireMonarch("m", m).reduce((a, b) => a * b);
  const cols = m.sizes.reduce((a, b) => a * b);
  const data = new Float64Array(rows * cols);
  const unit = new Float64Array(cols);
  for (let j = 0; j < cols; j++) {
    unit[j] = 1;
    const column = monarchMatvec(m, unit);
    for (let i = 0; i < rows; i++) data[i * cols + j] = column[i]!;
    unit[j] = 0;
  }
  return { dtype: "float64", shape: [rows, cols], data };
}

/**
 * Traced: m x over the last axis, [..., inputs] to [..., outputs], by a batch of matrix products for each axis.
 */
export function monarchApply(m: MonarchMatrix<TensorLike>, x: Tensor): Tensor {
  const n = m.sizes.reduce((a, b) => a * b);
  if (x.shape.at(-1) !== n)
    throw new InvalidInputError("x", `expected ${n} numbers along the last axis, got shape [${x.shape}]`);
  const lead = x.shape.slice(0, -1);
  const rows = lead.reduce((a, b) => a * b, 1);
  const grid = [...m.sizes];
  let current = x.reshape([rows, n]);
  for (let axis = grid.length - 1; axis >= 0; axis--) {
    const factor = toTensor(m.factors[axis]!);
    const [blocks, out, input] = factor.shape as [number, number, number];
    const after = grid.slice(axis + 1).reduce((a, b) => a * b, 1);
    const before = blocks / after;
    // [rows, before, input, after] to [before after, rows, input].
    const split = current.reshape([rows, before, input, after]).transpose([1, 3, 0, 2]);
    const mixed = split.reshape([blocks, rows, input]).matmul(factor.swapAxes(1, 2));
    current = mixed.reshape([before, after, rows, out]).transpose([2, 0, 3, 1]).reshape([rows, -1]);
    grid[axis] = out;
  }
  return current.reshape([...lead, -1]);
}

/**
 * The nearest order-2 Monarch matrix in the Frobenius norm on a grid of k blocks: for an [m, n] matrix r has k blocks of
 * n / k columns, l as many blocks as r has rows a block, m / q rows each with q = m / k. Every slice of rows i = q mod
 * and columns of one block is then of rank one, so its leading singular pair is best. O(m n min(m, n) / k^2).
 *
 * @throws InvalidInputError naming the nearest numbers of blocks that divide both extents.
 */
export function monarchProjection(
  a: Matrix,
  blocks: number,
): { readonly matrix: MonarchMatrix; readonly relativeError: number } {
  const { rows, cols } = requireMatrix("a", a, { dtype: "float64" });
  requireInteger("blocks", blocks, 1);
  if (rows === 0 || cols === 0) throw new InvalidInputError("a", "expected at least one row and column");
  if (rows % blocks !== 0 || cols % blocks !== 0) {
    const fits = (k: number): boolean => k >= 1 && rows % k === 0 && cols % k === 0;
    let [below, above] = [Math.min(blocks, rows, cols), blocks];
    while (!fits(below)) below--;
    while (!fits(above) && above <= Math.max(rows, cols)) above++;
    throw new InvalidInputError(
      "blocks",
      `${rows} x ${cols} does not split into ${blocks} blocks; the nearest that fit: ${fits(above) ? `${below} and ${above}` : below}`,
    );
  }
  const [k, p, q, s] = [blocks, cols / blocks, rows / blocks, blocks];
  const r = new Float64Array(k * q * p);
  const l = new Float64Array(q * s * k);
  let kept = 0;
  for (let block = 0; block < k; block++)
    for (let row = 0; row < q; row++) {
      const slice = new Float64Array(s * p);
      for (let i = 0; i < s; i++)
        for (let j = 0; j < p; j++) slice[i * p + j] = a.data[(i * q + row) * cols + block * p + j]!;
      const { u, s: values, vt } = svd({ dtype: "float64", shape: [s, p], data: slice });
      const size = Math.sqrt(values[0]!);
      const width = u.shape[1]!;
      for (let i = 0; i < s; i++) l[(row * s + i) * k + block] = size * u.data[i * width]!;
      for (let j = 0; j < p; j++) r[(block * q + row) * p + j] = size * vt.data[j]!;
      kept += values[0]! ** 2;
    }
  const total = a.data.reduce((sum, value) => sum + value * value, 0);
  return {
    matrix: {
      sizes: [k, p],
      factors: [
        { dtype: "float64", shape: [q, s, k], data: l },
        { dtype: "float64", shape: [k, q, p], data: r },
      ],
    },
    relativeError: total === 0 ? 0 : Math.sqrt(Math.max(0, total - kept) / total),
  };
}
