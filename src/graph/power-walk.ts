import type { CsrMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { defineTask, type Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions } from "../core/progress.ts";
import { inSharedMemory } from "./block.ts";
import type { FingerprintIndex } from "./fingerprints.ts";
import { contentHash, type Graph, requireGraph } from "./graph.ts";
import { mapParts } from "./map-parts.ts";
import {
  type PprOptions,
  type PprRule,
  pprOptions,
  pprRule,
  requireSources,
  type SparseVector,
  type Transitions,
  transitionsOf,
} from "./personalized-pagerank.ts";
import { csrOfRows, PprScores, type ScoredEntries } from "./ppr-scores.ts";
import {
  type DecompositionRule,
  type Fingerprints,
  VertexDecomposition,
  VisitRows,
} from "./vertex-decomposition.ts";

export interface PowerWalkOptions extends PprOptions, Omit<LongCallOptions, "seed"> {
  /** Divides the sources of a batch among workers; the answers are the same without. */
  readonly pool?: Pool;
}

export interface PprQueryOptions {
  /** Steps that mass is pushed before fingerprints take over, T; default 2. */
  readonly iterations?: number;
  /** Flow and products below this are dropped and reported as `truncatedMass`; default 0, drops nothing. */
  readonly threshold?: number;
  /** Keep so many of the largest scores (of equal ones, lower vertices); default all. */
  readonly topK?: number;
}

export interface PprBatchOptions extends PprQueryOptions, Omit<LongCallOptions, "seed"> {}

/** Scores of one source, by ascending vertex. They sum to 1 before `topK` (at most 1 with dangling "absorb"). */
export interface PprVector extends SparseVector {
  /** Mass dropped below the threshold or left out of fingerprints by their `topK`. */
  readonly truncatedMass: number;
  /** Mass that reached no fingerprint; without an index, the mass still under way. */
  readonly missingMass: number;
}

export interface PprBatch {
  /** sources x nodes. */
  readonly scores: CsrMatrix;
  readonly truncatedMass: Float64Array;
  readonly missingMass: Float64Array;
}

/** Answers personalised PageRank queries; see {@link powerWalk}. */
export interface PowerWalk {
  query(source: number, options?: PprQueryOptions): PprVector;
  queryBatch(sources: ArrayLike<number>, options?: PprBatchOptions): Promise<PprBatch>;
  /** Answers in the order of the sources, which are taken `batch` (default 1024) at a time. */
  queryStream(
    sources: Iterable<number> | AsyncIterable<number>,
    options?: PprBatchOptions & { readonly batch?: number },
  ): AsyncIterable<{ readonly source: number; readonly ppr: PprVector }>;
}

const walkerOptions = [...pprOptions, "signal", "onProgress", "pool"];
const queryOptions = ["iterations", "threshold", "topK"];
const batchOptions = [...queryOptions, ...longCallOptions.filter((name) => name !== "seed")];

/**
 * PowerWalk: personalised PageRank of any vertex in milliseconds. A query pushes the source's mass a few steps
 * and mixes the fingerprints of the vertices where it then is, which makes it far more accurate than a
 * fingerprint. `null` for the index leaves the push alone, with error (1 - c)^T.
 *
 * `teleport` and `dangling` are the index's; options that say otherwise are refused, and so is an index of
 * another graph. Cost of a query: arcs out of the vertices reached in T - 1 steps, plus the fingerprints of
 * those reached in T. Liu, Li and Wei, "PowerWalk", CIKM 2016.
 */
export async function powerWalk(
  graph: Graph | CsrMatrix,
  index: FingerprintIndex | null,
  options: PowerWalkOptions = {},
): Promise<PowerWalk> {
  requireKnownOptions("options", options, walkerOptions);
  const checked = requireGraph("graph", graph);
  if (index !== null) await requireFit(checked, index, options);
  const rule = pprRule(index === null ? options : { teleport: index.teleport, dangling: index.dangling });
  const { pool } = options;
  const scores = await PprScores.prepare(checked, rule, options);
  const transitions = sharedTransitions(transitionsOf(checked), pool !== undefined);
  const fingerprints = index === null ? undefined : sharedFingerprints(index, pool !== undefined);
  return new Walker(rule, transitions, fingerprints, scores, pool);
}

interface QueryJob {
  readonly transitions: Transitions;
  readonly fingerprints: Fingerprints | undefined;
  readonly sources: Int32Array;
  readonly rule: DecompositionRule;
  readonly mean: ScoredEntries | undefined;
  readonly topK: number;
}

const queryTask = defineTask({
  name: "graph/power-walk",
  module: import.meta.url,
  sharedMemory: "read",
  run: ({ transitions, fingerprints, sources, rule, mean, topK }: QueryJob): PprBatch => {
    const decomposition = new VertexDecomposition(transitions, fingerprints);
    const visits = new VisitRows(1024 * sources.length, sources.length);
    for (const source of sources) decomposition.run(source, rule, visits);
    const finisher = PprScores.of(rule, mean);
    const rows: ScoredEntries[] = [];
    for (let i = 0; i < sources.length; i++) {
      const [first, last] = [visits.ends[i]!, visits.ends[i + 1]!];
      const row = {
        indices: visits.indices.subarray(first, last),
        values: visits.values.subarray(first, last),
      };
      rows.push(largest(finisher.finish(row), topK));
    }
    return {
      scores: joined(visits, rows, transitions.nodes),
      truncatedMass: Float64Array.from(visits.truncated),
      missingMass: Float64Array.from(visits.missing),
    };
  },
  transfer: ({ scores: { indptr, indices, data }, truncatedMass, missingMass }) =>
    [indptr, indices, data, truncatedMass, missingMass].map((array) => array.buffer as ArrayBuffer),
});

/** The rows below each other: where they lie already, when they have only been scaled there. */
function joined(visits: VisitRows, rows: readonly ScoredEntries[], nodes: number): CsrMatrix {
  if (rows.some(({ values }) => values.buffer !== visits.values.buffer)) return csrOfRows(rows, nodes);
  const entries = visits.ends.at(-1)!;
  return {
    rows: rows.length,
    cols: nodes,
    indptr: Int32Array.from(visits.ends),
    indices: visits.indices.subarray(0, entries),
    data: visits.values.subarray(0, entries),
  };
}

/** Sources of a batch that a worker takes at once, at most; fewer give every worker the same number. */
const mostSources = 1024;

class Walker implements PowerWalk {
  readonly #rule: PprRule;
  readonly #transitions: Transitions;
  readonly #fingerprints: Fingerprints | undefined;
  readonly #scores: PprScores;
  readonly #pool: Pool | undefined;
  #decomposition: VertexDecomposition | undefined;

  constructor(
    rule: PprRule,
    transitions: Transitions,
    fingerprints: Fingerprints | undefined,
    scores: PprScores,
    pool: Pool | undefined,
  ) {
    this.#rule = rule;
    this.#transitions = transitions;
    this.#fingerprints = fingerprints;
    this.#scores = scores;
    this.#pool = pool;
  }

  query(source: number, options: PprQueryOptions = {}): PprVector {
    requireKnownOptions("options", options, queryOptions);
    requireInteger("source", source, 0, this.#transitions.nodes - 1);
    const { rule, topK } = this.#checked(options);
    this.#decomposition ??= new VertexDecomposition(this.#transitions, this.#fingerprints);
    const rows = new VisitRows(0, 1);
    this.#decomposition.run(source, rule, rows);
    const scores = largest(this.#scores.finish(rows), topK);
    return {
      size: this.#transitions.nodes,
      indices: scores.indices,
      values: scores.values,
      truncatedMass: rows.truncated[0]!,
      missingMass: rows.missing[0]!,
    };
  }

  async queryBatch(sources: ArrayLike<number>, options: PprBatchOptions = {}): Promise<PprBatch> {
    requireKnownOptions("options", options, batchOptions);
    const starts = requireSources("sources", sources, this.#transitions.nodes);
    const { rule, topK } = this.#checked(options);
    const common = {
      transitions: this.#transitions,
      fingerprints: this.#fingerprints,
      rule,
      mean: this.#scores.mean,
      topK,
    };
    const rounds = Math.ceil(starts.length / (mostSources * (this.#pool?.size ?? 1)));
    const size = Math.ceil(starts.length / (rounds * (this.#pool?.size ?? 1)));
    const jobs: QueryJob[] = [];
    for (let first = 0; first < starts.length; first += size)
      jobs.push({ ...common, sources: starts.slice(first, first + size) });
    const parts = await mapParts(queryTask, jobs, options, this.#pool);
    if (parts.length === 1) return parts[0]!;
    return {
      scores: stacked(parts.map(({ scores }) => scores)),
      truncatedMass: Float64Array.from(parts.flatMap(({ truncatedMass }) => [...truncatedMass])),
      missingMass: Float64Array.from(parts.flatMap(({ missingMass }) => [...missingMass])),
    };
  }

  async *queryStream(
    sources: Iterable<number> | AsyncIterable<number>,
    options: PprBatchOptions & { readonly batch?: number } = {},
  ): AsyncGenerator<{ source: number; ppr: PprVector }, void, undefined> {
    const { batch = 1024, ...rest } = options;
    requireInteger("options.batch", batch, 1);
    let waiting: number[] = [];
    for await (const source of sources) {
      waiting.push(source);
      if (waiting.length < batch) continue;
      yield* this.#answers(waiting, rest);
      waiting = [];
    }
    if (waiting.length > 0) yield* this.#answers(waiting, rest);
  }

  async *#answers(
    sources: readonly number[],
    options: PprBatchOptions,
  ): AsyncGenerator<{ source: number; ppr: PprVector }, void, undefined> {
    const { scores, truncatedMass, missingMass } = await this.queryBatch(sources, options);
    for (const [row, source] of sources.entries()) {
      const [first, last] = [scores.indptr[row]!, scores.indptr[row + 1]!];
      const ppr = {
        size: scores.cols,
        indices: scores.indices.slice(first, last),
        values: scores.data.slice(first, last),
        truncatedMass: truncatedMass[row]!,
        missingMass: missingMass[row]!,
      };
      yield { source, ppr };
    }
  }

  #checked(options: PprQueryOptions): { rule: DecompositionRule; topK: number } {
    return {
      rule: {
        ...this.#rule,
        iterations: requireInteger("options.iterations", options.iterations ?? 2, 0, 10_000),
        threshold: requireFinite("options.threshold", options.threshold ?? 0, 0, 1),
      },
      topK:
        options.topK === undefined
          ? Number.POSITIVE_INFINITY
          : requireInteger("options.topK", options.topK, 1),
    };
  }
}

/** Matrices of as many columns below each other. */
function stacked(parts: readonly CsrMatrix[]): CsrMatrix {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const entries = parts.reduce((sum, part) => sum + part.data.length, 0);
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(entries);
  const data = new Float64Array(entries);
  let row = 0;
  let at = 0;
  for (const part of parts) {
    for (let i = 1; i <= part.rows; i++) indptr[row + i] = at + part.indptr[i]!;
    indices.set(part.indices, at);
    data.set(part.data, at);
    row += part.rows;
    at += part.data.length;
  }
  return { rows, cols: parts[0]!.cols, indptr, indices, data };
}

/** The entries with the largest values, still by ascending index. */
function largest(entries: ScoredEntries, topK: number): ScoredEntries {
  const { indices, values } = entries;
  if (values.length <= topK) return entries;
  const order = Int32Array.from(values, (_, k) => k)
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .subarray(0, topK)
    .sort();
  return {
    indices: Int32Array.from(order, (k) => indices[k]!),
    values: Float64Array.from(order, (k) => values[k]!),
  };
}

async function requireFit(graph: Graph, index: FingerprintIndex, options: PprOptions): Promise<void> {
  if (index.nodes !== graph.nodes || index.graphHash !== (await contentHash(graph)))
    throw new InvalidInputError(
      "index",
      `fingerprint index does not match graph: built for ${index.nodes} vertices and graph ` +
        `${index.graphHash.slice(0, 12)}, got ${graph.nodes} vertices`,
    );
  for (const name of pprOptions)
    if (options[name] !== undefined && options[name] !== index[name])
      throw new InvalidInputError(
        `options.${name}`,
        `fingerprint index does not match: it was built with ${index[name]}, got ${options[name]}`,
      );
}

function sharedTransitions(transitions: Transitions, sharing: boolean): Transitions {
  if (!sharing) return transitions;
  const { nodes, indptr, indices, probabilities } = transitions;
  return {
    nodes,
    indptr: inSharedMemory(indptr),
    indices: inSharedMemory(indices),
    probabilities: probabilities && inSharedMemory(probabilities),
  };
}

function sharedFingerprints(index: FingerprintIndex, sharing: boolean): Fingerprints {
  const { walks, teleport, estimator, indptr, indices, counts, totals } = index;
  const parts = { indptr, indices, counts, totals };
  if (!sharing) return { walks, teleport, estimator, ...parts };
  return {
    walks,
    teleport,
    estimator,
    indptr: inSharedMemory(indptr),
    indices: inSharedMemory(indices),
    counts: inSharedMemory(counts),
    totals: inSharedMemory(totals),
  };
}
