import { type NdArray, requireArray } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireOneOf } from "../core/errors.ts";
import { eigh, gram, matmul, type Svd, svd } from "../core/linalg/index.ts";
import { type AttributeProto, attributeType } from "../core/tensor/index.ts";
import {
  denseReport,
  type LayerOptions,
  type LayerReport,
  requireLayerOptions,
  selectLayers,
} from "./compress-layers.ts";
import { truncatedFactors } from "./factors.ts";
import type { LinearLayer, UnsupportedLayer } from "./linear-layers.ts";
import type { OnnxModel } from "./onnx-model.ts";
import { chooseRank, type RankRule } from "./rank-rule.ts";
import { type ConvolutionStep, type Replacement, replaceLayers } from "./rewrite.ts";
import { floatsOf, ofFloats } from "./tensor-factoring.ts";
import { matrix } from "./weights.ts";

/**
 * How a kernel [N, C, kH, kW] is read as matrices. `channel`: N x (C kH kW), a convolution to few channels and one of
 * 1 x 1. `spatial`: (C kH) x (N kW), a convolution of kH x 1 and one of 1 x kW. `decouple`: for every output C x (kH kW),
 * a sum of pairs of a 1 x 1 convolution and one within each channel.
 */
export type ConvolutionScheme = "channel" | "spatial" | "decouple";

const schemes = ["channel", "spatial", "decouple"] as const;

/** Extents of a kernel; a matrix counts as one of window 1 x 1. */
type Extents = readonly [n: number, c: number, kh: number, kw: number];

function extentsOf(argument: string, shape: readonly number[]): Extents {
  if (shape.length === 2) return [shape[0]!, shape[1]!, 1, 1];
  if (shape.length === 4) return shape as unknown as Extents;
  throw new InvalidInputError(
    argument,
    `expected a kernel [N, C, kH, kW] or a matrix [out, in], got shape [${shape.join(", ")}]`,
  );
}

/** The matrices of a kernel, row by row, and the place in the kernel of each of their entries. */
interface Unfolded {
  readonly rows: number;
  readonly cols: number;
  readonly count: number;
  /** Place in the kernel of entry (row, col) of a matrix. */
  place(matrix: number, row: number, col: number): number;
}

function unfold([n, c, kh, kw]: Extents, scheme: ConvolutionScheme): Unfolded {
  const window = kh * kw;
  if (scheme === "spatial")
    return {
      rows: c * kh,
      cols: n * kw,
      count: 1,
      place: (_, row, col) => {
        const [channel, y] = [Math.floor(row / kh), row % kh];
        const [out, x] = [Math.floor(col / kw), col % kw];
        return ((out * c + channel) * kh + y) * kw + x;
      },
    };
  if (scheme === "decouple")
    return { rows: c, cols: window, count: n, place: (out, row, col) => (out * c + row) * window + col };
  return { rows: n, cols: c * window, count: 1, place: (_, row, col) => row * c * window + col };
}

function unfolded(values: Float64Array, { rows, cols, place }: Unfolded, which: number): Float64Array {
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) data[i * cols + j] = values[place(which, i, j)]!;
  return data;
}

/** The numbers of a kernel: floats, finite, at least one. */
function floatsOfKernel(weight: NdArray): Float64Array {
  requireArray("weight", weight);
  const values = floatsOf(weight);
  if (values === undefined || values.length === 0)
    throw new InvalidInputError(
      "weight",
      `expected floats, got ${weight.dtype} of shape [${weight.shape.join(", ")}]`,
    );
  for (const value of values) requireFinite("weight", value);
  return values;
}

/** A kernel of low rank in a scheme, and what a step of the nuclear norm's descent takes away. */
export interface LowRankProjection {
  /** The truncated kernel. */
  readonly weight: NdArray;
  /** U V^T of the part that is kept: a subgradient of the nuclear norm. */
  readonly subgradient: NdArray;
  readonly rank: number;
}

/**
 * Truncates a kernel to the fewest singular values that make up a part of the sum of their squares. By the smaller Gram
 * matrix, whose errors in small singular values do no harm here: a b min(a, b) operations for a x b.
 *
 * @param weight [N, C, kH, kW], or a matrix [out, in]
 * @param energy above 0 and below 1
 */
