/**
 * The theta with |theta_j| <= bounds_j that minimises theta^T G theta - 2 h^T theta, G symmetric positive semidefinite
 * (row-major): least squares within a box, from its normal equations. Active sets from `start` brought into the box:
 * coordinates at their bounds are held, the others solved for and moved until one meets its bound; a held one whose
 * slope points inwards is let go. About m solves of O(m^3). Where G is singular on the free coordinates, coordinate
 * descent instead.
 *
 * Stark and Parker, Bounded-variable least squares: an algorithm and applications, 1995.
 */
export function boxLeastSquares(
  G: Float64Array,
  h: Float64Array,
  bounds: Float64Array,
  start: Float64Array,
): Float64Array {
  const m = h.length;
  const theta = start.map((value, j) => Math.min(bounds[j]!, Math.max(-bounds[j]!, value)));
  const held = new Uint8Array(m);
  for (let j = 0; j < m; j++) if (Math.abs(theta[j]!) === bounds[j]) held[j] = 1;
  for (let step = 0; step < 10 * m; step++) {
    const free: number[] = [];
    for (let j = 0; j < m; j++) if (held[j] === 0) free.push(j);
    const target = solveFree(G, h, theta, free);
    if (target === undefined) return descend(G, h, bounds, theta);
    // As far towards the free minimum as the box allows.
    let length = 1;
    let blocking = -1;
    for (let i = 0; i < free.length; i++) {
      const j = free[i]!;
      const move = target[i]! - theta[j]!;
      if (Math.abs(target[i]!) <= bounds[j]!) continue;
      const reach = (Math.sign(move) * bounds[j]! - theta[j]!) / move;
      if (reach < length) {
        length = reach;
        blocking = j;
      }
    }
    for (let i = 0; i < free.length; i++) theta[free[i]!]! += length * (target[i]! - theta[free[i]!]!);
    if (blocking >= 0) {
      theta[blocking] = Math.sign(theta[blocking]!) * bounds[blocking]!;
      held[blocking] = 1;
      continue;
    }
    let steepest = 0;
    let released = -1;
    for (let j = 0; j < m; j++) {
      if (held[j] === 0) continue;
      // Downhill is against the slope: inwards when the slope has the sign of theta.
      const slope = slopeAt(G, h, theta, j) * Math.sign(theta[j]!);
      if (slope > 1e-10 * Math.abs(h[j]!) && slope > steepest) {
        steepest = slope;
        released = j;
      }
    }
    if (released < 0) return theta;
    held[released] = 0;
  }
  return descend(G, h, bounds, theta);
}

/** Half the derivative along coordinate j. */
function slopeAt(G: Float64Array, h: Float64Array, theta: Float64Array, j: number): number {
  let slope = -h[j]!;
  for (let i = 0; i < theta.length; i++) slope += G[j * theta.length + i]! * theta[i]!;
  return slope;
}

/** The minimum over the free coordinates with the others held, by Cholesky; undefined where it is not unique. */
function solveFree(
  G: Float64Array,
  h: Float64Array,
  theta: Float64Array,
  free: readonly number[],
): Float64Array | undefined {
  const m = theta.length;
  const size = free.length;
  const L = new Float64Array(size * size);
  const x = new Float64Array(size);
  for (let a = 0; a < size; a++) {
    const i = free[a]!;
    x[a] = h[i]!;
    for (let j = 0; j < m; j++) x[a]! -= G[i * m + j]! * theta[j]!;
    for (let b = 0; b < size; b++) x[a]! += G[i * m + free[b]!]! * theta[free[b]!]!;
    for (let b = 0; b <= a; b++) {
      let sum = G[i * m + free[b]!]!;
      for (let k = 0; k < b; k++) sum -= L[a * size + k]! * L[b * size + k]!;
      if (b < a) L[a * size + b] = sum / L[b * size + b]!;
      else {
        if (!(sum > 1e-12 * G[i * m + i]!)) return undefined;
        L[a * size + a] = Math.sqrt(sum);
      }
    }
    for (let k = 0; k < a; k++) x[a]! -= L[a * size + k]! * x[k]!;
    x[a]! /= L[a * size + a]!;
  }
  for (let a = size - 1; a >= 0; a--) {
    for (let k = a + 1; k < size; k++) x[a]! -= L[k * size + a]! * x[k]!;
    x[a]! /= L[a * size + a]!;
  }
  return x;
}

/** Exact minima along one coordinate after the other, in place, at most 30 times: never increases the value. */
function descend(G: Float64Array, h: Float64Array, bounds: Float64Array, theta: Float64Array): Float64Array {
  const m = theta.length;
  for (let sweep = 0; sweep < 30; sweep++) {
    let moved = false;
    for (let j = 0; j < m; j++) {
      const curvature = G[j * m + j]!;
      if (!(curvature > 0)) continue;
      const next = Math.min(
        bounds[j]!,
        Math.max(-bounds[j]!, theta[j]! - slopeAt(G, h, theta, j) / curvature),
      );
      if (Math.abs(next - theta[j]!) > 1e-8 * bounds[j]!) moved = true;
      theta[j] = next;
    }
    if (!moved) break;
  }
  return theta;
}
