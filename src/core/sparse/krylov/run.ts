import { InvalidInputError, NumericalError, requireFinite, requireInteger, show } from "../../errors.ts";
import { type Workspace, withWorkspace, workspaceBytes } from "../kernels/workspace.ts";
import {
  type BoundOperator,
  bindOperator,
  type Operator,
  operatorBytes,
  type Preconditioner,
  requireOperator,
} from "../operator.ts";
import { requireVector } from "../vector.ts";

/** What every iterative solver takes. */
export interface KrylovOptions {
  /** Bound on the true relative residual ||b - A x|| / ||b||; default 1e-8. */
  readonly tol?: number;
  /** Most iterations, counted as {@link KrylovResult.iterations}; default 10,000. */
  readonly maxIterations?: number;
  /** Start; default 0. Not changed. */
  readonly x0?: Float64Array;
  /** Called after every iteration with its number and the relative residual that the method knows then. */
  readonly onIteration?: (iteration: number, residual: number) => void;
}

/** Options of the methods that take a preconditioner. */
export interface PreconditionedOptions extends KrylovOptions {
  /** Approximate inverse of A; default none. */
  readonly precond?: Preconditioner;
}

export const krylovOptions = ["tol", "maxIterations", "x0", "onIteration"] as const;
export const preconditionedOptions = [...krylovOptions, "precond"] as const;

/** What every iterative solver returns. */
export interface KrylovResult {
  readonly x: Float64Array;
  /** Whether the true relative residual of `x` is at most `tol`. Look at it before using `x`. */
  readonly converged: boolean;
  /**
   * Applications of A that the method spent on its search space: one a step in `cg`, `minres`, `gmres`, `sor`
   * (whose sweep costs one product), two a step in `bicgstab`.
   */
  readonly iterations: number;
  /** All applications of A and of its transpose, with those that verify residuals or set up a subspace. */
  readonly matvecs: number;
  /**
   * Relative residual ||b - A x|| / ||b|| before the first and after every iteration, as the method's
   * recurrence has it, except the last, which is the true one of `x`, computed from A and b. Zeros for b = 0.
   */
  readonly residuals: Float64Array;
  /** Why the method stopped before convergence and before `maxIterations`, where it did. */
  readonly breakdown?: string;
}

/** Machine epsilon of float64. */
export const epsilon = 2 ** -52;

function requirePreconditioner(value: Preconditioner | undefined, size: number): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null || typeof value.apply !== "function")
    throw new InvalidInputError(
      "options.precond",
      `expected a Preconditioner { size, apply }, got ${show(value)}`,
    );
  if (value.size !== size)
    throw new InvalidInputError(
      "options.precond",
      `expected one of size ${size}, got one of size ${show(value.size)}`,
    );
}

/**
 * One solve with a square matrix: the problem placed in a workspace, the counters and the history. Methods
 * update `x`, keep their own residual and end with {@link KrylovRun.finish}, which computes the true one.
 */
export class KrylovRun {
  readonly n: number;
  readonly workspace: Workspace;
  /** The right-hand side, possibly scaled by a power of two; see {@link solveSquare}. */
  readonly b: Float64Array;
  /** The iterate, in the scale of `b`. */
  readonly x: Float64Array;
  /** Residual of the start. */
  readonly r: Float64Array;
  /** Norm that a recurrence's residual must come down to before the true one is computed. */
  readonly target: number;
  readonly maxIterations: number;
  iterations = 0;
  matvecs = 0;
  readonly #operator: BoundOperator;
  readonly #bNorm: number;
  readonly #tol: number;
  readonly #residuals: number[] = [];
  readonly #onIteration: ((iteration: number, residual: number) => void) | undefined;
  #lastTrueNorm = Number.POSITIVE_INFINITY;
  #failedChecks = 0;

  constructor(
    workspace: Workspace,
    operator: Operator,
    b: Float64Array,
    scaling: number,
    options: KrylovOptions,
    limits: { readonly tol: number; readonly maxIterations: number },
  ) {
    this.n = b.length;
    this.workspace = workspace;
    this.#operator = bindOperator(operator, workspace);
    this.b = workspace.vector(this.n);
    this.x = workspace.vector(this.n);
    this.r = workspace.vector(this.n);
    for (let i = 0; i < this.n; i++) this.b[i] = b[i]! * scaling;
    this.#bNorm = Math.sqrt(workspace.dot(this.b, this.b));
    this.#tol = limits.tol;
    // Below this a recurrence says nothing about b - A x any more, and the true residual must be looked at.
    this.target = Math.max(limits.tol, epsilon / 8) * this.#bNorm;
    this.maxIterations = limits.maxIterations;
    this.#onIteration = options.onIteration;
    let norm = this.#bNorm;
    if (options.x0 === undefined) this.r.set(this.b);
    else {
      for (let i = 0; i < this.n; i++) this.x[i] = options.x0[i]! * scaling;
      norm = this.trueResidual(this.r);
    }
    this.#residuals.push(norm / this.#bNorm);
  }

  /** Norm of the start's residual. */
  get startNorm(): number {
    return this.#residuals[0]! * this.#bNorm;
  }

  /**
   * No conjugate gradient residual reaches this with a positive definite A: the error's A-norm never grows, so that the
   * residual grows at most by the square root of A's condition, 1e8 for a matrix that is not singular in float64.
   */
  get divergence(): number {
    return 1e10 * this.startNorm;
  }

