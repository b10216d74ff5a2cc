import type { Matrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import { defineTask, type Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { type PointSets, requireDimension, requirePoints, requireSets, setOf } from "./point-sets.ts";

/** How sets of vectors become one vector; queries and documents need the same. */
export interface FdeConfig {
  /** Length d of a vector. */
  readonly dimension: number;
  /** Independent encodings side by side, R; default 20. */
  readonly repetitions?: number;
  /** Hyperplanes k that divide space into 2^k cells, 0 to 30; default 5. */
  readonly simhashProjections?: number;
  /** "ams" (default) sketches a cell's vectors to `projectionDimension` numbers, "identity" keeps all d. */
  readonly projection?: "identity" | "ams";
  /** Default 16. */
  readonly projectionDimension?: number;
  /**
   * Cells without a document vector take the one whose cell is nearest in Hamming distance; default true.
   * Cells without a query vector always stay zero.
   */
  readonly fillEmptyPartitions?: boolean;
  /** Sketches the whole encoding to so many numbers; default none. */
  readonly finalProjectionDimension?: number;
  /** Seed of hyperplanes and sketches; default 0. */
  readonly seed?: number | bigint;
}

/** Everything that an encoding depends on; a seed as text. */
export interface ResolvedFdeConfig extends Required<Omit<FdeConfig, "finalProjectionDimension" | "seed">> {
  /** 0 for none. */
  readonly finalProjectionDimension: number;
  readonly seed: string;
}

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

const configKeys = [
  "dimension",
  "repetitions",
  "simhashProjections",
  "projection",
  "projectionDimension",
  "fillEmptyPartitions",
  "finalProjectionDimension",
  "seed",
] as const;
const largestEncoding = 2 ** 26;
const setsPerJob = 256;

export function resolveFdeConfig(config: FdeConfig): ResolvedFdeConfig {
  requireKnownOptions("config", config, configKeys);
  const dimension = requireDimension("config.dimension", config.dimension);
  const projection = requireOneOf("config.projection", config.projection ?? "ams", ["identity", "ams"]);
  const repetitions = requireInteger("config.repetitions", config.repetitions ?? 20, 1, 65_536);
  const simhashProjections = requireInteger(
    "config.simhashProjections",
    config.simhashProjections ?? 5,
    0,
    30,
  );
  const projectionDimension =
    projection === "identity"
      ? dimension
      : requireInteger("config.projectionDimension", config.projectionDimension ?? 16, 1, 65_536);
  const size = repetitions * 2 ** simhashProjections * projectionDimension;
  if (size > largestEncoding)
    throw new InvalidInputError(
      "config.simhashProjections",
      `an encoding of ${size} numbers is longer than ${largestEncoding}`,
    );
  const seed = config.seed ?? 0;
  if (typeof seed !== "bigint") requireInteger("config.seed", seed);
  const fill = config.fillEmptyPartitions ?? true;
  if (typeof fill !== "boolean")
    throw new InvalidInputError("config.fillEmptyPartitions", `expected true or false, got ${fill}`);
  return {
    dimension,
    repetitions,
    simhashProjections,
    projection,
    projectionDimension,
    fillEmptyPartitions: fill,
    finalProjectionDimension:
      config.finalProjectionDimension === undefined
        ? 0
        : requireInteger("config.finalProjectionDimension", config.finalProjectionDimension, 1, size),
    seed: `${seed}`,
  };
}

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
  readonly #planes: Float32Array;
  /** Column and sign of every coordinate in every repetition. */
  readonly #columns: Int32Array;
  readonly #signs: Float64Array;
  /** The coordinates of every repetition by column, and where each column's begin: m + 1 places a repetition. */
  readonly #members: Int32Array;
  readonly #columnStarts: Int32Array;
  readonly #finalColumns: Int32Array | undefined;
  readonly #finalSigns: Float64Array | undefined;
  /** Scratch: sums and numbers of the vectors in each cell, and every vector's sides and sketch. */
  readonly #blocks: Float64Array;
  readonly #counts: Int32Array;
  #sides = new Int32Array(64);
  #sketches: Float64Array;

  /** @param matrices hyperplanes in place of the random ones, for each repetition; sketches stay as they are */
  constructor(config: FdeConfig, matrices?: readonly Pick<FdeMatrices, "simhash">[]) {
    this.config = resolveFdeConfig(config);
    const { dimension, repetitions, simhashProjections, projectionDimension, projection } = this.config;
    const cells = 2 ** simhashProjections;
    this.#blocks = new Float64Array(cells * projectionDimension);
    this.#counts = new Int32Array(cells);
    this.#sketches = new Float64Array(64 * projectionDimension);
    this.#members = new Int32Array(repetitions * dimension);
    this.#columnStarts = new Int32Array(repetitions * (projectionDimension + 1));
    this.#planes = new Float32Array(repetitions * simhashProjections * dimension);
    this.#columns = new Int32Array(repetitions * dimension);
    this.#signs = new Float64Array(repetitions * dimension).fill(1);
    const seed = BigInt(this.config.seed);
    for (let r = 0; r < repetitions; r++) {
      const stream = randomStream(seed, "fde", r);
      const planes = this.#planes.subarray(
        r * simhashProjections * dimension,
        (r + 1) * simhashProjections * dimension,
      );
      stream.split("simhash").fillNormal(planes);
      const sketch = stream.split("projection");
      for (let x = 0; x < dimension; x++) {
        this.#columns[r * dimension + x] =
          projection === "identity" ? x : sketch.integer(projectionDimension);
        if (projection === "ams") this.#signs[r * dimension + x] = sketch.sign();
      }
    }
    if (matrices !== undefined) this.#replacePlanes(matrices);
    this.#groupByColumn();
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
    for (let x = 0; x < d; x++) {
      for (let i = 0; i < k; i++) simhash[x * k + i] = this.#planes[(repetition * k + i) * d + x]!;
      projection[x * m + this.#columns[repetition * d + x]!] = this.#signs[repetition * d + x]!;
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

  #groupByColumn(): void {
    const { dimension: d, repetitions, projectionDimension: m } = this.config;
    for (let r = 0; r < repetitions; r++) {
      const columns = this.#columns.subarray(r * d, (r + 1) * d);
      const starts = this.#columnStarts.subarray(r * (m + 1), (r + 1) * (m + 1));
      let at = r * d;
      for (let c = 0; c < m; c++) {
        starts[c] = at;
        for (let x = 0; x < d; x++) if (columns[x] === c) this.#members[at++] = x;
      }
      starts[m] = at;
    }
  }

  /** Writes the encoding of unchecked points from `out[at]` on. */
  encodeInto(points: Float32Array, side: FdeSide, out: Float32Array, at: number): void {
    const { dimension: d, repetitions, simhashProjections: k, projectionDimension: m } = this.config;
    const count = points.length / d;
    if (count > this.#sides.length) {
      this.#sides = new Int32Array(2 * count);
      this.#sketches = new Float64Array(2 * count * m);
    }
    const blocks = this.#blocks;
    const sketches = this.#sketches;
    const cells = 1 << k;
    const final =
      this.#finalColumns === undefined || this.#finalSigns === undefined
        ? undefined
        : {
            columns: this.#finalColumns,
            signs: this.#finalSigns,
            sums: new Float64Array(this.outputDimension),
          };
    for (let r = 0; r < repetitions; r++) {
      blocks.fill(0);
      this.#counts.fill(0);
      for (let row = 0; row < count; row++) {
        const sides = this.#sidesOf(points, row * d, r);
        this.#sides[row] = sides;
        this.#sketch(points, row * d, r, row * m);
        const cell = cellOf(sides, k);
        this.#counts[cell]!++;
        for (let c = 0; c < m; c++) blocks[cell * m + c]! += sketches[row * m + c]!;
      }
      if (side === "document")
        for (let cell = 0; cell < cells; cell++) {
          const members = this.#counts[cell]!;
          if (members > 1) for (let c = 0; c < m; c++) blocks[cell * m + c]! /= members;
          else if (members === 0 && this.config.fillEmptyPartitions) {
            const row = this.#nearest(cell ^ (cell >> 1), count);
            for (let c = 0; c < m; c++) blocks[cell * m + c] = sketches[row * m + c]!;
          }
        }
      const base = r * blocks.length;
      if (final === undefined) out.set(blocks, at + base);
      else
        for (let i = 0; i < blocks.length; i++)
          final.sums[final.columns[base + i]!]! += final.signs[base + i]! * blocks[i]!;
    }
    if (final !== undefined) out.set(final.sums, at);
  }

  /** Bit i, from the highest: whether a vector lies on the positive side of hyperplane i. */
  #sidesOf(points: Float32Array, start: number, r: number): number {
    const { dimension: d, simhashProjections: k } = this.config;
    const planes = this.#planes;
    let sides = 0;
    let i = 0;
    // Several hyperplanes at a time, which read the vector once and whose sums the processor runs side by side.
    for (; i + 4 < k; i += 5) {
      const plane = (r * k + i) * d;
      let [s0, s1, s2, s3, s4] = [0, 0, 0, 0, 0];
      for (let x = 0; x < d; x++) {
        const value = points[start + x]!;
        s0 += value * planes[plane + x]!;
        s1 += value * planes[plane + d + x]!;
        s2 += value * planes[plane + 2 * d + x]!;
        s3 += value * planes[plane + 3 * d + x]!;
        s4 += value * planes[plane + 4 * d + x]!;
      }
      const five = +(s0 > 0) * 16 + +(s1 > 0) * 8 + +(s2 > 0) * 4 + +(s3 > 0) * 2 + +(s4 > 0);
      sides = (sides << 5) | five;
    }
    for (; i < k; i++) {
      const plane = (r * k + i) * d;
      let sum = 0;
      for (let x = 0; x < d; x++) sum += points[start + x]! * planes[plane + x]!;
      sides = (sides << 1) | +(sum > 0);
    }
    return sides;
  }

  /** Writes the sketch of a vector to the sketches from `at` on. */
  #sketch(points: Float32Array, start: number, r: number, at: number): void {
    const { dimension: d, projectionDimension: m } = this.config;
    const [members, signs] = [this.#members, this.#signs];
    let place = this.#columnStarts[r * (m + 1)]!;
    for (let c = 0; c < m; c++) {
      const end = this.#columnStarts[r * (m + 1) + c + 1]!;
      let sum = 0;
      for (; place < end; place++) sum += signs[r * d + members[place]!]! * points[start + members[place]!]!;
      this.#sketches[at + c] = sum;
    }
  }

  /** The first vector that lies on the given side of the most hyperplanes. */
  #nearest(sides: number, count: number): number {
    let best = 0;
    let fewest = 33;
    for (let row = 0; row < count; row++) {
      const distance = bitCount(sides ^ this.#sides[row]!);
      if (distance < fewest) {
        fewest = distance;
        best = row;
      }
    }
    return best;
  }
}

/** The cell whose Gray code the sides are, so that cells which differ by one in number are neighbours. */
function cellOf(sides: number, k: number): number {
  let cell = sides;
  for (let shift = 1; shift < k; shift <<= 1) cell ^= cell >> shift;
  return cell;
}

export function fromResolved(config: ResolvedFdeConfig): FdeConfig {
  const { finalProjectionDimension, seed, ...rest } = config;
  return {
    ...rest,
    seed: BigInt(seed),
    ...(finalProjectionDimension > 0 && { finalProjectionDimension }),
  };
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