export function projectLowRank(
  weight: NdArray,
  scheme: ConvolutionScheme,
  energy: number,
): LowRankProjection {
  requireOneOf("scheme", scheme, schemes);
  requireFinite("energy", energy, Number.MIN_VALUE, 1 - Number.EPSILON);
  const values = floatsOfKernel(weight);
  const form = unfold(extentsOf("weight", weight.shape), scheme);
  const { rows, cols, count, place } = form;
  const kept = new Float64Array(values.length);
  const direction = new Float64Array(values.length);
  let most = 0;
  for (let which = 0; which < count; which++) {
    const whole = matrix(rows, cols, unfolded(values, form, which));
    const { low, sub, rank } = truncated(whole, energy);
    most = Math.max(most, rank);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < cols; j++) {
        kept[place(which, i, j)] = low[i * cols + j]!;
        direction[place(which, i, j)] = sub[i * cols + j]!;
      }
  }
  return {
    weight: ofFloats(weight.dtype, weight.shape, kept),
    subgradient: ofFloats(weight.dtype, weight.shape, direction),
    rank: most,
  };
}

function truncated(whole: ReturnType<typeof matrix>, energy: number) {
  const [rows, cols] = whole.shape as [number, number];
  const wide = rows <= cols;
  // The eigenvectors of M M^T, or of M^T M.
  const { values, vectors } = eigh(wide ? gram(transposedOf(whole)) : gram(whole));
  const k = values.length;
  const s = Float64Array.from(values, (_, i) => Math.sqrt(Math.max(0, values[k - 1 - i]!)));
  const rank = chooseRank(s, [rows, cols], { kind: "energy", threshold: energy });
  const basis = new Float64Array(k * rank);
  const scaled = new Float64Array(k * rank);
  for (let i = 0; i < k; i++)
    for (let r = 0; r < rank; r++) {
      const value = vectors.data[i * k + (k - 1 - r)]!;
      basis[i * rank + r] = value;
      scaled[i * rank + r] = s[r]! > 0 ? value / s[r]! : 0;
    }
  const side = matrix(k, rank, basis);
  const inner = wide ? matmul(side, whole, { transposeA: true }) : matmul(whole, side);
  const low = wide ? matmul(side, inner) : matmul(inner, side, { transposeB: true });
  const over = matrix(k, rank, scaled);
  const sub = wide ? matmul(over, inner) : matmul(inner, over, { transposeB: true });
  return { low: low.data, sub: sub.data, rank };
}

function transposedOf({ shape, data }: ReturnType<typeof matrix>) {
  const [rows, cols] = shape as [number, number];
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[j * rows + i] = data[i * cols + j]!;
  return matrix(cols, rows, out);
}

/** How a convolution moves over its input. */
export interface ConvolutionGeometry {
  /** Default 1, 1. */
  readonly strides?: readonly [number, number];
  /** Top, left, bottom, right; default none. */
  readonly pads?: readonly [number, number, number, number];
  /** Default 1, 1. */
  readonly dilations?: readonly [number, number];
}

/** One convolution of those that replace another. */
export interface ConvolutionSpec extends Required<ConvolutionGeometry> {
  /** [out, in / groups, kH, kW]. */
  readonly kernel: NdArray;
  readonly bias?: Float64Array;
  readonly groups: number;
}

export interface DecomposedConvolution {
  /** Chains side by side, whose results are added; one unless the scheme is `decouple`. */
  readonly chains: readonly (readonly ConvolutionSpec[])[];
  readonly rank: number;
  /** Multiply-adds of a position over those of the whole kernel. */
  readonly multiplyAddsRatio: number;
}

interface Split {
  readonly rank: number;
  readonly singularValues: Float64Array;
  readonly cost: number;
  /** Kernels with their shapes, chain by chain. */
  readonly chains: readonly (readonly {
    readonly kernel: Float64Array;
    readonly shape: Extents;
    readonly part: Part;
  }[])[];
}

/** Which part of the original's movement a convolution does. */
type Part = "all" | "none" | "rows" | "columns" | "within";

