import { type NdArray, ndArray } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { flattenTree, writeSafetensors } from "../core/io/index.ts";
import {
  adamW,
  chain,
  clipByGlobalNorm,
  cosineSchedule,
  fit,
  type Traced,
  warmUp,
} from "../core/nn/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import { compile, type Tensor, toOnnx } from "../core/tensor/index.ts";
import type { TokenNetwork } from "./token-network.ts";
import { recomputingReader, streamingReader } from "./token-reader.ts";

export interface TokenModelOptions extends LongCallOptions {
  /** Tokens of a sequence in training; default the longest that the network takes. */
  readonly length?: number;
  /** Default 16. */
  readonly batchSize?: number;
  /** Default 1000. */
  readonly steps?: number;
  /** Largest rate of AdamW after a warm-up over 6 % of the steps, falling along a cosine to 2 %; default 0.002. */
  readonly learningRate?: number;
  /** Of everything but vectors; default 0.01. */
  readonly weightDecay?: number;
  /** Default `"next"`: each place is told by those before it; `"masked"`: a share of the places by all others. */
  readonly objective?: "next" | "masked";
  /** Share of places that are masked; default 0.15. */
  readonly maskedShare?: number;
  /** File that training is saved to and taken up from. */
  readonly checkpoint?: string;
  /** Passed on to `compile`. */
  readonly threads?: number;
}

/** A trained network with what it was trained for. */
export interface TokenModel<P> {
  readonly network: TokenNetwork<P>;
  readonly params: P;
  readonly losses: Float32Array;
  /** How well held-out tokens are told, over stretches that do not overlap. */
  evaluate(tokens: Int32Array, options?: LongCallOptions): Promise<TokenScore>;
  /** Continues a text of the causal objective, drawing from the softmax of logits / temperature (default 0.8). */
  generate(prompt: ArrayLike<number>, count: number, options?: GenerateOptions): Promise<Int32Array>;
  /** The network as an ONNX model from `tokens` int64 [batch, length] to `logits`. */
  toOnnx(batch: number, length: number): Uint8Array;
  /** Writes the weights as safetensors. */
  save(path: string, metadata?: Readonly<Record<string, string>>): Promise<void>;
}

export interface TokenScore {
  /** Mean of -log2 of the probability of a token that is told. */
  readonly bitsPerToken: number;
  /** Share of them that are the likeliest. */
  readonly accuracy: number;
}

export interface GenerateOptions extends LongCallOptions {
  readonly temperature?: number;
  /**
   * Default `"recompute"`: each token from the whole of its past, of which only the last `maxLength` tokens are seen;
   * `"stream"`: from the state after the token before, the same logits in a fraction of the time.
   */
  readonly mode?: "recompute" | "stream";
  /**
   * Lets prompt and continuation be longer than the network's sequences, all of them seen: filters are functions on
   * [0, 1] and are read at more points, so that they reach as far as the text. Default false.
   */
  readonly resample?: boolean;
}

const tokenModelOptions = [
  ...longCallOptions,
  ...["length", "batchSize", "steps", "learningRate", "weightDecay", "objective", "maskedShare"],
  ...["checkpoint", "threads"],
];

/**
 * Trains a network on a text of tokens, on stretches drawn at random: AdamW with betas 0.9 and 0.98, gradients clipped to
 * a norm of 1.
 *
 * @throws NumericalError with the step when the loss is not finite.
 */
