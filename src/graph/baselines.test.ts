import { afterAll, expect, test } from "vitest";
import { fromNested, type NdArray, toNested } from "../core/array/index.ts";
import { eigh, matmul } from "../core/linalg/index.ts";
import { threadPool } from "../core/parallel/index.ts";
import { toDense } from "../core/sparse/index.ts";
import {
  barabasiAlbert,
  deepWalk,
  degrees,
  graphFromEdges,
  netMF,
  node2vec,
  randNE,
  stochasticBlockModel,
  tuneFastRP,
} from "./index.ts";
import { skipGramKernel, skipGramLayout, skipGramMemory } from "./skip-gram-kernel.ts";

const pool = threadPool({ threads: 2 });
afterAll(() => pool.close());

const blocks = stochasticBlockModel(
  [60, 60, 60],
  [
    [0.2, 0.01, 0.01],
    [0.01, 0.2, 0.01],
    [0.01, 0.01, 0.2],
  ],
  {
    seed: 1,
  },
);

/** Mean cosine of vertices of one block less that of vertices of two. */
function separation({ data, shape }: NdArray, labels: Int32Array): number {
  const [nodes, dim] = shape as [number, number];
  const sums = [0, 0];
  const counts = [0, 0];
  for (let u = 0; u < nodes; u++) {
    for (let v = 0; v < u; v++) {
      let [uu, uv, vv] = [0, 0, 0];
      for (let k = 0; k < dim; k++) {
        const [a, b] = [Number(data[u * dim + k]), Number(data[v * dim + k])];
        uu += a * a;
        uv += a * b;
        vv += b * b;
      }
      const same = labels[u] === labels[v] ? 0 : 1;
      sums[same]! += uv / Math.sqrt(uu * vv);
      counts[same]!++;
    }
  }
  return sums[0]! / counts[0]! - sums[1]! / counts[1]!;
}

test.each([2, 5, 9])(
  "the kernel takes the gradient step of the skip-gram loss with %i negatives",
  (negatives) => {
    const nodes = negatives + 4;
    const layout = skipGramLayout(nodes, 20, negatives, 1);
    const memory = skipGramMemory(layout, false);
    const train = skipGramKernel(layout, memory);
    const row = (base: number, u: number) => new Float32Array(memory.buffer, base + u * layout.stride, 20);
    for (let u = 0; u < nodes; u++) {
      row(layout.input, u).forEach((_, k, values) => {
        values[k] = Math.sin(1 + 7 * u + k) / 3;
      });
      row(layout.output, u).forEach((_, k, values) => {
        values[k] = Math.cos(2 + 5 * u - k) / 3;
      });
    }
    const [centre, ...others] = [2, 1, ...Array.from({ length: negatives }, (_, k) => k + 4)];
    const input = [...row(layout.input, centre!)];
    const outputs = others.map((u) => [...row(layout.output, u)]);
    const records = new Int32Array(memory.buffer, layout.lanes + layout.stride, 2 + negatives);
    records[0] = layout.input + centre! * layout.stride;
    for (const [i, u] of others.entries()) records[1 + i] = layout.output + u * layout.stride;
    const start = layout.lanes + layout.stride;
    train(start, start + 4 * (2 + negatives), layout.lanes, 0.1);
    const gradient = new Array<number>(20).fill(0);
    for (const [i, output] of outputs.entries()) {
      const dot = output.reduce((sum, value, k) => sum + value * input[k]!, 0);
      const step = 0.1 * ((i === 0 ? 1 : 0) - 1 / (1 + Math.exp(-dot)));
      const after = row(layout.output, others[i]!);
      for (let k = 0; k < 20; k++) {
        gradient[k]! += step * output[k]!;
        expect(after[k]).toBeCloseTo(output[k]! + step * input[k]!, 4);
      }
    }
    for (let k = 0; k < 20; k++)
      expect(row(layout.input, centre!)[k]).toBeCloseTo(input[k]! + gradient[k]!, 4);
    expect([...row(layout.output, 3)].map(Math.fround)).toEqual(
      Array.from({ length: 20 }, (_, k) => Math.fround(Math.cos(17 - k) / 3)),
    );
  },
);

test("DeepWalk and node2vec separate planted blocks", async () => {
  const options = { dim: 16, walksPerNode: 10, walkLength: 20, window: 5, pool };
  expect(separation(await deepWalk(blocks.graph, options), blocks.labels)).toBeGreaterThan(0.3);
  expect(
    separation(await node2vec(blocks.graph, { ...options, p: 0.5, q: 2 }), blocks.labels),
  ).toBeGreaterThan(0.3);
});

test("skip-gram training gives the same bytes with two workers, one and none", async () => {
  const options = { dim: 8, walksPerNode: 2, walkLength: 8, window: 3, negatives: 2, seed: 5 };
  const graph = barabasiAlbert(300, 2);
  const alone = await deepWalk(graph, options);
  expect(await deepWalk(graph, { ...options, pool })).toEqual(alone);
  expect(await deepWalk(graph, { ...options, seed: 6 })).not.toEqual(alone);
  expect(await node2vec(graph, { ...options, p: 1, q: 1 })).toEqual(alone);
  expect(await node2vec(graph, { ...options, p: 9, q: 1 })).not.toEqual(alone);
});

