import { InvalidInputError } from "ockham";
import type { Run, Table } from "ockham/paper";
import type { Cell } from "ockham/report";
import {
  approximateIndex,
  exactIndex,
  fitProductQuantizer,
  type MipsIndex,
  muveraIndexOf,
  quantizedIndex,
  recallAt,
  searchChamfer,
} from "ockham/retrieval";
import type { Corpus } from "./corpus.ts";
import type { Encoded } from "./methods.ts";

export interface EndToEnd {
  /** Median times of a query in milliseconds: all documents by Chamfer similarity, and the search. */
  readonly exact: number;
  readonly search: number;
  /** Mean share of the exact ten best that a search with 100 candidates finds. */
  readonly recall: number;
  readonly table: Table;
}

/**
 * Brute-force Chamfer against search and reranking in quantised encodings, which the claims are about, and in
 * the other indexes.
 */
export async function endToEnd(
  run: Run,
  { queries, documents, encoder }: Corpus,
  encoded: Encoded,
  quantized: MipsIndex,
  truth: readonly Int32Array[],
): Promise<EndToEnd> {
  const exact = median(
    queries.map((query) => timed(() => searchChamfer(query, documents, encoder.dimension, 10))),
  );
  const rows: Cell[][] = [["all documents by Chamfer similarity", exact, 1, 1]];
  const measured = (name: string, index: MipsIndex): { search: number; recall: number } => {
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
    rows.push([`${name}, 100 candidates reranked`, search, exact / search, recall]);
    return { search, recall };
  };
  const claimed = measured("encodings of one byte for 8 numbers", quantized);
  const { outputDimension } = encoded.encoder;
  measured("encodings as they are", exactIndex(encoded.documents, outputDimension));
  for (const width of [64, 256]) {
    const { signal } = run;
    let index: MipsIndex;
    try {
      index = await approximateIndex(encoded.documents, outputDimension, { expansionSearch: width, signal });
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      // The package for it is optional.
      break;
    }
    measured(`graph index, ${width} wide`, index);
  }
  return {
    exact,
    ...claimed,
    table: {
      id: "end-to-end",
      title: "One query from its word vectors to the ten best documents, one thread",
      columns: [
        { name: "method" },
        { name: "median query", unit: "ms", digits: 3 },
        { name: "faster", unit: "x", digits: 3 },
        { name: "share of the exact ten best", digits: 3 },
      ],
      rows,
    },
  };
}

/** Encodings of one byte for eight coordinates. */
export async function quantize(encoded: Encoded, seed: number, run: Run): Promise<MipsIndex> {
  const dimension = encoded.encoder.outputDimension;
  const quantizer = await fitProductQuantizer(encoded.documents, dimension, {
    sample: 1024,
    iterations: 4,
    seed,
    signal: run.signal,
  });
  return quantizedIndex(quantizer, quantizer.encode(encoded.documents));
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1]!;
}
