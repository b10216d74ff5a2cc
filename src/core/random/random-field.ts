import type { Matrix } from "../array/index.ts";
import { requireInteger, requireKnownOptions } from "../errors.ts";
import { dct, fftPlan } from "../signal/index.ts";
import { exp, log } from "../special/index.ts";
import { requirePositive } from "./gamma-family.ts";
import type { RandomStream } from "./stream.ts";

export interface RandomFieldOptions {
  /** Smoothness: amplitudes fall like |k|^-alpha. Default 2.5 (periodic) or 2 (Neumann). */
  readonly alpha?: number;
  /** Inverse correlation length. Default 7 (periodic) or 3 (Neumann). */
  readonly tau?: number;
}

/**
 * Gaussian random field of mean zero on the periodic unit square, at the points (i / s, j / s): covariance
 * tau^(2 alpha - 2) (-Laplacian + tau^2)^-alpha, without its constant mode. The mode of wavenumber k has the
 * coefficient s^2 tau^(alpha - 1) (4 pi^2 |k|^2 + tau^2)^(-alpha / 2) (g1 + i g2) with standard normal g1, g2; the
 * field is the real part of the inverse Fourier transform. This is the field of the usual neural-operator benchmarks.
 *
 * A mode's normals depend on its wavenumber alone: a finer grid shows the same field with more modes. O(s^2 log s).
 */
export function periodicGaussianField(
  stream: RandomStream,
  s: number,
  options: RandomFieldOptions = {},
): Matrix {
  const { alpha, tau } = checked(s, options, 2.5, 7);
  const re = new Float64Array(s * s);
  const im = new Float64Array(s * s);
  const amplitude = s * s * exp((alpha - 1) * log(tau));
  for (let row = 0; row < s; row++) {
    const k1 = wavenumber(row, s);
    const draws = stream.split(k1);
    // In the order 0, 1, -1, 2, -2, ... so that a finer grid only adds draws.
    for (let place = 0; place < s; place++) {
      const k2 = place % 2 === 1 ? (place + 1) / 2 : -place / 2;
      const g1 = draws.normal();
      const g2 = draws.normal();
      const column = (k2 + s) % s;
      const size =
        amplitude * exp((-alpha / 2) * log(4 * Math.PI * Math.PI * (k1 * k1 + k2 * k2) + tau * tau));
      re[row * s + column] = size * g1;
      im[row * s + column] = size * g2;
    }
  }
  re[0] = 0;
  im[0] = 0;
  fftPlan([s, s]).inverse(re, im);
  return { dtype: "float64", shape: [s, s], data: re };
}

/** Wavenumber of bin k, from -floor(s / 2) to ceil(s / 2) - 1. */
function wavenumber(k: number, s: number): number {
  return k < s / 2 ? k : k - s;
}

/**
 * Gaussian random field of mean zero on the unit square with zero normal derivative at its border, at the cell
 * centres ((i + 1/2) / s, (j + 1/2) / s): cosine modes with coefficients
 * s tau^(alpha - 1) (pi^2 (j^2 + k^2) + tau^2)^(-alpha / 2) g, g standard normal, without the constant mode, put
 * together by the orthonormal inverse cosine transform. The coefficient fields of the usual Darcy benchmark are
 * thresholds of it. A mode's normal depends on (j, k) alone, as for `periodicGaussianField`. O(s^2 log s).
 */
export function neumannGaussianField(
  stream: RandomStream,
  s: number,
  options: RandomFieldOptions = {},
): Matrix {
  const { alpha, tau } = checked(s, options, 2, 3);
  const coefficients = new Float64Array(s * s);
  const amplitude = s * exp((alpha - 1) * log(tau));
  for (let j = 0; j < s; j++) {
    const draws = stream.split(j);
    for (let k = 0; k < s; k++) {
      const decay = exp((-alpha / 2) * log(Math.PI * Math.PI * (j * j + k * k) + tau * tau));
      coefficients[j * s + k] = amplitude * decay * draws.normal();
    }
  }
  coefficients[0] = 0;
  const data = dct(coefficients, { type: 3, norm: "ortho", shape: [s, s] });
  return { dtype: "float64", shape: [s, s], data };
}

function checked(
  s: number,
  options: RandomFieldOptions,
  defaultAlpha: number,
  defaultTau: number,
): { alpha: number; tau: number } {
  requireInteger("s", s, 1, 32768);
  requireKnownOptions("options", options, ["alpha", "tau"]);
  const { alpha = defaultAlpha, tau = defaultTau } = options;
  requirePositive("options.alpha", alpha);
  requirePositive("options.tau", tau);
  return { alpha, tau };
}
