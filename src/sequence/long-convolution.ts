import { InvalidInputError, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import { causalConvolution, type Tensor } from "../core/tensor/index.ts";
import { monarchConvolution } from "./monarch-convolution.ts";

export interface LongConvolutionOptions {
  /** Default `"toeplitz"` up to a length of 128, `"monarch"` beyond: `bench/sequence.ts` measures all three. */
  readonly method?: (typeof methods)[number];
}

const methods = ["toeplitz", "monarch", "fft"] as const;

const longestToeplitz = 128;

/**
 * Causal convolution of every channel with its own kernel: x [n, channels, length], kernel [channels, length] to y[., h,
 * t] = sum over s <= t of kernel[h, s] x[., h, t - s]. By products with triangular Toeplitz matrices (length^2 numbers
 * a channel), by {@link monarchConvolution}, or by general Fourier transforms.
 */
export function longConvolution(x: Tensor, kernel: Tensor, options: LongConvolutionOptions = {}): Tensor {
  requireKnownOptions("options", options, ["method"]);
  const [, channels, length] = x.shape as [number, number, number];
  if (x.rank !== 3 || kernel.rank !== 2 || kernel.shape[0] !== channels || kernel.shape[1] !== length)
    throw new InvalidInputError(
      "kernel",
      `expected [channels, length] for x [n, channels, length], got [${kernel.shape}] for [${x.shape}]`,
    );
  const fallback = length <= longestToeplitz ? "toeplitz" : "monarch";
  switch (requireOneOf("options.method", options.method ?? fallback, methods)) {
    case "toeplitz":
      return byToeplitz(x, kernel);
    case "monarch":
      return monarchConvolution(x, kernel);
    case "fft":
      return causalConvolution(x, kernel);
  }
}

/** Each row of the matrices is the row above moved by one: read from one long repetition with a shorter stride. */
function byToeplitz(x: Tensor, kernel: Tensor): Tensor {
  const [channels, length] = kernel.shape as [number, number];
  const row = kernel.flip(-1).pad([
    [0, 0],
    [0, length],
  ]);
  const transposed = row
    .expandDims(1)
    .broadcastTo([channels, length, 2 * length])
    .reshape([channels, 2 * length * length])
    .sliceAxis(1, 0, length * (2 * length - 1))
    .reshape([channels, length, 2 * length - 1])
    .sliceAxis(2, length - 1, 2 * length - 1)
    .swapAxes(1, 2);
  return x.swapAxes(0, 1).matmul(transposed).swapAxes(0, 1);
}
