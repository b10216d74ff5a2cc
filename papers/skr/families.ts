import { darcyLapK, type LinearSystem, logNormalField, threeParameterField, twoPhaseField } from "ockham/pde";
import { periodicGaussianField, randomStream } from "ockham/random";
import { darcyFv, helmholtzFd } from "ockham/sparse";

/** Families of systems with right-hand side 1 on n x n grids, each with what its matrices are made from. */
export const families = {
  /** -Laplacian(K u), K log-normal: not symmetric. */
  grf: (seed: number, index: number, n: number): LinearSystem => {
    const K = logNormalField(randomStream(seed, "grf", index), n);
    return { A: darcyLapK(K), b: ones(n), params: K.data };
  },
  /** -Laplacian(K u), K with three parameters: not symmetric. */
  param3: (seed: number, index: number, n: number): LinearSystem => {
    const t = threeParameters(seed, index);
    return { A: darcyLapK(threeParameterField(t, n)), b: ones(n), params: t };
  },
  /** -div(K grad u), K with three parameters: symmetric positive definite. */
  "param3, symmetric": (seed: number, index: number, n: number): LinearSystem => {
    const t = threeParameters(seed, index);
    return { A: darcyFv(threeParameterField(t, n)), b: ones(n), params: t };
  },
  /** -div(K grad u), K = 12 or 3: the usual Darcy benchmark, symmetric positive definite. */
  "two-phase": (seed: number, index: number, n: number): LinearSystem => {
    const K = twoPhaseField(randomStream(seed, "two-phase", index), n);
    return { A: darcyFv(K), b: ones(n), params: K.data };
  },
  /** -Laplacian u - k^2 u, wavenumber k = 10 exp(field / 2): symmetric, indefinite. */
  helmholtz: (seed: number, index: number, n: number): LinearSystem => {
    const field = periodicGaussianField(randomStream(seed, "helmholtz", index), n).data;
    const k2 = field.map((value) => 100 * Math.exp(value));
    return { A: helmholtzFd(n, k2), b: ones(n), params: k2 };
  },
} as const;

export type Family = keyof typeof families;

export function systemsOf(family: Family, seed: number, count: number, n: number): LinearSystem[] {
  return Array.from({ length: count }, (_, index) => families[family](seed, index, n));
}

const ones = (n: number): Float64Array => new Float64Array(n * n).fill(1);

function threeParameters(seed: number, index: number): Float64Array {
  return randomStream(seed, "param3", index).fillUniform(new Float64Array(3), -1, 1);
}
