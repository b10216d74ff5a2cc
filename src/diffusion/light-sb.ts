import { type Matrix, type NdArray, requireMatrix, zeros } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, show } from "../core/errors.ts";
import { drawCategorical, type RandomStream } from "../core/random/index.ts";
import { log } from "../core/special/index.ts";
import {
  inBasis,
  type MixturePotential,
  normaliseRows,
  planLogWeights,
  potentialLogTerms,
  requirePotential,
} from "./mixture-potential.ts";

/** The law of the target point given each source point: a mixture of normal distributions. */
export interface ConditionalPlan {
  /** Weights of the components given each row of x, [n, K]. */
  readonly weights: Matrix;
  /** Means, r_k + S_k x, [n, K, d]. */
  readonly means: NdArray<"float64">;
  /** Eigenvalues of the covariances epsilon S_k, the same for every x, [K, d]; their diagonals if S_k is diagonal. */
  readonly variances: Matrix;
  /** Eigenvectors of the covariances in columns, [K, d, d]; absent for diagonal ones. */
  readonly eigenvectors?: NdArray<"float64">;
}

/**
 * A Schrödinger bridge with the prior `sqrt(epsilon) W`: a stochastic map whose joint law is the entropic optimal
 * plan for the cost |x - y|^2 / 2, and the process between its ends. Everything is in closed form.
 */
export interface LightSB {
  readonly potential: MixturePotential;
  /** The law of the target given x. */
  conditional(x: Matrix): ConditionalPlan;
  /** Its mean [n, d] and covariance [n, d, d]. */
  conditionalMoments(x: Matrix): { mean: Matrix; covariance: NdArray<"float64"> };
  /** Draws from it, `perPoint` (default 1) for each row, those of a row together: [n perPoint, d]. */
  sampleTarget(x: Matrix, stream: RandomStream, perPoint?: number): Matrix;
  /** Draws of the process at time t in [0, 1] that starts at x, [n, d]. */
  bridge(x: Matrix, t: number, stream: RandomStream): Matrix;
  /** Drift g(x, t) of `dX = g dt + sqrt(epsilon) dW`, 0 <= t < 1, [n, d]. */
  drift(x: Matrix, t: number): Matrix;
  /** Paths by Euler-Maruyama in equal steps, [n, steps + 1, d]. */
  simulate(x: Matrix, steps: number, stream: RandomStream): NdArray<"float64">;
  /** ln v(y), [n]. */
  logPotential(y: Matrix): Float64Array;
  /** ln c(x), [n]. */
  logNormalizer(x: Matrix): Float64Array;
  /** The objective, mean ln c(x0) less mean ln v(x1). */
  loss(x0: Matrix, x1: Matrix): number;
  /** Plain numbers that {@link lightSBFromJSON} reads back. */
  toJSON(): LightSBDocument;
}

/** A saved bridge. */
export interface LightSBDocument {
  readonly epsilon: number;
  readonly dim: number;
  readonly logWeights: readonly number[];
  readonly centres: readonly number[];
  readonly scales: readonly number[];
  readonly rotations?: readonly number[];
}

