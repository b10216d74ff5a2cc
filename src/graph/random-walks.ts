import type { CsrMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { defineTask, type Pool, type Task } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions } from "../core/progress.ts";
import { csrFromTriplets } from "../core/sparse/index.ts";
import { type AliasTable, fillAliasTable } from "./alias-table.ts";
import { inSharedMemory, shared } from "./block.ts";
import { type Graph, requireGraph } from "./graph.ts";
import { mapParts } from "./map-parts.ts";
import { WalkRandom } from "./walk-random.ts";

/** Second-order bias of node2vec: chance to go back over p, to go on to a vertex not next to the last over q. */
export interface WalkBias {
  /** Return parameter; large values discourage returning. */
  readonly p: number;
  /** In-out parameter; large values keep the walk near the last vertex. */
  readonly q: number;
}

export interface WalkOptions extends LongCallOptions {
  /** Start vertices; default every vertex once, in order. */
  readonly starts?: ArrayLike<number>;
  /** Walks from every start; default 1. */
  readonly walksPerStart?: number;
  /** Number of the first walk of every start, for taking walks in several calls; default 0. */
  readonly firstWalk?: number;
  /** Ends a walk after so many vertices, the start included. One of this and `stopProbability`. */
  readonly length?: number;
  /** Ends a walk before every step with this probability, above 0. */
  readonly stopProbability?: number;
  readonly bias?: WalkBias;
  /** Divides the starts among workers; the walks are the same without. */
  readonly pool?: Pool;
}

/** Walks one after the other: walk w is `vertices[offsets[w]] .. vertices[offsets[w + 1] - 1]`. */
export interface Walks {
  readonly offsets: Int32Array;
  readonly vertices: Int32Array;
}

const walkOptions = [
  ...longCallOptions,
  "starts",
  "walksPerStart",
  "firstWalk",
  "length",
  "stopProbability",
  "bias",
  "pool",
] as const;

/** A graph prepared for walking. */
export interface WalkGraph {
  readonly adjacency: CsrMatrix;
  /** Of every row, when weights differ. */
  readonly alias: AliasTable | undefined;
}

interface WalkJob {
  readonly graph: WalkGraph;
  readonly starts: Int32Array;
  readonly walksPerStart: number;
  readonly firstWalk: number;
  readonly length: number;
  readonly stopProbability: number;
  readonly bias: WalkBias | undefined;
  readonly seed: number | bigint;
}

const startsPerJob = 256;

const walkTask = defineTask({
  name: "graph/random-walks",
  module: import.meta.url,
  sharedMemory: "read",
  run: (job: WalkJob) => takeWalks(job),
  transfer: ({ offsets, vertices }) => [offsets.buffer as ArrayBuffer, vertices.buffer as ArrayBuffer],
});
const visitTask = defineTask({
  name: "graph/walk-visits",
  module: import.meta.url,
  sharedMemory: "read",
  run: (job: WalkJob) => countVisits(job),
});

/**
 * Random walks: walks of start i come before those of start i + 1. A step goes along an edge with probability
 * in proportion to its weight (times the bias); a walk ends early at a vertex without outgoing edges. Expected
 * O(1) a step, O(log degree) with bias, by rejection: Grover and Leskovec, "node2vec", KDD 2016.
 */
export async function randomWalks(graph: Graph | CsrMatrix, options: WalkOptions): Promise<Walks> {
  const parts = await runJobs(graph, options, walkTask);
  const walks = parts.reduce((sum, part) => sum + part.offsets.length - 1, 0);
  const steps = parts.reduce((sum, part) => sum + part.vertices.length, 0);
  if (steps > 2147483647)
    throw new InvalidInputError("options.walksPerStart", `${steps} steps are too many at once`);
  const offsets = new Int32Array(walks + 1);
  const vertices = new Int32Array(steps);
  let walk = 0;
  for (const part of parts) {
    const base = offsets[walk]!;
    vertices.set(part.vertices, base);
    for (let w = 1; w < part.offsets.length; w++) offsets[++walk] = base + part.offsets[w]!;
  }
  return { offsets, vertices };
}

/**
 * How often the walks of every start visit every vertex, the start itself included: starts x nodes. Holds the
 * visits of 256 starts at a time.
 */
export async function walkVisits(graph: Graph | CsrMatrix, options: WalkOptions): Promise<CsrMatrix> {
  const parts = await runJobs(graph, options, visitTask);
  const { nodes } = requireGraph("graph", graph);
  const entries = parts.reduce((sum, part) => sum + part.indices.length, 0);
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(entries);
  const data = new Float64Array(entries);
  let row = 0;
  for (const part of parts) {
    const base = indptr[row]!;
    indices.set(part.indices, base);
    data.set(part.data, base);
    for (let r = 1; r <= part.rows; r++) indptr[++row] = base + part.indptr[r]!;
  }
  return { rows, cols: nodes, indptr, indices, data };
}

/** Last vertex of every walk, the walks of start i before those of start i + 1. */
export async function walkEndpoints(graph: Graph | CsrMatrix, options: WalkOptions): Promise<Int32Array> {
  const { offsets, vertices } = await randomWalks(graph, options);
  return Int32Array.from({ length: offsets.length - 1 }, (_, walk) => vertices[offsets[walk + 1]! - 1]!);
}

