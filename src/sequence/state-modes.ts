import type { Matrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import type { ComplexMatrix, ComplexVector } from "../core/linalg/index.ts";
import { complexZeros } from "./complex-matrix.ts";
import { diagonalize } from "./eigenvector-conditioning.ts";
import { hippoLegS, hippoNormalPart } from "./hippo.ts";
import { ginibrePerturbation, type PtdOptions, perturbThenDiagonalize } from "./perturb-then-diagonalize.ts";

/** How the state matrix of a layer starts out. */
export type StateInit = "ptd" | "s4d-legs" | "s4d-lin" | "ginibre";

export const stateInits = ["ptd", "s4d-legs", "s4d-lin", "ginibre"] as const satisfies readonly StateInit[];

export interface StateModesOptions {
  /** Order n of the real system; a layer keeps one of each pair of conjugate modes, about n / 2. */
  readonly stateSize: number;
  readonly init: StateInit;
  /** Of `"ptd"` and, for the size of its perturbation, of `"ginibre"`. */
  readonly ptd?: PtdOptions;
}

/** The diagonal system that layers start from: one of each pair of conjugate modes. */
export interface StateModes {
  /** m eigenvalues with imaginary parts >= 0. */
  readonly eigenvalues: ComplexVector;
  /** Rows of the inverse of the eigenvectors, [m, n], and their columns, [n, m]. */
  readonly inverse: ComplexMatrix;
  readonly vectors: ComplexMatrix;
  /** b in the basis of the modes, [m]. */
  readonly input: ComplexVector;
  /** 2 where a mode stands for itself and its conjugate, 1 for real ones. */
  readonly multiplicity: Float64Array;
  /** Condition of all n eigenvectors; 1 for unitary ones. */
  readonly condition: number;
  /** 2-norm of the perturbation over that of HiPPO; 0 where there is none. */
  readonly relativeNorm: number;
}

/**
 * Modes of an approximately diagonal HiPPO-LegS system: `"ptd"` perturbs it by {@link perturbThenDiagonalize},
 * `"ginibre"` at random and by the same amount, `"s4d-legs"` drops a matrix of rank one and halves b, `"s4d-lin"` has
 * the eigenvalues -1/2 + i pi k. The system is real, all of its n modes together.
 */
export async function stateModes(options: StateModesOptions): Promise<StateModes> {
  requireKnownOptions("options", options, ["stateSize", "init", "ptd"]);
  const n = requireInteger("options.stateSize", options.stateSize, 2, 512);
  const init = requireOneOf("options.init", options.init, stateInits);
  if (init === "s4d-lin") return linearModes(n);
  const { a, b } = hippoLegS(n);
  if (init === "s4d-legs") {
    const { values, vectors, inverse } = diagonalize(hippoNormalPart(n).a);
    const half = b.map((value) => value / 2);
    return leading(n, { eigenvalues: values, vectors, inverse, condition: 1, relativeNorm: 0 }, half);
  }
  const found = await perturbThenDiagonalize(a, options.ptd);
  if (init === "ptd") return leading(n, found, b);
  const random = ginibrePerturbation(a, {
    relativeNorm: found.relativeNorm,
    seed: options.ptd?.seed ?? 0,
  });
  return leading(n, random, b);
}

interface Basis {
  readonly eigenvalues: ComplexVector;
  readonly vectors: ComplexMatrix;
  readonly inverse: ComplexMatrix;
  readonly condition: number;
  readonly relativeNorm: number;
}

/** Keeps the modes with imaginary parts >= 0. */
function leading(n: number, basis: Basis, b: Float64Array): StateModes {
  const { eigenvalues, vectors, inverse, condition, relativeNorm } = basis;
  const kept = Array.from(eigenvalues.im.keys()).filter((j) => eigenvalues.im[j]! >= 0);
  const m = kept.length;
  const rows = complexZeros(m, n);
  const cols = complexZeros(n, m);
  const input = { re: new Float64Array(m), im: new Float64Array(m) };
  for (const part of ["re", "im"] as const)
    for (const [k, j] of kept.entries())
      for (let i = 0; i < n; i++) {
        rows[part].data[k * n + i] = inverse[part].data[j * n + i]!;
        cols[part].data[i * m + k] = vectors[part].data[i * n + j]!;
        input[part][k]! += inverse[part].data[j * n + i]! * b[i]!;
      }
  return {
    eigenvalues: {
      re: Float64Array.from(kept, (j) => eigenvalues.re[j]!),
      im: Float64Array.from(kept, (j) => eigenvalues.im[j]!),
    },
    ...{ vectors: cols, inverse: rows, input, condition, relativeNorm },
    multiplicity: Float64Array.from(kept, (j) => (eigenvalues.im[j] === 0 ? 1 : 2)),
  };
}

/** S4D-Lin: unitary vectors (e_k - i e_(m + k)) / sqrt(2), so that outputs become complex normal numbers. */
function linearModes(n: number): StateModes {
  if (n % 2 !== 0) throw new InvalidInputError("options.stateSize", `expected an even number, got ${n}`);
  const m = n / 2;
  const part = (rows: number, cols: number, at: (i: number, j: number) => number): Matrix => ({
    dtype: "float64",
    shape: [rows, cols],
    data: Float64Array.from({ length: rows * cols }, (_, p) => at(Math.floor(p / cols), p % cols)),
  });
  const root = Math.SQRT1_2;
  return {
    eigenvalues: {
      re: new Float64Array(m).fill(-0.5),
      im: Float64Array.from({ length: m }, (_, k) => Math.PI * k),
    },
    vectors: {
      re: part(n, m, (i, k) => (i === k ? root : 0)),
      im: part(n, m, (i, k) => (i === m + k ? -root : 0)),
    },
    inverse: {
      re: part(m, n, (k, i) => (i === k ? root : 0)),
      im: part(m, n, (k, i) => (i === m + k ? root : 0)),
    },
    input: { re: new Float64Array(m).fill(1), im: new Float64Array(m) },
    // The mode at zero is paired with a conjugate too.
    multiplicity: new Float64Array(m).fill(2),
    condition: 1,
    relativeNorm: 0,
  };
}
