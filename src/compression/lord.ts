import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, show } from "../core/errors.ts";
import { eigh, matmul, matvec, qr } from "../core/linalg/index.ts";
import { type LongCallOptions, longCallOptions, stageOf } from "../core/progress.ts";
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
import { CovarianceStatistics } from "./covariance.ts";
import { type LinearLayer, linearLayers } from "./linear-layers.ts";
import type { OnnxModel } from "./onnx-model.ts";
import type { Feeds } from "./probe.ts";
import type { LowRankFactors } from "./rewrite.ts";
import { matrix } from "./weights.ts";

/** Two linear layers in place of one: y = second (first x + firstBias) + secondBias. */
export interface LordFactors {
  /** [rank, in]. */
  readonly first: Matrix;
  /** [rank]. */
  readonly firstBias: Float64Array;
  /** [out, rank]. */
  readonly second: Matrix;
  /** [out]. */
  readonly secondBias: Float64Array;
  /** Sum of the variances left out: the mean squared error for the vectors that the statistics are of. */
  readonly discarded: number;
}

export interface LordOptions extends LayerOptions, LongCallOptions {
  /**
   * Take the statistics of each layer from the network with the layers before it already factored, instead of all
   * from the original one. Default false, as in the paper.
   */
  readonly sequential?: boolean;
  /** Samples of the outputs of each layer; default 100,000. */
  readonly maxSamples?: number;
}

/** The variances of outputs along their principal directions, descending, and the directions in columns. */
interface Principal {
  readonly variances: Float64Array;
  readonly directions: Matrix;
  readonly mean: Float64Array;
  readonly samples: number;
  /** Variances above rounding. */
  readonly rank: number;
}

function principalOf(statistics: CovarianceStatistics): Principal {
  const { values, vectors } = eigh(statistics.covariance);
  const d = values.length;
  const variances = Float64Array.from(values, (_, i) => Math.max(0, values[d - 1 - i]!));
  const directions = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) directions[i * d + j] = vectors.data[i * d + (d - 1 - j)]!;
  // Rounding of float32 activations, from which the covariance is made.
  const floor = (variances[0] ?? 0) * d * 1e-12;
  const rank = variances.filter((value) => value > floor).length;
  return {
    variances,
    directions: matrix(d, d, directions),
    mean: statistics.mean,
    samples: statistics.n,
    rank,
  };
}

/** The first columns of a square matrix. */
function leading({ directions }: Principal, rank: number): Matrix {
  const d = directions.shape[0]!;
  const data = new Float64Array(d * rank);
  for (let i = 0; i < d; i++) data.set(directions.data.subarray(i * d, i * d + rank), i * rank);
  return matrix(d, rank, data);
}

/**
 * The best affine approximation of rank r of a linear layer y = W x + b for the outputs that the statistics are of:
 * y is projected onto its leading principal directions U, y = U U^T (y - mean) + mean, and the projection is absorbed into
 * the weights: first U^T W, second U. The mean squared error over those outputs is the sum of the variances left out, and
 * no other approximation of that rank has a smaller one. Costs 9 out^3 + rank out in operations.
 *
 * Reference: Kaushal, Vaidhya and Rish, 2023, LORD: low rank decomposition of monolingual code LLMs; Yu and Wu, 2023,
 * Compressing transformers: features are low-rank, but weights are not.
 *
 * @param weight [out, in]
 * @param statistics of the outputs y, bias included
 */
export function lordLinear(
  weight: Matrix,
  bias: Float64Array | null,
  statistics: CovarianceStatistics,
  rank: number,
): LordFactors {
  const { rows: out, cols: inputs } = requireMatrix("weight", weight);
  if (
    bias !== null &&
    (!(bias instanceof Float64Array) || bias.length !== out || !bias.every(Number.isFinite))
  )
    throw new InvalidInputError("bias", `expected ${out} finite numbers or null, got ${show(bias)}`);
  if (!(statistics instanceof CovarianceStatistics) || statistics.dim !== out)
    throw new InvalidInputError("statistics", `expected statistics of ${out} outputs`);
  requireInteger("rank", rank, 1, Math.min(out, inputs));
  const principal = principalOf(statistics);
  return { ...project(weight, bias, principal, rank), discarded: discardedBy(principal, rank) };
}

function discardedBy({ variances }: Principal, rank: number): number {
  return variances.subarray(rank).reduce((sum, value) => sum + value, 0);
}

function project(
  weight: Matrix,
  bias: Float64Array | null,
  principal: Principal,
  rank: number,
  basis?: Matrix,
) {
  const inner = leading(principal, rank);
  const second = basis === undefined ? inner : matmul(basis, inner);
  const mean = basis === undefined ? principal.mean : matvec(basis, principal.mean);
  const back = matvec(second, matvec(second, mean, { transpose: true }));
  return {
    first: matmul(second, weight, { transposeA: true }),
    firstBias: bias === null ? new Float64Array(rank) : matvec(second, bias, { transpose: true }),
    second,
    secondBias: mean.map((value, i) => value - back[i]!),
  };
}

