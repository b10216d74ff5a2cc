import type { Run, Table } from "ockham/paper";
import type { Cell } from "ockham/report";
import {
  approximateIndex,
  fitProductQuantizer,
  type MipsIndex,
  muveraIndexOf,
  quantizedIndex,
  recallAt,
  searchChamfer,
} from "ockham/retrieval";
import type { Corpus } from "./corpus.ts";
import { type Encoded, mostCandidates } from "./methods.ts";

export interface EndToEnd {
  /** Median times of a query in milliseconds. */
  readonly exact: number;
  readonly search: number;
  /** Mean share of the exact ten best that a search with 100 candidates finds. */
  readonly recall: number;
  readonly table: Table;
}

/** Brute-force Chamfer against search and reranking in the graph index, at several widths of the search. */
export async function endToEnd(
  run: Run,
  corpus: Corpus,
  encoded: Encoded,
  truth: readonly Int32Array[],
): Promise<EndToEnd | { readonly skipped: string }> {
  const { queries, documents, encoder } = corpus;
  const exact = median(
    queries.slice(0, 50).map((query) => timed(() => searchChamfer(query, documents, encoder.dimension, 10))),
  );
  const rows: Cell[][] = [["all documents by Chamfer similarity", null, exact, 1, 1]];
  let best: EndToEnd | undefined;
  for (const width of [64, 256]) {
    const started = performance.now();
    let index: MipsIndex;
    try {
      index = await approximateIndex(encoded.documents, encoded.encoder.outputDimension, {
        expansionSearch: width,
        signal: run.signal,
      });
    } catch (error) {
      run.signal.throwIfAborted();
      return { skipped: (error as Error).message };
    }
    const build = (performance.now() - started) / 1000;
    const muvera = muveraIndexOf(encoded.encoder, documents, index);
    const found: Int32Array[] = [];
    const search = median(
      queries.map((query) =>
        timed(() => {
          const hits = muvera.search(query, { k: 10, candidates: 100 });
          found.push(Int32Array.from(hits, ({ document }) => document));
        }),
      ),
    );
    const recall = found.reduce((sum, ids, q) => sum + recallAt(ids, truth[q]!, 10), 0) / found.length;
    rows.push([
      `graph index, ${width} wide, and 100 candidates reranked`,
      build,
      search,
      exact / search,
      recall,
    ]);
    const outcome = { exact, search, recall };
    // The narrowest search that finds enough, else the widest.
    if (best === undefined || best.recall < 0.68) best = { ...outcome, table: emptyTable };
  }
  return { ...best!, table: { ...emptyTable, rows } };
}

const emptyTable: Table = {
  id: "end-to-end",
  title: "One query from its word vectors to the ten best documents, one thread",
  columns: [
    { name: "method" },
    { name: "index built in", unit: "s", digits: 3 },
    { name: "median query", unit: "ms", digits: 3 },
    { name: "faster", unit: "x", digits: 3 },
    { name: "share of the exact ten best", digits: 3 },
  ],
  rows: [],
};

/** Candidates by encodings of one byte for eight coordinates. */
export async function quantizedCandidates(encoded: Encoded, seed: number, run: Run): Promise<Int32Array[]> {
  const dimension = encoded.encoder.outputDimension;
  const quantizer = await fitProductQuantizer(encoded.documents, dimension, {
    sample: 1024,
    iterations: 4,
    seed,
    signal: run.signal,
  });
  const index = quantizedIndex(quantizer, quantizer.encode(encoded.documents));
  return index.searchMany(encoded.queries, mostCandidates).map(({ ids }) => ids);
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1]!;
}
