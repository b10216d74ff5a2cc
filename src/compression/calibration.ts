import type { Matrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, show } from "../core/errors.ts";
import { type LongCallOptions, Pace } from "../core/progress.ts";
import type { LinearLayer } from "./linear-layers.ts";
import type { OnnxModel } from "./onnx-model.ts";
import { type Feeds, type LayerPoint, layerPoint, openProbe, samplesAt } from "./probe.ts";

/** Refuses an empty calibration. */
export function requireCalibration(argument: string, calibration: readonly Feeds[]): readonly Feeds[] {
  if (!Array.isArray(calibration) || calibration.length === 0)
    throw new InvalidInputError(argument, `expected at least one set of inputs, got ${show(calibration)}`);
  return calibration;
}

/**
 * Runs a model on calibration data and hands what flows into or out of layers to `add`, in samples. Each layer gets at
 * most about `maxSamples`, evenly from all runs.
 */
export async function collect(
  model: OnnxModel,
  layers: readonly LinearLayer[],
  side: LayerPoint["side"],
  calibration: readonly Feeds[],
  maxSamples: number,
  options: LongCallOptions,
  add: (layer: LinearLayer, reader: number, samples: Matrix) => void,
): Promise<void> {
  requireInteger("options.maxSamples", maxSamples, 2);
  const points = layers.flatMap((layer) => layer.readers.map((_, reader) => layerPoint(layer, reader, side)));
  const probe = await openProbe(model, points);
  const pace = new Pace(options, calibration.length);
  try {
    for (const [i, feeds] of calibration.entries()) {
      const arrays = await probe.run(feeds);
      for (const [j, point] of points.entries()) {
        const array = arrays[j];
        if (array === undefined) continue;
        const most = Math.max(1, Math.ceil(maxSamples / calibration.length / point.layer.readers.length));
        add(point.layer, point.reader, samplesAt(point, array, most));
      }
      await pace.rest(i + 1);
    }
  } finally {
    await probe.release();
  }
  pace.finish();
}
