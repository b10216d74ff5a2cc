import type { CsrMatrix } from "ockham/array";
import { DatasetUnavailableError } from "ockham/data";
import { parseMat, parseMatrixMarket, readBytes, unzip } from "ockham/io";
import type { Measurement, Run } from "ockham/paper";
import { type PreconditionerKind, SequenceSolver, type SequenceSolverOptions } from "ockham/pde";
import type { Cell, Table } from "ockham/report";
import {
  addScaled,
  diagonalMatrix,
  isSymmetric,
  multiplyVector,
  sparseLu,
  withoutZeros,
} from "ockham/sparse";

/** Square real matrices of the collections, in the order of the table. */
const suiteSparse = [
  "494_bus",
  "bcsstk13",
  "bcsstk16",
  "cryg2500",
  "watt_2",
  "olm1000",
  "nnc1374",
  "west0479",
  "bayer10",
  "rajat19",
  "adder_dcop_05",
  "hangGlider_2",
  "reorientation_1",
  "bp_1200",
  "zenios",
] as const;
const pyamg = [
  "airfoil",
  "bar",
  "knot",
  "local_disc_galerkin_diffusion",
  "recirc_flow",
  "unit_square",
] as const;

interface Attempt {
  readonly method: string;
  readonly options: SequenceSolverOptions;
}

/** What someone would try one after the other; the last names are of the methods in `ockham solve`. */
const attempts = (symmetric: boolean): readonly Attempt[] => [
  ...(symmetric
    ? [{ method: "cg, ic0", options: { solver: "cg", precond: "ic0" } } as const satisfies Attempt]
    : []),
  ...(["ilu0", "jacobi", "none"] as const).flatMap((precond) => [
    { method: `gcrodr, ${precond}`, options: { solver: "gcrodr", precond } } as const,
  ]),
];

const tol = 1e-8;
/** Systems of each sequence. */
const count = 8;

/**
 * Two checks on matrices that nobody here made: whether a residual is ever worse than the method says, over all methods
 * on all matrices; and what recycling saves on sequences A + t diag(|A|).
 */
export async function publicMatrices(
  run: Run,
  from: number,
  to: number,
): Promise<{ readonly wrong: Measurement; readonly tables: readonly Table[] }> {
  let matrices: ReadonlyMap<string, CsrMatrix>;
  try {
    matrices = await loadMatrices(run);
  } catch (error) {
    if (!(error instanceof DatasetUnavailableError)) throw error;
    return { wrong: { skipped: `no source of the data set ${error.dataset} can be reached` }, tables: [] };
  }
  let wrong = 0;
  const rows: Cell[][] = [];
  let done = 0;
  for (const [name, A] of matrices) {
    const b = multiplyVector(A, new Float64Array(A.cols).fill(1));
    const told: string[] = [];
    let solvedBy:
      | { readonly method: string; readonly iterations: number; readonly residual: number }
      | undefined;
    for (const { method, options } of attempts(isSymmetric(A))) {
      await new Promise((resolve) => setTimeout(resolve));
      run.signal.throwIfAborted();
      try {
        const solved = new SequenceSolver({ ...options, tol, maxIterations: 2000 }).solve(A, b);
        const residual = relativeResidual(A, solved.x, b);
        // Both residuals are rounded; at the tolerance they may fall on either side of it.
        if (solved.converged && residual > 1.001 * tol) wrong++;
        if (solved.converged && solvedBy === undefined)
          solvedBy = { method, iterations: solved.iterations, residual };
        if (!solved.converged) told.push(`${method}: ${solved.breakdown ?? "2000 iterations"}`);
      } catch (error) {
        told.push(`${method}: ${(error as Error).message}`);
      }
    }
    const direct = directResidual(A, b);
    if (typeof direct === "string") told.push(`sparse LU: ${direct}`);
    rows.push([
      name,
      A.rows,
      A.data.length,
      isSymmetric(A),
      solvedBy?.method ?? "none",
      solvedBy?.iterations ?? null,
      solvedBy?.residual ?? null,
      typeof direct === "number" ? direct : null,
      told.length === 0 ? "" : told[0]!.slice(0, 90),
    ]);
    run.progress(from + ((to - from) * 0.6 * ++done) / matrices.size, 1, "public matrices");
  }
  const single: Table = {
    id: "public-matrices",
    title: "Matrices of the SuiteSparse collection and of PyAMG, b = A 1, 1e-8, at most 2,000 iterations",
    columns: [
      { name: "matrix" },
      { name: "unknowns" },
      { name: "entries" },
      { name: "symmetric" },
      { name: "first method that converged" },
      { name: "iterations" },
      { name: "true residual", digits: 2 },
      { name: "residual of sparse LU", digits: 2 },
      { name: "first that did not, and what it said" },
    ],
    rows,
  };
  return { wrong, tables: [single, await sequences(run, matrices, from + 0.6 * (to - from), to)] };
}

