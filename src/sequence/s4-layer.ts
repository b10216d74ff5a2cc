import { type NdArray, zeros } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import type { RandomStream } from "../core/random/index.ts";
import { type Complex, complexMul, type Tensor, type TensorLike, toTensor } from "../core/tensor/index.ts";
import { type Discretization, discretizations } from "./convolution-kernel.ts";
import { diagonalKernel } from "./diagonal-kernel.ts";
import { discretize, type Step } from "./discretize.ts";
import { longConvolution } from "./long-convolution.ts";
import type { StateModes } from "./state-modes.ts";

/** Parameters of {@link s4Layer}: h independent systems of m complex modes. */
export interface S4Layer<T = TensorLike> {
  /** Eigenvalues -exp(logDecay) + i frequency, [h, m]. */
  readonly logDecay: T;
  readonly frequency: T;
  /** Input and output weights of each mode, [h, m]. */
  readonly input: Complex<T>;
  readonly output: Complex<T>;
  /** Output weights for reading backwards, in bidirectional layers. */
  readonly outputReverse?: Complex<T>;
  /** Logarithm of the length of a step, [h]. */
  readonly logStep: T;
  /** Share of the input that is passed on, [h]. */
  readonly skip: T;
}

export interface S4LayerOptions {
  /** Range that lengths of steps are drawn from, evenly on a logarithmic scale; default 0.001 to 0.1. */
  readonly dtMin?: number;
  readonly dtMax?: number;
  /** Also read each sequence backwards; default false. */
  readonly bidirectional?: boolean;
}

/** Initial parameters of `width` systems that start from the same modes, with outputs drawn from N(0, 1). */
export function initS4Layer(
  stream: RandomStream,
  width: number,
  modes: StateModes,
  options: S4LayerOptions = {},
): S4Layer<NdArray> {
  requireInteger("width", width, 1);
  requireKnownOptions("options", options, ["dtMin", "dtMax", "bidirectional"]);
  const { eigenvalues, input } = modes;
  const m = eigenvalues.re.length;
  const row = (values: Float64Array): NdArray => {
    const array = zeros([width, m], "float32");
    for (let h = 0; h < width; h++) array.data.set(values, h * m);
    return array;
  };
  const output = outputWeights(stream.split("output"), width, modes);
  return {
    logDecay: row(logDecays(eigenvalues.re)),
    frequency: row(eigenvalues.im),
    input: { re: row(input.re), im: row(input.im) },
    output,
    ...(options.bidirectional === true
      ? { outputReverse: outputWeights(stream.split("outputReverse"), width, modes) }
      : {}),
    logStep: logSteps(stream.split("step"), width, options),
    skip: normals(stream.split("skip"), width),
  };
}

/** log(-re) of eigenvalues, which layers keep so that training cannot make them unstable. */
export function logDecays(re: Float64Array): Float64Array {
  const bad = re.findIndex((value) => !(value < 0));
  if (bad >= 0)
    throw new InvalidInputError(
      `modes.eigenvalues.re[${bad}]`,
      `expected a stable mode, below 0, got ${re[bad]}`,
    );
  return re.map((value) => Math.log(-value));
}

/** Logarithms of step lengths between dtMin and dtMax. */
export function logSteps(
  stream: RandomStream,
  count: number,
  options: Pick<S4LayerOptions, "dtMin" | "dtMax">,
): NdArray {
  const low = requireFinite("options.dtMin", options.dtMin ?? 1e-3, Number.MIN_VALUE);
  const high = requireFinite("options.dtMax", options.dtMax ?? 0.1, low);
  const array = zeros([count], "float32");
  stream.fillUniform(array.data, Math.log(low), Math.log(high));
  return array;
}

export function normals(stream: RandomStream, count: number): NdArray {
  const array = zeros([count], "float32");
  stream.fillNormal(array.data);
  return array;
}

