import { definePaper, type Measurement } from "ockham/paper";
import { factsOf } from "../catalogue.ts";
import { type Method, type MethodResult, methods } from "./compare.ts";
import { compareAll, comparisonTable, residualFigure, resultOf, titleOf, worstOf } from "./summary.ts";

export const paper = definePaper({
  ...factsOf("skr"),
  seeds: { quick: 3, full: 3 },
  claims: [
    {
      id: "iterations",
      says: "Iterations of SKR divided by those of GMRES(40): -Laplacian(K u), K log-normal, 64 x 64, Jacobi, 1e-8",
      paper: "1/19.1 without preconditioner, 1/17.2 with ILU, on 80 x 80 (counters of HPDDM and PETSc)",
      bar: { atMost: 0.22 },
      unit: "x",
    },
    {
      id: "recycling",
      says: "Iterations of SKR divided by those of GCRO-DR that starts cold on every system, same systems",
      paper: "recycling across systems is what saves the work",
      bar: { atMost: 0.75 },
      unit: "x",
    },
    {
      id: "products",
      says: "Products with A of SKR, those that adapt the recycled space included, divided by those of GMRES(40)",
      paper: "not stated",
      bar: { atMost: 0.3 },
      unit: "x",
    },
    {
      id: "time",
      says: "Time of SKR divided by that of GMRES(40), same systems and thread",
      paper: "1/2.7 to 1/3.7 on 80 x 80",
      bar: { atMost: 0.5 },
      unit: "x",
    },
    {
      id: "residual",
      says: "Largest true relative residual of any solution that a method calls converged, of all methods and systems",
      paper: "relative tolerance 1e-8",
      bar: { atMost: 1e-8 },
      unit: "",
    },
    {
      id: "sorting",
      says: "Iterations sorted divided by unsorted: K with three parameters, 48 x 48, Jacobi, 60 systems, the space carried in the physical variable",
      paper: "0.91: 183.9 against 202.5",
      bar: { full: { atMost: 0.97 } },
      unit: "x",
    },
    {
      id: "sorting-delta",
      says: "Distance of the recycled space from the next matrix's invariant subspace, sorted divided by unsorted, same systems",
      paper: "0.95: 0.90 against 0.95",
      bar: { full: { atMost: 0.999 } },
      unit: "x",
    },
    {
      id: "scipy-time",
      says: "Time for each product with A, divided by that of SciPy's gcrotmk with carried vectors: 100 x 100, no preconditioner",
      paper: "not stated",
      bar: { full: { atMost: 1.5 } },
      unit: "x",
    },
    {
      id: "public-matrices",
      says: "Solutions called converged whose residual is too large, on matrices of the SuiteSparse collection and of PyAMG",
      paper: "not stated",
      bar: { full: { atMost: 0 } },
      unit: "",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const grf = { family: "grf", n: 64, count: full ? 60 : 8, precond: "jacobi" } as const;
    const main = run.seeds.map((seed) => ({ ...grf, seed, methods }));
    const [compared] = await compareAll(run, [main], "log-normal", 0, full ? 0.12 : 0.9);
    const ratio = (over: Method, value: (result: MethodResult) => number): number[] =>
      compared!.map((results) => value(resultOf(results, "skr")) / value(resultOf(results, over)));
    const claims: Record<string, Measurement> = {
      iterations: ratio("gmres", ({ iterations }) => iterations),
      recycling: ratio("cold", ({ iterations }) => iterations),
      products: ratio("gmres", ({ matvecs }) => matvecs),
      time: ratio("gmres", ({ seconds }) => seconds),
    };
    const tables = [
      comparisonTable("log-normal", titleOf(main[0]!), [{ setting: "Jacobi", runs: compared! }]),
    ];
    const figures = [residualFigure()];
    let worst = worstOf(compared!);

    if (full) {
      const { sortingStudy, familyStudies } = await import("./studies.ts");
      const sorting = await sortingStudy(run, 0.12, 0.3);
      Object.assign(claims, sorting.claims);
      const others = await familyStudies(run, 0.3, 0.9);
      tables.push(...sorting.tables, ...others.tables);
      figures.push(...others.figures);
      worst = Math.max(worst, sorting.worst, others.worst);
      const { scipyStudy } = await import("./scipy.ts");
      const peer = await scipyStudy(run.stage("SciPy", 0.9, 0.96));
      claims["scipy-time"] = peer.time;
      tables.push(...peer.tables);
      const { publicMatrices } = await import("./public-matrices.ts");
      const real = await publicMatrices(run, 0.96, 1);
      claims["public-matrices"] = real.wrong;
      tables.push(...real.tables);
    }
    claims.residual = worst;
    return { claims, tables, figures };
  },
});
