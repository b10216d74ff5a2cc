import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError, requireInteger } from "../core/errors.ts";

/** Sequences of tokens 0, ..., vocabulary - 1 and the class of each sequence. */
export interface LabelledTokens {
  /** int32 [n, length]. */
  readonly tokens: NdArray<"int32">;
  readonly labels: Int32Array;
  readonly vocabulary: number;
  readonly classes: number;
}

/** Tokens int32 [n, length] as unit vectors, float32 [n, length, vocabulary], for layers that take channels. */
export function oneHotSequences(tokens: NdArray<"int32">, vocabulary: number): NdArray<"float32"> {
  requireInteger("vocabulary", vocabulary, 1);
  if (tokens?.dtype !== "int32" || tokens.shape?.length !== 2 || !(tokens.data instanceof Int32Array))
    throw new InvalidInputError("tokens", "expected an int32 array [n, length]");
  const [n, length] = tokens.shape as [number, number];
  if (n * length !== tokens.data.length || n * length === 0)
    throw new InvalidInputError(
      "tokens",
      `${tokens.data.length} elements do not fill the shape [${tokens.shape}]`,
    );
  const data = new Float32Array(n * length * vocabulary);
  for (const [i, token] of tokens.data.entries()) {
    if (token < 0 || token >= vocabulary)
      throw new InvalidInputError(
        `tokens.data[${i}]`,
        `expected a token from 0 to ${vocabulary - 1}, got ${token}`,
      );
    data[i * vocabulary + token] = 1;
  }
  return { dtype: "float32", shape: [n, length, vocabulary], data };
}
