import type { Matrix } from "ockham/array";
import {
  fitLightSB,
  frechetDistance,
  gaussianWasserstein2Squared,
  type LightSB,
  type LightSBOptions,
  lightSB,
  type MixturePotential,
  momentsOf,
  sinkhorn as transportBySinkhorn,
} from "ockham/diffusion";
import { defineTask } from "ockham/parallel";
import { drawUnitVector, type RandomStream, randomStream } from "ockham/random";

export const normals = (stream: RandomStream, n: number, d: number): Matrix => ({
  dtype: "float64",
  shape: [n, d],
  data: stream.fillNormal(new Float64Array(n * d)),
});

/** A bridge between a standard normal source and a known target: five components on a sphere of radius 5. */
export function knownBridge(d: number, epsilon: number, seed: number): LightSB {
  const stream = randomStream(seed, "known-bridge");
  const centres = new Float64Array(5 * d);
  for (let k = 0; k < 5; k++)
    centres.set(
      drawUnitVector(stream.split(k), d).map((value) => 5 * value),
      k * d,
    );
  return lightSB({
    epsilon,
    logWeights: new Float64Array(5),
    centres: { dtype: "float64", shape: [5, d], data: centres },
    scales: { dtype: "float64", shape: [5, d], data: new Float64Array(5 * d).fill(0.2) },
  });
}

/** Mean [d] and covariance [d, d] of a plan given one source point. */
export interface ConditionalMoments {
  readonly mean: Float64Array;
  readonly covariance: Matrix;
}

/** Moments given each row of x. */
export function momentsGiven(model: LightSB, x: Matrix): ConditionalMoments[] {
  const [n, d] = x.shape as [number, number];
  const { mean, covariance } = model.conditionalMoments(x);
  return Array.from({ length: n }, (_, i) => ({
    mean: mean.data.subarray(i * d, (i + 1) * d),
    covariance: {
      dtype: "float64",
      shape: [d, d],
      data: covariance.data.subarray(i * d * d, (i + 1) * d * d),
    },
  }));
}

/**
 * Conditional Bures-Wasserstein unexplained variance, in percent: squared distance of the normal distributions with
 * the moments of both plans, averaged over source points, over half the variance of the target.
 */
export function conditionalError(
  plan: readonly ConditionalMoments[],
  truth: readonly ConditionalMoments[],
  halfVariance: number,
): number {
  let sum = 0;
  for (const [i, { mean, covariance }] of plan.entries())
    sum += gaussianWasserstein2Squared(mean, covariance, truth[i]!.mean, truth[i]!.covariance);
  return (100 * sum) / (plan.length * halfVariance);
}

/** Half the trace of the covariance of a set. */
export function halfVarianceOf(x: Matrix): number {
  const { covariance } = momentsOf(x);
  const d = covariance.shape[0]!;
  let trace = 0;
  for (let j = 0; j < d; j++) trace += covariance.data[j * (d + 1)]!;
  return trace / 2;
}

export interface BenchmarkCase {
  readonly d: number;
  readonly epsilon: number;
  readonly components: number;
  readonly learningRate: number;
  readonly steps: number;
  readonly seed: number;
  /** Points of each set: enough that the plan's error is the fit's and not that of the samples. */
  readonly samples: number;
  /** Whether to compare with Sinkhorn, which takes many times as long. */
  readonly sinkhorn: boolean;
}

export interface BenchmarkOutcome {
  readonly potential: MixturePotential;
  /** Errors of conditional plans, in percent. */
  readonly plan: number;
  readonly independent: number;
  readonly brownian: number;
  readonly sinkhorn: number | null;
  /** Error of the target's marginal, in percent, and that of another true sample. */
  readonly marginal: number;
  readonly marginalFloor: number;
  readonly seconds: number;
}

const tests = 1000;
const marginalPoints = 20_000;
const sinkhornPoints = 1000;

