import type { NdArray } from "ockham/array";
import {
  embedding,
  initEmbedding,
  initLinear,
  initNorm,
  initTransformerBlock,
  type Linear,
  lecunNormal,
  linear,
  type Norm,
  type TransformerBlock,
  transformerBlock,
} from "ockham/nn";
import { randomStream } from "ockham/random";
import type { TokenNetwork } from "ockham/sequence";
import { layerNorm, type TensorLike, toTensor } from "ockham/tensor";

export interface TransformerOptions {
  readonly vocabulary: number;
  readonly maxLength: number;
  readonly causal: boolean;
  readonly seed: number;
  readonly width?: number;
  readonly layers?: number;
  /** Width between the two layers of the feed-forward part; default four times the width. */
  readonly hidden?: number;
}

interface Transformer<T = TensorLike> {
  readonly tokens: T;
  readonly blocks: readonly TransformerBlock<T>[];
  readonly norm: Norm<T>;
  readonly output: Linear<T>;
}

const heads = 4;

/** The baseline: pre-norm blocks of softmax attention with rotary positions, and dense layers. */
export function transformerNetwork(options: TransformerOptions): TokenNetwork<Transformer<NdArray>> {
  const { vocabulary, maxLength, causal, seed, width = 128, layers = 4, hidden = 4 * width } = options;
  const stream = randomStream(seed, "transformer");
  return {
    vocabulary,
    maxLength,
    params: {
      tokens: initEmbedding(stream.split("tokens"), vocabulary + 1, width),
      blocks: Array.from({ length: layers }, (_, i) =>
        initTransformerBlock(stream.split("block", i), width, { hidden, weight: lecunNormal }),
      ),
      norm: initNorm(width),
      output: initLinear(stream.split("output"), width, vocabulary),
    },
    logits(params, tokens) {
      let x = embedding(toTensor(params.tokens as TensorLike), tokens);
      for (const block of params.blocks)
        x = transformerBlock(block as TransformerBlock, x, { heads, causal, rotary: true });
      return linear(params.output as Linear, layerNorm(x, params.norm as Norm));
    },
  };
}
