import { requireFinite, requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";

export interface SketchRowsOptions {
  /** Accuracy of the guarantee, above 0; default 0.5. */
  readonly epsilon?: number;
  /** Probability of failure, from 0 to 1; default 0.01. */
  readonly delta?: number;
  /**
   * "practical" (default): max(8 d, 2 d ln(2 d / delta) / epsilon^2), at most n, with which the guarantee was seen to
   * hold. "theory": d ln(n / delta)^3 / epsilon^2, the order that the paper proves; its constant is not stated, and
   * it exceeds n for most problems.
   */
  readonly rule?: "practical" | "theory";
}

/** Checks accuracy and probability of failure, and fills in their defaults. */
export function requireAccuracy(options: SketchRowsOptions): { epsilon: number; delta: number } {
  return {
    epsilon: requireFinite("options.epsilon", options.epsilon ?? 0.5, 1e-6, 1e6),
    delta: requireFinite("options.delta", options.delta ?? 0.01, 1e-300, 1),
  };
}

/**
 * How many rows a dense sketch of an n x d least-squares problem needs so that every coefficient is within
 * epsilon / sqrt(d) |r| / sigma_min of the exact one, with probability 1 - delta. Song, Ye, Yin and Zhang (2023).
 */
export function sketchRows(n: number, d: number, options: SketchRowsOptions = {}): number {
  requireKnownOptions("options", options, ["epsilon", "delta", "rule"]);
  requireInteger("n", n, 1);
  requireInteger("d", d, 1, n);
  const { epsilon, delta } = requireAccuracy(options);
  const rule = requireOneOf("options.rule", options.rule ?? "practical", ["practical", "theory"]);
  if (rule === "theory") return Math.ceil((d * Math.log(n / delta) ** 3) / epsilon ** 2);
  return Math.min(n, Math.max(8 * d, Math.ceil((2 * d * Math.log((2 * d) / delta)) / epsilon ** 2)));
}

/** The accuracy that the practical rule promises for so many rows. */
export function accuracyOfRows(rows: number, d: number, delta: number): number {
  return Math.sqrt((2 * d * Math.log((2 * d) / delta)) / rows);
}