test("RandNE is the weighted sum of powers of the adjacency times an orthonormal projection", async () => {
  const { graph } = stochasticBlockModel(
    [12, 12],
    [
      [0.6, 0.2],
      [0.2, 0.6],
    ],
    { seed: 2 },
  );
  const options = { dim: 5, seed: 3, dtype: "float64" as const };
  const start = (await randNE(graph, { ...options, weights: [1] })) as NdArray<"float64">;
  const inner = toNested(matmul(start, start, { transposeA: true })) as number[][];
  for (let i = 0; i < 5; i++)
    for (let j = 0; j < 5; j++) expect(inner[i]![j]).toBeCloseTo(i === j ? 1 : 0, 10);
  const dense = toDense(graph.adjacency);
  const once = matmul(dense, start);
  const twice = matmul(dense, once);
  const mixed = await randNE(graph, { ...options, weights: [2, 3, 0.5] });
  for (let k = 0; k < mixed.data.length; k++)
    expect(mixed.data[k]).toBeCloseTo(2 * start.data[k]! + 3 * once.data[k]! + 0.5 * twice.data[k]!, 8);
  expect(await randNE(graph, { ...options, weights: [2, 3, 0.5], pool })).toEqual(mixed);
  await expect(randNE(graph, { dim: 25 })).rejects.toThrow(/options.dim/);
});

test("RandNE keeps planted blocks together", async () => {
  const embedding = await randNE(blocks.graph, { dim: 32, weights: [0, 1, 1], input: "transition" });
  expect(separation(embedding, blocks.labels)).toBeGreaterThan(0.3);
});

test("NetMF's inner products are the best low-rank approximation of the matrix that it factorises", async () => {
  const { graph } = stochasticBlockModel(
    [14, 14],
    [
      [0.5, 0.1],
      [0.1, 0.5],
    ],
    { seed: 4 },
  );
  const nodes = graph.nodes;
  const sums = degrees(graph);
  const volume = sums.reduce((total, sum) => total + sum, 0);
  const walk = fromNested(
    (toNested(toDense(graph.adjacency)) as number[][]).map((row, u) => row.map((a) => a / sums[u]!)),
  );
  let power = walk;
  const total = walk.data.slice();
  for (let r = 2; r <= 3; r++) {
    power = matmul(power, walk);
    for (let k = 0; k < total.length; k++) total[k]! += power.data[k]!;
  }
  const target = total.map((value, k) =>
    Math.log(Math.max(1, (volume * value) / (2 * 3 * sums[k % nodes]!))),
  );
  const { values } = eigh({
    dtype: "float64",
    shape: [nodes, nodes],
    data: target.map((value, k) => (value + target[(k % nodes) * nodes + Math.floor(k / nodes)]!) / 2),
  });
  const singular = Array.from(values, Math.abs).sort((a, b) => b - a);
  const embedding = await netMF(graph, { window: 3, negatives: 2, rank: 6 });
  const inner = toNested(matmul(embedding, embedding, { transposeA: true })) as number[][];
  for (let i = 0; i < 6; i++)
    for (let j = 0; j < 6; j++) expect(inner[i]![j]).toBeCloseTo(i === j ? singular[i]! : 0, 6);
  await expect(netMF(graphFromEdges({ sources: [0], targets: [1] }, { directed: true }))).rejects.toThrow(
    /undirected/,
  );
});

test("the search finds a setting better than most, without looking at held-out vertices", async () => {
  const { graph, labels } = stochasticBlockModel(
    [50, 50, 50],
    [
      [0.08, 0.02, 0.02],
      [0.02, 0.08, 0.02],
      [0.02, 0.02, 0.08],
    ],
    { seed: 6 },
  );
  const known = labels.map((label, u) => (u % 2 === 0 ? label : -1));
  const options = { trials: 6, dim: 16, maxHops: 5, seed: 1 };
  const tuned = await tuneFastRP(graph, known, options);
  expect(tuned.trials.length).toBe(6);
  const best = Math.max(...tuned.trials.map(({ macroF1 }) => macroF1));
  expect(tuned.trials.find((trial) => trial.options === tuned.best)!.macroF1).toBe(best);
  for (const {
    options: { beta, weights },
  } of tuned.trials) {
    expect(beta).toBeGreaterThanOrEqual(-1);
    expect(beta).toBeLessThanOrEqual(0);
    expect(weights.length).toBeLessThanOrEqual(5);
  }
  expect(await tuneFastRP(graph, known, { ...options, pool })).toEqual(tuned);
  await expect(tuneFastRP(graph, [0, 1])).rejects.toThrow(/labels: expected 150 labels, one a vertex, got 2/);
});
