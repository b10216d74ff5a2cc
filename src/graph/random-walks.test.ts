import { afterAll, expect, test } from "vitest";
import { threadPool } from "../core/parallel/index.ts";
import { aliasTable } from "./alias-table.ts";
import { barabasiAlbert, graphFromEdges, randomWalks, walkEndpoints, walkVisits } from "./index.ts";

const pool = threadPool({ threads: 2 });
afterAll(() => pool.close());

const graph = barabasiAlbert(600, 3, { seed: 1 });
const weighted = graphFromEdges({ sources: [0, 0, 0], targets: [1, 2, 3], weights: [1, 2, 5] });

test("an alias table draws every item with its probability", () => {
  for (const weights of [[1, 2, 3, 4], [5], [0, 1, 0, 1], [1e-9, 1, 1]]) {
    const { threshold, other } = aliasTable(weights);
    const chance = new Float64Array(weights.length);
    for (let i = 0; i < weights.length; i++) {
      chance[i]! += threshold[i]! / weights.length;
      chance[other[i]!]! += (1 - threshold[i]!) / weights.length;
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let i = 0; i < weights.length; i++) expect(chance[i]).toBeCloseTo(weights[i]! / total, 12);
  }
});

test("walks follow edges, start where asked and have the length asked", async () => {
  const { offsets, vertices } = await randomWalks(graph, { starts: [5, 9], walksPerStart: 3, length: 12 });
  expect([...offsets]).toEqual([0, 12, 24, 36, 48, 60, 72]);
  const { indptr, indices } = graph.adjacency;
  for (let w = 0; w < 6; w++) {
    expect(vertices[offsets[w]!]).toBe(w < 3 ? 5 : 9);
    for (let k = offsets[w]! + 1; k < offsets[w + 1]!; k++) {
      const from = vertices[k - 1]!;
      expect(indices.subarray(indptr[from], indptr[from + 1])).toContain(vertices[k]);
    }
  }
});

test("walks do not depend on workers, on the other starts or on how many are taken at once", async () => {
  const options = { walksPerStart: 2, length: 10, seed: 7, bias: { p: 0.5, q: 2 } };
  const alone = await randomWalks(graph, options);
  expect(await randomWalks(graph, { ...options, pool })).toEqual(alone);
  const single = await randomWalks(graph, { ...options, starts: [321], walksPerStart: 1, firstWalk: 1 });
  const place = alone.offsets[2 * 321 + 1]!;
  expect([...single.vertices]).toEqual([...alone.vertices.slice(place, place + 10)]);
  expect(await randomWalks(graph, { ...options, seed: 8 })).not.toEqual(alone);
});

test("steps are in proportion to weights", async () => {
  const ends = await walkEndpoints(weighted, { starts: [0], walksPerStart: 40000, length: 2 });
  const share = [0, 0, 0, 0];
  for (const end of ends) share[end]! += 1 / 40000;
  expect(share[1]).toBeCloseTo(1 / 8, 1.8);
  expect(share[2]).toBeCloseTo(2 / 8, 1.8);
  expect(share[3]).toBeCloseTo(5 / 8, 1.8);
});

test("walks that stop with probability c take (1 - c) / c steps on average, and end at dangling vertices", async () => {
  const { offsets } = await randomWalks(graph, { stopProbability: 0.25, walksPerStart: 20 });
  const mean = offsets.at(-1)! / (offsets.length - 1) - 1;
  expect(Math.abs(mean - 3)).toBeLessThan(0.15);
  const line = graphFromEdges({ sources: [0, 1], targets: [1, 2] }, { directed: true });
  const { vertices } = await randomWalks(line, { length: 9, starts: [0, 2] });
  expect([...vertices]).toEqual([0, 1, 2, 2]);
});

test("visits are the counts of the walks' vertices", async () => {
  const options = { stopProbability: 0.2, walksPerStart: 30, seed: 3 };
  const visits = await walkVisits(graph, { ...options, pool });
  const { offsets, vertices } = await randomWalks(graph, options);
  for (const start of [0, 255, 256, 599]) {
    const counts = new Map<number, number>();
    for (let k = offsets[start * 30]!; k < offsets[start * 30 + 30]!; k++)
      counts.set(vertices[k]!, (counts.get(vertices[k]!) ?? 0) + 1);
    const row = new Map<number, number>();
    for (let k = visits.indptr[start]!; k < visits.indptr[start + 1]!; k++)
      row.set(visits.indices[k]!, visits.data[k]!);
    expect(row).toEqual(new Map([...counts].sort(([a], [b]) => a - b)));
  }
});

test("second-order steps have node2vec's probabilities", async () => {
  // From 0 over 1: back to 0 weighs 1/p, on to 2 (a neighbour of 0) weighs 1, on to 3 weighs 1/q.
  const kite = graphFromEdges({ sources: [0, 0, 1, 1], targets: [1, 2, 2, 3] });
  const [p, q] = [4, 0.5];
  const { offsets, vertices } = await randomWalks(kite, {
    starts: [0],
    walksPerStart: 60000,
    length: 3,
    bias: { p, q },
  });
  const counts = new Map<number, number>();
  let over = 0;
  for (let w = 0; w + 1 < offsets.length; w++) {
    if (vertices[offsets[w]! + 1] !== 1) continue;
    over++;
    const end = vertices[offsets[w]! + 2]!;
    counts.set(end, (counts.get(end) ?? 0) + 1);
  }
  const total = 1 / p + 1 + 1 / q;
  for (const [vertex, weight] of [
    [0, 1 / p],
    [2, 1],
    [3, 1 / q],
  ] as const)
    expect(Math.abs(counts.get(vertex)! / over - weight / total)).toBeLessThan(0.015);
});

test("options that make no sense are refused by name", async () => {
  const refuse = (options: object, message: RegExp) =>
    expect(randomWalks(graph, options)).rejects.toThrow(message);
  await refuse({}, /expected either length or stopProbability/);
  await refuse({ length: 3, stopProbability: 0.1 }, /expected either length or stopProbability/);
  await refuse({ stopProbability: 0 }, /options.stopProbability/);
  await refuse({ length: 0 }, /options.length/);
  await refuse({ length: 3, starts: [600] }, /options.starts\[0\]/);
  await refuse({ length: 3, bias: { p: 0, q: 1 } }, /options.bias.p/);
});
