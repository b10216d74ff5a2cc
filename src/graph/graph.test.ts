import fc from "fast-check";
import { expect, test } from "vitest";
import { toNested } from "../core/array/index.ts";
import { csrFromTriplets, requireCsr, toDense, transpose } from "../core/sparse/index.ts";
import {
  barabasiAlbert,
  components,
  contentHash,
  degrees,
  edgesOf,
  graphFromAdjacency,
  graphFromEdges,
  largestComponent,
  permute,
  randomRegular,
  requireGraph,
  ringBlockModel,
  rmat,
  stochasticBlockModel,
  subgraph,
  undirected,
} from "./index.ts";

const edgeLists = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 40 });
const build = (pairs: readonly [number, number][], directed = false) =>
  graphFromEdges(
    { sources: pairs.map(([u]) => u), targets: pairs.map(([, v]) => v) },
    { nodes: 10, directed },
  );

test("an undirected edge is stored in both directions and counted once", () => {
  const graph = graphFromEdges({ sources: [0, 1, 2, 2], targets: [1, 0, 2, 3] });
  expect(toNested(toDense(graph.adjacency))).toEqual([
    [0, 1, 0, 0],
    [1, 0, 0, 0],
    [0, 0, 0, 1],
    [0, 0, 1, 0],
  ]);
  expect(graph.report).toEqual({ edges: 2, droppedSelfLoops: 1, mergedDuplicates: 1, isolated: 0 });
  expect(graph.weighted).toBe(false);
});

test("repeated edges follow the rule, and self-loops stay when asked for", () => {
  const edges = { sources: [0, 1, 1], targets: [1, 0, 1], weights: [2, 5, 3] };
  expect([...graphFromEdges(edges).adjacency.data]).toEqual([7, 7]);
  expect([...graphFromEdges(edges, { duplicates: "max" }).adjacency.data]).toEqual([5, 5]);
  expect([...graphFromEdges(edges, { duplicates: "first" }).adjacency.data]).toEqual([2, 2]);
  expect(() => graphFromEdges(edges, { duplicates: "error" })).toThrow(/repeats entry \(0, 1\)/);
  const loops = graphFromEdges(edges, { selfLoops: "keep" });
  expect([...degrees(loops)]).toEqual([7, 10]);
  expect(loops.report.edges).toBe(2);
  expect([...graphFromEdges(edges, { directed: true, selfLoops: "keep" }).adjacency.data]).toEqual([2, 5, 3]);
});

test("a bad edge is named with its position", () => {
  expect(() => graphFromEdges({ sources: [0, 1], targets: [1, 2], weights: [1, -2] })).toThrow(
    "edges: edge 1 (1 to 2) has weight -2; expected finite weights >= 0",
  );
  expect(() => graphFromEdges({ sources: [0], targets: [1], weights: [Number.NaN] })).toThrow(/weight NaN/);
  expect(() => graphFromEdges({ sources: [0, 7], targets: [1, 2] }, { nodes: 5 })).toThrow(
    /edge 1 joins 7 and 2/,
  );
  expect(() => graphFromEdges({ sources: [0], targets: [] })).toThrow(/edges.targets/);
  expect(() => graphFromAdjacency(csrFromTriplets(2, 2, [0], [1], [1]))).toThrow(/not symmetric/);
  expect(() => graphFromAdjacency(csrFromTriplets(2, 3, [], [], []))).toThrow("must be square, got 2 x 3");
  expect(() => requireGraph("graph", 3)).toThrow(/graph: expected a Graph/);
});

test("every built graph is well formed, symmetric when undirected, and rebuilt from its edges", () => {
  fc.assert(
    fc.property(edgeLists, fc.boolean(), (pairs, directed) => {
      const graph = build(pairs, directed);
      requireCsr("adjacency", graph.adjacency, { square: true, nonnegative: true });
      if (!directed) expect(transpose(graph.adjacency)).toEqual(graph.adjacency);
      const edges = edgesOf(graph);
      expect(edges.sources.length).toBe(graph.report.edges);
      expect(graphFromEdges(edges, { nodes: 10, directed, duplicates: "error" }).adjacency).toEqual(
        graph.adjacency,
      );
    }),
  );
});

