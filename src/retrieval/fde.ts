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
  readonly #finalColumns: Int32Array | undefined;
  readonly #finalSigns: Float64Array | undefined;
  /** Scratch: the encoding before the final projection, vectors in a cell, and the cell of every vector. */
  readonly #blocks: Float64Array;
  readonly #members: Int32Array;
  #cells = new Int32Array(64);

  /** @param matrices hyperplanes in place of the random ones, for each repetition; sketches stay as they are */
  constructor(config: FdeConfig, matrices?: readonly Pick<FdeMatrices, "simhash">[]) {
    this.config = resolveFdeConfig(config);
    const { dimension, repetitions, simhashProjections, projectionDimension, projection } = this.config;
    const cells = 2 ** simhashProjections;
    this.#blocks = new Float64Array(repetitions * cells * projectionDimension);
    this.#members = new Int32Array(cells);
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
    const final = this.config.finalProjectionDimension;
    if (final > 0) {
      const stream = randomStream(seed, "fde", "final");
      this.#finalColumns = Int32Array.from(this.#blocks, () => stream.integer(final));
      this.#finalSigns = Float64Array.from(this.#blocks, () => stream.sign());
    }
    this.outputDimension = final > 0 ? final : this.#blocks.length;
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

  /** Writes the encoding of unchecked points from `out[at]` on. */
  encodeInto(points: Float32Array, side: FdeSide, out: Float32Array, at: number): void {
    const { dimension: d, repetitions, simhashProjections: k, projectionDimension: m } = this.config;
    const count = points.length / d;
    if (count > this.#cells.length) this.#cells = new Int32Array(2 * count);
    const blocks = this.#blocks.fill(0);
    const cellCount = 1 << k;
    for (let r = 0; r < repetitions; r++) {
      this.#members.fill(0);
      const base = r * cellCount * m;
      for (let row = 0; row < count; row++) {
        const cell = this.#cellOf(points, row * d, r);
        this.#cells[row] = cell;
        this.#members[cell]!++;
        this.#sketch(points, row * d, r, base + cell * m);
      }
      if (side === "query") continue;
      for (let cell = 0; cell < cellCount; cell++) {
        const members = this.#members[cell]!;
        if (members > 1) for (let c = 0; c < m; c++) blocks[base + cell * m + c]! /= members;
        else if (members === 0 && this.config.fillEmptyPartitions)
          this.#sketch(points, this.#nearest(cell, count) * d, r, base + cell * m);
      }
    }
    const { length } = blocks;
    if (this.#finalColumns === undefined || this.#finalSigns === undefined) {
      for (let i = 0; i < length; i++) out[at + i] = blocks[i]!;
      return;
    }
    const sums = new Float64Array(this.outputDimension);
    for (let i = 0; i < length; i++) sums[this.#finalColumns[i]!]! += this.#finalSigns[i]! * blocks[i]!;
    out.set(sums, at);
  }

  /** The Gray code of the sides of the hyperplanes, so that neighbouring cells differ in one side. */
  #cellOf(points: Float32Array, start: number, r: number): number {
    const { dimension: d, simhashProjections: k } = this.config;
    let cell = 0;
    for (let i = 0; i < k; i++) {
      const plane = (r * k + i) * d;
      let s0 = 0;
      let s1 = 0;
      let x = 0;
      for (; x + 1 < d; x += 2) {
        s0 += points[start + x]! * this.#planes[plane + x]!;
        s1 += points[start + x + 1]! * this.#planes[plane + x + 1]!;
      }
      if (x < d) s0 += points[start + x]! * this.#planes[plane + x]!;
      const side = s0 + s1 > 0 ? 1 : 0;
      cell = (cell << 1) + (side ^ (cell & 1));
    }
    return cell;
  }

  /** Adds the sketch of a vector to the block at `at`. */
  #sketch(points: Float32Array, start: number, r: number, at: number): void {
    const { dimension: d } = this.config;
    const blocks = this.#blocks;
    for (let x = 0, place = r * d; x < d; x++, place++)
      blocks[at + this.#columns[place]!]! += this.#signs[place]! * points[start + x]!;
  }

  /** The first vector whose cell differs from the given one in the fewest sides. */
  #nearest(cell: number, count: number): number {
    const sides = cell ^ (cell >> 1);
    let best = 0;
    let fewest = 33;
    for (let row = 0; row < count; row++) {
      const other = this.#cells[row]!;
      const distance = bitCount(sides ^ other ^ (other >> 1));
      if (distance < fewest) {
        fewest = distance;
        best = row;
      }
    }
    return best;
  }
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
