import { type NdArray, ndArray } from "../core/array/index.ts";
import { InvalidInputError, show } from "../core/errors.ts";
import { svd } from "../core/linalg/index.ts";
import { matcher } from "../core/name-pattern.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type LayerOptions, type LayerReport, requireLayerOptions } from "./compress-layers.ts";
import { truncatedFactors } from "./factors.ts";
import { breakEvenRank, budgetRanks, chooseRank } from "./rank-rule.ts";
import { fromFloat16, matrix, requireFiniteWeight, toFloat16 } from "./weights.ts";

/** Tensors by name, as a safetensors file holds them. */
export type TensorMap = Readonly<Record<string, NdArray>>;

export interface FactorTensorsOptions extends LayerOptions, LongCallOptions {}

/** Float tensors as float64; undefined for other types. */
export function floatsOf({ dtype, data }: NdArray): Float64Array | undefined {
  if (dtype === "float32" || dtype === "float64") return Float64Array.from(data as Float32Array);
  return dtype === "float16" ? Float64Array.from(data as Uint16Array, fromFloat16) : undefined;
}

/** An array of the given float type. */
export function ofFloats(dtype: NdArray["dtype"], shape: readonly number[], values: Float64Array): NdArray {
  if (dtype === "float16") return ndArray("float16", shape, Uint16Array.from(values, toFloat16));
  if (dtype === "float64") return ndArray("float64", shape, values);
  return ndArray("float32", shape, Float32Array.from(values));
}

/**
 * Factors the matrices of a set of tensors, [out, in], and kernels, [out, channels, ...window], by truncated singular
 * value decompositions: `w` becomes `w__a` [rank, in] and `w__b` [out, rank] with w about `w__b` `w__a`. All other tensors
 * are kept. Without the graph of a network nothing is known of its inputs: `lordCompress` loses less at the same rank.
 */
export async function factorTensors(
  tensors: TensorMap,
  options: FactorTensorsOptions = {},
): Promise<{ readonly tensors: Record<string, NdArray>; readonly report: readonly LayerReport[] }> {
  const rule = requireLayerOptions(options, longCallOptions);
  const wanted = matcher("options.layers", options.layers ?? "*");
  const unwanted = options.skip === undefined ? () => false : matcher("options.skip", options.skip);
  const names = Object.keys(tensors).filter(
    (name) => tensors[name]!.shape.length >= 2 && floatsOf(tensors[name]!) !== undefined,
  );
  const chosen = names.filter((name) => wanted(name) && !unwanted(name));
  if (chosen.length === 0)
    throw new InvalidInputError("options.layers", `no matrix is called like this; there are ${show(names)}`);
  if (options.skip !== undefined && !names.some(unwanted))
    throw new InvalidInputError("options.skip", `no matrix is called like this; there are ${show(names)}`);
  const pace = new Pace(options, chosen.length);
  const entries = [];
  for (const name of chosen) {
    const { shape } = tensors[name]!;
    const values = floatsOf(tensors[name]!)!;
    requireFiniteWeight(name, values, shape);
    const out = shape[0]!;
    entries.push({ name, decomposition: svd(matrix(out, values.length / Math.max(1, out), values)) });
    await pace.rest(entries.length);
  }
  const layers = entries.map(({ decomposition: { u, s, vt } }) => ({
    singularValues: s,
    shape: [u.shape[0]!, vt.shape[1]!] as const,
  }));
  const ranks =
    rule.kind === "budget"
      ? budgetRanks(layers, rule.totalParams)
      : layers.map(({ singularValues, shape }) => chooseRank(singularValues, shape, rule));
  const result: Record<string, NdArray> = { ...tensors };
  const report = entries.map(({ name, decomposition }, i): LayerReport => {
    const [out, inputs] = layers[i]!.shape;
    const rank = ranks[i]!;
    const size = out * inputs;
    const even = breakEvenRank(out, inputs);
    if (rank >= even && !options.beyondBreakEven)
      return {
        name,
        shape: [out, inputs],
        rank: Math.min(out, inputs),
        params: [size, size],
        retained: 1,
        skipped: `rank ${rank} would save nothing: break-even is ${even.toFixed(1)}`,
      };
    const { first, second } = truncatedFactors(decomposition, rank);
    const { dtype, shape } = tensors[name]!;
    for (const suffix of ["__a", "__b"])
      if (`${name}${suffix}` in tensors)
        throw new InvalidInputError(`tensors.${name}${suffix}`, "this name is taken");
    delete result[name];
    result[`${name}__a`] = ofFloats(dtype, [rank, ...shape.slice(1)], first.data);
    result[`${name}__b`] = ofFloats(dtype, [out, rank], second.data);
    const squares = decomposition.s.map((s) => s * s);
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    const total = sum(squares);
    const retained = total > 0 ? sum(squares.subarray(0, rank)) / total : 1;
    return { name, shape: [out, inputs], rank, params: [size, rank * (out + inputs)], retained };
  });
  pace.finish();
  return { tensors: result, report };
}
