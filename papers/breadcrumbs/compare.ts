import type { Figure, Run, Table } from "ockham/paper";
import { mean } from "../compression-summary.ts";
import { type Choice, fixedKey, type MergeOutcome, type MergeTrial, mergeTrial } from "./merge-trial.ts";
import type { Setting } from "./methods.ts";
import { type Counts, loadPictures, taskCount } from "./tasks.ts";

/** A network whose fine-tunings are merged. */
export interface Plan
  extends Pick<MergeTrial, "widths" | "methods" | "sizes" | "subsets" | "retuningSubsets" | "few"> {
  readonly id: string;
  readonly title: string;
  readonly form: "pooled" | "flat" | "images";
  readonly counts: Counts;
  /** Sets of tasks that the settings which are kept were chosen by, in words. */
  readonly chosenBy: string;
}

/** Normalised accuracies, one a seed. */
export interface MergingOutcome {
  /** Of all methods by number of tasks, with settings chosen in one way. */
  of(method: string, size: number, choice: Choice): readonly number[];
  /** Of all tasks with given settings. */
  fixed(method: string, setting: Setting): readonly number[];
  readonly exact: number;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
}

/** Fine-tunings of one base merged by every method, for growing numbers of tasks: every plan for every seed. */
export async function compareMerging(run: Run, plans: readonly Plan[]): Promise<MergingOutcome[]> {
  const trials: MergeTrial[] = [];
  for (const { form, counts, widths, methods, sizes, subsets, retuningSubsets, few } of plans) {
    const held = await loadPictures(run, form, counts);
    for (const seed of run.seeds)
      trials.push({
        ...held,
        ...{ seed, counts, methods, sizes, subsets, retuningSubsets, few },
        ...(widths && { widths }),
      });
  }
  // The longest first, so that no thread ends long after the others.
  const found = await run.pool.map(mergeTrial, trials.toReversed(), run.stage("merging", 0, 1));
  const outcomes = found.toReversed();
  return plans.map((plan, i) =>
    summary(plan, outcomes.slice(i * run.seeds.length, (i + 1) * run.seeds.length)),
  );
}

function summary(plan: Plan, outcomes: readonly MergeOutcome[]): MergingOutcome {
  const of: MergingOutcome["of"] = (method, size, choice) =>
    outcomes.map(
      ({ scores }) =>
        scores.find((one) => one.method === method && one.size === size && one.choice === choice)!.accuracy,
    );
  return {
    of,
    fixed: (method, setting) => outcomes.map(({ fixed }) => fixed.get(fixedKey(method, setting))!),
    exact: Math.max(...outcomes.map(({ exact }) => exact)),
    tables: [curveTable(plan, outcomes, of), ...(plan.subsets > 1 ? [choiceTable(plan, outcomes, of)] : [])],
    figures: curveFigures(plan, of),
  };
}

/** Whether settings were chosen for a number of tasks by sets of that number. */
const anew = ({ retuningSubsets }: Plan, size: number): boolean => size <= 4 || retuningSubsets > 0;

function curveTable(plan: Plan, outcomes: readonly MergeOutcome[], of: MergingOutcome["of"]): Table {
  const { id, title, methods, sizes, chosenBy } = plan;
  const overall = (which: "own" | "base") => mean(outcomes.flatMap((one) => one[which])).toFixed(3);
  return {
    id: `${id}-tasks`,
    title: `${title}: accuracy over that of each task's own network, mean over seeds (own networks ${overall("own")}, base ${overall("base")}); settings chosen by ${chosenBy}, or anew for every number of tasks`,
    columns: [
      { name: "method" },
      ...sizes.flatMap((size) => [
        { name: `${size} tasks`, digits: 4 },
        ...(anew(plan, size) ? [{ name: `${size}, anew`, digits: 4 }] : []),
      ]),
    ],
    rows: [
      ...methods.map((name) => [
        name,
        ...sizes.flatMap((size) => [
          mean(of(name, size, "few tasks")),
          ...(anew(plan, size) ? [mean(of(name, size, "every number anew"))] : []),
        ]),
      ]),
      [
        "base",
        ...sizes.flatMap((size, i) => [
          mean(outcomes.map(({ baseAt }) => baseAt[i]!)),
          ...(anew(plan, size) ? [null] : []),
        ]),
      ],
    ],
  };
}

/** What all tasks come to, by the sets of tasks that the settings were chosen by. */
function choiceTable(
  { id, title, methods, chosenBy }: Plan,
  outcomes: readonly MergeOutcome[],
  of: MergingOutcome["of"],
): Table {
  const choices: readonly (readonly [Choice, string])[] = [
    ["few tasks", chosenBy],
    ["four tasks", "sets of four"],
    ["the first four tasks", "the first four"],
    ["every number anew", "all eight"],
  ];
  const settings = (method: string, choice: Choice) =>
    outcomes.map(
      ({ scores }) =>
        scores.find((one) => one.method === method && one.size === taskCount && one.choice === choice)!
          .setting,
    );
  return {
    id: `${id}-choices`,
    title: `${title}: ${taskCount} tasks, by what the settings were chosen by`,
    columns: [
      { name: "method" },
      ...choices.flatMap(([, text]) => [{ name: text, digits: 4 }, { name: `settings by ${text}` }]),
    ],
    rows: methods.map((name) => [
      name,
      ...choices.flatMap(([choice]) => [
        mean(of(name, taskCount, choice)),
        [...new Set(settings(name, choice))].join(" / "),
      ]),
    ]),
  };
}

function curveFigures(plan: Plan, of: MergingOutcome["of"]): Figure[] {
  const { id, title, methods, sizes, chosenBy } = plan;
  const series = (choice: Choice, over: readonly number[]) =>
    methods.map((name) => {
      const values = over.map((size) => of(name, size, choice));
      return {
        name,
        mark: "line" as const,
        x: over,
        y: values.map(mean),
        low: values.map((own) => Math.min(...own)),
        high: values.map((own) => Math.max(...own)),
      };
    });
  const x = { label: "tasks merged" };
  const y = { label: "normalised accuracy" };
  return [
    {
      ...{ id: `${id}-frozen`, title: `${title}: settings kept, chosen by ${chosenBy}`, x, y },
      series: series("few tasks", sizes),
    },
    {
      ...{ id: `${id}-retuned`, title: `${title}: settings chosen anew at every number`, x, y },
      series: series(
        "every number anew",
        sizes.filter((size) => anew(plan, size)),
      ),
    },
  ];
}
