import { InvalidInputError, requireFinite, show } from "../errors.ts";
import { exp } from "../special/index.ts";
import { requirePositive } from "./gamma-family.ts";
import type { RandomStream } from "./stream.ts";

/**
 * Normal with that mean and standard deviation conditioned on [low, high] (either may be infinite), low < high.
 * Exact at any distance from the mean: rejection from a normal, a uniform or an exponential, whichever fits the
 * interval; about 2 tries at worst. C. P. Robert, "Simulation of truncated normal variables" (1995).
 */
export function drawTruncatedNormal(
  stream: RandomStream,
  low: number,
  high: number,
  mean = 0,
  standardDeviation = 1,
): number {
  requireFinite("mean", mean);
  requirePositive("standardDeviation", standardDeviation);
  for (const [name, bound] of Object.entries({ low, high }))
    if (typeof bound !== "number" || Number.isNaN(bound))
      throw new InvalidInputError(name, `expected a number, got ${show(bound)}`);
  if (low >= high)
    throw new InvalidInputError("high", `expected more than low = ${show(low)}, got ${show(high)}`);
  const a = (low - mean) / standardDeviation;
  const b = (high - mean) / standardDeviation;
  const width = (high - low) / standardDeviation;
  const x =
    b <= 0
      ? high - standardDeviation * beyond(stream, -b, width)
      : a >= 0
        ? low + standardDeviation * beyond(stream, a, width)
        : mean + standardDeviation * around(stream, a, b);
  return Math.min(high, Math.max(low, x));
}

/** On [a, b] with a < 0 < b. */
function around(stream: RandomStream, a: number, b: number): number {
  // A uniform on the interval is accepted with probability (mass of the interval) sqrt(2 pi) / (b - a).
  const wide = b - a > 2.5066282746310002;
  for (;;) {
    const x = wide ? stream.normal() : a + (b - a) * stream.uniform();
    if (wide ? x >= a && x <= b : stream.uniform() < exp(-0.5 * x * x)) return x;
  }
}

/**
 * How far beyond a >= 0 a normal lies that is conditioned on [a, a + width]. The distance itself, not a plus it, so
 * that it keeps its digits far out in the tail, where it is about 1 / a; 0 where a has overflowed.
 */
function beyond(stream: RandomStream, a: number, width: number): number {
  const rate = 0.5 * (a + Math.hypot(a, 2));
  // Over a short interval the density is nearly flat: at most a factor e^1.5 where rate * width is 1 or less.
  const narrow = width * rate <= 1;
  for (;;) {
    const x = narrow ? width * stream.uniform() : stream.exponential() / rate;
    if (x > width) continue;
    // The best rate is a + 1 / rate, so that the exponent of the second case is (a + x - rate)^2 without cancellation.
    const exponent = narrow ? x * (x + 2 * a) : (x - 1 / rate) ** 2;
    if (stream.uniform() < exp(-0.5 * exponent)) return x;
  }
}
