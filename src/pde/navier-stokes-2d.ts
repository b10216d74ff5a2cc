import { type Matrix, type NdArray, requireMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
} from "../core/errors.ts";
import { type LongCallOptions, Pace } from "../core/progress.ts";
import { type FftPlan, fftPlan } from "../core/signal/index.ts";
import { cosPi, sinPi } from "../core/special/index.ts";

export interface NavierStokes2dOptions extends Omit<LongCallOptions, "seed"> {
  /** Kinematic viscosity; default 1e-3. */
  readonly viscosity?: number;
  /** Time to simulate; default 1. */
  readonly time?: number;
  /** Largest time step; default 0.1 length / n. The time between two frames is divided into equal steps. */
  readonly dt?: number;
  /** Fields kept, at equal intervals up to `time`, the start left out; default 1. */
  readonly frames?: number;
  /** Source of vorticity, n x n; default none. */
  readonly forcing?: Matrix;
  /** Linear drag: the source -drag w; default 0. */
  readonly drag?: number;
  /** Edge of the periodic square; default 1, the unit torus. */
  readonly length?: number;
}

export interface Flow2d {
  /** Vorticity, [frames, n, n]. */
  readonly vorticity: NdArray<"float64">;
  readonly times: Float64Array;
  /** Time steps taken. */
  readonly steps: number;
}

const knownOptions = [
  "viscosity",
  "time",
  "dt",
  "frames",
  "forcing",
  "drag",
  "length",
  "signal",
  "onProgress",
];

/**
 * The incompressible Navier-Stokes equations on a periodic square in vorticity form,
 *
 *   dw/dt + u . grad w = viscosity Laplacian w - drag w + forcing,   u = (dpsi/dy, -dpsi/dx),   -Laplacian psi = w,
 *
 * by Fourier modes: products at the n x n points (i length / n, j length / n), x along the rows' index, with modes
 * from n / 3 on left out of both factors and of the product, so that none is aliased; Crank-Nicolson for viscosity
 * and drag, Heun's method for advection and forcing. Second order in time. The mean vorticity is held at zero.
 * O(n^2 log n) a step: six complex transforms.
 *
 * @param w0 initial vorticity, n x n; its mean is taken out
 * @throws NumericalError when the solution is no longer finite: the step is too large for the velocity
 */
export async function navierStokes2d(w0: Matrix, options: NavierStokes2dOptions = {}): Promise<Flow2d> {
  requireKnownOptions("options", options, knownOptions);
  const { rows: n } = requireMatrix("w0", w0, { dtype: "float64" });
  requireMatrix("w0", w0, { cols: n });
  if (n === 0) throw new InvalidInputError("w0", "expected at least one point, got shape [0, 0]");
  const viscosity = requireFinite("options.viscosity", options.viscosity ?? 1e-3, 0);
  const time = requireFinite("options.time", options.time ?? 1, 0);
  const length = requirePositive("options.length", options.length ?? 1);
  const largest = requirePositive("options.dt", options.dt ?? (0.1 * length) / n);
  const frames = requireInteger("options.frames", options.frames ?? 1, 1);
  const drag = requireFinite("options.drag", options.drag ?? 0, 0);
  if (options.forcing !== undefined)
    requireMatrix("options.forcing", options.forcing, { dtype: "float64", rows: n, cols: n });

  const stepsAFrame = Math.max(1, Math.ceil(time / frames / largest - 1e-9));
  const steps = stepsAFrame * frames;
  const dt = time / steps;
  const pace = new Pace(options, steps);
  const solver = new Spectral(n, length, options.forcing);
  const decay = solver.linearRates(viscosity, drag);
  const size = n * n;
  const state = solver.transform(w0.data);
  const predicted = { re: new Float64Array(size), im: new Float64Array(size) };
  const now = { re: new Float64Array(size), im: new Float64Array(size) };
  const later = { re: new Float64Array(size), im: new Float64Array(size) };
  const vorticity = new Float64Array(frames * size);
  for (let step = 0; step < steps; step++) {
    solver.explicitTerms(state, now);
    for (let k = 0; k < size; k++) {
      const implicit = 1 / (1 + (dt / 2) * decay[k]!);
      const kept = 1 - (dt / 2) * decay[k]!;
      predicted.re[k] = (kept * state.re[k]! + dt * now.re[k]!) * implicit;
      predicted.im[k] = (kept * state.im[k]! + dt * now.im[k]!) * implicit;
    }
    solver.explicitTerms(predicted, later);
    let sum = 0;
    for (let k = 0; k < size; k++) {
      const implicit = 1 / (1 + (dt / 2) * decay[k]!);
      const kept = 1 - (dt / 2) * decay[k]!;
      state.re[k] = (kept * state.re[k]! + (dt / 2) * (now.re[k]! + later.re[k]!)) * implicit;
      state.im[k] = (kept * state.im[k]! + (dt / 2) * (now.im[k]! + later.im[k]!)) * implicit;
      sum += state.re[k]! + state.im[k]!;
    }
    if ((step + 1) % stepsAFrame === 0)
      vorticity.set(solver.field(state), ((step + 1) / stepsAFrame - 1) * size);
    if (!Number.isFinite(sum))
      throw new NumericalError(
        `the flow is not finite any more at time ${(step + 1) * dt}: take a smaller options.dt than ${dt}`,
        { step: step + 1, dt },
      );
    if (pace.due()) await pace.rest(step + 1);
  }
  pace.finish();
  return {
    vorticity: { dtype: "float64", shape: [frames, n, n], data: vorticity },
    times: Float64Array.from({ length: frames }, (_, i) => (time * (i + 1)) / frames),
    steps,
  };
}

