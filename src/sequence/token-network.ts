import type { Traced } from "../core/nn/index.ts";
import type { Tensor } from "../core/tensor/index.ts";

/** A network from tokens to a score of every token at each place. */
export interface TokenNetwork<P> {
  /** Tokens are 0, ..., vocabulary - 1; the input may also hold `vocabulary`, for a token that is masked. */
  readonly vocabulary: number;
  /** Longest sequence that it takes. */
  readonly maxLength: number;
  readonly params: P;
  /** Traced: tokens int [n, length] to logits [n, length, vocabulary]. */
  logits(params: Traced<P>, tokens: Tensor): Tensor;
  /** The network token by token, where it can be computed so. */
  readonly stream?: TokenStream<P>;
  /** The network of the same parameters for sequences of another length, where it is made for that. */
  readonly resampled?: (maxLength: number) => TokenNetwork<P>;
}

/** A causal network as a recurrence over at most the longest sequence. */
export interface TokenStream<P> {
  /** Traced: a tree of what is the same at every token, such as kernels. */
  prepare(params: Traced<P>): unknown;
  /** Tree of arrays: the state before the first token. */
  readonly initial: unknown;
  /** Traced: a token int64 [1] to the logits [1, vocabulary] of the next one, and the state after it. */
  step(
    params: Traced<P>,
    prepared: unknown,
    state: unknown,
    token: Tensor,
  ): { readonly logits: Tensor; readonly state: unknown };
}
