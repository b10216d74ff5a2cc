import { bump, heat2dSystems, type RelaxationSystem } from "ockham/pde";
import { drawBeta, type RandomStream, randomStream } from "ockham/random";
import { addScaled, identity, poissonFd } from "ockham/sparse";

/** How much the diagonal shifts vary: c = -0.15 + 0.6 Beta(a, b). */
export const shifts = {
  "high variance": [0.5, 1.5],
  "low variance": [2, 6],
} as const;
export type Shifts = keyof typeof shifts;
export const shiftRange: [number, number] = [-0.15, 0.45];

const n = 10;

/** The shift of one round. */
export function shiftOf(kind: Shifts, seed: number, round: number): number {
  const [a, b] = shifts[kind];
  return -0.15 + 0.6 * drawBeta(randomStream(seed, "shift", kind, round), a, b);
}

/** Poisson's matrix of the 10 x 10 grid plus c I, with a truncated normal right-hand side; the context is c. */
export function* shiftedSystems(kind: Shifts, seed: number, count: number): Generator<RelaxationSystem> {
  const A = poissonFd(2, n, { scaled: false });
  const unit = identity(n * n);
  for (let round = 0; round < count; round++) {
    const c = shiftOf(kind, seed, round);
    const b = truncatedNormal(randomStream(seed, "rhs", kind, round), n * n);
    yield { A: addScaled(1, A, c, unit), b, context: c };
  }
}

/** Spectral radius of the Jacobi iteration matrix of {@link shiftedSystems}: every row has the diagonal 4 + c. */
export function shiftedJacobiRadius(c: number): number {
  return (4 * Math.cos(Math.PI / (n + 1))) / (4 + c);
}

/** b ~ N(0, I) given that |b| <= sqrt(n), by rejection. */
function truncatedNormal(stream: RandomStream, size: number): Float64Array {
  const b = new Float64Array(size);
  for (;;) {
    stream.fillNormal(b);
    if (b.reduce((sum, value) => sum + value * value, 0) <= size) return b;
  }
}

const dt = 1e-3;
/** The diffusion coefficient of the heat problem swings between 0 and 10. */
export const heatCoefficient = (time: number): number => {
  const wave = Math.sin(2 * Math.PI * time);
  return Math.max(0.1 * wave, -10 * wave);
};
export const heatRange: [number, number] = [0, 10];

/** The heat equation with a moving source and an oscillating coefficient. */
export function heatSystems(steps: number): ReturnType<typeof heat2dSystems> {
  return heat2dSystems({
    nx: 50,
    steps,
    dt,
    coefficient: heatCoefficient,
    forcing: (t, x, y) => {
      const phase = 16 * Math.PI * t;
      return 32 * bump(x, y, [0.5 + Math.cos(phase) / 4, 0.5 + Math.sin(phase) / 4], 0.125);
    },
    initial: (x, y) => bump(x, y, [0.5, 0.5], 0.25),
  });
}
