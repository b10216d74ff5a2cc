import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import { exp, log } from "../core/special/index.ts";
import type { NoiseSchedule } from "./noise-schedule.ts";

/**
 * How the times of a sampler lie: uniform in lambda (`"logsnr"`), in t (`"time"`), in sqrt(t)
 * (`"time-quadratic"`), or in (sigma / alpha)^(1/7) (`"karras"`).
 */
export type Spacing = "logsnr" | "time" | "time-quadratic" | "karras";

export const spacings = ["logsnr", "time", "time-quadratic", "karras"] as const satisfies readonly Spacing[];

export interface TimeStepsOptions {
  /** Number of steps. */
  readonly n: number;
  /** Default `"logsnr"`. */
  readonly spacing?: Spacing;
  /** First time; default the schedule's largest. */
  readonly tStart?: number;
  /** Last time; default 1e-3 for up to 15 steps and else 1e-4 (linear and cosine), or the schedule's least. */
  readonly tEnd?: number;
}

/** The last time that a sampler of so many steps goes to by default. */
export function defaultEnd(schedule: NoiseSchedule, steps: number): number {
  if (schedule.kind === "vp-linear" || schedule.kind === "vp-cosine") return steps <= 15 ? 1e-3 : 1e-4;
  return schedule.tMin;
}

/** The n + 1 times of a sampler, falling strictly from tStart to tEnd, both exact. */
export function timeSteps(schedule: NoiseSchedule, options: TimeStepsOptions): Float64Array {
  requireKnownOptions("options", options, ["n", "spacing", "tStart", "tEnd"]);
  const { tMin, tMax } = schedule;
  const n = requireInteger("options.n", options.n, 1, 1e6);
  const spacing = requireOneOf("options.spacing", options.spacing ?? "logsnr", spacings);
  const tStart = requireFinite("options.tStart", options.tStart ?? tMax, tMin, tMax);
  const tEnd = requireFinite("options.tEnd", options.tEnd ?? defaultEnd(schedule, n), tMin, tMax);
  if (!(tEnd < tStart))
    throw new InvalidInputError("options.tEnd", `expected less than tStart ${tStart}, got ${tEnd}`);
  const [from, to] = coordinates[spacing];
  const first = from(schedule, tStart);
  const last = from(schedule, tEnd);
  const times = Float64Array.from({ length: n + 1 }, (_, i) =>
    to(schedule, first + ((last - first) * i) / n),
  );
  times[0] = tStart;
  times[n] = tEnd;
  return times;
}

type Coordinate = (schedule: NoiseSchedule, value: number) => number;

/** The coordinate in which a spacing is uniform, and its inverse. */
const coordinates: Readonly<Record<Spacing, readonly [from: Coordinate, to: Coordinate]>> = {
  logsnr: [(schedule, t) => schedule.lambda(t), (schedule, lambda) => schedule.tOfLambda(lambda)],
  time: [(_, t) => t, (_, t) => t],
  "time-quadratic": [(_, t) => Math.sqrt(t), (_, root) => root * root],
  karras: [
    (schedule, t) => exp(-schedule.lambda(t) / 7),
    (schedule, root) => schedule.tOfLambda(-7 * log(root)),
  ],
};

/** Refuses times that do not fall strictly, or lie outside the schedule; returns them. */
export function requireTimes(argument: string, times: unknown, schedule: NoiseSchedule): Float64Array {
  if (!(times instanceof Float64Array) || times.length < 2)
    throw new InvalidInputError(argument, "expected a Float64Array of at least 2 times");
  for (const [i, t] of times.entries()) {
    requireFinite(`${argument}[${i}]`, t, schedule.tMin, schedule.tMax);
    if (i > 0 && !(schedule.lambda(t) > schedule.lambda(times[i - 1]!)))
      throw new InvalidInputError(
        `${argument}[${i}]`,
        `expected a time before ${times[i - 1]} with another noise level, got ${t}`,
      );
  }
  return times;
}
