import type { Matrix } from "ockham/array";
import { parseTable, readBytes, readTable, unzip } from "ockham/io";
import type { Run } from "ockham/paper";

/** A table of numbers and what is to be predicted from it. */
export interface RealTable {
  readonly name: string;
  /** n x d, columns with mean 0 and deviation 1. */
  readonly features: Matrix;
  readonly target: Float64Array;
}

/** Numeric features of the block groups of California without missing values, and the price: 20,433 x 8. */
export async function californiaHousing(run: Run): Promise<RealTable> {
  const { files } = await run.dataset("california-housing");
  const table = await readTable(files["housing.csv.gz"]!, { signal: run.signal });
  const columns = table.names.flatMap((name) => {
    const column = table.columns[name]!;
    return column.kind === "number" ? [column.values] : [];
  });
  return tableOf("California housing", columns.slice(0, -1), columns.at(-1)!);
}

/** Physicochemical properties of proteins and the distance from their true structure: 45,730 x 9. */
export async function proteins(run: Run): Promise<RealTable> {
  const [path] = Object.values((await run.dataset("protein")).files) as [string];
  const members = unzip(await readBytes(path), (name) => name.endsWith("/data.txt"), path);
  const [bytes] = Object.values(members) as [Uint8Array];
  const text = new TextDecoder().decode(bytes).replace(/[ \t]+/g, ",");
  const names = Array.from({ length: 10 }, (_, j) => `c${j}`);
  const table = await parseTable(new TextEncoder().encode(text), { names, signal: run.signal });
  const columns = names.map((name) => table.columns[name]!.values as Float64Array);
  return tableOf("protein structure", columns.slice(0, 9), columns[9]!);
}

function tableOf(name: string, columns: readonly Float64Array[], target: Float64Array): RealTable {
  const complete = [...target.keys()].filter((i) =>
    [target, ...columns].every((column) => !Number.isNaN(column[i])),
  );
  const d = columns.length;
  const data = new Float64Array(complete.length * d);
  for (const [j, column] of columns.entries()) {
    const values = Float64Array.from(complete, (i) => column[i]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    for (const [i, value] of values.entries()) data[i * d + j] = (value - mean) / deviation;
  }
  return {
    name,
    features: { dtype: "float64", shape: [complete.length, d], data },
    target: Float64Array.from(complete, (i) => target[i]!),
  };
}

/** A constant, the features, their squares and their products: 1 + d + d (d + 1) / 2 columns. */
export function quadraticFeatures({ shape, data }: Matrix): Matrix {
  const [n, d] = shape as [number, number];
  const width = 1 + d + (d * (d + 1)) / 2;
  const result = new Float64Array(n * width);
  for (let i = 0, to = 0; i < n; i++) {
    const row = data.subarray(i * d, (i + 1) * d);
    result[to++] = 1;
    for (let j = 0; j < d; j++) result[to++] = row[j]!;
    for (let j = 0; j < d; j++) for (let k = j; k < d; k++) result[to++] = row[j]! * row[k]!;
  }
  return { dtype: "float64", shape: [n, width], data: result };
}
