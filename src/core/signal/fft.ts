import { sizeOf } from "../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf, show } from "../errors.ts";
import { type ComplexArray, cachedLineTransform, requireParts, requireVector } from "./plan.ts";
import { realForward, realInverse } from "./real.ts";

/** Which transform carries the factor 1/n: the inverse ("backward", default), the forward, or each 1/sqrt(n). */
export type FftNorm = "backward" | "ortho" | "forward";

export interface FftOptions {
  /** Default "backward", as in numpy. */
  readonly norm?: FftNorm;
}

export interface FftnOptions extends FftOptions {
  /** Axes to transform, counted from 0; negative ones from the end. Default: all. */
  readonly axes?: readonly number[];
}

/**
 * Discrete Fourier transform X_k = sum_j x_j exp(-2 pi i j k / n) of a real or complex vector of any length
 * n >= 1. O(n log n). The input is left as it is. For repeated transforms without allocation see `fftPlan`.
 */
export function fft(x: Float64Array | ComplexArray, options: FftOptions = {}): ComplexArray {
  requireKnownOptions("options", options, ["norm"]);
  return fftn(x, [lengthOf(x)], options);
}

/** Inverse of {@link fft}: x_j = 1/n sum_k X_k exp(2 pi i j k / n). */
export function ifft(x: Float64Array | ComplexArray, options: FftOptions = {}): ComplexArray {
  requireKnownOptions("options", options, ["norm"]);
  return ifftn(x, [lengthOf(x)], options);
}

/** {@link fft} along the axes of a row-major array of that shape. */
export function fftn(
  x: Float64Array | ComplexArray,
  shape: readonly number[],
  options: FftnOptions = {},
): ComplexArray {
  const { axes, norm } = checked(options, shape);
  const { re, im } = copyOf(x, shape);
  transformAxes(re, im, shape, axes);
  scale([re, im], norm === "backward" ? 1 : count(shape, axes), norm);
  return { re, im };
}

/** {@link ifft} along the axes of a row-major array of that shape. */
export function ifftn(
  x: Float64Array | ComplexArray,
  shape: readonly number[],
  options: FftnOptions = {},
): ComplexArray {
  const { axes, norm } = checked(options, shape);
  const { re, im } = copyOf(x, shape);
  // With the parts exchanged, a forward transform is the unscaled inverse.
  transformAxes(im, re, shape, axes);
  scale([re, im], norm === "forward" ? 1 : count(shape, axes), norm);
  return { re, im };
}

/** The frequencies 0 .. floor(n / 2) of {@link fft} of a real vector; the others are their conjugates. */
export function rfft(x: Float64Array, options: FftOptions = {}): ComplexArray {
  requireKnownOptions("options", options, ["norm"]);
  return rfftn(x, [lengthOf(x)], options);
}

/**
 * Inverse of {@link rfft}: the real vector of length n (default 2 (m - 1) for m frequencies; an odd n must be
 * given). Imaginary parts that a real vector cannot have, of frequency 0 and of n/2, are ignored.
 */
export function irfft(x: ComplexArray, n?: number, options: FftOptions = {}): Float64Array {
  requireKnownOptions("options", options, ["norm"]);
  return irfftn(x, [n ?? 2 * (lengthOf(x) - 1)], options);
}

/**
 * {@link rfft} over the last axis and {@link fft} over the others (or over `axes`, the last of which is the real
 * one and must be the last axis). The last extent of the result is floor(n / 2) + 1.
 */
export function rfftn(x: Float64Array, shape: readonly number[], options: FftnOptions = {}): ComplexArray {
  const { axes, norm } = checked(options, shape);
  const n = requireLastAxis(axes, shape);
  requireVector("x", x, sizeOf(shape));
  const rows = x.length / n;
  const half = Math.floor(n / 2) + 1;
  const re = new Float64Array(rows * half);
  const im = new Float64Array(rows * half);
  for (let row = 0; row < rows; row++) realForward(x, row * n, n, re, im, row * half);
  transformAxes(re, im, [...shape.slice(0, -1), half], axes.slice(0, -1));
  scale([re, im], norm === "backward" ? 1 : count(shape, axes), norm);
  return { re, im };
}

