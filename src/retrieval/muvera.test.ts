import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Matrix } from "../core/array/index.ts";
import { threadPool } from "../core/parallel/index.ts";
import { randomStream } from "../core/random/index.ts";
import {
  approximateIndex,
  bm25Index,
  buildMuveraIndex,
  carveBalls,
  chamfer,
  exactIndex,
  type FdeConfig,
  FdeEncoder,
  fitProductQuantizer,
  joinSets,
  meanPool,
  ndcgAt,
  type PointSets,
  quantizedIndex,
  recallAt,
  reciprocalRank,
  searchChamfer,
  singleVectorCandidates,
  wordEncoder,
} from "./index.ts";

const pool = threadPool({ threads: 2 });
afterAll(() => pool.close());

const points = (...rows: readonly (readonly number[])[]): Float32Array => Float32Array.from(rows.flat());
const close = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6): void => {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs(actual[i]! - value), `entry ${i}`).toBeLessThan(tolerance);
};
const product = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Sets of unit vectors around some directions of their own. */
function clouds(count: number, dimension: number, seed: number): PointSets {
  const sets = Array.from({ length: count }, (_, i) => {
    const stream = randomStream(seed, "cloud", i);
    const rows = 3 + stream.integer(6);
    const topic = stream.fillNormal(new Float32Array(dimension));
    const set = stream.fillNormal(new Float32Array(rows * dimension));
    for (let row = 0; row < rows; row++) {
      const part = set.subarray(row * dimension, (row + 1) * dimension);
      for (let x = 0; x < dimension; x++) part[x]! += topic[x]!;
      const length = Math.sqrt(product(part, part));
      for (let x = 0; x < dimension; x++) part[x]! /= length;
    }
    return set;
  });
  return joinSets(sets, dimension);
}
const setOf = (sets: PointSets, i: number, dimension: number): Float32Array =>
  sets.points.slice(sets.offsets[i]! * dimension, sets.offsets[i + 1]! * dimension);