  /** `out = A x`, counted. */
  apply(x: Float64Array, out: Float64Array): void {
    this.matvecs++;
    this.#operator.apply(x, out);
  }

  /** Writes `b - A x` to r and returns its norm. */
  trueResidual(r: Float64Array): number {
    this.apply(this.x, r);
    this.workspace.xpay(this.b, -1, r);
    return this.norm(r, "b - A x");
  }

  norm(vector: Float64Array, name: string): number {
    return Math.sqrt(this.finite(name, this.workspace.dot(vector, vector)));
  }

  /** Refuses to go on with a quantity that is NaN or infinite. */
  finite(name: string, value: number): number {
    if (Number.isFinite(value)) return value;
    throw new NumericalError(
      `${name} is not finite at iteration ${this.iterations}: the operator or the preconditioner gave values that are not, or the numbers overflowed`,
      { iteration: this.iterations, value },
    );
  }

  /** Ends an iteration: counts it and records the norm of the residual that the method has. */
  record(norm: number): void {
    this.iterations++;
    this.#residuals.push(norm / this.#bNorm);
    this.#onIteration?.(this.iterations, norm / this.#bNorm);
  }

  /** Whether a method whose residual has this norm may stop iterating, converged or not. */
  done(norm: number): boolean {
    return norm <= this.target || this.iterations >= this.maxIterations;
  }

  /**
   * Called when the recurrence says that the target is reached: computes the true residual into `scratch`, and its norm.
   * A drift of rounding size is no reason to disturb the recurrence; where it is larger, or where `scratch` is r itself,
   * the true residual replaces r, and the method must begin its directions afresh. `stalled` when this has happened
   * several times without progress, so that the true residual cannot be brought down further.
   */
  confirm(
    r: Float64Array,
    recurrenceNorm: number,
    scratch: Float64Array = r,
  ): { norm: number; replaced: boolean; stalled: boolean } {
    const norm = this.trueResidual(scratch);
    const replaced = scratch === r || norm > 1.1 * recurrenceNorm;
    if (!replaced) return { norm, replaced, stalled: false };
    if (scratch !== r) r.set(scratch);
    this.#failedChecks = norm > 0.5 * this.#lastTrueNorm ? this.#failedChecks + 1 : 0;
    this.#lastTrueNorm = norm;
    return { norm, replaced, stalled: norm > this.#tol * this.#bNorm && this.#failedChecks >= 3 };
  }

  /**
   * The result for the present x, in the scale of the run. Its `breakdown` is the given one, or says that float64 is
   * exhausted when the method stopped before maxIterations; none when x is good enough after all.
   */
  finish(scratch: Float64Array, breakdown?: string): KrylovResult {
    const norm = this.trueResidual(scratch);
    const converged = norm <= this.#tol * this.#bNorm;
    const reason = breakdown ?? (this.iterations < this.maxIterations ? stalledAtPrecision : undefined);
    this.#residuals[this.#residuals.length - 1] = norm / this.#bNorm;
    return {
      x: this.x.slice(),
      converged,
      iterations: this.iterations,
      matvecs: this.matvecs,
      residuals: Float64Array.from(this.#residuals),
      ...(converged || reason === undefined ? {} : { breakdown: reason }),
    };
  }
}

/** Shown for a residual above {@link KrylovRun.divergence}. */
export const diverged =
  "not positive definite: the residual has grown 1e10-fold, which a positive definite A rules out";

/** Shown for a true residual that stays above the target although the recurrence went below it. */
const stalledAtPrecision = "stagnation: the true residual cannot be reduced further in float64";

/**
 * Checks a square system, answers b = 0 with x = 0, and runs `body` on the rest in a workspace with room for
 * `vectors` more vectors. The caller has checked the names of its options.
 */
export function solveSquare(
  A: Operator,
  b: Float64Array,
  options: KrylovOptions & { readonly precond?: Preconditioner },
  vectors: (n: number) => number,
  body: (run: KrylovRun) => KrylovResult,
): KrylovResult {
  const { rows: n } = requireOperator("A", A, { square: true });
  requireVector("b", b, n);
  const tol = requireFinite("options.tol", options.tol ?? 1e-8, 0);
  const maxIterations = requireInteger("options.maxIterations", options.maxIterations ?? 10_000, 0);
  if (options.x0 !== undefined) requireVector("options.x0", options.x0, n);
  requirePreconditioner(options.precond, n);
  const scaling = scalingFor(b);
  if (scaling === 0)
    return {
      x: new Float64Array(n),
      converged: true,
      iterations: 0,
      matvecs: 0,
      residuals: Float64Array.of(0),
    };
  // b, x, r of the run.
  const bytes = operatorBytes(A) + workspaceBytes(n, 3 + vectors(n));
  return withWorkspace(bytes, (workspace) => {
    const result = body(new KrylovRun(workspace, A, b, scaling, options, { tol, maxIterations }));
    if (scaling !== 1) for (let i = 0; i < n; i++) result.x[i]! /= scaling;
    return result;
  });
}

/**
 * The power of two that brings a vector's largest element near 1 where squares of its elements could overflow
 * or vanish; 1 where they cannot, 0 for a zero vector.
 */
export function scalingFor(vector: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]!));
  if (largest === 0) return 0;
  if (largest > 1e-100 && largest < 1e100) return 1;
  return 2 ** -Math.max(-1020, Math.min(1020, Math.floor(Math.log2(largest))));
}
