import { type NdArray, requireArray } from "../core/array/index.ts";
import { InvalidInputError, show } from "../core/errors.ts";
import { type AnyCsrMatrix, requireCsr } from "../core/sparse/index.ts";

/** Rows are samples, columns features: dense in either precision, or sparse. */
export type SampleRows = NdArray<"float32" | "float64"> | AnyCsrMatrix;

/** Samples a_i with labels y_i = +1 or -1, prepared for passes over `y_i a_i`. */
export interface LabelledSamples {
  readonly rows: number;
  /** Features, and one more for the constant feature where there is one. */
  readonly dimension: number;
  /** +1 for the larger of the two labels given. */
  readonly signs: Float64Array;
  /** `y_i a_i^T theta`. */
  margin(i: number, theta: Float64Array): number;
  /** `out += scale y_i a_i`. */
  add(i: number, scale: number, out: Float64Array): void;
  squaredNorm(i: number): number;
}

/**
 * Checks samples and labels. `bias` appends a feature that is 1 in every sample.
 *
 * @throws InvalidInputError naming the row and column of a value that is not finite; labels that are not exactly two
 *   values; with `separable`, a row of zeros or equal rows with opposite labels, which nothing separates
 */
export function labelledSamples(
  x: SampleRows,
  y: ArrayLike<number>,
  bias: boolean,
  separable: boolean,
): LabelledSamples {
  const samples =
    typeof x === "object" && x !== null && "indptr" in x ? sparseSamples(x, bias) : denseSamples(x, bias);
  const { rows } = samples;
  if (rows === 0) throw new InvalidInputError("x", "holds no rows; expected at least one");
  const signs = signsOf(y, rows);
  if (separable) refuseInseparable(samples, signs);
  return {
    rows,
    dimension: samples.columns + Number(bias),
    signs,
    margin: (i, theta) => signs[i]! * samples.dot(i, theta),
    add: (i, scale, out) => samples.add(i, scale * signs[i]!, out),
    squaredNorm: samples.squaredNorm,
  };
}

interface Rows {
  readonly rows: number;
  /** Without the constant feature. */
  readonly columns: number;
  dot(i: number, theta: Float64Array): number;
  add(i: number, scale: number, out: Float64Array): void;
  squaredNorm(i: number): number;
  /** Entries that are not zero, as text that is equal for equal rows. */
  key(i: number): string;
}

function denseSamples(x: NdArray<"float32" | "float64">, bias: boolean): Rows {
  const given = x as NdArray | null | undefined;
  if (given?.data instanceof Float64Array || given?.data instanceof Float32Array) {
    const columns = given.shape?.[1] ?? 1;
    const bad = given.data.findIndex((value: number) => value - value !== 0);
    if (bad >= 0)
      throw new InvalidInputError(
        "x",
        `row ${Math.floor(bad / columns)}, column ${bad % columns} is ${given.data[bad]}; expected finite values`,
      );
  }
  const { dtype, shape, data: values } = requireArray("x", x, { rank: 2 });
  if (dtype !== "float64" && dtype !== "float32")
    throw new InvalidInputError("x", `expected dtype float64 or float32, got ${dtype}`);
  const [rows, columns] = shape as [number, number];
  const data = dtype === "float64" ? (values as Float64Array) : Float64Array.from(values as Float32Array);
  const constant = bias ? 1 : 0;
  const whole = columns - (columns % 4);
  return {
    rows,
    columns,
    // Four sums: the additions of one would wait for each other.
    dot: (i, theta) => {
      const from = i * columns;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let j = 0;
      for (; j < whole; j += 4) {
        s0 += data[from + j]! * theta[j]!;
        s1 += data[from + j + 1]! * theta[j + 1]!;
        s2 += data[from + j + 2]! * theta[j + 2]!;
        s3 += data[from + j + 3]! * theta[j + 3]!;
      }
      for (; j < columns; j++) s0 += data[from + j]! * theta[j]!;
      return s0 + s1 + (s2 + s3) + (constant === 1 ? theta[columns]! : 0);
    },
    add: (i, scale, out) => {
      const from = i * columns;
      for (let j = 0; j < columns; j++) out[j]! += scale * data[from + j]!;
      if (constant === 1) out[columns]! += scale;
    },
    squaredNorm: (i) => {
      let sum = constant;
      for (let p = i * columns; p < (i + 1) * columns; p++) sum += data[p]! * data[p]!;
      return sum;
    },
    key: (i) => data.subarray(i * columns, (i + 1) * columns).join(),
  };
}

function sparseSamples(x: AnyCsrMatrix, bias: boolean): Rows {
  requireCsr("x", x);
  const { rows, cols: columns, indptr, indices } = x;
  const data = x.data instanceof Float64Array ? x.data : Float64Array.from(x.data);
  const constant = bias ? 1 : 0;
  return {
    rows,
    columns,
    dot: (i, theta) => {
      const end = indptr[i + 1]!;
      let sum = constant === 1 ? theta[columns]! : 0;
      for (let k = indptr[i]!; k < end; k++) sum += data[k]! * theta[indices[k]!]!;
      return sum;
    },
    add: (i, scale, out) => {
      const end = indptr[i + 1]!;
      for (let k = indptr[i]!; k < end; k++) out[indices[k]!]! += scale * data[k]!;
      if (constant === 1) out[columns]! += scale;
    },
    squaredNorm: (i) => {
      let sum = constant;
      for (let k = indptr[i]!; k < indptr[i + 1]!; k++) sum += data[k]! * data[k]!;
      return sum;
    },
    key: (i) => {
      let text = "";
      for (let k = indptr[i]!; k < indptr[i + 1]!; k++)
        if (data[k] !== 0) text += `${indices[k]}:${data[k]} `;
      return text;
    },
  };
}

/** +1 for the larger of exactly two labels, -1 for the smaller. */
function signsOf(y: ArrayLike<number>, rows: number): Float64Array {
  if (typeof y !== "object" || y === null || typeof y.length !== "number")
    throw new InvalidInputError("y", `expected an array of labels, got ${show(y)}`);
  if (y.length !== rows) throw new InvalidInputError("y", `expected ${rows} labels, got ${y.length}`);
  const values = new Set<number>();
  for (let i = 0; i < rows && values.size < 20; i++) values.add(y[i]!);
  const found = [...values].sort((a, b) => a - b);
  if (found.length !== 2 || !found.every(Number.isFinite))
    throw new InvalidInputError("y", `expected exactly two labels, such as -1 and 1, got ${show(found)}`);
  return Float64Array.from(y, (label) => (label === found[1] ? 1 : -1));
}

/** One pass; equal rows are found by their text, which is made for rows of equal norm only. */
function refuseInseparable(samples: Rows, signs: Float64Array): void {
  const byNorm = new Map<number, number[]>();
  for (let i = 0; i < samples.rows; i++) {
    const norm = samples.squaredNorm(i);
    if (norm === 0)
      throw new InvalidInputError("x", `row ${i} is zero: no hyperplane through the origin separates it`);
    const same = byNorm.get(norm);
    if (same === undefined) byNorm.set(norm, [i]);
    else same.push(i);
  }
  for (const group of byNorm.values()) {
    if (group.length < 2 || group.every((i) => signs[i] === signs[group[0]!])) continue;
    const first = new Map<string, number>();
    for (const i of group) {
      const key = samples.key(i);
      const twin = first.get(key);
      if (twin === undefined) first.set(key, i);
      else if (signs[twin] !== signs[i])
        throw new InvalidInputError(
          "x",
          `not separable: rows ${twin} and ${i} are equal and have opposite labels`,
        );
    }
  }
}
