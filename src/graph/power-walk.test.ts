import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { threadPool } from "../core/parallel/index.ts";
import {
  barabasiAlbert,
  buildFingerprints,
  fingerprintMatrix,
  type Graph,
  graphFromEdges,
  powerWalk,
  pprForwardPush,
  pprMonteCarlo,
  pprPowerIteration,
  readFingerprints,
  rmat,
  type SparseVector,
  writeFingerprints,
} from "./index.ts";

const pool = threadPool({ threads: 2 });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fingerprints-"));
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true });
});

const directed = (arcs: readonly (readonly [number, number])[], nodes: number): Graph =>
  graphFromEdges(
    { sources: arcs.map(([u]) => u), targets: arcs.map(([, v]) => v) },
    { nodes, directed: true },
  );
const cycle = directed(
  [
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 0],
    [3, 2],
  ],
  4,
);
/** Vertex 2 is dangling. */
const cut = directed(
  [
    [0, 1],
    [0, 2],
    [1, 2],
    [3, 2],
  ],
  4,
);
/** A directed graph with hubs and dangling vertices. */
const web = graphOfRmat();

function graphOfRmat(): Graph {
  const { adjacency } = rmat(8, 900, { seed: 3 });
  const arcs: [number, number][] = [];
  for (let u = 0; u < adjacency.rows; u++)
    for (let k = adjacency.indptr[u]!; k < adjacency.indptr[u + 1]!; k++)
      if ((u * 31 + k) % 3 > 0) arcs.push([u, adjacency.indices[k]!]);
  return directed(arcs, adjacency.rows);
}

function denseOf({ size, indices, values }: SparseVector): number[] {
  const dense = new Array<number>(size).fill(0);
  for (let k = 0; k < indices.length; k++) dense[indices[k]!] = values[k]!;
  return dense;
}
const expectClose = (actual: readonly number[], expected: readonly number[], tolerance = 1e-6): void => {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs(actual[i]! - value), `entry ${i}`).toBeLessThan(tolerance);
};
const rowsOf = (matrix: { shape: readonly number[]; data: Float64Array }): number[][] =>
  Array.from({ length: matrix.shape[0]! }, (_, i) => [
    ...matrix.data.subarray(i * matrix.shape[1]!, (i + 1) * matrix.shape[1]!),
  ]);
const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0);
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

describe("power iteration", () => {
  test("gives the scores of a graph without dangling vertices", async () => {
    const rows = rowsOf(await pprPowerIteration(cycle, [0, 1, 2, 3]));
    expectClose(rows[0]!, [0.4522329, 0.192199, 0.3555681, 0]);
    expectClose(rows[1]!, [0.3267383, 0.2888638, 0.384398, 0]);
    expectClose(rows[2]!, [0.384398, 0.1633691, 0.4522329, 0]);
    expectClose(rows[3]!, [0.3267383, 0.1388638, 0.384398, 0.15]);
  });

  test("treats a dangling vertex as its policy says", async () => {
    const scores = async (dangling: "return-to-source" | "absorb" | "self-loop" | "uniform") =>
      rowsOf(await pprPowerIteration(cut, [0, 1, 2, 3], { dangling, tolerance: 1e-12 }));
    const absorbed = await scores("absorb");
    expectClose(absorbed[0]!, [0.15, 0.06375, 0.1179375, 0]);
    const returned = await scores("return-to-source");
    expectClose(returned[0]!, [0.4522329, 0.192199, 0.3555681, 0]);
    expectClose(returned[1]!, [0, 0.5405405, 0.4594595, 0]);
    expectClose(returned[3]!, [0, 0, 0.4594595, 0.5405405]);
    expectClose((await scores("self-loop"))[0]!, [0.15, 0.06375, 0.78625, 0]);
    // p = c e + (1 - c) (P^T p + p_dangling / n), term by term.
    const [p0, p1, p2, p3] = (await scores("uniform"))[0]!;
    const spread = p2! / 4;
    expectClose(
      [p0!, p1!, p2!, p3!],
      [0.15 + 0.85 * spread, 0.85 * (p0! / 2 + spread), 0.85 * (p0! / 2 + p1! + p3! + spread), 0.85 * spread],
      1e-11,
    );
  });

  test("follows weights, and takes a vertex whose weights are all zero for dangling", async () => {
    const weighted = graphFromEdges(
      { sources: [0, 0, 1], targets: [1, 2, 0], weights: [3, 1, 0] },
      { directed: true, nodes: 3 },
    );
    const [row] = rowsOf(await pprPowerIteration(weighted, [0], { dangling: "absorb" }));
    expectClose(row!, [0.15, 0.15 * 0.85 * 0.75, 0.15 * 0.85 * 0.25], 1e-12);
    const index = await buildFingerprints(weighted, { walks: 4000, dangling: "absorb" });
    const walked = (await powerWalk(weighted, index)).query(0, { iterations: 0 });
    expectClose(denseOf(walked), row!, 0.01);
  });

  test("an isolated vertex matters to itself only", async () => {
    const lonely = directed([[0, 1]], 3);
    expect(rowsOf(await pprPowerIteration(lonely, [2]))).toEqual([[0, 0, 1]]);
  });
});

