import { InvalidInputError, requireKnownOptions, show } from "../core/errors.ts";
import { matmul } from "../core/linalg/index.ts";
import { matcher } from "../core/name-pattern.ts";
import type { LongCallOptions } from "../core/progress.ts";
import { type LinearLayer, linearLayers, type UnsupportedLayer } from "./linear-layers.ts";
import type { OnnxModel } from "./onnx-model.ts";
import { breakEvenRank, budgetRanks, chooseRank, type RankRule, requireRankRule } from "./rank-rule.ts";
import { type LowRankFactors, replaceLayers } from "./rewrite.ts";

/** Which layers are factored, and to which rank. */
export interface LayerOptions {
  /** Default `{ kind: "ratio", keep: 0.6 }`. */
  readonly rank?: RankRule;
  /** Names of the layers, `*` standing for any text; default all. */
  readonly layers?: string | RegExp;
  /** Names of layers to leave alone; default none. */
  readonly skip?: string | RegExp;
  /** Factor also where two factors take more room than the matrix: for studies. Default false. */
  readonly beyondBreakEven?: boolean;
}

export const layerOptions = ["rank", "layers", "skip", "beyondBreakEven"] as const;

/** What became of a layer. */
export interface LayerReport {
  readonly name: string;
  readonly shape: readonly [out: number, inputs: number];
  /** Rank of the factors; of a layer that stays dense, its full rank. */
  readonly rank: number;
  /** Numbers in its weight before and after. */
  readonly params: readonly [before: number, after: number];
  /** Part of the squared singular values, or of the variance of the outputs, that is kept. */
  readonly retained: number;
  /** Mean squared error of the outputs, summed over them, for a calibration sample; where the method knows it. */
  readonly mse?: number;
  /** Why it stays dense. */
  readonly skipped?: string;
}

export interface CompressedModel {
  readonly model: OnnxModel;
  readonly report: readonly LayerReport[];
  readonly unsupported: readonly UnsupportedLayer[];
  /** By layer name; apply them to another export of the same network with {@link replaceLayers}. */
  readonly replaced: ReadonlyMap<string, LowRankFactors>;
}

/** A layer's spectrum and the factors at each rank. */
export interface Factorable {
  /** Descending: of the weight, or roots of the variances of the outputs. */
  readonly singularValues: Float64Array;
  factorsAt(rank: number): LowRankFactors;
  /** Mean squared output error at a rank. */
  mseAt?(rank: number): number;
}

/** Refuses options that make no sense; `others` are those of the method. */
export function requireLayerOptions(
  options: LayerOptions & LongCallOptions,
  others: readonly string[] = [],
): RankRule {
  requireKnownOptions("options", options, [...layerOptions, ...others]);
  return requireRankRule("options.rank", options.rank ?? { kind: "ratio", keep: 0.6 });
}

/** The layers that the options choose, and reports of the others. */
export function selectLayers(
  model: OnnxModel,
  options: LayerOptions,
): { selected: LinearLayer[]; skipped: LayerReport[]; unsupported: readonly UnsupportedLayer[] } {
  const { layers, unsupported } = linearLayers(model);
  const wanted = matcher("options.layers", options.layers ?? "*");
  const unwanted = options.skip === undefined ? () => false : matcher("options.skip", options.skip);
  const selected = layers.filter(({ name }) => wanted(name) && !unwanted(name));
  if (selected.length === 0) {
    const blocked = unsupported.filter(({ name }) => wanted(name));
    const why =
      blocked.length > 0
        ? `of those only ${blocked
            .slice(0, 5)
            .map(({ name, op, problem }) => `${show(name)} (${op}: ${problem})`)
            .join(", ")}`
        : `it has ${show(layers.map(({ name }) => name))}`;
    throw new InvalidInputError(
      "options.layers",
      `no layer that can be factored is called like this; ${why}`,
    );
  }
  if (options.skip !== undefined && ![...layers, ...unsupported].some(({ name }) => unwanted(name)))
    throw new InvalidInputError("options.skip", "no layer is called like this");
  const chosen = new Set(selected);
  const skipped = layers.filter((layer) => !chosen.has(layer)).map((layer) => denseReport(layer, "filtered"));
  return { selected, skipped, unsupported };
}

