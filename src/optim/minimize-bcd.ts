import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import type { BlockProblem, BlockState } from "./block-problem.ts";
import { type Partition, type Selection, selectBlocks, selectionRules } from "./block-selection.ts";
import { largestEigenvalue, proximalStep, solveSemidefinite } from "./block-steps.ts";
import { solveForest } from "./forest.ts";
import { requireVector } from "./require-vector.ts";

export const updateRules = [
  "gradient",
  "linesearch-L",
  "matrix",
  "newton",
  "exact",
  "message-passing",
  "projected",
  "two-metric",
  "qp",
] as const;
export type Update = (typeof updateRules)[number];

export interface BcdOptions extends LongCallOptions {
  /** Default single variables, any of them; the tree rules make their own blocks. */
  readonly partition?: Partition;
  readonly selection: Selection;
  readonly update: Update;
  /** Default 1000. */
  readonly maxIterations?: number;
  /** Stops when the (projected, proximal) gradient has at most this norm; default 1e-6. */
  readonly tolerance?: number;
  /** Start; default 0. */
  readonly initial?: Float64Array;
}

export interface BcdResult {
  readonly x: Float64Array;
  /** With the l1 term. */
  readonly value: number;
  /** Norm of the gradient, with constraints of `x - prox(x - gradient)`. */
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly stop: "tolerance" | "maxIterations" | "stalled";
  /** Variables that are not 0, ascending. */
  readonly support: Int32Array;
  /** Last iteration in which the sign of some variable changed; 0 when none did. */
  readonly supportIdentifiedAt: number;
  /** Value at the start and after each iteration. */
  readonly history: readonly number[];
}

/** Largest rise of the value, relative to it, that is put down to rounding. */
const roundingRise = 1e-8;

/**
 * Block coordinate descent, `x_b <- x_b + d`, with greedy rules that choose the block b by its gradient and curvature.
 *
 * Selection: "gs" the largest gradient; "gsl" that of `|g_i| / sqrt(L_i)` (fixed blocks `||g_b|| / sqrt(L_b)`); "gsd"
 * of `|g_i| / sqrt(D_i)`, D the row sums of |H|, which bounds H; "gsq" the block whose quadratic bound falls most,
 * exact for fixed blocks, by iterative hard thresholding for variable ones, and with constraints by the fall of each
 * coordinate's own bound. "tree-greedy" and "tree-random" gather variables by gradient or at random while their graph is
 * a forest. "lipschitz" samples by L_i.
 *
 * Update: "gradient" with `1 / L_b`; "linesearch-L" with an estimate of L_b that doubles until the value falls enough;
 * "matrix" with the bound of the Hessian; "newton" with the Hessian and backtracking; "exact" for quadratics; "message-passing"
 * exact on forests in linear time; "projected" gradient and proximal step; "two-metric" projection, superlinear once the
 * block holds the support; "qp" the bound minimised under the constraints.
 *
 * Products are kept up to date: an iteration costs what the block touches, and O(n) for a greedy choice.
 *
 * Reference: Nutini, Laradji and Schmidt 2022, Let's Make Block Coordinate Descent Converge Faster.
 *
 * @throws InvalidInputError for rules that do not fit the problem or one another
 * @throws NumericalError for a direction without curvature along which the value falls, or a value that rises
 */
export async function minimizeBcd(problem: BlockProblem, options: BcdOptions): Promise<BcdResult> {
  requireKnownOptions("options", options, [
    ...longCallOptions,
    "partition",
    "selection",
    "update",
    "maxIterations",
    "tolerance",
    "initial",
  ]);
  const selection = requireOneOf("options.selection", options.selection, selectionRules);
  const update = requireOneOf("options.update", options.update, updateRules);
  const maxIterations = requireInteger("options.maxIterations", options.maxIterations ?? 1000, 0);
  const tolerance = requireFinite("options.tolerance", options.tolerance ?? 1e-6, 0);
  const { n, l1, nonnegative } = problem;
  const constrained = nonnegative || l1 > 0;
  requireFitting(problem, selection, update, constrained);
  const x =
    options.initial === undefined
      ? new Float64Array(n)
      : requireVector("options.initial", options.initial, n).slice();
  const below = nonnegative ? x.findIndex((value) => value < 0) : -1;
  if (below >= 0)
    throw new InvalidInputError("options.initial", `element ${below} is ${x[below]}; expected at least 0`);
  const stream = randomStream(options.seed ?? 0, "bcd");
  const choose = selectBlocks(problem, options.partition ?? { kind: "variable", size: 1 }, selection, stream);
  const state = problem.start(x);
  requireCurvature(problem, state);
  const pace = new Pace(options, maxIterations);
  const step = blockUpdate(problem, update);
  const total = (): number => state.value() + l1Norm(x, l1);
  const history = [total()];
  let supportIdentifiedAt = 0;
  let iteration = 0;
  let stalled = 0;
  let norm = stationarity(problem, state);
  while (iteration < maxIterations && norm > tolerance && stalled < 100) {
    const { block, key } = choose(state, iteration);
    iteration++;
    const d = step(state, block, key);
    let moved = false;
    for (let p = 0; p < block.length; p++) {
      const before = x[block[p]!]!;
      if (before + d[p]! !== before) moved = true;
      if (Math.sign(before + d[p]!) !== Math.sign(before)) supportIdentifiedAt = iteration;
    }
    stalled = moved ? 0 : stalled + 1;
    state.move(block, d);
    if (nonnegative) for (const i of block) if (x[i]! < 0) x[i] = 0;
    const value = total();
    if (!(value <= history.at(-1)! + roundingRise * Math.max(1, Math.abs(history[0]!))))
      throw new NumericalError("the value rises: the bounds of curvature do not hold", {
        iteration,
        before: history.at(-1),
        after: value,
      });
    history.push(value);
    norm = stationarity(problem, state);
    if (pace.due()) await pace.rest(iteration);
  }
  pace.finish();
  return {
    x,
    value: history.at(-1)!,
    gradientNorm: norm,
    iterations: iteration,
    converged: norm <= tolerance,
    stop: norm <= tolerance ? "tolerance" : stalled >= 100 ? "stalled" : "maxIterations",
    support: Int32Array.from(x.keys()).filter((i) => x[i] !== 0),
    supportIdentifiedAt,
    history,
  };
}

