/**
 * The theta with |theta_j| <= bounds_j that minimises theta^T G theta - 2 h^T theta, G symmetric positive semidefinite
 * (row-major): least squares within a box, from its normal equations. Coordinate descent from `start` brought into
 * the box; each coordinate's minimum is exact, so that the value never increases. Stops when no coordinate moves by
 * more than 1e-12 of its bound, at the latest after 1,000 sweeps of O(m^2).
 */
export function boxLeastSquares(
  G: Float64Array,
  h: Float64Array,
  bounds: Float64Array,
  start: Float64Array,
): Float64Array {
  const m = h.length;
  const theta = start.map((value, j) => Math.min(bounds[j]!, Math.max(-bounds[j]!, value)));
  for (let sweep = 0; sweep < 1000; sweep++) {
    let moved = false;
    for (let j = 0; j < m; j++) {
      const curvature = G[j * m + j]!;
      if (!(curvature > 0)) continue;
      let slope = -h[j]!;
      for (let i = 0; i < m; i++) slope += G[j * m + i]! * theta[i]!;
      const next = Math.min(bounds[j]!, Math.max(-bounds[j]!, theta[j]! - slope / curvature));
      if (Math.abs(next - theta[j]!) > 1e-12 * bounds[j]!) moved = true;
      theta[j] = next;
    }
    if (!moved) break;
  }
  return theta;
}