export function denseReport({ name, weight }: LinearLayer, skipped: string): LayerReport {
  const [out, inputs] = weight.shape as [number, number];
  const size = out * inputs;
  return {
    name,
    shape: [out, inputs],
    rank: Math.min(out, inputs),
    params: [size, size],
    retained: 1,
    skipped,
  };
}

/** Ranks by the rule for layers with known spectra, and the model with those factored that it pays for. */
export function factorLayers(
  model: OnnxModel,
  spectra: ReadonlyMap<LinearLayer, Factorable>,
  rule: RankRule,
  beyondBreakEven: boolean,
): { model: OnnxModel; report: LayerReport[]; replaced: Map<string, LowRankFactors> } {
  const entries = [...spectra];
  const shapeOf = ({ weight }: LinearLayer) => weight.shape as unknown as readonly [number, number];
  const ranks =
    rule.kind === "budget"
      ? budgetRanks(
          entries.map(([layer, { singularValues }]) => ({ singularValues, shape: shapeOf(layer) })),
          rule.totalParams,
        )
      : entries.map(([layer, { singularValues }]) => chooseRank(singularValues, shapeOf(layer), rule));
  const replacements = new Map<LinearLayer, LowRankFactors>();
  const report = entries.map(([layer, spectrum], i): LayerReport => {
    const [out, inputs] = shapeOf(layer);
    const rank = ranks[i]!;
    if (rank >= breakEvenRank(out, inputs) && !beyondBreakEven)
      return denseReport(
        layer,
        `rank ${rank} would save nothing: break-even is ${breakEvenRank(out, inputs).toFixed(1)}`,
      );
    replacements.set(layer, spectrum.factorsAt(rank));
    let kept = 0;
    let total = 0;
    for (const [j, s] of spectrum.singularValues.entries()) {
      total += s * s;
      if (j < rank) kept += s * s;
    }
    return {
      name: layer.name,
      shape: [out, inputs],
      rank,
      params: [out * inputs, rank * (out + inputs)],
      retained: total > 0 ? kept / total : 1,
      ...(spectrum.mseAt && { mse: spectrum.mseAt(rank) }),
    };
  });
  return {
    model: replaceLayers(model, replacements),
    report,
    replaced: new Map([...replacements].map(([{ name }, factors]) => [name, factors])),
  };
}

/**
 * The same factors in another export of a network, such as one for another size of batch: layers are found by name.
 * @throws InvalidInputError when one is missing or of another shape
 */
export function applyFactors(model: OnnxModel, replaced: ReadonlyMap<string, LowRankFactors>): OnnxModel {
  return replaceLayers(model, layersNamed(model, replaced));
}

/** The model with each factored weight as the one dense matrix that its factors stand for: the reference of a check. */
export function denseEquivalent(model: OnnxModel, replaced: ReadonlyMap<string, LowRankFactors>): OnnxModel {
  const weights = [...layersNamed(model, replaced)].map(
    ([layer, { first, second, shift }]) =>
      [layer, { kind: "weight" as const, weight: matmul(second, first), ...(shift && { shift }) }] as const,
  );
  return replaceLayers(model, new Map(weights));
}

function layersNamed(
  model: OnnxModel,
  replaced: ReadonlyMap<string, LowRankFactors>,
): Map<LinearLayer, LowRankFactors> {
  const { layers } = linearLayers(model);
  return new Map(
    [...replaced].map(([name, factors]) => {
      const layer = layers.find((one) => one.name === name);
      const [out, inputs] = [factors.second.shape[0], factors.first.shape[1]];
      if (layer === undefined || layer.weight.shape[0] !== out || layer.weight.shape[1] !== inputs)
        throw new InvalidInputError(
          "model",
          `has no layer ${show(name)} of shape [${out}, ${inputs}]; it has ${show(layers.map((one) => one.name))}`,
        );
      return [layer, factors];
    }),
  );
}