/** Relative residual of a direct solve, or why there is none. */
function directResidual(A: CsrMatrix, b: Float64Array): number | string {
  try {
    return relativeResidual(A, sparseLu(A).solve(b), b);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Sequences of shifted matrices: GMRES(40), cold and recycled. */
async function sequences(
  run: Run,
  matrices: ReadonlyMap<string, CsrMatrix>,
  from: number,
  to: number,
): Promise<Table> {
  const studied: readonly (readonly [string, PreconditionerKind])[] = [
    ["494_bus", "jacobi"],
    ["bcsstk16", "jacobi"],
    ["cryg2500", "ilu0"],
    ["watt_2", "ilu0"],
    ["airfoil", "none"],
    ["bar", "jacobi"],
    ["recirc_flow", "none"],
  ];
  const rows: Cell[][] = [];
  for (const [place, [name, precond]] of studied.entries()) {
    const A = matrices.get(name)!;
    const absolute = diagonalMatrix(Float64Array.from({ length: A.rows }, (_, row) => diagonalSize(A, row)));
    const b = multiplyVector(A, new Float64Array(A.cols).fill(1));
    const counts: Cell[] = [];
    for (const options of [{ solver: "gmres" }, { recycle: false }, {}] as const) {
      const solver = new SequenceSolver({ ...options, precond, tol, maxIterations: 5000 });
      let [iterations, failed] = [0, 0];
      for (let i = 0; i < count; i++) {
        await new Promise((resolve) => setTimeout(resolve));
        run.signal.throwIfAborted();
        const solved = solver.solve(addScaled(1, A, 1e-3 * (i + 1), absolute), b);
        iterations += solved.iterations / count;
        if (!solved.converged) failed++;
      }
      counts.push(iterations, failed);
    }
    rows.push([name, precond, ...counts]);
    run.progress(from + ((to - from) * (place + 1)) / studied.length, 1, "public matrices");
  }
  return {
    id: "public-sequences",
    title: `Sequences A + t diag(|A|), t = 0.001 ... 0.00${count}: mean iterations and systems not converged`,
    columns: [
      { name: "matrix" },
      { name: "preconditioner" },
      { name: "GMRES(40)" },
      { name: "not converged" },
      { name: "cold" },
      { name: "not converged" },
      { name: "recycled" },
      { name: "not converged" },
    ],
    rows,
  };
}

async function loadMatrices(run: Run): Promise<ReadonlyMap<string, CsrMatrix>> {
  const matrices = new Map<string, CsrMatrix>();
  const collection = await run.dataset("suitesparse-selection");
  const members = unzip(await readBytes(collection.files["suitesparse-selection.zip"]!));
  for (const name of suiteSparse) {
    const A = await parseMatrixMarket(members[`${name}.mtx`]!, {}, name);
    if ("indptr" in A) matrices.set(name, A);
  }
  const gallery = unzip(await readBytes((await run.dataset("pyamg-gallery")).files["pyamg-gallery.zip"]!));
  for (const name of pyamg) {
    const variable = parseMat(gallery[`${name}.mat`]!).variables.A;
    if (typeof variable === "object" && "indptr" in variable)
      matrices.set(name, withoutZeros(variable as CsrMatrix));
  }
  return matrices;
}

function diagonalSize({ indptr, indices, data }: CsrMatrix, row: number): number {
  for (let k = indptr[row]!; k < indptr[row + 1]!; k++) if (indices[k] === row) return Math.abs(data[k]!);
  return 0;
}

function relativeResidual(A: CsrMatrix, x: Float64Array, b: Float64Array): number {
  const product = multiplyVector(A, x);
  let square = 0;
  let reference = 0;
  for (let i = 0; i < b.length; i++) {
    square += (b[i]! - product[i]!) ** 2;
    reference += b[i]! ** 2;
  }
  return Math.sqrt(square / reference);
}
