import type { CsrMatrix, Matrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { transpose as transposed } from "../core/linalg/index.ts";
import {
  cg,
  diagonal,
  gcrodr,
  gmres,
  type KrylovResult,
  multiplyVector,
  type RecycleSpace,
  requireCsr,
  scaleColumns,
} from "../core/sparse/index.ts";
import {
  type PreconditionerKind,
  preconditionerKinds,
  preconditionerOf,
  type TwoWayPreconditioner,
} from "./preconditioner-kind.ts";
import { smallestInvariantSubspace, subspaceDelta } from "./subspaces.ts";

const solvers = ["gcrodr", "gmres", "cg"] as const;

/** The invariant subspaces that `delta` needs, by the matrix of the system. */
export type InvariantSubspaces = WeakMap<CsrMatrix, Matrix>;

export interface SequenceSolverOptions {
  /** "gcrodr" (default), "gmres" restarted after `m` steps, or "cg" for symmetric positive definite systems. */
  readonly solver?: (typeof solvers)[number];
  /** Made anew for every system; default "none". "cg" needs a symmetric one. */
  readonly precond?: PreconditionerKind;
  /** Dimension of a cycle's search space; default 40, or the number of unknowns where that is smaller. */
  readonly m?: number;
  /** Dimension of the recycled space of "gcrodr"; default 20. */
  readonly k?: number;
  /** Bound on every true relative residual; default 1e-8. */
  readonly tol?: number;
  /** Most iterations for each system; default 10,000. */
  readonly maxIterations?: number;
  /** Whether "gcrodr" hands its space to the next system; default true. */
  readonly recycle?: boolean;
  /**
   * In which variable the space is handed on where preconditioners differ: "preconditioned" (default) keeps y of x =
   * M^-1 y, which makes the most of a preconditioner that turns all systems into similar ones; "physical" keeps the
   * directions of x, for preconditioners that have little in common.
   */
  readonly carry?: "preconditioned" | "physical";
  /**
   * Whether to compute `delta`, by a factorization of every matrix; with precond "none" or "jacobi". Solvers of the same
   * matrices, with the same `precond` and `k`, do so once when they are given the same map. Default false.
   */
  readonly delta?: boolean | InvariantSubspaces;
}

export const sequenceSolverOptions = [
  "solver",
  "precond",
  "m",
  "k",
  "tol",
  "maxIterations",
  "recycle",
  "carry",
  "delta",
] as const;

export interface SystemSolution extends KrylovResult {
  /** True relative residual of x. */
  readonly relResidual: number;
  readonly seconds: number;
  readonly delta?: number;
}

/**
 * The state of `solveSequence` between two systems, for callers that load systems one by one: call `solve` in the
 * order in which systems are to be solved.
 */
export class SequenceSolver {
  readonly #options: SequenceSolverOptions;
  readonly #precond: PreconditionerKind;
  #size: number | undefined;
  /** In the variable of `carry`. */
  #space: RecycleSpace | undefined;

  constructor(options: SequenceSolverOptions = {}) {
    requireKnownOptions("options", options, sequenceSolverOptions);
    requireOneOf("options.solver", options.solver ?? "gcrodr", solvers);
    requireOneOf("options.carry", options.carry ?? "preconditioned", ["preconditioned", "physical"]);
    this.#precond = requireOneOf("options.precond", options.precond ?? "none", preconditionerKinds);
    if (options.m !== undefined) requireInteger("options.m", options.m, 1);
    if (options.k !== undefined) requireInteger("options.k", options.k, 0);
    requireFinite("options.tol", options.tol ?? 1e-8, 0);
    requireInteger("options.maxIterations", options.maxIterations ?? 10_000, 0);
    const { delta = false } = options;
    if (typeof delta !== "boolean" && !(delta instanceof WeakMap))
      throw new InvalidInputError("options.delta", `expected true, false or a WeakMap, got ${show(delta)}`);
    if (delta !== false && this.#precond !== "none" && this.#precond !== "jacobi")
      throw new InvalidInputError(
        "options.delta",
        `is known for precond "none" and "jacobi", not for "${this.#precond}"`,
      );
    if (this.#precond === "sor" && options.solver === "cg")
      throw new InvalidInputError("options.precond", `"sor" is not symmetric; take "ssor" for "cg"`);
    this.#options = options;
  }

  /** The recycled space as it is handed to the next system; undefined before the first. */
  get space(): RecycleSpace | undefined {
    return this.#space;
  }

  /** Solves the next system. `name` is what it is called in errors. */
  solve(A: CsrMatrix, b: Float64Array, name = "system"): SystemSolution {
    const { rows, cols } = requireCsr(`${name}.A`, A);
    const expected = this.#size ?? rows;
    if (rows !== expected || cols !== expected)
      throw new InvalidInputError(`${name}.A`, `is ${rows} x ${cols}, expected ${expected} x ${expected}`);
    if (!(b instanceof Float64Array) || b.length !== rows)
      throw new InvalidInputError(`${name}.b`, `expected ${rows} elements, got ${b?.length ?? b}`);
    const wrong = b.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new InvalidInputError(`${name}.b`, `element ${wrong} is ${b[wrong]}; expected finite values`);
    this.#size = rows;
    const delta = (this.#options.delta ?? false) === false ? undefined : this.#delta(A);
    const started = performance.now();
    const precond = preconditionerOf(this.#precond, A);
    const result = this.#run(A, b, precond);
    return {
      ...result,
      relResidual: result.residuals.at(-1)!,
      seconds: (performance.now() - started) / 1000,
      ...(delta === undefined ? {} : { delta }),
    };
  }

  #run(A: CsrMatrix, b: Float64Array, precond: TwoWayPreconditioner | undefined): KrylovResult {
    const {
      solver = "gcrodr",
      m,
      k,
      tol,
      maxIterations,
      recycle = true,
      carry = "preconditioned",
    } = this.#options;
    const common = {
      ...(tol === undefined ? {} : { tol }),
      ...(maxIterations === undefined ? {} : { maxIterations }),
      ...(precond === undefined ? {} : { precond }),
    };
    if (solver === "cg") return cg(A, b, common);
    if (solver === "gmres") return gmres(A, b, { ...common, ...(m === undefined ? {} : { restart: m }) });
    const physical = carry === "physical" && precond !== undefined;
    const given =
      this.#space !== undefined && physical
        ? mapped(this.#space, (column) => precond.multiply(column))
        : this.#space;
    const { recycle: space, ...result } = gcrodr(A, b, {
      ...common,
      ...(m === undefined ? {} : { m }),
      ...(k === undefined ? {} : { k }),
      ...(given === undefined ? {} : { recycle: given }),
    });
    if (recycle && space.k > 0)
      this.#space = physical ? mapped(space, (column) => precond.apply(column, column)) : space;
    return result;
  }

  /**
   * `subspaceDelta` of the invariant subspace of H = A M^-1 for its k smallest eigenvalues and of H Y, Y the space that
   * is handed on; 1 where there is none yet.
   */
  #delta(A: CsrMatrix): number {
    const space = this.#space;
    if (space === undefined || space.k === 0) return 1;
    const d = this.#precond === "jacobi" ? diagonal(A) : undefined;
    const H =
      d === undefined
        ? A
        : scaleColumns(
            A,
            d.map((value) => 1 / value),
          );
    const columns = mapped(space, (column) => {
      if (d !== undefined && this.#options.carry === "physical")
        for (let i = 0; i < column.length; i++) column[i]! *= d[i]!;
      column.set(multiplyVector(H, column));
    });
    const image: Matrix = { dtype: "float64", shape: [columns.k, A.rows], data: columns.vectors };
    const known = this.#options.delta instanceof WeakMap ? this.#options.delta : undefined;
    const invariant = known?.get(A) ?? smallestInvariantSubspace(H, columns.k, { tol: 1e-4 });
    known?.set(A, invariant);
    return subspaceDelta(invariant, transposed(image));
  }
}

/** A copy of the space with `change` done to every vector. */
function mapped({ k, vectors }: RecycleSpace, change: (column: Float64Array) => void): RecycleSpace {
  const copy = vectors.slice();
  const n = k === 0 ? 0 : copy.length / k;
  for (let j = 0; j < k; j++) change(copy.subarray(j * n, (j + 1) * n));
  return { k, vectors: copy };
}
