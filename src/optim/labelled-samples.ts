import { type NdArray, requireArray } from "../core/array/index.ts";
import { InvalidInputError, show } from "../core/errors.ts";
import { lapackInfo, multiplyInto } from "../core/linalg/index.ts";
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
  /** Rows to take at once in a pass: they stay near between the two uses that a pass makes of them. */
  readonly rowsOfPass: number;
  /** Writes the margins of `count` rows from i on. */
  margins(i: number, count: number, theta: Float64Array, out: Float64Array): void;
  /** `out += sum_k scales[k] y_k a_k` over the same rows; the scales are overwritten. */
  addAll(i: number, count: number, scales: Float64Array, out: Float64Array): void;
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
  const norms = Float64Array.from({ length: rows }, (_, i) => samples.squaredNorm(i));
  if (separable) refuseInseparable(samples, norms, signs);
  return {
    rows,
    dimension: samples.columns + Number(bias),
    signs,
    margin: (i, theta) => signs[i]! * samples.dot(i, theta),
    add: (i, scale, out) => samples.add(i, scale * signs[i]!, out),
    rowsOfPass: samples.rowsOfPass,
    margins: (i, count, theta, out) => {
      samples.dots(i, count, theta, out);
      for (let k = 0; k < count; k++) out[k]! *= signs[i + k]!;
    },
    addAll: (i, count, scales, out) => {
      for (let k = 0; k < count; k++) scales[k]! *= signs[i + k]!;
      samples.addRows(i, count, scales, out);
    },
    squaredNorm: (i) => norms[i]!,
  };
}

interface Rows {
  readonly rows: number;
  /** Without the constant feature. */
  readonly columns: number;
  dot(i: number, theta: Float64Array): number;
  add(i: number, scale: number, out: Float64Array): void;
  readonly rowsOfPass: number;
  /** `dot` of so many rows from i on. */
  dots(i: number, count: number, theta: Float64Array, out: Float64Array): void;
  /** `add` of so many rows from i on. */
  addRows(i: number, count: number, scales: Float64Array, out: Float64Array): void;
  squaredNorm(i: number): number;
  /** Entries that are not zero, as text that is equal for equal rows. */
  key(i: number): string;
}

function firstNotFinite(data: Float64Array | Float32Array): number {
  for (let p = 0; p < data.length; p++) if (data[p]! - data[p]! !== 0) return p;
  return -1;
}

