/** For p < 2, residuals below this part of the largest count as that much: at first, and in the end. */
const firstFloor = 1e-2;
const lastFloor = 1e-6;
/** Possible relative decrease of the p-th power below which an iteration ends. */
const tolerance = 1e-7;
/** Decrease that may be left when the iterations are used up: shares are then right to about this much. */
const looseTolerance = 1e-2;
const mostIterations = 60;

/** r^(p - 2) and r^p of r >= 0 without the general power for the p that people use. */
export function powers(p: number): { weight: (r: number) => number; term: (r: number) => number } {
  if (p === 1) return { weight: (r) => 1 / r, term: (r) => r };
  if (p === 2) return { weight: () => 1, term: (r) => r * r };
  if (p === 3) return { weight: (r) => r, term: (r) => r * r * r };
  if (p === 4) return { weight: (r) => r * r, term: (r) => r * r * r * r };
  return { weight: (r) => r ** (p - 2), term: (r) => r ** p };
}

/** Work space of {@link minimizeOnPlane}: for a matrix of some size, used over and over. */
export class PNormWork {
  readonly residuals: Float64Array;
  readonly next: Float64Array;
  readonly gram: Float64Array;
  readonly direction: Float64Array;
  readonly trial: Float64Array;

  constructor(rows: number, dim: number) {
    this.residuals = new Float64Array(rows);
    this.next = new Float64Array(rows);
    this.gram = new Float64Array(dim * dim);
    this.direction = new Float64Array(dim);
    this.trial = new Float64Array(dim);
  }
}

export interface PlaneMinimum {
  /** The smallest |b x|_p^p. */
  readonly value: number;
  readonly converged: boolean;
}

/**
 * min |b x|_p^p over the plane c^T x = 1, from the feasible `x`, which becomes the minimiser: iteratively reweighted
 * least squares for p <= 2, and for p > 2 Newton's method, which is its step times 1 / (p - 1); halved where the norm
 * would not decrease. An iteration is one pass over the m x d matrix b, m d^2 / 2 multiplications.
 */
export function minimizeOnPlane(
  b: Float64Array,
  d: number,
  c: Float64Array,
  p: number,
  x: Float64Array,
  work: PNormWork,
): PlaneMinimum {
  const { weight, term } = powers(p);
  const { gram, direction, trial } = work;
  const m = work.residuals.length;
  let r = work.residuals;
  let next = work.next;
  let value = residualsOf(b, d, x, r, term);
  // The floor of the residuals sinks by steps: with the last one from the start, a few rows would hold x in place.
  let relativeFloor = p < 2 ? firstFloor : 0;
  let gap = value;
  for (let iteration = 0; iteration < mostIterations; iteration++) {
    let floor = 0;
    if (p < 2) {
      for (let i = 0; i < m; i++) if (r[i]! > floor) floor = r[i]!;
      floor *= relativeFloor;
    }
    gram.fill(0);
    for (let i = 0, q = 0; i < m; i++, q += d) {
      const w = p === 2 ? 1 : weight(r[i]! > floor ? r[i]! : floor);
      for (let j = 0; j < d; j++) {
        const factor = w * b[q + j]!;
        for (let k = 0; k <= j; k++) gram[j * d + k]! += factor * b[q + k]!;
      }
    }
    direction.set(c);
    if (!choleskySolveInPlace(gram, d, direction)) return { value, converged: false };
    let scale = 0;
    for (let j = 0; j < d; j++) scale += c[j]! * direction[j]!;
    const sinking = relativeFloor > lastFloor;
    relativeFloor = p < 2 ? Math.max(lastFloor, relativeFloor / 4) : 0;
    gap = value - 1 / scale;
    // 1 / scale is the least value of the quadratic that agrees with the norm in x.
    if (!sinking && gap <= tolerance * value) return { value, converged: true };
    let step = p > 2 ? 1 / (p - 1) : 1;
    let tried = Number.POSITIVE_INFINITY;
    for (let attempt = p > 2 ? 12 : 1; attempt > 0 && !(tried < value); attempt--, step /= 2) {
      for (let j = 0; j < d; j++) trial[j] = x[j]! + step * (direction[j]! / scale - x[j]!);
      tried = residualsOf(b, d, trial, next, term);
    }
    if (!(tried < value)) {
      if (sinking) continue;
      // No descent but for rounding, or for the floor of the residuals.
      return { value, converged: true };
    }
    value = tried;
    x.set(trial);
    [r, next] = [next, r];
  }
  return { value, converged: gap <= looseTolerance * value };
}

/** |b x| entry by entry, and the sum of their p-th powers. */
function residualsOf(
  b: Float64Array,
  d: number,
  x: Float64Array,
  out: Float64Array,
  term: (r: number) => number,
): number {
  let sum = 0;
  for (let i = 0, q = 0; i < out.length; i++) {
    let dot = 0;
    for (let j = 0; j < d; j++, q++) dot += b[q]! * x[j]!;
    out[i] = Math.abs(dot);
    sum += term(out[i]!);
  }
  return sum;
}

/**
 * y := h^-1 y by Cholesky's method in place of the lower triangle of h, with a ridge at rounding level where a pivot
 * vanishes. False where h has no positive entry on its diagonal or is not finite.
 */
export function choleskySolveInPlace(h: Float64Array, d: number, y: Float64Array): boolean {
  let trace = 0;
  for (let j = 0; j < d; j++) trace += h[j * d + j]!;
  if (!(trace > 0 && trace < Number.POSITIVE_INFINITY)) return false;
  const ridge = (1e-14 * trace) / d;
  for (let j = 0; j < d; j++) {
    for (let k = 0; k <= j; k++) {
      let sum = h[j * d + k]!;
      for (let l = 0; l < k; l++) sum -= h[j * d + l]! * h[k * d + l]!;
      h[j * d + k] = k < j ? sum / h[k * d + k]! : Math.sqrt(sum > ridge ? sum : ridge);
    }
  }
  for (let j = 0; j < d; j++) {
    let sum = y[j]!;
    for (let k = 0; k < j; k++) sum -= h[j * d + k]! * y[k]!;
    y[j] = sum / h[j * d + j]!;
  }
  for (let j = d - 1; j >= 0; j--) {
    let sum = y[j]!;
    for (let k = j + 1; k < d; k++) sum -= h[k * d + j]! * y[k]!;
    y[j] = sum / h[j * d + j]!;
  }
  return true;
}
