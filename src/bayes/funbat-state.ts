import { ndArray } from "../core/array/index.ts";
import { cholesky, choleskySolve, identity } from "../core/linalg/index.ts";
import type { Pace } from "../core/progress.ts";
import type { RandomStream } from "../core/random/index.ts";
import { FunctionChain, type FunctionMoments } from "./function-chain.ts";
import type { MaternKernel } from "./matern.ts";
import { multiply } from "./small-matrix.ts";
import { pairCount, pairIndex, TuckerMoments } from "./tucker-moments.ts";

/** Checked options of a fit. */
export interface Settings {
  readonly form: "tucker" | "cp";
  readonly kernel: MaternKernel;
  readonly ranks: readonly number[];
  readonly lengthscales: readonly number[];
  readonly variances: readonly number[];
  readonly damping: number;
  readonly dampingNoise: number;
  readonly dampingCore: number;
  readonly epochs: number;
  readonly tolerance: number;
  readonly a0: number;
  readonly b0: number;
}

/**
 * One mode: its prior, its posterior moments at the nodes, and the messages of the data to it. The data of a node send
 * the sum of their messages; damping, being linear, acts on the sums.
 */
interface Mode {
  readonly chain: FunctionChain;
  readonly moments: FunctionMoments;
  /** E[u u^T] at the nodes, packed [n, P]. */
  readonly second: Float64Array;
  /** [n, R, R] and [n, R]. */
  readonly lambda: Float64Array;
  readonly eta: Float64Array;
  /** Data by node: those of node t are `data` from `starts[t]` to before `starts[t + 1]`. */
  readonly data: Int32Array;
  readonly starts: Int32Array;
}

/** Variance that functions start with at every node: with larger ones the noise takes everything. */
const initialVariance = 0.01;

/** Approximate posterior of a functional Tucker decomposition, and its message passing. */
export class FunBaTState {
  readonly settings: Settings;
  readonly history: number[] = [];
  converged = false;
  noisePrecision: number;
  /** Mean core, row-major. */
  core: Float64Array;
  /** Covariance of the core, row-major; zero for CP. */
  #coreCovariance: Float64Array;
  readonly #values: Float64Array;
  readonly #index: readonly Int32Array[];
  readonly #modes: Mode[];
  readonly #moments: TuckerMoments;
  /** Messages of all data to the core: precision, packed, and precision times mean. */
  readonly #coreLambda: Float64Array;
  readonly #coreEta: Float64Array;
  /** Message of all data to the rate of the noise precision. */
  #noise = 0;
  readonly #squares: number;
  readonly #predictions: Float64Array;

