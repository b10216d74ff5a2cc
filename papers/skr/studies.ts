import type { Measurement, Run } from "ockham/paper";
import type { PreconditionerKind } from "ockham/pde";
import type { Figure, Table } from "ockham/report";
import type { Comparison, Method, MethodResult } from "./compare.ts";
import type { Family } from "./families.ts";
import { compareAll, comparisonTable, resultOf, titleOf, worstOf } from "./summary.ts";

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * What sorting saves. Jacobi from the right turns every -Laplacian(K u) into the same operator, whose space needs no
 * order when it is carried in the preconditioned variable; the claim is about the physical variable, and the table
 * shows both, and no preconditioner.
 */
export async function sortingStudy(
  run: Run,
  from: number,
  to: number,
): Promise<{
  readonly claims: Readonly<Record<"sorting" | "sorting-delta", Measurement>>;
  readonly tables: readonly Table[];
  readonly worst: number;
}> {
  const all = { n: 48, count: 60, methods: ["gmres", "cold", "skr", "unsorted"] } as const;
  // Methods that carry nothing have met these systems in the line before.
  const carrying = { ...all, carry: "preconditioned", methods: ["skr", "unsorted"] } as const;
  const settings: readonly Omit<Comparison, "seed">[] = [
    { ...all, family: "param3", precond: "jacobi", carry: "physical", delta: true },
    { ...carrying, family: "param3", precond: "jacobi" },
    { ...all, family: "param3", precond: "none" },
    { ...all, family: "param3, symmetric", precond: "jacobi", carry: "physical" },
    { ...carrying, family: "param3, symmetric", precond: "jacobi" },
    { ...all, family: "grf", precond: "jacobi", carry: "physical" },
    { ...carrying, family: "grf", precond: "jacobi" },
  ];
  const results = await compareAll(
    run,
    settings.map((setting) => run.seeds.map((seed) => ({ ...setting, seed }))),
    "sorting",
    from,
    to,
  );
  const ratio = (runs: readonly (readonly MethodResult[])[], value: (result: MethodResult) => number) =>
    runs.map((methods) => value(resultOf(methods, "skr")) / value(resultOf(methods, "unsorted")));
  const of = (
    runs: readonly (readonly MethodResult[])[],
    method: Method,
    value: (r: MethodResult) => number,
  ) => mean(runs.map((methods) => value(resultOf(methods, method))));
  const carriesNothing = (i: number) =>
    settings[i]!.methods.includes("gmres") ? results[i]! : results[i - 1]!;
  return {
    claims: {
      sorting: ratio(results[0]!, ({ iterations }) => iterations),
      "sorting-delta": ratio(results[0]!, ({ delta }) => delta!),
    },
    tables: [
      {
        id: "sorting",
        title: "What sorting saves: 48 x 48 grid, 60 systems",
        columns: [
          { name: "family" },
          { name: "preconditioner" },
          { name: "space carried in" },
          { name: "GMRES(40) iterations" },
          { name: "cold" },
          { name: "sorted" },
          { name: "unsorted" },
          { name: "delta sorted" },
          { name: "delta unsorted" },
        ],
        rows: settings.map(({ family, precond, carry, delta }, i) => [
          family,
          precond,
          carry === undefined ? "one variable" : `${carry} variable`,
          of(carriesNothing(i), "gmres", ({ iterations }) => iterations),
          of(carriesNothing(i), "cold", ({ iterations }) => iterations),
          of(results[i]!, "skr", ({ iterations }) => iterations),
          of(results[i]!, "unsorted", ({ iterations }) => iterations),
          delta === true ? of(results[i]!, "skr", (result) => result.delta!) : null,
          delta === true ? of(results[i]!, "unsorted", (result) => result.delta!) : null,
        ]),
      },
    ],
    worst: worstOf(results.flat()),
  };
}

/** Every family with every preconditioner, and where recycling is not the best choice. */
export async function familyStudies(
  run: Run,
  from: number,
  to: number,
): Promise<{
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
  readonly worst: number;
}> {
  const all: readonly Method[] = ["gmres", "cold", "skr", "unsorted"];
  const kinds: readonly PreconditionerKind[] = ["none", "jacobi", "sor", "ilu0"];
  const seed = run.seed;
  const study = (
    family: Family,
    n: number,
    count: number,
    methods: readonly Method[],
    preconds = kinds,
  ): readonly Comparison[] => preconds.map((precond) => ({ family, n, count, seed, precond, methods }));
  const studies = [
    study("grf", 64, 60, all),
    study("grf", 100, 60, ["gmres", "skr"]),
    study("param3", 64, 60, all),
    study("param3", 100, 60, ["gmres", "skr"]),
    study("helmholtz", 64, 20, all, ["none", "ilu0"]),
    study("two-phase", 64, 60, [...all, "cg"], ["jacobi", "ilu0"]),
    study("param3, symmetric", 64, 60, [...all, "cg"], ["jacobi", "ilu0"]),
  ];
  const results = await compareAll(run, studies, "families", from, to);
  const tables = studies.map((comparisons, i) =>
    comparisonTable(
      `family-${i + 1}`,
      titleOf(comparisons[0]!),
      comparisons.map(({ precond }, j) => ({ setting: precond, runs: [results[i]![j]!] })),
    ),
  );
  const bars = studies.flatMap((comparisons, i) =>
    comparisons.map(({ family, n, precond }, j) => ({
      name: `${family} ${n}, ${precond}`,
      ratio: resultOf(results[i]![j]!, "gmres").iterations / resultOf(results[i]![j]!, "skr").iterations,
    })),
  );
  const figure: Figure = {
    id: "iterations",
    title: "Iterations of GMRES(40) divided by those of SKR",
    x: { label: "family, grid, preconditioner", scale: "category" },
    y: { label: "fewer iterations", unit: "x" },
    series: [
      {
        name: "GMRES(40) / SKR",
        mark: "bars",
        x: bars.map(({ name }) => name),
        y: bars.map(({ ratio }) => ratio),
      },
    ],
  };
  return { tables, figures: [figure], worst: worstOf(results.flat()) };
}
