import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromNested, ndArray } from "../core/array/index.ts";
import { InvalidInputError, NumericalError } from "../core/errors.ts";
import { solve } from "../core/linalg/index.ts";
import { randomStream } from "../core/random/index.ts";
import { csrFromDense, csrFromTriplets } from "../core/sparse/index.ts";
import {
  type BlockProblem,
  gaussianBeliefTree,
  greedyForest,
  labelPropagation,
  latticeComb,
  leastSquares,
  logistic,
  minimizeBcd,
  quadratic,
  redBlackPartition,
  type Selection,
  softmaxRegression,
  treePartition,
} from "./index.ts";

const path = () =>
  csrFromDense(
    fromNested([
      [2, -1, 0, 0],
      [-1, 3, -1, 0],
      [0, -1, 2, -1],
      [0, 0, -1, 4],
    ]),
  );

test("the tree solve of a path has its known answer", () => {
  const x = new Float64Array(4);
  gaussianBeliefTree(path(), Float64Array.of(1, 2, 0, 1), Int32Array.of(0, 1, 2, 3), x);
  for (const [i, value] of [32, 37, 25, 13].entries()) expect(27 * x[i]!).toBeCloseTo(value, 12);
});

test("on a random forest the tree solve is that of a dense solver", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 12 }), (seed, n) => {
      const stream = randomStream(seed);
      const data = new Float64Array(n * n);
      for (let i = 0; i < n; i++) data[i * n + i] = 3 + n;
      for (let i = 1; i < n; i++) {
        if (stream.uniform() < 0.2) continue;
        const up = stream.integer(i);
        data[i * n + up] = data[up * n + i] = stream.normal();
      }
      const a = ndArray("float64", [n, n], data);
      const b = stream.fillNormal(new Float64Array(n));
      const x = new Float64Array(n);
      gaussianBeliefTree(csrFromDense(a), b, stream.permutation(n), x);
      const expected = solve(a, b) as unknown as Float64Array | { data: Float64Array };
      const values = expected instanceof Float64Array ? expected : expected.data;
      for (let i = 0; i < n; i++) expect(x[i]).toBeCloseTo(values[i]!, 10);
    }),
    { numRuns: 40 },
  );
});

test("a block with a cycle or a pivot that is not positive is refused by name", () => {
  const cycle = csrFromDense(
    fromNested([
      [3, -1, -1],
      [-1, 3, -1],
      [-1, -1, 3],
    ]),
  );
  const all = Int32Array.of(0, 1, 2);
  expect(() => gaussianBeliefTree(cycle, new Float64Array(3), all, new Float64Array(3))).toThrow(
    /edge \d - \d closes a cycle/,
  );
  const indefinite = csrFromDense(
    fromNested([
      [1, 2],
      [2, 1],
    ]),
  );
  expect(() =>
    gaussianBeliefTree(indefinite, new Float64Array(2), Int32Array.of(0, 1), new Float64Array(2)),
  ).toThrow(NumericalError);
});

test("forests, trees and colours of a cycle of four", () => {
  const cycle = csrFromTriplets(
    4,
    4,
    [0, 1, 1, 2, 2, 3, 3, 0],
    [1, 0, 2, 1, 3, 2, 0, 3],
    new Float64Array(8).fill(1),
  );
  const order = Int32Array.of(0, 1, 2, 3);
  expect([...greedyForest(order, cycle)]).toEqual([0, 1, 2]);
  expect(treePartition(cycle, order).map((block) => [...block])).toEqual([[0, 1, 2], [3]]);
  expect(redBlackPartition(cycle, order).map((block) => [...block])).toEqual([
    [0, 2],
    [1, 3],
  ]);
});

