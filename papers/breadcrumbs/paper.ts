import { definePaper, type Measurement } from "ockham/paper";
import { factsOf } from "../catalogue.ts";
import { compareMerging, type MergingOutcome, type Plan } from "./compare.ts";
import { methods } from "./methods.ts";
import { taskCount } from "./tasks.ts";

const own = "Model Breadcrumbs";
const searched = "Model Breadcrumbs, shares searched";
const sum = "task arithmetic";

const small = {
  id: "small",
  title: "Perceptron 196-128-128-10",
  form: "pooled",
  widths: [196, 128, 128, 10],
} as const;

const quickPlan: Plan = {
  ...small,
  counts: { train: 6000, validation: 500, test: 1000 },
  methods: [own, searched, sum, "TIES", "average of the models"],
  ...{ sizes: [2, 4, 8], subsets: 1, retuningSubsets: 0, few: [4], chosenBy: "the first four tasks" },
};

const every = {
  ...{ sizes: [1, 2, 3, 4, 5, 6, 7, 8], subsets: 8, few: [2, 3, 4] },
  chosenBy: "eight sets of two, three and four tasks each",
} as const;

const onLarger = {
  ...every,
  ...{ methods: [own, sum, "TIES", "DARE", "average of the models"], retuningSubsets: 1 },
} as const;

const fullPlans: readonly Plan[] = [
  {
    ...small,
    ...every,
    ...{ methods: Object.keys(methods), retuningSubsets: 2 },
    counts: { train: 6000, validation: 500, test: 1000 },
  },
  {
    ...onLarger,
    ...{ id: "wide", title: "Perceptron 784-512-256-10", form: "flat", widths: [784, 512, 256, 10] },
    counts: { train: 6000, validation: 96, test: 300 },
  },
  {
    ...onLarger,
    ...{ id: "convolutional", title: "Convolutional network", form: "images" },
    counts: { train: 6000, validation: 48, test: 200 },
  },
];

export const paper = definePaper({
  ...factsOf("breadcrumbs"),
  seeds: { quick: 3, full: 3 },
  claims: [
    {
      id: "frozen",
      says: "8 tasks with the settings that are best for at most 4: normalised accuracy above that of task arithmetic",
      paper: "settings found with few tasks stay good as tasks are added",
      bar: { atLeast: 0.03 },
      unit: "",
    },
    {
      id: "equal-alpha",
      says: "8 tasks, both scaled by 0.3: normalised accuracy above that of task arithmetic",
      paper: "outperforms merges without masks",
      bar: { atLeast: 0.06 },
      unit: "",
    },
    {
      id: "outliers",
      says: "8 tasks, scaled by 0.5: what dropping the largest hundredth of each change gains",
      paper: "both the largest outliers and the small perturbations are dropped",
      bar: { atLeast: 0.02 },
      unit: "",
    },
    {
      id: "few-tasks",
      says: "2 and 4 tasks: normalised accuracy below that of task arithmetic, both with all settings that are best there, worse of the two",
      paper: "improves several tasks at once",
      bar: { atMost: 0.01 },
      unit: "",
    },
    {
      id: "over-ties",
      says: "8 tasks with the settings that are best for at most 4: normalised accuracy above that of TIES",
      paper: "no tuning for each new task",
      bar: { atLeast: -0.005 },
      unit: "",
    },
    {
      id: "exact",
      says: "Entries kept of a tensor beside the stated part of its size, largest difference",
      paper: "masks of given sparsity",
      bar: { atMost: 0 },
      unit: "",
    },
    {
      id: "wide-frozen",
      says: "Perceptron 784-512-256-10: as the first, against task arithmetic",
      paper: "settings found with few tasks stay good as tasks are added",
      bar: { full: { atLeast: 0.03 } },
      unit: "",
    },
    {
      id: "convolutional-frozen",
      says: "Convolutional network: as the first, against task arithmetic",
      paper: "settings found with few tasks stay good as tasks are added",
      bar: { full: { atLeast: 0.03 } },
      unit: "",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const gap = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]!);
    const [small, ...larger] = await compareMerging(run, full ? fullPlans : [quickPlan]);
    const frozen = ({ of }: MergingOutcome, method: string) => of(method, taskCount, "few tasks");
    const retuned = (method: string, size: number) => small!.of(method, size, "every number anew");
    const crumbs = (alpha: number, removeTop: number) => small!.fixed(own, { alpha, keep: 0.1, removeTop });
    const few = [2, 4].map((size) => gap(retuned(sum, size), retuned(searched, size)));
    const claims: Record<string, Measurement> = {
      frozen: gap(frozen(small!, own), frozen(small!, sum)),
      "equal-alpha": gap(crumbs(0.3, 0.01), small!.fixed(sum, { alpha: 0.3 })),
      outliers: gap(crumbs(0.5, 0.01), crumbs(0.5, 0)),
      "few-tasks": few[0]!.map((value, i) => Math.max(value, few[1]![i]!)),
      "over-ties": gap(frozen(small!, own), frozen(small!, "TIES")),
      exact: small!.exact,
    };
    for (const [i, outcome] of larger.entries())
      claims[`${fullPlans[i + 1]!.id}-frozen`] = gap(frozen(outcome, own), frozen(outcome, sum));
    const outcomes = [small!, ...larger];
    return {
      claims,
      tables: outcomes.flatMap(({ tables }) => tables),
      figures: outcomes.flatMap(({ figures }) => figures),
    };
  },
});
