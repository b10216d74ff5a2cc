import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf } from "../../errors.ts";
import type { Basis } from "../kernels/workspace.ts";
import type { Operator, Preconditioner } from "../operator.ts";
import { harmonicRitz } from "./harmonic-ritz.ts";
import { HessenbergProblem } from "./hessenberg-problem.ts";
import { orthogonalize } from "./orthogonalize.ts";
import { type RecycleSpace, recycleSpaceOf, requireRecycleSpace } from "./recycle-space.ts";
import {
  epsilon,
  type KrylovResult,
  type KrylovRun,
  type PreconditionedOptions,
  preconditionedOptions,
  solveSquare,
} from "./run.ts";

const sides = ["right", "left"] as const;

export interface GcrodrOptions extends PreconditionedOptions {
  /** Dimension of the search space of a cycle; default 40, or n where that is smaller. */
  readonly m?: number;
  /** How many of these directions are kept from one cycle, and one solve, to the next; default 20, at most m - 1. */
  readonly k?: number;
  /**
   * Where the preconditioner M stands: "right" (default) works with A M^-1 and minimises the residual itself, "left" with
   * M^-1 A and minimises M^-1 (b - A x), which tells more about the error where M is close to A and A ill-conditioned.
   * Both stop by the true residual.
   */
  readonly side?: (typeof sides)[number];
  /**
   * The subspace that the solve of a related system returned. With side "right" it is a subspace of the preconditioned
   * variable y = M x, so that it serves best with a preconditioner of the same kind; with "left", one of x. Default none.
   */
  readonly recycle?: RecycleSpace;
}

export interface GcrodrResult extends KrylovResult {
  /** The subspace to hand to the next related solve: approximate eigenvectors for the smallest eigenvalues. */
  readonly recycle: RecycleSpace;
}

/**
 * GCRO-DR(m, k): GMRES that keeps the harmonic Ritz vectors for the k smallest harmonic Ritz values over restarts, and
 * over a sequence of related systems A_i x_i = b_i by handing `recycle` from result to options. Without a recycled space
 * the first cycle is GMRES(m).
 *
 * With side "left" the residuals that a step reports are |M^-1 (b - A x)| times the ratio of true to preconditioned
 * residual that was last known: an estimate, which is set right by a product with A before it ends a solve.
 *
 * `iterations` counts Arnoldi steps; the k products that adapt a recycled space to a new A are in `matvecs` only.
 * `breakdown` starts with "stagnation" after three cycles with less than 1% progress, as for a singular A. A cycle
 * costs m - k products, about 4 n m (m - k) flops for orthogonality and 4 n m k for the new space; memory m + 4 k + 4
 * vectors.
 *
 * ```ts
 * let recycle: RecycleSpace | undefined;
 * for (const { A, b } of systems) {
 *   const result = gcrodr(A, b, { precond: ilu0(A), ...(recycle && { recycle }) });
 *   recycle = result.recycle;
 * }
 * ```
 *
 * Parks, de Sturler, Mackey, Johnson and Maiti, Recycling Krylov subspaces for sequences of linear systems, 2006.
 */
export function gcrodr(A: Operator, b: Float64Array, options: GcrodrOptions = {}): GcrodrResult {
  requireKnownOptions("options", options, [...preconditionedOptions, "m", "k", "side", "recycle"]);
  const n = b.length;
  const m = requireInteger("options.m", options.m ?? Math.max(1, Math.min(40, n)), 1);
  const k = requireInteger("options.k", options.k ?? Math.min(20, m - 1), 0);
  if (m > Math.max(n, 1))
    throw new InvalidInputError("options.m", `expected at most ${n}, the number of unknowns, got ${m}`);
  if (k >= m) throw new InvalidInputError("options.k", `expected less than m = ${m}, got ${k}`);
  const side = requireOneOf("options.side", options.side ?? "right", sides);
  let recycle: RecycleSpace =
    options.recycle === undefined
      ? { k: 0, vectors: new Float64Array(0) }
      : requireRecycleSpace("options.recycle", options.recycle, n);
  const result = solveSquare(
    A,
    b,
    options,
    () => m + 1 + 4 * k + 3,
    (run) => {
      const solver = new Recycling(run, m, k, options.precond, side);
      solver.adopt(recycle);
      const solved = solver.solve();
      recycle = solver.space();
      return solved;
    },
  );
  return { ...result, recycle };
}

/** A direction is dropped from the space when it depends on the others up to this. */
const dependence = 1e-12;