/** 0.1 (sin 2 pi (x + y) + cos 2 pi (x + y)) on the unit torus: the forcing of the usual benchmark. */
export function diagonalForcing(n: number): Matrix {
  return pointwise(n, (x, y) => 0.1 * (sinPi(2 * (x + y)) + cosPi(2 * (x + y))));
}

/** -4 cos 4 y on the torus of edge 2 pi: Kolmogorov flow, with a drag of 0.1 as a rule. */
export function kolmogorovForcing(n: number): Matrix {
  return pointwise(n, (_, y) => -4 * cosPi(8 * y));
}

/** A field at the points (i / n, j / n). */
function pointwise(n: number, value: (x: number, y: number) => number): Matrix {
  requireInteger("n", n, 1, 32768);
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) data[i * n + j] = value(i / n, j / n);
  return { dtype: "float64", shape: [n, n], data };
}

interface Spectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

class Spectral {
  readonly #n: number;
  readonly #plan: FftPlan;
  /** 2 pi k / length of bin k. */
  readonly #waves: Float64Array;
  /** Whether a bin along one axis is kept in products. */
  readonly #resolved: Uint8Array;
  readonly #forcing: Spectrum | undefined;
  readonly #velocity: Spectrum;
  readonly #gradient: Spectrum;

  constructor(n: number, length: number, forcing: Matrix | undefined) {
    this.#n = n;
    this.#plan = fftPlan([n, n]);
    const wavenumbers = Array.from({ length: n }, (_, k) => (k < n / 2 ? k : k - n));
    this.#waves = Float64Array.from(wavenumbers, (k) => (2 * Math.PI * k) / length);
    this.#resolved = Uint8Array.from(wavenumbers, (k) => (3 * Math.abs(k) < n ? 1 : 0));
    const size = n * n;
    this.#velocity = { re: new Float64Array(size), im: new Float64Array(size) };
    this.#gradient = { re: new Float64Array(size), im: new Float64Array(size) };
    this.#forcing = forcing === undefined ? undefined : this.transform(forcing.data);
  }

  /** Fourier coefficients of a real field without its mean. */
  transform(field: Float64Array): Spectrum {
    const spectrum = { re: field.slice(), im: new Float64Array(field.length) };
    this.#plan.forward(spectrum.re, spectrum.im);
    spectrum.re[0] = 0;
    spectrum.im[0] = 0;
    return spectrum;
  }

  field(spectrum: Spectrum): Float64Array {
    const re = spectrum.re.slice();
    this.#plan.inverse(re, spectrum.im.slice());
    return re;
  }

  /** viscosity |k|^2 + drag for every mode. */
  linearRates(viscosity: number, drag: number): Float64Array {
    const n = this.#n;
    const waves = this.#waves;
    return Float64Array.from({ length: n * n }, (_, k) => {
      const [k1, k2] = [waves[Math.floor(k / n)]!, waves[k % n]!];
      return viscosity * (k1 * k1 + k2 * k2) + drag;
    });
  }

  /**
   * `out = forcing - (u . grad w)^`. The pairs of real fields (u, v) and (dw/dx, dw/dy) are the real and imaginary parts
   * of one transform each: the inverse transform of a^ + i b^ is a + i b.
   */
  explicitTerms(w: Spectrum, out: Spectrum): void {
    const n = this.#n;
    const waves = this.#waves;
    const velocity = this.#velocity;
    const gradient = this.#gradient;
    for (let row = 0, k = 0; row < n; row++) {
      for (let column = 0; column < n; column++, k++) {
        if (k === 0 || this.#resolved[row] === 0 || this.#resolved[column] === 0) {
          velocity.re[k] = 0;
          velocity.im[k] = 0;
          gradient.re[k] = 0;
          gradient.im[k] = 0;
          continue;
        }
        const kx = waves[row]!;
        const ky = waves[column]!;
        const [re, im] = [w.re[k]!, w.im[k]!];
        const inverse = 1 / (kx * kx + ky * ky);
        // u^ = i ky psi^, v^ = -i kx psi^: u^ + i v^ = (kx + i ky) psi^.
        velocity.re[k] = (kx * re - ky * im) * inverse;
        velocity.im[k] = (kx * im + ky * re) * inverse;
        // i kx w^ + i (i ky w^) = (-ky + i kx) w^.
        gradient.re[k] = -ky * re - kx * im;
        gradient.im[k] = -ky * im + kx * re;
      }
    }
    this.#plan.inverse(velocity.re, velocity.im);
    this.#plan.inverse(gradient.re, gradient.im);
    const { re, im } = out;
    for (let k = 0; k < n * n; k++) {
      re[k] = velocity.re[k]! * gradient.re[k]! + velocity.im[k]! * gradient.im[k]!;
      im[k] = 0;
    }
    this.#plan.forward(re, im);
    const forcing = this.#forcing;
    for (let row = 0, k = 0; row < n; row++) {
      for (let column = 0; column < n; column++, k++) {
        const kept = k > 0 && this.#resolved[row] === 1 && this.#resolved[column] === 1;
        re[k] = (forcing?.re[k] ?? 0) - (kept ? re[k]! : 0);
        im[k] = (forcing?.im[k] ?? 0) - (kept ? im[k]! : 0);
      }
    }
  }
}

function requirePositive(argument: string, value: number): number {
  requireFinite(argument, value);
  if (value > 0) return value;
  throw new InvalidInputError(argument, `expected a positive number, got ${value}`);
}
