import type { Frame, GraphView, ImagesView, MatrixView, PlotView, TableView, View } from "ockham/demo";
import { expect } from "vitest";

// What the last frame of each demo must satisfy, whatever machine it was computed on.

const of = <Kind extends View["kind"]>(frame: Frame, kind: Kind): Extract<View, { kind: Kind }>[] =>
  frame.views.filter((view): view is Extract<View, { kind: Kind }> => view.kind === kind);

const cell = ({ rows }: TableView, row: string, column: number): number =>
  rows.find(([name]) => name === row)![column] as number;

const last = (plot: PlotView, name: string): number => {
  const { y } = plot.series.find((series) => series.name === name)!;
  return y[y.length - 1]!;
};

const plotNamed = (frame: Frame, title: RegExp): PlotView =>
  of(frame, "plot").find((plot) => title.test(plot.title))!;

/** Checks by paper; each states what the mathematics promises of the demo with its own settings. */
export const checks: Readonly<Record<string, (frame: Frame) => void>> = {
  lightsb(frame) {
    const [table] = of(frame, "table");
    // The bridge ends where the other cloud is, as random pairs do, on half the squared way.
    expect(cell(table!, "bridge", 1)).toBeLessThan(0.1 * cell(table!, "no move", 1));
    expect(cell(table!, "bridge", 2)).toBeLessThan(0.7 * cell(table!, "random pairs", 2));
  },
  "dpm-solver-v3"(frame) {
    const [images] = of(frame, "images") as [ImagesView];
    const [exact, own] = images.rows;
    const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Math.sqrt(Array.from(a).reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);
    // The pictures agree with those of the finely solved equation, closer than those of either baseline.
    expect(difference(exact!.pixels, own!.pixels)).toBeLessThan(0.02);
    const plot = plotNamed(frame, /Distance/);
    for (const rival of ["DDIM", "UniPC-2"])
      expect(last(plot, "DPM-Solver-v3")).toBeLessThan(last(plot, rival));
    // Ink on paper: pixels are neither all black nor all white.
    const inked = Array.from(own!.pixels).filter((grey) => grey > 0.5).length / own!.pixels.length;
    expect(inked).toBeGreaterThan(0.03);
    expect(inked).toBeLessThan(0.35);
  },
  skr(frame) {
    const [table] = of(frame, "table");
    // Both solved every system to the tolerance; recycling with fewer products.
    for (const solver of ["recycled (SKR)", "restarted GMRES(40)"])
      expect(cell(table!, solver, 2)).toBeLessThanOrEqual(1e-8);
    expect(cell(table!, "recycled (SKR)", 1)).toBeLessThan(0.7 * cell(table!, "restarted GMRES(40)", 1));
    const residuals = plotNamed(frame, /Residuals/).series[0]!.y;
    expect(residuals[residuals.length - 1]).toBeLessThanOrEqual(1e-8);
    // -Laplacian(K u) = 1 with K > 0 has a positive solution inside.
    const solution = of(frame, "matrix").find(({ title }) => title === "Solution") as MatrixView;
    expect(Math.min(...Array.from(solution.data))).toBeGreaterThan(0);
  },
  "learn-to-relax"(frame) {
    const plot = plotNamed(frame, /Iterations/);
    // No factor beats the best of each system by more than the asymptotics allow; learning beats Gauss-Seidel by far.
    expect(last(plot, "ChebCB")).toBeLessThan(0.3 * last(plot, "factor 1"));
    expect(last(plot, "ChebCB")).toBeGreaterThan(0.9 * last(plot, "best for each"));
  },
  powerwalk(frame) {
    const plot = plotNamed(frame, /Error/);
    expect(last(plot, "PowerWalk")).toBeLessThan(0.03);
    expect(last(plot, "PowerWalk")).toBeLessThan(last(plot, "walks from the source"));
    const [table] = of(frame, "table");
    // The source itself scores most: at least the probability to go home.
    expect(table!.rows[0]![0]).toBe("Valjean");
    expect(table!.rows[0]![3]).toBeGreaterThan(0.15);
    for (const [, own, , exact] of table!.rows)
      expect(Math.abs((own as number) - (exact as number))).toBeLessThan(0.01);
  },
  fastrp(frame) {
    const [graph] = of(frame, "graph") as [GraphView];
    const likeness = Array.from(graph.colour.values);
    expect(likeness[graph.labels.indexOf("Valjean")]).toBeCloseTo(1, 5);
    for (const value of likeness) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-6);
    const plot = plotNamed(frame, /neighbours from strangers/);
    expect(last(plot, "FastRP")).toBeGreaterThan(0.85);
    expect(last(plot, "FastRP")).toBeGreaterThan(last(plot, "RandNE"));
  },
  muvera(frame) {
    const [table] = of(frame, "table");
    expect(table!.rows[0]![1]).toMatch(/^Functional Bayesian Tucker/);
    // Candidates are reranked by true similarity, which falls.
    const scores = plotNamed(frame, /estimate/).series[0]!.y;
    for (let i = 1; i < scores.length; i++) expect(scores[i]!).toBeLessThanOrEqual(scores[i - 1]!);
  },
  "one-connection"(frame) {
    const table = of(frame, "table").find(({ title }) => title.startsWith("Checked"))!;
    expect(table.rows).toHaveLength(6);
    for (const [, rule, inverse, verdict] of table.rows) expect([rule, verdict]).toEqual([inverse, "equal"]);
    // (1 - l_bc l_cb)^2 under the covariance, expanded.
    expect(of(frame, "formulas")[0]!.formulas[0]!.tex).toContain("2\\lambda_{bc} \\lambda_{cb}");
  },
  esma(frame) {
    const found = of(frame, "formulas")[0]!.formulas;
    // Euler's (e + 1) / (e - 1) = [2; 6, 10, ...].
    expect(
      found.some(({ tex }) => tex.startsWith("(e + 1)/(e - 1) = 2 + \\cfrac{1}{6 + \\cfrac{1}{10")),
    ).toBe(true);
    expect(of(frame, "table")[0]!.rows[0]![2]).toBe(13);
    const plot = plotNamed(frame, /Digits/);
    expect(plot.series[0]!.y.length).toBe(59);
    expect(plot.series[0]!.y[58]).toBeGreaterThan(1.5 * plot.series[1]!.y[58]!);
  },
  "perceptron-gd"(frame) {
    const [table] = of(frame, "table");
    // Every point is on its side of every line that is drawn; normalised steps need the fewest updates.
    for (const [, , separated, margin] of table!.rows) {
      expect(separated).toBe("yes");
      expect(margin).toBeGreaterThan(0);
    }
    expect(cell(table!, "normalised steps", 1)).toBeLessThan(0.5 * cell(table!, "plain gradient descent", 1));
    const [one, many, line] = plotNamed(frame, /Lines/).series;
    const [x0, x1, y0, y1] = [line!.x[0]!, line!.x[1]!, line!.y[0]!, line!.y[1]!];
    const side = (x: number, y: number): number => Math.sign((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0));
    const sides = (group: typeof one): Set<number> =>
      new Set(Array.from(group!.x, (x, i) => side(x, group!.y[i]!)));
    expect([...sides(one)].concat([...sides(many)]).sort()).toEqual([-1, 1]);
  },
  "ptd-ssm"(frame) {
    const answers = plotNamed(frame, /Relative error/);
    const worst = (name: string): number =>
      Math.max(...Array.from(answers.series.find((s) => s.name === name)!.y));
    // S4D rings at a tone that PTD answers as the system itself does.
    expect(worst("S4D")).toBeGreaterThan(2);
    expect(worst("PTD")).toBeLessThan(1);
    const [[, size, condition, residual]] = of(frame, "table")[0]!.rows as [number[]];
    expect(size).toBeLessThan(5);
    expect(condition).toBeLessThan(60);
    expect(residual).toBeLessThan(1e-10);
  },
  "greedy-bcd"(frame) {
    const board = plotNamed(frame, /board/);
    expect(last(board, "greedy trees")).toBeLessThan(0.3 * last(board, "red-black blocks"));
    const fit = plotNamed(frame, /Least squares/);
    const final = fit.series.map(({ y }) => y[y.length - 1]!);
    expect(final).toEqual(final.toSorted((a, b) => a - b));
    // Exact steps and steps within a bound of the curvature never go up.
    for (const { y } of [...board.series, ...fit.series])
      for (let i = 1; i < y.length; i++) expect(y[i]).toBeLessThanOrEqual(y[i - 1]! * (1 + 1e-9));
    // Means of neighbours lie between the labels.
    const [settled] = of(frame, "matrix");
    for (const value of Array.from(settled!.data)) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-9);
  },
  "linf-sketch"(frame) {
    const worst = plotNamed(frame, /Worst/);
    const [bound, dense] = worst.series;
    // Every draw of the dense sketch keeps the bound; the sparse one gives a whole entry of 1/4 to a coefficient.
    for (const [i, high] of Array.from(dense!.high!).entries()) expect(high).toBeLessThan(bound!.y[i]!);
    const sparse = worst.series.find(({ name }) => name.includes("CountSketch"))!;
    expect(sparse.y[sparse.y.length - 1]).toBeCloseTo(0.25, 12);
    expect(last(worst, dense!.name)).toBeLessThan(0.5 * 0.25);
  },
  "robust-altmin"(frame) {
    const [table] = of(frame, "table");
    // The same error as exact solves, with fewer operations; cells that were not seen are known to four digits.
    expect(cell(table!, "rough steps", 1)).toBeLessThan(1e-3);
    expect(cell(table!, "rough steps", 1)).toBeLessThan(2 * cell(table!, "exact solves", 1));
    expect(cell(table!, "rough steps", 2)).toBeLessThan(cell(table!, "exact solves", 2));
    expect(cell(table!, "means of rows and columns", 1)).toBeGreaterThan(0.5);
  },
  lord(frame) {
    const accuracy = plotNamed(frame, /told apart/);
    const at = (name: string, rank: number): number => {
      const { x, y } = accuracy.series.find((series) => series.name === name)!;
      return y[Array.from(x).indexOf(rank)]!;
    };
    // At a low rank LoRD is ahead; at the highest it tells apart what the whole network does.
    expect(at("LoRD", 8)).toBeGreaterThan(at("truncated SVD", 8));
    expect(Math.abs(last(accuracy, "LoRD") - last(accuracy, "whole network"))).toBeLessThan(1.5);
    expect(last(accuracy, "whole network")).toBeGreaterThan(80);
    const [own, rival] = plotNamed(frame, /Change/).series;
    for (let i = 0; i < own!.y.length; i++) expect(own!.y[i]!).toBeLessThan(rival!.y[i]!);
    // Every network was timed at every rank. How fast a runtime is depends on the machine: no bar here.
    const times = plotNamed(frame, /Time/);
    expect(times.series.map(({ y }) => y.length)).toEqual([8, 8, 8]);
    for (const { y } of times.series) for (const time of Array.from(y)) expect(time).toBeGreaterThan(0);
    const [table] = of(frame, "table");
    expect(cell(table!, "LoRD", 3)).toBeLessThan(0.3 * cell(table!, "whole", 3));
  },
  funbat(frame) {
    const plot = plotNamed(frame, /Error/);
    expect(last(plot, "FunBaT")).toBeLessThan(0.6 * last(plot, "five nearest measurements"));
    const [prediction, truth] = of(frame, "matrix").map(({ data }) => Array.from(data));
    const error = Math.sqrt(
      prediction!.reduce((sum, value, i) => sum + (value - truth![i]!) ** 2, 0) / prediction!.length,
    );
    expect(error).toBeLessThan(0.1);
    expect(of(frame, "table")[0]!.rows[0]![2]).toBeGreaterThan(85);
  },
};

/** A frame without what is marked as timed, which no two runs share. */
export function untimed(frame: Frame): Frame {
  return {
    ...frame,
    views: frame.views.map((view) => {
      if (view.kind === "plot" && view.timed)
        return { ...view, series: view.series.map((one) => ({ ...one, y: [] })) };
      if (view.kind === "table")
        return {
          ...view,
          rows: view.rows.map((row) => row.map((value, c) => (view.columns[c]!.timed ? null : value))),
        };
      return view;
    }),
  };
}
