import { cosPi, sinPi } from "../special/index.ts";

/**
 * One pass of a Fourier transform of decimation in frequency that leaves its output in order (Stockham): the
 * array [radix, length / radix, lanes] becomes [length / radix, radix, lanes], after a transform over the first
 * axis and multiplication by `twiddles`. `lanes` counts the independent transforms laid side by side times the
 * sub-transforms of earlier passes. About 2 ns a complex number at radix 4.
 */
export type Pass = (
  length: number,
  lanes: number,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
  twiddles: Float64Array,
) => void;

/** exp(-2 pi i k / n) for whole k >= 0, correct to the last bit or nearly: the angle is reduced in whole numbers. */
export function rootOfUnity(k: number, n: number): { re: number; im: number } {
  const quarters = (4 * k) % (4 * n);
  const quadrant = Math.floor(quarters / n);
  const rest = (quarters - quadrant * n) / (2 * n);
  const cos = cosPi(rest);
  const sin = sinPi(rest);
  if (quadrant === 0) return { re: cos, im: -sin };
  if (quadrant === 1) return { re: -sin, im: -cos };
  if (quadrant === 2) return { re: -cos, im: sin };
  return { re: sin, im: cos };
}

/**
 * Twiddle factors of a pass: for each p in 0 .. length / radix - 1 the powers 1 .. radix - 1 of
 * exp(-2 pi i p / length), as re, im pairs.
 */
export function twiddlesOf(length: number, radix: number): Float64Array {
  const factors = new Float64Array((length / radix) * (radix - 1) * 2);
  let at = 0;
  for (let p = 0; p < length / radix; p++) {
    for (let j = 1; j < radix; j++) {
      const { re, im } = rootOfUnity(p * j, length);
      factors[at++] = re;
      factors[at++] = im;
    }
  }
  return factors;
}

function pass2(
  length: number,
  lanes: number,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
  twiddles: Float64Array,
): void {
  const m = length / 2;
  const step = lanes * m;
  for (let p = 0; p < m; p++) {
    const wr = twiddles[2 * p]!;
    const wi = twiddles[2 * p + 1]!;
    let o = 2 * lanes * p;
    for (let i = lanes * p; i < lanes * (p + 1); i++, o++) {
      const ar = xr[i]!;
      const ai = xi[i]!;
      const br = xr[i + step]!;
      const bi = xi[i + step]!;
      yr[o] = ar + br;
      yi[o] = ai + bi;
      const cr = ar - br;
      const ci = ai - bi;
      yr[o + lanes] = cr * wr - ci * wi;
      yi[o + lanes] = cr * wi + ci * wr;
    }
  }
}

const sin60 = 0.8660254037844386;

function pass3(
  length: number,
  lanes: number,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
  twiddles: Float64Array,
): void {
  const m = length / 3;
  const step = lanes * m;
  for (let p = 0; p < m; p++) {
    const w1r = twiddles[4 * p]!;
    const w1i = twiddles[4 * p + 1]!;
    const w2r = twiddles[4 * p + 2]!;
    const w2i = twiddles[4 * p + 3]!;
    let o = 3 * lanes * p;
    for (let i = lanes * p; i < lanes * (p + 1); i++, o++) {
      const ar = xr[i]!;
      const ai = xi[i]!;
      const sr = xr[i + step]! + xr[i + 2 * step]!;
      const si = xi[i + step]! + xi[i + 2 * step]!;
      const dr = sin60 * (xr[i + step]! - xr[i + 2 * step]!);
      const di = sin60 * (xi[i + step]! - xi[i + 2 * step]!);
      yr[o] = ar + sr;
      yi[o] = ai + si;
      const cr = ar - 0.5 * sr;
      const ci = ai - 0.5 * si;
      const b1r = cr + di;
      const b1i = ci - dr;
      const b2r = cr - di;
      const b2i = ci + dr;
      yr[o + lanes] = b1r * w1r - b1i * w1i;
      yi[o + lanes] = b1r * w1i + b1i * w1r;
      yr[o + 2 * lanes] = b2r * w2r - b2i * w2i;
      yi[o + 2 * lanes] = b2r * w2i + b2i * w2r;
    }
  }
}

function pass4(
  length: number,
  lanes: number,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
  twiddles: Float64Array,
): void {
  const m = length / 4;
  const step = lanes * m;
  for (let p = 0; p < m; p++) {
    const w1r = twiddles[6 * p]!;
    const w1i = twiddles[6 * p + 1]!;
    const w2r = twiddles[6 * p + 2]!;
    const w2i = twiddles[6 * p + 3]!;
    const w3r = twiddles[6 * p + 4]!;
    const w3i = twiddles[6 * p + 5]!;
    let o = 4 * lanes * p;
    for (let i = lanes * p; i < lanes * (p + 1); i++, o++) {
      const ar = xr[i]!;
      const ai = xi[i]!;
      const br = xr[i + step]!;
      const bi = xi[i + step]!;
      const cr = xr[i + 2 * step]!;
      const ci = xi[i + 2 * step]!;
      const dr = xr[i + 3 * step]!;
      const di = xi[i + 3 * step]!;
      const s0r = ar + cr;
      const s0i = ai + ci;
      const d0r = ar - cr;
      const d0i = ai - ci;
      const s1r = br + dr;
      const s1i = bi + di;
      const d1r = br - dr;
      const d1i = bi - di;
      yr[o] = s0r + s1r;
      yi[o] = s0i + s1i;
      const b1r = d0r + d1i;
      const b1i = d0i - d1r;
      const b2r = s0r - s1r;
      const b2i = s0i - s1i;
      const b3r = d0r - d1i;
      const b3i = d0i + d1r;
      yr[o + lanes] = b1r * w1r - b1i * w1i;
      yi[o + lanes] = b1r * w1i + b1i * w1r;
      yr[o + 2 * lanes] = b2r * w2r - b2i * w2i;
      yi[o + 2 * lanes] = b2r * w2i + b2i * w2r;
      yr[o + 3 * lanes] = b3r * w3r - b3i * w3i;
      yi[o + 3 * lanes] = b3r * w3i + b3i * w3r;
    }
  }
}