describe("the small least squares problem", () => {
  const problem = () =>
    leastSquares(
      fromNested([
        [1, 2, 0, 1],
        [0, 1, 3, -1],
        [2, 0, 1, 1],
      ]),
      Float64Array.of(1, 2, -1),
    );
  const once = (selection: Selection, size: number) =>
    minimizeBcd(problem(), {
      partition: { kind: "variable", size },
      selection,
      update: "matrix",
      maxIterations: 1,
    });

  test("has the known gradient, constants and row sums", () => {
    const { lipschitz, rowSums, start } = problem();
    expect([...start(new Float64Array(4)).gradient]).toEqual([1, -4, -5, 2]);
    expect([...lipschitz]).toEqual([5, 5, 10, 3]);
    expect([...rowSums()]).toEqual([12, 11, 17, 9]);
  });

  test.each([
    ["gs", 1, [2]],
    ["gsl", 1, [1]],
    ["gsd", 1, [2]],
    ["gs", 2, [1, 2]],
    ["gsl", 2, [1, 2]],
  ] as const)("%s takes the known block of %i", async (selection, size, block) => {
    expect([...(await once(selection, size)).support]).toEqual([...block]);
  });

  test("the matrix step on variables 1 and 2 is (25, 13) / 41", async () => {
    const { x } = await once("gs", 2);
    expect(41 * x[1]!).toBeCloseTo(25, 10);
    expect(41 * x[2]!).toBeCloseTo(13, 10);
  });

  test("of all pairs, gsq's bound falls most for variables 1 and 3, by 3", async () => {
    const two = { kind: "fixed", size: 2, order: "index" } as const;
    const swapped = leastSquares(
      fromNested([
        [1, 0, 2, 1],
        [0, 3, 1, -1],
        [2, 1, 0, 1],
      ]),
      Float64Array.of(1, 2, -1),
    );
    const { x, value, history } = await minimizeBcd(swapped, {
      partition: two,
      selection: "gsq",
      update: "exact",
      maxIterations: 1,
    });
    expect([...x].map((v) => v !== 0)).toEqual([false, false, true, true]);
    expect(history[0]! - value).toBeCloseTo(3, 10);
  });
});

function randomProblem(kind: string, seed: number): BlockProblem {
  const stream = randomStream(seed, kind);
  const a = ndArray("float64", [12, 6], stream.fillNormal(new Float64Array(72)));
  const b = stream.fillNormal(new Float64Array(12));
  if (kind === "logistic")
    return logistic(
      a,
      b.map((value, i) => (i === 0 ? 1 : i === 1 ? -1 : value > 0 ? 1 : -1)),
      { l2: 0.5 },
    );
  if (kind === "softmax")
    return softmaxRegression(
      ndArray("float64", [12, 3], a.data.slice(0, 36)),
      Array.from(b, (value, i) => (i < 3 ? i : value > 0.5 ? 2 : value > -0.5 ? 1 : 0)),
      { l2: 0.5 },
    );
  if (kind === "quadratic") return quadratic(path(), b.slice(0, 4));
  return leastSquares(a, b, kind === "nonnegative" ? { nonnegative: true, l1: 0.3 } : { l2: 0.1 });
}