export const benchmarkTask = defineTask({
  name: "papers/lightsb/benchmark",
  module: import.meta.url,
  async run(
    { d, epsilon, components, learningRate, steps, seed, samples, sinkhorn }: BenchmarkCase,
    { signal },
  ) {
    const stream = randomStream(seed, "benchmark", d);
    const truth = knownBridge(d, epsilon, seed);
    const x0 = normals(stream.split("source"), samples, d);
    // Drawn from other source points than x0: the two sets are not paired.
    const x1 = targetOf(truth, stream.split("hidden"), samples);
    const started = performance.now();
    const model = await fitLightSB(x0, x1, {
      ...{ epsilon, components, learningRate, lrDecay: "last30pct", steps, seed, signal },
    });
    const seconds = (performance.now() - started) / 1000;

    const x = normals(stream.split("test"), tests, d);
    const exact = momentsGiven(truth, x);
    const halfVariance = halfVarianceOf(x1);
    const marginalOf = (y: Matrix): number => (100 * frechetDistance(y, x1)) / halfVariance;
    const own = momentsOf(x1);
    const brownian = exact.map((_, i) => ({
      mean: x.data.subarray(i * d, (i + 1) * d),
      covariance: scaledIdentity(d, epsilon),
    }));
    const mapped = targetOf(model, stream.split("mapped"), marginalPoints);
    const again = targetOf(truth, stream.split("again"), marginalPoints);
    return {
      potential: model.potential,
      plan: conditionalError(momentsGiven(model, x), exact, halfVariance),
      independent: conditionalError(
        exact.map(() => own),
        exact,
        halfVariance,
      ),
      brownian: conditionalError(brownian, exact, halfVariance),
      sinkhorn: sinkhorn
        ? conditionalError(await sinkhornMoments(x0, x1, x, epsilon, signal), exact, halfVariance)
        : null,
      marginal: marginalOf(mapped),
      marginalFloor: marginalOf(again),
      seconds,
    } satisfies BenchmarkOutcome;
  },
});

/** Targets of n standard normal source points, made a part at a time to keep the memory small. */
function targetOf(model: LightSB, stream: RandomStream, n: number): Matrix {
  const d = model.potential.centres.shape[1]!;
  const data = new Float64Array(n * d);
  const part = 20_000;
  for (let first = 0; first < n; first += part) {
    const source = normals(stream.split("source", first), Math.min(part, n - first), d);
    data.set(model.sampleTarget(source, stream.split("target", first)).data, first * d);
  }
  return { dtype: "float64", shape: [n, d], data };
}

/** A fit on a worker. */
export const fitTask = defineTask({
  name: "papers/lightsb/fit",
  module: import.meta.url,
  async run(
    { x0, x1, options }: { x0: Matrix; x1: Matrix; options: LightSBOptions },
    { signal },
  ): Promise<MixturePotential> {
    return (await fitLightSB(x0, x1, { ...options, signal })).potential;
  },
});

/** Moments of Sinkhorn's plan of the first points of both sets, continued to x by its dual potential. */
async function sinkhornMoments(
  x0: Matrix,
  x1: Matrix,
  x: Matrix,
  epsilon: number,
  signal: AbortSignal,
): Promise<ConditionalMoments[]> {
  const [n, d] = x.shape as [number, number];
  const y = firstRows(x1, sinkhornPoints);
  const { conditional } = await transportBySinkhorn(firstRows(x0, sinkhornPoints), y, {
    ...{ epsilon, signal },
  });
  const shares = conditional(x).data;
  const m = y.shape[0]!;
  return Array.from({ length: n }, (_, i) => {
    const mean = new Float64Array(d);
    for (let j = 0; j < m; j++)
      for (let a = 0; a < d; a++) mean[a]! += shares[i * m + j]! * y.data[j * d + a]!;
    const covariance = new Float64Array(d * d);
    for (let j = 0; j < m; j++) {
      const share = shares[i * m + j]!;
      if (share < 1e-12) continue;
      for (let a = 0; a < d; a++) {
        const weighted = share * (y.data[j * d + a]! - mean[a]!);
        for (let b = 0; b < d; b++) covariance[a * d + b]! += weighted * (y.data[j * d + b]! - mean[b]!);
      }
    }
    return { mean, covariance: { dtype: "float64", shape: [d, d], data: covariance } };
  });
}

export function firstRows({ data, shape }: Matrix, rows: number): Matrix {
  const d = shape[1]!;
  const n = Math.min(rows, shape[0]!);
  return { dtype: "float64", shape: [n, d], data: data.slice(0, n * d) };
}

function scaledIdentity(d: number, scale: number): Matrix {
  const data = new Float64Array(d * d);
  for (let j = 0; j < d; j++) data[j * (d + 1)] = scale;
  return { dtype: "float64", shape: [d, d], data };
}
