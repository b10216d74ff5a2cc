import { describe, expect, test } from "vitest";
import { matrix, randomMatrix } from "../../test/support/matrices.ts";
import { fromNested } from "../core/array/index.ts";
import { inlinePool, threadPool } from "../core/parallel/index.ts";
import { randomStream } from "../core/random/index.ts";
import { csrFromTriplets } from "../core/sparse/index.ts";
import { completeMatrix } from "./complete-matrix.ts";
import { completionCells, incoherence } from "./incoherence.ts";
import { responseSolvers, solveMultiResponse } from "./multi-response.ts";
import type { ObservedMatrix } from "./observed-matrix.ts";

/** A part p of the cells of an n x n table of rank k, with noise. */
function table(n: number, k: number, p: number, seed = 1, noise = 0): ObservedMatrix {
  const u = randomMatrix(n, k, seed);
  const v = randomMatrix(n, k, seed + 1);
  const stream = randomStream(seed, "cells");
  const [i, j, value]: [number[], number[], number[]] = [[], [], []];
  for (let r = 0; r < n; r++)
    for (let c = 0; c < n; c++) {
      if (stream.uniform() >= p) continue;
      let sum = noise * stream.normal();
      for (let q = 0; q < k; q++) sum += u.data[r * k + q]! * v.data[c * k + q]!;
      i.push(r);
      j.push(c);
      value.push(sum);
    }
  return { rows: n, cols: n, i: Int32Array.from(i), j: Int32Array.from(j), value: Float64Array.from(value) };
}

describe("solving many responses", () => {
  const a = fromNested([
    [1, 0],
    [0, 1],
    [1, 1],
    [1, -1],
  ]);
  const pattern = csrFromTriplets(1, 4, [0, 0, 0], [0, 2, 3], [1, 2, 0.5]);
  const x0 = fromNested([[0, 0]]);

  test.each(responseSolvers)("gives the known coefficients (%s)", (solver) => {
    const { x } = solveMultiResponse(a, pattern, x0, { solver, tolerance: 0 });
    expect(x.data[0]).toBeCloseTo(7 / 6, 12);
    expect(x.data[1]).toBeCloseTo(3 / 4, 12);
  });

  test("conjugate gradients are exact after as many steps as there are coefficients", () => {
    const { x, inner } = solveMultiResponse(a, pattern, x0, { tolerance: 0, maxInner: 2 });
    expect(inner[0]).toBe(2);
    expect(x.data[0]).toBeCloseTo(7 / 6, 12);
  });

  test("all solvers agree where there are many observations, with a ridge too", () => {
    const tall = randomMatrix(300, 5, 3);
    const responses = csrFromTriplets(
      2,
      300,
      Array.from({ length: 400 }, (_, e) => e % 2),
      Array.from({ length: 400 }, (_, e) => Math.floor(e / 2)),
      randomMatrix(1, 400, 4).data,
    );
    const start = matrix(2, 5, () => 0);
    for (const ridge of [0, 3]) {
      const exact = solveMultiResponse(tall, responses, start, { solver: "exact", ridge });
      for (const solver of ["cg", "sketched"] as const) {
        const found = solveMultiResponse(tall, responses, start, { solver, ridge, tolerance: 1e-12 });
        for (let p = 0; p < 10; p++) expect(found.x.data[p]).toBeCloseTo(exact.x.data[p]!, 10);
      }
    }
  });
});

