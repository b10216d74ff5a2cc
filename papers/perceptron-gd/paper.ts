import { ndArray } from "ockham/array";
import { loadFashionMnist, loadMnist } from "ockham/data";
import { fitSeparator, iterationBound, type SeparatorMethod } from "ockham/optim";
import { definePaper, type Figure, type Run, type Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { factsOf } from "../catalogue.ts";
import { type ImagePair, imagePair, worstCase } from "./image-pairs.ts";
import { marginTask, type SeparateOutput, separateTask } from "./separate.ts";

const largestStep = 100;
const steps = [0.1, 1, 10, largestStep];
/** What the worst case of 1000 samples takes, by method and step. */
const worstCounts = [
  ["normalized-lr-gd", 100, 2],
  ["normalized-lr-gd", 10, 2],
  ["normalized-lr-gd", 1, 16],
  ["normalized-lr-gd", 0.1, 157],
  ["lr-gd", 100, 308],
] as const;

export const paper = definePaper({
  ...factsOf("perceptron-gd"),
  seeds: { quick: 1, full: 3 },
  claims: [
    {
      id: "worst-case-counts",
      says: "Of the five published iteration counts on the worst case with 1000 samples, those reproduced exactly",
      paper: "normalized, steps 100, 10, 1, 0.1: 2, 2, 16, 157; plain, step 100: 308",
      bar: { atLeast: 5 },
      unit: "",
    },
    {
      id: "plain-growth",
      says: "Iterations of plain gradient descent, step 100, on the worst case: 1000 samples over 100",
      paper: "a factor of the number of samples cannot be avoided",
      bar: { between: [9, 11] },
      unit: "x",
    },
    {
      id: "normalized-growth",
      says: "Iterations of the normalised method, step 100, on the worst case: the most of 100, 1000 and 10,000 samples",
      paper: "independent of the number of samples",
      bar: { between: [2, 2] },
      unit: "",
    },
    {
      id: "imbalanced-fashion",
      says: "Fashion-MNIST shirts (4950) and trousers (50): iterations of the normalised method over those of plain gradient descent, both step 100, median of 3 subsets",
      paper: "311 over 538 iterations, 0.58",
      bar: { full: { atMost: 0.7 } },
      unit: "x",
    },
    {
      id: "imbalanced-all",
      says: "The same, worst of four pairs of classes: Fashion-MNIST 0 and 1, 5 and 7, MNIST 0 and 1, 3 and 8",
      paper: "robust to imbalanced classes",
      bar: { full: { atMost: 0.7 } },
      unit: "x",
    },
    {
      id: "within-bound",
      says: "Iterations of the normalised method over those that the theorem allows, the largest of all runs",
      paper: "at most R^2 / mu^2 + 2 ln(2n - 1) / (step mu^2) iterations",
      bar: { atMost: 1 },
      unit: "x",
    },
    {
      id: "perceptron-limit",
      says: "Largest difference in 50 steps between plain gradient descent with step 1e6, divided by it, and the batch perceptron",
      paper: "gradient descent becomes the batch perceptron as the step grows",
      bar: { atMost: 1e-3 },
      unit: "",
    },
    {
      id: "loss-before-separation",
      says: "Logistic loss just before separation by the normalised method, step 100 over step 0.1, least of all data",
      paper: "larger steps have larger losses and separate sooner",
      bar: { atLeast: 10 },
      unit: "x",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const worst = await worstCases(run, 0.1);
    const limit = await perceptronLimit(run);
    const groups = full ? await fullGroups(run) : await quickGroups(run);
    await separateAll(run, groups, 0.15, 1);
    const normalized = groups.flatMap((group) =>
      group.cells.filter((cell) => cell.method === "normalized-lr-gd"),
    );
    const claims = {
      "worst-case-counts": worst.right,
      "plain-growth": worst.plainGrowth,
      "normalized-growth": worst.normalizedMost,
      "perceptron-limit": limit,
      "within-bound": Math.max(
        worst.ofBound,
        ...normalized.map((cell) => cell.output!.iterations / cell.bound!),
      ),
      "loss-before-separation": Math.min(...groups.flatMap(lossRatios)),
      ...(full ? imbalancedClaims(groups) : {}),
    };
    return {
      claims,
      tables: [worst.table, ...groups.map(groupTable)],
      figures: [...groups.slice(0, 1).map(lossFigure), worst.figure],
    };
  },
});

/** One method with one step on one data set. */
interface Cell {
  readonly method: SeparatorMethod;
  readonly stepSize: number;
  readonly maxIterations: number;
  output?: SeparateOutput;
  /** Iterations that the theorem allows. */
  bound?: number;
}

/** A data set, in one subset, and what is run on it. */
interface Group {
  readonly pair: string;
  readonly imbalanced: boolean;
  readonly subset: number;
  readonly data: ImagePair;
  readonly marginPasses: number;
  readonly cells: readonly Cell[];
}

const perceptrons = ["batch-perceptron", "normalized-batch-perceptron", "perceptron"] as const;

function cellsOf(
  normalized: readonly number[],
  plain: readonly number[],
  most: number,
  others: boolean,
): Cell[] {
  return [
    ...normalized.map((stepSize): Cell => ({ method: "normalized-lr-gd", stepSize, maxIterations: most })),
    ...plain.map((stepSize): Cell => ({ method: "lr-gd", stepSize, maxIterations: most })),
    ...(others ? perceptrons.map((method): Cell => ({ method, stepSize: 1, maxIterations: most })) : []),
  ];
}

async function quickGroups(run: Run): Promise<Group[]> {
  const digits = await loadMnist({ part: "test", ...run.stage("MNIST", 0.1, 0.15) });
  return [
    {
      pair: "MNIST 0 and 1",
      imbalanced: false,
      subset: 1,
      data: imagePair(digits, [0, 1], [500, 500], run.seed),
      marginPasses: 100,
      cells: cellsOf(steps, [1, 10, 100], 2000, true),
    },
  ];
}

async function fullGroups(run: Run): Promise<Group[]> {
  const digits = await loadMnist(run.stage("MNIST", 0.1, 0.12));
  const clothes = await loadFashionMnist(run.stage("Fashion-MNIST", 0.12, 0.15));
  const pairs = [
    ["Fashion-MNIST 0 and 1", clothes, [0, 1]],
    ["Fashion-MNIST 5 and 7", clothes, [5, 7]],
    ["MNIST 0 and 1", digits, [0, 1]],
    ["MNIST 3 and 8", digits, [3, 8]],
  ] as const;
  const most = 20_000;
  const groups: Group[] = [];
  for (const [pair, set, classes] of pairs) {
    // Of these pairs a margin is known to be tiny where the classes are balanced.
    const easy = pair.endsWith("0 and 1");
    for (const [k, seed] of run.seeds.entries()) {
      groups.push({
        pair,
        imbalanced: true,
        subset: k + 1,
        data: imagePair(set, classes, [4950, 50], seed),
        marginPasses: 100,
        cells: cellsOf(steps, k === 0 ? [1, 10, 100] : [100], most, k === 0),
      });
      if (easy || k === 0)
        groups.push({
          pair,
          imbalanced: false,
          subset: k + 1,
          data: imagePair(set, classes, [2500, 2500], seed),
          marginPasses: easy ? 100 : 3,
          cells: easy
            ? cellsOf(k === 0 ? steps : [0.1, 100], [100], most, k === 0)
            : cellsOf([100], [100], 5000, false),
        });
    }
  }
  return groups;
}

/** Runs everything on the pool. */
async function separateAll(run: Run, groups: readonly Group[], from: number, to: number): Promise<void> {
  const total = groups.reduce((sum, group) => sum + group.cells.length + 1, 0);
  let done = 0;
  const ended = (name: string): void => run.progress(from + ((to - from) * ++done) / total, 1, name);
  await Promise.all(
    groups.flatMap((group, g) => {
      const { x, y } = group.data;
      const margin = run.pool
        .run(marginTask, { x, y, maxPasses: group.marginPasses }, { signal: run.signal })
        .then((found) => {
          ended("margins");
          return found;
        });
      return group.cells.map(async (cell) => {
        const { method, stepSize, maxIterations } = cell;
        const record = g === 0 && (method === "lr-gd" || method === "normalized-lr-gd");
        cell.output = await run.pool.run(
          separateTask,
          { x, y, method, stepSize, maxIterations, record },
          { signal: run.signal },
        );
        ended(group.pair);
        // The upper bound of the margin, so that the bound on iterations is not too generous.
        cell.bound = iterationBound(
          radiusOf(group.data),
          (await margin).upperBound,
          x.rows,
          stepSize,
          method,
        );
      });
    }),
  );
}

function radiusOf({ x }: ImagePair): number {
  let most = 0;
  for (let i = 0; i < x.rows; i++) {
    let norm = 0;
    for (let k = x.indptr[i]!; k < x.indptr[i + 1]!; k++) norm += x.data[k]! ** 2;
    most = Math.max(most, norm);
  }
  return Math.sqrt(most);
}

/** Loss before separation at the largest step over that at the smallest, where both separate. */
function lossRatios({ cells }: Group): number[] {
  const loss = (stepSize: number): number | undefined => {
    const cell = cells.find((one) => one.method === "normalized-lr-gd" && one.stepSize === stepSize);
    return cell?.output?.separated === true ? cell.output.lossBefore : undefined;
  };
  const [small, large] = [loss(0.1), loss(largestStep)];
  return small === undefined || large === undefined ? [] : [large / small];
}

function imbalancedClaims(groups: readonly Group[]): {
  "imbalanced-fashion": number;
  "imbalanced-all": number;
} {
  const ratios = new Map<string, number[]>();
  for (const { pair, imbalanced, cells } of groups) {
    if (!imbalanced) continue;
    const count = (method: SeparatorMethod) =>
      cells.find((cell) => cell.method === method && cell.stepSize === largestStep)!.output!.iterations;
    ratios.set(pair, [...(ratios.get(pair) ?? []), count("normalized-lr-gd") / count("lr-gd")]);
  }
  const medians = [...ratios.values()].map((values) => values.sort((a, b) => a - b)[values.length >> 1]!);
  return { "imbalanced-fashion": medians[0]!, "imbalanced-all": Math.max(...medians) };
}

async function worstCases(run: Run, to: number) {
  const sizes = [100, 1000, 10_000];
  const rows: Table["rows"][number][] = [];
  const counts = new Map<string, number[]>();
  let ofBound = 0;
  for (const [k, n] of sizes.entries()) {
    const { x, y } = worstCase(n);
    const cells: [SeparatorMethod, number][] = [
      ...steps.map((step): [SeparatorMethod, number] => ["normalized-lr-gd", step]),
      ["lr-gd", 100],
      ["lr-gd", 10],
      ["batch-perceptron", 1],
      ["normalized-batch-perceptron", 1],
      ["perceptron", 1],
    ];
    for (const [method, stepSize] of cells) {
      const { iterations } = await fitSeparator(x, y, { method, stepSize, signal: run.signal });
      const bound = iterationBound(Math.sqrt(1.25), 0.5, n, stepSize, method);
      if (method === "normalized-lr-gd") ofBound = Math.max(ofBound, iterations / bound);
      const name = `${method} ${method.includes("lr") ? stepSize : ""}`.trim();
      counts.set(name, [...(counts.get(name) ?? []), iterations]);
      rows.push([n, method, method.includes("lr") ? stepSize : null, iterations, bound]);
    }
    run.progress((to * (k + 1)) / sizes.length, 1, "worst case");
  }
  const of = (method: string, stepSize: number, size: number): number =>
    counts.get(`${method} ${stepSize}`)![size]!;
  return {
    right: worstCounts.filter(([method, stepSize, count]) => of(method, stepSize, 1) === count).length,
    plainGrowth: of("lr-gd", 100, 1) / of("lr-gd", 100, 0),
    normalizedMost: Math.max(...sizes.map((_, size) => of("normalized-lr-gd", 100, size))),
    ofBound,
    table: {
      id: "worst-case",
      title: "Iterations until the worst case is separated",
      columns: [
        { name: "samples" },
        { name: "method" },
        { name: "step" },
        { name: "iterations", digits: 6 },
        { name: "bound", digits: 6 },
      ],
      rows,
    } satisfies Table,
    figure: {
      id: "worst-case",
      title: "Iterations until the worst case is separated",
      x: { label: "samples", scale: "log" },
      y: { label: "iterations", scale: "log" },
      series: [...counts].map(([name, y]) => ({ name, mark: "line" as const, x: sizes, y })),
    } satisfies Figure,
  };
}

/** Distance of the two courses on random points whose labels a hidden direction gives. */
async function perceptronLimit(run: Run): Promise<number> {
  const [n, d, stepSize] = [200, 10, 1e6];
  const stream = randomStream(run.seed, "perceptron-limit");
  const hidden = stream.fillNormal(new Float64Array(d));
  const data = stream.fillNormal(new Float64Array(n * d));
  const y = Int8Array.from({ length: n }, (_, i) => {
    let side = 0;
    for (let j = 0; j < d; j++) side += hidden[j]! * data[i * d + j]!;
    return side > 0 ? 1 : -1;
  });
  const x = ndArray("float64", [n, d], data);
  const course = async (method: SeparatorMethod, scale: number): Promise<Float64Array[]> => {
    const thetas: Float64Array[] = [];
    await fitSeparator(x, y, {
      method,
      stepSize,
      maxIterations: 50,
      signal: run.signal,
      onIterate: (_, theta) => thetas.push(theta.map((value) => value / scale)),
    });
    return thetas;
  };
  const descent = await course("lr-gd", stepSize);
  const limit = await course("batch-perceptron", 1);
  let largest = Math.abs(descent.length - limit.length);
  for (const [t, theta] of limit.entries())
    for (let j = 0; j < d; j++) largest = Math.max(largest, Math.abs(theta[j]! - (descent[t]?.[j] ?? 0)));
  return largest;
}

function groupTable(group: Group): Table {
  const kind = group.imbalanced ? "imbalanced" : "balanced";
  return {
    id: `${group.pair.toLowerCase().replaceAll(" ", "-")}-${kind}-${group.subset}`,
    title: `${group.pair}, ${kind}, subset ${group.subset}`,
    columns: [
      { name: "method" },
      { name: "step" },
      { name: "iterations", digits: 6 },
      { name: "separated" },
      { name: "misclassified" },
      { name: "loss before" },
      { name: "bound" },
    ],
    rows: group.cells.map(({ method, stepSize, output, bound }) => [
      method,
      method.includes("lr") ? stepSize : null,
      output!.iterations,
      output!.separated,
      output!.misclassified,
      output!.lossBefore,
      bound!,
    ]),
  };
}

/** Where large steps go: up and down, and to separation first. */
function lossFigure(group: Group): Figure {
  return {
    id: "loss",
    title: `Logistic loss until separation, ${group.pair}${group.imbalanced ? ", imbalanced" : ""}`,
    x: { label: "iterations" },
    y: { label: "logistic loss", scale: "log" },
    series: group.cells
      .filter(({ method }) => method === "lr-gd" || method === "normalized-lr-gd")
      .map(({ method, stepSize, output }) => {
        // Below this, separation is long reached; the axis should show what comes before.
        const shown = output!.course.losses.map((loss) => Math.max(loss, 1e-8));
        return {
          name: `${method === "lr-gd" ? "plain" : "normalised"}, ${stepSize}`,
          mark: "line" as const,
          x: output!.course.iterations,
          y: shown,
        };
      }),
  };
}
