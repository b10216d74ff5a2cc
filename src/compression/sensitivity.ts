import { InvalidInputError, requireKnownOptions } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, stageOf } from "../core/progress.ts";
import { selectLayers } from "./compress-layers.ts";
import { lordCompress } from "./lord.ts";
import type { OnnxModel } from "./onnx-model.ts";
import type { Feeds } from "./probe.ts";

export interface RankSensitivityOptions extends LongCallOptions {
  /** A figure of a model: its accuracy, its loss. */
  readonly metric: (model: OnnxModel) => number | Promise<number>;
  /** Parts of the full rank to try; default 0.75, 0.5, 0.25. */
  readonly keeps?: readonly number[];
}

/** The metric with a single layer factored, for each layer and part of its rank. */
export async function rankSensitivity(
  model: OnnxModel,
  calibration: readonly Feeds[],
  options: RankSensitivityOptions,
): Promise<{ readonly layer: string; readonly keep: number; readonly metric: number }[]> {
  requireKnownOptions("options", options, ["metric", "keeps", ...longCallOptions]);
  const { metric, keeps = [0.75, 0.5, 0.25] } = options;
  if (typeof metric !== "function")
    throw new InvalidInputError("options.metric", "expected a function of a model");
  if (keeps.length === 0) throw new InvalidInputError("options.keeps", "expected at least one part");
  const names = selectLayers(model, {}).selected.map(({ name }) => name);
  const total = names.length * keeps.length;
  const rows: { layer: string; keep: number; metric: number }[] = [];
  for (const layer of names)
    for (const keep of keeps) {
      const call = stageOf(options, layer, rows.length, rows.length + 1, total);
      const exactly = new RegExp(`^${layer.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
      const { model: changed } = await lordCompress(model, calibration, {
        layers: exactly,
        rank: { kind: "ratio", keep },
        beyondBreakEven: true,
        ...(call.signal && { signal: call.signal }),
        ...(call.onProgress && { onProgress: call.onProgress }),
      });
      rows.push({ layer, keep, metric: await metric(changed) });
    }
  return rows;
}
