import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, show } from "../core/errors.ts";
import {
  embedding,
  initEmbedding,
  initLinear,
  initNorm,
  type Linear,
  linear,
  type Norm,
} from "../core/nn/index.ts";
import { randomStream } from "../core/random/index.ts";
import { layerNorm, type Tensor, type TensorLike, toTensor } from "../core/tensor/index.ts";
import { initM2State, type M2Kernels, type M2State, m2BlockStep, m2Kernels } from "./m2-stream.ts";
import { initM2Block, type M2Block, type M2Options, m2Block } from "./monarch-mixer.ts";
import type { TokenNetwork, TokenStream } from "./token-network.ts";

export interface M2NetworkOptions extends M2Options {
  readonly vocabulary: number;
  /** Features of a token; default 128. */
  readonly width?: number;
  /** Number of blocks; default 4. */
  readonly layers?: number;
  readonly seed?: number | bigint;
}

/** Parameters of {@link m2Network}. */
export interface M2Network<T = TensorLike> {
  /** A vector for each token, and one for what is masked. */
  readonly tokens: T;
  readonly blocks: readonly M2Block<T>[];
  readonly norm: Norm<T>;
  readonly output: Linear<T>;
}

/**
 * A Monarch Mixer over tokens: no attention and no dense matrix between features but around the convolutions. Train it
 * with {@link fitTokenModel}; `causal: false` for masked tokens.
 */
export function m2Network(options: M2NetworkOptions): TokenNetwork<M2Network<NdArray>> {
  requireKnownOptions("options", options, [
    ...[
      "vocabulary",
      "width",
      "layers",
      "seed",
      "maxLength",
      "causal",
      "filterOrder",
      "residualConvolution",
      "blocks",
    ],
  ]);
  const vocabulary = requireInteger("options.vocabulary", options.vocabulary, 2);
  const width = requireInteger("options.width", options.width ?? 128, 1);
  const layers = requireInteger("options.layers", options.layers ?? 4, 1);
  const maxLength = requireInteger("options.maxLength", options.maxLength, 2, 1 << 20);
  requireInteger("options.filterOrder", options.filterOrder ?? 64, 1);
  const blocks = requireInteger("options.blocks", options.blocks ?? 4, 1);
  if (width % blocks !== 0)
    throw new InvalidInputError("options.blocks", `a width of ${width} does not split into ${blocks} blocks`);
  for (const name of ["causal", "residualConvolution"] as const)
    if (options[name] !== undefined && typeof options[name] !== "boolean")
      throw new InvalidInputError(`options.${name}`, `expected true or false, got ${show(options[name])}`);
  const stream = randomStream(options.seed ?? 0, "monarch mixer");
  const params: M2Network<NdArray> = {
    tokens: initEmbedding(stream.split("tokens"), vocabulary + 1, width),
    blocks: Array.from({ length: layers }, (_, i) => initM2Block(stream.split("block", i), width, options)),
    norm: initNorm(width),
    output: initLinear(stream.split("output"), width, vocabulary),
  };
  return networkOf(params, vocabulary, maxLength, options.causal ?? true);
}

function networkOf(
  params: M2Network<NdArray>,
  vocabulary: number,
  maxLength: number,
  causal: boolean,
): TokenNetwork<M2Network<NdArray>> {
  return {
    ...{ vocabulary, maxLength, params },
    logits(own, tokens) {
      if (tokens.rank !== 2 || tokens.shape[1]! > maxLength)
        throw new InvalidInputError(
          "tokens",
          `expected [n, length up to ${maxLength}], got [${tokens.shape}]`,
        );
      let x: Tensor = embedding(toTensor(own.tokens as Tensor), tokens);
      for (const block of own.blocks) x = m2Block(block as M2Block, x, { maxLength });
      return linear(own.output as Linear, layerNorm(x, own.norm as Norm));
    },
    ...(causal ? { stream: streamOf(params, maxLength) } : {}),
    resampled: (longest) =>
      networkOf(params, vocabulary, requireInteger("maxLength", longest, 2, 1 << 20), causal),
  };
}

function streamOf(params: M2Network<NdArray>, maxLength: number): TokenStream<M2Network<NdArray>> {
  return {
    prepare: (own) => own.blocks.map((block) => m2Kernels(block as M2Block, maxLength)),
    initial: params.blocks.map((block) => initM2State(block, maxLength)),
    step(own, kernels, before, token) {
      let x: Tensor = embedding(toTensor(own.tokens as Tensor), token);
      const state = own.blocks.map((block, i) => {
        const [fixed, past] = [(kernels as M2Kernels[])[i]!, (before as M2State[])[i]!];
        const next = m2BlockStep(block as M2Block, fixed, past, x);
        x = next.y;
        return next.state;
      });
      return { logits: linear(own.output as Linear, layerNorm(x, own.norm as Norm)), state };
    },
  };
}