describe("decomposition", () => {
  test("settles and moves mass as worked out by hand", async () => {
    const { indices, values, missingMass } = (await powerWalk(cycle, null, { dangling: "absorb" })).query(0);
    expect([...indices]).toEqual([0, 1, 2]);
    expectClose([...values], [0.15, 0.06375, 0.06375], 1e-15);
    expect(missingMass).toBeCloseTo(0.7225, 12);
  });

  test("approaches the exact scores of every policy when it is pushed far", async () => {
    for (const dangling of ["return-to-source", "absorb", "self-loop", "uniform"] as const) {
      const exact = rowsOf(await pprPowerIteration(web, [3, 7, 200], { dangling, tolerance: 1e-13 }));
      const walker = await powerWalk(web, null, { dangling });
      for (const [i, source] of [3, 7, 200].entries())
        expectClose(denseOf(walker.query(source, { iterations: 200 })), exact[i]!, 1e-11);
    }
  });

  test("is without bias: answers of many indexes average to the exact scores", async () => {
    for (const iterations of [0, 1, 3]) {
      const mean = new Array<number>(cut.nodes).fill(0);
      for (let seed = 0; seed < 150; seed++) {
        const index = await buildFingerprints(cut, { walks: 20, seed, dangling: "absorb" });
        const answer = denseOf((await powerWalk(cut, index)).query(0, { iterations }));
        for (const [v, value] of answer.entries()) mean[v]! += value / 150;
      }
      expectClose(mean, [0.15, 0.06375, 0.1179375, 0], 0.004);
    }
  });

  test("is more accurate the further it pushes, and more than the walks of ten fingerprints", async () => {
    const graph = barabasiAlbert(400, 3, { seed: 1 });
    const sources = Array.from({ length: 30 }, (_, i) => 13 * i);
    const exact = rowsOf(await pprPowerIteration(graph, sources));
    const walker = await powerWalk(graph, await buildFingerprints(graph, { walks: 100 }));
    const errors = [0, 1, 2, 4].map((iterations) =>
      sum(sources.map((source, i) => distance(denseOf(walker.query(source, { iterations })), exact[i]!))),
    );
    for (let i = 1; i < errors.length; i++) expect(errors[i]!).toBeLessThan(errors[i - 1]!);
    const more = await powerWalk(graph, await buildFingerprints(graph, { walks: 1000, vertices: sources }));
    const ten = sum(sources.map((s, i) => distance(denseOf(more.query(s, { iterations: 0 })), exact[i]!)));
    expect(errors[2]!).toBeLessThan(ten);
  });

  test("gives distributions, whatever the graph, the policy and the index", async () => {
    const arcs = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 40 });
    const policy = fc.constantFrom("return-to-source", "self-loop", "uniform");
    await fc.assert(
      fc.asyncProperty(arcs, policy, fc.nat(3), fc.nat(11), async (arcs, dangling, iterations, source) => {
        const graph = directed(arcs, 12);
        const index = await buildFingerprints(graph, { walks: 3, dangling, minInDegree: iterations % 2 });
        const ppr = (await powerWalk(graph, index)).query(source, { iterations });
        expect(sum(ppr.values)).toBeCloseTo(1, 9);
        expect(Math.min(...ppr.values)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 40 },
    );
  });

  test("pushes flow on over vertices without fingerprint and reports what met none", async () => {
    const index = await buildFingerprints(cycle, { walks: 50, vertices: [2] });
    expect([...index.totals].map((total) => total > 0)).toEqual([false, false, true, false]);
    const walker = await powerWalk(cycle, index);
    // From 1 all flow is at 2 after one step.
    expect(walker.query(1, { iterations: 1 }).missingMass).toBe(0);
    expect(walker.query(0, { iterations: 1 }).missingMass).toBe(0);
    expect(walker.query(0, { iterations: 0 }).missingMass).toBeCloseTo(0.85 * 0.5, 12);
  });

  test("reports the mass that thresholds and short fingerprints drop", async () => {
    const whole = await powerWalk(web, await buildFingerprints(web, { dangling: "self-loop" }));
    expect(whole.query(5).truncatedMass).toBe(0);
    const coarse = whole.query(5, { threshold: 0.01 });
    expect(coarse.truncatedMass).toBeGreaterThan(0.01);
    expect(coarse.truncatedMass).toBeLessThan(1);
    expect(coarse.indices.length).toBeLessThan(whole.query(5).indices.length);
    const short = await buildFingerprints(web, { dangling: "self-loop", topK: 3 });
    for (let u = 0; u < web.nodes; u++)
      expect(short.indptr[u + 1]! - short.indptr[u]!).toBeLessThanOrEqual(3);
    expect((await powerWalk(web, short)).query(5).truncatedMass).toBeGreaterThan(0.01);
  });

  test("keeps the largest scores of a top-k query", async () => {
    const walker = await powerWalk(web, await buildFingerprints(web));
    const all = walker.query(9);
    const top = walker.query(9, { topK: 5 });
    expect([...top.indices]).toEqual([...top.indices].sort((a, b) => a - b));
    expect([...top.values].sort()).toEqual(
      [...all.values]
        .sort((a, b) => b - a)
        .slice(0, 5)
        .sort(),
    );
  });
});