/** Inverse of {@link rfftn}; `shape` is that of the real result. */
export function irfftn(x: ComplexArray, shape: readonly number[], options: FftnOptions = {}): Float64Array {
  const { axes, norm } = checked(options, shape);
  const n = requireLastAxis(axes, shape);
  const half = Math.floor(n / 2) + 1;
  const { re, im } = copyOf(x, [...shape.slice(0, -1), half]);
  transformAxes(im, re, [...shape.slice(0, -1), half], axes.slice(0, -1));
  const result = new Float64Array(sizeOf(shape));
  for (let row = 0; row < result.length / n; row++) realInverse(re, im, row * half, n, result, row * n);
  scale([result], norm === "forward" ? 1 : count(shape, axes), norm);
  return result;
}

function lengthOf(x: Float64Array | ComplexArray): number {
  const parts = x instanceof Float64Array ? x : x?.re;
  if (!(parts instanceof Float64Array))
    throw new InvalidInputError("x", `expected a Float64Array or { re, im } of such, got ${show(x)}`);
  if (parts.length === 0) throw new InvalidInputError("x", "expected at least one element, got none");
  return parts.length;
}

/** Checks options against a shape; axes come out counted from 0. */
function checked(options: FftnOptions, shape: readonly number[]): { axes: number[]; norm: FftNorm } {
  requireKnownOptions("options", options, ["norm", "axes"]);
  const norm = requireOneOf("options.norm", options.norm ?? "backward", ["backward", "ortho", "forward"]);
  return { axes: requireAxes(shape, options.axes), norm };
}

/** The axes asked for (default all), counted from 0; refuses extents below 1, repeated and missing axes. */
export function requireAxes(shape: readonly number[], axes: readonly number[] | undefined): number[] {
  for (const extent of shape) requireInteger("shape", extent, 1);
  const counted = (axes ?? shape.map((_, axis) => axis)).map((axis) => {
    requireInteger("options.axes", axis, -shape.length, shape.length - 1);
    return axis < 0 ? axis + shape.length : axis;
  });
  if (new Set(counted).size !== counted.length)
    throw new InvalidInputError("options.axes", `expected each axis once, got ${show(axes)}`);
  return counted;
}

function requireLastAxis(axes: readonly number[], shape: readonly number[]): number {
  if (shape.length === 0) throw new InvalidInputError("shape", "expected at least one axis, got none");
  if (axes.length === 0 || axes[axes.length - 1] !== shape.length - 1)
    throw new InvalidInputError(
      "options.axes",
      "expected the last axis, which is the real one, to come last",
    );
  return shape[shape.length - 1]!;
}

/** A copy of the parts; the imaginary part of a real array is 0. */
function copyOf(x: Float64Array | ComplexArray, shape: readonly number[]): ComplexArray {
  const size = sizeOf(shape);
  if (x instanceof Float64Array) {
    requireVector("x", x, size);
    return { re: x.slice(), im: new Float64Array(size) };
  }
  lengthOf(x);
  requireParts(x.re, x.im, size, "x.");
  return { re: x.re.slice(), im: x.im.slice() };
}

function transformAxes(
  re: Float64Array,
  im: Float64Array,
  shape: readonly number[],
  axes: readonly number[],
): void {
  for (const axis of axes) {
    const length = shape[axis]!;
    const outer = sizeOf(shape.slice(0, axis));
    if (length > 1) cachedLineTransform(length).run(re, im, outer, re.length / (outer * length));
  }
}

/** Number of elements that a transform sums over. */
function count(shape: readonly number[], axes: readonly number[]): number {
  return axes.reduce((product, axis) => product * shape[axis]!, 1);
}

function scale(parts: readonly Float64Array[], n: number, norm: FftNorm): void {
  const divisor = norm === "ortho" ? Math.sqrt(n) : n;
  if (divisor === 1) return;
  for (const part of parts) for (let i = 0; i < part.length; i++) part[i] = part[i]! / divisor;
}