test("components agree with reachability, and the largest is connected", () => {
  fc.assert(
    fc.property(edgeLists, fc.boolean(), (pairs, directed) => {
      const graph = build(pairs, directed);
      const label = Array.from({ length: 10 }, (_, i) => i);
      for (let round = 0; round < 10; round++)
        for (const [u, v] of pairs) label[u] = label[v] = Math.min(label[u]!, label[v]!);
      const found = components(graph);
      for (let u = 0; u < 10; u++)
        for (let v = 0; v < 10; v++) expect(found[u] === found[v]).toBe(label[u] === label[v]);
      const { graph: part, vertices } = largestComponent(graph);
      expect(new Set(components(part)).size).toBe(1);
      const largest = Math.max(...label.map((own) => label.filter((other) => other === own).length));
      expect(vertices.length).toBe(largest);
    }),
  );
});

test("permuting there and back is the identity, and a subgraph keeps exactly the inner edges", () => {
  const graph = build(
    [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 0],
      [4, 5],
    ],
    true,
  );
  const order = [3, 1, 4, 0, 9, 2, 6, 8, 7, 5];
  const back = order.map((_, i) => order.indexOf(i));
  expect(permute(permute(graph, order), back).adjacency).toEqual(graph.adjacency);
  const part = subgraph(graph, [3, 0, 4]);
  expect(toNested(toDense(part.graph.adjacency))).toEqual([
    [0, 1, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(() => subgraph(graph, [1, 1])).toThrow(/vertices\[1\]: vertex 1 is repeated/);
});

test("the undirected version joins what either direction joined", () => {
  const graph = graphFromEdges(
    { sources: [0, 1, 1], targets: [1, 0, 2], weights: [1, 4, 2] },
    { directed: true },
  );
  expect(toNested(toDense(undirected(graph).adjacency))).toEqual([
    [0, 4, 0],
    [4, 0, 2],
    [0, 2, 0],
  ]);
});

test("the content hash depends on edges, weights and direction, not on names", async () => {
  const edges = { sources: [0, 1], targets: [1, 2] };
  const base = await contentHash(graphFromEdges(edges));
  expect(base).toMatch(/^[0-9a-f]{64}$/);
  expect(await contentHash(graphFromEdges(edges, { ids: ["a", "b", "c"] }))).toBe(base);
  expect(await contentHash(graphFromEdges({ ...edges, weights: [1, 2] }))).not.toBe(base);
  expect(await contentHash(graphFromEdges(edges, { directed: true }))).not.toBe(base);
  expect(await contentHash(graphFromEdges(edges, { nodes: 4 }))).not.toBe(base);
});

test("block models have the expected numbers of edges within and between blocks", () => {
  const { graph, labels } = stochasticBlockModel(
    [300, 200],
    [
      [0.1, 0.02],
      [0.02, 0.3],
    ],
    { seed: 3 },
  );
  const counts = [0, 0, 0];
  const { sources, targets } = edgesOf(graph);
  for (let k = 0; k < sources.length; k++) counts[labels[sources[k]!]! + labels[targets[k]!]!]!++;
  for (const [k, [pairs, probability]] of (
    [
      [44850, 0.1],
      [60000, 0.02],
      [19900, 0.3],
    ] as const
  ).entries())
    expect(Math.abs(counts[k]! - pairs * probability)).toBeLessThan(
      5 * Math.sqrt(pairs * probability * (1 - probability)),
    );
  const ring = ringBlockModel({ classes: 5, classSize: 40, within: 0, between: 0.2 });
  const edges = edgesOf(ring.graph);
  for (let k = 0; k < edges.sources.length; k++)
    expect([1, 4]).toContain(Math.abs(ring.labels[edges.sources[k]!]! - ring.labels[edges.targets[k]!]!));
  const complete = stochasticBlockModel(
    [4, 3],
    [
      [1, 1],
      [1, 1],
    ],
  ).graph;
  expect(complete.report.edges).toBe(21);
});

test("attachment, R-MAT and regular graphs have the sizes and degrees that define them", () => {
  const attached = barabasiAlbert(500, 3, { seed: 1 });
  expect(attached.report).toEqual({ edges: 497 * 3, droppedSelfLoops: 0, mergedDuplicates: 0, isolated: 0 });
  expect(new Set(components(attached)).size).toBe(1);
  expect(Math.max(...degrees(attached))).toBeGreaterThan(25);
  const recursive = rmat(9, 3000, { seed: 1 });
  expect(recursive.nodes).toBe(512);
  expect(recursive.report.edges + recursive.report.mergedDuplicates + recursive.report.droppedSelfLoops).toBe(
    3000,
  );
  for (const [nodes, degree] of [
    [10, 9],
    [10, 7],
    [101, 4],
    [60, 3],
    [5, 0],
  ] as const)
    expect([...degrees(randomRegular(nodes, degree, { seed: 8 }))]).toEqual(new Array(nodes).fill(degree));
  expect(() => randomRegular(5, 3)).toThrow(/nodes \* degree must be even/);
});
