import { type NdArray, ndArray } from "ockham/array";
import { formatOnnxModel, type OnnxModel, parseOnnxModel } from "ockham/compression";
import { loadMobyDick } from "ockham/data";
import {
  adamW,
  cosineSchedule,
  crossEntropy,
  embedding,
  fit,
  initEmbedding,
  initLinear,
  initNorm,
  type Linear,
  linear,
  type Norm,
  normalInitialiser,
  warmUp,
} from "ockham/nn";
import type { Run } from "ockham/paper";
import { randomStream } from "ockham/random";
import {
  attention,
  gelu,
  layerNorm,
  openOnnx,
  type Tensor,
  type TensorLike,
  toOnnx,
  toTensor,
} from "ockham/tensor";
import { cachedNetwork } from "./cached-network.ts";

/** A causal transformer over characters, with every projection a matrix of its own. */
interface CharacterModel<T = TensorLike> {
  readonly characters: T;
  readonly positions: T;
  readonly blocks: readonly Block<T>[];
  readonly norm: Norm<T>;
  readonly output: Linear<T>;
}

interface Block<T = TensorLike> {
  readonly attentionNorm: Norm<T>;
  readonly query: Linear<T>;
  readonly key: Linear<T>;
  readonly value: Linear<T>;
  readonly mix: Linear<T>;
  readonly feedForwardNorm: Norm<T>;
  readonly expand: Linear<T>;
  readonly contract: Linear<T>;
}

export const context = 96;
const [width, hidden, layers, heads] = [128, 512, 2, 4];
const batchSize = 16;
const steps = 2000;

/** The novel as numbers of characters: nine tenths to train on, the last to test. */
export interface Novel {
  readonly alphabet: readonly string[];
  readonly train: BigInt64Array;
  readonly test: BigInt64Array;
}

export async function novel(call: ReturnType<Run["stage"]>): Promise<Novel> {
  const text = await loadMobyDick(call);
  const alphabet = [...new Set(text)].sort();
  const codes = codesOf(text, alphabet);
  const cut = Math.floor(0.9 * codes.length);
  return { alphabet, train: codes.subarray(0, cut), test: codes.subarray(cut) };
}

/** A text in an alphabet; characters outside it become spaces. */
export function codesOf(text: string, alphabet: readonly string[]): BigInt64Array {
  const places = new Map(alphabet.map((character, i) => [character, BigInt(i)]));
  const space = places.get(" ")!;
  return BigInt64Array.from([...text], (character) => places.get(character) ?? space);
}

function initModel(vocabulary: number): CharacterModel<NdArray> {
  const stream = randomStream(0, "character-model");
  const weight = normalInitialiser(0.05);
  return {
    characters: initEmbedding(stream.split("characters"), vocabulary, width, weight),
    positions: initEmbedding(stream.split("positions"), context, width, weight),
    blocks: Array.from({ length: layers }, (_, i) => {
      const own = stream.split("block", i);
      const square = (name: string) => initLinear(own.split(name), width, width, { weight });
      return {
        attentionNorm: initNorm(width),
        query: square("query"),
        key: square("key"),
        value: square("value"),
        mix: square("mix"),
        feedForwardNorm: initNorm(width),
        expand: initLinear(own.split("expand"), width, hidden, { weight }),
        contract: initLinear(own.split("contract"), hidden, width, { weight }),
      };
    }),
    norm: initNorm(width),
    output: initLinear(stream.split("output"), width, vocabulary, { weight }),
  };
}

/** Characters int64 [N, T] to scores of the next ones [N, T, vocabulary]. */
function forward(params: CharacterModel, text: Tensor): Tensor {
  const [batch, length] = text.shape as [number, number];
  const split = (x: Tensor) => x.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]);
  let x = embedding(toTensor(params.characters), text).add(params.positions);
  for (const block of params.blocks) {
    const inner = layerNorm(x, block.attentionNorm);
    const mixed = attention(
      split(linear(block.query, inner)),
      split(linear(block.key, inner)),
      split(linear(block.value, inner)),
      { causal: true },
    );
    x = x.add(linear(block.mix, mixed.transpose([0, 2, 1, 3]).reshape([batch, length, width])));
    x = x.add(linear(block.contract, gelu(linear(block.expand, layerNorm(x, block.feedForwardNorm)))));
  }
  return linear(params.output, layerNorm(x, params.norm));
}

/**
 * A transformer of two blocks trained on nine tenths of Moby Dick, on first use in some minutes, the same for every
 * paper. Gives it as an ONNX model for `batch` texts of 96 characters: `text` int64 [batch, 96] to `output`.
 */
export async function characterModel(
  { alphabet, train }: Novel,
  call: ReturnType<Run["stage"]>,
): Promise<(batch: number) => OnnxModel> {
  const initial = initModel(alphabet.length);
  const params = await cachedNetwork("character-model-1", initial, async () => {
    const rate = 2e-3;
    const rise = 50;
    const result = await fit({
      params: initial,
      data: (_, stream) => {
        const starts = Array.from({ length: batchSize }, () => stream.integer(train.length - context));
        return { x: windows(train, starts, 0), y: windows(train, starts, 1) };
      },
      loss: (params, { x, y }) => crossEntropy(forward(params as CharacterModel, x), y),
      optimiser: adamW({
        learningRate: warmUp(rise, cosineSchedule(rate, 0.05 * rate, steps - rise)),
        weightDecay: 0.01,
      }),
      steps,
      ...call,
    });
    return result.params;
  });
  return (batch) => {
    const example = ndArray("int64", [batch, context], new BigInt64Array(batch * context));
    return parseOnnxModel(
      toOnnx((params: CharacterModel, text: Tensor) => forward(params, text), [params, example], {
        inputs: ["params", "text"],
        stored: ["params"],
      }),
    );
  };
}

/** Windows of a text that start at the given places, moved by some characters. */
export function windows(text: BigInt64Array, starts: readonly number[], shift: number): NdArray<"int64"> {
  const data = new BigInt64Array(starts.length * context);
  for (const [i, start] of starts.entries())
    data.set(text.subarray(start + shift, start + shift + context), i * context);
  return ndArray("int64", [starts.length, context], data);
}

/** Perplexity of a model for `batch` texts over windows spread evenly over a text. */
export async function perplexityOf(
  model: OnnxModel,
  batch: number,
  text: BigInt64Array,
  count: number,
  signal: AbortSignal,
): Promise<number> {
  const session = await openOnnx(formatOnnxModel(model), { threads: 2 });
  const starts = Array.from({ length: count }, (_, i) =>
    Math.floor((i * (text.length - context - 1)) / Math.max(1, count - 1)),
  );
  let loss = 0;
  let places = 0;
  try {
    for (let from = 0; from < count; from += batch) {
      signal.throwIfAborted();
      const own = starts.slice(from, from + batch);
      const { output } = await session.run({ text: windows(text, own, 0) });
      const targets = windows(text, own, 1).data;
      const scores = output!.data as Float32Array;
      const vocabulary = output!.shape[2]!;
      for (const [i, target] of targets.entries()) {
        let sum = 0;
        const row = scores.subarray(i * vocabulary, (i + 1) * vocabulary);
        const most = row.reduce((a, b) => Math.max(a, b));
        for (const score of row) sum += Math.exp(score - most);
        loss += Math.log(sum) + most - row[Number(target)]!;
        places++;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    await session.release();
  }
  return Math.exp(loss / places);
}
