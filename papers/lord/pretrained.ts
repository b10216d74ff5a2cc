import {
  asvdCompress,
  type CompressedModel,
  compareLatency,
  type Feeds,
  formatOnnxModel,
  lordCompress,
  modelSize,
  multiplyAdds,
  type OnnxModel,
  type RankRule,
  svdCompress,
} from "ockham/compression";
import type { Figure, Run, Table } from "ockham/paper";
import { type Contender, contenderFigures, contenderTable } from "../compression-summary.ts";
import { agreement, hear, loadListener, speech } from "./listening.ts";
import { feedsOf, loadReader, printedLines, readingAccuracy, renderer } from "./reading.ts";

export interface PretrainedOutcome {
  /** How well the network factored by LoRD does, over how well the original does. */
  readonly kept: number;
  /** Bytes of its file over those of the original. */
  readonly file: number;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
}

/** Networks that others trained, factored by all methods to the same sizes, judged on real inputs. */
async function compareOn(
  run: Run,
  task: {
    readonly id: string;
    readonly title: string;
    readonly metric: string;
    readonly model: OnnxModel;
    readonly calibration: readonly Feeds[];
    /** The layers that are factored: those that the calibration reaches. */
    readonly layers: string;
    /** The sizes, and which of them the claim is about. */
    readonly rules: readonly RankRule[];
    readonly claimed: RankRule;
    judge(model: OnnxModel): Promise<number>;
  },
): Promise<PretrainedOutcome> {
  const { model, calibration, layers, id, title, metric } = task;
  const dense = await task.judge(model);
  const made: { method: string; setting: string; model: OnnxModel; metric: number }[] = [
    { method: "original", setting: "", model, metric: dense },
  ];
  for (const rank of task.rules) {
    const options = { rank, layers, signal: run.signal };
    const setting =
      "keep" in rank ? `${rank.keep} of the parameters` : `energy ${"threshold" in rank && rank.threshold}`;
    const factored: Record<string, CompressedModel> = {
      LoRD: await lordCompress(model, calibration, options),
      "truncated SVD": await svdCompress(model, options),
      "SVD weighed by inputs": await asvdCompress(model, calibration, options),
    };
    for (const [method, { model: changed }] of Object.entries(factored))
      made.push({ method, setting, model: changed, metric: await task.judge(changed) });
  }
  const feeds = calibration[0]!;
  const latency = await compareLatency(
    Object.fromEntries(made.map(({ model: own }, i) => [String(i), own])),
    feeds,
    { runs: 30, warmUp: 3, signal: run.signal },
  );
  const contenders: Contender[] = [];
  for (const [i, { method, setting, model: own, metric: value }] of made.entries())
    contenders.push({
      ...{ method, setting, metric: [value] },
      size: modelSize(own),
      multiplyAdds: await multiplyAdds(own, feeds),
      latency: [latency[i]!, latency[i]!],
    });
  const claimed = made[1 + 3 * task.rules.indexOf(task.claimed)]!;
  return {
    kept: claimed.metric / dense,
    file: formatOnnxModel(claimed.model).length / model.bytes,
    tables: [contenderTable(id, title, metric, 1, contenders)],
    figures: contenderFigures(id, title, metric, 1, contenders),
  };
}

/** Recognition of printed lines; undefined where lines cannot be drawn. */
export async function reading(run: Run): Promise<PretrainedOutcome | undefined> {
  const resvg = await renderer();
  if (resvg === undefined) return undefined;
  const reader = await loadReader(run);
  const calibration = feedsOf(await printedLines(run, resvg, 128, "calibration"));
  const test = await printedLines(run, resvg, 40, "test");
  const claimed = { kind: "energy", threshold: 0.995 } as const;
  return compareOn(run, {
    id: "reading",
    title: "PaddleOCR's recognition of lines: 40 lines of Moby Dick, calibrated on 128 others",
    metric: "characters right",
    model: reader.model,
    calibration,
    layers: "*",
    rules: [claimed, { kind: "params", keep: 0.75 }, { kind: "params", keep: 0.5 }],
    claimed,
    judge: (model) => readingAccuracy(model, reader, test, run.signal),
  });
}

/** Voice activity in speech with and without noise. */
export async function listening(run: Run): Promise<PretrainedOutcome> {
  const model = await loadListener(run);
  const { feeds } = await hear(model, await speech(run, "first"), run.signal);
  const test = await speech(run, "second");
  const reference = (await hear(model, test, run.signal)).speech;
  const claimed = { kind: "energy", threshold: 0.9999 } as const;
  return compareOn(run, {
    id: "listening",
    title:
      "Silero's voice activity: the second half of a speech, calibrated on every fourth frame of the first",
    metric: "frames as the original takes them",
    model,
    calibration: feeds.filter((_, i) => i % 4 === 0),
    layers: "*then_branch*",
    rules: [claimed, { kind: "params", keep: 0.75 }, { kind: "params", keep: 0.5 }],
    claimed,
    judge: async (changed) => agreement((await hear(changed, test, run.signal)).speech, reference),
  });
}