class Recycling {
  readonly #run: KrylovRun;
  readonly #m: number;
  readonly #k: number;
  readonly #precond: Preconditioner | undefined;
  readonly #left: boolean;
  /**
   * The method's own residual is that of H y = c: with a preconditioner from the left, M^-1 (b - A x). This many times its
   * norm is what is known of |b - A x|.
   */
  #trueToOwn = 1;
  /** The recycled space U and its image C = H U, H = A M^-1 or M^-1 A, orthonormal; `#kept` columns each. */
  #U: Basis;
  #C: Basis;
  #kept = 0;
  /** C^T U, row-major. */
  #overlap: Float64Array = new Float64Array(0);
  #spareU: Basis;
  #spareC: Basis;
  readonly #V: Basis;
  readonly #direction: Float64Array;
  readonly #scratch: Float64Array;

  constructor(
    run: KrylovRun,
    m: number,
    k: number,
    precond: Preconditioner | undefined,
    side: (typeof sides)[number],
  ) {
    const { workspace, n } = run;
    this.#run = run;
    this.#m = m;
    this.#k = k;
    this.#precond = precond;
    this.#left = side === "left" && precond !== undefined;
    this.#V = workspace.basis(n, m + 1);
    this.#U = workspace.basis(n, k);
    this.#C = workspace.basis(n, k);
    this.#spareU = workspace.basis(n, k);
    this.#spareC = workspace.basis(n, k);
    this.#direction = workspace.vector(n);
    this.#scratch = workspace.vector(n);
  }

