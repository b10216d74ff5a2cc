import { type Matrix, requireMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import { type ComplexMatrix, type ComplexVector, norm } from "../core/linalg/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import { recompose } from "./complex-matrix.ts";
import {
  conditionGradient,
  type Diagonalization,
  diagonalize,
  realPartGradient,
} from "./eigenvector-conditioning.ts";

export interface PtdOptions extends LongCallOptions {
  /** Weight of the norm of the perturbation against the condition of the eigenvectors; default 1. */
  readonly gamma?: number;
  /** Where the search starts; default `"gaussian"`: independent normal entries. */
  readonly init?: "gaussian" | "zeros";
  /** Standard deviation of the Gaussian start; default 0.1. */
  readonly initScale?: number;
  /** Steps of Adam; default 400. */
  readonly steps?: number;
  /** First step length, falling along half a cosine; default 0.05. */
  readonly learningRate?: number;
  /** All eigenvalues must have real parts of at most minus this; default 0.05. */
  readonly stable?: number;
}

/** A nearby matrix with well-conditioned eigenvectors. */
export interface PtdResult {
  /** What was added to the matrix, [n, n], real: the spectrum is closed under conjugation. */
  readonly perturbation: Matrix;
  readonly eigenvalues: ComplexVector;
  /** Unit columns; conjugate pairs of eigenvalues have exactly conjugate columns. */
  readonly vectors: ComplexMatrix;
  readonly inverse: ComplexMatrix;
  /** sigma_max / sigma_min of `vectors`. */
  readonly condition: number;
  /** 2-norm of the perturbation, its Frobenius norm, and the former over the matrix's 2-norm. */
  readonly norm: number;
  readonly frobeniusNorm: number;
  readonly relativeNorm: number;
  /** Frobenius norm of a + perturbation - vectors diag(eigenvalues) inverse over that of a. */
  readonly residual: number;
  readonly history: readonly { readonly step: number; readonly condition: number; readonly norm: number }[];
  /** Whether the last tenth of the steps lowered the objective by less than 1 %. */
  readonly converged: boolean;
  readonly iterations: number;
  /** How often nearly equal eigenvalues were driven apart by a random change of rounding size. */
  readonly jitters: number;
}

const ptdOptions = [...longCallOptions, ...["gamma", "init", "initScale", "steps", "learningRate", "stable"]];

/**
 * Approximate diagonalization of a non-normal matrix: finds a small perturbation e of a, real, such that the unit
 * eigenvectors v of a + e are well conditioned, by Adam on cond(v) + gamma |e|_F with the gradient through the
 * eigendecomposition. The decomposition is backward stable: it is that of a matrix within `relativeNorm` of a. The best
 * iterate with all real parts <= -stable is returned; where the search ends at an unstable one it goes on with a
 * penalty on them. About 150 n^3 operations a step.
 *
 * Reference: Yu, Nigmetov, Morozov, Mahoney, Erichson, "Robustifying State-space Models for Long Sequences via
 * Approximate Diagonalization", ICLR 2024.
 *
 * @throws NumericalError with `{ largestRealPart }` where no stable perturbation was found: raise gamma.
 */
export async function perturbThenDiagonalize(a: Matrix, options: PtdOptions = {}): Promise<PtdResult> {
  requireKnownOptions("options", options, ptdOptions);
  const n = requireStateMatrix(a);
  const gamma = requireFinite("options.gamma", options.gamma ?? 1, 0);
  const init = requireOneOf("options.init", options.init ?? "gaussian", ["gaussian", "zeros"]);
  const initScale = requireFinite("options.initScale", options.initScale ?? 0.1, 0);
  const steps = requireInteger("options.steps", options.steps ?? 400, 1, 1_000_000);
  const rate = requireFinite("options.learningRate", options.learningRate ?? 0.05, Number.MIN_VALUE);
  const stable = requireFinite("options.stable", options.stable ?? 0.05);
  const stream = randomStream(options.seed ?? 0, "perturb then diagonalize");
  const e = new Float64Array(n * n);
  if (init === "gaussian") stream.split("start").fillNormal(e, 0, initScale);

  const search = new Search(a, e, { gamma, stable, stream });
  // Twice the steps at most: the second half only where the first ended unstable.
  const pace = new Pace(options, 2 * steps);
  let done = 0;
  const descend = async (penalty: number): Promise<void> => {
    for (let step = 0; step < steps; step++) {
      search.step((rate * (1 + Math.cos((Math.PI * step) / steps))) / 2, penalty);
      done++;
      if (pace.due()) await pace.rest(done, `condition ${search.last.condition.toPrecision(3)}`);
    }
  };
  await descend(0);
  search.measure(0);
  if (search.best === undefined || search.lastUnstable) {
    await descend(10);
    search.measure(10);
  }
  const { best } = search;
  if (best === undefined)
    throw new NumericalError(
      `no perturbation with real parts of at most ${-stable} was found: raise options.gamma so that it becomes smaller`,
      { largestRealPart: Math.max(...search.last.values.re) },
    );
  pace.finish();
  const tail = Math.max(1, Math.floor(done / 10));
  const earlier = Math.min(...search.objectives.slice(0, -tail));
  return {
    ...report(a, best.e, best.diagonalization),
    history: search.history,
    converged: earlier - Math.min(...search.objectives.slice(-tail)) <= 0.01 * earlier,
    iterations: done,
    jitters: search.jitters,
  };
}

export interface GinibreOptions {
  /** 2-norm of the perturbation over that of the matrix. */
  readonly relativeNorm: number;
  readonly seed?: number | bigint;
}

/**
 * The ablation of {@link perturbThenDiagonalize}: a random perturbation of independent normal entries, scaled to a
 * given size and not optimised. It may well be unstable; the result says what it is.
 */
export function ginibrePerturbation(a: Matrix, options: GinibreOptions): PtdResult {
  requireKnownOptions("options", options, ["relativeNorm", "seed"]);
  const n = requireStateMatrix(a);
  const relative = requireFinite("options.relativeNorm", options.relativeNorm, Number.MIN_VALUE);
  const data = randomStream(options.seed ?? 0, "ginibre perturbation").fillNormal(new Float64Array(n * n));
  const raw: Matrix = { dtype: "float64", shape: [n, n], data };
  const scale = (relative * norm(a, "two")) / norm(raw, "two");
  const e = data.map((value) => value * scale);
  const result = report(a, e, diagonalize(sum(a, e)));
  const history = [{ step: 0, condition: result.condition, norm: result.frobeniusNorm }];
  return { ...result, history, converged: true, iterations: 0, jitters: 0 };
}

/** Largest order that is searched: each step takes about 150 n^3 operations. */
const largestOrder = 512;

function requireStateMatrix(a: Matrix): number {
  const { rows, cols } = requireMatrix("a", a, { dtype: "float64" });
  if (rows !== cols)
    throw new InvalidInputError("a", `expected a square matrix, got shape [${rows}, ${cols}]`);
  if (rows < 1 || rows > largestOrder)
    throw new InvalidInputError("a", `expected an order from 1 to ${largestOrder}, got ${rows}`);
  if (a.data.every((value) => value === 0)) throw new InvalidInputError("a", "is zero");
  return rows;
}

function sum(a: Matrix, e: Float64Array): Matrix {
  return { ...a, data: a.data.map((value, i) => value + e[i]!) };
}

function report(
  a: Matrix,
  e: Float64Array,
  { values, vectors, inverse, condition }: Diagonalization,
): Omit<PtdResult, "history" | "converged" | "iterations" | "jitters"> {
  const perturbation: Matrix = { ...a, data: e };
  const { re, im } = recompose(vectors, values, inverse);
  let squares = 0;
  for (let p = 0; p < e.length; p++) squares += (a.data[p]! + e[p]! - re.data[p]!) ** 2 + im.data[p]! ** 2;
  const size = norm(perturbation, "two");
  return {
    perturbation,
    ...{ eigenvalues: values, vectors, inverse, condition },
    norm: size,
    frobeniusNorm: norm(perturbation),
    relativeNorm: size / norm(a, "two"),
    residual: Math.sqrt(squares) / norm(a),
  };
}

/** Adam on the entries of the perturbation, with the best stable iterate at hand. */
class Search {
  readonly history: { step: number; condition: number; norm: number }[] = [];
  /** Objective without penalty after each step. */
  readonly objectives: number[] = [];
  jitters = 0;
  best: { e: Float64Array; diagonalization: Diagonalization; objective: number } | undefined;
  last!: Diagonalization;
  lastUnstable = false;
  readonly #a: Matrix;
  readonly #e: Float64Array;
  readonly #gamma: number;
  readonly #stable: number;
  readonly #stream: RandomStream;
  readonly #scale: number;
  readonly #mean: Float64Array;
  readonly #square: Float64Array;
  #steps = 0;

  constructor(
    a: Matrix,
    e: Float64Array,
    { gamma, stable, stream }: { gamma: number; stable: number; stream: RandomStream },
  ) {
    this.#a = a;
    this.#e = e;
    this.#gamma = gamma;
    this.#stable = stable;
    this.#stream = stream;
    this.#scale = norm(a);
    this.#mean = new Float64Array(e.length);
    this.#square = new Float64Array(e.length);
  }

  /** One step of Adam, with `penalty` times the squared excess of real parts over the bound. */
  step(rate: number, penalty: number): void {
    const gradient = this.measure(penalty);
    this.#steps++;
    const [first, second] = [1 - 0.9 ** this.#steps, 1 - 0.999 ** this.#steps];
    for (let p = 0; p < gradient.length; p++) {
      const g = gradient[p]!;
      this.#mean[p] = 0.9 * this.#mean[p]! + 0.1 * g;
      this.#square[p] = 0.999 * this.#square[p]! + 0.001 * g * g;
      this.#e[p]! -= (rate * (this.#mean[p]! / first)) / (Math.sqrt(this.#square[p]! / second) + 1e-8);
    }
  }

  /** Records the present iterate; gives the gradient of the objective there. */
  measure(penalty: number): Float64Array {
    const [diagonalization, gradient] = this.#diagonalized();
    const { values, condition } = diagonalization;
    let squares = 0;
    for (const value of this.#e) squares += value * value;
    const length = Math.sqrt(squares);
    const objective = condition + this.#gamma * length;
    const excess = values.re.map((re) => Math.max(0, re + this.#stable));
    this.last = diagonalization;
    this.lastUnstable = excess.some((value) => value > 0);
    this.objectives.push(objective);
    if (this.#steps % 10 === 0) this.history.push({ step: this.#steps, condition, norm: length });
    if (!this.lastUnstable && !(this.best !== undefined && this.best.objective <= objective))
      this.best = { e: this.#e.slice(), diagonalization, objective };
    if (length > 0)
      for (let p = 0; p < gradient.length; p++) gradient[p]! += (this.#gamma * this.#e[p]!) / length;
    if (penalty > 0 && this.lastUnstable) {
      const push = realPartGradient(
        diagonalization,
        excess.map((value) => 2 * penalty * value),
      );
      for (let p = 0; p < gradient.length; p++) gradient[p]! += push[p]!;
    }
    return gradient;
  }

  /** The decomposition of a + e and the gradient of its condition; e is shaken where that does not exist. */
  #diagonalized(): [Diagonalization, Float64Array] {
    for (let trial = 0; ; trial++) {
      try {
        const diagonalization = diagonalize(sum(this.#a, this.#e));
        const gradient = conditionGradient(diagonalization, 1e-9 * this.#scale);
        if (gradient !== undefined) return [diagonalization, gradient];
      } catch (error) {
        if (!(error instanceof NumericalError) || trial >= 20) throw error;
      }
      const size = (10 ** trial * 1e-6 * this.#scale) / Math.sqrt(this.#e.length);
      const shake = this.#stream.split("jitter", this.jitters++).fillNormal(new Float64Array(this.#e.length));
      for (let p = 0; p < shake.length; p++) this.#e[p]! += size * shake[p]!;
    }
  }
}
