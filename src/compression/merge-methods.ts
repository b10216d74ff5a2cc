import { requireFinite, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";
import { MagnitudeSelector, markRanks, type Threshold } from "./select-magnitude.ts";

/** What is added to a tensor of the base model, and what was kept of the changes. */
export interface Combined {
  readonly delta: Float32Array;
  /** Entries kept, over all models. */
  readonly kept: number;
  /** Largest entries removed, over all models. */
  readonly removedTop: number;
  /** Part of the entries kept by any model that are kept by two or more. */
  readonly overlap: number;
}

/** A way to combine what fine-tunings change, tensor by tensor. */
export interface MergeMethod {
  /** Looks at all changes of all tensors before the first is combined, as often as it likes. */
  prepare?(changes: ChangeSource): void | Promise<void>;
  /** Combines the changes of one tensor, of `size` numbers: one array a model, made as they are asked for. */
  combine(
    name: string,
    shape: readonly number[],
    size: number,
    changes: AsyncIterable<Float32Array>,
  ): Promise<Combined>;
}

/** Visits the changes of every tensor, in the order of names. */
export type ChangeSource = (
  visit: (name: string, changes: readonly Float32Array[]) => void,
) => void | Promise<void>;

export interface BreadcrumbsOptions {
  /** What the sum of the masked changes is scaled by; default 0.3. */
  readonly alpha?: number;
  /** Part of the entries that is kept; default 0.1. */
  readonly keep?: number;
  /** Part of the entries, the largest, that is dropped; default 0.01. */
  readonly removeTop?: number;
  /** Entries are ranked in a whole tensor (as in the paper), or in each of its rows; default `"layer"`. */
  readonly granularity?: "layer" | "row";
}

export const breadcrumbsOptions = ["alpha", "keep", "removeTop", "granularity"] as const;

interface Masking {
  readonly keep: number;
  readonly removeTop: number;
  readonly granularity: "layer" | "row";
}

export function maskingOf(options: BreadcrumbsOptions): Masking {
  const keep = requireFinite("options.keep", options.keep ?? 0.1, Number.MIN_VALUE, 1);
  const removeTop = requireFinite("options.removeTop", options.removeTop ?? 0.01, 0, 1);
  requireFinite("options.keep + options.removeTop", keep + removeTop, 0, 1 + 1e-12);
  return {
    keep,
    removeTop,
    granularity: requireOneOf("options.granularity", options.granularity ?? "layer", ["layer", "row"]),
  };
}

/** A part of a count, safe from products such as 0.29 x 100 = 28.999999999999996. */
export function partOf(count: number, part: number): number {
  return Math.floor(count * part + 1e-9);
}

/** Marks what is kept of the changes of one tensor; returns how many of the largest were dropped. */
export function markBreadcrumbs(
  change: Float32Array,
  shape: readonly number[],
  { keep, removeTop, granularity }: Masking,
  mask: Uint8Array,
): number {
  // A single number has no outliers.
  if (shape.length === 0) {
    mask.fill(1);
    return 0;
  }
  const length = granularity === "row" ? shape.at(-1)! : change.length;
  if (length === 0) return 0;
  const removed = partOf(length, removeTop);
  const kept = Math.min(length - removed, partOf(length, keep));
  for (let from = 0; from < change.length; from += length)
    markRanks(change.subarray(from, from + length), removed, kept, mask.subarray(from, from + length));
  return (removed * change.length) / length;
}

/** Model Breadcrumbs: of each change neither the largest entries nor the many small ones. */
export function breadcrumbs(options: BreadcrumbsOptions = {}): MergeMethod {
  requireKnownOptions("options", options, breadcrumbsOptions);
  const masking = maskingOf(options);
  const alpha = requireFinite("options.alpha", options.alpha ?? 0.3);
  return {
    async combine(_, shape, size, changes) {
      const delta = new Float32Array(size);
      const counts = new Uint8Array(size);
      const mask = new Uint8Array(size);
      let removedTop = 0;
      for await (const change of changes) {
        mask.fill(0);
        removedTop += markBreadcrumbs(change, shape, masking, mask);
        for (let i = 0; i < size; i++)
          if (mask[i] === 1) {
            delta[i]! += alpha * change[i]!;
            counts[i]!++;
          }
      }
      return { delta, removedTop, ...countsOf(counts) };
    },
  };
}

function countsOf(counts: Uint8Array): { kept: number; overlap: number } {
  let kept = 0;
  let changed = 0;
  let several = 0;
  for (const count of counts) {
    kept += count;
    if (count > 0) changed++;
    if (count > 1) several++;
  }
  return { kept, overlap: changed > 0 ? several / changed : 0 };
}

/** The sum of all changes, scaled. Ilharco et al., 2023, Editing models with task arithmetic. */
export function taskArithmetic(options: { readonly alpha?: number } = {}): MergeMethod {
  requireKnownOptions("options", options, ["alpha"]);
  const alpha = requireFinite("options.alpha", options.alpha ?? 0.3);
  return { combine: (_, __, size, changes) => scaledSum(size, changes, () => alpha) };
}

/** The mean of the models. */
export function averaging(): MergeMethod {
  return { combine: (_, __, size, changes) => scaledSum(size, changes, (models) => 1 / models) };
}

/** The sum of changes times a factor that their number decides. */
async function scaledSum(
  size: number,
  changes: AsyncIterable<Float32Array>,
  factor: (models: number) => number,
): Promise<Combined> {
  const delta = new Float32Array(size);
  let models = 0;
  for await (const change of changes) {
    models++;
    for (let i = 0; i < size; i++) delta[i]! += change[i]!;
  }
  const scale = factor(models);
  for (let i = 0; i < size; i++) delta[i]! *= scale;
  return { delta, kept: size * models, removedTop: 0, overlap: models > 1 ? 1 : 0 };
}

export interface TiesOptions {
  /** Default 1. */
  readonly alpha?: number;
  /** Part of all entries of a model that is kept; default 0.2. */
  readonly keep?: number;
}

/**
 * TIES: of each model the largest changes over all tensors together; of those of an entry, the mean of the ones that agree
 * with the sign of their sum. Sums of zero take the sign that most sums have.
 * Yadav et al., 2023, TIES-merging: resolving interference when merging models.
 */
export function ties(options: TiesOptions = {}): MergeMethod {
  requireKnownOptions("options", options, ["alpha", "keep"]);
  const alpha = requireFinite("options.alpha", options.alpha ?? 1);
  const keep = requireFinite("options.keep", options.keep ?? 0.2, Number.MIN_VALUE, 1);
  let masks: TieMasks | undefined;
  let majority = 1;
  return {
    async prepare(source) {
      const selectors: MagnitudeSelector[] = [];
      const selectorOf = (model: number) => {
        selectors[model] ??= new MagnitudeSelector();
        return selectors[model];
      };
      let entries = 0;
      await source((_, changes) => {
        entries += changes[0]?.length ?? 0;
        for (const [model, change] of changes.entries()) selectorOf(model).count(change);
      });
      const rank = partOf(entries, keep);
      for (const selector of selectors) selector.ask([Math.max(1, rank)]);
      await source((_, changes) => {
        for (const [model, change] of changes.entries()) selectorOf(model).refine(change);
      });
      masks = new TieMasks(selectors.map((selector) => (rank === 0 ? undefined : selector.thresholds()[0])));
      let signs = 0;
      await source((name, changes) => {
        const kept = masks!.of(name, changes);
        for (let i = 0; i < (changes[0]?.length ?? 0); i++) {
          let sum = 0;
          for (const [model, change] of changes.entries()) if (kept[model]![i] === 1) sum += change[i]!;
          signs += Math.sign(sum);
        }
      });
      majority = Math.sign(signs) || 1;
    },
    async combine(name, _, size, source) {
      const changes: Float32Array[] = [];
      for await (const change of source) changes.push(change);
      const kept = masks!.of(name, changes);
      const delta = new Float32Array(size);
      const counts = new Uint8Array(size);
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (const [model, change] of changes.entries()) if (kept[model]![i] === 1) sum += change[i]!;
        const sign = Math.sign(sum) || majority;
        let agreeing = 0;
        let total = 0;
        for (const [model, change] of changes.entries()) {
          if (kept[model]![i] !== 1) continue;
          counts[i]!++;
          if (Math.sign(change[i]!) !== sign) continue;
          total += change[i]!;
          agreeing++;
        }
        if (agreeing > 0) delta[i] = (alpha * total) / agreeing;
      }
      return { delta, removedTop: 0, ...countsOf(counts) };
    },
  };
}

