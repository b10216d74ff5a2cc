import { type Matrix, type NdArray, ndArray, requireMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import { FunBaTState, type Settings } from "./funbat-state.ts";
import { type MaternKernel, maternKernels } from "./matern.ts";

export interface FunBaTOptions extends LongCallOptions {
  /** Functions of every mode, or of each; default 3. CP has one number for all. */
  readonly rank?: number | readonly number[];
  /** Default `tucker`. */
  readonly form?: "tucker" | "cp";
  /** Default `matern32`. */
  readonly kernel?: "matern12" | "matern32";
  /** Of every mode, or of each, where the range of a mode's coordinates is 1; default 0.2. */
  readonly lengthscale?: number | readonly number[];
  /** Prior variance of the functions of every mode, or of each; default 1. */
  readonly variance?: number | readonly number[];
  /** Part of the old messages to the functions that is kept, 0 to below 1; default 0.1. */
  readonly damping?: number;
  /** The same of the messages to the noise; default 0.2. */
  readonly dampingNoise?: number;
  /** The same of the messages to the core; default 0.1. */
  readonly dampingCore?: number;
  /** Most epochs; default 100. */
  readonly epochs?: number;
  /** Stops when no prediction moves by more than this part of the largest; default 1e-4. */
  readonly tolerance?: number;
  /** Shape and rate of the Gamma prior of the noise precision; default 1 and 1. */
  readonly a0?: number;
  readonly b0?: number;
  /** Starts, of which the one with the least noise is kept; default 3. */
  readonly restarts?: number;
  /** Start of Tucker: 15 epochs of CP and a nearly superdiagonal core (default), or a random one. */
  readonly init?: "cp" | "random";
}

/** Predictions at points. */
export interface FunBaTPrediction {
  readonly mean: Float64Array;
  /** Of the function; add 1 / `noisePrecision` for an observation. */
  readonly variance: Float64Array;
  /** 1 where a coordinate lies outside the range of the data. */
  readonly extrapolated: Uint8Array;
}

export interface FunBaTModel {
  /** Mean and variance at points [N, K], in the units of the data. O(N R^(2K)). */
  predict(coordinates: Matrix): FunBaTPrediction;
  /** The functions of a mode at places: means [n, R] and covariances [n, R, R]. */
  factor(mode: number, at: Float64Array): { readonly mean: Matrix; readonly covariance: NdArray<"float64"> };
  /** Mean core; superdiagonal ones for CP. */
  readonly core: NdArray<"float64">;
  /** Expected precision of an observation. */
  readonly noisePrecision: number;
  readonly converged: boolean;
  /** Epochs of the start that was kept, those of its CP start included. */
  readonly iterations: number;
  /** Largest relative change of a prediction, by epoch. */
  readonly history: readonly number[];
}

const cpEpochs = 15;
const optionNames = [
  ...longCallOptions,
  "rank",
  "form",
  "kernel",
  "lengthscale",
  "variance",
  "damping",
  "dampingNoise",
  "dampingCore",
  "epochs",
  "tolerance",
  "a0",
  "b0",
  "restarts",
  "init",
];

/**
 * Functional Bayesian Tucker decomposition: values at points with K continuous coordinates as a Tucker (or CP)
 * interaction of one-dimensional random functions, a group of them for every coordinate, with Matern priors in
 * state-space form. Fitted by conditional expectation propagation: every datum sends Gaussian messages to the functions,
 * to the core and to the noise; functions are smoothed by Kalman filtering. An epoch costs O(N R^(2K)) for Tucker, plus
 * (s R)^3 for every distinct coordinate: linear in both.
 *
 * Values should have mean about 0 and deviation about 1, which the priors are made for.
 *
 * Reference: Fang, Yu, Wang, Li, Kirby and Zhe, "Functional Bayesian Tucker decomposition for continuous-indexed
 * tensor data" (ICLR 2024).
 *
 * @param coordinates [N, K], K >= 2, in any units: the range of each is scaled to [0, 1]
 * @throws NumericalError when all starts collapse to functions that are zero
 */
export async function fitFunBaT(
  coordinates: Matrix,
  values: Float64Array,
  options: FunBaTOptions = {},
): Promise<FunBaTModel> {
  const { rows, cols } = requireMatrix("coordinates", coordinates, { dtype: "float64" });
  if (cols < 2) throw new InvalidInputError("coordinates", `expected at least 2 columns, got ${cols}`);
  if (!(values instanceof Float64Array) || values.length !== rows)
    throw new InvalidInputError("values", `expected a Float64Array of ${rows} values, got ${show(values)}`);
  for (const [row, value] of values.entries())
    if (!Number.isFinite(value))
      throw new InvalidInputError(`values[${row}]`, `expected a finite number, got ${value}`);
  const settings = requireSettings(options, cols);
  const restarts = requireInteger("options.restarts", options.restarts ?? 3, 1, 1000);
  const grid = gridOf(coordinates);
  const stream = randomStream(options.seed, "funbat");
  const fromCp = settings.form === "tucker" && (options.init ?? "cp") === "cp";
  requireOneOf("options.init", options.init ?? "cp", ["cp", "random"] as const);
  const perStart = settings.epochs + (fromCp ? cpEpochs : 0);
  const pace = new Pace(options, restarts * perStart * rows);
  const spread = deviation(values);
  let best: FunBaTState | undefined;
  for (let restart = 0; restart < restarts; restart++) {
    const state = await fitted(
      grid,
      values,
      settings,
      fromCp,
      stream.split(restart),
      pace,
      restart * perStart * rows,
    );
    if (state.size() < 1e-6 * spread) continue;
    if (best === undefined || state.noisePrecision > best.noisePrecision) best = state;
  }
  pace.finish();
  if (best === undefined)
    throw new NumericalError("fitFunBaT: every start collapsed to functions that are zero", { restarts });
  return modelOf(best, grid);
}

async function fitted(
  grid: Grid,
  values: Float64Array,
  settings: Settings,
  fromCp: boolean,
  stream: RandomStream,
  pace: Pace,
  done: number,
): Promise<FunBaTState> {
  const rows = values.length;
  const run = async (state: FunBaTState, epochs: number, from: number): Promise<void> => {
    for (let epoch = 0; epoch < epochs; epoch++) {
      await state.epoch(pace, from + epoch * rows);
      if (state.converged) return;
    }
  };
  const state = new FunBaTState(grid.nodes, grid.index, values, settings, stream.split("start"));
  if (fromCp) {
    const rank = Math.max(...settings.ranks);
    const start = new FunBaTState(
      grid.nodes,
      grid.index,
      values,
      { ...settings, form: "cp", ranks: settings.ranks.map(() => rank) },
      stream.split("cp"),
    );
    await run(start, cpEpochs, done);
    state.startFrom(start, stream.split("core"));
  }
  await run(state, settings.epochs, done + (fromCp ? cpEpochs * rows : 0));
  return state;
}

/** Distinct scaled coordinates of every mode, and which of them each datum has. */
interface Grid {
  readonly nodes: readonly Float64Array[];
  readonly index: readonly Int32Array[];
  readonly low: readonly number[];
  readonly width: readonly number[];
}

function gridOf(coordinates: Matrix): Grid {
  const [rows, cols] = coordinates.shape as [number, number];
  const nodes: Float64Array[] = [];
  const index: Int32Array[] = [];
  const low: number[] = [];
  const width: number[] = [];
  for (let k = 0; k < cols; k++) {
    const column = Float64Array.from({ length: rows }, (_, n) => coordinates.data[n * cols + k]!);
    const distinct = Float64Array.from(new Set(column)).sort();
    if (distinct.length < 2)
      throw new InvalidInputError("coordinates", `expected at least 2 distinct values in column ${k}`);
    low.push(distinct[0]!);
    width.push(distinct.at(-1)! - distinct[0]!);
    const place = new Map(Array.from(distinct, (value, i) => [value, i]));
    index.push(Int32Array.from(column, (value) => place.get(value)!));
    nodes.push(distinct.map((value) => (value - low[k]!) / width[k]!));
  }
  return { nodes, index, low, width };
}

function modelOf(state: FunBaTState, grid: Grid): FunBaTModel {
  const modes = grid.nodes.length;
  const scaled = (mode: number, place: number): number => (place - grid.low[mode]!) / grid.width[mode]!;
  return {
    predict(coordinates) {
      const { rows } = requireMatrix("coordinates", coordinates, { dtype: "float64", cols: modes });
      const columns = Array.from({ length: modes }, (_, k) =>
        Float64Array.from({ length: rows }, (_, n) => scaled(k, coordinates.data[n * modes + k]!)),
      );
      const extrapolated = new Uint8Array(rows);
      for (const column of columns)
        for (const [n, place] of column.entries()) if (place < 0 || place > 1) extrapolated[n] = 1;
      return { ...state.predict(columns), extrapolated };
    },
    factor(mode, at) {
      requireInteger("mode", mode, 0, modes - 1);
      if (!(at instanceof Float64Array) || !at.every(Number.isFinite))
        throw new InvalidInputError("at", `expected a Float64Array of finite places, got ${show(at)}`);
      const { mean, covariance } = state.functions(
        mode,
        at.map((place) => scaled(mode, place)),
      );
      const rank = state.settings.ranks[mode]!;
      return {
        mean: ndArray("float64", [at.length, rank], mean),
        covariance: ndArray("float64", [at.length, rank, rank], covariance),
      };
    },
    core: ndArray("float64", state.settings.ranks, state.core.slice()),
    noisePrecision: state.noisePrecision,
    converged: state.converged,
    iterations: state.history.length,
    history: state.history,
  };
}

function requireSettings(options: FunBaTOptions, modes: number): Settings {
  requireKnownOptions("options", options, optionNames);
  const form = requireOneOf("options.form", options.form ?? "tucker", ["tucker", "cp"] as const);
  const kernel: MaternKernel = requireOneOf(
    "options.kernel",
    options.kernel ?? "matern32",
    maternKernels.slice(0, 2),
  );
  const each = (name: "rank" | "lengthscale" | "variance", value: number | readonly number[]): number[] => {
    const list = typeof value === "number" ? Array<number>(modes).fill(value) : [...value];
    if (list.length !== modes)
      throw new InvalidInputError(`options.${name}`, `expected ${modes} values, got ${list.length}`);
    for (const entry of list) {
      if (name === "rank") requireInteger("options.rank", entry, 1, 64);
      else requireFinite(`options.${name}`, entry, Number.MIN_VALUE);
    }
    return list;
  };
  const part = (name: "damping" | "dampingNoise" | "dampingCore", otherwise: number): number =>
    requireFinite(`options.${name}`, options[name] ?? otherwise, 0, 1 - 2 ** -20);
  const ranks = each("rank", options.rank ?? 3);
  if (form === "cp" && new Set(ranks).size > 1)
    throw new InvalidInputError("options.rank", `CP needs one rank for all modes, got ${ranks.join(", ")}`);
  return {
    form,
    kernel,
    ranks,
    lengthscales: each("lengthscale", options.lengthscale ?? 0.2),
    variances: each("variance", options.variance ?? 1),
    damping: part("damping", 0.1),
    dampingNoise: part("dampingNoise", 0.2),
    dampingCore: part("dampingCore", 0.1),
    epochs: requireInteger("options.epochs", options.epochs ?? 100, 1, 1e6),
    tolerance: requireFinite("options.tolerance", options.tolerance ?? 1e-4, 0),
    a0: requireFinite("options.a0", options.a0 ?? 1, Number.MIN_VALUE),
    b0: requireFinite("options.b0", options.b0 ?? 1, Number.MIN_VALUE),
  };
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
