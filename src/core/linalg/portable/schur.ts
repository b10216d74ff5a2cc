import { NumericalError } from "../../errors.ts";
import { makeReflector, reflectColumns, reflectRows } from "./householder.ts";

const epsilon = 2 ** -52;
const safeMinimum = 2 ** -1022;
/** After so many steps without a deflation the shifts are replaced once by exceptional ones. */
const patience = 10;

/** Real Schur form; see `DenseKernels.schur`. About 25 n^3 operations. */
export function schur(n: number, a: Float64Array): { t: Float64Array; z: Float64Array } {
  const z = hessenberg(n, a);
  shiftedQr(n, a, z);
  return { t: a, z };
}

/** Reduces a to upper Hessenberg form in place, a_before = z a z^T; returns z. (14 / 3) n^3 operations. */
function hessenberg(n: number, a: Float64Array): Float64Array {
  const z = new Float64Array(n * n);
  for (let i = 0; i < n; i++) z[i * n + i] = 1;
  const v = new Float64Array(n);
  const work = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    const length = n - k - 1;
    for (let i = 0; i < length; i++) v[i] = a[(k + 1 + i) * n + k]!;
    const [beta, tau] = makeReflector(length, v);
    a[(k + 1) * n + k] = beta;
    for (let i = 1; i < length; i++) a[(k + 1 + i) * n + k] = 0;
    reflectRows(a, (k + 1) * n + k + 1, n, length, length, v, tau, work);
    reflectColumns(a, k + 1, n, n, length, v, tau);
    reflectColumns(z, k + 1, n, n, length, v, tau);
  }
  return z;
}

/**
 * Francis's implicit double-shift QR on a Hessenberg matrix, with the deflation test of Ahues and Tisseur
 * (LAPACK working note 122) and exceptional shifts; the same scheme as LAPACK's small-matrix routine.
 */
function shiftedQr(n: number, h: Float64Array, z: Float64Array): void {
  const smallest = safeMinimum * (n / epsilon);
  const limit = 30 * Math.max(10, n);
  const v = new Float64Array(3);
  for (let last = n - 1; last >= 0; ) {
    let first = 0;
    let steps = 0;
    for (; ; steps++) {
      if (steps > limit)
        throw new NumericalError("schur: the QR iteration did not converge", {
          eigenvalue: last,
          steps,
          subdiagonal: h[last * n + last - 1],
        });
      first = deflate(n, h, first, last, smallest);
      if (first >= last - 1) break;
      chase(n, h, z, first, last, shifts(n, h, first, last, steps), v);
    }
    if (first === last - 1) standardise(n, h, z, last);
    last = first - 1;
  }
}

/** Start of the unreduced block that ends at `last`; sets the subdiagonal entry above it to zero. */
function deflate(n: number, h: Float64Array, first: number, last: number, smallest: number): number {
  let k = last;
  for (; k > first; k--) {
    const sub = Math.abs(h[k * n + k - 1]!);
    if (sub <= smallest) break;
    const here = h[k * n + k]!;
    const above = h[(k - 1) * n + k - 1]!;
    let size = Math.abs(above) + Math.abs(here);
    if (size === 0) {
      if (k - 2 >= 0) size += Math.abs(h[(k - 1) * n + k - 2]!);
      if (k + 1 <= last) size += Math.abs(h[(k + 1) * n + k]!);
    }
    if (sub > epsilon * size) continue;
    const opposite = Math.abs(h[(k - 1) * n + k]!);
    const ab = Math.max(sub, opposite);
    const ba = Math.min(sub, opposite);
    const gap = Math.abs(above - here);
    const aa = Math.max(Math.abs(here), gap);
    const bb = Math.min(Math.abs(here), gap);
    const sum = aa + ab;
    if (ba * (ab / sum) <= Math.max(smallest, epsilon * (bb * (aa / sum)))) break;
  }
  if (k > 0) h[k * n + k - 1] = 0;
  return k;
}

