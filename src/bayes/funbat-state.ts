import { ndArray } from "../core/array/index.ts";
import { cholesky, choleskySolve, identity } from "../core/linalg/index.ts";
import type { Pace } from "../core/progress.ts";
import type { RandomStream } from "../core/random/index.ts";
import { FunctionChain, type FunctionMoments } from "./function-chain.ts";
import type { MaternKernel } from "./matern.ts";
import { kroneckerRow, TuckerMoments } from "./tucker-moments.ts";

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

/** One mode: its prior, its posterior moments at the nodes, and the messages of every datum to it. */
interface Mode {
  readonly chain: FunctionChain;
  readonly moments: FunctionMoments;
  /** E[u u^T] at the nodes, [n, R, R]. */
  readonly second: Float64Array;
  /** [N, R, R] and [N, R]. */
  readonly lambda: Float64Array;
  readonly eta: Float64Array;
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
  readonly #coreLambda: Float64Array;
  readonly #coreEta: Float64Array;
  readonly #noise: Float64Array;
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
        second: new Float64Array(n * rank * rank),
        lambda: new Float64Array(values.length * rank * rank),
        eta: new Float64Array(values.length * rank),
      };
    });
    for (const [k] of this.#modes.entries()) this.#renewSecond(k);
    const size = this.#moments.size;
    const tucker = settings.form === "tucker";
    this.core = tucker ? stream.split("core").fillNormal(new Float64Array(size)) : superdiagonal(ranks);
    this.#coreCovariance = new Float64Array(tucker ? size * size : 0);
    this.#coreLambda = new Float64Array(tucker ? size * size : 0);
    this.#coreEta = new Float64Array(tucker ? size : 0);
    this.#noise = new Float64Array(values.length);
    this.#predictions = new Float64Array(values.length);
    let square = 0;
    for (const value of values) square += value * value;
    // As if all variation were noise: the scale of the data, whatever the prior.
    this.noisePrecision = square > 0 ? values.length / square : settings.a0 / settings.b0;
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
    if (this.settings.form === "tucker") this.#renewCore(first ? 0 : this.settings.dampingCore);
    const change = this.#renewNoise(first ? 0 : this.settings.dampingNoise);
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

  #renewMode(k: number, kept: number): void {
    const mode = this.#modes[k]!;
    const rank = this.settings.ranks[k]!;
    const cells = rank * rank;
    const index = this.#index[k]!;
    const means = this.#modes.map(({ moments }) => moments.mean);
    const seconds = this.#modes.map(({ second }) => second);
    const at = new Int32Array(this.#modes.length);
    const a = new Float64Array(rank);
    const a2 = new Float64Array(cells);
    const lambda = new Float64Array(mode.chain.nodes.length * cells);
    const eta = new Float64Array(mode.chain.nodes.length * rank);
    for (let n = 0; n < this.#values.length; n++) {
      this.#place(n, at);
      this.#moments.coefficients(k, this.core, means, seconds, at, a, a2);
      const node = index[n]!;
      const weight = (1 - kept) * this.noisePrecision;
      for (let e = 0; e < cells; e++) {
        const message = kept * mode.lambda[n * cells + e]! + weight * a2[e]!;
        mode.lambda[n * cells + e] = message;
        lambda[node * cells + e]! += message;
      }
      for (let r = 0; r < rank; r++) {
        const message = kept * mode.eta[n * rank + r]! + weight * this.#values[n]! * a[r]!;
        mode.eta[n * rank + r] = message;
        eta[node * rank + r]! += message;
      }
    }
    mode.chain.smooth(lambda, eta, mode.moments);
    this.#renewSecond(k);
  }

  #renewSecond(k: number): void {
    const { moments, second } = this.#modes[k]!;
    const rank = this.settings.ranks[k]!;
    secondMoments(moments, rank, second);
  }

  /** q(W) = N((Lambda + I)^-1 eta, (Lambda + I)^-1). */
  #renewCore(kept: number): void {
    const { ranks } = this.settings;
    const size = this.core.length;
    const at = new Int32Array(ranks.length);
    const means = this.#modes.map(({ moments }) => moments.mean);
    const seconds = this.#modes.map(({ second }) => second);
    const row = new Float64Array(size);
    const pairs = new Float64Array(size * size);
    const order = pairOrder(ranks);
    const widths = ranks.map((rank) => rank * rank);
    const sum = new Float64Array(size * size);
    const sumEta = new Float64Array(size);
    for (let n = 0; n < this.#values.length; n++) {
      this.#place(n, at);
      kroneckerRow(means, ranks, at, row);
      for (let e = 0; e < size; e++) sumEta[e]! += this.#values[n]! * row[e]!;
      kroneckerRow(seconds, widths, at, pairs);
      for (let e = 0; e < pairs.length; e++) sum[e]! += pairs[e]!;
    }
    const weight = (1 - kept) * this.noisePrecision;
    for (let e = 0; e < sum.length; e++)
      this.#coreLambda[order[e]!] = kept * this.#coreLambda[order[e]!]! + weight * sum[e]!;
    for (let e = 0; e < size; e++) this.#coreEta[e] = kept * this.#coreEta[e]! + weight * sumEta[e]!;
    const precision = ndArray("float64", [size, size], this.#coreLambda.slice());
    for (let e = 0; e < size; e++) precision.data[e * size + e]! += 1;
    for (let i = 0; i < size; i++)
      for (let j = 0; j < i; j++) precision.data[i * size + j] = precision.data[j * size + i]!;
    const l = cholesky(precision);
    this.core = choleskySolve(l, this.#coreEta);
    this.#coreCovariance = choleskySolve(l, identity(size)).data;
  }

  /** Renews E[tau]; returns the largest change of a prediction over the largest prediction. */
  #renewNoise(kept: number): number {
    const means = this.#modes.map(({ moments }) => moments.mean);
    const seconds = this.#modes.map(({ second }) => second);
    const at = new Int32Array(this.#modes.length);
    const { a0, b0 } = this.settings;
    let b = b0;
    let change = 0;
    let largest = 0;
    for (let n = 0; n < this.#values.length; n++) {
      this.#place(n, at);
      const y = this.#values[n]!;
      const f = this.#moments.value(this.core, means, at);
      const square = this.#moments.square(this.core, seconds, at);
      this.#noise[n] = kept * this.#noise[n]! + (1 - kept) * (0.5 * y * y - y * f + 0.5 * square);
      b += this.#noise[n]!;
      change = Math.max(change, Math.abs(f - this.#predictions[n]!));
      largest = Math.max(largest, Math.abs(f));
      this.#predictions[n] = f;
    }
    this.noisePrecision = (a0 + this.#values.length / 2) / b;
    return largest > 0 ? change / largest : 0;
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
      const out = new Float64Array(moments.covariance.length);
      secondMoments(moments, ranks[k]!, out);
      return out;
    });
    const size = this.core.length;
    const pairs = new Float64Array(this.#coreCovariance.length);
    const order = this.settings.form === "tucker" ? pairOrder(ranks) : new Int32Array(0);
    const widths = ranks.map((rank) => rank * rank);
    const mean = new Float64Array(rows);
    const variance = new Float64Array(rows);
    const at = new Int32Array(ranks.length);
    for (let n = 0; n < rows; n++) {
      for (let k = 0; k < at.length; k++) at[k] = index[k]!.of[n]!;
      const f = this.#moments.value(this.core, means, at);
      let square = this.#moments.square(this.core, seconds, at);
      if (pairs.length > 0) {
        kroneckerRow(seconds, widths, at, pairs);
        for (let e = 0; e < size * size; e++) square += this.#coreCovariance[order[e]!]! * pairs[e]!;
      }
      mean[n] = f;
      variance[n] = Math.max(0, square - f * f);
    }
    return { mean, variance };
  }
}

function secondMoments({ mean, covariance }: FunctionMoments, rank: number, out: Float64Array): void {
  for (let t = 0; t < mean.length / rank; t++)
    for (let i = 0; i < rank; i++)
      for (let j = 0; j < rank; j++) {
        const e = (t * rank + i) * rank + j;
        out[e] = covariance[e]! + mean[t * rank + i]! * mean[t * rank + j]!;
      }
}

/**
 * Where the entries of a Kronecker product of R_k x R_k matrices, listed with the pair (row, column) of a mode side by
 * side, lie in the row-major matrix of order R_1 ... R_K.
 */
function pairOrder(ranks: readonly number[]): Int32Array {
  const size = ranks.reduce((product, rank) => product * rank, 1);
  return Int32Array.from({ length: size * size }, (_, e) => {
    let rest = e;
    let row = 0;
    let column = 0;
    let stride = 1;
    for (let k = ranks.length - 1; k >= 0; k--) {
      const rank = ranks[k]!;
      const pair = rest % (rank * rank);
      rest = (rest - pair) / (rank * rank);
      row += stride * Math.floor(pair / rank);
      column += stride * (pair % rank);
      stride *= rank;
    }
    return row * size + column;
  });
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