function split(values: Float64Array, extents: Extents, scheme: ConvolutionScheme, rule: SingleRule): Split {
  const [n, c, kh, kw] = extents;
  const form = unfold(extents, scheme);
  const { rows, cols } = form;
  const parts: Svd[] = Array.from({ length: form.count }, (_, which) =>
    svd(matrix(rows, cols, unfolded(values, form, which))),
  );
  const rank = Math.max(...parts.map(({ s }) => chooseRank(s, [rows, cols], rule)));
  const [whole] = parts;
  if (scheme === "channel") {
    const { first, second } = truncatedFactors(whole!, rank);
    return {
      rank,
      singularValues: whole!.s,
      cost: rank * (c * kh * kw + n),
      chains: [
        [
          { kernel: first.data, shape: [rank, c, kh, kw], part: "all" },
          { kernel: second.data, shape: [n, rank, 1, 1], part: "none" },
        ],
      ],
    };
  }
  if (scheme === "spatial") {
    const { u, s, vt } = whole!;
    const first = new Float64Array(rank * c * kh);
    const second = new Float64Array(n * rank * kw);
    const k = s.length;
    for (let r = 0; r < rank; r++) {
      for (let row = 0; row < c * kh; row++) first[r * c * kh + row] = u.data[row * k + r]!;
      for (let out = 0; out < n; out++)
        for (let x = 0; x < kw; x++)
          second[(out * rank + r) * kw + x] = s[r]! * vt.data[r * n * kw + out * kw + x]!;
    }
    return {
      rank,
      singularValues: s,
      cost: rank * (c * kh + n * kw),
      chains: [
        [
          { kernel: first, shape: [rank, c, kh, 1], part: "rows" },
          { kernel: second, shape: [n, rank, 1, kw], part: "columns" },
        ],
      ],
    };
  }
  const window = kh * kw;
  const chains = Array.from({ length: rank }, (_, term) => {
    const pointwise = new Float64Array(n * c);
    const within = new Float64Array(n * window);
    for (const [out, { u, s, vt }] of parts.entries()) {
      const root = Math.sqrt(s[term]!);
      for (let row = 0; row < c; row++) pointwise[out * c + row] = root * u.data[row * s.length + term]!;
      for (let col = 0; col < window; col++)
        within[out * window + col] = root * vt.data[term * window + col]!;
    }
    return [
      { kernel: pointwise, shape: [n, c, 1, 1] as const, part: "none" as const },
      { kernel: within, shape: [n, 1, kh, kw] as const, part: "within" as const },
    ];
  });
  const squares = new Float64Array(Math.min(rows, cols));
  for (const { s } of parts) for (const [i, value] of s.entries()) squares[i]! += value * value;
  return { rank, singularValues: squares.map(Math.sqrt), cost: rank * (n * c + n * window), chains };
}

type SingleRule = Exclude<RankRule, { kind: "budget" }>;

/**
 * A convolution as smaller dense ones, exact at full rank. `channel` and `decouple` put the roots of the singular values on
 * both factors, `spatial` all of them on the second. The bias goes to the last convolution of the first chain.
 *
 * @param weight [N, C, kH, kW], of one group
 */
export function decomposeConvolution(
  weight: NdArray,
  bias: Float64Array | null,
  geometry: ConvolutionGeometry,
  scheme: ConvolutionScheme,
  rule: SingleRule,
): DecomposedConvolution {
  requireOneOf("scheme", scheme, schemes);
  const values = floatsOfKernel(weight);
  if (weight.shape.length !== 4)
    throw new InvalidInputError("weight", `expected [N, C, kH, kW], got shape [${weight.shape.join(", ")}]`);
  const extents = extentsOf("weight", weight.shape);
  if (bias !== null && bias.length !== extents[0])
    throw new InvalidInputError("bias", `expected ${extents[0]} numbers or null, got ${bias.length}`);
  const { strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1] } = geometry;
  const { rank, cost, chains } = split(values, extents, scheme, rule);
  const [n, c, kh, kw] = extents;
  return {
    rank,
    multiplyAddsRatio: cost / (n * c * kh * kw),
    chains: chains.map((chain, i) =>
      chain.map(
        ({ kernel, shape, part }, j): ConvolutionSpec => ({
          kernel: ofFloats(weight.dtype, shape, kernel),
          ...(bias !== null && i === 0 && j === chain.length - 1 && { bias }),
          groups: part === "within" ? n : 1,
          ...movement(part, { strides, pads, dilations }),
        }),
      ),
    ),
  };
}

