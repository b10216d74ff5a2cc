import {
  type bm25Index,
  exactIndex,
  FdeEncoder,
  type MipsIndex,
  type MuveraIndex,
  type RunEvaluation,
  type TextIndex,
  type VectorIndex,
} from "ockham/retrieval";
import type { Method, Registration } from "./registration.ts";

/** Three sets of vectors of length 2. */
const documents = () => ({
  points: Float32Array.of(1, 0, 0, 1, 0.6, 0.8, -1, 0),
  offsets: Int32Array.of(0, 2, 3, 4),
});
const query = () => Float32Array.of(0.8, 0.6, 0, -1);
const index = (): MipsIndex => exactIndex(documents().points, 2);
const hits = (found: MipsIndex): unknown => found.search(Float32Array.of(1, 2), 2);

const measure: Method = {
  args: () => ({ found: [3, 1], relevant: [1], k: 2 }),
  trusts: "values",
  accepts: { found: ["empty"] },
};

export const registration: Registration = {
  methods: {
    chamfer: { args: () => ({ q: query(), p: Float32Array.of(1, 0), dimension: 2 }) },
    searchChamfer: {
      args: () => ({ query: query(), documents: documents(), dimension: 2, k: 2 }),
    },
    buildMuveraIndex: {
      args: () => ({
        documents: documents(),
        config: { dimension: 2, repetitions: 2, simhashProjections: 1, projectionDimension: 2 },
        options: {},
      }),
      long: true,
      invalid: { index: ["tree"] },
      plain: (built: MuveraIndex) => built.search(query(), { k: 2, candidates: 3 }),
    },
    muveraIndexOf: {
      args: () => ({
        encoder: new FdeEncoder({
          dimension: 2,
          repetitions: 1,
          simhashProjections: 0,
          projection: "identity",
        }),
        documents: documents(),
        index: exactIndex(Float32Array.of(1, 0, 0, 1, 1, 1), 2),
      }),
      plain: (built: MuveraIndex) => built.search(query(), { k: 2, candidates: 3 }),
    },
    carveBalls: { args: () => ({ points: query(), dimension: 2, similarity: 0.5 }) },
    exactIndex: { args: () => ({ vectors: documents().points, dimension: 2 }), plain: hits as never },
    fitProductQuantizer: {
      args: () => ({ vectors: documents().points, dimension: 2, options: { group: 1 } }),
      long: true,
      invalid: { group: [0, 3], sample: [0], iterations: [0], seed: [0.5] },
      plain: ({ centroids }: { centroids: Float32Array }) => centroids,
    },
    bm25Index: {
      args: () => ({ documents: [["a", "b"], ["a"]], options: {} }),
      invalid: { k1: [-1, Number.NaN], b: [-0.1, 1.1] },
      plain: (built: ReturnType<typeof bm25Index>) => built.search(["a"], 2),
    },
    meanPool: { args: () => ({ sets: documents(), dimension: 2 }) },
    singleVectorCandidates: {
      args: () => ({ query: query(), vectors: index(), offsets: documents().offsets, perVector: 2 }),
      accepts: { offsets: ["empty", "shape"] },
    },
    joinSets: { args: () => ({ sets: [query(), query()], dimension: 2 }), trusts: "arguments" },
    wordEncoder: {
      args: () => ({
        words: ["the", "cat", "dog"],
        vectors: { dtype: "float32", shape: [3, 2], data: Float32Array.of(1, 0, 0, 1, 1, 1) },
        options: { skip: 1 },
      }),
      invalid: { skip: [-1, 0.5] },
      plain: ({ vectorsOf }: { vectorsOf(words: readonly string[]): Float32Array }) => vectorsOf(["cat"]),
    },
    buildTextIndex: {
      args: () => ({
        passages: [{ file: "a.txt", line: 1, text: "the cat" }],
        vocabulary: {
          words: ["the", "cat", "dog"],
          vectors: { dtype: "float32", shape: [3, 2], data: Float32Array.of(1, 0, 0, 1, 1, 1) },
          skip: 1,
        },
        options: {},
      }),
      long: true,
      plain: (built: TextIndex) => built.search("dog", { k: 1, candidates: 1 }),
    },
    buildVectorIndex: {
      args: () => ({
        documents: documents(),
        config: { dimension: 2, repetitions: 2, simhashProjections: 1, projectionDimension: 2 },
        options: {},
      }),
      long: true,
      invalid: {
        ids: [
          ["a", "b"],
          ["a", "b", "a"],
          ["a", "b", ""],
        ],
      },
      plain: ({ encodings }: VectorIndex) => encodings,
    },
    evaluateRun: {
      args: () => ({
        run: new Map([["q", [{ document: "d", score: 1 }]]]),
        judgements: new Map([["q", new Map([["d", 1]])]]),
        options: {},
      }),
      invalid: { ndcg: [[0], [0.5]], recall: [[0]] },
      trusts: "arguments",
      plain: ({ means }: RunEvaluation) => means,
    },
    recallAt: measure,
    ndcgAt: measure,
    reciprocalRank: {
      args: () => ({ found: [3, 1], relevant: [1] }),
      trusts: "values",
      accepts: { found: ["empty"] },
    },
  },
  notMethods: {
    "a class whose methods are tested beside it": ["FdeEncoder"],
    "needs an optional package; tested beside it where that is installed": ["approximateIndex"],
    "a reader or a writer of files, tested with damaged ones": [
      "readPointSets",
      "readTextIndex",
      "readVectorIndex",
      "writeTextIndex",
      "writeVectorIndex",
    ],
    "takes a fitted model": ["quantizedIndex", "searchVectorIndex"],
  },
};
