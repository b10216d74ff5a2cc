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
import { type KrylovOptions, type KrylovResult, krylovOptions, scalingFor } from "./run.ts";

export interface LeastSquaresOptions extends KrylovOptions {
  /**
   * Right preconditioner: the method solves min ||A M^-1 z - b|| and returns x = M^-1 z. Needs
   * `applyTranspose`, as `triangularPreconditioner` and `jacobi` have it. Default none.
   */
  readonly precond?: Preconditioner;
  /** Minimises ||A x - b||^2 + damp^2 ||x||^2 (ridge regression); default 0. */
  readonly damp?: number;
}

export const leastSquaresOptions = [...krylovOptions, "precond", "damp"] as const;

/**
 * Result of a least squares solver. `iterations` counts products with A, of which every step takes one, next to one
 * with its transpose; `residuals` are those of the damped problem where there is a damping.
 */
export interface LeastSquaresResult extends KrylovResult {
  /**
   * ||A^T r|| / (||A|| ||r||) after every iteration (A including damping and preconditioner, its Frobenius norm
   * estimated from below by the method); the last one computed from the final x. 0 at a least squares solution.
   */
  readonly optimality: Float64Array;
}

/**
 * A least squares problem in a workspace. Damping is carried as `damp I` below A and zeros below b, the
 * preconditioner inside the operator: the methods see neither.
 */
export class LeastSquaresRun {
  readonly workspace: Workspace;
  readonly rows: number;
  readonly cols: number;
  readonly target: number;
  readonly bNorm: number;
  readonly tol: number;
  readonly maxIterations: number;
  iterations = 0;
  matvecs = 0;
  /** Right-hand side less A x0. */
  readonly start: Float64Array;
  readonly #operator: BoundOperator;
  readonly #dataRows: number;
  readonly #b: Float64Array;
  readonly #x: Float64Array;
  readonly #precond: Preconditioner | undefined;
  readonly #inner: Float64Array;
  readonly #damp: number;
  readonly #residuals: number[] = [];
  readonly #optimality: number[] = [];
  readonly #onIteration: ((iteration: number, residual: number) => void) | undefined;
  #lastTrueNorm = Number.POSITIVE_INFINITY;
  #checks = 0;

