import type { Run, Table } from "ockham/paper";
import {
  exactIndex,
  muveraIndexOf,
  ndcgAt,
  recallAt,
  reciprocalRank,
  searchChamfer,
  type WordEncoder,
} from "ockham/retrieval";
import { corpusOf } from "./corpus.ts";
import { bm25Candidates, encodeCorpus, encoderOf, meanPoolCandidates, type Setting } from "./methods.ts";

/** Documents found by people's judgement: Cranfield and CISI, all judged queries. */
export async function judgedTable(
  run: Run,
  encoder: WordEncoder,
  setting: Setting,
  at: number,
): Promise<Table> {
  const { loadTestCollection } = await import("ockham/data");
  const rows: (string | number)[][] = [];
  for (const name of ["cranfield", "cisi"] as const) {
    const { documents, queries, relevant } = await loadTestCollection(name, run.stage(name, at, at));
    const words = documents.map((text) => encoder.wordsOf(text));
    const asked = queries.map((text) => encoder.wordsOf(text));
    // A document or a query without a known word has no vectors; it is left out and never counts as found.
    const kept = [...words.keys()].filter((i) => words[i]!.length > 0);
    const judged = [...asked.keys()].filter((q) => relevant[q]!.length > 0 && asked[q]!.length > 0);
    const corpus = corpusOf(
      encoder,
      kept.map((i) => words[i]!),
      judged.map((q) => asked[q]!),
    );
    const encoded = await encodeCorpus(corpus, encoderOf(corpus, setting, 0), run.pool, run.signal);
    const index = exactIndex(encoded.documents, encoded.encoder.outputDimension);
    const muvera = muveraIndexOf(encoded.encoder, corpus.documents, index);
    const found: Record<string, readonly ArrayLike<number>[]> = {
      "Chamfer, all documents": corpus.queries.map(
        (query) => searchChamfer(query, corpus.documents, encoder.dimension, 100).ids,
      ),
      "encodings, 200 candidates reranked": corpus.queries.map((query) =>
        muvera.search(query, { k: 100, candidates: 200 }).map(({ document }) => document),
      ),
      "encodings alone": index.searchMany(encoded.queries, 100).map(({ ids }) => ids),
      "mean pooling, documents of length 1": meanPoolCandidates(corpus, true),
      BM25: bm25Candidates(corpus),
    };
    for (const [method, answers] of Object.entries(found)) {
      const score = (of: (ids: number[], wanted: readonly number[]) => number): number =>
        answers.reduce(
          (sum, ids, i) =>
            sum +
            of(
              Array.from(ids, (id) => kept[id]!),
              relevant[judged[i]!]!,
            ),
          0,
        ) / answers.length;
      rows.push([
        name,
        method,
        score((ids, wanted) => ndcgAt(ids, wanted, 10)),
        score((ids, wanted) => recallAt(ids, wanted, 100)),
        score(reciprocalRank),
      ]);
    }
  }
  return {
    id: "judged",
    title:
      "Cranfield (225 queries) and CISI (76 judged queries): abstracts found, word vectors without context",
    columns: [
      { name: "collection" },
      { name: "method" },
      { name: "nDCG at 10", digits: 3 },
      { name: "recall at 100", digits: 3 },
      { name: "MRR", digits: 3 },
    ],
    rows,
  };
}
