import { type Matrix, ndArray } from "../../array/index.ts";
import { NumericalError, requireInteger, requireKnownOptions } from "../../errors.ts";
import { cholesky, eigh } from "../../linalg/index.ts";
import type { Basis } from "../kernels/workspace.ts";
import type { Operator } from "../operator.ts";
import { conjugateGradients, type DeflationSpace } from "./conjugate-gradients.ts";
import { type RecycleSpace, recycleSpaceOf, requireRecycleSpace } from "./recycle-space.ts";
import {
  epsilon,
  type KrylovResult,
  type KrylovRun,
  type PreconditionedOptions,
  preconditionedOptions,
  solveSquare,
} from "./run.ts";

export interface DeflatedPcgOptions extends PreconditionedOptions {
  /** Number of Ritz vectors to deflate; default 16, or n where that is smaller. */
  readonly numVectors?: number;
  /** Lanczos steps that they are computed with; default 4 `numVectors`, at most n. More make them better. */
  readonly lanczosSteps?: number;
  /** A space from an earlier solve with the same A, instead of Ritz vectors of this b. */
  readonly deflation?: RecycleSpace;
}

export interface DeflatedPcgResult extends KrylovResult {
  /** The space that was deflated, A-orthonormal: reuse it for further right-hand sides. */
  readonly deflation: RecycleSpace;
}

/**
 * Conjugate gradients for a symmetric positive definite A with a deflated subspace W: residuals stay orthogonal to W and
 * directions A-orthogonal to it, so that convergence depends on the other eigenvalues only. W holds the Ritz vectors
 * for the smallest Ritz values of the Krylov space K(A, b), unless it is given.
 *
 * `iterations` counts the steps of the method; `matvecs` also the Lanczos steps and the products A W. `breakdown` as in
 * `cg`. Memory `lanczosSteps` + 2 `numVectors` + 6 vectors.
 *
 * Saad, Yeung, Erhel and Guyomarc'h, A deflated version of the conjugate gradient algorithm, 2000.
 */
export function deflatedPcg(
  A: Operator,
  b: Float64Array,
  options: DeflatedPcgOptions = {},
): DeflatedPcgResult {
  requireKnownOptions("options", options, [
    ...preconditionedOptions,
    "numVectors",
    "lanczosSteps",
    "deflation",
  ]);
  const n = b.length;
  const given = options.deflation;
  if (given !== undefined) requireRecycleSpace("options.deflation", given, n);
  const wanted = requireInteger("options.numVectors", options.numVectors ?? 16, 1);
  const count = given?.k ?? Math.min(wanted, n);
  const steps =
    given === undefined
      ? Math.min(n, requireInteger("options.lanczosSteps", options.lanczosSteps ?? 4 * count, count))
      : 0;
  let deflation: RecycleSpace = given ?? { k: 0, vectors: new Float64Array(0) };
  const result = solveSquare(
    A,
    b,
    options,
    () => 3 + 4 * count + steps + 1,
    (run) => {
      if (run.done(run.startNorm)) return run.finish(run.workspace.vector(n));
      const W = run.workspace.basis(n, count);
      const AW = run.workspace.basis(n, count);
      let size = count;
      if (given === undefined) size = lanczosRitz(run, steps, W);
      else W.data.set(given.vectors);
      if (size === 0) return conjugateGradients(run, options.precond);
      const space = orthonormalise(run, W, AW, size);
      if (typeof space === "string") return run.finish(run.workspace.vector(n), space);
      const solved = conjugateGradients(run, options.precond, space);
      deflation = recycleSpaceOf(space.W, space.size, n);
      return solved;
    },
  );
  return { ...result, deflation };
}

/**
 * Writes the Ritz vectors for the smallest Ritz values of K_steps(A, r) to W, full orthogonality kept; returns their
 * number, which is smaller when the Krylov space ends early.
 */
function lanczosRitz(run: KrylovRun, steps: number, W: Basis): number {
  const { workspace, n } = run;
  const V = workspace.basis(n, steps + 1);
  const products = new Float64Array(steps + 1);
  const tridiagonal = new Float64Array(steps * steps);
  V.columns[0]!.set(run.r);
  workspace.scale(1 / run.startNorm, V.columns[0]!);
  let used = 0;
  let largest = 0;
  while (used < steps) {
    const w = V.columns[used + 1]!;
    run.apply(V.columns[used]!, w);
    workspace.orthogonalize(V, used + 1, w, products);
    const alpha = products[used]!;
    workspace.orthogonalize(V, used + 1, w, products);
    const beta = run.norm(w, "A v");
    tridiagonal[used * steps + used] = alpha;
    largest = Math.max(largest, Math.abs(alpha) + beta);
    used++;
    if (beta <= 10 * epsilon * largest || used === steps) break;
    tridiagonal[used * steps + used - 1] = beta;
    tridiagonal[(used - 1) * steps + used] = beta;
    workspace.scale(1 / beta, w);
  }
  const T = new Float64Array(used * used);
  for (let i = 0; i < used; i++) T.set(tridiagonal.subarray(i * steps, i * steps + used), i * used);
  const { vectors } = eigh(ndArray("float64", [used, used], T));
  const size = Math.min(used, W.columns.length);
  workspace.transform([{ basis: V, count: used }], (i, j) => vectors.data[i * used + j]!, W, size);
  return size;
}

/** W <- W L^-T with W^T A W = L L^T. Returns what is wrong where A or W does not allow it. */
function orthonormalise(run: KrylovRun, W: Basis, AW: Basis, size: number): DeflationSpace | string {
  const { workspace, n } = run;
  const energies = new Float64Array(size * size);
  for (let j = 0; j < size; j++) {
    run.apply(W.columns[j]!, AW.columns[j]!);
    const column = new Float64Array(size);
    workspace.project(W, size, AW.columns[j]!, column);
    for (let i = 0; i < size; i++) energies[i * size + j] = column[i]!;
  }
  for (let i = 0; i < size; i++) {
    if (!(energies[i * size + i]! > 0))
      return `not positive definite: w . A w = ${energies[i * size + i]} for deflation vector ${i}`;
    for (let j = 0; j < i; j++) {
      const mean = (energies[i * size + j]! + energies[j * size + i]!) / 2;
      energies[i * size + j] = mean;
      energies[j * size + i] = mean;
    }
  }
  let L: Matrix;
  try {
    L = cholesky(ndArray("float64", [size, size], energies));
  } catch (cause) {
    if (cause instanceof NumericalError)
      return "not positive definite: A is singular or indefinite on the deflated space";
    throw cause;
  }
  const toOrthonormal = inverseTransposed(L);
  const target = { W: workspace.basis(n, size), AW: workspace.basis(n, size), size };
  const coefficient = (i: number, j: number) => toOrthonormal[i * size + j]!;
  workspace.transform([{ basis: W, count: size }], coefficient, target.W, size);
  workspace.transform([{ basis: AW, count: size }], coefficient, target.AW, size);
  return target;
}

/** L^-T, row-major. */
function inverseTransposed({ shape, data }: Matrix): Float64Array {
  const n = shape[0]!;
  const result = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    // Column j of L^-1 is row j of the result.
    for (let i = j; i < n; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= data[i * n + k]! * result[j * n + k]!;
      result[j * n + i] = sum / data[i * n + i]!;
    }
  }
  return result;
}
