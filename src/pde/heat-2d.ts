import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { addScaled, identity, multiplyVector, poissonFd } from "../core/sparse/index.ts";
import { exp } from "../core/special/index.ts";
import type { RelaxationSystem } from "./solve-with-learner.ts";

export interface Heat2dOptions {
  /** Intervals along an axis: (nx - 1)^2 unknowns. Default 50. */
  readonly nx?: number;
  /** Time steps. */
  readonly steps: number;
  /** Length of a step; default 1e-3. */
  readonly dt?: number;
  /** Diffusion coefficient at a time, not negative. */
  readonly coefficient: (time: number) => number;
  /** Source at a time and point; default none. */
  readonly forcing?: (time: number, x: number, y: number) => number;
  /** Temperature at time 0; default 0. */
  readonly initial?: (x: number, y: number) => number;
}

/**
 * The systems of the heat equation u_t = coefficient(t) Laplacian u + forcing on the unit square, zero on its border, by
 * central differences and the Crank-Nicolson rule with coefficient and forcing at the middle of each step. Each
 * system starts from the solution before, which the generator takes as the value of its `yield`; its context is the
 * coefficient.
 */
export function* heat2dSystems(
  options: Heat2dOptions,
): Generator<RelaxationSystem, void, Float64Array | undefined> {
  requireKnownOptions("options", options, ["nx", "steps", "dt", "coefficient", "forcing", "initial"]);
  const nx = requireInteger("options.nx", options.nx ?? 50, 2);
  const steps = requireInteger("options.steps", options.steps, 0);
  const dt = requireFinite("options.dt", options.dt ?? 1e-3, 0);
  const { coefficient, forcing, initial } = options;
  const n = nx - 1;
  const minusLaplacian = poissonFd(2, n);
  const unit = identity(n * n);
  const sample = (value: (x: number, y: number) => number): Float64Array =>
    Float64Array.from({ length: n * n }, (_, k) => value((Math.floor(k / n) + 1) / nx, ((k % n) + 1) / nx));
  let u = initial === undefined ? new Float64Array(n * n) : sample(initial);
  for (let step = 0; step < steps; step++) {
    const half = (step + 0.5) * dt;
    const kappa = requireFinite("options.coefficient", coefficient(half), 0);
    const factor = 0.5 * kappa * dt;
    const A = addScaled(1, unit, factor, minusLaplacian);
    const b = multiplyVector(addScaled(1, unit, -factor, minusLaplacian), u);
    if (forcing !== undefined) {
      const source = sample((x, y) => forcing(half, x, y));
      for (let i = 0; i < b.length; i++) b[i]! += dt * source[i]!;
    }
    const next = yield { A, b, context: kappa, x0: u };
    if (next === undefined)
      throw new InvalidInputError("next", "expected the solution of the system before, got undefined");
    u = next;
  }
}

/** exp(1 - 1 / (1 - r^2)) with r the distance from the centre over the radius, 0 from r = 1 on: smooth, 1 at the centre. */
export function bump(x: number, y: number, centre: readonly [number, number], radius: number): number {
  const square = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (radius * radius);
  return square >= 1 ? 0 : exp(1 - 1 / (1 - square));
}