describe("completing a table", () => {
  test.each(responseSolvers)("recovers one of rank 4 from a third of its cells (%s)", async (solver) => {
    const observed = table(80, 4, 0.35, 3);
    const truth = table(80, 4, 2, 3);
    const found = await completeMatrix(observed, { rank: 4, solver, tolerance: 1e-10 });
    expect(found.converged).toBe(true);
    let error = 0;
    let size = 0;
    for (let e = 0; e < truth.i.length; e++) {
      error += (found.predict(truth.i[e]!, truth.j[e]!) - truth.value[e]!) ** 2;
      size += truth.value[e]! ** 2;
    }
    expect(Math.sqrt(error / size)).toBeLessThan(1e-6);
    expect(found.warnings).toEqual([]);
    expect(found.row(3)[5]).toBe(found.predict(3, 5));
  });

  test("one sweep is exact for rank 1 with all cells", async () => {
    const { trainRmse } = await completeMatrix(table(20, 1, 2), {
      rank: 1,
      iterations: 1,
      solver: "exact",
    });
    expect(trainRmse).toBeLessThan(1e-12);
  });

  test("finds the missing cell of a table of rank 1", async () => {
    const [u, v] = [
      [1, 2, 3],
      [1, -1, 2],
    ];
    const at = Array.from({ length: 8 }, (_, e) => e);
    const found = await completeMatrix(
      {
        rows: 3,
        cols: 3,
        i: Int32Array.from(at, (e) => Math.floor(e / 3)),
        j: Int32Array.from(at, (e) => e % 3),
        value: Float64Array.from(at, (e) => u[Math.floor(e / 3)]! * v[e % 3]!),
      },
      { rank: 1, iterations: 60, tolerance: 0 },
    );
    expect(found.predict(2, 2)).toBeCloseTo(6, 8);
  });

  test("inexact solves from the factor before take few steps, from nothing more of them", async () => {
    const observed = table(120, 6, 0.5, 5);
    const steps = async (warmStart: boolean) => {
      const { history } = await completeMatrix(observed, {
        rank: 6,
        warmStart,
        tolerance: 1e-9,
        innerTolerance: warmStart ? 0.1 : 1e-6,
      });
      return history.reduce((sum, sweep) => sum + sweep.inner, 0) / history.length;
    };
    expect(await steps(true)).toBeLessThan(2.6);
    expect(await steps(false)).toBeGreaterThan(5);
  });

  test("uses cells of its own for every half-step when asked to", async () => {
    const found = await completeMatrix(table(150, 2, 2, 7), { rank: 2, split: true, iterations: 6 });
    expect(found.trainRmse).toBeLessThan(0.05);
  });

  test("flags a table with too few cells by those held out", async () => {
    const found = await completeMatrix(table(60, 6, 0.14, 2), { rank: 6, validation: 0.2, ridge: 1e-6 });
    expect(found.warnings).toContain("does-not-generalize");
    expect(found.warnings).toContain("under-determined");
  });

  test("gives zeros to rows and columns without cells, and names them", async () => {
    const observed = table(30, 2, 0.6, 4);
    const found = await completeMatrix({ ...observed, rows: 31, cols: 32 }, { rank: 2 });
    expect([...found.emptyRows]).toEqual([30]);
    expect([...found.emptyCols]).toEqual([30, 31]);
    expect(found.warnings).toEqual(expect.arrayContaining(["empty-rows", "empty-columns"]));
    expect(found.predict(30, 3)).toBe(0);
    expect(found.predict(3, 31)).toBe(0);
  });

  test("merges equal cells and refuses contradictions, cells outside and values that are no numbers", async () => {
    const one = table(10, 1, 2);
    const extended = (value: number, i = 3) => ({
      ...one,
      i: Int32Array.from([...one.i, i]),
      j: Int32Array.from([...one.j, 4]),
      value: Float64Array.from([...one.value, value]),
    });
    const same = await completeMatrix(extended(one.value[34]!), { rank: 1 });
    expect(same.trainRmse).toBe((await completeMatrix(one, { rank: 1 })).trainRmse);
    await expect(completeMatrix(extended(99), { rank: 1 })).rejects.toThrow(/cell \(3, 4\) is given as/);
    await expect(completeMatrix(extended(1, 10), { rank: 1 })).rejects.toThrow(
      /entry 100 is 10; expected 0 to 9/,
    );
    await expect(completeMatrix(extended(Number.NaN), { rank: 1 })).rejects.toThrow(/element 100 is NaN/);
    await expect(completeMatrix(one, { rank: 11 })).rejects.toThrow(/options.rank/);
  });
});

test("incoherence is n / k for columns of the identity and 1 for columns of equal size", () => {
  expect(incoherence(matrix(8, 2, (i, j) => (i === j ? 1 : 0)))).toBe(4);
  expect(incoherence(matrix(4, 2, (i, j) => ((i & 1 & j) === 1 ? -0.5 : 0.5)))).toBe(1);
});

test("cells that a completion takes grow with the degrees of freedom", () => {
  expect(completionCells(1000, 1000, 10).practical).toBe(3 * 1990 * 10);
  expect(completionCells(10, 10, 5).practical).toBe(100);
  expect(completionCells(10, 10, 1, { incoherence: 2 }).theory).toBe(40);
});

