import { afterAll, expect, test } from "vitest";
import { fromNested, type NdArray, toNested } from "../core/array/index.ts";
import { threadPool } from "../core/parallel/index.ts";
import { csrFromTriplets, rowSums, scaleRows } from "../core/sparse/index.ts";
import {
  barabasiAlbert,
  fastRP,
  fitFastRP,
  type Graph,
  graphFromEdges,
  projectionMatrix,
  stochasticBlockModel,
} from "./index.ts";

const path = graphFromEdges({ sources: [0, 1], targets: [1, 2] });
const plain = { normalizeHops: false, standardize: false } as const;
const known = {
  projectionMatrix: fromNested([
    [1, 0],
    [0, 1],
    [1, -1],
  ]),
  beta: -0.5,
  weights: [1, 2],
};
const pool = threadPool({ threads: 2 });
afterAll(() => pool.close());

function expectNear(actual: NdArray, expected: readonly number[][]): void {
  expect(actual.shape).toEqual([expected.length, expected[0]!.length]);
  for (const [k, value] of expected.flat().entries()) expect(actual.data[k]).toBeCloseTo(value, 6);
}

test.each(["float32", "float64"] as const)(
  "hops and embedding of a path are the ones computed by hand (%s)",
  async (dtype) => {
    const model = await fitFastRP(path, { ...known, ...plain, dtype });
    const root2 = Math.SQRT2;
    expectNear(model.hops[0]!, [
      [0, root2],
      [2, -1],
      [0, root2],
    ]);
    expectNear(model.hops[1]!, [
      [2, -1],
      [0, root2],
      [2, -1],
    ]);
    const expected = [
      [4, -0.5857864],
      [2, 1.8284271],
      [4, -0.5857864],
    ];
    expectNear(await fastRP(path, { ...known, ...plain, dtype }), expected);
    expectNear(model.merge([1, 2]), expected);
    expectNear(await fastRP(path, { ...known, normalizeHops: true, standardize: false, dtype }), [
      [1.7888544, 0.1055728],
      [0.8944272, 1.5527864],
      [1.7888544, 0.1055728],
    ]);
    expectNear(await fastRP(path, { ...known, ...plain, merge: "concat", dtype }), [
      [0, root2, 4, -2],
      [2, -1, 0, 2 * root2],
      [0, root2, 4, -2],
    ]);
  },
);

test("standardised columns have mean 0 and deviation 1, and a constant column is 0", async () => {
  const { graph } = stochasticBlockModel(
    [30, 30],
    [
      [0.4, 0.1],
      [0.1, 0.4],
    ],
  );
  const { data, shape } = await fastRP(graph, { dim: 6, dtype: "float64" });
  for (let column = 0; column < 6; column++) {
    let sum = 0;
    let square = 0;
    for (let row = 0; row < shape[0]!; row++) {
      sum += Number(data[row * 6 + column]);
      square += Number(data[row * 6 + column]) ** 2;
    }
    expect(sum).toBeCloseTo(0, 9);
    expect(square / shape[0]!).toBeCloseTo(1, 9);
  }
  const constant = await fastRP(path, {
    projectionMatrix: fromNested([[1], [1], [1]]),
    beta: 0,
    weights: [1],
  });
  expect([...constant.data]).toEqual([0, 0, 0]);
});

test("entries of the very sparse projection have the stated density, size and mean", () => {
  const matrix = projectionMatrix(10000, 100, 100, 5);
  const density = matrix.data.length / 1e6;
  expect(Math.abs(density - 0.01)).toBeLessThanOrEqual(0.0005);
  expect(matrix.data.every((value) => Math.abs(Math.abs(value) - 1) < 1e-12)).toBe(true);
  expect(Math.abs(matrix.data.reduce((sum, value) => sum + value, 0) / 1e6)).toBeLessThanOrEqual(0.002);
});

