import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../errors.ts";
import { randomStream } from "../random/index.ts";

/** Positions of the samples of either part, ascending. */
export interface Split {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

export interface SplitOptions {
  /** Seed of the draw; default 0. */
  readonly seed?: number | bigint;
}

/**
 * Random split in which `trainFraction` of all samples are for training; at least one on either side. O(n).
 */
export function randomSplit(samples: number, trainFraction: number, options: SplitOptions = {}): Split {
  requireInteger("samples", samples, 2);
  requireFinite("trainFraction", trainFraction, 0, 1);
  requireKnownOptions("options", options, ["seed"]);
  const order = randomStream(options.seed ?? 0, "split").permutation(samples);
  const count = Math.min(samples - 1, Math.max(1, Math.round(trainFraction * samples)));
  return { train: order.slice(0, count).sort(), test: order.slice(count).sort() };
}

/**
 * Random split that keeps the shares of the classes: every class gives `trainFraction` of its samples, rounded
 * so that the total fits (largest remainders). A class of at least two samples is on both sides. Samples with
 * a negative label belong to neither side.
 */
export function stratifiedSplit(
  labels: ArrayLike<number>,
  trainFraction: number,
  options: SplitOptions = {},
): Split {
  requireFinite("trainFraction", trainFraction, 0, 1);
  requireKnownOptions("options", options, ["seed"]);
  const members = new Map<number, number[]>();
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = requireInteger(`labels[${i}]`, labels[i]);
    if (label < 0) continue;
    const list = members.get(label);
    if (list === undefined) members.set(label, [i]);
    else list.push(i);
    total++;
  }
  if (total < 2) throw new InvalidInputError("labels", `expected at least 2 labelled samples, got ${total}`);
  const classes = [...members.keys()].sort((a, b) => a - b);
  const quotas = classes.map((label) => trainFraction * members.get(label)!.length);
  const counts = quotas.map(Math.floor);
  const missing = Math.round(trainFraction * total) - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = classes
    .map((_, k) => k)
    .sort((a, b) => quotas[b]! - counts[b]! - (quotas[a]! - counts[a]!) || a - b);
  for (const k of byRemainder.slice(0, Math.max(0, missing))) counts[k]!++;
  const random = randomStream(options.seed ?? 0, "stratified-split");
  const train: number[] = [];
  const test: number[] = [];
  for (const [k, label] of classes.entries()) {
    const list = members.get(label)!;
    const most = list.length > 1 ? list.length - 1 : list.length;
    const count = Math.min(most, Math.max(list.length > 1 ? 1 : 0, counts[k]!));
    const shuffled = random.split(label).shuffle([...list]);
    train.push(...shuffled.slice(0, count));
    test.push(...shuffled.slice(count));
  }
  return { train: Int32Array.from(train).sort(), test: Int32Array.from(test).sort() };
}
