import { type NdArray, requireShape, sizeOf, zeros } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import type { RandomStream } from "../random/index.ts";

/** Initial values of a parameter, float32, drawn from a stream of its own. */
export type Initialiser = (stream: RandomStream, shape: readonly number[]) => NdArray<"float32">;

/** Normal with the given standard deviation. */
export function normalInitialiser(deviation: number): Initialiser {
  return (stream, shape) => {
    const array = zeros(shape, "float32");
    stream.fillNormal(array.data, 0, deviation);
    return array;
  };
}

/** Uniform on [-bound, bound). */
export function uniformInitialiser(bound: number): Initialiser {
  return (stream, shape) => {
    const array = zeros(shape, "float32");
    stream.fillUniform(array.data, -bound, bound);
    return array;
  };
}

/** Normal with variance 2 / fan-in: keeps the scale of activations through ReLU layers. He et al., 2015. */
export const heNormal: Initialiser = (stream, shape) =>
  normalInitialiser(Math.sqrt(2 / fansOf(shape).fanIn))(stream, shape);

/** Normal with variance 1 / fan-in: keeps the scale through linear and self-normalising layers. LeCun et al., 1998. */
export const lecunNormal: Initialiser = (stream, shape) =>
  normalInitialiser(Math.sqrt(1 / fansOf(shape).fanIn))(stream, shape);

/** Uniform with variance 2 / (fan-in + fan-out). Glorot and Bengio, 2010. */
export const glorotUniform: Initialiser = (stream, shape) => {
  const { fanIn, fanOut } = fansOf(shape);
  return uniformInitialiser(Math.sqrt(6 / (fanIn + fanOut)))(stream, shape);
};

/**
 * Orthonormal rows or columns (whichever are fewer) of a matrix, times `gain`: Gram-Schmidt on a normal
 * matrix, twice, in float64. Shapes of higher rank are flattened after the first axis. Saxe et al., 2014.
 */
export function orthogonalInitialiser(gain = 1): Initialiser {
  return (stream, shape) => {
    const array = zeros(shape, "float32");
    const first = shape[0] ?? 1;
    const rest = array.data.length / Math.max(1, first);
    const [count, length] = first <= rest ? [first, rest] : [rest, first];
    const vectors = new Float64Array(count * length);
    stream.fillNormal(vectors);
    for (let i = 0; i < count; i++) orthonormalise(vectors, i, length);
    for (let i = 0; i < count; i++)
      for (let j = 0; j < length; j++)
        array.data[first <= rest ? i * rest + j : j * rest + i] = gain * vectors[i * length + j]!;
    return array;
  };
}

/** Makes row i of a matrix of rows orthogonal to those before it, and of length 1. */
function orthonormalise(rows: Float64Array, i: number, length: number): void {
  const row = rows.subarray(i * length, (i + 1) * length);
  // Twice is enough: the second pass removes what rounding left.
  for (let pass = 0; pass < 2; pass++) {
    for (let k = 0; k < i; k++) {
      const other = rows.subarray(k * length, (k + 1) * length);
      let product = 0;
      for (let j = 0; j < length; j++) product += row[j]! * other[j]!;
      for (let j = 0; j < length; j++) row[j]! -= product * other[j]!;
    }
  }
  let squares = 0;
  for (let j = 0; j < length; j++) squares += row[j]! * row[j]!;
  const norm = Math.sqrt(squares);
  for (let j = 0; j < length; j++) row[j]! /= norm;
}

/**
 * Numbers of inputs and outputs that each unit of a weight sees. Matrices are [in, out] as in `linear`;
 * convolution kernels [out, in, ...window].
 */
export function fansOf(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  requireShape("shape", shape);
  if (shape.length < 2 || sizeOf(shape) === 0)
    throw new InvalidInputError("shape", `expected a matrix or a kernel, got [${shape.join(", ")}]`);
  if (shape.length === 2) return { fanIn: shape[0]!, fanOut: shape[1]! };
  const window = sizeOf(shape.slice(2));
  return { fanIn: shape[1]! * window, fanOut: shape[0]! * window };
}