/** c v for c of independent normal numbers, each mode as often as it counts: [width, m]. */
export function outputWeights(
  stream: RandomStream,
  width: number,
  { vectors, multiplicity }: StateModes,
  deviation = 1,
): Complex<NdArray> {
  const m = multiplicity.length;
  const n = vectors.re.shape[0]!;
  const result = { re: zeros([width, m], "float32"), im: zeros([width, m], "float32") };
  const c = new Float64Array(n);
  for (let h = 0; h < width; h++) {
    stream.fillNormal(c, 0, deviation);
    for (const part of ["re", "im"] as const)
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += c[i]! * vectors[part].data[i * m + j]!;
        result[part].data[h * m + j] = multiplicity[j]! * sum;
      }
  }
  return result;
}

export interface S4Options {
  /** Default `"zoh"`. */
  readonly discretization?: Discretization;
}

/** Convolution kernels [h, length], one a system: what a layer answers to an impulse. */
export function s4Kernel(params: S4Layer, length: number, options: S4Options = {}): Tensor {
  const { rate, input } = stepOf(params, options);
  return diagonalKernel(rate, complexMul(input, tensors(params.output)), length);
}

/**
 * Runs every channel of u [n, length, h] through its own system: a long convolution, plus the skipped input; to the same
 * shape. Bidirectional layers add the convolution of the reversed sequence.
 */
export function s4Layer(params: S4Layer, u: Tensor, options: S4Options = {}): Tensor {
  const h = toTensor(params.skip).size;
  if (u.rank !== 3 || u.shape[2] !== h)
    throw new InvalidInputError("u", `expected [n, length, ${h}], got [${u.shape}]`);
  const { rate, input } = stepOf(params, options);
  const channels = u.swapAxes(1, 2);
  const length = u.shape[1]!;
  const kernelOf = (output: Complex<TensorLike>) =>
    diagonalKernel(rate, complexMul(input, tensors(output)), length);
  let y = longConvolution(channels, kernelOf(params.output));
  if (params.outputReverse !== undefined)
    y = y.add(longConvolution(channels.flip(-1), kernelOf(params.outputReverse)).flip(-1));
  return y.swapAxes(1, 2).add(u.mul(params.skip));
}

/** The state of a layer between steps, [n, h, m] by parts; zeros at the start. */
export type S4State = Complex;

/**
 * One step of the recurrence that {@link s4Layer} convolves with: u [n, h] and the state before it to the output [n, h]
 * and the state after it. Constant time and memory a step, for streams.
 */
export function s4Step(
  params: S4Layer,
  state: S4State,
  u: Tensor,
  options: S4Options = {},
): { readonly y: Tensor; readonly state: S4State } {
  if (params.outputReverse !== undefined)
    throw new InvalidInputError("params", "a bidirectional layer needs the whole sequence");
  const { rate, input } = stepOf(params, options);
  const size = rate.re.exp();
  const factor = { re: size.mul(rate.im.cos()), im: size.mul(rate.im.sin()) };
  const weight = complexMul(input, tensors(params.output));
  const moved = complexMul(state, factor);
  const next = { re: moved.re.add(u.expandDims(-1)), im: moved.im };
  const y = next.re.mul(weight.re).sub(next.im.mul(weight.im)).sum(-1).add(u.mul(params.skip));
  return { y, state: next };
}

/** One step of all modes, with the input weights of the modes drawn in. */
function stepOf(params: S4Layer, { discretization }: S4Options): Step {
  const kind = requireOneOf("options.discretization", discretization ?? "zoh", discretizations);
  const eigenvalues = { re: toTensor(params.logDecay).exp().neg(), im: toTensor(params.frequency) };
  const step = toTensor(params.logStep).exp().expandDims(-1);
  const { rate, input } = discretize(eigenvalues, step, kind);
  return { rate, input: complexMul(input, tensors(params.input)) };
}

/** Parameters by parts as tensors. */
export function tensors({ re, im }: Complex<TensorLike>): Complex {
  return { re: toTensor(re), im: toTensor(im) };
}