/** Checks a graph and builds its alias tables; O(edges). In shared memory when workers are to walk on it. */
export function walkGraph(graph: Graph, forWorkers: boolean): WalkGraph {
  const { adjacency, weighted } = graph;
  let alias: AliasTable | undefined;
  if (weighted) {
    const entries = adjacency.data.length;
    alias = { threshold: new Float64Array(entries), other: new Int32Array(entries) };
    for (let u = 0; u < graph.nodes; u++)
      fillAliasTable(adjacency.data, adjacency.indptr[u]!, adjacency.indptr[u + 1]!, alias);
  }
  if (!forWorkers) return { adjacency, alias };
  return {
    adjacency: shared(adjacency),
    alias: alias && { threshold: inSharedMemory(alias.threshold), other: inSharedMemory(alias.other) },
  };
}

async function runJobs<Output>(
  input: Graph | CsrMatrix,
  options: WalkOptions,
  task: Task<WalkJob, Output>,
): Promise<Output[]> {
  requireKnownOptions("options", options, walkOptions);
  const graph = requireGraph("graph", input);
  const length = requireInteger("options.length", options.length ?? 2147483647, 1, 2147483647);
  const { stopProbability = 0, bias } = options;
  requireFinite("options.stopProbability", stopProbability, 0, 1);
  if ((options.length === undefined) === (options.stopProbability === undefined))
    throw new InvalidInputError("options.length", "expected either length or stopProbability");
  if (options.length === undefined && stopProbability === 0)
    throw new InvalidInputError("options.stopProbability", "expected a probability above 0");
  if (bias !== undefined) {
    requireFinite("options.bias.p", bias.p, Number.MIN_VALUE);
    requireFinite("options.bias.q", bias.q, Number.MIN_VALUE);
  }
  const starts =
    options.starts === undefined
      ? Int32Array.from({ length: graph.nodes }, (_, u) => u)
      : Int32Array.from(options.starts, (u, i) =>
          requireInteger(`options.starts[${i}]`, u, 0, graph.nodes - 1),
        );
  const common = {
    graph: walkGraph(graph, options.pool !== undefined),
    walksPerStart: requireInteger("options.walksPerStart", options.walksPerStart ?? 1, 1, 2147483647),
    firstWalk: requireInteger("options.firstWalk", options.firstWalk ?? 0, 0, 2147483647),
    length,
    stopProbability,
    bias,
    seed: options.seed ?? 0,
  };
  const jobs: WalkJob[] = [];
  for (let first = 0; first < starts.length; first += startsPerJob)
    jobs.push({ ...common, starts: starts.slice(first, first + startsPerJob) });
  return mapParts(task, jobs, options, options.pool);
}

function takeWalks(job: WalkJob): Walks {
  const walks = job.starts.length * job.walksPerStart;
  const offsets = new Int32Array(walks + 1);
  let vertices = new Int32Array(Math.max(16, walks * Math.min(job.length, 16)));
  let used = 0;
  const random = new WalkRandom(job.seed);
  let walk = 0;
  for (const start of job.starts) {
    for (let w = 0; w < job.walksPerStart; w++) {
      used = walkFrom(job, random, start, job.firstWalk + w, used, (at, vertex) => {
        if (at === vertices.length) {
          const larger = new Int32Array(2 * at);
          larger.set(vertices);
          vertices = larger;
        }
        vertices[at] = vertex;
      });
      offsets[++walk] = used;
    }
  }
  return { offsets, vertices: vertices.slice(0, used) };
}

function countVisits(job: WalkJob): CsrMatrix {
  const { rows: nodes } = job.graph.adjacency;
  const { offsets, vertices } = takeWalks(job);
  const rows = new Int32Array(vertices.length);
  for (let row = 0; row < job.starts.length; row++)
    rows.fill(row, offsets[row * job.walksPerStart], offsets[(row + 1) * job.walksPerStart]);
  return csrFromTriplets(job.starts.length, nodes, rows, vertices, new Float64Array(vertices.length).fill(1));
}

/** Takes one walk; gives its vertices with their positions from `at` on to `put` and returns the next position. */
function walkFrom(
  job: WalkJob,
  random: WalkRandom,
  start: number,
  walk: number,
  at: number,
  put: (at: number, vertex: number) => void,
): number {
  const { indptr, indices } = job.graph.adjacency;
  const { alias } = job.graph;
  const { length, stopProbability, bias } = job;
  random.begin(start, walk, 0);
  let next = at;
  put(next++, start);
  let last = -1;
  let vertex = start;
  for (let taken = 1; taken < length; taken++) {
    const first = indptr[vertex]!;
    const degree = indptr[vertex + 1]! - first;
    if (degree === 0 || (stopProbability > 0 && random.uniform() < stopProbability)) break;
    let target: number;
    for (;;) {
      const i = random.integer(degree);
      target =
        alias === undefined || random.uniform() < alias.threshold[first + i]!
          ? indices[first + i]!
          : indices[first + alias.other[first + i]!]!;
      if (bias === undefined || last < 0) break;
      const most = Math.max(1 / bias.p, 1, 1 / bias.q);
      const factor =
        target === last ? 1 / bias.p : isNeighbour(indptr, indices, last, target) ? 1 : 1 / bias.q;
      if (random.uniform() * most < factor) break;
    }
    last = vertex;
    vertex = target;
    put(next++, vertex);
  }
  return next;
}

/** Whether the edge from u to v exists; binary search. */
function isNeighbour(indptr: Int32Array, indices: Int32Array, u: number, v: number): boolean {
  let low = indptr[u]!;
  let high = indptr[u + 1]!;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indices[middle]! < v) low = middle + 1;
    else high = middle;
  }
  return low < indptr[u + 1]! && indices[low] === v;
}
