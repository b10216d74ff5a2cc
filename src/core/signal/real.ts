import { cachedLineTransform } from "./plan.ts";
import { rootOfUnity } from "./radix.ts";

/** Work arrays and the roots exp(-2 pi i k / n), k <= n / 2, for real vectors of length n. */
interface RealPlan {
  readonly n: number;
  readonly workRe: Float64Array;
  readonly workIm: Float64Array;
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

let latest: RealPlan | undefined;

/** The plan of the length asked for last is kept: rows of an array come one after the other. */
function realPlan(n: number): RealPlan {
  if (latest?.n === n) return latest;
  const h = n / 2;
  const roots = n % 2 === 1 ? [] : Array.from({ length: h + 1 }, (_, k) => rootOfUnity(k, n));
  latest = {
    n,
    workRe: new Float64Array(n % 2 === 1 ? n : h),
    workIm: new Float64Array(n % 2 === 1 ? n : h),
    cos: Float64Array.from(roots, (root) => root.re),
    sin: Float64Array.from(roots, (root) => root.im),
  };
  return latest;
}

/**
 * Transform of n reals to floor(n / 2) + 1 frequencies. Even n: the even- and odd-numbered elements are the parts
 * of one complex vector of length n / 2, whose transform is taken apart by symmetry.
 */
export function realForward(
  x: Float64Array,
  from: number,
  n: number,
  re: Float64Array,
  im: Float64Array,
  to: number,
): void {
  const h = n / 2;
  const { workRe, workIm, cos, sin } = realPlan(n);
  if (n % 2 === 1) {
    for (let j = 0; j < n; j++) workRe[j] = x[from + j]!;
    workIm.fill(0);
    cachedLineTransform(n).run(workRe, workIm, 1, 1);
    for (let k = 0; k <= h; k++) {
      re[to + k] = workRe[k]!;
      im[to + k] = workIm[k]!;
    }
    return;
  }
  for (let j = 0; j < h; j++) {
    workRe[j] = x[from + 2 * j]!;
    workIm[j] = x[from + 2 * j + 1]!;
  }
  cachedLineTransform(h).run(workRe, workIm, 1, 1);
  for (let k = 0; k <= h; k++) {
    const at = k === h ? 0 : k;
    const mirror = k === 0 ? 0 : h - k;
    // E = (Z_k + conj Z_{h-k}) / 2, O = (Z_k - conj Z_{h-k}) / 2i, X_k = E + exp(-2 pi i k / n) O.
    const evenRe = 0.5 * (workRe[at]! + workRe[mirror]!);
    const evenIm = 0.5 * (workIm[at]! - workIm[mirror]!);
    const oddRe = 0.5 * (workIm[at]! + workIm[mirror]!);
    const oddIm = 0.5 * (workRe[mirror]! - workRe[at]!);
    re[to + k] = evenRe + oddRe * cos[k]! - oddIm * sin[k]!;
    im[to + k] = evenIm + oddRe * sin[k]! + oddIm * cos[k]!;
  }
}

/** Inverse of {@link realForward}, without scaling by 1 / n. */
export function realInverse(
  re: Float64Array,
  im: Float64Array,
  from: number,
  n: number,
  x: Float64Array,
  to: number,
): void {
  const h = n / 2;
  const { workRe, workIm, cos, sin } = realPlan(n);
  if (n % 2 === 1) {
    workRe[0] = re[from]!;
    workIm[0] = 0;
    for (let k = 1; k <= h; k++) {
      workRe[k] = workRe[n - k] = re[from + k]!;
      workIm[k] = im[from + k]!;
      workIm[n - k] = -im[from + k]!;
    }
    cachedLineTransform(n).run(workIm, workRe, 1, 1);
    for (let j = 0; j < n; j++) x[to + j] = workRe[j]!;
    return;
  }
  for (let k = 0; k < h; k++) {
    // Twice E and O of the forward transform, so that the factor left is n and not n / 2.
    const kIm = k === 0 ? 0 : im[from + k]!;
    const mirrorIm = k === 0 ? 0 : im[from + h - k]!;
    const evenRe = re[from + k]! + re[from + h - k]!;
    const evenIm = kIm - mirrorIm;
    const differenceRe = re[from + k]! - re[from + h - k]!;
    const differenceIm = kIm + mirrorIm;
    const oddRe = differenceRe * cos[k]! + differenceIm * sin[k]!;
    const oddIm = differenceIm * cos[k]! - differenceRe * sin[k]!;
    workRe[k] = evenRe - oddIm;
    workIm[k] = evenIm + oddRe;
  }
  cachedLineTransform(h).run(workIm, workRe, 1, 1);
  for (let j = 0; j < h; j++) {
    x[to + 2 * j] = workRe[j]!;
    x[to + 2 * j + 1] = workIm[j]!;
  }
}
