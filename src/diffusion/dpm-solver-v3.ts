import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, requireOneOf } from "../core/errors.ts";
import { solve } from "../core/linalg/index.ts";
import { exp } from "../core/special/index.ts";
import { type DiffusionModel, requireModel } from "./diffusion-model.ts";
import type { EmpiricalModelStatistics } from "./model-statistics.ts";
import {
  type Level,
  type Samples,
  type SamplingOptions,
  SamplingRun,
  samplingOptions,
  timesOf,
} from "./sampling.ts";
import { type StatisticsIntegrals, statisticsIntegrals } from "./statistics-integrals.ts";

export interface DpmSolverV3Options extends SamplingOptions {
  /** Default 3; 2 is advised under guidance. */
  readonly order?: 1 | 2 | 3;
  /** Take the predictor's derivatives from few points, which is more robust in very few steps; default false. */
  readonly predictorPseudo?: boolean;
  /** Correct each state with the next evaluation, at no cost; default true. */
  readonly corrector?: boolean;
  /** Take the corrector's derivatives from few points; default true. */
  readonly correctorPseudo?: boolean;
  /** Correct only at times up to this; default all. */
  readonly correctorUntil?: number;
  /** Lower the order over the last steps; default true. */
  readonly lowerOrderFinal?: boolean;
  /** Replace the statistics by those of predicted data (l = 1) or noise (l = 0), s = b = 0; default `"none"`. */
  readonly degenerate?: "none" | "data" | "noise";
}

const v3Options = [
  ...["order", "predictorPseudo", "corrector", "correctorPseudo", "correctorUntil"],
  ...["lowerOrderFinal", "degenerate"],
];

/** A state, its node in the grid, and N = sigma eps - l x there. */
interface Entry {
  readonly node: number;
  x: Float64Array;
  readonly f: Float64Array;
}

/**
 * DPM-Solver-v3: a multistep exponential integrator in the parameterisation that the model's own statistics make
 * nearly constant along the solution; one evaluation a step. Times are moved to nodes of the statistics' grid. Exact
 * for Gaussian data with diagonal covariance, in one step.
 *
 * @param statistics of this model, from `computeModelStatistics`, covering the times sampled
 * @param start noise at tStart, [batch, dim]
 *
 * Reference: Zheng et al. 2023, algorithms 1 to 3.
 */
export async function dpmSolverV3(
  model: DiffusionModel,
  statistics: EmpiricalModelStatistics,
  start: Matrix,
  options: DpmSolverV3Options = {},
): Promise<Samples> {
  requireModel("model", model);
  const used = withDegenerate(requireStatistics(statistics, model), options);
  const order = requireInteger("options.order", options.order ?? 3, 1, 3);
  const until = requireFinite("options.correctorUntil", options.correctorUntil ?? model.schedule.tMax);
  const {
    predictorPseudo = false,
    corrector = true,
    correctorPseudo = true,
    lowerOrderFinal = true,
  } = options;
  const nodes = nodesOf(used, model, options);
  const times = Float64Array.from(nodes, (node) => model.schedule.tOfLambda(used.lambda[node]!));
  const run = new SamplingRun(model, start, options, v3Options, times);
  const update = updateOf(used, run.levels, nodes);
  const { x, levels, steps } = run;
  const d = model.dim;
  // Newest first.
  const history: Entry[] = [];
  let lastOrder = 0;
  for (let n = 1; n <= steps; n++) {
    const level = levels[n - 1]!;
    const f = await run.eps(level);
    const base = nodes[n - 1]! * d;
    for (let row = 0; row < f.length; row += d)
      for (let j = 0; j < d; j++)
        f[row + j] = (level.sigma * f[row + j]! - used.l.data[base + j]! * x[row + j]!) / level.alpha;
    history.unshift({ node: n - 1, x: x.slice(), f });
    const points = lastOrder + (correctorPseudo ? 1 : 0) - 1;
    if (corrector && n > 1 && points > 0 && level.t <= until) {
      const [newest, before, ...older] = history as [Entry, Entry, ...Entry[]];
      update(before, [newest, ...older].slice(0, points), n - 1, correctorPseudo, newest.x);
    }
    const p = Math.min(n, order, lowerOrderFinal ? steps + 1 - n : order);
    update(history[0]!, history.slice(1, p), n, predictorPseudo, x);
    lastOrder = p;
    if (history.length > order + 1) history.pop();
    await run.advance(n);
  }
  return run.result();
}

