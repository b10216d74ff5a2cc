import type { Matrix, NdArray } from "ockham/array";
import { type DemoContext, defineDemo, type Frame, type PlotSeries } from "ockham/demo";
import { fitFastRP, type Graph, randNE } from "ockham/graph";
import { fitPca, rocAuc } from "ockham/learn";
import { randomStream } from "ockham/random";
import { type DemoGraph, demoGraph, graphDrawing, graphFile, vertexNamed } from "../graph-demo.ts";

/** Pairs of vertices that are judged, joined ones and others alike. */
const judgedPairs = 4000;

export const demo = defineDemo({
  says: "Every vertex gets a vector by adding up, hop by hop, a random projection that was carried along the edges. Vertices that reach each other in a few steps become alike: watch how well the cosine of two vectors tells neighbours from strangers as hops are added, beside RandNE with the same hops and dimension.",
  shows: [
    { kind: "graph", title: "Similarity to the vertex" },
    { kind: "plot", title: "Embedding, two principal components", equal: true },
    { kind: "plot", title: "Telling neighbours from strangers" },
    { kind: "table", title: "Most like the vertex", rows: 6 },
  ],
  controls: {
    vertex: {
      kind: "text",
      label: "Compare with",
      value: "Valjean",
      maxLength: 60,
      examples: ["Valjean", "Enjolras", "Fantine", "Myriel"],
    },
    dim: { kind: "number", label: "Dimensions", value: 16, min: 2, max: 128, step: 1 },
    hops: { kind: "number", label: "Hops", value: 5, min: 1, max: 10, step: 1 },
    beta: { kind: "number", label: "Exponent of degrees", value: -0.5, min: -1, max: 0, step: 0.05 },
    seed: { kind: "seed", label: "Seed", value: 1 },
    file: graphFile,
  },
  async *run({ vertex, dim, hops, beta, seed, file }, context: DemoContext) {
    const { signal, onProgress } = context;
    const data = await demoGraph(file, context);
    const { graph, names } = data;
    const chosen = file !== undefined && vertex === "Valjean" ? 0 : vertexNamed(data, vertex);
    const weights = Array.from({ length: hops }, () => 1);
    const model = await fitFastRP(graph, { dim, weights, beta, sparsity: 3, seed, signal, onProgress });
    const pairs = judged(graph, seed);
    const degree = Float64Array.from({ length: graph.nodes }, (_, v) => degreeOf(graph, v));
    const draw = graphDrawing(data, degree);
    const told: { x: number[]; fast: number[]; rand: number[] } = { x: [], fast: [], rand: [] };
    for (let hop = 1; hop <= hops; hop++) {
      const vectors = model.merge(weights.slice(0, hop));
      // RandNE weighs powers of the adjacency, which grow by themselves: falling weights, as its authors choose.
      const other = await randNE(graph, {
        dim,
        weights: Array.from({ length: hop + 1 }, (_, k) => 10 ** -k),
        seed,
        signal,
      });
      told.x.push(hop);
      told.fast.push(separation(vectors, pairs));
      told.rand.push(separation(other, pairs));
      const likeness = Float64Array.from(names, (_, v) => cosine(vectors, chosen, v));
      const views: Frame["views"] = [
        draw(
          `Similarity to ${names[chosen]}, ${hop} ${hop === 1 ? "hop" : "hops"}`,
          { label: "cosine", values: likeness },
          [chosen],
        ),
        {
          kind: "plot",
          title: "Embedding, two principal components",
          x: { label: "first component" },
          y: { label: "second component" },
          equal: true,
          series: planeOf(vectors, data),
        },
        {
          kind: "plot",
          title: "Telling neighbours from strangers",
          x: { label: "hops", domain: [1, Math.max(2, hops)] },
          y: { label: "area under the ROC curve", domain: [0.4, 1] },
          series: [
            { name: "FastRP", role: "method", mark: "line", x: [...told.x], y: [...told.fast] },
            { name: "RandNE", role: "baseline", mark: "line", x: [...told.x], y: [...told.rand] },
          ],
        },
        {
          kind: "table",
          title: `Most like ${names[chosen]}`,
          columns: [{ name: "vertex" }, { name: "cosine", digits: 3 }, { name: "edges" }],
          rows: names
            .map((_, v) => v)
            .filter((v) => v !== chosen)
            .toSorted((a, b) => likeness[b]! - likeness[a]! || a - b)
            .slice(0, 6)
            .map((v) => [names[v]!, likeness[v]!, degree[v]!]),
        },
      ];
      yield { done: hop, total: hops, views };
    }
  },
});

