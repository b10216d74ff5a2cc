import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
} from "../core/errors.ts";
import { type ComplexVector, matvec, schur } from "../core/linalg/index.ts";
import { isDiagonal, requireSystem, requireVector, type StateSpace } from "./state-space.ts";

/**
 * The transfer function c (i w - a)^-1 b + d at angular frequencies w, in radians per unit of time. Dense systems are
 * brought to their real Schur form once, about 25 n^3 operations, then 4 n^2 a frequency; diagonal ones take n a
 * frequency.
 *
 * @throws NumericalError where i w is an eigenvalue.
 */
export function transferFunction(system: StateSpace, omega: Float64Array): ComplexVector {
  requireSystem("system", system);
  requireVector("omega", omega);
  const at = evaluator(system);
  const result = { re: new Float64Array(omega.length), im: new Float64Array(omega.length) };
  for (let k = 0; k < omega.length; k++) {
    const [re, im] = at(omega[k]!);
    if (!Number.isFinite(re) || !Number.isFinite(im))
      throw new NumericalError(`the transfer function has a pole at i ${omega[k]}`, { omega: omega[k] });
    result.re[k] = re;
    result.im[k] = im;
  }
  return result;
}

type Evaluator = (omega: number) => readonly [re: number, im: number];

function evaluator(system: StateSpace): Evaluator {
  const d = system.d ?? 0;
  if (isDiagonal(system)) {
    const { eigenvalues, b, c } = system;
    return (omega) => {
      let [re, im] = [d, 0];
      for (let j = 0; j < eigenvalues.re.length; j++) {
        const x = -eigenvalues.re[j]!;
        const y = omega - eigenvalues.im[j]!;
        const size = x * x + y * y;
        const p = b.re[j]! * c.re[j]! - b.im[j]! * c.im[j]!;
        const q = b.re[j]! * c.im[j]! + b.im[j]! * c.re[j]!;
        re += (p * x + q * y) / size;
        im += (q * x - p * y) / size;
      }
      return [re, im];
    };
  }
  const n = system.b.length;
  const { t, z } = schur(system.a);
  const b = matvec(z, system.b, { transpose: true });
  const c = matvec(z, system.c, { transpose: true });
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  return (omega) => {
    solveShifted(n, t.data, omega, b, re, im);
    let [sumRe, sumIm] = [d, 0];
    for (let j = 0; j < n; j++) {
      sumRe += c[j]! * re[j]!;
      sumIm += c[j]! * im[j]!;
    }
    return [sumRe, sumIm];
  };
}

/** (i w - t) x = b for a real Schur form t by back substitution: 2 x 2 blocks on the diagonal by Cramer's rule. */
function solveShifted(
  n: number,
  t: Float64Array,
  omega: number,
  b: Float64Array,
  re: Float64Array,
  im: Float64Array,
): void {
  const known = (row: number, from: number): readonly [number, number] => {
    let [x, y] = [b[row]!, 0];
    for (let j = from; j < n; j++) {
      x += t[row * n + j]! * re[j]!;
      y += t[row * n + j]! * im[j]!;
    }
    return [x, y];
  };
  for (let i = n - 1; i >= 0; i--) {
    if (i > 0 && t[i * n + i - 1] !== 0) {
      const [p, q, r, s] = [t[(i - 1) * n + i - 1]!, t[(i - 1) * n + i]!, t[i * n + i - 1]!, t[i * n + i]!];
      const [x1, y1] = known(i - 1, i + 1);
      const [x2, y2] = known(i, i + 1);
      // [[iw - p, -q], [-r, iw - s]]: determinant p s - q r - w^2 - i w (p + s).
      const detRe = p * s - q * r - omega * omega;
      const detIm = -omega * (p + s);
      const size = detRe * detRe + detIm * detIm;
      const divide = (k: number, x: number, y: number): void => {
        re[k] = (x * detRe + y * detIm) / size;
        im[k] = (y * detRe - x * detIm) / size;
      };
      divide(i - 1, -s * x1 - omega * y1 + q * x2, omega * x1 - s * y1 + q * y2);
      divide(i, r * x1 - p * x2 - omega * y2, r * y1 + omega * x2 - p * y2);
      i--;
    } else {
      const [x, y] = known(i, i + 1);
      const p = -t[i * n + i]!;
      const size = p * p + omega * omega;
      re[i] = (x * p + y * omega) / size;
      im[i] = (y * p - x * omega) / size;
    }
  }
}