test("rows of the projection do not depend on the number of rows", () => {
  const few = projectionMatrix(50, 40, 7, 3);
  const many = projectionMatrix(90, 40, 7, 3);
  expect([...many.indices.subarray(0, few.indices.length)]).toEqual([...few.indices]);
});

test("projections preserve squared row lengths on average, whichever kind they are", async () => {
  const { graph } = stochasticBlockModel(
    [60, 60],
    [
      [0.2, 0.02],
      [0.02, 0.2],
    ],
  );
  const walk = scaleRows(
    graph.adjacency,
    rowSums(graph.adjacency).map((sum) => (sum > 0 ? 1 / sum : 0)),
  );
  const exact = walk.data.reduce((sum, value) => sum + value * value, 0);
  for (const choice of [
    { projection: "gaussian" },
    { projection: "very-sparse", sparsity: 3 },
    { projection: "very-sparse", sparsity: "sqrt" },
  ] as const) {
    const { data } = await fastRP(graph, { ...plain, ...choice, beta: 0, weights: [1], dim: 4096 });
    const projected = (data as Float32Array).reduce((sum, value) => sum + value * value, 0);
    expect(projected / exact).toBeGreaterThan(0.93);
    expect(projected / exact).toBeLessThan(1.07);
  }
});

test("isolated and dangling vertices get zero vectors and are counted, never NaN", async () => {
  const graph = graphFromEdges({ sources: [0, 1, 0], targets: [1, 2, 2] }, { nodes: 5, directed: true });
  for (const beta of [-1, 0]) {
    const model = await fitFastRP(graph, { dim: 8, beta, sparsity: 1, weights: [1, 1] });
    expect(model.info).toEqual({ isolated: 2, dangling: 1 });
    const embedding = model.merge([1, 1]);
    expect(embedding.data.every(Number.isFinite)).toBe(true);
    for (const vertex of [2, 3, 4])
      expect([...embedding.data.slice(vertex * 8, vertex * 8 + 8)].every((value) => value === 0)).toBe(true);
  }
});

test("a vertex without edges is embedded by its own properties where there are some", async () => {
  const graph = graphFromEdges({ sources: [0, 1], targets: [1, 2] }, { nodes: 4 });
  const selfFeatures = fromNested([[1], [2], [3], [4]]);
  const options = { dim: 3, normalizeHops: false, selfFeatures, seed: 2 };
  const { data } = await fastRP(graph, options);
  expect(data.subarray(9).some((value) => value !== 0)).toBe(true);
  for (let k = 0; k < 3; k++)
    expect(Number(data[k]) + Number(data[3 + k]) + Number(data[6 + k]) + Number(data[9 + k])).toBeCloseTo(
      0,
      5,
    );
  const only = await fastRP(graph, { ...options, standardize: false, selfWeight: 0 });
  expect([...only.data.subarray(9)]).toEqual([0, 0, 0]);
});

test("one and two workers, and none, give the same bytes", async () => {
  const graph = barabasiAlbert(3000, 4, { seed: 2 });
  const options = { dim: 24, seed: 9, weights: [1, 2, 3], beta: -0.3 };
  const alone = await fastRP(graph, options);
  const single = threadPool({ threads: 1 });
  expect(await fastRP(graph, { ...options, pool })).toEqual(alone);
  expect(await fastRP(graph, { ...options, pool: single })).toEqual(alone);
  await single.close();
  expect(await fastRP(graph, { ...options, seed: 10 })).not.toEqual(alone);
});

