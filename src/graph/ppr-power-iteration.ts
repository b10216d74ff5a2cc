import type { CsrMatrix, Matrix } from "../core/array/index.ts";
import { InvalidInputError, NumericalError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type Graph, requireGraph } from "./graph.ts";
import {
  type DanglingPolicy,
  type PprOptions,
  pprOptions,
  pprRule,
  pushFlows,
  requireSources,
  type Transitions,
  transitionsOf,
} from "./personalized-pagerank.ts";

export interface PprPowerIterationOptions extends PprOptions, Omit<LongCallOptions, "seed"> {
  /** The L1 error of every row is at most this before scores are scaled to sum 1; default 1e-10. */
  readonly tolerance?: number;
  /** Steps at most; default 10,000. */
  readonly maxIterations?: number;
}

const known = [
  ...pprOptions,
  ...longCallOptions.filter((name) => name !== "seed"),
  "tolerance",
  "maxIterations",
];

/** Sources whose flows are pushed side by side, so that every arc is read once for all of them. */
const lanes = 4;

/**
 * Personalised PageRank by power iteration: sources x nodes, dense, the reference that other methods are held
 * against. Row i sums to 1 (with dangling "absorb": to at most 1). O(sources edges log(1/tolerance) / c).
 *
 * Throws NumericalError when `maxIterations` steps do not reach the tolerance.
 */
export async function pprPowerIteration(
  graph: Graph | CsrMatrix,
  sources: ArrayLike<number>,
  options: PprPowerIterationOptions = {},
): Promise<Matrix> {
  requireKnownOptions("options", options, known);
  const checked = requireGraph("graph", graph);
  const { nodes } = checked;
  const starts = requireSources("sources", sources, nodes);
  const { teleport, dangling } = pprRule(options);
  const tolerance = options.tolerance ?? 1e-10;
  if (!(tolerance > 0 && tolerance < 1))
    throw new InvalidInputError("options.tolerance", `expected a number between 0 and 1, got ${tolerance}`);
  const maxIterations = requireInteger("options.maxIterations", options.maxIterations ?? 10_000, 1);
  const transitions = transitionsOf(checked);
  const solve = { teleport, dangling, tolerance, maxIterations };
  const blocks = Math.ceil(starts.length / lanes);
  const units = blocks + (dangling === "uniform" ? 1 : 0);
  const pace = new Pace(options, units);
  const scores = new Float64Array(starts.length * nodes);
  const mean = dangling === "uniform" ? await meanVisits(transitions, solve, pace) : undefined;
  for (let block = 0; block < blocks; block++) {
    const chosen = starts.subarray(block * lanes, (block + 1) * lanes);
    const start = new Float64Array(nodes * lanes);
    for (const [lane, source] of chosen.entries()) start[source * lanes + lane] = 1;
    const visits = await discountedVisits(transitions, start, lanes, solve, pace, block);
    for (let lane = 0; lane < chosen.length; lane++) {
      const row = scores.subarray((block * lanes + lane) * nodes, (block * lanes + lane + 1) * nodes);
      for (let v = 0; v < nodes; v++) row[v] = visits[v * lanes + lane]!;
      finishScores(row, dangling, mean);
    }
  }
  pace.finish();
  return { dtype: "float64", shape: [starts.length, nodes], data: scores };
}

interface Solve {
  readonly teleport: number;
  readonly dangling: DanglingPolicy;
  readonly tolerance: number;
  readonly maxIterations: number;
}

/** The mean over all starts of {@link discountedVisits}: where walks that go on anywhere come by. */
export async function meanVisits(
  transitions: Transitions,
  rule: { readonly teleport: number; readonly tolerance?: number; readonly maxIterations?: number },
  pace: Pace,
): Promise<Float64Array> {
  const start = new Float64Array(transitions.nodes).fill(1 / transitions.nodes);
  const solve = { tolerance: 1e-12, maxIterations: 100_000, ...rule, dangling: "uniform" } as const;
  return discountedVisits(transitions, start, 1, solve, pace, 0);
}

/**
 * Discounted visits of walks that end at dangling vertices: q = c sum_t (1 - c)^t (P^T)^t start, summed until
 * the mass still under way is below the tolerance. Under "self-loop" all mass that arrives at a dangling vertex
 * stays there: c sum_t (1 - c)^t = 1 of it.
 */
async function discountedVisits(
  transitions: Transitions,
  start: Float64Array,
  width: 1 | 4,
  { teleport, dangling, tolerance, maxIterations }: Solve,
  pace: Pace,
  done: number,
): Promise<Float64Array> {
  const { nodes, indptr } = transitions;
  const visits = new Float64Array(nodes * width);
  let flow = start;
  let next: Float64Array = new Float64Array(nodes * width);
  const mass = new Float64Array(width);
  for (let iteration = 0; ; iteration++) {
    mass.fill(0);
    for (let u = 0; u < nodes; u++) {
      const stays = dangling === "self-loop" && indptr[u] === indptr[u + 1];
      const share = stays ? 1 : teleport;
      for (let lane = 0; lane < width; lane++) {
        const arrived = flow[u * width + lane]!;
        if (arrived === 0) continue;
        visits[u * width + lane]! += share * arrived;
        if (!stays) mass[lane]! += arrived;
      }
    }
    const remaining = (1 - teleport) * mass.reduce((most, value) => Math.max(most, value), 0);
    if (remaining <= tolerance) return visits;
    if (iteration + 1 >= maxIterations)
      throw new NumericalError(`no convergence in ${maxIterations} iterations`, { remaining, tolerance });
    pushFlows(transitions, flow, width, teleport, next);
    [flow, next] = [next, flow];
    if (pace.due()) await pace.rest(done);
  }
}

/** Turns discounted visits into scores of the dangling policy, in place. `mean` is that of all starts. */
export function finishScores(
  visits: Float64Array,
  dangling: DanglingPolicy,
  mean: Float64Array | undefined,
): void {
  if (dangling === "absorb") return;
  let sum = 0;
  for (const visit of visits) sum += visit;
  if (mean !== undefined) {
    let meanSum = 0;
    for (const visit of mean) meanSum += visit;
    // Walks that went on anywhere, as often as makes the whole a distribution.
    const again = Math.max(0, 1 - sum) / meanSum;
    for (let v = 0; v < visits.length; v++) visits[v]! += again * mean[v]!;
    sum += again * meanSum;
  }
  for (let v = 0; v < visits.length; v++) visits[v]! /= sum;
}
