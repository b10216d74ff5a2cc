import {
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import { expm, identity, matvec, solve } from "../core/linalg/index.ts";
import {
  type DenseSystem,
  type DiagonalSystem,
  isDiagonal,
  requireSystem,
  type StateSpace,
} from "./state-space.ts";

/** How time is cut into steps: inputs held constant over a step, or the trapezoidal rule. */
export type Discretization = "zoh" | "bilinear";

export const discretizations = ["zoh", "bilinear"] as const satisfies readonly Discretization[];

export interface KernelOptions {
  /** Length of a step, in the units of time of the system. */
  readonly step: number;
  /** Number of steps. */
  readonly length: number;
  /** Default `"zoh"`. */
  readonly discretization?: Discretization;
}

/**
 * The response of a system to one unit of input at step 0: y_l = sum over m of kernel[m] u_(l-m) + d u_l. Of diagonal
 * systems the real part is taken; they take n operations a step, dense ones n^2.
 *
 * @throws NumericalError where the response grows beyond the range of doubles.
 */
export function convolutionKernel(system: StateSpace, options: KernelOptions): Float64Array {
  requireSystem("system", system);
  requireKnownOptions("options", options, ["step", "length", "discretization"]);
  const step = requireFinite("options.step", options.step, Number.MIN_VALUE);
  const length = requireInteger("options.length", options.length, 1, 1 << 28);
  const kind = requireOneOf("options.discretization", options.discretization ?? "zoh", discretizations);
  const kernel = isDiagonal(system)
    ? diagonalKernel(system, step, length, kind)
    : denseKernel(system, step, length, kind);
  const bad = kernel.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new NumericalError(`the response overflows at step ${bad}`, { step: bad });
  return kernel;
}

function denseKernel(
  { a, b, c }: DenseSystem,
  step: number,
  length: number,
  kind: Discretization,
): Float64Array {
  const n = b.length;
  const { transition, input } = kind === "zoh" ? heldInput(a.data, b, step) : trapezoid(a.data, b, step);
  const matrix = { dtype: "float64" as const, shape: [n, n], data: transition };
  const kernel = new Float64Array(length);
  let state: Float64Array = input;
  for (let l = 0; l < length; l++) {
    for (let j = 0; j < n; j++) kernel[l]! += c[j]! * state[j]!;
    state = matvec(matrix, state);
  }
  return kernel;
}

/** exp(step [[a, b], [0, 0]]) holds both factors of a step, also where a is singular. */
function heldInput(a: Float64Array, b: Float64Array, step: number) {
  const n = b.length;
  const order = n + 1;
  const block = new Float64Array(order * order);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) block[i * order + j] = step * a[i * n + j]!;
    block[i * order + n] = step * b[i]!;
  }
  const { data } = expm({ dtype: "float64", shape: [order, order], data: block });
  const transition = new Float64Array(n * n);
  for (let i = 0; i < n; i++) transition.set(data.subarray(i * order, i * order + n), i * n);
  return { transition, input: Float64Array.from({ length: n }, (_, i) => data[i * order + n]!) };
}

/** (1 - step a / 2)^-1 (1 + step a / 2) and (1 - step a / 2)^-1 step b. */
function trapezoid(a: Float64Array, b: Float64Array, step: number) {
  const n = b.length;
  const unit = identity(n).data;
  const half = (sign: number) => a.map((value, p) => unit[p]! + (sign * step * value) / 2);
  const left = { dtype: "float64" as const, shape: [n, n], data: half(-1) };
  const transition = solve(left, { dtype: "float64", shape: [n, n], data: half(1) }).data;
  const input = solve(
    left,
    b.map((value) => step * value),
  );
  return { transition, input };
}

function diagonalKernel(
  { eigenvalues, b, c }: DiagonalSystem,
  step: number,
  length: number,
  kind: Discretization,
): Float64Array {
  const kernel = new Float64Array(length);
  for (let j = 0; j < eigenvalues.re.length; j++) {
    const { rate, input } = discretizeMode(eigenvalues.re[j]!, eigenvalues.im[j]!, step, kind);
    const [p, q] = product(b.re[j]!, b.im[j]!, c.re[j]!, c.im[j]!);
    const [re, im] = product(p, q, input.re, input.im);
    for (let l = 0; l < length; l++) {
      const size = Math.exp(l * rate.re);
      kernel[l]! += size * (re * Math.cos(l * rate.im) - im * Math.sin(l * rate.im));
    }
  }
  return kernel;
}

interface Pair {
  readonly re: number;
  readonly im: number;
}

function product(a: number, b: number, c: number, d: number): readonly [number, number] {
  return [a * c - b * d, a * d + b * c];
}

/** exp(rate) is the factor of a step, `input` what a unit of input adds. */
export function discretizeMode(
  re: number,
  im: number,
  step: number,
  kind: Discretization,
): { rate: Pair; input: Pair } {
  const [x, y] = [re * step, im * step];
  if (kind === "bilinear") {
    // (1 + z/2) / (1 - z/2), and step / (1 - z/2).
    const below = (1 - x / 2) ** 2 + (y / 2) ** 2;
    const above = (1 + x / 2) ** 2 + (y / 2) ** 2;
    return {
      rate: {
        re: Math.log(above / below) / 2,
        im: Math.atan2(y / 2, 1 + x / 2) - Math.atan2(-y / 2, 1 - x / 2),
      },
      input: { re: (step * (1 - x / 2)) / below, im: (step * (y / 2)) / below },
    };
  }
  // exp(z) - 1 without cancellation, over lambda; both tend to `step` with lambda.
  const growth = Math.expm1(x);
  const p = growth * Math.cos(y) - 2 * Math.sin(y / 2) ** 2;
  const q = (growth + 1) * Math.sin(y);
  const size = re * re + im * im;
  const input =
    size === 0 ? { re: step, im: 0 } : { re: (p * re + q * im) / size, im: (q * re - p * im) / size };
  return { rate: { re: x, im: y }, input };
}