function requireFitting(
  problem: BlockProblem,
  selection: Selection,
  update: Update,
  constrained: boolean,
): void {
  const constrainedUpdates: readonly Update[] = ["projected", "two-metric", "qp"];
  if (constrained !== constrainedUpdates.includes(update))
    throw new InvalidInputError(
      "options.update",
      `${update} is for problems ${constrained ? "without" : "with"} constraints or an l1 term`,
    );
  if (constrained && !["random", "cyclic", "lipschitz", "gsq"].includes(selection))
    throw new InvalidInputError(
      "options.selection",
      `${selection} is for problems without constraints and l1 term`,
    );
  if (update === "two-metric" && !problem.nonnegative)
    throw new InvalidInputError("options.update", "two-metric is for problems with x >= 0");
  if (update === "exact" && !problem.quadratic)
    throw new InvalidInputError("options.update", "exact is for quadratics and least squares");
  if ((update === "message-passing" || selection.startsWith("tree-")) && problem.graph === undefined)
    throw new InvalidInputError("options.update", "trees are for quadratics, which have a graph");
}

/** A variable without curvature must have no gradient: otherwise the problem has no minimum. */
function requireCurvature({ lipschitz, l1 }: BlockProblem, { gradient }: BlockState): void {
  const flat = lipschitz.findIndex((value, i) => value === 0 && Math.abs(gradient[i]!) > l1);
  if (flat >= 0)
    throw new NumericalError(`variable ${flat} has no curvature but a gradient: the problem is unbounded`, {
      variable: flat,
    });
}

function l1Norm(x: Float64Array, l1: number): number {
  if (l1 === 0) return 0;
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.abs(x[i]!);
  return l1 * sum;
}

function stationarity({ n, l1, nonnegative }: BlockProblem, { x, gradient }: BlockState): number {
  let squares = 0;
  const plain = l1 === 0 && !nonnegative;
  for (let i = 0; i < n; i++) {
    const part = plain ? gradient[i]! : proximalStep(x[i]!, gradient[i]!, 1, l1, nonnegative);
    squares += part * part;
  }
  return Math.sqrt(squares);
}

type BlockStep = (state: BlockState, block: Int32Array, key: number) => Float64Array;

/** `key` names a fixed block, so that what depends on the block alone is computed once; -1 for variable ones. */
function blockUpdate(problem: BlockProblem, update: Update): BlockStep {
  const constants = new Map<number, number>();
  let work = new Float64Array(0);
  const hessian = (block: Int32Array, fill: (block: Int32Array, out: Float64Array) => void): Float64Array => {
    if (work.length < block.length ** 2) work = new Float64Array(block.length ** 2);
    fill(block, work);
    return work;
  };
  const bound = (block: Int32Array, key: number): number => {
    const known = key < 0 ? undefined : constants.get(key);
    if (known !== undefined) return known;
    const value = largestEigenvalue(hessian(block, problem.hessianBound), block.length);
    if (key >= 0) constants.set(key, value);
    return value;
  };
  const { l1, nonnegative } = problem;
  const negated = ({ gradient }: BlockState, block: Int32Array): Float64Array =>
    Float64Array.from(block, (i) => -gradient[i]!);
  switch (update) {
    case "gradient":
      return (state, block, key) => {
        const l = bound(block, key);
        return negated(state, block).map((value) => (l > 0 ? value / l : 0));
      };
    case "projected":
      return ({ x, gradient }, block, key) => {
        const l = bound(block, key);
        return Float64Array.from(block, (i) =>
          l > 0 ? proximalStep(x[i]!, gradient[i]!, l, l1, nonnegative) : 0,
        );
      };
    case "linesearch-L": {
      const estimates = new Map<number, number>();
      return (state, block, key) => {
        const g = negated(state, block);
        const squares = g.reduce((sum, value) => sum + value * value, 0);
        let l = estimates.get(key) ?? Math.max(...Array.from(block, (i) => problem.lipschitz[i]!));
        let d = g.map((value) => value / l);
        const rounding = slack(state);
        while (state.change(block, d) > -squares / (2 * l) + rounding) {
          l *= 2;
          d = g.map((value) => value / l);
        }
        // Of variable blocks the next one is another: its estimate starts anew.
        if (key >= 0) estimates.set(key, l);
        return d;
      };
    }
    case "matrix":
    case "exact":
      return (state, block) => {
        const d = negated(state, block);
        solveSemidefinite(hessian(block, problem.hessianBound), block.length, d);
        return d;
      };
    case "newton":
      return (state, block) => {
        const d = negated(state, block);
        solveSemidefinite(hessian(block, state.hessian), block.length, d);
        return backtracked(state, block, d);
      };
    case "message-passing":
      return (state, block) => solveForest(problem.graph!, block, negated(state, block));
    case "two-metric":
      return (state, block) => twoMetricStep(problem, state, block, hessian);
    case "qp":
      return (state, block) => {
        const h = hessian(block, problem.quadratic ? state.hessian : problem.hessianBound);
        return blockQuadratic(h, state, block, l1, nonnegative);
      };
  }
}