describe("fixed dimensional encodings", () => {
  const plane: Matrix = { dtype: "float64", shape: [2, 1], data: Float64Array.of(1, 0) };
  const encoder = (fill: boolean): FdeEncoder =>
    new FdeEncoder(
      {
        dimension: 2,
        repetitions: 1,
        simhashProjections: 1,
        projection: "identity",
        fillEmptyPartitions: fill,
      },
      [{ simhash: plane }],
    );
  const query = points([1, 0], [0.6, 0.8], [-1, 0]);

  test("sum a query's vectors and average a document's in every cell", () => {
    const document = points([0, 1], [0.8, 0.6], [1, 0]);
    close(encoder(true).encodeQuery(query), [-1, 0, 1.6, 0.8]);
    close(encoder(true).encodeDocument(document), [0, 1, 0.9, 0.3]);
    expect(product(encoder(true).encodeQuery(query), encoder(true).encodeDocument(document))).toBeCloseTo(
      1.68,
      6,
    );
    expect(chamfer(query, document, 2)).toBeCloseTo(1.96, 6);
  });

  test("fill a document's empty cells and never a query's", () => {
    const document = points([0.8, 0.6]);
    close(encoder(true).encodeDocument(document), [0.8, 0.6, 0.8, 0.6]);
    close(encoder(false).encodeDocument(document), [0, 0, 0.8, 0.6]);
    close(encoder(true).encodeQuery(points([1, 0])), [0, 0, 1, 0]);
    const q = encoder(true).encodeQuery(query);
    expect(product(q, encoder(true).encodeDocument(document))).toBeCloseTo(0.96, 6);
    expect(product(q, encoder(false).encodeDocument(document))).toBeCloseTo(1.76, 6);
    expect(chamfer(query, document, 2)).toBeCloseTo(0.96, 6);
  });

  test("number cells by the Gray code of the sides, in the order of the hyperplanes", () => {
    const identity: Matrix = {
      dtype: "float64",
      shape: [3, 3],
      data: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    };
    const config: FdeConfig = {
      dimension: 3,
      repetitions: 1,
      simhashProjections: 3,
      projection: "identity",
      fillEmptyPartitions: false,
    };
    const cube = new FdeEncoder(config, [{ simhash: identity }]);
    for (const [sides, cell] of Object.entries({
      "000": 0,
      "001": 1,
      "010": 3,
      "011": 2,
      "100": 7,
      "101": 6,
      "110": 4,
      "111": 5,
    })) {
      const encoding = cube.encodeQuery(Float32Array.from(sides, (side) => (side === "1" ? 1 : -1)));
      expect(encoding.findIndex((value) => value !== 0)).toBe(3 * cell);
    }
    // Empty cells take the first vector of the nearest sides.
    const filled = new FdeEncoder({ ...config, fillEmptyPartitions: true }, [{ simhash: identity }]);
    const encoding = filled.encodeDocument(points([-1, -1, -2], [3, 3, 3]));
    close(encoding.slice(3 * 1, 3 * 2), [-1, -1, -2]);
    close(encoding.slice(3 * 6, 3 * 7), [3, 3, 3]);
  });

  test("without hyperplanes are the query's sum and the document's mean", () => {
    const flat = new FdeEncoder({
      dimension: 2,
      repetitions: 2,
      simhashProjections: 0,
      projection: "identity",
    });
    close(flat.encodeQuery(query), [0.6, 0.8, 0.6, 0.8]);
    close(flat.encodeDocument(query), [0.2, 0.8 / 3, 0.2, 0.8 / 3]);
  });

  test("sketch by the matrices that they tell", () => {
    const sketched = new FdeEncoder({
      dimension: 5,
      repetitions: 2,
      simhashProjections: 0,
      projectionDimension: 3,
    });
    const x = points([1, 2, 3, 4, 5]);
    const expected = [0, 1].flatMap((r) => {
      const { data } = sketched.matrices(r).projection;
      return [0, 1, 2].map((c) => x.reduce((sum, value, i) => sum + value * data[3 * i + c]!, 0));
    });
    close(sketched.encodeQuery(x), expected);
  });

  test("sketched inner products are right on average, after a final projection too", () => {
    const [a, b] = [points([0.6, 0.8, 0]), points([1, 0, 0])];
    for (const final of [{}, { finalProjectionDimension: 4 }]) {
      let mean = 0;
      for (let seed = 0; seed < 3000; seed++) {
        const e = new FdeEncoder({
          dimension: 3,
          repetitions: 1,
          simhashProjections: 1,
          projectionDimension: 2,
          seed,
          ...final,
        });
        mean += product(e.encodeQuery(a), e.encodeDocument(b)) / 3000;
      }
      expect(Math.abs(mean - 0.6)).toBeLessThan(0.06);
    }
  });

  test("without a sketch never estimate more than the Chamfer similarity", () => {
    const sets = clouds(8, 6, 1);
    const numbers = fc.record({ k: fc.nat(4), seed: fc.nat(1000), q: fc.nat(7), p: fc.nat(7) });
    fc.assert(
      fc.property(numbers, ({ k, seed, q, p }) => {
        const e = new FdeEncoder({
          dimension: 6,
          repetitions: 3,
          simhashProjections: k,
          projection: "identity",
          seed,
        });
        const estimate = product(e.encodeQuery(setOf(sets, q, 6)), e.encodeDocument(setOf(sets, p, 6))) / 3;
        expect(estimate).toBeLessThanOrEqual(chamfer(setOf(sets, q, 6), setOf(sets, p, 6), 6) + 1e-5);
      }),
    );
  });

  test("of a batch are those of its sets, on any number of workers", async () => {
    const sets = clouds(600, 8, 2);
    const e = new FdeEncoder({
      dimension: 8,
      repetitions: 3,
      simhashProjections: 3,
      projectionDimension: 4,
      seed: 9n,
    });
    const batch = await e.encodeBatch(sets, "document");
    expect(await e.encodeBatch(sets, "document", { pool })).toEqual(batch);
    for (const i of [0, 255, 256, 599])
      expect(batch.slice(i * e.outputDimension, (i + 1) * e.outputDimension)).toEqual(
        e.encodeDocument(setOf(sets, i, 8)),
      );
  });

  test("refuse what has no encoding", () => {
    const e = new FdeEncoder({ dimension: 2 });
    expect(() => e.encodeQuery(Float32Array.of(1, 2, 3))).toThrow(
      /length 3 is not a multiple of dimension 2/,
    );
    expect(() => e.encodeQuery(new Float32Array(0))).toThrow(/empty point cloud/);
    expect(() => e.encodeDocument(Float32Array.of(1, 2, Number.NaN, 0))).toThrow(/got NaN in row 1/);
    expect(() => new FdeEncoder({ dimension: 2, simhashProjections: 31 })).toThrow(/simhashProjections/);
    expect(() => new FdeEncoder({ dimension: 2, projectionDimension: 0 })).toThrow(/projectionDimension/);
    expect(() => new FdeEncoder({ dimension: 100, simhashProjections: 20 })).toThrow(/335544320/);
  });
});