test("a state keeps value and gradient right while blocks move", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("logistic", "softmax", "quadratic", "least squares"),
      fc.integer({ min: 0, max: 1e6 }),
      (kind, seed) => {
        const problem = randomProblem(kind, seed);
        const stream = randomStream(seed);
        const state = problem.start(stream.fillNormal(new Float64Array(problem.n)));
        for (let k = 0; k < 5; k++) {
          const block = stream.subset(problem.n, 2);
          const step = stream.fillNormal(new Float64Array(2));
          const before = state.value();
          const change = state.change(block, step);
          state.move(block, step);
          expect(state.value() - before).toBeCloseTo(change, 8);
        }
        const gradient = new Float64Array(problem.n);
        problem.gradient(state.x, gradient);
        expect(state.value()).toBeCloseTo(problem.value(state.x), 8);
        for (let i = 0; i < problem.n; i++) {
          expect(state.gradient[i]).toBeCloseTo(gradient[i]!, 8);
          const shifted = state.x.slice();
          shifted[i]! += 1e-5;
          const back = state.x.slice();
          back[i]! -= 1e-5;
          expect((problem.value(shifted) - problem.value(back)) / 2e-5).toBeCloseTo(gradient[i]!, 5);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test.each([
  ["least squares", "gs", "gradient"],
  ["least squares", "gsl", "matrix"],
  ["least squares", "gsd", "exact"],
  ["least squares", "gsq", "exact"],
  ["least squares", "random", "linesearch-L"],
  ["least squares", "lipschitz", "gradient"],
  ["least squares", "cyclic", "newton"],
  ["logistic", "gsl", "gradient"],
  ["logistic", "gs", "newton"],
  ["logistic", "gsq", "matrix"],
  ["softmax", "gsl", "gradient"],
  ["softmax", "gs", "newton"],
  ["softmax", "gsq", "matrix"],
  ["softmax", "gsd", "linesearch-L"],
  ["quadratic", "tree-greedy", "message-passing"],
  ["quadratic", "tree-random", "message-passing"],
  ["nonnegative", "gsq", "projected"],
  ["nonnegative", "gsq", "two-metric"],
  ["nonnegative", "cyclic", "qp"],
] as const)(
  "%s by %s and %s: the value never rises, and the gradient vanishes",
  async (kind, selection, update) => {
    for (const partition of [
      { kind: "variable", size: 2 },
      { kind: "fixed", size: 2 },
    ] as const) {
      const result = await minimizeBcd(randomProblem(kind, 3), {
        partition,
        selection,
        update,
        maxIterations: 5000,
        tolerance: 1e-8,
      });
      expect(result.converged).toBe(true);
      for (const [k, value] of result.history.entries())
        if (k > 0) expect(value).toBeLessThanOrEqual(result.history[k - 1]! + 1e-9);
    }
  },
);

test("softmax with two classes is logistic regression with the difference of their coefficients", () => {
  const a = fromNested([
    [1, 2],
    [0, -1],
    [3, 1],
  ]);
  const x = Float64Array.of(0.3, -0.4, 1.1, 0.2);
  const difference = Float64Array.of(x[1]! - x[0]!, x[3]! - x[2]!);
  const softmax = softmaxRegression(a, [1, 0, 1]);
  expect(softmax.value(x)).toBeCloseTo(logistic(a, [1, -1, 1]).value(difference), 12);
  // 1/4 ||a_f||^2 along a coefficient; for two classes the bound has no more.
  expect([...softmax.lipschitz]).toEqual([2.5, 2.5, 1.5, 1.5]);
  const h = new Float64Array(4);
  softmax.hessianBound(Int32Array.of(0, 1), h);
  expect([...h]).toEqual([2.5, -2.5, -2.5, 2.5]);
});

test("the Hessian of softmax is that of the gradient, and its bound and row sums lie above it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const problem = randomProblem("softmax", seed);
      const { n } = problem;
      const stream = randomStream(seed, "direction");
      const state = problem.start(stream.fillNormal(new Float64Array(n)));
      const all = Int32Array.from({ length: n }, (_, i) => i);
      const [h, bound] = [new Float64Array(n * n), new Float64Array(n * n)];
      state.hessian(all, h);
      problem.hessianBound(all, bound);
      const d = stream.fillNormal(new Float64Array(n));
      const [ahead, behind] = [new Float64Array(n), new Float64Array(n)];
      problem.gradient(
        state.x.map((value, i) => value + 1e-5 * d[i]!),
        ahead,
      );
      problem.gradient(
        state.x.map((value, i) => value - 1e-5 * d[i]!),
        behind,
      );
      const product = new Float64Array(n);
      problem.boundProduct(d, product);
      const sums = problem.rowSums();
      let [curvature, most, metric] = [0, 0, 0];
      for (let i = 0; i < n; i++) {
        let [along, above, sum] = [0, 0, 0];
        for (let j = 0; j < n; j++) {
          along += h[i * n + j]! * d[j]!;
          above += bound[i * n + j]! * d[j]!;
          sum += Math.abs(bound[i * n + j]!);
        }
        expect((ahead[i]! - behind[i]!) / 2e-5).toBeCloseTo(along, 4);
        expect(product[i]).toBeCloseTo(above, 10);
        expect(sums[i]).toBeCloseTo(sum, 10);
        expect(h[i * n + i]!).toBeLessThanOrEqual(problem.lipschitz[i]! + 1e-12);
        curvature += d[i]! * along;
        most += d[i]! * above;
        metric += d[i]! * sums[i]! * d[i]!;
      }
      expect(curvature).toBeLessThanOrEqual(most + 1e-10);
      expect(most).toBeLessThanOrEqual(metric + 1e-10);
    }),
    { numRuns: 25 },
  );
});

test("the two combs of a lattice are trees that share its vertices", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (rows, columns) => {
      const n = rows * columns;
      const ends: [number[], number[]] = [[], []];
      for (let v = 0; v < n; v++) {
        const next = [
          ...(v % columns < columns - 1 ? [v + 1] : []),
          ...(v + columns < n ? [v + columns] : []),
        ];
        ends[0].push(...next.map(() => v));
        ends[1].push(...next);
      }
      const graph = csrFromTriplets(
        n,
        n,
        [...ends[0], ...ends[1]],
        [...ends[1], ...ends[0]],
        new Float64Array(2 * ends[0].length).fill(1),
      );
      const combs = latticeComb(rows, columns);
      expect(combs.flatMap((comb) => [...comb]).sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
      for (const comb of combs) {
        // Greedily nothing is left out: no cycle. One edge fewer than vertices: one tree.
        expect(greedyForest(comb, graph)).toEqual(comb);
        const inside = new Set(comb);
        const edges = ends[0].filter((v, e) => inside.has(v) && inside.has(ends[1][e]!)).length;
        expect(edges).toBe(Math.max(0, comb.length - 1));
      }
    }),
  );
});

