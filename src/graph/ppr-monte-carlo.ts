import type { CsrMatrix } from "../core/array/index.ts";
import { requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import type { Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions } from "../core/progress.ts";
import { csrFromTriplets } from "../core/sparse/index.ts";
import { type Graph, requireGraph } from "./graph.ts";
import { mapParts } from "./map-parts.ts";
import {
  type PprOptions,
  pprOptions,
  pprRule,
  requireSources,
  walkableGraph,
} from "./personalized-pagerank.ts";
import { PprScores } from "./ppr-scores.ts";
import { walkEndpoints, walkGraph } from "./random-walks.ts";
import { type VisitJob, visitCountTask } from "./visit-counts.ts";

export interface PprMonteCarloOptions extends LongCallOptions, PprOptions {
  /** Walks from every source; default 1000. */
  readonly walks?: number;
  /** Count every vertex of a walk (default), or only the one where it ends. */
  readonly estimator?: "full-path" | "end-point";
  readonly pool?: Pool;
}

const known = [...longCallOptions, ...pprOptions, "walks", "estimator", "pool"];
const sourcesPerJob = 8;

/**
 * Personalised PageRank by random walks from the sources alone: sources x nodes, sparse. Both estimators have
 * the same expectation; the end point has the larger variance. Expected sources walks / c steps.
 * Avrachenkov, Litvak, Nemirovsky and Osipova, "Monte Carlo methods in PageRank computation", 2007.
 */
export async function pprMonteCarlo(
  graph: Graph | CsrMatrix,
  sources: ArrayLike<number>,
  options: PprMonteCarloOptions = {},
): Promise<CsrMatrix> {
  requireKnownOptions("options", options, known);
  const checked = requireGraph("graph", graph);
  const starts = requireSources("sources", sources, checked.nodes);
  const rule = pprRule(options);
  const walks = requireInteger("options.walks", options.walks ?? 1000, 1, 10_000_000);
  const estimator = requireOneOf("options.estimator", options.estimator ?? "full-path", [
    "full-path",
    "end-point",
  ]);
  const walkable = walkableGraph(checked, rule.dangling);
  const scores = await PprScores.prepare(checked, rule);
  const visits =
    estimator === "full-path"
      ? await fullPaths(walkable, starts, walks, rule.teleport, options)
      : await endPoints(walkable, starts, walks, rule.teleport, options);
  return scores.finishRows(visits);
}

async function fullPaths(
  walkable: Graph,
  starts: Int32Array,
  walks: number,
  teleport: number,
  options: PprMonteCarloOptions,
): Promise<CsrMatrix> {
  const { adjacency, alias } = walkGraph(walkable, options.pool !== undefined);
  const jobs: VisitJob[] = [];
  for (let first = 0; first < starts.length; first += sourcesPerJob)
    jobs.push({
      graph: { indptr: adjacency.indptr, indices: adjacency.indices, alias },
      starts: starts.slice(first, first + sourcesPerJob),
      walks,
      stopProbability: teleport,
      keep: 0,
      seed: options.seed ?? 0,
    });
  const parts = await mapParts(visitCountTask, jobs, options, options.pool);
  const indptr = new Int32Array(starts.length + 1);
  const entries = parts.reduce((sum, part) => sum + part.indices.length, 0);
  const indices = new Int32Array(entries);
  const data = new Float64Array(entries);
  let at = 0;
  let row = 0;
  for (const part of parts) {
    indices.set(part.indices, at);
    for (let k = 0; k < part.counts.length; k++) data[at + k] = (teleport / walks) * part.counts[k]!;
    for (let i = 1; i < part.indptr.length; i++) indptr[++row] = at + part.indptr[i]!;
    at += part.indices.length;
  }
  return { rows: starts.length, cols: walkable.nodes, indptr, indices, data };
}

/** A walk that ends at a dangling vertex for want of arcs would have stopped there with probability c. */
async function endPoints(
  walkable: Graph,
  starts: Int32Array,
  walks: number,
  teleport: number,
  options: PprMonteCarloOptions,
): Promise<CsrMatrix> {
  const { seed, signal, onProgress, pool } = options;
  const ends = await walkEndpoints(walkable, {
    starts,
    walksPerStart: walks,
    stopProbability: teleport,
    ...(seed !== undefined && { seed }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    ...(pool && { pool }),
  });
  const { indptr } = walkable.adjacency;
  const rows = Int32Array.from(ends, (_, walk) => Math.floor(walk / walks));
  const weights = Float64Array.from(ends, (end) => (indptr[end] === indptr[end + 1] ? teleport : 1) / walks);
  return csrFromTriplets(starts.length, walkable.nodes, rows, ends, weights);
}
