import { type NdArray, zeros } from "../core/array/index.ts";
import { InvalidInputError, NumericalError, requireInteger } from "../core/errors.ts";
import type { RandomStream } from "../core/random/index.ts";
import { solveTriangular, type Tensor, type TensorLike, toTensor } from "../core/tensor/index.ts";
import { monarchConvolution } from "./monarch-convolution.ts";

/**
 * A learned basis of polynomials below degree b^2 as a lower triangular Monarch matrix: entry ((i1, i0), (j1, j0)) is
 * outer[i1, j1] inner[j1, i0, j0]. Basis polynomial j has no power below j, which is what makes products causal.
 */
export interface TriangularMonarch<T = TensorLike> {
  /** [b, b]; what lies above the diagonal is not read. */
  readonly outer: T;
  /** [b, b, b], a lower triangular matrix for each column of blocks. */
  readonly inner: T;
}

/** Bases of the result, of the kernel and of the input. */
export interface CausalMonarch<T = TensorLike> {
  readonly result: TriangularMonarch<T>;
  readonly kernel: TriangularMonarch<T>;
  readonly input: TriangularMonarch<T>;
}

/** Bases near that of powers: unit diagonals, normal entries of the given deviation below them. */
export function initCausalMonarch(stream: RandomStream, b: number, deviation = 0.02): CausalMonarch<NdArray> {
  requireInteger("b", b, 1, 1024);
  const basis = (label: string): TriangularMonarch<NdArray> => {
    const draws = stream.split(label);
    const blocks = (count: number, shape: readonly number[]): NdArray => {
      const array = zeros(shape, "float32");
      for (let block = 0; block < count; block++)
        for (let i = 0; i < b; i++) {
          for (let j = 0; j < i; j++) array.data[(block * b + i) * b + j] = deviation * draws.normal();
          array.data[(block * b + i) * b + i] = 1;
        }
      return array;
    };
    return { outer: blocks(1, [b, b]), inner: blocks(b, [b, b, b]) };
  };
  return { result: basis("result"), kernel: basis("kernel"), input: basis("input") };
}

const smallestDiagonal = 1e-6;

/** Refuses a basis that cannot be inverted: a diagonal entry of less than 1e-6. */
export function requireInvertible(params: CausalMonarch<NdArray>): void {
  const { outer, inner } = params.result;
  const b = outer.shape[0]!;
  for (const [name, { data }] of [
    ["outer", outer],
    ["inner", inner],
  ] as const)
    for (let p = 0; p < data.length; p += b * b)
      for (let i = 0; i < b; i++)
        if (!(Math.abs(Number(data[p + i * b + i])) >= smallestDiagonal))
          throw new NumericalError(`params.result.${name} has a diagonal entry below ${smallestDiagonal}`, {
            entry: p + i * b + i,
            value: Number(data[p + i * b + i]),
          });
}

/**
 * T0^-1 (T1 kernel * T2 u) in the learned bases, the product of polynomials cut off at degree b^2: kernel [channels,
 * b^2], u [n, channels, b^2]. Entry t of the result depends on entries 0, ..., t of u alone. O(b^3) a channel.
 *
 * Reference: after section 4 of Fu et al., "Monarch Mixer", NeurIPS 2023, in a sufficient form.
 */
export function causalMonarch(params: CausalMonarch, kernel: Tensor, u: Tensor): Tensor {
  const b = toTensor(params.result.outer).shape[0]!;
  if (u.rank !== 3 || kernel.rank !== 2 || u.shape[2] !== b * b || kernel.shape[1] !== b * b)
    throw new InvalidInputError(
      "u",
      `expected [n, channels, ${b * b}] and a kernel [channels, ${b * b}], got [${u.shape}] and [${kernel.shape}]`,
    );
  const product = monarchConvolution(evaluate(params.input, u, b), evaluate(params.kernel, kernel, b));
  return invert(params.result, product, b);
}

/** T x: within each block of columns, then between them. */
function evaluate({ outer, inner }: TriangularMonarch, x: Tensor, b: number): Tensor {
  const cells = x.reshape([-1, b, b]).transpose([1, 0, 2]);
  const within = cells.matmul(toTensor(inner).tril().swapAxes(1, 2)).transpose([1, 0, 2]);
  return toTensor(outer).tril().matmul(within).reshape(x.shape);
}

/** T^-1 x: the two triangular solves in the other order. */
function invert({ outer, inner }: TriangularMonarch, x: Tensor, b: number): Tensor {
  const rows = x.size / (b * b);
  // [b, rows b]: the outer matrix acts on the first axis of each grid.
  const columns = x
    .reshape([rows, b, b])
    .transpose([1, 0, 2])
    .reshape([b, rows * b]);
  const between = solveTriangular(toTensor(outer).tril(), columns).reshape([b, rows, b]).transpose([0, 2, 1]);
  return solveTriangular(toTensor(inner).tril(), between).transpose([2, 0, 1]).reshape(x.shape);
}
