import { requireFinite } from "../errors.ts";
import { cosPi, log, sinPi } from "../special/index.ts";
import { requirePositive } from "./gamma-family.ts";
import type { RandomStream } from "./stream.ts";

/** Cauchy: density 1 / (pi scale (1 + ((x - location) / scale)^2)); no mean. */
export function drawCauchy(stream: RandomStream, location = 0, scale = 1): number {
  requireFinite("location", location);
  requirePositive("scale", scale);
  const turn = stream.uniform() - 0.5;
  return location + (scale * sinPi(turn)) / cosPi(turn);
}

/** Laplace: density exp(-|x - location| / scale) / (2 scale). */
export function drawLaplace(stream: RandomStream, location = 0, scale = 1): number {
  requireFinite("location", location);
  requirePositive("scale", scale);
  return location + stream.sign() * scale * stream.exponential();
}

/** Gumbel: -log of an exponential, the noise whose argmax over added logits is a softmax draw. */
export function drawGumbel(stream: RandomStream, location = 0, scale = 1): number {
  requireFinite("location", location);
  requirePositive("scale", scale);
  for (;;) {
    const exponential = stream.exponential();
    if (exponential > 0) return location - scale * log(exponential);
  }
}