/** The bridge that a potential determines. Reference: Korotin, Gushchin and Burnaev 2024, section 3. */
export function lightSB(potential: MixturePotential): LightSB {
  const { K, d } = requirePotential("potential", potential);
  const { epsilon, centres, scales, rotations } = potential;
  const basis = rotations?.data;
  const requirePoints = (x: Matrix, argument = "x"): number =>
    requireMatrix(argument, x, { dtype: "float64", cols: d }).rows;
  const matrix = (data: Float64Array, cols = d): Matrix => ({
    dtype: "float64",
    shape: [data.length / cols, cols],
    data,
  });

  /** r_k + S_k x for every row and component, [n, K, d]. */
  const meansOf = (x: Float64Array, n: number): Float64Array => {
    const means = new Float64Array(n * K * d);
    for (let k = 0; k < K; k++) {
      const scaled = inBasis(basis, k, x, n, d).slice();
      for (let i = 0, at = 0; i < n; i++)
        for (let j = 0; j < d; j++, at++) scaled[at]! *= scales.data[k * d + j]!;
      const back = inBasis(basis, k, scaled, n, d, true);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < d; j++) means[(i * K + k) * d + j] = centres.data[k * d + j]! + back[i * d + j]!;
    }
    return means;
  };

  const weightsOf = (x: Float64Array, n: number): { weights: Float64Array; logNormalizer: Float64Array } => {
    const weights = planLogWeights(potential, x, n);
    return { weights, logNormalizer: normaliseRows(weights, K) };
  };

  const driftOf = (x: Float64Array, n: number, t: number): Float64Array => {
    const logs = new Float64Array(n * K);
    const pulls: Float64Array[] = [];
    const rest = 1 / (epsilon * (1 - t));
    for (let k = 0; k < K; k++) {
      const own = inBasis(basis, k, x, n, d);
      const centre = inBasis(basis, k, centres.data.subarray(k * d, (k + 1) * d), 1, d);
      const pull = new Float64Array(n * d);
      let constant = potential.logWeights[k]!;
      for (let j = 0; j < d; j++) {
        const scale = scales.data[k * d + j]!;
        const precision = t * rest + 1 / (epsilon * scale);
        constant -= 0.5 * (log(scale) + log(precision)) + centre[j]! ** 2 / (2 * epsilon * scale);
        for (let i = 0, at = j; i < n; i++, at += d) {
          const h = own[at]! * rest + centre[j]! / (epsilon * scale);
          pull[at] = h / precision;
          logs[i * K + k]! += 0.5 * h * pull[at]!;
        }
      }
      for (let i = 0; i < n; i++) logs[i * K + k]! += constant;
      pulls.push(inBasis(basis, k, pull, n, d, true));
    }
    normaliseRows(logs, K);
    const g = new Float64Array(n * d);
    for (let i = 0; i < n; i++)
      for (let j = 0, at = i * d; j < d; j++, at++) {
        let towards = 0;
        for (let k = 0; k < K; k++) towards += logs[i * K + k]! * pulls[k]![at]!;
        g[at] = (towards - x[at]!) / (1 - t);
      }
    return g;
  };

  const sampleTarget = (x: Matrix, stream: RandomStream, perPoint = 1): Matrix => {
    const n = requirePoints(x);
    requireInteger("perPoint", perPoint, 1);
    const { weights } = weightsOf(x.data, n);
    const means = meansOf(x.data, n);
    const out = new Float64Array(n * perPoint * d);
    const z = new Float64Array(d);
    for (let i = 0; i < n; i++) {
      const own = stream.split(i);
      for (let draw = 0; draw < perPoint; draw++) {
        const k = drawCategorical(own, weights.subarray(i * K, (i + 1) * K));
        own.fillNormal(z);
        for (let j = 0; j < d; j++) z[j]! *= Math.sqrt(epsilon * scales.data[k * d + j]!);
        const turned = inBasis(basis, k, z, 1, d, true);
        for (let j = 0; j < d; j++)
          out[(i * perPoint + draw) * d + j] = means[(i * K + k) * d + j]! + turned[j]!;
      }
    }
    return matrix(out);
  };

  return {
    potential,
    conditional(x) {
      const n = requirePoints(x);
      return {
        weights: matrix(weightsOf(x.data, n).weights, K),
        means: { dtype: "float64", shape: [n, K, d], data: meansOf(x.data, n) },
        variances: { ...scales, data: scales.data.map((scale) => epsilon * scale) },
        ...(rotations && { eigenvectors: rotations }),
      };
    },
    conditionalMoments(x) {
      const n = requirePoints(x);
      const { weights } = weightsOf(x.data, n);
      const means = meansOf(x.data, n);
      const mean = new Float64Array(n * d);
      const covariance = new Float64Array(n * d * d);
      const within = withinCovariances(potential);
      for (let i = 0; i < n; i++) {
        for (let k = 0; k < K; k++)
          for (let j = 0; j < d; j++) mean[i * d + j]! += weights[i * K + k]! * means[(i * K + k) * d + j]!;
        for (let k = 0; k < K; k++) {
          const share = weights[i * K + k]!;
          for (let j = 0; j < d; j++) {
            const gap = share * (means[(i * K + k) * d + j]! - mean[i * d + j]!);
            for (let l = 0; l < d; l++)
              covariance[(i * d + j) * d + l]! +=
                share * within[(k * d + j) * d + l]! + gap * (means[(i * K + k) * d + l]! - mean[i * d + l]!);
          }
        }
      }
      return { mean: matrix(mean), covariance: { dtype: "float64", shape: [n, d, d], data: covariance } };
    },
    sampleTarget,
    bridge(x, t, stream) {
      requireFinite("t", t, 0, 1);
      const end = sampleTarget(x, stream.split("end")).data;
      const z = stream.split("between").fillNormal(new Float64Array(end.length));
      const spread = Math.sqrt(t * (1 - t) * epsilon);
      return matrix(end.map((y, i) => t * y + (1 - t) * x.data[i]! + spread * z[i]!));
    },
    drift(x, t) {
      requireTime(t);
      return matrix(driftOf(x.data, requirePoints(x), t));
    },
    simulate(x, steps, stream) {
      const n = requirePoints(x);
      requireInteger("steps", steps, 1);
      const paths = zeros([n, steps + 1, d]);
      const state = x.data.slice();
      const z = new Float64Array(n * d);
      const spread = Math.sqrt(epsilon / steps);
      for (let step = 0; step <= steps; step++) {
        for (let i = 0; i < n; i++)
          paths.data.set(state.subarray(i * d, (i + 1) * d), (i * (steps + 1) + step) * d);
        if (step === steps) break;
        const g = driftOf(state, n, step / steps);
        stream.fillNormal(z);
        for (let i = 0; i < state.length; i++) state[i]! += g[i]! / steps + spread * z[i]!;
      }
      return paths;
    },
    logPotential(y) {
      return normaliseRows(potentialLogTerms(potential, y.data, requirePoints(y, "y")), K);
    },
    logNormalizer(x) {
      return weightsOf(x.data, requirePoints(x)).logNormalizer;
    },
    loss(x0, x1) {
      const mean = (values: Float64Array): number =>
        values.reduce((sum, value) => sum + value, 0) / values.length;
      requirePoints(x0, "x0");
      requirePoints(x1, "x1");
      return mean(this.logNormalizer(x0)) - mean(this.logPotential(x1));
    },
    toJSON: () => ({
      epsilon,
      dim: d,
      logWeights: [...potential.logWeights],
      centres: [...centres.data],
      scales: [...scales.data],
      ...(rotations && { rotations: [...rotations.data] }),
    }),
  };
}

