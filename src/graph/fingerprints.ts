import type { CsrMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import type { Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions } from "../core/progress.ts";
import { inSharedMemory } from "./block.ts";
import { contentHash, type Graph, requireGraph } from "./graph.ts";
import { mapParts } from "./map-parts.ts";
import {
  type DanglingPolicy,
  type PprOptions,
  pprOptions,
  pprRule,
  requireSources,
  walkableGraph,
} from "./personalized-pagerank.ts";
import { walkGraph } from "./random-walks.ts";
import { type VisitCounts, type VisitJob, visitCountTask } from "./visit-counts.ts";

/** How visits become a fingerprint: c times the mean number of visits, or the share of all visits. */
export const estimators = ["visits", "ratio"] as const;
export type FingerprintEstimator = (typeof estimators)[number];

export interface FingerprintOptions extends LongCallOptions, PprOptions {
  /** Walks from every vertex, R; default 100. */
  readonly walks?: number;
  /** Vertices that get a fingerprint; default all. */
  readonly vertices?: ArrayLike<number>;
  /** Leaves out vertices with fewer incoming arcs; default 0. */
  readonly minInDegree?: number;
  /** Keep so many entries of every fingerprint; default all. The mass left out is reported by queries. */
  readonly topK?: number;
  /**
   * "visits" (default) is unbiased for every graph; "ratio" has less variance and needs a graph whose walks
   * never end early: no dangling vertex, or the "self-loop" policy.
   */
  readonly estimator?: FingerprintEstimator;
  /** Divides the vertices among workers; the index is the same without, byte for byte. */
  readonly pool?: Pool;
}

/**
 * What random walks from every vertex visited. Row u of the visits belongs to vertex u and is empty when the
 * vertex has no fingerprint. A plain object, immutable by convention.
 */
export interface FingerprintIndex {
  readonly nodes: number;
  readonly walks: number;
  readonly teleport: number;
  readonly dangling: DanglingPolicy;
  readonly estimator: FingerprintEstimator;
  readonly seed: string;
  /** `contentHash` of the graph that was walked on. */
  readonly graphHash: string;
  readonly indptr: Int32Array;
  readonly indices: Int32Array;
  readonly counts: Int32Array;
  /** All visits of every vertex' walks, entries that were left out among them. */
  readonly totals: Int32Array;
}

const known = [
  ...longCallOptions,
  ...pprOptions,
  "walks",
  "vertices",
  "minInDegree",
  "topK",
  "estimator",
  "pool",
];

/** Vertices of one task at least; at most 64 tasks, because each carries the graph where memory is not shared. */
const verticesPerJob = 512;
const mostJobs = 64;

/**
 * Fingerprints of vertices by full-path Monte Carlo: `walks` independent walks from every vertex, which end
 * with probability c before every step; all vertices on the way count. Deterministic by seed, vertex and walk:
 * workers, chunks and the other vertices change nothing. Expected nodes walks / c steps, at most
 * min(nodes, walks / c) entries a vertex of 8 bytes each. PowerWalk, CIKM 2016 (offline part).
 */
export async function buildFingerprints(
  graph: Graph | CsrMatrix,
  options: FingerprintOptions = {},
): Promise<FingerprintIndex> {
  requireKnownOptions("options", options, known);
  const checked = requireGraph("graph", graph);
  const { nodes } = checked;
  const { teleport, dangling } = pprRule(options);
  const walks = requireInteger("options.walks", options.walks ?? 100, 1, 10_000_000);
  const keep =
    options.topK === undefined ? 0 : requireInteger("options.topK", options.topK, 1, 2_147_483_647);
  const estimator = requireOneOf("options.estimator", options.estimator ?? "visits", estimators);
  const walkable = walkableGraph(checked, dangling);
  if (estimator === "ratio") {
    const { indptr } = walkable.adjacency;
    for (let u = 0; u < nodes; u++)
      if (indptr[u] === indptr[u + 1])
        throw new InvalidInputError(
          "options.estimator",
          `"ratio" needs walks that never end early, but vertex ${u} is dangling; use "visits"`,
        );
  }
  const starts = startsOf(checked, options);
  const { adjacency, alias } = walkGraph(walkable, options.pool !== undefined);
  const common: Omit<VisitJob, "starts"> = {
    graph: { indptr: adjacency.indptr, indices: adjacency.indices, alias },
    walks,
    stopProbability: teleport,
    keep,
    seed: options.seed ?? 0,
  };
  const size = Math.max(verticesPerJob, Math.ceil(starts.length / mostJobs));
  const jobs: VisitJob[] = [];
  for (let first = 0; first < starts.length; first += size)
    jobs.push({ ...common, starts: starts.slice(first, first + size) });
  const graphHash = await contentHash(checked);
  const parts = await mapParts(visitCountTask, jobs, options, options.pool);
  const merged = mergeParts(nodes, starts, size, parts, options.pool !== undefined);
  return {
    nodes,
    walks,
    teleport,
    dangling,
    estimator,
    seed: `${common.seed}`,
    graphHash,
    ...merged,
  };
}

/** The fingerprints as a matrix: row u estimates the discounted visits q of walks from u. */
export function fingerprintMatrix(index: FingerprintIndex): CsrMatrix {
  const { nodes, indptr, indices, counts } = index;
  const data = new Float64Array(counts.length);
  for (let u = 0; u < nodes; u++) {
    const weight = visitWeight(index, u);
    for (let k = indptr[u]!; k < indptr[u + 1]!; k++) data[k] = weight * counts[k]!;
  }
  return { rows: nodes, cols: nodes, indptr, indices, data };
}

/** What one visit of a walk from vertex u contributes. */
export function visitWeight(
  { estimator, teleport, walks, totals }: Omit<FingerprintIndex, "graphHash" | "seed" | "dangling" | "nodes">,
  u: number,
): number {
  return estimator === "ratio" ? 1 / totals[u]! : teleport / walks;
}

function startsOf(graph: Graph, options: FingerprintOptions): Int32Array {
  const least = requireInteger("options.minInDegree", options.minInDegree ?? 0, 0);
  const chosen =
    options.vertices === undefined
      ? Int32Array.from({ length: graph.nodes }, (_, u) => u)
      : Int32Array.from(new Set(requireSources("options.vertices", options.vertices, graph.nodes))).sort();
  if (least === 0) return chosen;
  const arriving = new Int32Array(graph.nodes);
  for (const target of graph.adjacency.indices) arriving[target]!++;
  return chosen.filter((u) => arriving[u]! >= least);
}

function mergeParts(
  nodes: number,
  starts: Int32Array,
  size: number,
  parts: readonly VisitCounts[],
  sharing: boolean,
): Pick<FingerprintIndex, "indptr" | "indices" | "counts" | "totals"> {
  const entries = parts.reduce((sum, part) => sum + part.indices.length, 0);
  if (entries > 2_147_483_647)
    throw new InvalidInputError("options.walks", `${entries} entries are too many for one index; set topK`);
  const indptr = new Int32Array(nodes + 1);
  const totals = new Int32Array(nodes);
  for (const [p, part] of parts.entries()) {
    for (let i = 0; i < part.totals.length; i++) {
      const u = starts[p * size + i]!;
      totals[u] = part.totals[i]!;
      indptr[u + 1] = part.indptr[i + 1]! - part.indptr[i]!;
    }
  }
  for (let u = 0; u < nodes; u++) indptr[u + 1]! += indptr[u]!;
  // Starts ascend, so the parts' entries follow one another.
  const place = (): Int32Array =>
    sharing ? new Int32Array(new SharedArrayBuffer(4 * entries)) : new Int32Array(entries);
  const indices = place();
  const counts = place();
  let at = 0;
  for (const part of parts) {
    indices.set(part.indices, at);
    counts.set(part.counts, at);
    at += part.indices.length;
  }
  if (!sharing) return { indptr, indices, counts, totals };
  return { indptr: inSharedMemory(indptr), indices, counts, totals: inSharedMemory(totals) };
}
