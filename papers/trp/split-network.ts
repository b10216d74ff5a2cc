import { type NdArray, ndArray } from "ockham/array";
import { lowRankFactors } from "ockham/compression";
import {
  type Convolution,
  convolution,
  heNormal,
  initConvolution,
  initLinear,
  type Linear,
  linear,
} from "ockham/nn";
import { maxPool } from "ockham/tensor";
import type { Network, SmallConvolutional } from "../fashion-networks.ts";

interface SplitConvolutional<T = NdArray> {
  readonly conv1: Convolution<T>;
  readonly conv2: readonly [Convolution<T>, Convolution<T>];
  readonly conv3: readonly [Convolution<T>, Convolution<T>];
  readonly full: readonly [Linear<T>, Linear<T>];
  readonly output: Linear<T>;
}

/** The convolutional network with three layers split at a rank, as one that can be trained. */
export function splitNetwork(rank: number): Network<SplitConvolutional> & {
  /** The split of a trained network. */
  from(params: SmallConvolutional): SplitConvolutional;
} {
  const narrow = (stream: Parameters<typeof initConvolution>[0], inputs: number, outputs: number) =>
    [
      initConvolution(stream.split("narrow"), inputs, rank, [3, 3], { bias: false }),
      initConvolution(stream.split("wide"), rank, outputs, [1, 1]),
    ] as const;
  return {
    init: (stream) => ({
      conv1: initConvolution(stream.split("conv1"), 1, 16, [3, 3]),
      conv2: narrow(stream.split("conv2"), 16, 32),
      conv3: narrow(stream.split("conv3"), 32, 32),
      full: [
        initLinear(stream.split("narrow"), 1568, rank, { weight: heNormal, bias: false }),
        initLinear(stream.split("full"), rank, 64, { weight: heNormal }),
      ],
      output: initLinear(stream.split("output"), 64, 10, { weight: heNormal }),
    }),
    from: ({ conv1, conv2, conv3, full, output }) => ({
      conv1,
      conv2: splitConvolution(conv2, rank),
      conv3: splitConvolution(conv3, rank),
      full: splitLinear(full, rank),
      output,
    }),
    forward({ conv1, conv2, conv3, full, output }, x) {
      const one = convolution(conv1, x, { stride: 2, padding: 1 }).relu();
      const two = maxPool(convolution(conv2[1], convolution(conv2[0], one, { padding: 1 })).relu(), 2, {
        stride: 2,
      });
      const three = convolution(conv3[1], convolution(conv3[0], two, { padding: 1 })).relu();
      const flat = three.reshape([three.shape[0]!, 1568]);
      return linear(output, linear(full[1], linear(full[0], flat)).relu());
    },
  };
}

function splitConvolution({ kernel, bias }: Convolution<NdArray>, rank: number) {
  const [out, channels, height, width] = kernel.shape as [number, number, number, number];
  const inputs = channels * height * width;
  const { first, second } = lowRankFactors(
    ndArray("float64", [out, inputs], Float64Array.from(kernel.data as Float32Array)),
    rank,
  );
  return [
    { kernel: ndArray("float32", [rank, channels, height, width], Float32Array.from(first.data)) },
    {
      kernel: ndArray("float32", [out, rank, 1, 1], Float32Array.from(second.data)),
      ...(bias && { bias }),
    },
  ] as const;
}

function splitLinear({ weight, bias }: Linear<NdArray>, rank: number) {
  const [inputs, out] = weight.shape as [number, number];
  const { first, second } = lowRankFactors(
    ndArray("float64", [inputs, out], Float64Array.from(weight.data as Float32Array)),
    rank,
  );
  return [
    { weight: ndArray("float32", [inputs, rank], Float32Array.from(second.data)) },
    { weight: ndArray("float32", [rank, out], Float32Array.from(first.data)), ...(bias && { bias }) },
  ] as const;
}