type Update = (from: Entry, others: readonly Entry[], to: number, pseudo: boolean, out: Float64Array) => void;

/** The update of section 3.3 from one node to another, with derivatives of g from the other points. */
function updateOf(statistics: EmpiricalModelStatistics, levels: readonly Level[], nodes: Int32Array): Update {
  const { lambda } = statistics;
  const d = statistics.l.shape[1]!;
  const integrals: StatisticsIntegrals = statisticsIntegrals(statistics);
  const { L, S, I, B, C } = integrals;
  return (from, others, to, pseudo, out) => {
    const entries = [from, ...others];
    const [s, t] = [nodes[from.node]!, nodes[to]!];
    const derivatives = derivativeWeights(
      entries.map(({ node }) => lambda[nodes[node]!]!),
      pseudo,
    );
    const moments = others.map((_, n) => integrals.moment(s, t, n + 1));
    const alpha = levels[to]!.alpha;
    // x_t = keep x_s - offset - sum_k gains_k f_k, coordinate by coordinate.
    const keep = new Float64Array(d);
    const offset = new Float64Array(d);
    const gains = entries.map(() => new Float64Array(d));
    for (let j = 0; j < d; j++) {
      const [is, it] = [s * d + j, t * d + j];
      const decay = alpha * exp(L[is]! - L[it]!);
      keep[j] = decay / levels[from.node]!.alpha;
      const span = I[it]! - I[is]!;
      offset[j] = alpha * exp(-L[it]!) * (C[it]! - C[is]! - B[is]! * span);
      for (const [k, { node }] of entries.entries()) {
        const ik = nodes[node]! * d + j;
        // What multiplies g_k = e^(S_s - S_k) f_k - e^(S_s) (B_k - B_s).
        let factor = k === 0 ? alpha * exp(-L[it]! - S[is]!) * span : 0;
        for (const [n, moment] of moments.entries()) factor += decay * moment[j]! * derivatives[n]![k]!;
        gains[k]![j] = factor * exp(S[is]! - S[ik]!);
        offset[j]! -= factor * exp(S[is]!) * (B[ik]! - B[is]!);
      }
    }
    const x = from.x;
    for (let row = 0; row < out.length; row += d)
      for (let j = 0; j < d; j++) out[row + j] = keep[j]! * x[row + j]! - offset[j]!;
    for (const [k, { f }] of entries.entries()) {
      const gain = gains[k]!;
      for (let row = 0; row < out.length; row += d)
        for (let j = 0; j < d; j++) out[row + j]! -= gain[j]! * f[row + j]!;
    }
  };
}

/**
 * Weights of the values g_0, g_1, ... in the derivatives of g at the first point, of order 1, 2, ...: those of the
 * polynomial through all points, or (pseudo) for each order that through as few as it needs.
 */
function derivativeWeights(lambdas: readonly number[], pseudo: boolean): readonly (readonly number[])[] {
  const count = lambdas.length - 1;
  if (count === 0) return [];
  const factorials = Array.from({ length: count }, (_, i) => {
    let product = 1;
    for (let k = 2; k <= i + 1; k++) product *= k;
    return product;
  });
  if (pseudo) {
    // Divided differences, each as weights of the values.
    let row: number[][] = lambdas.map((_, j) => lambdas.map((_, k) => (k === j ? 1 : 0)));
    return factorials.map((factorial, i) => {
      row = row.slice(1).map((next, j) => {
        const gap = lambdas[j]! - lambdas[i + 1 + j]!;
        return next.map((weight, k) => (row[j]![k]! - weight) / gap);
      });
      return row[0]!.map((weight) => factorial * weight);
    });
  }
  const data = new Float64Array(count * count);
  for (let k = 0; k < count; k++)
    for (let i = 0; i < count; i++) data[k * count + i] = (lambdas[k + 1]! - lambdas[0]!) ** (i + 1);
  const unit = new Float64Array(count * count);
  for (let k = 0; k < count; k++) unit[k * (count + 1)] = 1;
  const inverse = solve(
    { dtype: "float64", shape: [count, count], data },
    { dtype: "float64", shape: [count, count], data: unit },
    { minimumReciprocalCondition: 0 },
  ).data;
  return factorials.map((factorial, i) => {
    const rest = Array.from(inverse.subarray(i * count, (i + 1) * count), (weight) => factorial * weight);
    return [-rest.reduce((sum, weight) => sum + weight, 0), ...rest];
  });
}

