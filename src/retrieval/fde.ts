import type { Matrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import { multiplyInto } from "../core/linalg/index.ts";
import { defineTask, type Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { type FdeConfig, fromResolved, type ResolvedFdeConfig, resolveFdeConfig } from "./fde-config.ts";
import { type PointSets, requirePoints, requireSets, setOf } from "./point-sets.ts";

/** Random matrices of one repetition, for interoperation and tests. */
export interface FdeMatrices {
  /** d x k: a vector lies on the positive side of column i when its product with it is above 0. */
  readonly simhash: Matrix;
  /** d x d_proj. */
  readonly projection: Matrix;
}

export interface EncodeOptions extends Omit<LongCallOptions, "seed"> {
  /** Divides the sets among workers; the encodings are the same without. */
  readonly pool?: Pool;
}

export type FdeSide = "query" | "document";

const setsPerJob = 256;

interface EncodeJob {
  readonly config: ResolvedFdeConfig;
  readonly side: FdeSide;
  readonly sets: PointSets;
}

const encodeTask = defineTask({
  name: "retrieval/fde",
  module: import.meta.url,
  run: ({ config, side, sets }: EncodeJob) => {
    const encoder = new FdeEncoder(fromResolved(config));
    const count = sets.offsets.length - 1;
    const out = new Float32Array(count * encoder.outputDimension);
    for (let i = 0; i < count; i++)
      encoder.encodeInto(setOf(sets, i, config.dimension), side, out, i * encoder.outputDimension);
    return out;
  },
  transfer: (out) => [out.buffer as ArrayBuffer],
});

/**
 * Fixed dimensional encodings: inner products of a query's and a document's encoding, divided by the
 * repetitions, estimate their Chamfer similarity from below. In every repetition space is divided by k random
 * hyperplanes; a query's cell holds the sum of its vectors there, a document's cell their mean, both sketched.
 * Jayaram, Dhulipala, Hadian, Lee and Mirrokni, "MUVERA", NeurIPS 2024.
 *
 * A vector costs R d (k + 1) products and sums; filling compares every cell with every vector's cell.
 */
export class FdeEncoder {
  readonly config: ResolvedFdeConfig;
  /** R 2^k d_proj, or the final dimension. */
  readonly outputDimension: number;
  /** Of repetition r, hyperplane i, coordinate x: at (r k + i) d + x. */
  readonly #planes: Float64Array;
  /**
   * The coordinates of every repetition by column, d added to those whose sign is negative, and where each column's
   * begin: m + 1 places a repetition.
   */
  readonly #members: Int32Array;
  readonly #columnStarts: Int32Array;
  readonly #finalColumns: Int32Array | undefined;
  readonly #finalSigns: Float64Array | undefined;
  /** Scratch: the first and the last vector on given sides, and of every vector the next on the same. */
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  #following = new Int32Array(0);
  /**
   * Scratch: the vectors, also by coordinate, their products with all hyperplanes, and sides and sketch in one
   * repetition; behind the sketches there is room for the block of one cell.
   */
  #rows = new Float64Array(0);
  #coordinates = new Float64Array(0);
  #products = new Float64Array(0);
  #sides = new Int32Array(0);
  #sketches = new Float64Array(0);

  /** @param matrices hyperplanes in place of the random ones, for each repetition; sketches stay as they are */
  constructor(config: FdeConfig, matrices?: readonly Pick<FdeMatrices, "simhash">[]) {
    this.config = resolveFdeConfig(config);
    const { dimension, repetitions, simhashProjections, projectionDimension, projection } = this.config;
    const cells = 2 ** simhashProjections;
    this.#first = new Int32Array(cells);
    this.#last = new Int32Array(cells);
    this.#members = new Int32Array(repetitions * dimension);
    this.#columnStarts = new Int32Array(repetitions * (projectionDimension + 1));
    const planes = new Float32Array(repetitions * simhashProjections * dimension);
    const columns = new Int32Array(dimension);
    const signs = new Float64Array(dimension).fill(1);
    const seed = BigInt(this.config.seed);
    for (let r = 0; r < repetitions; r++) {
      const stream = randomStream(seed, "fde", r);
      const size = simhashProjections * dimension;
      stream.split("simhash").fillNormal(planes.subarray(r * size, (r + 1) * size));
      const sketch = stream.split("projection");
      for (let x = 0; x < dimension; x++) {
        columns[x] = projection === "identity" ? x : sketch.integer(projectionDimension);
        if (projection === "ams") signs[x] = sketch.sign();
      }
      this.#groupByColumn(r, columns, signs);
    }
    this.#planes = Float64Array.from(planes);
    if (matrices !== undefined) this.#replacePlanes(matrices);
    const length = repetitions * cells * projectionDimension;
    const final = this.config.finalProjectionDimension;
    if (final > 0) {
      const stream = randomStream(seed, "fde", "final");
      this.#finalColumns = Int32Array.from({ length }, () => stream.integer(final));
      this.#finalSigns = Float64Array.from({ length }, () => stream.sign());
    }
    this.outputDimension = final > 0 ? final : length;
  }

  encodeQuery(points: Float32Array): Float32Array {
    return this.#encode(points, "query");
  }

  encodeDocument(points: Float32Array): Float32Array {
    return this.#encode(points, "document");
  }

  /** Encodings of many sets, row after row. */
  async encodeBatch(sets: PointSets, side: FdeSide, options: EncodeOptions = {}): Promise<Float32Array> {
    requireKnownOptions("options", options, [...longCallOptions.filter((name) => name !== "seed"), "pool"]);
    requireOneOf("side", side, ["query", "document"]);
    const { dimension } = this.config;
    const count = requireSets("sets", sets, dimension);
    const out = new Float32Array(count * this.outputDimension);
    const { pool, signal, onProgress } = options;
    if (pool === undefined) {
      const pace = new Pace(options, count);
      for (let i = 0; i < count; i++) {
        this.encodeInto(setOf(sets, i, dimension), side, out, i * this.outputDimension);
        if (pace.due()) await pace.rest(i + 1);
      }
      pace.finish();
      return out;
    }
    const jobs: EncodeJob[] = [];
    for (let first = 0; first < count; first += setsPerJob) {
      const offsets = sets.offsets.slice(first, first + setsPerJob + 1);
      const start = offsets[0]!;
      const points = sets.points.slice(start * dimension, offsets.at(-1)! * dimension);
      const part = { points, offsets: offsets.map((offset) => offset - start) };
      jobs.push({ config: this.config, side, sets: part });
    }
    const parts = await pool.map(encodeTask, jobs, {
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** The random matrices of a repetition. */
  matrices(repetition: number): FdeMatrices {
    const { dimension: d, repetitions, simhashProjections: k, projectionDimension: m } = this.config;
    requireInteger("repetition", repetition, 0, repetitions - 1);
    const simhash = new Float64Array(d * k);
    const projection = new Float64Array(d * m);
    for (let x = 0; x < d; x++)
      for (let i = 0; i < k; i++) simhash[x * k + i] = this.#planes[(repetition * k + i) * d + x]!;
    for (let c = 0; c < m; c++) {
      const start = repetition * (m + 1) + c;
      for (let place = this.#columnStarts[start]!; place < this.#columnStarts[start + 1]!; place++)
        projection[(this.#members[place]! % d) * m + c] = this.#members[place]! < d ? 1 : -1;
    }
    return {
      simhash: { dtype: "float64", shape: [d, k], data: simhash },
      projection: { dtype: "float64", shape: [d, m], data: projection },
    };
  }

  #replacePlanes(matrices: readonly Pick<FdeMatrices, "simhash">[]): void {
    const { dimension: d, repetitions, simhashProjections: k } = this.config;
    if (matrices.length !== repetitions)
      throw new InvalidInputError("matrices", `expected ${repetitions}, got ${matrices.length}`);
    for (const [r, { simhash }] of matrices.entries()) {
      if (simhash.shape[0] !== d || simhash.shape[1] !== k)
        throw new InvalidInputError(`matrices[${r}].simhash`, `expected shape [${d}, ${k}]`);
      for (let x = 0; x < d; x++)
        for (let i = 0; i < k; i++) this.#planes[(r * k + i) * d + x] = simhash.data[x * k + i]!;
    }
  }

  #encode(points: Float32Array, side: FdeSide): Float32Array {
    requirePoints("points", points, this.config.dimension);
    const out = new Float32Array(this.outputDimension);
    this.encodeInto(points, side, out, 0);
    return out;
  }

  #groupByColumn(r: number, columns: Int32Array, signs: Float64Array): void {
    const { dimension: d, projectionDimension: m } = this.config;
    let at = r * d;
    for (let c = 0; c < m; c++) {
      this.#columnStarts[r * (m + 1) + c] = at;
      for (let x = 0; x < d; x++) {
        if (columns[x] !== c) continue;
        this.#members[at++] = signs[x]! > 0 ? x : d + x;
      }
    }
    this.#columnStarts[r * (m + 1) + m] = at;
  }

  /** Writes the encoding of unchecked points from `out[at]` on. */
  encodeInto(points: Float32Array, side: FdeSide, out: Float32Array, at: number): void {
    const { dimension: d, repetitions, simhashProjections: k, projectionDimension: m } = this.config;
    const count = points.length / d;
    this.#read(points, count);
    const final =
      this.#finalColumns === undefined || this.#finalSigns === undefined
        ? undefined
        : {
            columns: this.#finalColumns,
            signs: this.#finalSigns,
            sums: new Float64Array(this.outputDimension),
          };
    const sketches = this.#sketches;
    let to = at;
    for (let r = 0, place = 0; r < repetitions; r++) {
      this.#sketch(r, count);
      this.#chain(r, count);
      for (let cell = 0; cell < 1 << k; cell++, to += m, place += m) {
        const from = this.#block(cell, side, count);
        if (final !== undefined) {
          if (from < 0) continue;
          for (let c = 0; c < m; c++)
            final.sums[final.columns[place + c]!]! += final.signs[place + c]! * sketches[from + c]!;
        } else if (from < 0) out.fill(0, to, to + m);
        else for (let c = 0; c < m; c++) out[to + c] = sketches[from + c]!;
      }
    }
    if (final !== undefined) out.set(final.sums, at);
  }

  /** Brings the vectors into both orders, coordinates also negated, and multiplies them by all hyperplanes at once. */
  #read(points: Float32Array, count: number): void {
    const { dimension: d, repetitions, simhashProjections: k, projectionDimension: m } = this.config;
    const stride = strideOf(count);
    if (stride > this.#sides.length) {
      this.#sides = new Int32Array(2 * stride);
      this.#following = new Int32Array(2 * stride);
      this.#sketches = new Float64Array((2 * stride + 1) * m);
      this.#rows = new Float64Array(2 * stride * d);
      this.#coordinates = new Float64Array(4 * stride * d);
      this.#products = new Float64Array(2 * stride * repetitions * k);
    }
    const [rows, coordinates] = [this.#rows, this.#coordinates];
    for (let row = 0, i = 0; row < count; row++)
      for (let x = 0; x < d; x++, i++) {
        const value = points[i]!;
        rows[i] = value;
        coordinates[x * stride + row] = value;
        coordinates[(d + x) * stride + row] = -value;
      }
    if (k > 0) multiplyInto(false, true, count, repetitions * k, d, rows, this.#planes, this.#products);
  }

  /** The sketches of all vectors in a repetition, four vectors side by side. */
  #sketch(r: number, count: number): void {
    const { projectionDimension: m } = this.config;
    const [members, starts] = [this.#members, this.#columnStarts];
    const [coordinates, sketches] = [this.#coordinates, this.#sketches];
    const stride = strideOf(count);
    for (let row = 0; row < count; row += 4) {
      let place = starts[r * (m + 1)]!;
      for (let c = 0, at = row * m; c < m; c++, at++) {
        const end = starts[r * (m + 1) + c + 1]!;
        let s0 = 0;
        let s1 = 0;
        let s2 = 0;
        let s3 = 0;
        for (; place < end; place++) {
          const from = members[place]! * stride + row;
          s0 += coordinates[from]!;
          s1 += coordinates[from + 1]!;
          s2 += coordinates[from + 2]!;
          s3 += coordinates[from + 3]!;
        }
        sketches[at] = s0;
        sketches[at + m] = s1;
        sketches[at + 2 * m] = s2;
        sketches[at + 3 * m] = s3;
      }
    }
  }

  /** The sides on which vectors lie, bit i from the highest for hyperplane i, and the chain of those on the same. */
  #chain(r: number, count: number): void {
    const { repetitions, simhashProjections: k } = this.config;
    const [products, first, last, following] = [this.#products, this.#first, this.#last, this.#following];
    first.fill(-1);
    for (let row = 0; row < count; row++) {
      let sides = 0;
      const plane = (row * repetitions + r) * k;
      for (let i = plane; i < plane + k; i++) sides = (sides << 1) | +(products[i]! > 0);
      this.#sides[row] = sides;
      following[row] = -1;
      if (first[sides]! < 0) first[sides] = row;
      else following[last[sides]!] = row;
      last[sides] = row;
    }
  }

  /** Where in the sketches a cell's block lies: a query's sum, a document's mean. -1: it is zero. */
  #block(cell: number, side: FdeSide, count: number): number {
    const { projectionDimension: m, fillEmptyPartitions } = this.config;
    // Cells are numbered by Gray code: neighbours differ in one side.
    const sides = cell ^ (cell >> 1);
    const first = this.#first[sides]!;
    if (first < 0) return side === "document" && fillEmptyPartitions ? this.#nearest(sides, count) * m : -1;
    if (this.#last[sides] === first) return first * m;
    const [sketches, following] = [this.#sketches, this.#following];
    const sum = strideOf(count) * m;
    for (let c = 0; c < m; c++) sketches[sum + c] = sketches[first * m + c]!;
    let members = 1;
    for (let row = following[first]!; row >= 0; row = following[row]!, members++)
      for (let c = 0, from = row * m; c < m; c++) sketches[sum + c]! += sketches[from + c]!;
    if (side === "document") for (let c = 0; c < m; c++) sketches[sum + c]! /= members;
    return sum;
  }

  /** The first vector that lies on the given sides of the most hyperplanes, where none lies on all of them. */
  #nearest(sides: number, count: number): number {
    const first = this.#first;
    let best = count;
    for (let bit = 1; bit < first.length; bit <<= 1) {
      const row = first[sides ^ bit]!;
      if (row >= 0 && row < best) best = row;
    }
    if (best < count) return best;
    const all = this.#sides;
    let fewest = 33;
    for (let row = 0; row < count; row++) {
      const distance = bitCount(sides ^ all[row]!);
      if (distance >= fewest) continue;
      fewest = distance;
      best = row;
      if (distance === 2) break;
    }
    return best;
  }
}

/** Vectors between those of one coordinate and the next: whole fours. */
function strideOf(count: number): number {
  return (count + 3) & ~3;
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
