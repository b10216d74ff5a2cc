import { type Matrix, requireMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { exp, expm1 } from "../core/special/index.ts";
import { type DiffusionModel, requireModel } from "./diffusion-model.ts";
import { defaultEnd } from "./time-steps.ts";

/**
 * What DPM-Solver-v3 knows of a model: three coefficients for each coordinate at the nodes of a grid uniform in
 * lambda, from tStart (noise, first) to tEnd (data, last).
 */
export interface EmpiricalModelStatistics {
  /** Ascending, [M + 1]. */
  readonly lambda: Float64Array;
  /** Share of x that is taken out of the predicted noise, [M + 1, d]. */
  readonly l: Matrix;
  /** Slope and offset of the linear trend of what is left along the solution, [M + 1, d]. */
  readonly s: Matrix;
  readonly b: Matrix;
  readonly tStart: number;
  readonly tEnd: number;
  /** Kind of the noise schedule. */
  readonly schedule: string;
  /** Points the coefficients were estimated from. */
  readonly samples: number;
  /** Where the estimate is to be taken with care. */
  readonly warning?: string;
}

export interface ModelStatisticsOptions extends LongCallOptions {
  /** Points of the data, [n, d], to be noised; needed by source `"forward"`. */
  readonly data?: Matrix;
  /** Number M of intervals of the grid, default 1200. */
  readonly gridSize?: number;
  /** Points at every node, default 1024. */
  readonly samples?: number;
  /** Random signs for each estimate of a Jacobian's diagonal, default 1. */
  readonly probes?: number;
  /** Noised data, or states of DPM-Solver++ (2M) on the grid; default `"forward"` where data are given. */
  readonly source?: "forward" | "trajectory";
  /** Default the schedule's largest time. */
  readonly tStart?: number;
  /** Default as of `timeSteps` for few steps. */
  readonly tEnd?: number;
  /** How the Jacobian is applied: default by the model's own `jvp`, else by central differences. */
  readonly derivative?: "jvp" | "finite-difference";
  /**
   * Half the distance in lambda over which the trend along the solution is taken: default 1e-2 for models in float32,
   * else 1e-4. Networks that ripple in time want more, up to the length of a step.
   */
  readonly trendStep?: number;
}

const statisticsOptions = [
  ...longCallOptions,
  ...["data", "gridSize", "samples", "probes", "source", "tStart", "tEnd", "derivative"],
  "trendStep",
];

/** Fewer samples than this give a warning. */
const fewestSamples = 64;
/** Rows that a model is asked at once. */
const batchSize = 256;
/** Variances below this share of their parts are rounding: no slope is taken from them. */
const resolution = 1e-9;

/**
 * Estimates the statistics that {@link dpmSolverV3} samples with: `l = sigma E[diag(d eps / dx)]` by random signs, and
 * s, b by least squares of f' on f along the solution, `f = (sigma eps - l x) / alpha`. The same points and noise serve
 * all nodes, so that the curves are smooth. About (3 + probes) (M + 1) evaluations of `samples` points.
 *
 * Reference: Zheng et al. 2023, section 3.2 and appendix C.
 */
export async function computeModelStatistics(
  model: DiffusionModel,
  options: ModelStatisticsOptions = {},
): Promise<EmpiricalModelStatistics> {
  requireModel("model", model);
  requireKnownOptions("options", options, statisticsOptions);
  const { dim: d, schedule } = model;
  const { data } = options;
  const M = requireInteger("options.gridSize", options.gridSize ?? 1200, 2);
  const n = requireInteger("options.samples", options.samples ?? 1024, 2);
  const probes = requireInteger("options.probes", options.probes ?? 1, 1);
  const source = requireOneOf("options.source", options.source ?? (data ? "forward" : "trajectory"), [
    "forward",
    "trajectory",
  ]);
  const { tMin, tMax } = schedule;
  const tStart = requireFinite("options.tStart", options.tStart ?? tMax, tMin, tMax);
  const tEnd = requireFinite("options.tEnd", options.tEnd ?? defaultEnd(schedule, 1), tMin, tMax);
  if (!(tEnd < tStart))
    throw new InvalidInputError("options.tEnd", `expected less than tStart ${tStart}, got ${tEnd}`);
  const derivative = requireOneOf(
    "options.derivative",
    options.derivative ?? (model.jvp ? "jvp" : "finite-difference"),
    ["jvp", "finite-difference"],
  );
  if (derivative === "jvp" && model.jvp === undefined)
    throw new InvalidInputError("options.derivative", "the model has no jvp; use finite-difference");
  if (source === "forward" && data === undefined)
    throw new InvalidInputError("options.data", 'expected points of the data for source "forward"');
  if (data !== undefined) {
    const { rows } = requireMatrix("options.data", data, { dtype: "float64", cols: d });
    if (rows === 0)
      throw new InvalidInputError("options.data", `expected at least one point of dimension ${d}`);
  }

  const stream = randomStream(options.seed ?? 0, "model-statistics");
  const z = stream.split("noise").fillNormal(new Float64Array(n * d));
  const signStream = stream.split("signs");
  const signs = Float64Array.from({ length: probes * n * d }, () => signStream.sign());
  const points = data && drawnRows(data, n, stream.split("points").uint32());
  const [first, last] = [schedule.lambda(tStart), schedule.lambda(tEnd)];
  const lambda = Float64Array.from({ length: M + 1 }, (_, i) => first + ((last - first) * i) / M);
  const step = model.singlePrecision ? 1e-2 : 1e-4;
  const trendStep = requireFinite("options.trendStep", options.trendStep ?? step, 1e-8, 1);

  const evaluate = inBatches(n, d, (x, rows, t) => model.eps(x, rows, t));
  const moments: NodeMoments[] = [];
  const l = new Float64Array((M + 1) * d);
  let x = source === "forward" ? new Float64Array(n * d) : z.map((value) => schedule.sigma(tStart) * value);
  let previous: Float64Array | undefined;
  const pace = new Pace(options, M + 1);
  for (let i = 0; i <= M; i++) {
    const t = i === 0 ? tStart : i === M ? tEnd : schedule.tOfLambda(lambda[i]!);
    const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
    if (source === "forward")
      for (let at = 0; at < n * d; at++) x[at] = alpha * points![at]! + sigma * z[at]!;
    const eps = await evaluate(x, t);
    const own = l.subarray(i * d, (i + 1) * d);
    for (let probe = 0; probe < probes; probe++) {
      const v = signs.subarray(probe * n * d, (probe + 1) * n * d);
      const product = await jacobianProduct(model, derivative, x, v, n, t, step);
      for (let at = 0; at < n * d; at++) own[at % d]! += (sigma * v[at]! * product[at]!) / (probes * n);
    }
    // With y = x / alpha and a = e^-lambda eps: y' = -a along the solution, and p = a' = e^-lambda (eps' - eps).
    const scale = exp(-lambda[i]!);
    const shifted = async (by: number): Promise<Float64Array> => {
      const level = schedule.tOfLambda(lambda[i]! + by);
      const to = schedule.alpha(level);
      return evaluate(
        x.map((value, at) => to * (value / alpha - by * scale * eps[at]!)),
        level,
      );
    };
    const [ahead, behind] = [await shifted(trendStep), await shifted(-trendStep)];
    const a = eps.map((value) => scale * value);
    const p = a.map((value, at) => (scale * (ahead[at]! - behind[at]!)) / (2 * trendStep) - value);
    const y = x.map((value) => value / alpha);
    moments.push(nodeMoments(a, y, p, d));
    if (source === "trajectory" && i < M) {
      const next = i + 1 === M ? tEnd : schedule.tOfLambda(lambda[i + 1]!);
      const data0 = x.map((value, at) => (value - sigma * eps[at]!) / alpha);
      const h = lambda[i + 1]! - lambda[i]!;
      const [keep, gain] = [schedule.sigma(next) / sigma, schedule.alpha(next) * expm1(-h)];
      const older = previous ?? data0;
      // The grid is uniform: both weights of the second order are halves.
      x = x.map((value, at) => keep * value - gain * (1.5 * data0[at]! - 0.5 * older[at]!));
      previous = data0;
    }
    if (pace.due()) await pace.rest(i + 1);
  }
  pace.finish();
  const { s, b } = trends(lambda, l, moments, d);
  const matrix = (values: Float64Array): Matrix => ({ dtype: "float64", shape: [M + 1, d], data: values });
  const statistics: EmpiricalModelStatistics = {
    lambda,
    l: matrix(l),
    s: matrix(s),
    b: matrix(b),
    tStart,
    tEnd,
    schedule: schedule.kind,
    samples: n,
    ...(n < fewestSamples && { warning: `estimated from ${n} points; ${fewestSamples} or more are advised` }),
  };
  for (const name of ["l", "s", "b"] as const) {
    const bad = statistics[name].data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new NumericalError(
        `computeModelStatistics: ${name} is ${statistics[name].data[bad]} at node ${Math.floor(bad / d)}`,
        { node: Math.floor(bad / d), coordinate: bad % d },
      );
  }
  return statistics;
}

/** Means and central second moments over samples of a = e^-lambda eps, y = x / alpha and p = a', [d] each. */
interface NodeMoments {
  readonly a: Float64Array;
  readonly y: Float64Array;
  readonly p: Float64Array;
  readonly aa: Float64Array;
  readonly ay: Float64Array;
  readonly yy: Float64Array;
  readonly ap: Float64Array;
  readonly py: Float64Array;
}

function nodeMoments(a: Float64Array, y: Float64Array, p: Float64Array, d: number): NodeMoments {
  const n = a.length / d;
  const mean = (values: Float64Array): Float64Array => {
    const out = new Float64Array(d);
    for (let at = 0; at < values.length; at++) out[at % d]! += values[at]! / n;
    return out;
  };
  const means = { a: mean(a), y: mean(y), p: mean(p) };
  const product = (u: Float64Array, meanU: Float64Array, v: Float64Array, meanV: Float64Array) => {
    const out = new Float64Array(d);
    for (let at = 0; at < u.length; at++) {
      const j = at % d;
      out[j]! += ((u[at]! - meanU[j]!) * (v[at]! - meanV[j]!)) / n;
    }
    return out;
  };
  return {
    ...means,
    aa: product(a, means.a, a, means.a),
    ay: product(a, means.a, y, means.y),
    yy: product(y, means.y, y, means.y),
    ap: product(a, means.a, p, means.p),
    py: product(p, means.p, y, means.y),
  };
}

/**
 * Least squares of f' = p + l a - l' y on f = a - l y, coordinate by coordinate: slope s and offset b. l' is by
 * differences of the curve of l.
 */
function trends(
  lambda: Float64Array,
  l: Float64Array,
  moments: readonly NodeMoments[],
  d: number,
): { s: Float64Array; b: Float64Array } {
  const M = lambda.length - 1;
  const s = new Float64Array(l.length);
  const b = new Float64Array(l.length);
  const step = lambda[1]! - lambda[0]!;
  for (let i = 0; i <= M; i++) {
    // Central differences, and at the ends those of the parabola through three nodes.
    const [at, weights] =
      i === 0 ? [0, [-1.5, 2, -0.5]] : i === M ? [M - 2, [0.5, -2, 1.5]] : [i - 1, [-0.5, 0, 0.5]];
    const { a, y, p, aa, ay, yy, ap, py } = moments[i]!;
    for (let j = 0; j < d; j++) {
      const own = l[i * d + j]!;
      let slope = 0;
      for (const [k, weight] of weights.entries()) slope += (weight * l[(at + k) * d + j]!) / step;
      const variance = aa[j]! - 2 * own * ay[j]! + own * own * yy[j]!;
      const covariance =
        ap[j]! + own * aa[j]! - slope * ay[j]! - own * (py[j]! + own * ay[j]! - slope * yy[j]!);
      const parts = aa[j]! + own * own * yy[j]!;
      if (variance > Math.max(1e-12, resolution * parts)) s[i * d + j] = covariance / variance;
      const meanF = a[j]! - own * y[j]!;
      b[i * d + j] = p[j]! + own * a[j]! - slope * y[j]! - s[i * d + j]! * meanF;
    }
  }
  return { s, b };
}

type Evaluation = (x: Float64Array, rows: number, t: number) => Float64Array | Promise<Float64Array>;

/** Evaluates n points a batch at a time. */
function inBatches(n: number, d: number, evaluation: Evaluation) {
  return async (x: Float64Array, t: number): Promise<Float64Array> => {
    const out = new Float64Array(n * d);
    for (let first = 0; first < n; first += batchSize) {
      const rows = Math.min(batchSize, n - first);
      out.set(await evaluation(x.subarray(first * d, (first + rows) * d), rows, t), first * d);
    }
    return out;
  };
}

async function jacobianProduct(
  model: DiffusionModel,
  derivative: "jvp" | "finite-difference",
  x: Float64Array,
  v: Float64Array,
  n: number,
  t: number,
  step: number,
): Promise<Float64Array> {
  const d = model.dim;
  if (derivative === "jvp") {
    const out = new Float64Array(n * d);
    for (let first = 0; first < n; first += batchSize) {
      const rows = Math.min(batchSize, n - first);
      const [from, to] = [first * d, (first + rows) * d];
      out.set(await model.jvp!(x.subarray(from, to), v.subarray(from, to), rows, t), from);
    }
    return out;
  }
  const evaluate = inBatches(n, d, (points, rows, time) => model.eps(points, rows, time));
  const moved = (by: number) =>
    evaluate(
      x.map((value, at) => value + by * v[at]!),
      t,
    );
  const [ahead, behind] = [await moved(step), await moved(-step)];
  return ahead.map((value, at) => (value - behind[at]!) / (2 * step));
}

function drawnRows({ data, shape }: Matrix, count: number, seed: number): Float64Array {
  const [n, d] = shape as [number, number];
  const stream = randomStream(seed);
  const out = new Float64Array(count * d);
  for (let i = 0; i < count; i++) {
    const row = stream.integer(n);
    out.set(data.subarray(row * d, (row + 1) * d), i * d);
  }
  return out;
}