export async function fitTokenModel<P>(
  network: TokenNetwork<P>,
  tokens: Int32Array,
  options: TokenModelOptions = {},
): Promise<TokenModel<P>> {
  requireKnownOptions("options", options, tokenModelOptions);
  const { vocabulary, maxLength } = network;
  const length = requireInteger("options.length", options.length ?? maxLength, 2, maxLength);
  const batchSize = requireInteger("options.batchSize", options.batchSize ?? 16, 1);
  const steps = requireInteger("options.steps", options.steps ?? 1000, 1);
  const rate = requireFinite("options.learningRate", options.learningRate ?? 2e-3, 0);
  const decay = requireFinite("options.weightDecay", options.weightDecay ?? 0.01, 0);
  const objective = requireOneOf("options.objective", options.objective ?? "next", ["next", "masked"]);
  const share = requireFinite("options.maskedShare", options.maskedShare ?? 0.15, 0.001, 0.999);
  requireTokens("tokens", tokens, vocabulary, length + 1);
  const { seed = 0, signal, onProgress, threads, checkpoint } = options;
  const warm = Math.max(1, Math.round(0.06 * steps));
  const told = objective === "next" ? undefined : share;
  const { params, losses } = await fit({
    params: network.params,
    data: (_, stream) => drawBatch(tokens, batchSize, length, vocabulary, told, stream),
    loss: (own, batch) => meanLoss(network.logits(own, batch.x), batch.y, batch.weight),
    optimiser: chain(
      clipByGlobalNorm(1),
      adamW({
        learningRate: warmUp(warm, cosineSchedule(rate, 0.02 * rate, Math.max(1, steps - warm))),
        beta2: 0.98,
        weightDecay: decay,
        decays: (param) => param.rank > 1,
      }),
    ),
    ...{ steps, seed },
    ...(checkpoint === undefined ? {} : { checkpoint: { path: checkpoint, every: 50 } }),
    ...(threads === undefined ? {} : { threads }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  return tokenModel(network, params, losses, { length, batchSize, told });
}

/** Stretches x, what is to be told at each place, y, and whether it is, weight: shares of one. */
interface TokenBatch {
  readonly x: NdArray;
  readonly y: NdArray;
  readonly weight: NdArray;
}

function drawBatch(
  tokens: Int32Array,
  batchSize: number,
  length: number,
  vocabulary: number,
  share: number | undefined,
  stream: RandomStream,
): TokenBatch {
  const starts = Int32Array.from({ length: batchSize }, () => stream.integer(tokens.length - length));
  return batchAt(tokens, starts, length, vocabulary, share, stream);
}

function batchAt(
  tokens: Int32Array,
  starts: Int32Array,
  length: number,
  vocabulary: number,
  share: number | undefined,
  stream: RandomStream,
): TokenBatch {
  const size = starts.length * length;
  const [x, y, weight] = [new BigInt64Array(size), new BigInt64Array(size), new Float32Array(size)];
  for (const [row, start] of starts.entries())
    for (let t = 0; t < length; t++) {
      const p = row * length + t;
      const here = tokens[start + t]!;
      if (share === undefined) {
        x[p] = BigInt(here);
        y[p] = BigInt(tokens[start + t + 1]!);
        weight[p] = 1;
      } else {
        const masked = stream.uniform() < share;
        x[p] = BigInt(masked ? vocabulary : here);
        y[p] = BigInt(here);
        weight[p] = masked ? 1 : 0;
      }
    }
  const total = weight.reduce((a, b) => a + b, 0);
  const shape = [starts.length, length];
  return {
    x: ndArray("int64", shape, x),
    y: ndArray("int64", shape, y),
    weight: ndArray("float32", shape, total === 0 ? weight : weight.map((value) => value / total)),
  };
}

/** Weighted sum of -log of the probabilities of the targets. */
function meanLoss(logits: Tensor, targets: Tensor, weight: Tensor): Tensor {
  const picked = targets.oneHot(logits.shape.at(-1)!, logits.dtype).mul(logits.logSoftmax()).sum(-1);
  return picked.mul(weight).sum().neg();
}

function tokenModel<P>(
  network: TokenNetwork<P>,
  params: P,
  losses: Float32Array,
  { length, batchSize, told }: { length: number; batchSize: number; told: number | undefined },
): TokenModel<P> {
  const { vocabulary, maxLength } = network;
  return {
    ...{ network, params, losses },
    async evaluate(tokens, options = {}) {
      requireKnownOptions("options", options, longCallOptions);
      requireTokens("tokens", tokens, vocabulary, length + 1);
      const score = compile((own: Traced<P>, x: Tensor, y: Tensor, weight: Tensor) => {
        const logits = network.logits(own, x);
        const hits = logits.argmax(-1).cast("int64").equal(y).cast("float32");
        return { loss: meanLoss(logits, y, weight), hits: hits.mul(weight).sum() };
      });
      const stretches = Math.floor((tokens.length - 1) / length);
      const batches = Math.max(1, Math.floor(stretches / batchSize));
      const rows = Math.min(batchSize, stretches);
      const stream = randomStream(options.seed ?? 0, "masked places");
      const pace = new Pace(options, batches);
      let [bits, hits] = [0, 0];
      try {
        for (let batch = 0; batch < batches; batch++) {
          const starts = Int32Array.from({ length: rows }, (_, row) => (batch * rows + row) * length);
          const { x, y, weight } = batchAt(tokens, starts, length, vocabulary, told, stream.split(batch));
          const found = await score(params as never, x, y, weight);
          bits += Number(found.loss.data[0]) / Math.LN2 / batches;
          hits += Number(found.hits.data[0]) / batches;
          if (pace.due()) await pace.rest(batch + 1);
        }
      } finally {
        await score.dispose();
      }
      pace.finish();
      return { bitsPerToken: bits, accuracy: hits };
    },
    async generate(prompt, count, options = {}) {
      requireKnownOptions("options", options, [...longCallOptions, "temperature", "mode", "resample"]);
      requireInteger("count", count, 0);
      if (told !== undefined) throw new InvalidInputError("model", "a masked model does not continue texts");
      const { resample = false } = options;
      const temperature = requireFinite("options.temperature", options.temperature ?? 0.8, 1e-3);
      const mode = requireOneOf("options.mode", options.mode ?? "recompute", ["recompute", "stream"]);
      const all = Array.from(prompt);
      requireTokens("prompt", Int32Array.from(all), vocabulary, 1);
      const own = resample && all.length + count > maxLength ? longer(network, all.length + count) : network;
      if (all.length > own.maxLength || (mode === "stream" && all.length + count > own.maxLength))
        throw new InvalidInputError(
          "prompt",
          `${all.length} tokens and ${count} more are too many for sequences of ${maxLength}: shorten it, or set resample`,
        );
      const stream = randomStream(options.seed ?? 0, "generate");
      const reader = mode === "stream" ? await streamingReader(own, params) : recomputingReader(own, params);
      const pace = new Pace(options, count);
      try {
        while (all.length < prompt.length + count) {
          all.push(drawFrom(await reader.next(all), temperature, stream));
          if (pace.due()) await pace.rest(all.length - prompt.length);
        }
      } finally {
        await reader.dispose();
      }
      pace.finish();
      return Int32Array.from(all.slice(prompt.length));
    },
    toOnnx(batch, steps) {
      requireInteger("batch", batch, 1);
      requireInteger("length", steps, 1, maxLength);
      const example = ndArray("int64", [batch, steps], new BigInt64Array(batch * steps));
      const traced = (x: Tensor) => ({ logits: network.logits(params as Traced<P>, x) });
      return toOnnx(traced, [example], { inputs: ["tokens"] });
    },
    async save(path, metadata = {}) {
      await writeSafetensors(path, flattenTree(params as never), metadata);
    },
  };
}

function longer<P>(network: TokenNetwork<P>, maxLength: number): TokenNetwork<P> {
  if (network.resampled === undefined)
    throw new InvalidInputError(
      "options.resample",
      `this network takes no more than ${network.maxLength} tokens`,
    );
  return network.resampled(maxLength);
}

function drawFrom(logits: Float32Array, temperature: number, stream: RandomStream): number {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (z) => Math.exp((z - largest) / temperature));
  let left = stream.uniform() * weights.reduce((a, b) => a + b);
  let next = 0;
  while (next < weights.length - 1 && left >= weights[next]!) left -= weights[next++]!;
  return next;
}

function requireTokens(argument: string, tokens: Int32Array, vocabulary: number, least: number): void {
  if (!(tokens instanceof Int32Array) || tokens.length < least)
    throw new InvalidInputError(
      argument,
      `expected an Int32Array of at least ${least} tokens, got ${show(tokens)}`,
    );
  const bad = tokens.findIndex((token) => token < 0 || token >= vocabulary);
  if (bad >= 0)
    throw new InvalidInputError(
      `${argument}[${bad}]`,
      `expected a token from 0 to ${vocabulary - 1}, got ${tokens[bad]}`,
    );
}
