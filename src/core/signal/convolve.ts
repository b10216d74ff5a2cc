import { InvalidInputError, requireOneOf } from "../errors.ts";
import { irfft, rfft } from "./fft.ts";
import { nextFastLength } from "./smooth.ts";

/** How much of a convolution to return: all, the middle as long as the first operand, or where they overlap fully. */
export type ConvolutionMode = "full" | "same" | "valid";

/**
 * Linear convolution sum_j a_j b_{k-j} by Fourier transforms, padded so that nothing wraps around. "full" (the
 * default) has length m + n - 1, "same" the middle m of it, "valid" m - n + 1 (the longer minus the shorter + 1).
 * O((m + n) log(m + n)); absolute error about 1e-16 |a| |b| in the 2-norm.
 */
export function fftConvolve(a: Float64Array, b: Float64Array, mode: ConvolutionMode = "full"): Float64Array {
  requireOneOf("mode", mode, ["full", "same", "valid"]);
  if (a.length === 0) throw new InvalidInputError("a", "expected at least one element, got none");
  if (b.length === 0) throw new InvalidInputError("b", "expected at least one element, got none");
  const length = a.length + b.length - 1;
  const padded = nextFastLength(length);
  const left = rfft(padTo(a, padded));
  const right = rfft(padTo(b, padded));
  for (let k = 0; k < left.re.length; k++) {
    const re = left.re[k]! * right.re[k]! - left.im[k]! * right.im[k]!;
    left.im[k] = left.re[k]! * right.im[k]! + left.im[k]! * right.re[k]!;
    left.re[k] = re;
  }
  const full = irfft(left, padded);
  if (mode === "full") return full.slice(0, length);
  const shorter = mode === "same" ? b.length : Math.min(a.length, b.length);
  const start = mode === "same" ? Math.floor((shorter - 1) / 2) : shorter - 1;
  const count = mode === "same" ? a.length : Math.abs(a.length - b.length) + 1;
  return full.slice(start, start + count);
}

function padTo(x: Float64Array, length: number): Float64Array {
  const padded = new Float64Array(length);
  padded.set(x);
  return padded;
}
