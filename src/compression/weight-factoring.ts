import { InvalidInputError } from "../core/errors.ts";
import { svd } from "../core/linalg/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { collect, requireCalibration } from "./calibration.ts";
import {
  type CompressedModel,
  denseReport,
  type Factorable,
  factorLayers,
  type LayerOptions,
  type LayerReport,
  requireLayerOptions,
  selectLayers,
} from "./compress-layers.ts";
import { truncatedFactors } from "./factors.ts";
import type { LinearLayer } from "./linear-layers.ts";
import type { OnnxModel } from "./onnx-model.ts";
import type { Feeds } from "./probe.ts";
import { matrix } from "./weights.ts";

export interface SvdCompressOptions extends LayerOptions, LongCallOptions {}

/** Factors the layers of a network by truncated singular value decompositions of their weights: needs no data. */
export async function svdCompress(
  model: OnnxModel,
  options: SvdCompressOptions = {},
): Promise<CompressedModel> {
  const rule = requireLayerOptions(options, longCallOptions);
  const { selected, skipped, unsupported } = selectLayers(model, options);
  const spectra = new Map<LinearLayer, Factorable>();
  const pace = new Pace(options, selected.length);
  for (const layer of selected) {
    spectra.set(layer, weightSpectrum(layer, undefined));
    await pace.rest(spectra.size);
  }
  const { report, ...done } = factorLayers(model, spectra, rule, options.beyondBreakEven ?? false);
  pace.finish();
  return { ...done, report: [...report, ...skipped], unsupported };
}

export interface AsvdCompressOptions extends SvdCompressOptions {
  /** Samples of the inputs of each layer; default 100,000. */
  readonly maxSamples?: number;
}

/**
 * {@link svdCompress} with every input weighed by its root mean square over calibration data while the weight is cut, so
 * that inputs which are usually small count less. The taps of a convolution share the weight of their channel.
 */
export async function asvdCompress(
  model: OnnxModel,
  calibration: readonly Feeds[],
  options: AsvdCompressOptions = {},
): Promise<CompressedModel> {
  const rule = requireLayerOptions(options, ["maxSamples", ...longCallOptions]);
  requireCalibration("calibration", calibration);
  const { selected, skipped, unsupported } = selectLayers(model, options);
  const { maxSamples = 100_000, signal, onProgress } = options;
  const squares = new Map<LinearLayer, { sum: Float64Array; n: number }>();
  await collect(
    model,
    selected,
    "input",
    calibration,
    maxSamples,
    { ...(signal && { signal }), ...(onProgress && { onProgress }) },
    (layer, _, samples) => {
      const [n, d] = samples.shape as [number, number];
      const own = squares.get(layer) ?? { sum: new Float64Array(d), n: 0 };
      for (let p = 0; p < samples.data.length; p++) own.sum[p % d]! += samples.data[p]! ** 2;
      own.n += n;
      squares.set(layer, own);
    },
  );
  const spectra = new Map<LinearLayer, Factorable>();
  const silent: LayerReport[] = [];
  for (const layer of selected) {
    const own = squares.get(layer);
    if (own === undefined) silent.push(denseReport(layer, "never computed for the calibration data"));
    else
      spectra.set(
        layer,
        weightSpectrum(
          layer,
          own.sum.map((sum) => Math.sqrt(sum / own.n)),
        ),
      );
  }
  const { report, ...done } = factorLayers(model, spectra, rule, options.beyondBreakEven ?? false);
  return { ...done, report: [...report, ...silent, ...skipped], unsupported };
}

/** The spectrum of a weight, its inputs (of a convolution, channels) scaled while it is decomposed. */
function weightSpectrum(layer: LinearLayer, scales: Float64Array | undefined): Factorable {
  const { weight } = layer;
  const [out, inputs] = weight.shape as [number, number];
  if (scales === undefined) {
    const decomposition = svd(weight);
    return {
      singularValues: decomposition.s,
      factorsAt: (rank) => ({ kind: "factors", ...truncatedFactors(decomposition, rank) }),
    };
  }
  const taps = inputs / scales.length;
  if (!Number.isInteger(taps))
    throw new InvalidInputError(
      `layer ${layer.name}`,
      `has ${scales.length} inputs for a weight of ${inputs}`,
    );
  // An input that is never seen may have any weight; a scale of zero could not be undone.
  const floor = 1e-6 * Math.max(...scales) || 1;
  const scaleOf = (j: number): number => Math.max(floor, scales[Math.floor(j / taps)]!);
  const scaled = weight.data.map((value, p) => value * scaleOf(p % inputs));
  const decomposition = svd(matrix(out, inputs, scaled));
  return {
    singularValues: decomposition.s,
    factorsAt(rank) {
      const { first, second } = truncatedFactors(decomposition, rank);
      const undone = first.data.map((value, p) => value / scaleOf(p % inputs));
      return { kind: "factors", first: matrix(rank, inputs, undone), second };
    },
  };
}
