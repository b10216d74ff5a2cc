import type { NdArray } from "../core/array/index.ts";
import { requireInteger, requireKnownOptions } from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";
import type { LabelledTokens } from "./labelled-sequences.ts";

export interface SelectiveCopyingOptions {
  readonly count: number;
  /** Places among which the tokens to copy are scattered. */
  readonly length: number;
  /** Tokens to copy; default 8. */
  readonly copies?: number;
  /** Different tokens that are copied; default 8. */
  readonly symbols?: number;
  readonly seed?: number | bigint;
}

/**
 * Sequences of `length` places, noise (token 0) but for `copies` of them, then as many marks (token symbols + 1): the
 * targets int32 [n, copies] are the tokens 1, ..., symbols in order of their appearance, to be said at the marks.
 *
 * Reference: Gu and Dao, "Mamba", 2023; after the copying task of Arjovsky et al. 2016.
 */
export function selectiveCopying(options: SelectiveCopyingOptions): {
  readonly tokens: NdArray<"int32">;
  readonly targets: NdArray<"int32">;
  readonly vocabulary: number;
} {
  requireKnownOptions("options", options, ["count", "length", "copies", "symbols", "seed"]);
  const count = requireInteger("options.count", options.count, 1, 10_000_000);
  const copies = requireInteger("options.copies", options.copies ?? 8, 1);
  const length = requireInteger("options.length", options.length, copies);
  const symbols = requireInteger("options.symbols", options.symbols ?? 8, 1);
  const stream = randomStream(options.seed ?? 0, "selective copying");
  const width = length + copies;
  const tokens = new Int32Array(count * width);
  const targets = new Int32Array(count * copies);
  for (let i = 0; i < count; i++) {
    const draws = stream.split(i);
    const places = draws.subset(length, copies).sort();
    for (let k = 0; k < copies; k++) {
      const symbol = 1 + draws.integer(symbols);
      tokens[i * width + places[k]!] = symbol;
      targets[i * copies + k] = symbol;
    }
    tokens.fill(symbols + 1, i * width + length, (i + 1) * width);
  }
  return {
    tokens: { dtype: "int32", shape: [count, width], data: tokens },
    targets: { dtype: "int32", shape: [count, copies], data: targets },
    vocabulary: symbols + 2,
  };
}

export interface AssociativeRecallOptions {
  readonly count: number;
  /** Pairs of a key and its value in each sequence. */
  readonly pairs: number;
  /** Different keys, of which `pairs` appear; default `pairs`. */
  readonly keys?: number;
  /** Different values: the classes; default 8. */
  readonly values?: number;
  readonly seed?: number | bigint;
}

/**
 * Pairs of a key and a value, then one of the keys again: the class is its value. Tokens are the keys, then the values;
 * sequences are 2 pairs + 1 long.
 *
 * Reference: Ba et al. 2016; Fu et al., "Hungry Hungry Hippos", 2023.
 */
export function associativeRecall(options: AssociativeRecallOptions): LabelledTokens {
  requireKnownOptions("options", options, ["count", "pairs", "keys", "values", "seed"]);
  const count = requireInteger("options.count", options.count, 1, 10_000_000);
  const pairs = requireInteger("options.pairs", options.pairs, 1);
  const keys = requireInteger("options.keys", options.keys ?? pairs, pairs);
  const values = requireInteger("options.values", options.values ?? 8, 2);
  const stream = randomStream(options.seed ?? 0, "associative recall");
  const width = 2 * pairs + 1;
  const tokens = new Int32Array(count * width);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const draws = stream.split(i);
    const order = draws.permutation(keys);
    const asked = draws.integer(pairs);
    for (let k = 0; k < pairs; k++) {
      const value = draws.integer(values);
      tokens[i * width + 2 * k] = order[k]!;
      tokens[i * width + 2 * k + 1] = keys + value;
      if (k === asked) labels[i] = value;
    }
    tokens[(i + 1) * width - 1] = order[asked]!;
  }
  return {
    tokens: { dtype: "int32", shape: [count, width], data: tokens },
    ...{ labels, vocabulary: keys + values, classes: values },
  };
}