/** Nodes of the grid nearest to the times that the options ask for. */
function nodesOf(
  { lambda, tStart, tEnd }: EmpiricalModelStatistics,
  model: DiffusionModel,
  options: DpmSolverV3Options,
): Int32Array {
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => samplingOptions.includes(name)));
  const wanted = timesOf(model, {
    ...own,
    // Without times of their own, samplers go as far as the statistics do.
    ...(options.times === undefined && { tStart: options.tStart ?? tStart, tEnd: options.tEnd ?? tEnd }),
  });
  const M = lambda.length - 1;
  const [first, last] = [lambda[0]!, lambda[M]!];
  const slack = (0.5 * (last - first)) / M;
  const nodes = Int32Array.from(wanted, (t) => {
    const at = model.schedule.lambda(t);
    if (at < first - slack || at > last + slack)
      throw new InvalidInputError(
        "statistics",
        `cover times from ${tStart} to ${tEnd}, but time ${t} is to be sampled: compute them for the whole range`,
      );
    return Math.min(M, Math.max(0, Math.round((M * (at - first)) / (last - first))));
  });
  for (let n = 1; n < nodes.length; n++)
    if (nodes[n]! <= nodes[n - 1]!)
      throw new InvalidInputError(
        "options.steps",
        `${nodes.length - 1} steps are too many for statistics of ${M} intervals: times ${wanted[n - 1]} and ${wanted[n]} share a node; increase gridSize`,
      );
  return nodes;
}

/** The statistics that the option `degenerate` asks for; one object for each, so that its integrals are kept. */
function withDegenerate(
  statistics: EmpiricalModelStatistics,
  { degenerate }: DpmSolverV3Options,
): EmpiricalModelStatistics {
  const kind = requireOneOf("options.degenerate", degenerate ?? "none", ["none", "data", "noise"]);
  if (kind === "none") return statistics;
  const constant = (value: number): Matrix => ({
    ...statistics.l,
    data: new Float64Array(statistics.l.data.length).fill(value),
  });
  return { ...statistics, l: constant(kind === "data" ? 1 : 0), s: constant(0), b: constant(0) };
}

/** Refuses statistics that are damaged or of another model. */
function requireStatistics(
  statistics: EmpiricalModelStatistics,
  { dim, schedule }: DiffusionModel,
): EmpiricalModelStatistics {
  if (typeof statistics !== "object" || statistics === null || !(statistics.lambda instanceof Float64Array))
    throw new InvalidInputError("statistics", "expected what computeModelStatistics gives");
  const { lambda, l, s, b, tStart, tEnd, schedule: kind } = statistics;
  for (const [name, matrix] of Object.entries({ l, s, b }))
    requireMatrix(`statistics.${name}`, matrix, { dtype: "float64", rows: lambda.length });
  for (const [name, matrix] of Object.entries({ l, s, b }))
    if (matrix.shape[1] !== dim)
      throw new InvalidInputError(
        "statistics",
        `are of a model of dimension ${matrix.shape[1]} (${name}), this one has dimension ${dim}`,
      );
  if (kind !== schedule.kind)
    throw new InvalidInputError("statistics", `are for the schedule ${kind}, the model has ${schedule.kind}`);
  for (const [t, at] of [
    [tStart, lambda[0]!],
    [tEnd, lambda.at(-1)!],
  ] as const)
    if (!(Math.abs(schedule.lambda(t) - at) <= 1e-6))
      throw new InvalidInputError(
        "statistics",
        `are for another schedule ${kind}: at time ${t} theirs has lambda ${at}, the model's ${schedule.lambda(t)}`,
      );
  return statistics;
}
