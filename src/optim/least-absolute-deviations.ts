import { inverse } from "../core/linalg/index.ts";

export interface AbsoluteDeviations {
  /** The minimiser: a vertex, where at least k residuals are 0. */
  readonly x: Float64Array;
  /** The smallest sum of |b_i - a_i x|. */
  readonly value: number;
  readonly pivots: number;
  /** Whether the multipliers prove that no sum is smaller. */
  readonly optimal: boolean;
}

/** Multipliers may exceed 1 by this much. */
const slack = 1e-9;
/** Pivots after which what is kept up to date is computed anew. */
const refreshEvery = 30;
/** Steps of length 0 in a row after which rows are chosen by their number, which cannot cycle. */
const degenerateSteps = 20;

/**
 * min |b - a x|_1 exactly, the linear program by a simplex method on its dual: k rows are fitted exactly, the signs of
 * the other residuals give multipliers of these, and a multiplier beyond 1 says along which edge to leave. Along an
 * edge the sum is minimised over all its corners at once, a weighted median. O(n k) a pivot; few of them from a start
 * near the solution.
 *
 * Reference: Barrodale and Roberts 1973, An improved algorithm for discrete l1 linear approximation.
 *
 * @param a row-major, n x k, of rank k
 * @param near residuals at the start: the first basis is made of rows where they are small
 */
export function leastAbsoluteDeviations(
  a: Float64Array,
  k: number,
  b: Float64Array,
  near: Float64Array,
): AbsoluteDeviations {
  const n = b.length;
  const basis = firstBasis(a, k, near);
  const inBasis = new Uint8Array(n);
  for (const i of basis) inBasis[i] = 1;
  const signs = new Float64Array(n);
  const residuals = new Float64Array(n);
  const x = new Float64Array(k);
  const along = new Float64Array(n);
  const edge = new Float64Array(k);
  const gradient = new Float64Array(k);
  const corners = new Float64Array(n);
  const rows = new Int32Array(n);
  let inverted = new Float64Array(0);

  /** Everything from the basis alone; signs of residuals that vanish are kept. */
  const refresh = (): boolean => {
    const square = new Float64Array(k * k);
    for (let j = 0; j < k; j++) square.set(a.subarray(basis[j]! * k, (basis[j]! + 1) * k), j * k);
    try {
      inverted = Float64Array.from(inverse({ dtype: "float64", shape: [k, k], data: square }).data);
    } catch {
      return false;
    }
    for (let l = 0; l < k; l++) {
      x[l] = 0;
      for (let j = 0; j < k; j++) x[l]! += inverted[l * k + j]! * b[basis[j]!]!;
    }
    gradient.fill(0);
    for (let i = 0; i < n; i++) {
      let fitted = 0;
      for (let l = 0; l < k; l++) fitted += a[i * k + l]! * x[l]!;
      const r = inBasis[i] === 1 ? 0 : b[i]! - fitted;
      residuals[i] = r;
      if (inBasis[i] === 1) continue;
      if (signs[i] === 0 || Math.abs(r) > 1e-12 * (Math.abs(b[i]!) + Math.abs(fitted)))
        signs[i] = r < 0 ? -1 : 1;
      for (let l = 0; l < k; l++) gradient[l]! += signs[i]! * a[i * k + l]!;
    }
    return true;
  };
  /** The basis row to leave, and its multiplier; -1 at the optimum. */
  const leaving = (byNumber: boolean): [number, number] => {
    let chosen = -1;
    let most = 0;
    for (let j = 0; j < k; j++) {
      let multiplier = 0;
      for (let l = 0; l < k; l++) multiplier -= inverted[l * k + j]! * gradient[l]!;
      if (Math.abs(multiplier) <= 1 + slack) continue;
      const better = byNumber
        ? chosen < 0 || basis[j]! < basis[chosen]!
        : Math.abs(multiplier) > Math.abs(most);
      if (better) [chosen, most] = [j, multiplier];
    }
    return [chosen, most];
  };

  let optimal = false;
  let fresh = refresh();
  let pivots = 0;
  let still = 0;
  for (const limit = 50 * (n + k); fresh && pivots < limit; ) {
    const [j, multiplier] = leaving(still > degenerateSteps);
    if (j < 0) {
      // Once more, without the rounding of the pivots since the last time.
      fresh = refresh();
      optimal = fresh && leaving(false)[0] < 0;
      if (optimal) break;
      continue;
    }
    const direction = multiplier > 0 ? -1 : 1;
    for (let l = 0; l < k; l++) edge[l] = inverted[l * k + j]!;
    let largest = 0;
    for (let i = 0; i < n; i++) {
      let c = 0;
      for (let l = 0; l < k; l++) c += a[i * k + l]! * edge[l]!;
      along[i] = c;
      if (inBasis[i] === 0) largest = Math.max(largest, Math.abs(c));
    }
    // Corners of the sum along the edge: residuals that come to 0.
    let count = 0;
    for (let i = 0; i < n; i++) {
      if (inBasis[i] === 1 || !(signs[i]! * direction * along[i]! > 1e-11 * largest)) continue;
      corners[i] = Math.abs(residuals[i]! / along[i]!);
      rows[count++] = i;
    }
    const entering = weightedMedian(rows, count, corners, along, Math.abs(multiplier) - 1);
    if (entering < 0) break;
    const length = corners[entering]!;
    still = length > 0 ? 0 : still + 1;
    for (let c = 0; c < count; c++) {
      const i = rows[c]!;
      if (!(corners[i]! < length) || i === entering) continue;
      for (let l = 0; l < k; l++) gradient[l]! -= 2 * signs[i]! * a[i * k + l]!;
      signs[i] = -signs[i]!;
    }
    const left = basis[j]!;
    for (let i = 0; i < n; i++) if (inBasis[i] === 0) residuals[i]! -= length * direction * along[i]!;
    residuals[left] = -length * direction;
    residuals[entering] = 0;
    signs[left] = -direction;
    for (let l = 0; l < k; l++)
      gradient[l]! += signs[left]! * a[left * k + l]! - signs[entering]! * a[entering * k + l]!;
    signs[entering] = 0;
    inBasis[left] = 0;
    inBasis[entering] = 1;
    basis[j] = entering;
    pivots++;
    if (pivots % refreshEvery === 0) fresh = refresh();
    else replaceRow(inverted, k, j, a.subarray(entering * k, (entering + 1) * k), edge, along[entering]!);
  }
  if (fresh && !optimal) refresh();
  let value = 0;
  for (let i = 0; i < n; i++) {
    let fitted = 0;
    for (let l = 0; l < k; l++) fitted += a[i * k + l]! * x[l]!;
    value += Math.abs(b[i]! - fitted);
  }
  return { x, value, pivots, optimal };
}