describe("indexes of inner products", () => {
  const dimension = 24;
  const vectors = randomStream(5).fillNormal(new Float32Array(500 * dimension));
  const queries = randomStream(6).fillNormal(new Float32Array(20 * dimension));
  const truth = (q: number): number[] =>
    Array.from({ length: 500 }, (_, i) => i).sort((a, b) => score(q, b) - score(q, a) || a - b);
  const score = (q: number, i: number): number =>
    product(
      queries.subarray(q * dimension, (q + 1) * dimension),
      vectors.subarray(i * dimension, (i + 1) * dimension),
    );

  test("give the largest products in order, one query at a time or many", () => {
    const index = exactIndex(vectors, dimension);
    const many = index.searchMany(queries, 10);
    for (let q = 0; q < 20; q++) {
      const one = index.search(queries.subarray(q * dimension, (q + 1) * dimension), 10);
      expect([...one.ids]).toEqual(truth(q).slice(0, 10));
      expect([...many[q]!.ids]).toEqual([...one.ids]);
      close(many[q]!.scores, [...one.scores], 1e-5);
    }
    expect(index.search(queries.subarray(0, dimension), 9999).ids.length).toBe(500);
    expect([...exactIndex(new Float32Array(4).fill(1), 1).search(Float32Array.of(1), 2).ids]).toEqual([0, 1]);
  });

  test("of a graph find nearly all of the largest products, with their values", async ({ skip }) => {
    const index = await approximateIndex(vectors, dimension, { storage: "float32" }).catch((error: Error) => {
      if (/cannot be loaded/.test(error.message)) skip("the package usearch is not installed");
      throw error;
    });
    let found = 0;
    for (let q = 0; q < 20; q++) {
      const { ids, scores } = index.search(queries.subarray(q * dimension, (q + 1) * dimension), 10);
      found += truth(q)
        .slice(0, 10)
        .filter((i) => ids.includes(i)).length;
      expect(scores[0]!).toBeCloseTo(score(q, ids[0]!), 3);
    }
    expect(found).toBeGreaterThan(180);
    expect(index.exact).toBe(false);
  });

  test("of codes keep what the centroids can tell", async () => {
    // Few distinct groups: every one is a centroid, and nothing is lost.
    const stream = randomStream(7);
    const words = stream.fillNormal(new Float32Array(40 * 8));
    const composed = new Float32Array(300 * 24);
    for (let i = 0; i < 300; i++)
      for (let g = 0; g < 3; g++) {
        const word = stream.integer(40);
        composed.set(words.subarray(8 * word, 8 * word + 8), 24 * i + 8 * g);
      }
    const exact = exactIndex(composed, 24);
    const quantizer = await fitProductQuantizer(composed, 24, { iterations: 20 });
    const index = quantizedIndex(quantizer, quantizer.encode(composed));
    for (let q = 0; q < 20; q++) {
      const query = queries.subarray(q * 24, (q + 1) * 24);
      close(index.search(query, 5).scores, [...exact.search(query, 5).scores], 1e-4);
    }
    expect(quantizer.encode(composed).length).toBe(900);
  });
});