interface Pairs {
  readonly u: Int32Array;
  readonly v: Int32Array;
  readonly joined: Uint8Array;
}

/** Joined pairs, and as many drawn at random that are not. */
function judged({ nodes, adjacency: { indptr, indices } }: Graph, seed: number): Pairs {
  const neighbours = Array.from(
    { length: nodes },
    (_, v) => new Set(indices.subarray(indptr[v]!, indptr[v + 1]!)),
  );
  const stream = randomStream(seed, "pairs");
  const joined: [number, number][] = [];
  for (const [u, own] of neighbours.entries()) for (const v of own) if (u < v) joined.push([u, v]);
  const kept = Array.from({ length: Math.min(judgedPairs, joined.length) }, (_, i) =>
    joined.length <= judgedPairs ? joined[i]! : joined[stream.integer(joined.length)]!,
  );
  const apart: [number, number][] = [];
  for (let tries = 0; apart.length < kept.length && tries < 50 * kept.length; tries++) {
    const [u, v] = [stream.integer(nodes), stream.integer(nodes)];
    if (u !== v && !neighbours[u]!.has(v)) apart.push([u, v]);
  }
  const all = [...kept, ...apart];
  return {
    u: Int32Array.from(all, ([u]) => u),
    v: Int32Array.from(all, ([, v]) => v),
    joined: Uint8Array.from(all, (_, i) => (i < kept.length ? 1 : 0)),
  };
}

function separation(vectors: NdArray, { u, v, joined }: Pairs): number {
  return rocAuc(
    joined,
    Float64Array.from(u, (vertex, i) => cosine(vectors, vertex, v[i]!)),
  );
}

function cosine({ data, shape }: NdArray, u: number, v: number): number {
  const d = shape[1]!;
  const [a, b, c] = [
    [u, v],
    [u, u],
    [v, v],
  ].map(([i, j]) => {
    let sum = 0;
    for (let x = 0; x < d; x++) sum += Number(data[i! * d + x]) * Number(data[j! * d + x]);
    return sum;
  }) as [number, number, number];
  return b > 0 && c > 0 ? a / Math.sqrt(b * c) : 0;
}

/** The embedding in its plane of largest spread: the largest groups by colour, the others in grey. */
function planeOf(vectors: NdArray, { groups }: DemoGraph): PlotSeries[] {
  const data = Float64Array.from(vectors.data as Float32Array);
  const matrix: Matrix = { dtype: "float64", shape: vectors.shape, data };
  const plane = fitPca(matrix, { components: 2 }).transform(matrix).data;
  const rows = Array.from({ length: vectors.shape[0]! }, (_, v) => v);
  const series = (name: string, role: PlotSeries["role"], chosen: readonly number[]): PlotSeries[] =>
    chosen.length === 0
      ? []
      : [
          {
            name,
            role,
            mark: "points",
            x: chosen.map((v) => plane[2 * v]!),
            y: chosen.map((v) => plane[2 * v + 1]!),
          },
        ];
  if (groups === undefined) return series("vertices", "method", rows);
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const largest = [...sizes].toSorted((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 4);
  const roles = ["method", "baseline", "other-data", "data"] as const;
  const shown = largest.map(([group]) => group);
  return [
    ...series(
      "other groups",
      "reference",
      rows.filter((v) => !shown.includes(groups[v]!)),
    ),
    ...shown.flatMap((group, i) =>
      series(
        `group ${group}`,
        roles[i]!,
        rows.filter((v) => groups[v] === group),
      ),
    ),
  ];
}

function degreeOf({ adjacency: { indptr } }: Graph, v: number): number {
  return indptr[v + 1]! - indptr[v]!;
}
