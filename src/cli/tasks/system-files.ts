import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InvalidInputError } from "ockham";
import type { CsrMatrix } from "ockham/array";
import { readSparseMatrix, readTable, readVector } from "ockham/io";

/** One system of the user's: where its matrix and right-hand side are, and what its solution is called. */
export interface SystemFiles {
  readonly matrix: string;
  /** Undefined for a right-hand side of ones. */
  readonly rhs: string | undefined;
  /** `x_0001` for `A_0001.mtx`, `x_bcsstk16` for `bcsstk16.mtx`. */
  readonly solution: string;
}

const matrixName = /\.mtx(\.gz)?$/i;
const rhsName = /^b_|_b\.mtx(\.gz)?$/i;
const rhsEndings = [".mtx", ".mtx.gz", ".csv", ".txt"];

/**
 * Finds the systems in folders and among files, those of a folder in the order of their numbers. A folder with files
 * `A_*.mtx` holds these systems, any other one for each `.mtx` file that is no right-hand side. The right-hand side
 * of `A_7.mtx` or `name.mtx` is `b_7` or `b_name` (also `name_b`) beside it or in the folder `rhs`, as Matrix Market,
 * CSV or text.
 */
export async function findSystems(
  paths: readonly string[],
  rhs: string | undefined,
): Promise<readonly SystemFiles[]> {
  const matrices: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch((cause: Error) => {
      throw new InvalidInputError(path, `cannot be read: ${cause.message}`, { cause });
    });
    if (!found.isDirectory()) {
      matrices.push(path);
      continue;
    }
    const names = (await readdir(path)).filter((name) => matrixName.test(name));
    const named = names.filter((name) => /^A_/.test(name));
    const systems =
      named.length > 0 ? named : names.filter((name) => !rhsName.test(name) && !/^x_/.test(name));
    if (systems.length === 0) throw new InvalidInputError(path, "holds no matrix, that is no .mtx file");
    systems.sort(new Intl.Collator("en", { numeric: true }).compare);
    matrices.push(...systems.map((name) => join(path, name)));
  }
  const seen = new Set<string>();
  const files: SystemFiles[] = [];
  for (const matrix of matrices) {
    const stem = basename(matrix).replace(matrixName, "").replace(/^A_/, "");
    if (seen.has(stem))
      throw new InvalidInputError(matrix, `a system called ${JSON.stringify(stem)} occurs twice`);
    seen.add(stem);
    files.push({
      matrix,
      rhs: rhs === "ones" ? undefined : await findRhs(stem, rhs ?? dirname(matrix), matrix),
      solution: `x_${stem}`,
    });
  }
  return files;
}

async function findRhs(stem: string, folder: string, matrix: string): Promise<string> {
  for (const name of [`b_${stem}`, `${stem}_b`, ...(folder === dirname(matrix) ? [] : [stem])]) {
    for (const ending of rhsEndings) {
      const path = join(folder, `${name}${ending}`);
      if (
        await stat(path).then(
          (found) => found.isFile(),
          () => false,
        )
      )
        return path;
    }
  }
  throw new InvalidInputError(
    matrix,
    `no right-hand side b_${stem}.mtx (or .csv, .txt) in ${folder}; --rhs names another folder, --rhs ones takes ones`,
  );
}

export async function loadSystem(
  { matrix, rhs }: SystemFiles,
  signal: AbortSignal,
): Promise<{ readonly A: CsrMatrix; readonly b: Float64Array }> {
  const A = await readSparseMatrix(matrix, { signal });
  if (A.rows !== A.cols)
    throw new InvalidInputError(matrix, `expected a square matrix, got ${A.rows} x ${A.cols}`);
  if (rhs === undefined) return { A, b: new Float64Array(A.rows).fill(1) };
  const b = await readVector(rhs, { signal });
  if (b.length !== A.rows)
    throw new InvalidInputError(rhs, `expected ${A.rows} elements as ${matrix} has rows, got ${b.length}`);
  return { A, b };
}

/** A CSV file of numbers with one row for each system. */
export async function readRows(path: string, count: number): Promise<readonly Float64Array[]> {
  const { rows, names, columns } = await readTable(path);
  if (rows !== count)
    throw new InvalidInputError(path, `expected one row for each of ${count} systems, got ${rows}`);
  const numbers = names.map((name) => {
    const column = columns[name]!;
    if (column.kind !== "number" || column.missing > 0)
      throw new InvalidInputError(path, `column ${JSON.stringify(name)} must hold a number in every row`);
    return column.values;
  });
  return Array.from({ length: count }, (_, row) => Float64Array.from(numbers, (column) => column[row]!));
}
