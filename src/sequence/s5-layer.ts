import { type NdArray, zeros } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import type { RandomStream } from "../core/random/index.ts";
import { type Complex, complexMul, type Tensor, type TensorLike, toTensor } from "../core/tensor/index.ts";
import { discretizations } from "./convolution-kernel.ts";
import { diagonalScan } from "./diagonal-scan.ts";
import { discretize, type Step } from "./discretize.ts";
import {
  logDecays,
  logSteps,
  normals,
  outputWeights,
  type S4LayerOptions,
  type S4Options,
  tensors,
} from "./s4-layer.ts";
import type { StateModes } from "./state-modes.ts";

/** Parameters of {@link s5Layer}: one system of p complex modes between h inputs and h outputs. */
export interface S5Layer<T = TensorLike> {
  /** Eigenvalues -exp(logDecay) + i frequency, [p]. */
  readonly logDecay: T;
  readonly frequency: T;
  /** [h, p]. */
  readonly input: Complex<T>;
  /** [h, p]. */
  readonly output: Complex<T>;
  /** Output weights for reading backwards, in bidirectional layers. */
  readonly outputReverse?: Complex<T>;
  /** Logarithm of the length of a step of each mode, [p]. */
  readonly logStep: T;
  /** Share of each input that is passed on, [h]. */
  readonly skip: T;
}

export interface S5LayerOptions extends S4LayerOptions {
  /** Identical diagonal blocks that the state starts from; default 1. */
  readonly blocks?: number;
}

/**
 * Initial parameters of a system with `blocks` copies of the given modes: inputs v^-1 b and outputs c v for normal b and
 * c whose variance is one over the number they sum over.
 */
export function initS5Layer(
  stream: RandomStream,
  width: number,
  modes: StateModes,
  options: S5LayerOptions = {},
): S5Layer<NdArray> {
  requireInteger("width", width, 1);
  requireKnownOptions("options", options, ["dtMin", "dtMax", "bidirectional", "blocks"]);
  const blocks = requireInteger("options.blocks", options.blocks ?? 1, 1);
  const { eigenvalues, inverse } = modes;
  const m = eigenvalues.re.length;
  const n = inverse.re.shape[1]!;
  const row = (values: Float64Array): NdArray => {
    const array = zeros([blocks * m], "float32");
    for (let block = 0; block < blocks; block++) array.data.set(values, block * m);
    return array;
  };
  const input = { re: zeros([width, blocks * m], "float32"), im: zeros([width, blocks * m], "float32") };
  const draws = stream.split("input");
  const b = new Float64Array(n);
  for (let h = 0; h < width; h++)
    for (let block = 0; block < blocks; block++) {
      draws.fillNormal(b, 0, 1 / Math.sqrt(width));
      for (const part of ["re", "im"] as const)
        for (let k = 0; k < m; k++) {
          let sum = 0;
          for (let i = 0; i < n; i++) sum += inverse[part].data[k * n + i]! * b[i]!;
          input[part].data[(h * blocks + block) * m + k] = sum;
        }
    }
  const outputs = (label: string): Complex<NdArray> => {
    const flat = outputWeights(stream.split(label), width * blocks, modes, 1 / Math.sqrt(blocks * n));
    const shape = [width, blocks * m];
    return { re: { ...flat.re, shape }, im: { ...flat.im, shape } };
  };
  return {
    logDecay: row(logDecays(eigenvalues.re)),
    frequency: row(eigenvalues.im),
    input,
    output: outputs("output"),
    ...(options.bidirectional === true ? { outputReverse: outputs("outputReverse") } : {}),
    logStep: logSteps(stream.split("step"), blocks * m, options),
    skip: normals(stream.split("skip"), width),
  };
}

/**
 * Runs u [n, length, h] through the system by a parallel scan, to the same shape. Bidirectional layers add what the
 * reversed sequence gives, by weights of its own.
 */
export function s5Layer(params: S5Layer, u: Tensor, options: S4Options = {}): Tensor {
  const h = toTensor(params.skip).size;
  if (u.rank !== 3 || u.shape[2] !== h)
    throw new InvalidInputError("u", `expected [n, length, ${h}], got [${u.shape}]`);
  const step = stepOf(params, options);
  let y = scanned(u, step, tensors(params.output));
  if (params.outputReverse !== undefined)
    y = y.add(scanned(u.flip(1), step, tensors(params.outputReverse)).flip(1));
  return y.add(u.mul(params.skip));
}

/** Real part of the output weights times the states of the scan, [n, length, h]. */
function scanned(u: Tensor, { rate, input }: Step, output: Complex): Tensor {
  // [n, length, p] to [p, length, n].
  const term = (weight: Tensor) => u.matmul(weight).transpose([2, 1, 0]);
  const states = diagonalScan(rate, { re: term(input.re), im: term(input.im) });
  const read = (x: Tensor, weight: Tensor) => x.transpose([2, 1, 0]).matmul(weight.swapAxes(0, 1));
  return read(states.re, output.re).sub(read(states.im, output.im));
}

/** The state of a layer between steps, [n, p] by parts; zeros at the start. */
export type S5State = Complex;

/** One step of the recurrence: u [n, h] and the state before it to the output [n, h] and the state after it. */
export function s5Step(
  params: S5Layer,
  state: S5State,
  u: Tensor,
  options: S4Options = {},
): { readonly y: Tensor; readonly state: S5State } {
  if (params.outputReverse !== undefined)
    throw new InvalidInputError("params", "a bidirectional layer needs the whole sequence");
  const { rate, input } = stepOf(params, options);
  const size = rate.re.exp();
  const moved = complexMul(state, { re: size.mul(rate.im.cos()), im: size.mul(rate.im.sin()) });
  const next = { re: moved.re.add(u.matmul(input.re)), im: moved.im.add(u.matmul(input.im)) };
  const output = tensors(params.output);
  const y = next.re
    .matmul(output.re.swapAxes(0, 1))
    .sub(next.im.matmul(output.im.swapAxes(0, 1)))
    .add(u.mul(params.skip));
  return { y, state: next };
}

/** Factor of a step of each mode, and the input weights with the step drawn in, [h, p]. */
function stepOf(params: S5Layer, { discretization }: S4Options): Step {
  const kind = requireOneOf("options.discretization", discretization ?? "zoh", discretizations);
  const eigenvalues = { re: toTensor(params.logDecay).exp().neg(), im: toTensor(params.frequency) };
  const { rate, input } = discretize(eigenvalues, toTensor(params.logStep).exp(), kind);
  return { rate, input: complexMul(tensors(params.input), input) };
}
