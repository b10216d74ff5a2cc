import { InvalidInputError } from "ockham";
import { type DemoContext, defineDemo, type Frame, type GivenFile } from "ockham/demo";
import { parseMatrixMarket } from "ockham/io";
import { type LinearSystem, SequenceSolver, type SequenceSolverOptions, sortSystems } from "ockham/pde";
import { randomStream } from "ockham/random";
import { addScaled, diagonal, identity } from "ockham/sparse";
import { type Family, systemsOf } from "./families.ts";

const tolerance = 1e-8;
/** Of a matrix of the reader's own. */
const [mostRows, mostEntries] = [10_000, 200_000];

export const demo = defineDemo({
  says: "A family of equations, each with another coefficient field. One solver sorts the systems so that neighbours are alike and hands the subspace it has found from one to the next; the other restarts from nothing. Step through the sequence and compare the residuals.",
  shows: [
    { kind: "plot", title: "Residuals of a system" },
    { kind: "plot", title: "Products with the matrix, by system" },
    { kind: "matrix", title: "Coefficient field" },
    { kind: "matrix", title: "Solution" },
    { kind: "table", title: "Products so far", rows: 2 },
  ],
  controls: {
    family: {
      kind: "choice",
      label: "Equations",
      value: "grf",
      options: {
        grf: "Laplacian(K u), K log-normal",
        param3: "Laplacian(K u), three parameters",
        "two-phase": "Darcy flow in two phases",
        helmholtz: "Helmholtz, varying wavenumber",
      },
    },
    n: { kind: "number", label: "Grid points a side", value: 40, min: 12, max: 72, step: 4 },
    count: { kind: "number", label: "Systems", value: 24, min: 4, max: 60, step: 1 },
    k: { kind: "number", label: "Directions recycled", value: 20, min: 2, max: 36, step: 1 },
    sort: {
      kind: "choice",
      label: "Order",
      value: "sorted",
      options: { sorted: "sorted", given: "as given" },
    },
    precond: {
      kind: "choice",
      label: "Preconditioner",
      value: "none",
      options: { none: "none", jacobi: "Jacobi", ilu0: "incomplete LU" },
    },
    seed: { kind: "seed", label: "Seed", value: 1 },
    file: {
      kind: "file",
      label: "Your own matrix",
      says: "A square sparse matrix in Matrix Market form. It is solved again and again, each time with another multiple of the identity added, as implicit time steps do.",
      accept: [".mtx"],
      maxBytes: 4_000_000,
    },
  },
  async *run({ family, n, count, k, sort, precond, seed, file }, { signal, onProgress }: DemoContext) {
    const systems =
      file === undefined
        ? systemsOf(family as Family, seed, count, n)
        : await shiftedSystems(file, count, seed);
    const params = systems.map(({ params }) => params!);
    const order =
      sort === "sorted" ? await sortSystems(params, { signal, onProgress }) : params.map((_, i) => i);
    const options = (own: SequenceSolverOptions): SequenceSolverOptions => ({
      precond,
      tol: tolerance,
      ...own,
    });
    const recycled = new SequenceSolver(options({ k }));
    const restarted = new SequenceSolver(options({ solver: "gmres" }));
    const counts: { x: number[]; recycled: number[]; restarted: number[] } = {
      x: [],
      recycled: [],
      restarted: [],
    };
    const totals = { recycled: 0, restarted: 0, worstRecycled: 0, worstRestarted: 0 };
    for (const [place, index] of Array.from(order).entries()) {
      const { A, b } = systems[index]!;
      const one = recycled.solve(A, b);
      const other = restarted.solve(A, b);
      counts.x.push(place + 1);
      counts.recycled.push(one.matvecs);
      counts.restarted.push(other.matvecs);
      totals.recycled += one.matvecs;
      totals.restarted += other.matvecs;
      totals.worstRecycled = Math.max(totals.worstRecycled, one.relResidual);
      totals.worstRestarted = Math.max(totals.worstRestarted, other.relResidual);
      const field = params[index]!;
      const views: Frame["views"] = [
        {
          kind: "plot",
          title: `Residuals, system ${place + 1} of ${count}`,
          x: { label: "iterations" },
          y: { label: "relative residual", scale: "log" },
          series: [
            { name: "recycled (SKR)", role: "method", mark: "line", ...curve(one.residuals) },
            { name: "restarted GMRES(40)", role: "baseline", mark: "line", ...curve(other.residuals) },
          ],
        },
        {
          kind: "plot",
          title: "Products with the matrix, by system",
          x: { label: "system, in the order of solving", domain: [1, count] },
          y: { label: "products" },
          series: [
            {
              name: "recycled (SKR)",
              role: "method",
              mark: "line",
              x: [...counts.x],
              y: [...counts.recycled],
            },
            {
              name: "restarted GMRES(40)",
              role: "baseline",
              mark: "line",
              x: [...counts.x],
              y: [...counts.restarted],
            },
          ],
        },
        ...(field.length === n * n
          ? [
              {
                kind: "matrix" as const,
                title: "Coefficient field",
                rows: n,
                columns: n,
                data: field,
                rowLabel: "y",
                columnLabel: "x",
              },
            ]
          : []),
        ...(file === undefined
          ? [
              {
                kind: "matrix" as const,
                title: "Solution",
                rows: n,
                columns: n,
                data: one.x,
                rowLabel: "y",
                columnLabel: "x",
              },
            ]
          : []),
        {
          kind: "table",
          title: `So far: ${(totals.restarted / totals.recycled).toFixed(2)} times fewer products`,
          columns: [
            { name: "solver" },
            { name: "products" },
            { name: "largest true relative residual", digits: 2 },
          ],
          rows: [
            ["recycled (SKR)", totals.recycled, totals.worstRecycled],
            ["restarted GMRES(40)", totals.restarted, totals.worstRestarted],
          ],
        },
      ];
      signal.throwIfAborted();
      yield { done: place + 1, total: count, views };
    }
  },
});

/** A + s I for shifts s drawn between 0 and a tenth of the mean size of the diagonal of A. */
async function shiftedSystems(file: GivenFile, count: number, seed: number): Promise<LinearSystem[]> {
  const A = await parseMatrixMarket(file.bytes, {}, file.name);
  if (!("indptr" in A))
    throw new InvalidInputError(file.name, "expected a sparse matrix (coordinate format)");
  if (A.rows !== A.cols)
    throw new InvalidInputError(file.name, `expected a square matrix, got ${A.rows} x ${A.cols}`);
  if (A.rows > mostRows || A.data.length > mostEntries)
    throw new InvalidInputError(
      file.name,
      `expected at most ${mostRows} rows and ${mostEntries} entries, got ${A.rows} and ${A.data.length}`,
    );
  const size = diagonal(A).reduce((sum, value) => sum + Math.abs(value), 0) / A.rows || 1;
  const stream = randomStream(seed, "shifts");
  return Array.from({ length: count }, () => {
    const shift = 0.1 * size * stream.uniform();
    return {
      A: addScaled(1, A, shift, identity(A.rows)),
      b: new Float64Array(A.rows).fill(1),
      params: Float64Array.of(shift),
    };
  });
}

/** Residuals by iteration; zeros, which a logarithmic axis has no place for, are lifted to the rounding error. */
function curve(residuals: Float64Array): { x: Float64Array; y: Float64Array } {
  return {
    x: Float64Array.from(residuals, (_, i) => i),
    y: residuals.map((value) => Math.max(value, 1e-16)),
  };
}
