import { ndArray } from "../core/array/index.ts";
import { InvalidInputError } from "../core/errors.ts";
import type { Traced } from "../core/nn/index.ts";
import { compile, type Tensor } from "../core/tensor/index.ts";
import type { TokenNetwork } from "./token-network.ts";

/** Reads a text that grows, and scores what may follow it. */
export interface TokenReader {
  /** Logits of the token after `text`, which must start with what was read before. */
  next(text: readonly number[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Computes every token from the whole of its past, of at most the longest sequence. */
export function recomputingReader<P>(network: TokenNetwork<P>, params: P): TokenReader {
  const { vocabulary, maxLength } = network;
  const forward = compile((own: Traced<P>, x: Tensor) => network.logits(own, x));
  return {
    async next(text) {
      const recent = text.slice(-maxLength);
      // What follows the last token is filled up: nothing before it looks there.
      const x = BigInt64Array.from({ length: maxLength }, (_, i) => BigInt(recent[i] ?? 0));
      const { data } = await forward(params as never, ndArray("int64", [1, maxLength], x));
      return (data as Float32Array).subarray((recent.length - 1) * vocabulary, recent.length * vocabulary);
    },
    dispose: () => forward.dispose(),
  };
}

/** Goes on from the state after what was read, in time of one token; texts of at most the longest sequence. */
export async function streamingReader<P>(network: TokenNetwork<P>, params: P): Promise<TokenReader> {
  const { stream, maxLength } = network;
  if (stream === undefined)
    throw new InvalidInputError(
      "options.mode",
      "this network does not go token by token: expected recompute",
    );
  const prepare = compile((own: Traced<P>) => stream.prepare(own) as never);
  const prepared = await prepare(params as never);
  await prepare.dispose();
  const step = compile((own: Traced<P>, fixed: unknown, state: unknown, token: Tensor) =>
    stream.step(own, fixed, state, token),
  );
  let state = stream.initial;
  let read = 0;
  let logits: Float32Array = new Float32Array(0);
  return {
    async next(text) {
      if (text.length > maxLength)
        throw new InvalidInputError(
          "text",
          `${text.length} tokens are more than the ${maxLength} of the network`,
        );
      for (; read < text.length; read++) {
        const token = ndArray("int64", [1], BigInt64Array.of(BigInt(text[read]!)));
        const found = await step(params as never, prepared as never, state as never, token);
        state = found.state;
        logits = found.logits.data as Float32Array;
      }
      return logits;
    },
    dispose: () => step.dispose(),
  };
}
