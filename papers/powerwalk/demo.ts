import { type DemoContext, defineDemo, type Frame } from "ockham/demo";
import { buildFingerprints, powerWalk, pprMonteCarlo, pprPowerIteration } from "ockham/graph";
import { demoGraph, graphDrawing, graphFile, vertexNamed } from "../graph-demo.ts";

/** Walks of the first fingerprints; every frame has twice as many. */
const fewest = 4;

export const demo = defineDemo({
  says: "Who matters from the point of view of one vertex? Fingerprints of a few random walks from every vertex are mixed into an answer. Watch the error fall as walks are added, beside plain random walks from the source alone, each with the same number. Type another name, or drop a graph of your own.",
  shows: [
    { kind: "graph", title: "Seen from the vertex" },
    { kind: "plot", title: "Error of the answer" },
    { kind: "table", title: "Largest scores", rows: 8 },
  ],
  controls: {
    vertex: {
      kind: "text",
      label: "Vertex",
      value: "Valjean",
      maxLength: 60,
      examples: ["Valjean", "Cosette", "Marius", "Gavroche"],
    },
    doublings: { kind: "number", label: "Doublings of the walks", value: 8, min: 2, max: 10, step: 1 },
    iterations: { kind: "number", label: "Steps pushed before mixing", value: 2, min: 0, max: 4, step: 1 },
    teleport: {
      kind: "number",
      label: "Probability to go home",
      value: 0.15,
      min: 0.05,
      max: 0.5,
      step: 0.01,
    },
    seed: { kind: "seed", label: "Seed", value: 1 },
    file: graphFile,
  },
  async *run({ vertex, doublings, iterations, teleport, seed, file }, context: DemoContext) {
    const { signal, onProgress } = context;
    const data = await demoGraph(file, context);
    const { graph, names } = data;
    // A name of the graph that is shown at first says nothing about one's own.
    const source = file !== undefined && vertex === "Valjean" ? 0 : vertexNamed(data, vertex);
    const exact = (await pprPowerIteration(graph, [source], { teleport, signal, onProgress })).data;
    const draw = graphDrawing(data, exact);
    const walks: number[] = [];
    const errors: { powerWalk: number[]; monteCarlo: number[] } = { powerWalk: [], monteCarlo: [] };
    for (let round = 0; round <= doublings; round++) {
      const count = fewest * 2 ** round;
      const index = await buildFingerprints(graph, { walks: count, teleport, seed, signal, onProgress });
      const walker = await powerWalk(graph, index, { signal });
      const { indices, values } = walker.query(source, { iterations });
      const scores = new Float64Array(graph.nodes);
      for (const [i, v] of indices.entries()) scores[v] = values[i]!;
      const plain = await pprMonteCarlo(graph, [source], { walks: count, teleport, seed, signal });
      const walked = new Float64Array(graph.nodes);
      for (const [i, v] of plain.indices.entries()) walked[v] = plain.data[i]!;
      walks.push(count);
      errors.powerWalk.push(distance(scores, exact));
      errors.monteCarlo.push(distance(walked, exact));
      const best = names
        .map((_, v) => v)
        .toSorted((a, b) => scores[b]! - scores[a]! || a - b)
        .slice(0, 8);
      const views: Frame["views"] = [
        draw(
          `Seen from ${names[source]}`,
          { label: "log score", values: scores.map((s) => Math.log10(Math.max(s, 1e-5))) },
          [source],
        ),
        {
          kind: "plot",
          title: "Error of the answer",
          x: { label: "walks from a vertex", scale: "log" },
          y: { label: "L1 distance to the exact scores", scale: "log" },
          series: [
            { name: "PowerWalk", role: "method", mark: "line", x: [...walks], y: [...errors.powerWalk] },
            {
              name: "walks from the source",
              role: "baseline",
              mark: "line",
              x: [...walks],
              y: [...errors.monteCarlo],
            },
          ],
        },
        {
          kind: "table",
          title: `Largest scores, ${count} walks`,
          columns: [
            { name: "vertex" },
            { name: "PowerWalk", digits: 4 },
            { name: "walks from the source", digits: 4 },
            { name: "exact", digits: 4 },
          ],
          rows: best.map((v) => [names[v]!, scores[v]!, walked[v]!, exact[v]!]),
        },
      ];
      yield { done: round, total: doublings, views };
    }
  },
});

function distance(a: Float64Array, b: Float64Array): number {
  // No answer is exact to the last bit, and a logarithmic axis has no zero.
  return Math.max(
    1e-16,
    a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0),
  );
}