  constructor(
    workspace: Workspace,
    A: Operator,
    b: Float64Array,
    scaling: number,
    options: LeastSquaresOptions,
    limits: {
      readonly tol: number;
      readonly maxIterations: number;
      readonly damp: number;
      readonly cols: number;
    },
  ) {
    this.workspace = workspace;
    this.#operator = bindOperator(A, workspace);
    this.#dataRows = b.length;
    this.#damp = limits.damp;
    this.cols = limits.cols;
    this.rows = b.length + (limits.damp === 0 ? 0 : limits.cols);
    this.#b = workspace.vector(this.rows);
    for (let i = 0; i < b.length; i++) this.#b[i] = b[i]! * scaling;
    this.#x = workspace.vector(this.cols);
    this.#inner = workspace.vector(this.cols);
    this.#precond = options.precond;
    this.#onIteration = options.onIteration;
    this.tol = limits.tol;
    this.maxIterations = limits.maxIterations;
    this.bNorm = Math.sqrt(workspace.dot(this.#b, this.#b));
    this.target = limits.tol * this.bNorm;
    this.start = workspace.vector(this.rows);
    if (options.x0 === undefined) this.start.set(this.#b);
    else {
      for (let i = 0; i < this.cols; i++) this.#x[i] = options.x0[i]! * scaling;
      this.residual(this.start);
    }
    this.#residuals.push(Math.sqrt(workspace.dot(this.start, this.start)) / this.bNorm);
  }

  /** `out = A M^-1 z`, counted; with the damping rows below. */
  apply(z: Float64Array, out: Float64Array): void {
    if (this.#precond === undefined) this.#damped(z, out);
    else {
      this.#precond.apply(z, this.#inner);
      this.#damped(this.#inner, out);
    }
  }

  #damped(x: Float64Array, out: Float64Array): void {
    this.matvecs++;
    if (this.#damp === 0) this.#operator.apply(x, out);
    else {
      this.#operator.apply(x, out.subarray(0, this.#dataRows));
      for (let j = 0; j < this.cols; j++) out[this.#dataRows + j] = this.#damp * x[j]!;
    }
  }

  /** `out = M^-T A^T y`, counted. */
  applyTranspose(y: Float64Array, out: Float64Array): void {
    this.matvecs++;
    if (this.#damp === 0) this.#operator.applyTranspose(y, out);
    else {
      this.#operator.applyTranspose(y.subarray(0, this.#dataRows), out);
      for (let j = 0; j < this.cols; j++) out[j]! += this.#damp * y[this.#dataRows + j]!;
    }
    this.#precond?.applyTranspose?.(out, out);
  }

  /** Adds `M^-1 z` to x. */
  addToSolution(z: Float64Array): void {
    if (this.#precond === undefined) this.workspace.axpy(1, z, this.#x);
    else {
      this.#precond.apply(z, this.#inner);
      this.workspace.axpy(1, this.#inner, this.#x);
    }
  }

  /** Writes the true residual to r and returns its norm. */
  residual(r: Float64Array): number {
    this.#damped(this.#x, r);
    this.workspace.xpay(this.#b, -1, r);
    return this.norm(r, "b - A x");
  }

  norm(vector: Float64Array, name: string): number {
    const square = this.workspace.dot(vector, vector);
    if (Number.isFinite(square)) return Math.sqrt(square);
    throw new NumericalError(
      `the norm of ${name} is not finite at iteration ${this.iterations}: the operator or the preconditioner gave values that are not, or the numbers overflowed`,
      { iteration: this.iterations, square },
    );
  }

  /** Ends a step with what its recurrences say about ||r|| and ||A^T r|| / (||A|| ||r||). */
  record(norm: number, optimality: number): void {
    this.iterations++;
    this.#residuals.push(norm / this.bNorm);
    this.#optimality.push(optimality);
    this.#onIteration?.(this.iterations, norm / this.bNorm);
  }

  /** Whether a residual of this norm and optimality ends the solve. */
  small(norm: number, optimality: number): boolean {
    return norm <= this.target || optimality <= this.tol;
  }

  /**
   * Computes residual and optimality of x for the given size of the operator; `r` (of `rows`) and `g` (of `cols`) are
   * overwritten with the residual and M^-T A^T r. `stalled` when this has happened several times without
   * progress.
   */
  check(
    r: Float64Array,
    g: Float64Array,
    size: number,
  ): { converged: boolean; norm: number; optimality: number; stalled: boolean } {
    const norm = this.residual(r);
    this.applyTranspose(r, g);
    const gradient = this.norm(g, "A^T r");
    const optimality = norm === 0 || gradient === 0 ? 0 : gradient / (size * norm);
    this.#checks = gradient > 0.5 * this.#lastTrueNorm ? this.#checks + 1 : 0;
    this.#lastTrueNorm = gradient;
    return { converged: this.small(norm, optimality), norm, optimality, stalled: this.#checks >= 3 };
  }

  result(
    check: { converged: boolean; norm: number; optimality: number },
    scaling: number,
    breakdown?: string,
  ): LeastSquaresResult {
    this.#residuals[this.#residuals.length - 1] = check.norm / this.bNorm;
    if (this.#optimality.length > 0) this.#optimality[this.#optimality.length - 1] = check.optimality;
    const x = this.#x.slice();
    if (scaling !== 1) for (let i = 0; i < x.length; i++) x[i]! /= scaling;
    return {
      x,
      converged: check.converged,
      iterations: this.iterations,
      matvecs: this.matvecs,
      residuals: Float64Array.from(this.#residuals),
      optimality: Float64Array.from(this.#optimality),
      ...(breakdown === undefined ? {} : { breakdown }),
    };
  }
}

/**
 * Golub-Kahan bidiagonalization: orthonormal u_1, u_2, ... and v_1, v_2, ... with A v_k = beta_{k+1} u_{k+1} + alpha_k
 * u_k and A^T u_k = alpha_k v_k + beta_k v_{k-1}, one pair a step.
 */
export class Bidiagonalization {
  readonly u: Float64Array;
  readonly v: Float64Array;
  /** Lengths of the present u and v before they were normalised. */
  beta = 0;
  alpha = 0;
  /** Square of the Frobenius norm of the bidiagonal matrix so far: at most that of A. */
  square = 0;
  readonly #run: LeastSquaresRun;
  readonly #image: Float64Array;
  readonly #gradient: Float64Array;

  constructor(run: LeastSquaresRun) {
    this.#run = run;
    this.u = run.workspace.vector(run.rows);
    this.v = run.workspace.vector(run.cols);
    this.#image = run.workspace.vector(run.rows);
    this.#gradient = run.workspace.vector(run.cols);
  }

  /** Starts from a residual. */
  begin(residual: Float64Array): void {
    this.u.set(residual);
    this.v.fill(0);
    this.square = 0;
    this.beta = this.#normalise(this.u, "the residual");
    this.#advanceV();
  }

  step(): void {
    this.#run.apply(this.v, this.#image);
    this.#run.workspace.xpay(this.#image, -this.alpha, this.u);
    this.beta = this.#normalise(this.u, "A v");
    this.square += this.beta ** 2;
    this.#advanceV();
  }

  #advanceV(): void {
    this.#run.applyTranspose(this.u, this.#gradient);
    this.#run.workspace.xpay(this.#gradient, -this.beta, this.v);
    this.alpha = this.#normalise(this.v, "A^T u");
    this.square += this.alpha ** 2;
  }

  #normalise(vector: Float64Array, name: string): number {
    const length = this.#run.norm(vector, name);
    if (length > 0) this.#run.workspace.scale(1 / length, vector);
    return length;
  }
}

/**
 * A solver on top of the process: reserves its vectors, and returns what runs from the begun process until the
 * recurrences are satisfied and writes the step that is to be added to x (before M^-1).
 */
export type BidiagonalSolver = (
  run: LeastSquaresRun,
  process: Bidiagonalization,
) => (step: Float64Array) => void;

/** Checks the problem, runs the solver, verifies its claim on the true residual, and restarts it where it failed. */
export function solveLeastSquares(
  A: Operator,
  b: Float64Array,
  options: LeastSquaresOptions,
  ownVectors: number,
  solver: BidiagonalSolver,
): LeastSquaresResult {
  const { rows, cols } = requireOperator("A", A);
  requireVector("b", b, rows);
  const tol = requireFinite("options.tol", options.tol ?? 1e-8, 0);
  const maxIterations = requireInteger("options.maxIterations", options.maxIterations ?? 10_000, 0);
  const damp = requireFinite("options.damp", options.damp ?? 0, 0);
  if (options.x0 !== undefined) requireVector("options.x0", options.x0, cols);
  const { precond } = options;
  if (precond !== undefined) {
    if (typeof precond.applyTranspose !== "function")
      throw new InvalidInputError(
        "options.precond",
        "expected a preconditioner with applyTranspose, as least squares methods apply M^-T too",
      );
    if (precond.size !== cols)
      throw new InvalidInputError(
        "options.precond",
        `expected one of size ${cols}, the columns of A, got one of size ${show(precond.size)}`,
      );
  }
  const scaling = scalingFor(b);
  if (scaling === 0) {
    return {
      x: new Float64Array(cols),
      converged: true,
      iterations: 0,
      matvecs: 0,
      residuals: Float64Array.of(0),
      optimality: new Float64Array(0),
    };
  }
  const total = rows + (damp === 0 ? 0 : cols);
  // Of length `total`: b, the start, u and its image, r; of length `cols`: x, M^-1 z, v and its image, z, the gradient.
  const bytes = operatorBytes(A) + workspaceBytes(total, 5) + workspaceBytes(cols, 6 + ownVectors);
  return withWorkspace(bytes, (workspace) => {
    const run = new LeastSquaresRun(workspace, A, b, scaling, options, { tol, maxIterations, damp, cols });
    const process = new Bidiagonalization(run);
    const iterate = solver(run, process);
    const r = workspace.vector(run.rows);
    const z = workspace.vector(cols);
    const gradient = workspace.vector(cols);
    r.set(run.start);
    for (;;) {
      z.fill(0);
      process.begin(r);
      iterate(z);
      run.addToSolution(z);
      const check = run.check(r, gradient, Math.sqrt(process.square));
      if (check.converged || run.iterations >= run.maxIterations) return run.result(check, scaling);
      if (check.stalled)
        return run.result(check, scaling, "stagnation: the gradient cannot be reduced further in float64");
    }
  });
}