test("a vertex whose edges are given as new gets the vector that it has", async () => {
  const graph = barabasiAlbert(60, 3, { seed: 4 });
  const features = fromNested(Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(i)]));
  for (const options of [{}, { merge: "concat" as const, standardize: false }, { selfFeatures: features }]) {
    const model = await fitFastRP(graph, { dim: 12, dtype: "float64", ...options });
    const all = model.transformNew(graph.adjacency, "selfFeatures" in options ? features : undefined);
    const fitted = await fastRP(graph, { dim: 12, dtype: "float64", ...options });
    for (let k = 0; k < fitted.data.length; k++) expect(all.data[k]).toBeCloseTo(Number(fitted.data[k]), 10);
  }
  const model = await fitFastRP(graph, { dim: 4 });
  expect(() => model.transformNew(csrFromTriplets(1, 7, [], [], []))).toThrow(/rows: expected any x 60/);
  expect(() => model.transformNew(graph.adjacency, features)).toThrow(/selfFeatures: the fit had none/);
});

test("vertices of one block are closer to each other than to the other block", async () => {
  const { graph, labels } = stochasticBlockModel(
    [40, 40],
    [
      [0.5, 0.05],
      [0.05, 0.5],
    ],
    { seed: 1 },
  );
  const { data } = await fastRP(graph, { dim: 64, beta: 0, sparsity: 3 });
  const cosine = (u: number, v: number): number => {
    let dot = 0;
    for (let k = 0; k < 64; k++) dot += Number(data[u * 64 + k]) * Number(data[v * 64 + k]);
    return dot;
  };
  let same = 0;
  let other = 0;
  for (let u = 0; u < 80; u++) {
    for (let v = 0; v < u; v++) {
      if (labels[u] === labels[v]) same += cosine(u, v) / (40 * 39);
      else other += cosine(u, v) / 1600;
    }
  }
  expect(same).toBeGreaterThan(other + 1);
});

test("adjacency input and scaling of the graph change what they should and nothing else", async () => {
  const twice: Graph = graphFromEdges({ sources: [0, 1], targets: [1, 2], weights: [2, 2] });
  const options = { ...known, ...plain, dtype: "float64" as const };
  expectNear(await fastRP(twice, options), toNested(await fastRP(path, options)) as number[][]);
  expectNear(await fastRP(path, { ...options, beta: 0, weights: [1], input: "adjacency" }), [
    [0, 1],
    [2, -1],
    [0, 1],
  ]);
});

test("options out of range and broken graphs are refused by name", async () => {
  const refuse = (options: object, message: RegExp | string, graph: unknown = path) =>
    expect(fastRP(graph as Graph, options)).rejects.toThrow(message);
  await refuse({ dim: 0 }, /options.dim/);
  await refuse({ weights: [] }, /options.weights/);
  await refuse({ weights: [0, 0] }, /options.weights: expected a weight that is not zero/);
  await refuse({ weights: [1, Number.NaN] }, /options.weights\[1\]/);
  await refuse({ sparsity: 0.5 }, /options.sparsity/);
  await refuse({ beta: Number.POSITIVE_INFINITY }, /options.beta/);
  await refuse({ standardize: "yes" }, /options.standardize/);
  await refuse({ dimension: 8 }, /options.dimension: unknown option/);
  await refuse({ projectionMatrix: fromNested([[1]]) }, /options.projectionMatrix/);
  await refuse({ selfFeatures: fromNested([[1]]) }, /options.selfFeatures/);
  await refuse({}, "graph: must be square, got 2 x 3", csrFromTriplets(2, 3, [0], [1], [1]));
  await refuse({}, "graph: has no edges", graphFromEdges({ sources: [], targets: [] }, { nodes: 3 }));
  await refuse({}, /entry \(0, 1\) is -1/, csrFromTriplets(2, 2, [0], [1], [-1]));
  await refuse(
    { weights: new Array(40).fill(1), input: "adjacency", ...plain },
    /overflows float32/,
    barabasiAlbert(300, 8),
  );
  await refuse({ signal: AbortSignal.abort(new Error("stop")) }, "stop");
});

test("progress never decreases and ends at the number of hops", async () => {
  const seen: number[] = [];
  await fastRP(path, { onProgress: ({ done, total }) => seen.push(done / total) });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(1);
});
