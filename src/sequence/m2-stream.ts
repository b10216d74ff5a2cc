import { type NdArray, zeros } from "../core/array/index.ts";
import { InvalidInputError, requireInteger } from "../core/errors.ts";
import { linear } from "../core/nn/index.ts";
import { layerNorm, type Tensor, type TensorLike, toTensor } from "../core/tensor/index.ts";
import { implicitFilter } from "./implicit-filter.ts";
import { featureMixer, type LongFilter, type M2Block } from "./monarch-mixer.ts";

/** What a causal block keeps of the steps that it has read, the newest first. */
export interface M2State<T = TensorLike> {
  /** The two projections before, [2, 3 width]. */
  readonly short: T;
  /** What the long convolution read, [longest, width]. */
  readonly past: T;
  /** The same of the convolution of the input itself, where there is one. */
  readonly residual?: T;
}

/** Kernels of a block's convolutions, [longest, width]. */
export interface M2Kernels<T = TensorLike> {
  readonly filter: T;
  readonly residual?: T;
}

/** Kernels for {@link m2BlockStep}, the same at every step. */
export function m2Kernels({ mixer }: M2Block, longest: number): M2Kernels<Tensor> {
  if (mixer.filter.backward !== undefined)
    throw new InvalidInputError("block", "looks ahead, and so cannot go step by step");
  const kernel = ({ forward }: LongFilter): Tensor =>
    implicitFilter(forward, longest, longest).swapAxes(0, 1);
  return {
    filter: kernel(mixer.filter),
    ...(mixer.residual === undefined ? {} : { residual: kernel(mixer.residual) }),
  };
}

/** The state before the first step. */
export function initM2State({ mixer }: M2Block<NdArray>, longest: number): M2State<NdArray> {
  requireInteger("longest", longest, 1, 1 << 20);
  const width = mixer.filter.skip.data.length;
  return {
    short: zeros([2, 3 * width], "float32"),
    past: zeros([longest, width], "float32"),
    ...(mixer.residual === undefined ? {} : { residual: zeros([longest, width], "float32") }),
  };
}

/**
 * A causal block at its next step: u [1, width] to what {@link m2Block} gives at that place, and the state after it, in
 * O(longest width) operations. Right for as many steps as the kernels are long.
 */
export function m2BlockStep(
  params: M2Block,
  kernels: M2Kernels,
  state: M2State,
  u: Tensor,
): { readonly y: Tensor; readonly state: M2State<Tensor> } {
  const { mixer } = params;
  const x = layerNorm(u, params.mixerNorm);
  const projected = linear(mixer.input, x);
  const read = projected.concat([toTensor(state.short)], 0);
  const [first, second, values] = read.mul(mixer.short).sum(0, true).split(3, -1) as [Tensor, Tensor, Tensor];
  const long = convolutionStep(mixer.filter, kernels.filter, state.past, values.mul(first));
  const own =
    mixer.residual === undefined
      ? undefined
      : convolutionStep(mixer.residual, kernels.residual!, state.residual!, x);
  const mixed = long.y.mul(second);
  const middle = u.add(linear(mixer.output, own === undefined ? mixed : mixed.add(own.y)));
  return {
    y: middle.add(featureMixer(params, layerNorm(middle, params.featureNorm))),
    state: {
      short: read.sliceAxis(0, 0, 2),
      past: long.past,
      ...(own === undefined ? {} : { residual: own.past }),
    },
  };
}

/** The long convolution at the next step x [1, width]. */
function convolutionStep(
  { skip }: LongFilter,
  kernel: TensorLike,
  before: TensorLike,
  x: Tensor,
): { readonly y: Tensor; readonly past: Tensor } {
  const longest = toTensor(before).shape[0]!;
  const past = x.concat([toTensor(before)], 0).sliceAxis(0, 0, longest);
  return { y: past.mul(kernel).sum(0, true).add(x.mul(skip)), past };
}