/** What a change of the value may be off by rounding. */
function slack(state: BlockState): number {
  return 1e-14 * Math.max(1, Math.abs(state.value()));
}

/** Armijo's rule along a descent direction, by interpolation. */
function backtracked(state: BlockState, block: Int32Array, direction: Float64Array): Float64Array {
  let slope = 0;
  for (const [p, i] of block.entries()) slope += state.gradient[i]! * direction[p]!;
  if (!(slope < 0)) return new Float64Array(block.length);
  let scale = 1;
  const rounding = slack(state);
  for (let tries = 0; tries < 40; tries++) {
    const d = direction.map((value) => scale * value);
    const change = state.change(block, d);
    if (change <= 1e-4 * scale * slope + rounding) return d;
    // The minimum of the parabola through what is known, kept away from the ends.
    const parabola = (-slope * scale * scale) / (2 * (change - slope * scale));
    scale = Math.min(0.5 * scale, Math.max(0.1 * scale, parabola));
  }
  return new Float64Array(block.length);
}

/**
 * Two-metric projection: variables at the bound that want to stay there take a short gradient step, the others a Newton
 * step; both are projected, and shortened until the value falls.
 */
function twoMetricStep(
  { l1, lipschitz }: BlockProblem,
  state: BlockState,
  block: Int32Array,
  hessian: (block: Int32Array, fill: (block: Int32Array, out: Float64Array) => void) => Float64Array,
): Float64Array {
  const { x, gradient } = state;
  const size = block.length;
  const g = Float64Array.from(block, (i) => gradient[i]! + l1);
  const bound = Array.from(block, (i, p) => x[i]! < 1e-4 && g[p]! > 0);
  const free = block.filter((_, p) => !bound[p]);
  const newton = Float64Array.from(free, (i) => -(gradient[i]! + l1));
  if (free.length > 0) solveSemidefinite(hessian(free, state.hessian), free.length, newton);
  let sum = 0;
  for (let p = 0; p < size; p++) if (bound[p]) sum += lipschitz[block[p]!]!;
  const direction = new Float64Array(size);
  for (let p = 0, f = 0; p < size; p++) direction[p] = bound[p] ? (sum > 0 ? -g[p]! / sum : 0) : newton[f++]!;
  const d = new Float64Array(size);
  const rounding = slack(state);
  for (let scale = 1, tries = 0; tries < 50; tries++, scale /= 2) {
    let slope = 0;
    let sumOfSteps = 0;
    for (let p = 0; p < size; p++) {
      const from = x[block[p]!]!;
      d[p] = Math.max(from + scale * direction[p]!, 0) - from;
      slope += g[p]! * d[p]!;
      sumOfSteps += d[p]!;
    }
    if (state.change(block, d) + l1 * sumOfSteps <= 1e-4 * Math.min(slope, 0) + rounding) return d;
  }
  return d.fill(0);
}

/** Minimises the block's quadratic under the constraints by coordinate descent, to rounding. */
function blockQuadratic(
  h: Float64Array,
  { x, gradient }: BlockState,
  block: Int32Array,
  l1: number,
  nonnegative: boolean,
): Float64Array {
  const size = block.length;
  const d = new Float64Array(size);
  const slope = Float64Array.from(block, (i) => gradient[i]!);
  for (let sweep = 0; sweep < 1000; sweep++) {
    let largest = 0;
    for (let p = 0; p < size; p++) {
      const l = h[p * size + p]!;
      if (l === 0) continue;
      const change = proximalStep(x[block[p]!]! + d[p]!, slope[p]!, l, l1, nonnegative);
      if (change === 0) continue;
      d[p]! += change;
      for (let q = 0; q < size; q++) slope[q]! += h[q * size + p]! * change;
      largest = Math.max(largest, l * change * change);
    }
    if (largest < 1e-28) break;
  }
  return d;
}