describe("search", () => {
  const dimension = 16;
  const documents = clouds(400, dimension, 3);
  const queries = clouds(30, dimension, 3);

  test("with all documents for candidates is the exact search", async () => {
    const index = await buildMuveraIndex(documents, { dimension, repetitions: 2, simhashProjections: 2 });
    for (let q = 0; q < 5; q++) {
      const query = setOf(queries, q, dimension);
      const hits = index.search(query, { k: 7, candidates: 400 });
      const { ids, scores } = searchChamfer(query, documents, dimension, 7);
      expect(hits.map(({ document }) => document)).toEqual([...ids]);
      close(
        hits.map(({ score }) => score),
        [...scores],
      );
    }
  });

  test("finds a document by its own vectors, with every index, far more often than by chance", async () => {
    const config = { dimension, repetitions: 10, simhashProjections: 3, projectionDimension: 8 };
    for (const index of ["exact", "quantized"] as const) {
      const built = await buildMuveraIndex(documents, config, { index, pool });
      for (let q = 0; q < 30; q++) {
        const [best] = built.search(setOf(queries, q, dimension), { k: 1, candidates: 20 });
        expect(best!.document).toBe(q);
      }
      expect(built.search(setOf(queries, 0, dimension), { k: 3, rerank: false })).toHaveLength(3);
    }
  });

  test("with carved balls sums near vectors and keeps scores of separate ones", async () => {
    close(carveBalls(points([1, 0], [0, 1], [0.9, 0.1]), 2, 0.7), [1.9, 0.1, 0, 1]);
    close(carveBalls(points([1, 0], [0, 1]), 2, 2), [1, 0, 0, 1]);
    const index = await buildMuveraIndex(documents, { dimension });
    const query = setOf(queries, 3, dimension);
    expect(index.search(query, { k: 5, ballCarving: 2 })).toEqual(index.search(query, { k: 5 }));
    expect(index.search(query, { k: 1, ballCarving: 0.6 })[0]!.document).toBe(3);
  });

  test("refuses fewer candidates than documents wanted", async () => {
    const index = await buildMuveraIndex(documents, { dimension });
    expect(() => index.search(setOf(queries, 0, dimension), { k: 5, candidates: 4 })).toThrow(/candidates/);
  });
});

describe("baselines and measures", () => {
  test("the single-vector heuristic proposes each document once, nearest vectors first", () => {
    const documents = joinSets([points([1, 0], [0.9, 0.1]), points([0, 1]), points([-1, 0])], 2);
    const index = exactIndex(documents.points, 2);
    expect([...singleVectorCandidates(points([1, 0.1]), index, documents.offsets, 2)]).toEqual([0]);
    expect([...singleVectorCandidates(points([1, 0.1], [-1, 0]), index, documents.offsets, 2)]).toEqual([
      0, 2, 1,
    ]);
    close(meanPool(documents, 2), [0.95, 0.05, 0, 1, -1, 0]);
  });

  test("BM25 prefers rare words, repetitions and short documents", () => {
    const index = bm25Index([
      ["a", "b"],
      ["a", "c"],
      ["a", "c", "c"],
      ["a", "d", "e", "f", "g", "h"],
    ]);
    expect([...index.search(["c"], 5).ids]).toEqual([2, 1]);
    expect(index.search(["a", "b"], 1).ids[0]).toBe(0);
    expect(index.search(["a"], 4).ids.at(-1)).toBe(3);
    expect(index.search(["z"], 4).ids.length).toBe(0);
  });

  test("measures have the values of their definitions", () => {
    expect(recallAt([4, 2, 9], [2, 7], 2)).toBe(0.5);
    expect(ndcgAt([4, 2], [2], 10)).toBeCloseTo(1 / Math.log2(3), 12);
    expect(ndcgAt([2, 7], [7, 2], 10)).toBe(1);
    expect(reciprocalRank([4, 2], [2])).toBe(0.5);
    expect(reciprocalRank([4], [2])).toBe(0);
  });

  test("words are encoded by unit vectors freed of their mean", () => {
    const words = ["the", "cat", "dog", "re-enter"];
    const data = Float32Array.of(1, 0, 0, 1, 1, 1, -1, 0);
    const encoder = wordEncoder(words, { dtype: "float32", shape: [4, 2], data }, { skip: 1 });
    const found = encoder.wordsOf("The cat's DOG would re-enter, the-cat?");
    expect(found).toEqual(["cat", "dog", "re-enter", "cat"]);
    const rows = encoder.vectorsOf(found);
    for (let i = 0; i < rows.length; i += 2) expect(Math.hypot(rows[i]!, rows[i + 1]!)).toBeCloseTo(1, 6);
    expect(() => encoder.vectorsOf(["the"])).toThrow(/"the" has no vector/);
  });
});
