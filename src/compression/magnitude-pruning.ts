import { requireFinite, requireKnownOptions } from "../core/errors.ts";
import { type LayerOptions, selectLayers } from "./compress-layers.ts";
import type { LinearLayer } from "./linear-layers.ts";
import type { OnnxModel } from "./onnx-model.ts";
import { type ChangedWeight, replaceLayers } from "./rewrite.ts";
import { matrix } from "./weights.ts";

export interface MagnitudePruningOptions extends Pick<LayerOptions, "layers" | "skip"> {
  /** Part of the weights of each layer that is kept, or that part by name of the layer; default 0.5. */
  readonly keep?: number | ((name: string) => number);
}

/**
 * Sets the weights of smallest magnitude of each layer to zero. The shapes stay as they are: the file is no smaller and
 * ONNX Runtime is no faster for it.
 */
export function pruneMagnitude(model: OnnxModel, options: MagnitudePruningOptions = {}): OnnxModel {
  requireKnownOptions("options", options, ["layers", "skip", "keep"]);
  const { keep = 0.5 } = options;
  const replacements = new Map<LinearLayer, ChangedWeight>();
  for (const layer of selectLayers(model, options).selected) {
    const part = requireFinite("options.keep", typeof keep === "function" ? keep(layer.name) : keep, 0, 1);
    const { shape, data } = layer.weight;
    const kept = data.length - Math.floor((1 - part) * data.length);
    const order = Uint32Array.from(data.keys()).sort(
      (a, b) => Math.abs(data[b]!) - Math.abs(data[a]!) || a - b,
    );
    const pruned = new Float64Array(data.length);
    for (let i = 0; i < kept; i++) pruned[order[i]!] = data[order[i]!]!;
    replacements.set(layer, { kind: "weight", weight: matrix(shape[0]!, shape[1]!, pruned) });
  }
  return replaceLayers(model, replacements);
}
