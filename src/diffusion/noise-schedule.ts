import { InvalidInputError, requireFinite, requireKnownOptions, show } from "../core/errors.ts";
import { exp, expm1, log, log1pExp } from "../core/special/index.ts";

/**
 * Levels of a forward process `x_t = alpha(t) x_0 + sigma(t) z`, z standard normal: the stochastic differential
 * equation `dx = f(t) x dt + g(t) dW`. The half log signal-to-noise ratio `lambda = ln(alpha / sigma)` falls
 * strictly with t; sampling runs from large t (noise) to small t (data).
 */
export interface NoiseSchedule {
  readonly kind: "vp-linear" | "vp-cosine" | "vp-discrete" | "ve" | "edm";
  /** Least and largest time at which a model may be asked. */
  readonly tMin: number;
  readonly tMax: number;
  logAlpha(t: number): number;
  alpha(t: number): number;
  sigma(t: number): number;
  lambda(t: number): number;
  /** Inverse of `lambda`. */
  tOfLambda(lambda: number): number;
  /** f(t) = d ln(alpha) / dt. */
  drift(t: number): number;
  /** g(t)^2 = d(sigma^2) / dt - 2 f sigma^2. */
  diffusion2(t: number): number;
}

/** What a variance-preserving schedule (alpha^2 + sigma^2 = 1) is made of. */
interface PreservingParts extends Pick<NoiseSchedule, "kind" | "tMin" | "tMax" | "logAlpha" | "drift"> {
  tOfLogAlpha(logAlpha: number): number;
}

function preserving({ tOfLogAlpha, ...parts }: PreservingParts): NoiseSchedule {
  const { logAlpha, drift } = parts;
  const sigma = (t: number): number => Math.sqrt(-expm1(2 * logAlpha(t)));
  return {
    ...parts,
    alpha: (t) => exp(logAlpha(t)),
    sigma,
    lambda: (t) => logAlpha(t) - log(sigma(t)),
    tOfLambda: (lambda) => tOfLogAlpha(-0.5 * log1pExp(-2 * lambda)),
    // d(sigma^2)/dt = -2 f alpha^2, so that g^2 = -2 f.
    diffusion2: (t) => -2 * drift(t),
  };
}

export interface VpLinearOptions {
  /** Rate of noise at t = 0, default 0.1. */
  readonly beta0?: number;
  /** Rate of noise at t = 1, default 20. */
  readonly beta1?: number;
}

/**
 * The linear variance-preserving schedule on (0, 1]: noise comes in at the rate beta0 + (beta1 - beta0) t.
 * Reference: Song et al. 2021, appendix B.
 */
export function vpLinear(options: VpLinearOptions = {}): NoiseSchedule {
  requireKnownOptions("options", options, ["beta0", "beta1"]);
  const beta0 = requireFinite("options.beta0", options.beta0 ?? 0.1, Number.MIN_VALUE);
  const beta1 = requireFinite("options.beta1", options.beta1 ?? 20, beta0);
  const slope = beta1 - beta0;
  return preserving({
    kind: "vp-linear",
    tMin: 1e-6,
    tMax: 1,
    logAlpha: (t) => -0.25 * slope * t * t - 0.5 * beta0 * t,
    drift: (t) => -0.5 * (beta0 + slope * t),
    // The root of the quadratic in the form that loses no digit at small t, nor at slope 0.
    tOfLogAlpha: (logAlpha) => (-4 * logAlpha) / (beta0 + Math.sqrt(beta0 * beta0 - 4 * slope * logAlpha)),
  });
}

export interface VpCosineOptions {
  /** Offset that keeps the noise at t = 0 from vanishing too fast, default 0.008. */
  readonly s?: number;
}

/** The cosine variance-preserving schedule, up to t = 0.9946. Reference: Nichol and Dhariwal 2021. */
export function vpCosine(options: VpCosineOptions = {}): NoiseSchedule {
  requireKnownOptions("options", options, ["s"]);
  const s = requireFinite("options.s", options.s ?? 0.008, Number.MIN_VALUE, 1);
  const angle = (t: number): number => ((Math.PI / 2) * (t + s)) / (1 + s);
  const first = log(Math.cos(angle(0)));
  return preserving({
    kind: "vp-cosine",
    tMin: 1e-6,
    tMax: 0.9946,
    logAlpha: (t) => log(Math.cos(angle(t))) - first,
    drift: (t) => ((-Math.PI / 2) * Math.tan(angle(t))) / (1 + s),
    tOfLogAlpha: (logAlpha) => (2 * (1 + s) * Math.acos(exp(logAlpha + first))) / Math.PI - s,
  });
}

/** One of the two: variances of the noise of each step, or the running products of 1 - beta. */
export type VpDiscreteOptions = { readonly betas: Float64Array } | { readonly alphasCumprod: Float64Array };