/** The strides, pads and dilations of one convolution out of several. */
function movement(
  part: Part,
  { strides, pads, dilations }: Required<ConvolutionGeometry>,
): Required<ConvolutionGeometry> {
  const [top, left, bottom, right] = pads;
  if (part === "rows")
    return { strides: [strides[0], 1], pads: [top, 0, bottom, 0], dilations: [dilations[0], 1] };
  if (part === "columns")
    return { strides: [1, strides[1]], pads: [0, left, 0, right], dilations: [1, dilations[1]] };
  if (part === "none") return { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] };
  return { strides, pads, dilations };
}

export interface DecomposeOptions extends Omit<LayerOptions, "rank"> {
  /** Default `{ kind: "value", threshold: 0.05 }`, for networks that were trained at low rank. */
  readonly rank?: SingleRule;
}

/**
 * Replaces convolutions of a model by smaller dense ones. Linear layers, and convolutions of window 1 x 1, are factored as
 * matrices. A layer stays as it is where that would cost as many multiply-adds, and convolutions along one axis in schemes
 * that need two.
 */
export function decomposeModel(
  model: OnnxModel,
  scheme: ConvolutionScheme,
  options: DecomposeOptions = {},
): {
  readonly model: OnnxModel;
  readonly report: readonly LayerReport[];
  readonly unsupported: readonly UnsupportedLayer[];
} {
  requireOneOf("scheme", scheme, schemes);
  const rule = requireLayerOptions({ rank: { kind: "value", threshold: 0.05 }, ...options });
  if (rule.kind === "budget")
    throw new InvalidInputError("options.rank.kind", "a budget is not divided among schemes");
  const { selected, skipped, unsupported } = selectLayers(model, options);
  const replacements = new Map<LinearLayer, Replacement>();
  const report = selected.map((layer): LayerReport => {
    const { kernel, weight } = layer;
    const [out, inputs] = weight.shape as [number, number];
    if (kernel !== undefined && kernel.length !== 4 && scheme !== "channel")
      return denseReport(layer, `a convolution of ${kernel.length - 2} axes; the scheme needs two`);
    const small = kernel === undefined || kernel.slice(2).every((extent) => extent === 1);
    const own = small || kernel.length !== 4 ? "channel" : scheme;
    const extents: Extents = kernel?.length === 4 ? extentsOf("weight", kernel) : [out, inputs, 1, 1];
    const found = split(weight.data, extents, own, rule);
    if (found.cost >= out * inputs && !options.beyondBreakEven)
      return denseReport(layer, `rank ${found.rank} would save nothing`);
    if (kernel === undefined || kernel.length !== 4) {
      const [first, second] = found.chains[0]!;
      replacements.set(layer, {
        kind: "factors",
        first: matrix(found.rank, inputs, first!.kernel),
        second: matrix(out, found.rank, second!.kernel),
      });
    } else
      replacements.set(layer, {
        kind: "convolutions",
        stepsFor: ({ node }) =>
          found.chains.map((chain) =>
            chain.map(
              ({ kernel, shape, part }): ConvolutionStep => ({
                kernel,
                shape,
                attributes: attributesFor(part, node.attribute ?? [], out),
              }),
            ),
          ),
      });
    let total = 0;
    let kept = 0;
    for (const [i, s] of found.singularValues.entries()) {
      total += s * s;
      if (i < found.rank) kept += s * s;
    }
    const { name } = layer;
    const retained = total > 0 ? kept / total : 1;
    return { name, shape: [out, inputs], rank: found.rank, params: [out * inputs, found.cost], retained };
  });
  return { model: replaceLayers(model, replacements), report: [...report, ...skipped], unsupported };
}

/** The attributes of one convolution out of several, from those of the node. */
function attributesFor(part: Part, attributes: readonly AttributeProto[], outputs: number): AttributeProto[] {
  if (part === "none") return [];
  const kept = attributes.filter(({ name }) => name !== "kernel_shape" && name !== "group");
  if (part === "all") return kept;
  if (part === "within") return [...kept, { name: "group", type: attributeType.INT, i: outputs }];
  const axis = part === "rows" ? 0 : 1;
  return kept.map((attribute) => {
    const { ints, name } = attribute;
    if (!ints?.length) return attribute;
    if (name === "pads") return { ...attribute, ints: ints.map((pad, i) => (i % 2 === axis ? pad : 0)) };
    return { ...attribute, ints: ints.map((value, i) => (i === axis ? value : 1)) };
  });
}