function denseSamples(x: NdArray<"float32" | "float64">, bias: boolean): Rows {
  const given = x as NdArray | null | undefined;
  if (given?.data instanceof Float64Array || given?.data instanceof Float32Array) {
    const columns = given.shape?.[1] ?? 1;
    const bad = firstNotFinite(given.data);
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
  const dot = (i: number, theta: Float64Array): number => {
    const from = i * columns;
    // Four sums: the additions of one would wait for each other.
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
  };
  const add = (i: number, scale: number, out: Float64Array): void => {
    const from = i * columns;
    for (let j = 0; j < columns; j++) out[j]! += scale * data[from + j]!;
    if (constant === 1) out[columns]! += scale;
  };
  return {
    rows,
    columns,
    dot,
    add,
    ...(lapackInfo().provider === "lapack" && columns > 0
      ? blockedPasses(columns, data, constant)
      : unrolledPasses(columns, data, constant, dot, add)),
    squaredNorm: (i) => {
      let sum = constant;
      for (let p = i * columns; p < (i + 1) * columns; p++) sum += data[p]! * data[p]!;
      return sum;
    },
    key: (i) => data.subarray(i * columns, (i + 1) * columns).join(),
  };
}

type Passes = Pick<Rows, "rowsOfPass" | "dots" | "addRows">;

/** Two products with a native library over rows that fit into the second cache: the samples are read from memory once. */
function blockedPasses(columns: number, data: Float64Array, constant: number): Passes {
  const block = (i: number, count: number): Float64Array => data.subarray(i * columns, (i + count) * columns);
  return {
    rowsOfPass: 128,
    dots: (i, count, theta, out) => {
      multiplyInto(false, false, count, 1, columns, block(i, count), theta, out);
      if (constant === 1) for (let k = 0; k < count; k++) out[k]! += theta[columns]!;
    },
    addRows: (i, count, scales, out) => {
      multiplyInto(true, false, columns, 1, count, block(i, count), scales, out, true);
      if (constant === 1) for (let k = 0; k < count; k++) out[columns]! += scales[k]!;
    },
  };
}

/** Four rows at once: theta is loaded, and `out` loaded and stored, once for all of them. */
function unrolledPasses(
  columns: number,
  data: Float64Array,
  constant: number,
  dot: Rows["dot"],
  add: Rows["add"],
): Passes {
  return {
    rowsOfPass: 4,
    dots: (i, count, theta, out) => {
      if (count < 4) {
        for (let k = 0; k < count; k++) out[k] = dot(i + k, theta);
        return;
      }
      const a = i * columns;
      const b = a + columns;
      const c = b + columns;
      const d = c + columns;
      let [sa, sb, sc, sd] = [0, 0, 0, 0];
      for (let j = 0; j < columns; j++) {
        const x = theta[j]!;
        sa += data[a + j]! * x;
        sb += data[b + j]! * x;
        sc += data[c + j]! * x;
        sd += data[d + j]! * x;
      }
      const shift = constant === 1 ? theta[columns]! : 0;
      out[0] = sa + shift;
      out[1] = sb + shift;
      out[2] = sc + shift;
      out[3] = sd + shift;
    },
    addRows: (i, count, scales, out) => {
      if (count < 4) {
        for (let k = 0; k < count; k++) add(i + k, scales[k]!, out);
        return;
      }
      const a = i * columns;
      const b = a + columns;
      const c = b + columns;
      const d = c + columns;
      const s = scales[0]!;
      const t = scales[1]!;
      const u = scales[2]!;
      const v = scales[3]!;
      for (let j = 0; j < columns; j++)
        out[j]! += s * data[a + j]! + t * data[b + j]! + (u * data[c + j]! + v * data[d + j]!);
      if (constant === 1) out[columns]! += s + t + (u + v);
    },
  };
}

function sparseSamples(x: AnyCsrMatrix, bias: boolean): Rows {
  requireCsr("x", x);
  const { rows, cols: columns, indptr, indices } = x;
  const data = x.data instanceof Float64Array ? x.data : Float64Array.from(x.data);
  const constant = bias ? 1 : 0;
  const dot = (i: number, theta: Float64Array): number => {
    const end = indptr[i + 1]!;
    let k = indptr[i]!;
    // Two sums: the additions of one would wait for each other.
    let sum = constant === 1 ? theta[columns]! : 0;
    let other = 0;
    for (; k + 1 < end; k += 2) {
      sum += data[k]! * theta[indices[k]!]!;
      other += data[k + 1]! * theta[indices[k + 1]!]!;
    }
    if (k < end) sum += data[k]! * theta[indices[k]!]!;
    return sum + other;
  };
  const add = (i: number, scale: number, out: Float64Array): void => {
    const end = indptr[i + 1]!;
    for (let k = indptr[i]!; k < end; k++) out[indices[k]!]! += scale * data[k]!;
    if (constant === 1) out[columns]! += scale;
  };
  return {
    rows,
    columns,
    dot,
    add,
    rowsOfPass: 64,
    dots: (i, count, theta, out) => {
      for (let k = 0; k < count; k++) out[k] = dot(i + k, theta);
    },
    addRows: (i, count, scales, out) => {
      for (let k = 0; k < count; k++) if (scales[k] !== 0) add(i + k, scales[k]!, out);
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
function refuseInseparable(samples: Rows, norms: Float64Array, signs: Float64Array): void {
  const byNorm = new Map<number, number[]>();
  for (let i = 0; i < samples.rows; i++) {
    const norm = norms[i]!;
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