/**
 * The schedule of a model trained on N discrete steps, as a function of time: step i (from 0) is t = (i + 1) / N,
 * and ln(alpha) is linear between steps.
 */
export function vpDiscrete(options: VpDiscreteOptions): NoiseSchedule {
  requireKnownOptions("options", options, ["betas", "alphasCumprod"]);
  const logs = discreteLogAlphas(options);
  const n = logs.length;
  const tMin = 1 / n;
  /** The stretch of the table that holds a value; the outer ones are continued. */
  const stretch = (position: number): number => Math.min(n - 2, Math.max(0, Math.floor(position)));
  return preserving({
    kind: "vp-discrete",
    tMin,
    tMax: 1,
    logAlpha: (t) => {
      const position = t * n - 1;
      const i = stretch(position);
      return logs[i]! + (position - i) * (logs[i + 1]! - logs[i]!);
    },
    drift: (t) => {
      const i = stretch(t * n - 1);
      return (logs[i + 1]! - logs[i]!) * n;
    },
    tOfLogAlpha: (logAlpha) => {
      let low = 0;
      let high = n - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (logs[middle]! >= logAlpha) low = middle;
        else high = middle;
      }
      return (low + (logAlpha - logs[low]!) / (logs[low + 1]! - logs[low]!) + 1) / n;
    },
  });
}

function discreteLogAlphas(options: VpDiscreteOptions): Float64Array {
  const given = options as { readonly betas?: Float64Array; readonly alphasCumprod?: Float64Array };
  if ((given.betas === undefined) === (given.alphasCumprod === undefined))
    throw new InvalidInputError("options", "expected either betas or alphasCumprod");
  const [name, values] =
    given.betas === undefined ? ["alphasCumprod", given.alphasCumprod!] : ["betas", given.betas];
  if (!(values instanceof Float64Array) || values.length < 2)
    throw new InvalidInputError(
      `options.${name}`,
      `expected a Float64Array of at least 2 values, got ${show(values)}`,
    );
  const logs = new Float64Array(values.length);
  for (const [i, value] of values.entries()) {
    const previous = logs[i - 1] ?? 0;
    logs[i] = name === "betas" ? previous + 0.5 * log(1 - value) : 0.5 * log(value);
    if (!(value > 0 && value < 1 && logs[i]! < previous))
      throw new InvalidInputError(
        `options.${name}[${i}]`,
        name === "betas"
          ? `expected a number in (0, 1), got ${value}`
          : `expected numbers that fall strictly within (0, 1), got ${value}`,
      );
  }
  return logs;
}

export interface SigmaRangeOptions {
  /** Least deviation of the noise. */
  readonly sigmaMin?: number;
  /** Largest deviation of the noise. */
  readonly sigmaMax?: number;
}

function sigmaRange(options: SigmaRangeOptions, low: number, high: number): [number, number] {
  requireKnownOptions("options", options, ["sigmaMin", "sigmaMax"]);
  const sigmaMin = requireFinite("options.sigmaMin", options.sigmaMin ?? low, Number.MIN_VALUE);
  const sigmaMax = requireFinite("options.sigmaMax", options.sigmaMax ?? high);
  if (!(sigmaMax > sigmaMin))
    throw new InvalidInputError(
      "options.sigmaMax",
      `expected more than sigmaMin ${sigmaMin}, got ${sigmaMax}`,
    );
  return [sigmaMin, sigmaMax];
}

/** alpha = 1 and sigma = t, from 0.002 to 80 by default. Reference: Karras et al. 2022. */
export function edm(options: SigmaRangeOptions = {}): NoiseSchedule {
  const [tMin, tMax] = sigmaRange(options, 0.002, 80);
  return {
    kind: "edm",
    tMin,
    tMax,
    logAlpha: () => 0,
    alpha: () => 1,
    sigma: (t) => t,
    lambda: (t) => -log(t),
    tOfLambda: (lambda) => exp(-lambda),
    drift: () => 0,
    diffusion2: (t) => 2 * t,
  };
}

/**
 * The variance-exploding schedule: alpha = 1 and sigma = sigmaMin (sigmaMax / sigmaMin)^t for t in [0, 1], from
 * 0.01 to 50 by default. Reference: Song et al. 2021.
 */
export function veGeometric(options: SigmaRangeOptions = {}): NoiseSchedule {
  const [sigmaMin, sigmaMax] = sigmaRange(options, 0.01, 50);
  const least = log(sigmaMin);
  const span = log(sigmaMax) - least;
  const sigma = (t: number): number => exp(least + span * t);
  return {
    kind: "ve",
    tMin: 0,
    tMax: 1,
    logAlpha: () => 0,
    alpha: () => 1,
    sigma,
    lambda: (t) => -least - span * t,
    tOfLambda: (lambda) => (-lambda - least) / span,
    drift: () => 0,
    diffusion2: (t) => 2 * span * sigma(t) ** 2,
  };
}