describe("batches and streams", () => {
  test("answer as single queries do, on any number of workers", async () => {
    const sources = Array.from({ length: 300 }, (_, i) => (7 * i) % web.nodes);
    for (const dangling of ["return-to-source", "uniform"] as const) {
      const index = await buildFingerprints(web, { walks: 20, dangling });
      const walker = await powerWalk(web, index);
      const { scores, truncatedMass } = await walker.queryBatch(sources);
      expect(await (await powerWalk(web, index, { pool })).queryBatch(sources)).toEqual(
        await walker.queryBatch(sources),
      );
      for (const row of [0, 124, 125, 299]) {
        const single = walker.query(sources[row]!);
        const [first, last] = [scores.indptr[row]!, scores.indptr[row + 1]!];
        expect([...scores.indices.subarray(first, last)]).toEqual([...single.indices]);
        expectClose([...scores.data.subarray(first, last)], [...single.values], 1e-12);
        expect(truncatedMass[row]).toBe(0);
      }
      const streamed = [];
      for await (const answer of walker.queryStream(sources.slice(0, 10), { batch: 4 }))
        streamed.push(answer);
      expect(streamed.map(({ source }) => source)).toEqual(sources.slice(0, 10));
      expect(streamed[9]!.ppr).toEqual(walker.query(sources[9]!));
    }
  });
});

describe("fingerprints", () => {
  test("are the same byte for byte on one worker, on two and inline, and for a part of the vertices", async () => {
    const graph = barabasiAlbert(1500, 2, { seed: 5 });
    const one = threadPool({ threads: 1 });
    try {
      const index = await buildFingerprints(graph, { walks: 5, seed: 4 });
      expect(await buildFingerprints(graph, { walks: 5, seed: 4, pool: one })).toEqual(index);
      expect(await buildFingerprints(graph, { walks: 5, seed: 4, pool })).toEqual(index);
      const part = await buildFingerprints(graph, { walks: 5, seed: 4, vertices: [1400, 7, 7] });
      for (const u of [7, 1400])
        expect([...part.counts.subarray(part.indptr[u], part.indptr[u + 1])]).toEqual([
          ...index.counts.subarray(index.indptr[u], index.indptr[u + 1]),
        ]);
      expect(part.indptr.at(-1)).toBe(
        index.indptr[8]! - index.indptr[7]! + index.indptr[1401]! - index.indptr[1400]!,
      );
    } finally {
      await one.close();
    }
  });

  test("converge to the discounted visits, steps in proportion to weights", async () => {
    const weighted = graphFromEdges({ sources: [0, 0, 1], targets: [1, 2, 2], weights: [1, 5, 2] });
    const exact = rowsOf(await pprPowerIteration(weighted, [0, 1, 2]));
    const { indptr, indices, data } = fingerprintMatrix(await buildFingerprints(weighted, { walks: 30000 }));
    for (let u = 0; u < 3; u++) {
      const row = {
        size: 3,
        indices: indices.slice(indptr[u], indptr[u + 1]),
        values: data.slice(indptr[u], indptr[u + 1]),
      };
      expectClose(denseOf(row), exact[u]!, 0.01);
    }
  });

  test("as ratios sum to 1 and are refused where walks end early", async () => {
    const { indptr, data } = fingerprintMatrix(await buildFingerprints(cycle, { estimator: "ratio" }));
    for (let u = 0; u < 4; u++) expect(sum(data.subarray(indptr[u], indptr[u + 1]))).toBeCloseTo(1, 12);
    await expect(buildFingerprints(cut, { estimator: "ratio" })).rejects.toThrow(/vertex 2 is dangling/);
    await buildFingerprints(cut, { estimator: "ratio", dangling: "self-loop" });
  });

  test("of another graph, teleport or policy are refused", async () => {
    const index = await buildFingerprints(cycle, { walks: 5 });
    await expect(powerWalk(cut, index)).rejects.toThrow(/fingerprint index does not match graph/);
    await expect(powerWalk(cycle, index, { teleport: 0.2 })).rejects.toThrow(/built with 0.15, got 0.2/);
    await expect(powerWalk(cycle, index, { dangling: "absorb" })).rejects.toThrow(/built with return-to/);
  });
});