/** The two shifts as [re1, im1, re2, im2]. */
function shifts(
  n: number,
  h: Float64Array,
  first: number,
  last: number,
  steps: number,
): readonly [number, number, number, number] {
  let h11: number;
  let h12: number;
  let h21: number;
  let h22: number;
  if (steps > 0 && steps % (2 * patience) === 0) {
    const s = Math.abs(h[last * n + last - 1]!) + Math.abs(h[(last - 1) * n + last - 2]!);
    h11 = 0.75 * s + h[last * n + last]!;
    h12 = -0.4375 * s;
    h21 = s;
    h22 = h11;
  } else if (steps > 0 && steps % patience === 0) {
    const s = Math.abs(h[(first + 1) * n + first]!) + Math.abs(h[(first + 2) * n + first + 1]!);
    h11 = 0.75 * s + h[first * n + first]!;
    h12 = -0.4375 * s;
    h21 = s;
    h22 = h11;
  } else {
    h11 = h[(last - 1) * n + last - 1]!;
    h12 = h[(last - 1) * n + last]!;
    h21 = h[last * n + last - 1]!;
    h22 = h[last * n + last]!;
  }
  const scale = Math.abs(h11) + Math.abs(h12) + Math.abs(h21) + Math.abs(h22);
  if (scale === 0) return [0, 0, 0, 0];
  h11 /= scale;
  h12 /= scale;
  h21 /= scale;
  h22 /= scale;
  const half = (h11 + h22) / 2;
  const determinant = (h11 - half) * (h22 - half) - h12 * h21;
  const root = Math.sqrt(Math.abs(determinant));
  if (determinant >= 0) return [half * scale, root * scale, half * scale, -root * scale];
  // Real shifts: use the one nearer to the corner twice.
  const one = half + root;
  const two = half - root;
  const chosen = Math.abs(one - h22) <= Math.abs(two - h22) ? one * scale : two * scale;
  return [chosen, 0, chosen, 0];
}

/** One double-shift sweep over rows and columns first..last, carried into all of h and z. */
function chase(
  n: number,
  h: Float64Array,
  z: Float64Array,
  first: number,
  last: number,
  [re1, im1, re2, im2]: readonly [number, number, number, number],
  v: Float64Array,
): void {
  // The sweep may start below `first` where two consecutive subdiagonal entries are small.
  let start = last - 2;
  for (; ; start--) {
    const here = h[start * n + start]!;
    const below = h[(start + 1) * n + start + 1]!;
    const sub = h[(start + 1) * n + start]!;
    const size = Math.abs(here - re2) + Math.abs(im2) + Math.abs(sub);
    const scaled = sub / size;
    v[0] = scaled * h[start * n + start + 1]! + (here - re1) * ((here - re2) / size) - im1 * (im2 / size);
    v[1] = scaled * (here + below - re1 - re2);
    v[2] = scaled * h[(start + 2) * n + start + 1]!;
    const sum = Math.abs(v[0]) + Math.abs(v[1]) + Math.abs(v[2]);
    v[0] /= sum;
    v[1] /= sum;
    v[2] /= sum;
    if (start === first) break;
    const above = h[(start - 1) * n + start - 1]!;
    if (
      Math.abs(h[start * n + start - 1]!) * (Math.abs(v[1]) + Math.abs(v[2])) <=
      epsilon * Math.abs(v[0]) * (Math.abs(above) + Math.abs(here) + Math.abs(below))
    )
      break;
  }
  for (let k = start; k < last; k++) {
    const size = Math.min(3, last - k + 1);
    if (k > start) for (let i = 0; i < size; i++) v[i] = h[(k + i) * n + k - 1]!;
    const [beta, tau] = makeReflector(size, v);
    if (k > start) {
      h[k * n + k - 1] = beta;
      for (let i = 1; i < size; i++) h[(k + i) * n + k - 1] = 0;
    } else if (start > first) h[k * n + k - 1]! *= 1 - tau;
    if (size === 3) {
      const v1 = v[1]!;
      const v2 = v[2]!;
      const r0 = k * n;
      const r1 = r0 + n;
      const r2 = r1 + n;
      for (let j = k; j < n; j++) {
        const sum = tau * (h[r0 + j]! + v1 * h[r1 + j]! + v2 * h[r2 + j]!);
        h[r0 + j]! -= sum;
        h[r1 + j]! -= sum * v1;
        h[r2 + j]! -= sum * v2;
      }
      reflectThree(h, k, n, Math.min(k + 3, last) + 1, tau, v1, v2);
      reflectThree(z, k, n, n, tau, v1, v2);
    } else {
      const v1 = v[1]!;
      for (let j = k, p = k * n + k; j < n; j++, p++) {
        const sum = tau * (h[p]! + v1 * h[p + n]!);
        h[p]! -= sum;
        h[p + n]! -= sum * v1;
      }
      reflectTwo(h, k, n, last + 1, tau, v1);
      reflectTwo(z, k, n, n, tau, v1);
    }
  }
}

function reflectThree(
  a: Float64Array,
  column: number,
  stride: number,
  rows: number,
  tau: number,
  v1: number,
  v2: number,
): void {
  for (let i = 0, p = column; i < rows; i++, p += stride) {
    const sum = tau * (a[p]! + v1 * a[p + 1]! + v2 * a[p + 2]!);
    a[p]! -= sum;
    a[p + 1]! -= sum * v1;
    a[p + 2]! -= sum * v2;
  }
}