/** Reads what `toJSON` gave, after a passage through JSON text. */
export function lightSBFromJSON(document: LightSBDocument): LightSB {
  const { epsilon, dim: d, logWeights, centres, scales, rotations } = document;
  requireInteger("document.dim", d, 1);
  for (const [name, list] of Object.entries({ logWeights, centres, scales }))
    if (!Array.isArray(list))
      throw new InvalidInputError(`document.${name}`, `expected a list, got ${show(list)}`);
  const K = logWeights.length;
  const array = (list: readonly number[], shape: readonly number[]): NdArray<"float64"> => ({
    dtype: "float64",
    shape,
    data: Float64Array.from(list),
  });
  const potential = {
    epsilon,
    logWeights: Float64Array.from(logWeights),
    centres: array(centres, [K, d]),
    scales: array(scales, [K, d]),
    ...(rotations && { rotations: array(rotations, [K, d, d]) }),
  };
  requirePotential("document", potential);
  return lightSB(potential);
}

/** epsilon S_k of every component, [K, d, d]. */
function withinCovariances({ epsilon, scales, rotations }: MixturePotential): Float64Array {
  const [K, d] = scales.shape as [number, number];
  const out = new Float64Array(K * d * d);
  for (let k = 0; k < K; k++)
    for (let j = 0; j < d; j++)
      for (let l = 0; l < d; l++) {
        let sum = 0;
        if (rotations === undefined) sum = j === l ? scales.data[k * d + j]! : 0;
        else
          for (let m = 0; m < d; m++)
            sum +=
              rotations.data[(k * d + j) * d + m]! *
              scales.data[k * d + m]! *
              rotations.data[(k * d + l) * d + m]!;
        out[(k * d + j) * d + l] = epsilon * sum;
      }
  return out;
}

function requireTime(t: number): void {
  requireFinite("t", t, 0);
  if (t >= 1) throw new InvalidInputError("t", `the drift exists for 0 <= t < 1, got ${t}`);
}