describe("index files", () => {
  test("give back what was written", async () => {
    const index = await buildFingerprints(web, { walks: 7, seed: 2n ** 63n, dangling: "self-loop", topK: 9 });
    const path = join(folder, "whole.fpx");
    await writeFingerprints(path, index);
    expect(await readFingerprints(path)).toEqual(index);
  });

  test("are refused when they are damaged, cut off, of another format or version", async () => {
    const path = join(folder, "good.fpx");
    await writeFingerprints(path, await buildFingerprints(cycle, { walks: 7 }));
    const bytes = await readFile(path);
    const refuse = async (change: (bytes: Buffer) => Buffer, message: RegExp): Promise<void> => {
      const bad = join(folder, "bad.fpx");
      await writeFile(bad, change(Buffer.from(bytes)));
      await expect(readFingerprints(bad)).rejects.toThrow(message);
    };
    await refuse((b) => b.subarray(0, b.length - 3), /bad.fpx|safetensors|tensor|bytes/);
    await refuse(
      (b) => Buffer.from(b.toString("latin1").replace('"version":"1"', '"version":"2"'), "latin1"),
      /reads version 1/,
    );
    await refuse(
      (b) =>
        Buffer.from(b.toString("latin1").replace("ockham-fingerprints", "ockham-fingerprinty"), "latin1"),
      /is no fingerprint index/,
    );
    const length = Number(bytes.readBigUInt64LE(0)) + 8;
    for (let at = length; at < bytes.length; at++)
      await refuse((b) => {
        b[at]! ^= 1;
        return b;
      }, /is damaged/);
  });
});

describe("baselines", () => {
  test("full paths and end points estimate the same scores, end points with larger error", async () => {
    for (const dangling of ["return-to-source", "absorb", "self-loop", "uniform"] as const) {
      const exact = rowsOf(await pprPowerIteration(web, [1, 2, 9, 30], { dangling }));
      const error = async (estimator: "full-path" | "end-point", walks: number): Promise<number> => {
        const rows = await pprMonteCarlo(web, [1, 2, 9, 30], { walks, estimator, dangling, pool });
        return sum(
          exact.map((row, i) => {
            const [first, last] = [rows.indptr[i]!, rows.indptr[i + 1]!];
            const values = rows.data.slice(first, last);
            return distance(
              denseOf({ size: web.nodes, indices: rows.indices.slice(first, last), values }),
              row,
            );
          }),
        );
      };
      expect(await error("full-path", 40000)).toBeLessThan(0.25);
      expect(await error("end-point", 40000)).toBeLessThan(0.4);
      expect(await error("full-path", 1000)).toBeLessThan(await error("end-point", 1000));
    }
  });

  test("forward push keeps the decomposition of the scores and leaves small residuals", async () => {
    const visits = rowsOf(
      await pprPowerIteration(
        web,
        Array.from({ length: web.nodes }, (_, u) => u),
        { dangling: "absorb" },
      ),
    );
    const { estimate, residual } = pprForwardPush(web, 4, { epsilon: 1e-3 });
    const whole = denseOf(estimate);
    const { indptr } = web.adjacency;
    for (const [k, w] of residual.indices.entries()) {
      expect(residual.values[k]!).toBeLessThan(1e-3 * Math.max(1, indptr[w + 1]! - indptr[w]!));
      for (let v = 0; v < web.nodes; v++) whole[v]! += residual.values[k]! * visits[w]![v]!;
    }
    expectClose(whole, visits[4]!, 1e-9);
  });
});
