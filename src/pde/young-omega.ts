import type { CsrMatrix } from "../core/array/index.ts";
import { InvalidInputError, NumericalError, requireFinite, show } from "../core/errors.ts";
import { eigvalsh } from "../core/linalg/index.ts";
import { randomStream } from "../core/random/index.ts";
import { diagonal, isSymmetric, multiplyVector, requireCsr } from "../core/sparse/index.ts";

/**
 * Young's best factor of successive over-relaxation, 1 + (beta / (1 + sqrt(1 - beta^2)))^2, for a consistently ordered A
 * (such as the 5-point stencil in row-major order) whose Jacobi iteration matrix I - D^-1 A has real eigenvalues and
 * spectral radius beta < 1. Takes beta, or a symmetric A with positive diagonal of which beta is computed.
 */
export function youngOmega(problem: CsrMatrix | number): number {
  if (typeof problem !== "number" && (typeof problem !== "object" || problem === null))
    throw new InvalidInputError("problem", `expected a CsrMatrix or a spectral radius, got ${show(problem)}`);
  const beta = typeof problem === "number" ? problem : jacobiRadius(problem);
  requireFinite("problem", beta, 0);
  if (beta >= 1)
    throw new InvalidInputError("problem", `expected a Jacobi spectral radius below 1, got ${beta}`);
  return 1 + (beta / (1 + Math.sqrt(1 - beta * beta))) ** 2;
}

/**
 * Spectral radius of the Jacobi iteration matrix I - D^-1 A of a symmetric A with positive diagonal, by Lanczos on
 * I - D^-1/2 A D^-1/2 with full orthogonality, to about 1e-12. NumericalError when 500 steps do not suffice.
 */
export function jacobiRadius(A: CsrMatrix): number {
  const { rows: n } = requireCsr("A", A);
  if (!isSymmetric(A, 1e-12)) throw new InvalidInputError("A", "must be symmetric");
  const roots = diagonal(A).map((value, row) => {
    if (value > 0) return Math.sqrt(value);
    throw new InvalidInputError("A", `expected a positive diagonal, got ${value} in row ${row}`);
  });
  const most = Math.min(n, 500);
  const basis: Float64Array[] = [];
  const alphas: number[] = [];
  const betas: number[] = [];
  let v = randomStream(0, "jacobi-radius").fillNormal(new Float64Array(n));
  scaleTo1(v);
  let radius = 0;
  for (let step = 0; step < most; step++) {
    basis.push(v);
    const product = multiplyVector(
      A,
      v.map((value, i) => value / roots[i]!),
    );
    const w = v.map((value, i) => value - product[i]! / roots[i]!);
    alphas.push(dot(v, w));
    for (let pass = 0; pass < 2; pass++) {
      for (const u of basis) {
        const part = dot(u, w);
        for (let i = 0; i < n; i++) w[i]! -= part * u[i]!;
      }
    }
    const length = scaleTo1(w);
    const finished = length < 1e-14 || step === n - 1;
    if (finished || step % 10 === 9) {
      const before = radius;
      radius = largestRitz(alphas, betas);
      if (finished || Math.abs(radius - before) <= 1e-13 * radius) return radius;
    }
    betas.push(length);
    v = w;
  }
  throw new NumericalError(`the spectral radius is not settled after ${most} Lanczos steps`, { radius });
}

/** Largest modulus of an eigenvalue of the tridiagonal matrix. */
function largestRitz(alphas: readonly number[], betas: readonly number[]): number {
  const size = alphas.length;
  const data = new Float64Array(size * size);
  for (const [i, alpha] of alphas.entries()) {
    data[i * size + i] = alpha;
    if (i + 1 === size) continue;
    data[i * size + i + 1] = betas[i]!;
    data[(i + 1) * size + i] = betas[i]!;
  }
  const values = eigvalsh({ dtype: "float64", shape: [size, size], data });
  return Math.max(Math.abs(values[0]!), Math.abs(values.at(-1)!));
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

/** Divides a vector by its length, which is returned; a zero vector stays. */
function scaleTo1(x: Float64Array): number {
  const length = Math.sqrt(dot(x, x));
  if (length > 0) for (let i = 0; i < x.length; i++) x[i]! /= length;
  return length;
}
