import { definePaper, type Figure, type Measurement, type Table } from "ockham/paper";
import { factsOf } from "../catalogue.ts";
import { perceptron, smallConvolutional } from "../fashion-networks.ts";
import { compareMerging } from "./compare.ts";
import { methods } from "./methods.ts";
import { pictures, taskCount } from "./tasks.ts";

const own = "Model Breadcrumbs";
const sum = "task arithmetic";
const all = Object.keys(methods);
const withFixedShares = all.filter((name) => !name.includes("searched"));

export const paper = definePaper({
  ...factsOf("breadcrumbs"),
  seeds: { quick: 3, full: 3 },
  claims: [
    {
      id: "frozen",
      says: "8 tasks with the settings that are best for 4: normalised accuracy above that of task arithmetic",
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
      says: "2 and 4 tasks: normalised accuracy below the optimum of task arithmetic, worse of the two",
      paper: "improves several tasks at once",
      bar: { atMost: 0.01 },
      unit: "",
    },
    {
      id: "over-ties",
      says: "8 tasks with the settings that are best for 4: normalised accuracy above that of TIES",
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
    const tables: Table[] = [];
    const figures: Figure[] = [];
    const claims: Record<string, Measurement> = {};
    const gap = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]!);
    const small = await compareMerging(
      run,
      perceptron([196, 128, 128, 10]),
      await pictures(run, "pooled", full ? 2000 : 1000),
      {
        id: "small",
        title: "Perceptron 196-128-128-10",
        sizes: full ? [1, 2, 3, 4, 5, 6, 7, 8] : [2, 4, 8],
        subsets: full ? 8 : 1,
        methods: full ? all : withFixedShares,
      },
      0,
      full ? 0.3 : 1,
    );
    tables.push(...small.tables);
    figures.push(...small.figures);
    claims.frozen = gap(small.frozen(own, taskCount), small.frozen(sum, taskCount));
    claims["equal-alpha"] = gap(
      small.fixed(own, taskCount, { alpha: 0.3, keep: 0.1, removeTop: 0.01 }),
      small.fixed(sum, taskCount, { alpha: 0.3 }),
    );
    claims.outliers = gap(
      small.fixed(own, taskCount, { alpha: 0.5, keep: 0.1, removeTop: 0.01 }),
      small.fixed(own, taskCount, { alpha: 0.5, keep: 0.1, removeTop: 0 }),
    );
    const [two, four] = [2, 4].map((size) => gap(small.retuned(sum, size), small.retuned(own, size)));
    claims["few-tasks"] = two!.map((value, i) => Math.max(value, four![i]!));
    claims["over-ties"] = gap(small.frozen(own, taskCount), small.frozen("TIES", taskCount));
    claims.exact = small.exact;
    if (!full) return { claims, tables, figures };

    const wide = await compareMerging(
      run,
      perceptron([784, 512, 256, 10]),
      await pictures(run, "flat", 1000),
      {
        id: "wide",
        title: "Perceptron 784-512-256-10",
        sizes: [1, 2, 4, 6, 8],
        subsets: 3,
        methods: withFixedShares,
      },
      0.3,
      0.6,
    );
    const convolutional = await compareMerging(
      run,
      smallConvolutional,
      await pictures(run, "images", 500),
      {
        id: "convolutional",
        title: "Convolutional network",
        sizes: [1, 2, 4, 6, 8],
        subsets: 2,
        methods: withFixedShares,
      },
      0.6,
      1,
    );
    for (const [name, outcome] of Object.entries({ wide, convolutional })) {
      claims[`${name}-frozen`] = gap(outcome.frozen(own, taskCount), outcome.frozen(sum, taskCount));
      tables.push(...outcome.tables);
      figures.push(...outcome.figures);
    }
    return { claims, tables, figures };
  },
});
