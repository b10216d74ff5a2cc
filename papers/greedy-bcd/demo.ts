import { type DemoContext, defineDemo, type Frame, type PlotSeries } from "ockham/demo";
import {
  type BcdOptions,
  type BlockProblem,
  labelPropagation,
  leastSquares,
  minimizeBcd,
} from "ockham/optim";
import { sparseCholesky } from "ockham/sparse";
import { lattice, sparseDesign } from "./problems.ts";

type Rule = Pick<BcdOptions, "partition" | "selection" | "update">;
type Role = PlotSeries["role"];

/** Rules on the lattice: two blocks of the same kind of exact step, and single variables. */
const onLattice: readonly (readonly [name: string, role: Role, rule: Rule])[] = [
  ["greedy trees", "method", { selection: "tree-greedy", update: "message-passing" }],
  [
    "red-black blocks",
    "baseline",
    { partition: { kind: "redblack" }, selection: "gs", update: "message-passing" },
  ],
];

/** Iterations between two frames. */
const stride = 2;

export const demo = defineDemo({
  says: "A few squares of a board are labelled −1 or 1; all others should be the mean of their neighbours. Each iteration solves exactly for a block of squares. A block may be a whole forest: the board then settles in a few sweeps, where blocks without neighbours, the classical choice, creep. Below: which columns of a least-squares problem to move, by size of gradient or with curvature weighed in.",
  shows: [
    { kind: "matrix", title: "Greedy trees" },
    { kind: "matrix", title: "Red-black blocks" },
    { kind: "plot", title: "The board: distance to the least value" },
    { kind: "plot", title: "Least squares: distance to the least value" },
    { kind: "table", title: "After the iterations so far", rows: 5 },
  ],
  controls: {
    side: { kind: "number", label: "Squares a side", value: 32, min: 10, max: 60, step: 2 },
    labelled: { kind: "number", label: "Labelled squares", value: 40, min: 2, max: 200, step: 2 },
    iterations: { kind: "number", label: "Iterations", value: 40, min: 10, max: 100, step: 2 },
    block: { kind: "number", label: "Columns moved at once", value: 5, min: 1, max: 40, step: 1 },
    update: {
      kind: "choice",
      label: "Step of least squares",
      value: "matrix",
      options: { matrix: "by the Hessian of the block", gradient: "by its largest curvature" },
    },
    seed: { kind: "seed", label: "Seed", value: 1 },
  },
  async *run({ side, labelled, iterations, block, update, seed }, { signal, onProgress }: DemoContext) {
    const { w, labels } = lattice(side, Math.min(labelled, side * side - 1), seed);
    const { problem, unlabelled } = labelPropagation(w, labels);
    const board = (x: Float64Array): Float64Array => {
      const values = new Float64Array(side * side);
      for (const [vertex, label] of labels) values[vertex] = label;
      for (const [i, vertex] of unlabelled.entries()) values[vertex] = x[i]!;
      return values;
    };
    const { a, b } = sparseDesign(100, 400, seed);
    const fit = leastSquares(a, b);
    const partition = { kind: "variable", size: block } as const;
    const rules = (["gsl", "gs", "random"] as const).map((selection) => ({ partition, selection, update }));
    const curves = [
      ...onLattice.map(([name, role, rule]) => new Curve(name, role, problem, rule, leastOf(problem))),
      // More columns than rows: the least value is 0.
      new Curve("curvature weighed (GSL)", "method", fit, rules[0]!, 0),
      new Curve("largest gradient (GS)", "baseline", fit, rules[1]!, 0),
      new Curve("random columns", "second-baseline", fit, rules[2]!, 0),
    ];
    const [trees, redBlack] = curves as [Curve, Curve];
    for (let done = 0; done < iterations; done += stride) {
      for (const curve of curves) await curve.advance(stride, seed + done, signal);
      onProgress({ done: done + stride, total: iterations });
      const views: Frame["views"] = [
        boardView(`Greedy trees, ${done + stride} iterations`, side, board(trees.x)),
        boardView(`Red-black blocks, ${done + stride} iterations`, side, board(redBlack.x)),
        gaps("The board: distance to the least value", curves.slice(0, 2), iterations),
        gaps("Least squares: distance to the least value", curves.slice(2), iterations),
        {
          kind: "table",
          title: `After ${done + stride} iterations`,
          columns: [
            { name: "rule" },
            { name: "problem" },
            { name: "distance left, of the first", digits: 2 },
          ],
          rows: curves.map((curve, i) => [curve.name, i < 2 ? "board" : "least squares", curve.gaps.at(-1)!]),
        },
      ];
      yield { done: done + stride, total: iterations, views };
    }
  },
});

/** A rule at work on a problem, some iterations at a time. */
class Curve {
  readonly name: string;
  readonly role: Role;
  x: Float64Array;
  /** Distance to the least value at the start and after each iteration, over the first. */
  readonly gaps: number[] = [1];
  readonly #problem: BlockProblem;
  readonly #rule: Rule;
  readonly #least: number;
  #first = Number.NaN;

  constructor(name: string, role: Role, problem: BlockProblem, rule: Rule, least: number) {
    this.name = name;
    this.role = role;
    this.x = new Float64Array(problem.n);
    this.#problem = problem;
    this.#rule = rule;
    this.#least = least;
  }

  async advance(iterations: number, seed: number, signal: AbortSignal): Promise<void> {
    const { x, history } = await minimizeBcd(this.#problem, {
      ...this.#rule,
      ...{ maxIterations: iterations, tolerance: 0, initial: this.x, seed, signal },
    });
    this.x = x;
    if (Number.isNaN(this.#first)) this.#first = history[0]! - this.#least;
    // A run that has nothing left to gain ends early.
    for (let i = 1; i <= iterations; i++) {
      const value = history[Math.min(i, history.length - 1)]!;
      this.gaps.push(Math.max(1e-16, (value - this.#least) / this.#first));
    }
  }
}

/** The least value of a quadratic, where its gradient is 0. */
function leastOf(problem: BlockProblem): number {
  const slope = new Float64Array(problem.n);
  problem.gradient(slope.slice(), slope);
  return problem.value(sparseCholesky(problem.graph!).solve(slope.map((value) => -value)));
}

function boardView(title: string, side: number, data: Float64Array): Frame["views"][number] {
  return { kind: "matrix", title, rows: side, columns: side, data, rowLabel: "row", columnLabel: "column" };
}

function gaps(title: string, curves: readonly Curve[], iterations: number): Frame["views"][number] {
  return {
    kind: "plot",
    title,
    x: { label: "iterations", domain: [0, iterations] },
    y: { label: "distance, of the first", scale: "log" },
    series: curves.map(({ name, role, gaps }) => ({
      name,
      role,
      mark: "line",
      x: gaps.map((_, i) => i),
      y: [...gaps],
    })),
  };
}
