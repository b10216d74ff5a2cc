import type { MergedModel, TensorMap } from "ockham/compression";
import { defineTask } from "ockham/parallel";
import { randomStream } from "ockham/random";
import { mean } from "../compression-summary.ts";
import { type Labelled, type Network, perceptron, smallConvolutional } from "../fashion-networks.ts";
import { methods, type Setting, type Shares, settingsOf, settingText } from "./methods.ts";
import { type Counts, family, judgeOf, pictures, taskCount } from "./tasks.ts";

/** One base, its fine-tunings, and all their merges. */
export interface MergeTrial {
  /** Widths of a perceptron, or none for the convolutional network. */
  readonly widths?: readonly number[];
  readonly seed: number;
  readonly train: Labelled;
  readonly held: Labelled;
  readonly counts: Counts;
  /** Names of methods. */
  readonly methods: readonly string[];
  /** Numbers of tasks that are merged. */
  readonly sizes: readonly number[];
  /** Sets of tasks of each size: the first ones, then drawn. */
  readonly subsets: number;
  /** Sets of more than four tasks by which settings are chosen anew for their size; 0: not for such sizes. */
  readonly retuningSubsets: number;
  /** Sizes of the sets that settings are chosen by, once for all sizes. */
  readonly few: readonly number[];
}

/** Which sets of tasks the settings of a method were chosen by. */
export type Choice = "few tasks" | "four tasks" | "the first four tasks" | "every number anew";

export interface MergeScore {
  readonly method: string;
  readonly choice: Choice;
  readonly size: number;
  readonly setting: string;
  /** Mean over the sets of the size. */
  readonly accuracy: number;
}

export interface MergeOutcome {
  /** Accuracy on every task of the base, and of the network of its own. */
  readonly base: readonly number[];
  readonly own: readonly number[];
  /** Accuracy of the base over that of the own networks, by size. */
  readonly baseAt: readonly number[];
  readonly scores: readonly MergeScore[];
  /** All tasks merged with the settings that the bars are stated for: by method and setting. */
  readonly fixed: ReadonlyMap<string, number>;
  /** Largest difference between the entries kept of a change and the stated part of its size. */
  readonly exact: number;
}

const ownShares = { keep: 0.1, removeTop: 0.01 };

/** Settings whose outcome at eight tasks the bars are about. */
const fixedSettings: readonly (readonly [method: string, setting: Setting])[] = [
  ["Model Breadcrumbs", { alpha: 0.3, ...ownShares }],
  ["task arithmetic", { alpha: 0.3 }],
  ["Model Breadcrumbs", { alpha: 0.5, ...ownShares }],
  ["Model Breadcrumbs", { alpha: 0.5, keep: 0.1, removeTop: 0 }],
];

/** Name of an outcome with given settings. */
export const fixedKey = (method: string, setting: Setting): string => `${method}: ${settingText(setting)}`;

/** What a method adds to a base at scale 1, for any set of its fine-tunings. */
class Changes {
  readonly #base: TensorMap;
  readonly #tuned: readonly TensorMap[];
  readonly #seed: number;
  /** Of single tasks, for additive methods. */
  readonly #known = new Map<string, TensorMap>();
  exact = 0;

  constructor(base: TensorMap, tuned: readonly TensorMap[], seed: number) {
    this.#base = base;
    this.#tuned = tuned;
    this.#seed = seed;
  }