const cos72 = 0.30901699437494745;
const cos144 = -0.8090169943749475;
const sin72 = 0.9510565162951535;
const sin144 = 0.5877852522924731;

function pass5(
  length: number,
  lanes: number,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
  twiddles: Float64Array,
): void {
  const m = length / 5;
  const step = lanes * m;
  for (let p = 0; p < m; p++) {
    const w1r = twiddles[8 * p]!;
    const w1i = twiddles[8 * p + 1]!;
    const w2r = twiddles[8 * p + 2]!;
    const w2i = twiddles[8 * p + 3]!;
    const w3r = twiddles[8 * p + 4]!;
    const w3i = twiddles[8 * p + 5]!;
    const w4r = twiddles[8 * p + 6]!;
    const w4i = twiddles[8 * p + 7]!;
    let o = 5 * lanes * p;
    for (let i = lanes * p; i < lanes * (p + 1); i++, o++) {
      const ar = xr[i]!;
      const ai = xi[i]!;
      const s1r = xr[i + step]! + xr[i + 4 * step]!;
      const s1i = xi[i + step]! + xi[i + 4 * step]!;
      const d1r = xr[i + step]! - xr[i + 4 * step]!;
      const d1i = xi[i + step]! - xi[i + 4 * step]!;
      const s2r = xr[i + 2 * step]! + xr[i + 3 * step]!;
      const s2i = xi[i + 2 * step]! + xi[i + 3 * step]!;
      const d2r = xr[i + 2 * step]! - xr[i + 3 * step]!;
      const d2i = xi[i + 2 * step]! - xi[i + 3 * step]!;
      yr[o] = ar + s1r + s2r;
      yi[o] = ai + s1i + s2i;
      const c1r = ar + cos72 * s1r + cos144 * s2r;
      const c1i = ai + cos72 * s1i + cos144 * s2i;
      const c2r = ar + cos144 * s1r + cos72 * s2r;
      const c2i = ai + cos144 * s1i + cos72 * s2i;
      const e1r = sin72 * d1r + sin144 * d2r;
      const e1i = sin72 * d1i + sin144 * d2i;
      const e2r = sin144 * d1r - sin72 * d2r;
      const e2i = sin144 * d1i - sin72 * d2i;
      const b1r = c1r + e1i;
      const b1i = c1i - e1r;
      const b2r = c2r + e2i;
      const b2i = c2i - e2r;
      const b3r = c2r - e2i;
      const b3i = c2i + e2r;
      const b4r = c1r - e1i;
      const b4i = c1i + e1r;
      yr[o + lanes] = b1r * w1r - b1i * w1i;
      yi[o + lanes] = b1r * w1i + b1i * w1r;
      yr[o + 2 * lanes] = b2r * w2r - b2i * w2i;
      yi[o + 2 * lanes] = b2r * w2i + b2i * w2r;
      yr[o + 3 * lanes] = b3r * w3r - b3i * w3i;
      yi[o + 3 * lanes] = b3r * w3i + b3i * w3r;
      yr[o + 4 * lanes] = b4r * w4r - b4i * w4i;
      yi[o + 4 * lanes] = b4r * w4i + b4i * w4r;
    }
  }
}

/** A pass of any small prime radix, by the O(radix^2) sum. */
function passOfPrime(radix: number): Pass {
  const roots = Array.from({ length: radix }, (_, k) => rootOfUnity(k, radix));
  const cos = Float64Array.from(roots, (root) => root.re);
  const sin = Float64Array.from(roots, (root) => root.im);
  return (length, lanes, xr, xi, yr, yi, twiddles) => {
    const m = length / radix;
    const step = lanes * m;
    for (let p = 0; p < m; p++) {
      for (let k = 0; k < radix; k++) {
        const at = 2 * ((radix - 1) * p + k - 1);
        const wr = k === 0 ? 1 : twiddles[at]!;
        const wi = k === 0 ? 0 : twiddles[at + 1]!;
        let o = lanes * (radix * p + k);
        for (let i = lanes * p; i < lanes * (p + 1); i++, o++) {
          let br = xr[i]!;
          let bi = xi[i]!;
          for (let j = 1, root = k; j < radix; j++, root = (root + k) % radix) {
            const cr = xr[i + j * step]!;
            const ci = xi[i + j * step]!;
            br += cr * cos[root]! - ci * sin[root]!;
            bi += cr * sin[root]! + ci * cos[root]!;
          }
          yr[o] = br * wr - bi * wi;
          yi[o] = br * wi + bi * wr;
        }
      }
    }
  };
}

/** The radices, in the order in which a length is divided by them. */
export const passes: readonly (readonly [radix: number, pass: Pass])[] = [
  [4, pass4],
  [2, pass2],
  [3, pass3],
  [5, pass5],
  [7, passOfPrime(7)],
  [11, passOfPrime(11)],
  [13, passOfPrime(13)],
];