test("trees, combs and colours solve a lattice alike", async () => {
  const side = 6;
  const rows: number[] = [];
  const columns: number[] = [];
  for (let i = 0; i < side * side; i++)
    for (const j of [i % side < side - 1 ? i + 1 : -1, i + side < side * side ? i + side : -1])
      if (j >= 0) {
        rows.push(i, j);
        columns.push(j, i);
      }
  const w = csrFromTriplets(side * side, side * side, rows, columns, new Float64Array(rows.length).fill(1));
  const { problem, unlabelled } = labelPropagation(
    w,
    new Map([
      [0, 1],
      [35, -1],
    ]),
  );
  expect(unlabelled.length).toBe(34);
  const options = {
    selection: "cyclic",
    update: "message-passing",
    tolerance: 1e-8,
    maxIterations: 5000,
  } as const;
  const trees = await minimizeBcd(problem, { ...options, partition: { kind: "tree" } });
  const colours = await minimizeBcd(problem, { ...options, partition: { kind: "redblack" } });
  const blocks = latticeComb(side, side).map((comb) =>
    comb.filter((vertex) => vertex !== 0 && vertex !== 35).map((vertex) => vertex - 1),
  );
  const combs = await minimizeBcd(problem, { ...options, partition: { kind: "given", blocks } });
  expect([trees.converged, combs.converged, colours.converged]).toEqual([true, true, true]);
  for (const [i, value] of trees.x.entries()) {
    expect(Math.abs(value)).toBeLessThan(1);
    expect(value).toBeCloseTo(combs.x[i]!, 6);
    expect(value).toBeCloseTo(colours.x[i]!, 6);
  }
});

test("bad input is refused by name", async () => {
  const triangle = csrFromTriplets(3, 3, [0, 1], [1, 0], [1, 1]);
  expect(() => labelPropagation(triangle, new Map([[0, 1]]))).toThrow(/reach no label: vertices \[2\]/);
  expect(() =>
    quadratic(
      fromNested([
        [1, 2],
        [0, 1],
      ]),
      new Float64Array(2),
    ),
  ).toThrow(/symmetric/);
  expect(() => logistic(fromNested([[1], [2]]), [1, 1])).toThrow(/labels -1 and 1, both/);
  expect(() => softmaxRegression(fromNested([[1], [2]]), [0, 0])).toThrow(/at least two/);
  expect(() => softmaxRegression(fromNested([[1], [2]]), [0, 1.5])).toThrow(/labels of row 1/);
  expect(() => latticeComb(0, 3)).toThrow(/rows/);
  const problem = randomProblem("nonnegative", 1);
  for (const [blocks, message] of [
    [[Int32Array.of(0, 1), Int32Array.of(1, 2)], /variable 1 lies in two places/],
    [[Int32Array.of(0, 1, 2, 3, 4)], /variable 5 lies in no block/],
    [[Int32Array.of(9)], /variable 9 is none of 6/],
    [[[0, 1]] as unknown as Int32Array[], /list of Int32Array/],
  ] as const)
    await expect(
      minimizeBcd(problem, { selection: "cyclic", update: "qp", partition: { kind: "given", blocks } }),
    ).rejects.toThrow(message);
  const options = { selection: "gsq", update: "qp", partition: { kind: "variable", size: 2 } } as const;
  await expect(minimizeBcd(problem, { ...options, update: "gradient" })).rejects.toThrow(/options.update/);
  await expect(minimizeBcd(problem, { ...options, selection: "gs" })).rejects.toThrow(/options.selection/);
  await expect(
    minimizeBcd(problem, { ...options, initial: Float64Array.of(1, -1, 0, 0, 0, 0) }),
  ).rejects.toThrow(/options.initial/);
  await expect(
    minimizeBcd(problem, { ...options, partition: { kind: "variable", size: 9 } }),
  ).rejects.toThrow(InvalidInputError);
  const flat = quadratic(csrFromTriplets(2, 2, [0], [0], [1]), Float64Array.of(1, 1));
  await expect(minimizeBcd(flat, { selection: "gs", update: "gradient" })).rejects.toThrow(
    /variable 1 has no curvature/,
  );
});
