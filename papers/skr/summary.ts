import type { Run } from "ockham/paper";
import { SequenceSolver, type SequenceSolverOptions } from "ockham/pde";
import type { Cell, Figure, Series, Table } from "ockham/report";
import { type Comparison, compare, type Method, type MethodResult, methodNames } from "./compare.ts";
import { systemsOf } from "./families.ts";

/** Runs groups of comparisons on the pool, all at once and the longest first; results in the same shape. */
export async function compareAll(
  run: Run,
  groups: readonly (readonly Comparison[])[],
  stage: string,
  from: number,
  to: number,
): Promise<(readonly MethodResult[])[][]> {
  const inputs = groups.flat();
  // So that no worker waits for the last comparison of another.
  const order = inputs.map((_, i) => i).sort((i, j) => effort(inputs[j]!) - effort(inputs[i]!) || i - j);
  const { onProgress } = run.stage(stage, from, to);
  const outputs = await run.pool.map(
    compare,
    order.map((i) => inputs[i]!),
    { signal: run.signal, ...(onProgress === undefined ? {} : { onProgress }) },
  );
  let next = 0;
  return groups.map((group) => group.map(() => outputs[order.indexOf(next++)]!));
}

/** Roughly how long a comparison takes: steps grow like n, and are by far the most where nothing preconditions. */
function effort({ n, count, precond, methods }: Comparison): number {
  return n ** 3 * count * methods.length * (precond === "none" ? 6 : 1);
}

export function resultOf(results: readonly MethodResult[], method: Method): MethodResult {
  const found = results.find((result) => result.method === method);
  if (found === undefined) throw new Error(`the comparison did not run ${method}`);
  return found;
}

/** Largest true residual of what methods call converged. */
export function worstOf(results: readonly (readonly MethodResult[])[]): number {
  return Math.max(...results.flat().map(({ worstResidual }) => worstResidual));
}

export function titleOf({ family, n, count }: Comparison): string {
  return `${family}, ${n} x ${n} grid, ${count} systems`;
}

export interface Setting {
  readonly setting: string;
  /** One for each seed. */
  readonly runs: readonly (readonly MethodResult[])[];
}

/** Means over the seeds of every method in every setting. */
export function comparisonTable(id: string, heading: string, settings: readonly Setting[]): Table {
  const rows = settings.flatMap(({ setting, runs }) =>
    runs[0]!.map(({ method }): Cell[] => {
      const own = runs.map((results) => resultOf(results, method));
      const mean = (value: (result: MethodResult) => number): number =>
        own.reduce((sum, result) => sum + value(result), 0) / own.length;
      const reference = runs.flatMap((results) => results.filter((result) => result.method === "gmres"));
      const gmresIterations = reference.reduce((sum, result) => sum + result.iterations, 0) / own.length;
      const gmresSeconds = reference.reduce((sum, result) => sum + result.seconds, 0) / own.length;
      const iterations = mean((result) => result.iterations);
      const seconds = mean((result) => result.seconds);
      return [
        setting,
        methodNames[method],
        iterations,
        mean((result) => result.matvecs),
        1000 * seconds,
        gmresIterations > 0 ? gmresIterations / iterations : null,
        gmresSeconds > 0 ? gmresSeconds / seconds : null,
        Math.max(...own.map((result) => result.worstResidual)),
        own.reduce((sum, result) => sum + result.unconverged, 0),
      ];
    }),
  );
  return {
    id,
    title: heading,
    columns: [
      { name: "setting" },
      { name: "method" },
      { name: "iterations" },
      { name: "products with A" },
      { name: "time a system", unit: "ms", digits: 3 },
      { name: "fewer iterations", unit: "x", digits: 3 },
      { name: "faster", unit: "x", digits: 3 },
      { name: "worst residual", digits: 2 },
      { name: "not converged" },
    ],
    rows,
  };
}

/** Residuals against iterations on the last of four systems. */
export function residualFigure(): Figure {
  const systems = systemsOf("grf", 0, 4, 64);
  const settings: Readonly<Record<string, SequenceSolverOptions>> = {
    "GMRES(40)": { solver: "gmres", precond: "jacobi" },
    "GCRO-DR, cold": { recycle: false, precond: "jacobi" },
    SKR: { precond: "jacobi" },
  };
  return {
    id: "residuals",
    title: "Relative residual on the fourth of a sequence of systems",
    x: { label: "iterations" },
    y: { label: "relative residual", scale: "log" },
    series: Object.entries(settings).map(([name, options]): Series => {
      const solver = new SequenceSolver(options);
      let residuals = Float64Array.of(1);
      for (const { A, b } of systems) residuals = Float64Array.from(solver.solve(A, b).residuals);
      const every = Math.max(1, Math.floor(residuals.length / 100));
      const kept = [...residuals.keys()].filter((i) => i % every === 0 || i === residuals.length - 1);
      return { name, mark: "line", x: kept, y: kept.map((i) => residuals[i]!) };
    }),
  };
}