/** Which entries of each model are kept. Ties at the threshold go to the tensors and entries that come first. */
class TieMasks {
  readonly #thresholds: readonly (Threshold | undefined)[];
  /** Ties that each tensor takes, noted when it is first seen. */
  readonly #taken = new Map<string, readonly number[]>();
  readonly #left: number[];

  constructor(thresholds: readonly (Threshold | undefined)[]) {
    this.#thresholds = thresholds;
    this.#left = thresholds.map((threshold) => threshold?.ties ?? 0);
  }

  of(name: string, changes: readonly Float32Array[]): Uint8Array[] {
    const known = this.#taken.get(name);
    const taken: number[] = [];
    const masks = changes.map((change, model) => {
      const mask = new Uint8Array(change.length);
      const threshold = this.#thresholds[model];
      if (threshold === undefined) return mask;
      let left = known?.[model] ?? this.#left[model]!;
      const before = left;
      const bits = new Uint32Array(change.buffer, change.byteOffset, change.length);
      for (let i = 0; i < bits.length; i++) {
        const word = bits[i]! & 0x7fffffff;
        if (word > threshold.bits || (word === threshold.bits && left-- > 0)) mask[i] = 1;
      }
      taken[model] = before - Math.max(0, left);
      if (known === undefined) this.#left[model] = Math.max(0, left);
      return mask;
    });
    if (known === undefined) this.#taken.set(name, taken);
    return masks;
  }
}

export interface DareOptions {
  /** Default 0.3. */
  readonly alpha?: number;
  /** Probability that an entry is dropped; default 0.9. */
  readonly drop?: number;
  /** Default 0. */
  readonly seed?: number | bigint;
}

/**
 * DARE: entries dropped at random, the others scaled up by 1 / (1 - drop), then added as in task arithmetic.
 * Yu et al., 2024, Language models are super Mario: absorbing abilities from homologous models as a free lunch.
 */
export function dare(options: DareOptions = {}): MergeMethod {
  requireKnownOptions("options", options, ["alpha", "drop", "seed"]);
  const alpha = requireFinite("options.alpha", options.alpha ?? 0.3);
  const drop = requireFinite("options.drop", options.drop ?? 0.9, 0, 1 - Number.EPSILON);
  const stream = randomStream(options.seed ?? 0, "dare");
  return {
    async combine(name, _, size, changes) {
      const delta = new Float32Array(size);
      const counts = new Uint8Array(size);
      const uniform = new Float32Array(size);
      let model = 0;
      for await (const change of changes) {
        stream.split(name, model++).fillUniform(uniform);
        for (let i = 0; i < size; i++)
          if (uniform[i]! >= drop) {
            delta[i]! += (alpha / (1 - drop)) * change[i]!;
            counts[i]!++;
          }
      }
      return { delta, removedTop: 0, ...countsOf(counts) };
    },
  };
}