function reflectTwo(
  a: Float64Array,
  column: number,
  stride: number,
  rows: number,
  tau: number,
  v1: number,
): void {
  for (let i = 0, p = column; i < rows; i++, p += stride) {
    const sum = tau * (a[p]! + v1 * a[p + 1]!);
    a[p]! -= sum;
    a[p + 1]! -= sum * v1;
  }
}

/** Rotates the 2 x 2 block in rows and columns last - 1, last to standard form, splitting real eigenvalues. */
function standardise(n: number, h: Float64Array, z: Float64Array, last: number): void {
  const first = last - 1;
  const block = standardBlock(
    h[first * n + first]!,
    h[first * n + last]!,
    h[last * n + first]!,
    h[last * n + last]!,
  );
  h[first * n + first] = block.a;
  h[first * n + last] = block.b;
  h[last * n + first] = block.c;
  h[last * n + last] = block.d;
  const { cos, sin } = block;
  for (let j = last + 1; j < n; j++) {
    const upper = h[first * n + j]!;
    const lower = h[last * n + j]!;
    h[first * n + j] = cos * upper + sin * lower;
    h[last * n + j] = cos * lower - sin * upper;
  }
  rotateColumns(h, first, n, first, cos, sin);
  rotateColumns(z, first, n, n, cos, sin);
}

function rotateColumns(
  a: Float64Array,
  column: number,
  stride: number,
  rows: number,
  cos: number,
  sin: number,
): void {
  for (let i = 0, p = column; i < rows; i++, p += stride) {
    const left = a[p]!;
    const right = a[p + 1]!;
    a[p] = cos * left + sin * right;
    a[p + 1] = cos * right - sin * left;
  }
}

interface StandardBlock {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly cos: number;
  readonly sin: number;
}

/**
 * Schur factorization of [[a, b], [c, d]] by one rotation: c = 0 where the eigenvalues are real, else a = d and
 * b c < 0. Bai and Demmel, "On a block implementation of Hessenberg multishift QR iteration" (1989).
 */
function standardBlock(a: number, b: number, c: number, d: number): StandardBlock {
  if (c === 0) return { a, b, c, d, cos: 1, sin: 0 };
  if (b === 0) return { a: d, b: -c, c: 0, d: a, cos: 0, sin: 1 };
  if (a === d && Math.sign(b) !== Math.sign(c)) return { a, b, c, d, cos: 1, sin: 0 };
  const difference = a - d;
  const half = 0.5 * difference;
  const larger = Math.max(Math.abs(b), Math.abs(c));
  const smaller = Math.min(Math.abs(b), Math.abs(c)) * Math.sign(b) * Math.sign(c);
  const scale = Math.max(Math.abs(half), larger);
  const discriminant = (half / scale) * half + (larger / scale) * smaller;
  if (discriminant >= 4 * epsilon) {
    const root = Math.sqrt(scale) * Math.sqrt(discriminant);
    const shift = half + (half < 0 ? -root : root);
    const tau = Math.hypot(c, shift);
    return {
      a: d + shift,
      b: b - c,
      c: 0,
      d: d - (larger / shift) * smaller,
      cos: shift / tau,
      sin: c / tau,
    };
  }
  // Complex or nearly equal eigenvalues: make the diagonal entries equal.
  const sigma = b + c;
  const tau = Math.hypot(sigma, difference);
  const cos = Math.sqrt(0.5 * (1 + Math.abs(sigma) / tau));
  const sin = -(half / (tau * cos)) * (sigma < 0 ? -1 : 1);
  const aa = a * cos + b * sin;
  const bb = -a * sin + b * cos;
  const cc = c * cos + d * sin;
  const dd = -c * sin + d * cos;
  const upper = bb * cos + dd * sin;
  const lower = -aa * sin + cc * cos;
  const mean = 0.5 * (aa * cos + cc * sin + (-bb * sin + dd * cos));
  if (lower === 0) return { a: mean, b: upper, c: 0, d: mean, cos, sin };
  if (upper === 0) return { a: mean, b: -lower, c: 0, d: mean, cos: -sin, sin: cos };
  if (Math.sign(upper) !== Math.sign(lower)) return { a: mean, b: upper, c: lower, d: mean, cos, sin };
  const rootUpper = Math.sqrt(Math.abs(upper));
  const rootLower = Math.sqrt(Math.abs(lower));
  const product = lower < 0 ? -rootUpper * rootLower : rootUpper * rootLower;
  const norm = 1 / Math.sqrt(Math.abs(upper + lower));
  const cos1 = rootUpper * norm;
  const sin1 = rootLower * norm;
  return {
    a: mean + product,
    b: upper - lower,
    c: 0,
    d: mean - product,
    cos: cos * cos1 - sin * sin1,
    sin: cos * sin1 + sin * cos1,
  };
}
