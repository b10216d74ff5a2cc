import { barabasiAlbert, fastRP } from "ockham/graph";
import type { Run } from "ockham/paper";
import type { Figure, Table } from "ockham/report";

const attachments = 10;
const dim = 64;

/**
 * Time and memory of FastRP (4 hops) on preferential-attachment graphs of growing size, and the exponent of
 * the least-squares line through the logarithms of time and edges.
 */
export async function scaling(
  run: Run,
  edges: readonly number[],
  from: number,
  to: number,
): Promise<{ exponent: number; table: Table; figure: Figure }> {
  const points: { edges: number; nodes: number; seconds: number; peak: number | null }[] = [];
  for (const [step, wanted] of edges.entries()) {
    const at = (part: number): number => from + ((to - from) * (step + part)) / edges.length;
    const nodes = wanted / attachments + attachments;
    const graph = barabasiAlbert(nodes, attachments, { seed: run.seed });
    // Small graphs are measured several times: a first run also compiles.
    const times: number[] = [];
    for (let repeat = 0; repeat < (wanted <= 1e6 ? 3 : 1); repeat++) {
      const started = performance.now();
      await fastRP(graph, {
        dim,
        seed: run.seed,
        pool: run.pool,
        ...run.stage(`${wanted} edges`, at(0.5), at(1)),
      });
      times.push((performance.now() - started) / 1000);
    }
    points.push({ edges: graph.report.edges, nodes, seconds: Math.min(...times), peak: peakMemory() });
  }
  return {
    exponent: slope(
      points.map((point) => Math.log(point.edges)),
      points.map((point) => Math.log(point.seconds)),
    ),
    table: {
      id: "scaling",
      title: `FastRP of growing graphs (Barabasi-Albert, ${dim} dimensions, 4 hops, ${run.pool.size} workers)`,
      columns: [
        { name: "edges" },
        { name: "vertices" },
        { name: "time", unit: "s", digits: 3 },
        { name: "time an edge", unit: "µs", digits: 3 },
        { name: "peak memory of the process so far", unit: "MiB", digits: 4 },
      ],
      rows: points.map(({ edges, nodes, seconds, peak }) => [
        edges,
        nodes,
        seconds,
        (seconds / edges) * 1e6,
        peak === null ? null : peak / 2 ** 20,
      ]),
    },
    figure: {
      id: "scaling",
      title: "Embedding time grows in proportion to the edges",
      x: { label: "edges", scale: "log" },
      y: { label: "time", unit: "s", scale: "log" },
      series: [
        {
          name: "FastRP",
          mark: "line",
          x: points.map((point) => point.edges),
          y: points.map((point) => point.seconds),
        },
      ],
    },
  };
}

/** Largest resident size of the process in bytes; null in browsers. */
function peakMemory(): number | null {
  return typeof process === "undefined" ? null : process.resourceUsage().maxRSS * 1024;
}

function slope(x: readonly number[], y: readonly number[]): number {
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
  const meanY = y.reduce((sum, value) => sum + value, 0) / y.length;
  const covariance = x.reduce((sum, value, i) => sum + (value - meanX) * (y[i]! - meanY), 0);
  return covariance / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
}