  space(): RecycleSpace {
    return recycleSpaceOf(this.#U, this.#kept, this.#run.n);
  }

  /** Takes over a space from another system: [C, R] = qr(H Y), U = Y R^-1. */
  adopt({ k, vectors }: RecycleSpace): void {
    const run = this.#run;
    const { workspace, n } = run;
    let largest = 0;
    const products = new Float64Array(this.#k);
    const scratch = new Float64Array(this.#k);
    for (let j = 0; j < Math.min(k, this.#k); j++) {
      const count = this.#kept;
      const u = this.#U.columns[count]!;
      const c = this.#C.columns[count]!;
      u.set(vectors.subarray(j * n, (j + 1) * n));
      this.#applyOperator(u, c);
      const { before, after: length } = orthogonalize(run, [{ basis: this.#C, count, products }], c, scratch);
      largest = Math.max(largest, before);
      if (length <= dependence * largest) continue;
      workspace.combine(this.#U, count, -1, products, u);
      workspace.scale(1 / length, c);
      workspace.scale(1 / length, u);
      this.#kept++;
    }
    const kept = this.#kept;
    this.#overlap = new Float64Array(kept * kept);
    workspace.cross({ basis: this.#C, count: kept }, { basis: this.#U, count: kept }, this.#overlap);
  }

  solve(): KrylovResult {
    const run = this.#run;
    const { r } = run;
    let idleCycles = 0;
    let norm = run.startNorm;
    if (!run.done(norm)) {
      this.#adoptResidual(norm);
      norm = this.#removeRecycled();
    }
    while (!this.#done(norm)) {
      const start = norm;
      norm = this.#cycle(norm);
      if (norm * this.#trueToOwn <= run.target) {
        const check = run.confirm(r, norm * this.#trueToOwn);
        if (check.norm <= run.target || check.stalled) break;
        this.#adoptResidual(check.norm);
        norm = this.#removeRecycled();
      }
      idleCycles = norm > 0.99 * start ? idleCycles + 1 : 0;
      if (idleCycles === 3 && norm * this.#trueToOwn > run.target)
        return run.finish(this.#scratch, "stagnation: three cycles with less than 1% progress");
    }
    return run.finish(this.#scratch);
  }

  #done(norm: number): boolean {
    return this.#run.done(norm * this.#trueToOwn);
  }

  /** Turns the true residual in r, of the given norm, into the method's own. */
  #adoptResidual(norm: number): void {
    if (this.#precond === undefined || !this.#left) return;
    const run = this.#run;
    this.#scratch.set(run.r);
    this.#precond.apply(this.#scratch, run.r);
    const own = run.norm(run.r, "M^-1 (b - A x)");
    this.#trueToOwn = run.finite("|b - A x| / |M^-1 (b - A x)|", norm / own);
  }

  /** `out = H y`. */
  #applyOperator(y: Float64Array, out: Float64Array): void {
    if (this.#precond === undefined) this.#run.apply(y, out);
    else if (this.#left) {
      this.#run.apply(y, this.#scratch);
      this.#precond.apply(this.#scratch, out);
    } else {
      this.#precond.apply(y, this.#scratch);
      this.#run.apply(this.#scratch, out);
    }
  }

  /** Moves x by the direction, which is one of M x with a preconditioner from the right. */
  #step(): void {
    const { workspace, x } = this.#run;
    if (this.#precond === undefined || this.#left) workspace.axpy(1, this.#direction, x);
    else {
      this.#precond.apply(this.#direction, this.#scratch);
      workspace.axpy(1, this.#scratch, x);
    }
  }

  /** Moves x by the part of the residual in the range of C, which leaves r orthogonal to it. Returns |r|. */
  #removeRecycled(): number {
    const { workspace, r } = this.#run;
    if (this.#kept > 0) {
      const products = new Float64Array(this.#kept);
      workspace.orthogonalize(this.#C, this.#kept, r, products);
      this.#direction.fill(0);
      workspace.combine(this.#U, this.#kept, 1, products, this.#direction);
      this.#step();
    }
    return this.#run.norm(r, "the residual");
  }

  /** One cycle: Arnoldi orthogonally to C, the update of x and r, and the next space. Returns |r|. */
  #cycle(start: number): number {
    const run = this.#run;
    const { workspace, r } = run;
    const V = this.#V;
    const kept = this.#kept;
    const steps = this.#m - kept;
    const small = new HessenbergProblem(steps);
    const H: Float64Array[] = [];
    const B: Float64Array[] = [];
    const scratch = new Float64Array(this.#m + 1);
    V.columns[0]!.set(r);
    workspace.scale(1 / start, V.columns[0]!);
    small.begin(start);
    let norm = start;
    let exhausted = false;
    while (H.length < steps && !exhausted && !this.#done(norm)) {
      const j = H.length;
      const w = V.columns[j + 1]!;
      const b = new Float64Array(kept);
      const h = new Float64Array(j + 2);
      this.#applyOperator(V.columns[j]!, w);
      const { before, after: length } = orthogonalize(
        run,
        [
          { basis: this.#C, count: kept, products: b },
          { basis: V, count: j + 1, products: h },
        ],
        w,
        scratch,
      );
      exhausted = length <= 10 * epsilon * before;
      h[j + 1] = exhausted ? 0 : length;
      if (exhausted) w.fill(0);
      else workspace.scale(1 / length, w);
      B.push(b);
      H.push(h);
      small.column(j).set(h);
      norm = small.rotate(j);
      run.record(norm * this.#trueToOwn);
    }

    // min ||W^T r - G (t, y)||: y from the Hessenberg part, and t = -D^-1 B y, which makes the upper part zero.
    const y = this.#safeCoefficients(small, H, start);
    const t = new Float64Array(kept);
    const image = new Float64Array(H.length + 1);
    for (let j = 0; j < y.length; j++) {
      for (let i = 0; i < kept; i++) t[i]! -= B[j]![i]! * y[j]!;
      for (let i = 0; i <= j + 1; i++) image[i]! += H[j]![i]! * y[j]!;
    }
    this.#direction.fill(0);
    workspace.combine(V, y.length, 1, y, this.#direction);
    workspace.combine(this.#U, kept, 1, t, this.#direction);
    this.#step();
    workspace.combine(V, exhausted ? H.length : H.length + 1, -1, image, r);
    this.#renew(H, B, small);
    return run.norm(r, "the residual");
  }

  /**
   * The coefficients y of the cycle, from fewer columns where rounding of the size epsilon |H| |y| would swamp the
   * residual: with a singular A the last columns ask for a long way along a null vector.
   */
  #safeCoefficients(small: HessenbergProblem, H: readonly Float64Array[], start: number): Float64Array {
    const size = Math.max(...H.map((column) => Math.hypot(...column)));
    let used = H.length;
    let y = small.solve(used);
    while (used > 1 && epsilon * size * Math.hypot(...y) > 0.01 * start) y = small.solve(--used);
    return y;
  }

  /** The next U and C from the search space of a cycle. */
  #renew(H: readonly Float64Array[], B: readonly Float64Array[], small: HessenbergProblem): void {
    const { workspace } = this.#run;
    const kept = this.#kept;
    const steps = H.length;
    const count = Math.min(this.#k, kept + steps);
    if (count === 0) return;
    const U = this.#U;
    const lengths = Float64Array.from({ length: kept }, (_, j) =>
      Math.sqrt(workspace.dot(U.columns[j]!, U.columns[j]!)),
    );
    const overlapV = new Float64Array(kept * (steps + 1));
    workspace.cross({ basis: U, count: kept }, { basis: this.#V, count: steps + 1 }, overlapV);
    const next = harmonicRitz({ lengths, B, H, small, overlapC: this.#overlap, overlapV }, count);
    // Without a usable direction the old space stays.
    if (next === undefined) return;
    const { fromSearch, fromImage, size } = next;
    workspace.transform(
      [
        { basis: U, count: kept },
        { basis: this.#V, count: steps },
      ],
      (i, j) => fromSearch[i * size + j]!,
      this.#spareU,
      size,
    );
    workspace.transform(
      [
        { basis: this.#C, count: kept },
        { basis: this.#V, count: steps + 1 },
      ],
      (i, j) => fromImage[i * size + j]!,
      this.#spareC,
      size,
    );
    this.#overlap = next.overlapC;
    [this.#U, this.#spareU] = [this.#spareU, this.#U];
    [this.#C, this.#spareC] = [this.#spareC, this.#C];
    this.#kept = size;
  }
}
