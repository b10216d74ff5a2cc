import type { TensorMap } from "ockham/compression";
import type { Figure, Run, Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { mean } from "../compression-summary.ts";
import type { Network } from "../fashion-networks.ts";
import { methods, type Setting, settingText } from "./methods.ts";
import { type Family, family, type Judge, judgeOf, type Pictures, taskCount } from "./tasks.ts";

export interface Plan {
  readonly id: string;
  readonly title: string;
  readonly sizes: readonly number[];
  /** Sets of tasks of each size: the first ones, then drawn. */
  readonly subsets: number;
  readonly methods: readonly string[];
}

/** Normalised accuracies over seeds: by method, number of tasks, and which settings. */
export interface MergingOutcome {
  /** With the settings chosen on four tasks. */
  frozen(method: string, size: number): readonly number[];
  /** With the settings that are best for this very number of tasks, judged on the test pictures. */
  retuned(method: string, size: number): readonly number[];
  /** Of the first tasks with given settings. */
  fixed(method: string, size: number, setting: Setting): readonly number[];
  readonly exact: number;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
}

/** Settings whose outcome at eight tasks the bars are about. */
const fixedSettings: readonly (readonly [method: string, setting: Setting])[] = [
  ["Model Breadcrumbs", { alpha: 0.3, keep: 0.1, removeTop: 0.01 }],
  ["task arithmetic", { alpha: 0.3 }],
  ["Model Breadcrumbs", { alpha: 0.5, keep: 0.1, removeTop: 0.01 }],
  ["Model Breadcrumbs", { alpha: 0.5, keep: 0.1, removeTop: 0 }],
];

class Scores {
  readonly #values = new Map<string, number[]>();
  note(value: number, ...key: readonly (string | number)[]): void {
    const text = key.join("|");
    this.#values.set(text, [...(this.#values.get(text) ?? []), value]);
  }
  of(...key: readonly (string | number)[]): readonly number[] {
    return this.#values.get(key.join("|")) ?? [];
  }
}

/** Fine-tunings of one base merged by every method, for growing numbers of tasks. */
export async function compareMerging<P>(
  run: Run,
  network: Network<P>,
  data: Pictures,
  plan: Plan,
  from: number,
  to: number,
): Promise<MergingOutcome> {
  const record = new Scores();
  const chosen = new Map<string, string[]>();
  let exact = 0;
  const judge = judgeOf(network);
  try {
    for (const [i, seed] of run.seeds.entries()) {
      const at = (part: number) => from + ((to - from) * (i + part)) / run.seeds.length;
      const models = await family(network, data, seed, (part) =>
        run.stage("fine-tuning", at(0.5 * part), at(0.5 * part + 0.05)),
      );
      const found = await judged(run, judge, models, data, plan, seed, record, (part) =>
        run.progress(at(0.5 + 0.5 * part), 1, "merging"),
      );
      for (const [method, text] of found.chosen) chosen.set(method, [...(chosen.get(method) ?? []), text]);
      exact = Math.max(exact, found.exact);
    }
  } finally {
    await judge.dispose();
  }
  return {
    frozen: (method, size) => record.of("frozen", method, size),
    retuned: (method, size) => record.of("retuned", method, size),
    fixed: (method, size, setting) => record.of("fixed", method, size, settingText(setting)),
    exact,
    tables: [curveTable(plan, record, chosen)],
    figures: curveFigures(plan, record),
  };
}

async function judged(
  run: Run,
  judge: Judge,
  { base, tuned }: Family,
  data: Pictures,
  plan: Plan,
  seed: number,
  record: Scores,
  progress: (part: number) => void,
): Promise<{ chosen: Map<string, string>; exact: number }> {
  const own = { test: [] as number[], validation: [] as number[] };
  for (const [task, model] of tuned.entries()) {
    own.test.push(await judge.accuracy(model, data.test[task]!));
    own.validation.push(await judge.accuracy(model, data.validation[task]!));
    record.note(await judge.accuracy(base, data.test[task]!), "base");
    record.note(own.test[task]!, "tuned");
  }
  const normalised = async (merged: TensorMap, tasks: readonly number[], part: "test" | "validation") => {
    const values: number[] = [];
    for (const task of tasks)
      values.push((await judge.accuracy(merged, data[part][task]!)) / own[part][task]!);
    await new Promise((resolve) => setImmediate(resolve));
    run.signal.throwIfAborted();
    return mean(values);
  };
  const merge = async (method: string, tasks: readonly number[], setting: Setting) =>
    methods[method]!.merge(
      base,
      tasks.map((task) => tuned[task]!),
      setting,
      seed,
    );
  const subsets = subsetsOf(plan, seed);
  const baseline = async (tasks: readonly number[]) => normalised(base, tasks, "test");

  // Settings are chosen once, on four tasks and pictures apart, and kept for every other number.
  const frozen = new Map<string, Setting>();
  const four = subsetsOf({ subsets: 3 }, seed)(4);
  for (const name of plan.methods) {
    const { grid } = methods[name]!;
    let best: { setting: Setting; score: number } | undefined;
    for (const setting of grid) {
      const scores: number[] = [];
      for (const tasks of four)
        scores.push(await normalised((await merge(name, tasks, setting)).merged, tasks, "validation"));
      const score = mean(scores);
      if (best === undefined || score > best.score) best = { setting, score };
    }
    frozen.set(name, best!.setting);
    progress((0.4 * frozen.size) / plan.methods.length);
  }
  for (const [step, size] of plan.sizes.entries()) {
    const sets = subsets(size);
    record.note(mean(await Promise.all(sets.slice(0, 1).map(baseline))), "base", size);
    for (const name of plan.methods) {
      const { grid } = methods[name]!;
      const scores: number[] = [];
      for (const tasks of sets)
        scores.push(await normalised((await merge(name, tasks, frozen.get(name)!)).merged, tasks, "test"));
      record.note(mean(scores), "frozen", name, size);
      // The optimum that retuning at every size could reach, on the first set.
      let best = 0;
      const alone = grid.filter(
        ({ keep, removeTop }) => keep === frozen.get(name)!.keep && removeTop === frozen.get(name)!.removeTop,
      );
      for (const setting of alone)
        best = Math.max(
          best,
          await normalised((await merge(name, sets[0]!, setting)).merged, sets[0]!, "test"),
        );
      record.note(best, "retuned", name, size);
    }
    progress(0.4 + (0.6 * (step + 1)) / plan.sizes.length);
  }
  const all = Array.from({ length: taskCount }, (_, task) => task);
  let exact = 0;
  for (const [name, setting] of fixedSettings) {
    const { merged, report } = await merge(name, all, setting);
    record.note(await normalised(merged, all, "test"), "fixed", name, taskCount, settingText(setting));
    if (setting.keep === undefined) continue;
    for (const { tensor, kept } of report) {
      const size = base[tensor]!.data.length;
      exact = Math.max(exact, Math.abs(kept - taskCount * Math.floor(size * setting.keep + 1e-9)));
    }
  }
  return { chosen: new Map([...frozen].map(([name, setting]) => [name, settingText(setting)])), exact };
}

/** The first tasks of each number, and others drawn; all tasks have one set only. */
function subsetsOf({ subsets }: Pick<Plan, "subsets">, seed: number): (size: number) => number[][] {
  return (size) => {
    const sets = [Array.from({ length: size }, (_, task) => task)];
    const stream = randomStream(seed, "subsets", size);
    while (sets.length < subsets && size < taskCount)
      sets.push([...stream.permutation(taskCount)].slice(0, size).sort((a, b) => a - b));
    return sets;
  };
}

function curveTable(plan: Plan, record: Scores, chosen: ReadonlyMap<string, readonly string[]>): Table {
  return {
    id: `${plan.id}-tasks`,
    title: `${plan.title}: accuracy over that of each task's own network, mean over seeds (own networks ${mean(record.of("tuned")).toFixed(3)}, base ${mean(record.of("base")).toFixed(3)})`,
    columns: [
      { name: "method" },
      { name: "settings, chosen on 4 tasks" },
      ...plan.sizes.flatMap((size) => [
        { name: `${size} tasks`, digits: 4 },
        { name: `${size}, retuned`, digits: 4 },
      ]),
    ],
    rows: [
      ...plan.methods.map((name) => [
        name,
        [...new Set(chosen.get(name))].join(" / "),
        ...plan.sizes.flatMap((size) => [
          mean(record.of("frozen", name, size)),
          mean(record.of("retuned", name, size)),
        ]),
      ]),
      ["base", "", ...plan.sizes.flatMap((size) => [mean(record.of("base", size)), null])],
    ],
  };
}

function curveFigures(plan: Plan, record: Scores): Figure[] {
  const series = (kind: "frozen" | "retuned") =>
    plan.methods.map((name) => {
      const values = plan.sizes.map((size) => record.of(kind, name, size));
      return {
        name,
        mark: "line" as const,
        x: plan.sizes,
        y: values.map(mean),
        low: values.map((own) => Math.min(...own)),
        high: values.map((own) => Math.max(...own)),
      };
    });
  const x = { label: "tasks merged" };
  const y = { label: "normalised accuracy" };
  return [
    {
      id: `${plan.id}-frozen`,
      title: `${plan.title}: settings kept from 4 tasks`,
      x,
      y,
      series: series("frozen"),
    },
    {
      id: `${plan.id}-retuned`,
      title: `${plan.title}: scale tuned at every number`,
      x,
      y,
      series: series("retuned"),
    },
  ];
}
