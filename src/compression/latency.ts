import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { openOnnx } from "../core/tensor/index.ts";
import { formatOnnxModel, type OnnxModel } from "./onnx-model.ts";
import type { Feeds } from "./probe.ts";

export interface LatencyOptions extends Omit<LongCallOptions, "seed"> {
  /** Runs of each model before the clock; default 20. */
  readonly warmUp?: number;
  /** Timed runs of each model; default 200. */
  readonly runs?: number;
}

/** Milliseconds of a run: the median, and what one run in twenty exceeds. */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
}

/**
 * Times models on the same inputs in ONNX Runtime, one thread each, run by run in turn, so that whatever else the machine
 * does falls on all alike.
 */
export async function compareLatency<Name extends string>(
  models: Readonly<Record<Name, OnnxModel>>,
  feeds: Feeds,
  options: LatencyOptions = {},
): Promise<Record<Name, Latency>> {
  requireKnownOptions("options", options, [
    "warmUp",
    "runs",
    ...longCallOptions.filter((name) => name !== "seed"),
  ]);
  const warmUp = requireInteger("options.warmUp", options.warmUp ?? 20, 0);
  const runs = requireInteger("options.runs", options.runs ?? 200, 1);
  const names = Object.keys(models) as Name[];
  if (names.length === 0) throw new InvalidInputError("models", "expected at least one");
  const pace = new Pace(options, warmUp + runs);
  const sessions = [];
  try {
    for (const name of names) sessions.push(await openOnnx(formatOnnxModel(models[name])));
    const times = names.map(() => new Float64Array(runs));
    for (let run = -warmUp; run < runs; run++) {
      for (const [i, session] of sessions.entries()) {
        const started = performance.now();
        await session.run(feeds);
        if (run >= 0) times[i]![run] = performance.now() - started;
      }
      if (pace.due()) await pace.rest(warmUp + run);
    }
    pace.finish();
    return Object.fromEntries(
      names.map((name, i) => {
        const sorted = times[i]!.sort();
        const at = (part: number) => sorted[Math.min(runs - 1, Math.floor(part * runs))]!;
        return [name, { p50: at(0.5), p95: at(0.95) }];
      }),
    ) as Record<Name, Latency>;
  } finally {
    for (const session of sessions) await session.release();
  }
}