/**
 * Factors the layers of a trained network by what they put out for calibration data, without training and without labels.
 * Each linear layer or convolution becomes two thinner ones; the mean of what is left out moves into the bias. The result
 * is dense, runs anywhere and can be trained further.
 *
 * ```ts
 * const model = await readOnnxModel("model.onnx");
 * const { model: small, report } = await lordCompress(model, [{ x: images }], { rank: { kind: "ratio", keep: 0.4 } });
 * await writeOnnxModel("small.onnx", small);
 * ```
 *
 * @param calibration arrays for the inputs, one entry a run; samples like those the network will see
 * @throws InvalidInputError when the data span fewer directions than a rank asks for
 */
export async function lordCompress(
  model: OnnxModel,
  calibration: readonly Feeds[],
  options: LordOptions = {},
): Promise<CompressedModel> {
  const rule = requireLayerOptions(options, ["sequential", "maxSamples", ...longCallOptions]);
  requireCalibration("calibration", calibration);
  const { selected, skipped, unsupported } = selectLayers(model, options);
  const beyond = options.beyondBreakEven ?? false;
  if (!options.sequential) {
    const { spectra, silent } = await spectraOf(model, selected, calibration, options);
    const { report, ...done } = factorLayers(model, spectra, rule, beyond);
    return { ...done, report: [...report, ...silent, ...skipped], unsupported };
  }
  if (rule.kind === "budget")
    throw new InvalidInputError(
      "options.rank",
      "a budget over all layers needs all spectra at once; not with sequential",
    );
  let current = model;
  const replaced = new Map<string, LowRankFactors>();
  const report: LayerReport[] = [];
  for (const [i, { name }] of selected.entries()) {
    const layer = linearLayers(current).layers.find((one) => one.name === name)!;
    const call = stageOf(options, name, i, i + 1, selected.length);
    const { spectra, silent } = await spectraOf(current, [layer], calibration, { ...options, ...call });
    const step = factorLayers(current, spectra, rule, beyond);
    current = step.model;
    report.push(...step.report, ...silent);
    for (const [one, factors] of step.replaced) replaced.set(one, factors);
  }
  return { model: current, report: [...report, ...skipped], unsupported, replaced };
}

/** Principal directions of the outputs of layers, each without its own bias. */
async function spectraOf(
  model: OnnxModel,
  layers: readonly LinearLayer[],
  calibration: readonly Feeds[],
  options: LordOptions,
): Promise<{ spectra: Map<LinearLayer, Factorable>; silent: LayerReport[] }> {
  const statistics = new Map<LinearLayer, CovarianceStatistics>();
  // Outputs of a wide layer, W x, lie in the range of W: what is known of them is that of Q^T W x for an orthonormal
  // basis Q of the range, of as many numbers as x has.
  const bases = new Map<LinearLayer, Matrix>();
  for (const layer of layers) {
    const [out, inputs] = layer.weight.shape as [number, number];
    if (out > inputs) bases.set(layer, qr(layer.weight).q);
    statistics.set(layer, new CovarianceStatistics(Math.min(out, inputs)));
  }
  const { maxSamples = 100_000, signal, onProgress } = options;
  await collect(
    model,
    layers,
    "output",
    calibration,
    maxSamples,
    { ...(signal && { signal }), ...(onProgress && { onProgress }) },
    (layer, reader, samples) => {
      const { bias } = layer.readers[reader]!;
      const d = layer.weight.shape[0]!;
      if (bias) for (let p = 0; p < samples.data.length; p++) samples.data[p]! -= bias[p % d]!;
      const basis = bases.get(layer);
      statistics.get(layer)!.update(basis === undefined ? samples : matmul(samples, basis));
    },
  );
  const spectra = new Map<LinearLayer, Factorable>();
  const silent: LayerReport[] = [];
  for (const [layer, own] of statistics) {
    if (own.n < 2) silent.push(denseReport(layer, "never computed for the calibration data"));
    else spectra.set(layer, lordSpectrum(layer, principalOf(own), bases.get(layer)));
  }
  return { spectra, silent };
}

function lordSpectrum(layer: LinearLayer, principal: Principal, basis: Matrix | undefined): Factorable {
  // Of few samples a covariance says nothing about further directions; of many it says that there are none.
  const enough = principal.samples > principal.mean.length;
  const within = (rank: number): number => Math.min(rank, enough ? Math.max(1, principal.rank) : rank);
  return {
    singularValues: principal.variances.map(Math.sqrt),
    factorsAt(rank) {
      if (!enough && rank > principal.rank)
        throw new InvalidInputError(
          `layer ${show(layer.name)}`,
          `requested rank ${rank} but only ${principal.rank} independent output directions in ${principal.samples} calibration rows`,
        );
      const { first, second, secondBias } = project(layer.weight, null, principal, within(rank), basis);
      return { kind: "factors", first, second, shift: secondBias };
    },
    mseAt: (rank) => discardedBy(principal, within(rank)),
  };
}
