import { InvalidInputError, requireInteger, show } from "../errors.ts";
import { type LineTransform, lineTransform } from "./lines.ts";

/** Complex numbers as two arrays of equal length: the real and the imaginary parts. */
export interface ComplexArray {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * A prepared discrete Fourier transform over all axes of arrays of one shape. Its methods work in place on the
 * real and imaginary parts of a row-major array, and allocate nothing after their first call.
 */
export interface FftPlan {
  readonly shape: readonly number[];
  /** X_k = sum_j x_j exp(-2 pi i j k / n) along every axis; not scaled. */
  forward(re: Float64Array, im: Float64Array): void;
  /** The inverse of `forward`: conjugate kernel, scaled by 1 / n along every axis. */
  inverse(re: Float64Array, im: Float64Array): void;
}

/**
 * Plan for a length or a shape. O(N log N) for every length: products of primes up to 13 by mixed radices
 * (Stockham passes, long lines split in two), others by Bluestein's convolution. Plans of a length are kept and
 * shared. Relative error about 1e-16 log2(N).
 */
export function fftPlan(shape: number | readonly number[]): FftPlan {
  const extents = typeof shape === "number" ? [shape] : [...shape];
  for (const extent of extents) requireInteger("shape", extent, 1, 2 ** 30);
  const size = extents.reduce((product, extent) => product * extent, 1);
  const lines = extents.map(cachedLineTransform);
  const transform = (re: Float64Array, im: Float64Array): void => {
    let outer = 1;
    for (const line of lines) {
      if (line.length > 1) line.run(re, im, outer, size / (outer * line.length));
      outer *= line.length;
    }
  };
  return {
    shape: extents,
    forward(re, im) {
      requireParts(re, im, size);
      transform(re, im);
    },
    inverse(re, im) {
      requireParts(re, im, size);
      // With the parts exchanged, a forward transform is the unscaled inverse.
      transform(im, re);
      for (let i = 0; i < size; i++) re[i] = re[i]! / size;
      for (let i = 0; i < size; i++) im[i] = im[i]! / size;
    },
  };
}

const cache = new Map<number, LineTransform>();
/** Sum of the lengths whose transforms are kept; each holds tables and work arrays of about its length. */
const cachedTotal = 2 ** 22;

/** The line transform of a length, shared; those not asked for longest are dropped first. */
export function cachedLineTransform(length: number): LineTransform {
  const line = cache.get(length) ?? lineTransform(length);
  cache.delete(length);
  cache.set(length, line);
  let total = 0;
  for (const kept of cache.keys()) total += kept;
  for (const oldest of cache.keys()) {
    if (total <= cachedTotal || oldest === length) break;
    cache.delete(oldest);
    total -= oldest;
  }
  return line;
}

/** `owner` is what the error calls the pair: "x." for the parts of x. */
export function requireParts(re: unknown, im: unknown, size: number, owner = ""): void {
  requireVector(`${owner}re`, re, size);
  requireVector(`${owner}im`, im, size);
  if (re === im) throw new InvalidInputError(`${owner}im`, "expected an array other than re");
}

export function requireVector(argument: string, x: unknown, size: number): void {
  if (!(x instanceof Float64Array))
    throw new InvalidInputError(argument, `expected a Float64Array, got ${show(x)}`);
  if (x.length !== size) throw new InvalidInputError(argument, `expected ${size} elements, got ${x.length}`);
}