export interface HInfinityOptions {
  /** Range of angular frequencies that is searched; default 0.1 to 1000. */
  readonly from?: number;
  readonly to?: number;
  /** Points of the first grid, evenly spaced on a logarithmic scale; default 2000. */
  readonly points?: number;
}

/**
 * The largest difference of two transfer functions over a range of frequencies, and where it is: a grid, made denser at
 * the poles of diagonal systems, then golden-section search around each of the ten highest maxima. A lower bound of the
 * supremum, exact for functions that the grid resolves.
 */
export function hInfinityError(
  first: StateSpace,
  second: StateSpace,
  options: HInfinityOptions = {},
): { readonly value: number; readonly omega: number } {
  requireSystem("first", first);
  requireSystem("second", second);
  requireKnownOptions("options", options, ["from", "to", "points"]);
  const from = requireFinite("options.from", options.from ?? 0.1, Number.MIN_VALUE);
  const to = requireFinite("options.to", options.to ?? 1000);
  if (to <= from) throw new InvalidInputError("options.to", `expected more than ${from}, got ${to}`);
  const points = requireInteger("options.points", options.points ?? 2000, 2, 10_000_000);
  const [one, two] = [evaluator(first), evaluator(second)];
  const error = (omega: number): number => {
    const [a, b] = [one(omega), two(omega)];
    const value = Math.hypot(a[0] - b[0], a[1] - b[1]);
    if (!Number.isFinite(value))
      throw new NumericalError(`a transfer function has a pole at i ${omega}`, { omega });
    return value;
  };
  const grid = Array.from({ length: points }, (_, i) => from * (to / from) ** (i / (points - 1)));
  for (const system of [first, second]) {
    if (!isDiagonal(system)) continue;
    const { re, im } = system.eigenvalues;
    // A resonance is as wide as its eigenvalue's distance from the axis.
    for (let j = 0; j < re.length; j++)
      for (const step of [-4, -2, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 2, 4])
        grid.push(im[j]! + step * Math.abs(re[j]!));
  }
  const omegas = Float64Array.from(grid.filter((omega) => omega >= from && omega <= to)).sort();
  const values = omegas.map(error);
  const peaks = Array.from(values.keys())
    .filter((k) => values[k]! >= (values[k - 1] ?? 0) && values[k]! >= (values[k + 1] ?? 0))
    .sort((a, b) => values[b]! - values[a]!)
    .slice(0, 10);
  let best = { value: 0, omega: from };
  for (const k of peaks) {
    const found = goldenSection(
      error,
      omegas[Math.max(0, k - 1)]!,
      omegas[Math.min(omegas.length - 1, k + 1)]!,
    );
    if (values[k]! > found.value) found.value = values[k]!;
    if (found.value > best.value) best = found;
  }
  return best;
}

/** A maximum of f between two points. */
function goldenSection(
  f: (x: number) => number,
  low: number,
  high: number,
): { value: number; omega: number } {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [x, y] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [fx, fy] = [f(x), f(y)];
  for (let i = 0; i < 60 && b - a > 1e-12 * b; i++) {
    if (fx >= fy) {
      [b, y, fy] = [y, x, fx];
      x = b - ratio * (b - a);
      fx = f(x);
    } else {
      [a, x, fx] = [x, y, fy];
      y = a + ratio * (b - a);
      fy = f(y);
    }
  }
  return fx >= fy ? { value: fx, omega: x } : { value: fy, omega: y };
}
