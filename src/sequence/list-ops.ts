import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import type { LabelledTokens } from "./labelled-sequences.ts";

export interface ListOpsOptions {
  /** Number of sequences. */
  readonly count: number;
  /** Tokens of a sequence; default 50 to 200. Shorter ones are padded to the longest allowed. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Nested lists, default at most 10, of at most 10 arguments each. */
  readonly maxDepth?: number;
  readonly maxArguments?: number;
  readonly seed?: number | bigint;
}

/** Tokens by number: ten digits, four operators that open a list, the end of a list, padding. */
export const listOpsTokens = [
  ...Array.from({ length: 10 }, (_, digit) => String(digit)),
  ...["[MAX", "[MIN", "[MED", "[SM", "]", "PAD"],
] as const;

const [maximum, minimum, median, sumModulo, close, padding] = [10, 11, 12, 13, 14, 15];

/** An operator with its arguments, or a digit. */
type Expression = number | { readonly operator: number; readonly items: readonly Expression[] };

/**
 * Nested lists of digits under the operators maximum, minimum, median and sum modulo 10, each with its value as the
 * class: `[MAX 2 9 [MIN 4 7 ] 0 ]` is 9. The median of an even number of values is the floor of the mean of the two in
 * the middle. Every class is drawn equally often, up to one sequence.
 *
 * Reference: Nangia and Bowman 2018; Tay et al., "Long Range Arena", 2021.
 */
export function listOps(options: ListOpsOptions): LabelledTokens {
  requireKnownOptions("options", options, [
    ...["count", "minLength", "maxLength", "maxDepth", "maxArguments", "seed"],
  ]);
  const count = requireInteger("options.count", options.count, 1, 10_000_000);
  const shortest = requireInteger("options.minLength", options.minLength ?? 50, 4);
  const longest = requireInteger("options.maxLength", options.maxLength ?? Math.max(200, shortest), shortest);
  const depth = requireInteger("options.maxDepth", options.maxDepth ?? 10, 1, 100);
  const most = requireInteger("options.maxArguments", options.maxArguments ?? 10, 2, 100);
  const stream = randomStream(options.seed ?? 0, "list operations");
  const tokens = new Int32Array(count * longest).fill(padding);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    // The class is fixed first: the values of random expressions lean to 0 and 9.
    const wanted = i % 10;
    const draws = stream.split(i);
    let found = false;
    for (let trial = 0; trial < 100_000 && !found; trial++) {
      const expression = draw(draws, depth, most, longest);
      const written: number[] = [];
      write(expression, written);
      if (written.length < shortest || written.length > longest || valueOfList(expression) !== wanted)
        continue;
      tokens.set(written, i * longest);
      labels[i] = wanted;
      found = true;
    }
    if (!found)
      throw new InvalidInputError(
        "options.minLength",
        `no list of ${shortest} to ${longest} tokens was found in depth ${depth}`,
      );
  }
  return {
    tokens: { dtype: "int32", shape: [count, longest], data: tokens },
    ...{ labels, vocabulary: listOpsTokens.length, classes: 10 },
  };
}

/** A list of two arguments or more, each a digit or, less often the deeper it lies, a list. */
function draw(stream: RandomStream, depth: number, most: number, room: number): Expression {
  const items: Expression[] = [];
  const length = 2 + stream.integer(most - 1);
  for (let i = 0; i < length; i++)
    items.push(
      depth > 1 && room > 8 && stream.uniform() < 0.25
        ? draw(stream, depth - 1, most, room / length)
        : stream.integer(10),
    );
  return { operator: maximum + stream.integer(4), items };
}

function write(expression: Expression, tokens: number[]): void {
  if (typeof expression === "number") {
    tokens.push(expression);
    return;
  }
  tokens.push(expression.operator);
  for (const item of expression.items) write(item, tokens);
  tokens.push(close);
}

function valueOfList(expression: Expression): number {
  if (typeof expression === "number") return expression;
  const values = expression.items.map(valueOfList).sort((a, b) => a - b);
  const middle = values.length >> 1;
  switch (expression.operator) {
    case maximum:
      return values.at(-1)!;
    case minimum:
      return values[0]!;
    case median:
      return values.length % 2 === 1
        ? values[middle]!
        : Math.floor((values[middle - 1]! + values[middle]!) / 2);
    case sumModulo:
      return values.reduce((a, b) => a + b) % 10;
    default:
      throw new InvalidInputError("expression", `unknown operator ${expression.operator}`);
  }
}

/**
 * The value of a sequence of {@link listOps} tokens, padding at the end left out.
 *
 * @throws InvalidInputError for what is no list.
 */
export function evaluateListOps(tokens: ArrayLike<number>): number {
  const stack: { operator: number; items: Expression[] }[] = [];
  let end = tokens.length;
  while (end > 0 && tokens[end - 1] === padding) end--;
  for (let i = 0; i < end; i++) {
    const token = requireInteger(`tokens[${i}]`, tokens[i], 0, close);
    if (token >= maximum && token < close) {
      stack.push({ operator: token, items: [] });
      continue;
    }
    let item: Expression = token;
    if (token === close) {
      const list = stack.pop();
      if (list === undefined || list.items.length === 0)
        throw new InvalidInputError(`tokens[${i}]`, "closes no list of arguments");
      item = list;
    }
    const outer = stack.at(-1);
    if (outer !== undefined) outer.items.push(item);
    else if (i === end - 1 && typeof item !== "number") return valueOfList(item);
    else throw new InvalidInputError(`tokens[${i}]`, "lies outside of the list");
  }
  throw new InvalidInputError("tokens", "expected one list that is closed");
}