describe("weights of cells", () => {
  test.each(responseSolvers)("count an observation as often as they say (%s)", (solver) => {
    const a = fromNested([
      [1, 0],
      [0, 1],
      [1, 1],
      [1, -1],
    ]);
    // Minimises 2 (x - 1)^2 + (x + y - 2)^2 + 3 (x - y - 0.5)^2: by hand [6 -2; -2 4] (x, y) = (5.5, 0.5).
    const pattern = csrFromTriplets(1, 4, [0, 0, 0], [0, 2, 3], [1, 2, 0.5]);
    const weights = Float64Array.of(2, 1, 3);
    const { x } = solveMultiResponse(a, pattern, fromNested([[0, 0]]), { solver, weights, tolerance: 0 });
    expect(x.data[0]).toBeCloseTo(23 / 20, 12);
    expect(x.data[1]).toBeCloseTo(14 / 20, 12);
  });

  test("all alike change nothing, and small ones silence cells that are wrong", async () => {
    const cells = table(60, 2, 0.6, 5);
    const plain = await completeMatrix(cells, { rank: 2, solver: "exact" });
    const doubled = { ...cells, weight: new Float64Array(cells.value.length).fill(2) };
    const same = await completeMatrix(doubled, { rank: 2, solver: "exact" });
    expect(same.predict(3, 4)).toBeCloseTo(plain.predict(3, 4), 8);
    const wrong = cells.value.map((value, e) => (e % 9 === 0 ? value + 3 : value));
    const weight = cells.value.map((_, e) => (e % 9 === 0 ? 1e-9 : 1));
    const options = { rank: 2, iterations: 200, tolerance: 1e-12 };
    const silenced = await completeMatrix({ ...cells, value: wrong, weight }, options);
    const misled = await completeMatrix({ ...cells, value: wrong }, options);
    let [apart, far] = [0, 0];
    for (let i = 0; i < 60; i++)
      for (let j = 0; j < 60; j++) {
        apart = Math.max(apart, Math.abs(silenced.predict(i, j) - plain.predict(i, j)));
        far = Math.max(far, Math.abs(misled.predict(i, j) - plain.predict(i, j)));
      }
    expect(apart).toBeLessThan(1e-4);
    expect(far).toBeGreaterThan(0.1);
  });

  test("are refused unless positive, one for each cell, the same for the same cell", async () => {
    const cells = table(10, 1, 0.8);
    const weight = new Float64Array(cells.value.length).fill(1);
    weight[3] = 0;
    await expect(completeMatrix({ ...cells, weight }, { rank: 1 })).rejects.toThrow(/weight: entry 3 is 0/);
    await expect(
      completeMatrix({ ...cells, weight: new Float64Array(2).fill(1) }, { rank: 1 }),
    ).rejects.toThrow(/observed.weight/);
    const twice = {
      rows: 2,
      cols: 2,
      i: Int32Array.of(0, 0, 1),
      j: Int32Array.of(1, 1, 0),
      value: Float64Array.of(1, 1, 1),
      weight: Float64Array.of(1, 2, 1),
    };
    await expect(completeMatrix(twice, { rank: 1 })).rejects.toThrow(/given the weights 1 and 2/);
  });
});

test("any number of workers gives the same bits", async () => {
  const observed = table(80, 3, 0.5, 9, 0.01);
  const weight = observed.value.map((value) => 1 + Math.abs(value));
  const pool = threadPool({ threads: 2 });
  try {
    for (const solver of responseSolvers) {
      const options = { rank: 3, solver, iterations: 3, tolerance: 0, seed: 4 } as const;
      const one = await completeMatrix({ ...observed, weight }, { ...options, pool: inlinePool() });
      const two = await completeMatrix({ ...observed, weight }, { ...options, pool });
      const none = await completeMatrix({ ...observed, weight }, options);
      expect(two.u.data).toEqual(one.u.data);
      expect(two.v.data).toEqual(one.v.data);
      expect(two.history).toEqual(one.history);
      for (const [k, value] of none.u.data.entries()) expect(one.u.data[k]).toBeCloseTo(value, 10);
    }
  } finally {
    await pool.close();
  }
});