/** k independent rows, of those with small residuals first. */
function firstBasis(a: Float64Array, k: number, near: Float64Array): Int32Array {
  const n = near.length;
  const order = Int32Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => Math.abs(near[i]!) - Math.abs(near[j]!) || i - j,
  );
  const basis: number[] = [];
  const directions: Float64Array[] = [];
  const taken = new Uint8Array(n);
  // What is nearly dependent is left for a later round, and taken only if nothing better is there.
  for (const least of [1e-3, 1e-6, 1e-9, 0])
    for (const i of order) {
      if (basis.length === k) break;
      if (taken[i] === 1) continue;
      const rest = a.slice(i * k, (i + 1) * k);
      const before = Math.hypot(...rest);
      for (let pass = 0; pass < 2; pass++)
        for (const q of directions) {
          let dot = 0;
          for (let l = 0; l < k; l++) dot += q[l]! * rest[l]!;
          for (let l = 0; l < k; l++) rest[l]! -= dot * q[l]!;
        }
      const after = Math.hypot(...rest);
      if (!(after > least * before)) continue;
      taken[i] = 1;
      basis.push(i);
      directions.push(rest.map((value) => value / after));
    }
  return Int32Array.from(basis);
}

/**
 * The row at whose corner the slope, at first `-descent`, is no longer negative when every corner adds twice the size
 * of `along`; -1 if none is. Expected O(count): quickselect, by the middle of three.
 */
function weightedMedian(
  rows: Int32Array,
  count: number,
  corners: Float64Array,
  along: Float64Array,
  descent: number,
): number {
  const before = (i: number, j: number): boolean =>
    corners[i]! < corners[j]! || (corners[i] === corners[j] && i < j);
  let [low, high, left] = [0, count - 1, descent];
  while (low < high) {
    const ends = [rows[low]!, rows[(low + high) >> 1]!, rows[high]!].sort((i, j) => (before(i, j) ? -1 : 1));
    const pivot = ends[1]!;
    let store = low;
    let sum = 0;
    for (let c = low; c <= high; c++) {
      const i = rows[c]!;
      if (!before(i, pivot) && i !== pivot) continue;
      sum += 2 * Math.abs(along[i]!);
      rows[c] = rows[store]!;
      rows[store++] = i;
    }
    // The last of the first part is the pivot, or is put there.
    for (let c = low; c < store; c++)
      if (rows[c] === pivot) {
        rows[c] = rows[store - 1]!;
        rows[store - 1] = pivot;
      }
    const without = sum - 2 * Math.abs(along[pivot]!);
    if (left - without <= 0) high = store - 2;
    else if (left - sum <= 0) return pivot;
    else {
      left -= sum;
      low = store;
    }
  }
  return low === high && low < count ? rows[low]! : -1;
}

/** The inverse after row j of the matrix became `row`, whose product with column j of the inverse is `pivot`. */
function replaceRow(
  inverted: Float64Array,
  k: number,
  j: number,
  row: Float64Array,
  column: Float64Array,
  pivot: number,
): void {
  for (let c = 0; c < k; c++) {
    let product = c === j ? -1 : 0;
    for (let l = 0; l < k; l++) product += row[l]! * inverted[l * k + c]!;
    const factor = product / pivot;
    if (factor !== 0) for (let l = 0; l < k; l++) inverted[l * k + c]! -= column[l]! * factor;
  }
}