  async of(method: string, shares: Shares, tasks: readonly number[]): Promise<TensorMap> {
    const { additive, merge } = methods[method]!;
    if (!additive) {
      const some = tasks.map((task) => this.#tuned[task]!);
      return this.#added(await merge(this.#base, some, shares, this.#seed));
    }
    const parts: TensorMap[] = [];
    for (const task of tasks) {
      const key = `${method} ${JSON.stringify(shares)} ${task}`;
      let part = this.#known.get(key);
      if (part === undefined) {
        const merged = await merge(this.#base, [this.#tuned[task]!], shares, taskCount * this.#seed + task);
        if (shares.keep !== undefined) this.#check(merged, shares.keep);
        part = this.#added(merged);
        this.#known.set(key, part);
      }
      parts.push(part);
    }
    return combined(parts.map((part) => [part, 1]));
  }

  #added({ merged }: MergedModel): TensorMap {
    return combined([
      [merged, 1],
      [this.#base, -1],
    ]);
  }

  #check({ report }: MergedModel, keep: number): void {
    for (const { tensor, kept } of report) {
      const size = this.#base[tensor]!.data.length;
      this.exact = Math.max(this.exact, Math.abs(kept - Math.floor(size * keep + 1e-9)));
    }
  }
}

/** A sum of models, each times a number. */
function combined(parts: readonly (readonly [model: TensorMap, factor: number])[]): TensorMap {
  const [[first]] = parts as [readonly [TensorMap, number]];
  return Object.fromEntries(
    Object.entries(first).map(([name, { shape, data }]) => {
      const sum = new Float32Array(data.length);
      for (const [model, factor] of parts) {
        const own = model[name]!.data as Float32Array;
        for (let i = 0; i < sum.length; i++) sum[i]! += factor * own[i]!;
      }
      return [name, { dtype: "float32" as const, shape, data: sum }];
    }),
  );
}

/** The first tasks of each number, and others drawn; all tasks have one set only. */
function subsetsOf(count: number, seed: number, size: number): number[][] {
  const sets = [Array.from({ length: size }, (_, task) => task)];
  const stream = randomStream(seed, "subsets", size);
  const seen = new Set([String(sets[0])]);
  const most = size === 1 || size === taskCount - 1 ? taskCount : Number.POSITIVE_INFINITY;
  while (sets.length < Math.min(count, most) && size < taskCount) {
    const drawn = [...stream.permutation(taskCount)].slice(0, size).sort((a, b) => a - b);
    if (seen.has(String(drawn))) continue;
    seen.add(String(drawn));
    sets.push(drawn);
  }
  return sets;
}

/** Trains a base and its fine-tunings, merges sets of them by every method and setting, and judges the merges. */
export const mergeTrial = defineTask({
  name: "papers/breadcrumbs/merge-trial",
  module: import.meta.url,
  async run(trial: MergeTrial, { signal, progress }): Promise<MergeOutcome> {
    const network = (
      trial.widths === undefined ? smallConvolutional : perceptron(trial.widths)
    ) as Network<unknown>;
    const data = pictures(trial.train, trial.held, trial.counts);
    const { base, tuned } = await family(network, data, trial.seed, signal, (part) =>
      progress(0.3 * part, 1),
    );
    const judge = judgeOf(network);
    try {
      const own = { test: [] as number[], validation: [] as number[] };
      const ofBase = { test: [] as number[], validation: [] as number[] };
      for (const part of ["test", "validation"] as const)
        for (const [task, model] of tuned.entries()) {
          own[part].push(await judge.accuracy(model, data[part][task]!));
          ofBase[part].push(await judge.accuracy(base, data[part][task]!));
        }
      const changes = new Changes(base, tuned, trial.seed);
      const normalised = async (
        change: TensorMap,
        alpha: number,
        tasks: readonly number[],
        part: "test" | "validation",
      ): Promise<number> => {
        const model = combined([
          [base, 1],
          [change, alpha],
        ]);
        const values: number[] = [];
        for (const task of tasks)
          values.push((await judge.accuracy(model, data[part][task]!)) / own[part][task]!);
        return mean(values);
      };

      // Validation accuracy of every setting, for the first set of a size and over all its sets.
      const sizes = [...new Set([...trial.few, ...trial.sizes])].sort((a, b) => a - b);
      const tried = new Map<string, number>();
      const steps = sizes.length * trial.methods.length;
      let done = 0;
      for (const size of sizes) {
        const count = size <= 4 ? trial.subsets : Math.min(trial.subsets, trial.retuningSubsets);
        const sets = subsetsOf(trial.subsets, trial.seed, size).slice(0, count);
        for (const name of trial.methods) {
          const { shares, alphas } = methods[name]!;
          const sums = new Map<string, number>();
          for (const [i, tasks] of sets.entries())
            for (const share of shares) {
              const change = await changes.of(name, share, tasks);
              for (const alpha of alphas) {
                const key = `${name}|${settingText({ ...share, alpha })}|${size}`;
                const score = await normalised(change, alpha, tasks, "validation");
                if (i === 0) tried.set(`${key}|first`, score);
                sums.set(key, (sums.get(key) ?? 0) + score / sets.length);
              }
              await new Promise((resolve) => setImmediate(resolve));
              signal.throwIfAborted();
            }
          for (const [key, sum] of sums) tried.set(key, sum);
          progress(0.3 + (0.4 * ++done) / steps, 1);
        }
      }
      const best = (method: string, over: readonly number[], suffix = ""): Setting => {
        const scored = settingsOf(methods[method]!).map((setting) => {
          const scores = over.map((size) => tried.get(`${method}|${settingText(setting)}|${size}${suffix}`)!);
          return { setting, score: mean(scores) };
        });
        return scored.reduce((a, b) => (b.score > a.score ? b : a)).setting;
      };

      const scores: MergeScore[] = [];
      const baseAt: number[] = [];
      for (const [step, size] of trial.sizes.entries()) {
        const sets = subsetsOf(trial.subsets, trial.seed, size);
        baseAt.push(
          mean(sets.map((tasks) => mean(tasks.map((task) => ofBase.test[task]! / own.test[task]!)))),
        );
        for (const method of trial.methods) {
          const known = new Map<string, number>();
          const note = async (choice: Choice, setting: Setting) => {
            const text = settingText(setting);
            if (!known.has(text)) {
              const values: number[] = [];
              for (const tasks of sets) {
                const change = await changes.of(method, sharesOf(setting), tasks);
                values.push(await normalised(change, setting.alpha, tasks, "test"));
              }
              known.set(text, mean(values));
            }
            scores.push({ method, choice, size, setting: text, accuracy: known.get(text)! });
          };
          await note("few tasks", best(method, trial.few));
          if (size <= 4 || trial.retuningSubsets > 0) await note("every number anew", best(method, [size]));
          if (size === taskCount) {
            await note("four tasks", best(method, [4]));
            await note("the first four tasks", best(method, [4], "|first"));
          }
          await new Promise((resolve) => setImmediate(resolve));
          signal.throwIfAborted();
        }
        progress(0.7 + (0.3 * (step + 1)) / trial.sizes.length, 1);
      }
      const all = Array.from({ length: taskCount }, (_, task) => task);
      const fixed = new Map<string, number>();
      for (const [method, setting] of fixedSettings) {
        const change = await changes.of(method, sharesOf(setting), all);
        fixed.set(fixedKey(method, setting), await normalised(change, setting.alpha, all, "test"));
      }
      return { base: ofBase.test, own: own.test, baseAt, scores, fixed, exact: changes.exact };
    } finally {
      await judge.dispose();
    }
  },
});

function sharesOf({ alpha: _, ...shares }: Setting): Shares {
  return shares;
}