  constructor(
    nodes: readonly Float64Array[],
    index: readonly Int32Array[],
    values: Float64Array,
    settings: Settings,
    stream: RandomStream,
  ) {
    const { ranks, kernel } = settings;
    this.settings = settings;
    this.#values = values;
    this.#index = index;
    this.#moments = new TuckerMoments(ranks, settings.form);
    this.#modes = nodes.map((places, k) => {
      const rank = ranks[k]!;
      const n = places.length;
      return {
        chain: new FunctionChain(places, rank, kernel, settings.lengthscales[k]!, settings.variances[k]!),
        moments: {
          mean: stream.split("mode", k).fillNormal(new Float64Array(n * rank)),
          covariance: diagonals(n, rank, initialVariance),
        },
        second: new Float64Array(n * pairCount(rank)),
        lambda: new Float64Array(n * rank * rank),
        eta: new Float64Array(n * rank),
        ...byNode(index[k]!, n),
      };
    });
    for (const [k] of this.#modes.entries()) this.#renewSecond(k);
    const size = this.#moments.size;
    const tucker = settings.form === "tucker";
    this.core = tucker ? stream.split("core").fillNormal(new Float64Array(size)) : superdiagonal(ranks);
    this.#coreCovariance = new Float64Array(tucker ? size * size : 0);
    this.#coreLambda = new Float64Array(tucker ? this.#moments.pairSize : 0);
    this.#coreEta = new Float64Array(tucker ? size : 0);
    this.#predictions = new Float64Array(values.length);
    this.#squares = values.reduce((sum, value) => sum + value * value, 0);
    // As if all variation were noise: the scale of the data, whatever the prior.
    this.noisePrecision = this.#squares > 0 ? values.length / this.#squares : settings.a0 / settings.b0;
  }

  /** Takes functions and noise over from a fit in CP form, with a nearly superdiagonal core. */
  startFrom(cp: FunBaTState, stream: RandomStream): void {
    const { ranks } = this.settings;
    for (const [k, mode] of this.#modes.entries()) {
      const rank = ranks[k]!;
      const from = cp.#modes[k]!;
      const wide = cp.settings.ranks[k]!;
      for (let t = 0; t < mode.chain.nodes.length; t++)
        for (let i = 0; i < rank; i++) {
          mode.moments.mean[t * rank + i] = from.moments.mean[t * wide + i]!;
          for (let j = 0; j < rank; j++)
            mode.moments.covariance[(t * rank + i) * rank + j] =
              from.moments.covariance[(t * wide + i) * wide + j]!;
        }
      this.#renewSecond(k);
    }
    this.core = superdiagonal(ranks);
    for (let e = 0; e < this.core.length; e++) this.core[e]! += 0.01 * stream.normal();
    this.noisePrecision = cp.noisePrecision;
    this.history.push(...cp.history);
  }

  /** One pass of messages over functions, core and noise. */
  async epoch(pace: Pace, done: number): Promise<void> {
    const first = !this.#started;
    this.#started = true;
    const parts = this.#modes.length + 1;
    for (const [k] of this.#modes.entries()) {
      this.#renewMode(k, first ? 0 : this.settings.damping);
      if (pace.due()) await pace.rest(done + (this.#values.length * (k + 1)) / parts);
    }
    const sums = this.#productSums();
    if (this.settings.form === "tucker") this.#renewCore(sums, first ? 0 : this.settings.dampingCore);
    this.#renewNoise(sums, first ? 0 : this.settings.dampingNoise);
    const change = this.#renewPredictions();
    this.history.push(change);
    this.converged = change < this.settings.tolerance;
    await pace.rest(done + this.#values.length);
  }
  #started = false;

  /** Root mean square of the predictions at the data. */
  size(): number {
    let square = 0;
    for (const value of this.#predictions) square += value * value;
    return Math.sqrt(square / this.#predictions.length);
  }

  /** O(N P^(K-1) + n P^K) for Tucker, n the nodes; then the smoother. */
  #renewMode(k: number, kept: number): void {
    const mode = this.#modes[k]!;
    const moments = this.#moments;
    const { ranks, pairs } = moments;
    const rank = ranks[k]!;
    const count = pairs[k]!;
    const means = this.#modes.map(({ moments }) => moments.mean);
    const seconds = this.#modes.map(({ second }) => second);
    const matrices = moments.unfolded(this.core, k);
    // Sums over the data of a node: products of the other modes' functions with the value, and of their pairs.
    const z = new Float64Array(matrices === undefined ? rank : moments.size / rank);
    const z2 = new Float64Array(matrices === undefined ? count : moments.pairSize / count);
    const a = matrices === undefined ? z : new Float64Array(rank);
    const a2 = matrices === undefined ? z2 : new Float64Array(count);
    const at = new Int32Array(ranks.length);
    const weight = (1 - kept) * this.noisePrecision;
    for (let t = 0; t < mode.chain.nodes.length; t++) {
      z.fill(0);
      z2.fill(0);
      for (let e = mode.starts[t]!; e < mode.starts[t + 1]!; e++) {
        const n = mode.data[e]!;
        this.#place(n, at);
        moments.addProduct(this.#values[n]!, means, ranks, at, k, z);
        moments.addProduct(1, seconds, pairs, at, k, z2);
      }
      if (matrices !== undefined) {
        multiply(rank, z.length, 1, matrices.first, 0, z, 0, a);
        multiply(count, z2.length, 1, matrices.second, 0, z2, 0, a2);
      }
      for (let q = 0; q < rank; q++) {
        mode.eta[t * rank + q] = kept * mode.eta[t * rank + q]! + weight * a[q]!;
        for (let r = 0; r <= q; r++) {
          const at = (t * rank + q) * rank + r;
          mode.lambda[at] = kept * mode.lambda[at]! + weight * a2[pairIndex(r, q)]!;
          mode.lambda[(t * rank + r) * rank + q] = mode.lambda[at]!;
        }
      }
    }
    mode.chain.smooth(mode.lambda, mode.eta, mode.moments);
    this.#renewSecond(k);
  }

  #renewSecond(k: number): void {
    const { moments, second } = this.#modes[k]!;
    secondMoments(moments, this.settings.ranks[k]!, second);
  }

  /** Sums over all data of the products of all functions with the value, and of all pairs. O(N P^K) for Tucker. */
  #productSums(): ProductSums {
    const moments = this.#moments;
    const { ranks, pairs } = moments;
    const means = this.#modes.map(({ moments }) => moments.mean);
    const seconds = this.#modes.map(({ second }) => second);
    const at = new Int32Array(ranks.length);
    const sums = { first: new Float64Array(moments.size), second: new Float64Array(moments.pairSize) };
    for (let n = 0; n < this.#values.length; n++) {
      this.#place(n, at);
      moments.addProduct(this.#values[n]!, means, ranks, at, -1, sums.first);
      moments.addProduct(1, seconds, pairs, at, -1, sums.second);
    }
    return sums;
  }

  /** q(W) = N((Lambda + I)^-1 eta, (Lambda + I)^-1). */
  #renewCore({ first, second }: ProductSums, kept: number): void {
    const size = this.core.length;
    const weight = (1 - kept) * this.noisePrecision;
    for (let e = 0; e < second.length; e++)
      this.#coreLambda[e] = kept * this.#coreLambda[e]! + weight * second[e]!;
    for (let e = 0; e < size; e++) this.#coreEta[e] = kept * this.#coreEta[e]! + weight * first[e]!;
    const precision = ndArray(
      "float64",
      [size, size],
      Float64Array.from(this.#moments.places(), (place) => this.#coreLambda[place]!),
    );
    for (let e = 0; e < size; e++) precision.data[e * size + e]! += 1;
    const l = cholesky(precision);
    this.core = choleskySolve(l, this.#coreEta);
    this.#coreCovariance = choleskySolve(l, identity(size)).data;
  }

  /** Renews E[tau] from the sum over the data of E[(y - f)^2] / 2, f under the mean core. */
  #renewNoise({ first, second }: ProductSums, kept: number): void {
    const core = this.#weights();
    let half = 0.5 * this.#squares;
    for (let e = 0; e < core.length; e++) half -= core[e]! * first[e]!;
    const weights = this.#moments.folded(outer(core));
    for (let e = 0; e < weights.length; e++) half += 0.5 * weights[e]! * second[e]!;
    this.#noise = kept * this.#noise + (1 - kept) * half;
    const { a0, b0 } = this.settings;
    this.noisePrecision = (a0 + this.#values.length / 2) / (b0 + this.#noise);
  }

  /** Returns the largest change of a prediction over the largest prediction. */
  #renewPredictions(): number {
    const means = this.#modes.map(({ moments }) => moments.mean);
    const at = new Int32Array(this.#modes.length);
    let change = 0;
    let largest = 0;
    for (let n = 0; n < this.#values.length; n++) {
      this.#place(n, at);
      const f = this.#moments.value(this.core, means, at);
      change = Math.max(change, Math.abs(f - this.#predictions[n]!));
      largest = Math.max(largest, Math.abs(f));
      this.#predictions[n] = f;
    }
    return largest > 0 ? change / largest : 0;
  }

  /** The mean core by the products of functions: ones for CP. */
  #weights(): Float64Array {
    return this.settings.form === "tucker" ? this.core : new Float64Array(this.#moments.size).fill(1);
  }

  #place(n: number, at: Int32Array): void {
    for (let k = 0; k < at.length; k++) at[k] = this.#index[k]![n]!;
  }

  /** Functions of a mode at scaled places. */
  functions(mode: number, places: Float64Array): FunctionMoments {
    return this.#modes[mode]!.chain.at(places);
  }

  /** Mean and variance at points given by their scaled coordinates, a column for every mode. */
  predict(columns: readonly Float64Array[]): { mean: Float64Array; variance: Float64Array } {
    const { ranks } = this.settings;
    const rows = columns[0]!.length;
    const index = columns.map((column) => {
      const distinct = Float64Array.from(new Set(column));
      const place = new Map(Array.from(distinct, (value, i) => [value, i]));
      return { distinct, of: Int32Array.from(column, (value) => place.get(value)!) };
    });
    const functions = index.map(({ distinct }, k) => this.functions(k, distinct));
    const means = functions.map(({ mean }) => mean);
    const seconds = functions.map((moments, k) => {
      const out = new Float64Array((moments.mean.length / ranks[k]!) * pairCount(ranks[k]!));
      secondMoments(moments, ranks[k]!, out);
      return out;
    });
    // E[W W^T], against the products of pairs.
    const square = outer(this.#weights());
    for (let e = 0; e < this.#coreCovariance.length; e++) square[e]! += this.#coreCovariance[e]!;
    const weights = this.#moments.folded(square);
    const products = new Float64Array(weights.length);
    const mean = new Float64Array(rows);
    const variance = new Float64Array(rows);
    const at = new Int32Array(ranks.length);
    for (let n = 0; n < rows; n++) {
      for (let k = 0; k < at.length; k++) at[k] = index[k]!.of[n]!;
      const f = this.#moments.value(this.core, means, at);
      products.fill(0);
      this.#moments.addProduct(1, seconds, this.#moments.pairs, at, -1, products);
      let square = 0;
      for (let e = 0; e < weights.length; e++) square += weights[e]! * products[e]!;
      mean[n] = f;
      variance[n] = Math.max(0, square - f * f);
    }
    return { mean, variance };
  }
}

interface ProductSums {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Packed E[u u^T], [n, P]. */
function secondMoments({ mean, covariance }: FunctionMoments, rank: number, out: Float64Array): void {
  const count = pairCount(rank);
  for (let t = 0; t < mean.length / rank; t++)
    for (let q = 0; q < rank; q++)
      for (let r = 0; r <= q; r++)
        out[t * count + pairIndex(r, q)] =
          covariance[(t * rank + r) * rank + q]! + mean[t * rank + r]! * mean[t * rank + q]!;
}

/** Data sorted by their node. */
function byNode(index: Int32Array, nodes: number): { data: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(nodes + 1);
  for (const node of index) starts[node + 1]!++;
  for (let t = 0; t < nodes; t++) starts[t + 1]! += starts[t]!;
  const next = starts.slice();
  const data = new Int32Array(index.length);
  for (const [n, node] of index.entries()) data[next[node]!++] = n;
  return { data, starts };
}

/** v v^T, row-major. */
function outer(v: Float64Array): Float64Array {
  const out = new Float64Array(v.length * v.length);
  for (let i = 0; i < v.length; i++) for (let j = 0; j < v.length; j++) out[i * v.length + j] = v[i]! * v[j]!;
  return out;
}

function superdiagonal(ranks: readonly number[]): Float64Array {
  const size = ranks.reduce((product, rank) => product * rank, 1);
  const core = new Float64Array(size);
  for (let r = 0; r < Math.min(...ranks); r++) core[ranks.reduce((at, rank) => at * rank + r, 0)] = 1;
  return core;
}

function diagonals(n: number, rank: number, value: number): Float64Array {
  const out = new Float64Array(n * rank * rank);
  for (let t = 0; t < n; t++) for (let r = 0; r < rank; r++) out[(t * rank + r) * rank + r] = value;
  return out;
}
