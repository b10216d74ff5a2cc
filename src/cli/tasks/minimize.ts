import { InvalidInputError } from "ockham";
import { readEdgeList, readTable, writeAtomically } from "ockham/io";
import {
  type BlockProblem,
  labelPropagation,
  leastSquares,
  logistic,
  minimizeBcd,
  type Selection,
  softmaxRegression,
  type Update,
} from "ockham/optim";
import { csrFromTriplets } from "ockham/sparse";
import { type CliContext, exitStatus, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { readLabelled } from "./labelled-file.ts";

export interface MinimizeOptions {
  readonly loss: "squares" | "logistic" | "softmax" | "labels";
  readonly method: "greedy-bcd";
  readonly labels?: string;
  readonly block: number;
  readonly select?: Selection;
  readonly update?: Update;
  readonly l1: number;
  readonly l2: number;
  readonly nonneg?: true;
  readonly tol: number;
  readonly maxIterations: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: true;
}

/** A problem, the names of its variables, and what is known beforehand. */
interface NamedProblem {
  readonly problem: BlockProblem;
  readonly names: readonly string[];
  readonly given: readonly (readonly [string, number])[];
}

export async function minimize(path: string, options: MinimizeOptions, context: CliContext): Promise<void> {
  if (options.out !== undefined && !options.out.endsWith(".csv"))
    throw new InvalidInputError("options.out", `expected a name that ends in .csv, got ${options.out}`);
  const display = progressDisplay(context, "minimize");
  try {
    const { problem, names, given } =
      options.loss === "labels"
        ? await labelProblem(path, options.labels, context.signal)
        : await regressionProblem(path, options, context.signal);
    const constrained = problem.l1 > 0 || problem.nonnegative;
    const selection = options.select ?? (problem.graph ? "tree-greedy" : constrained ? "gsq" : "gsl");
    const update =
      options.update ?? (problem.graph ? "message-passing" : constrained ? "projected" : "matrix");
    const result = await minimizeBcd(problem, {
      partition: { kind: "variable", size: Math.min(options.block, problem.n) },
      selection,
      update,
      tolerance: options.tol,
      maxIterations: options.maxIterations,
      seed: options.seed,
      signal: context.signal,
      onProgress: display.onProgress,
    });
    if (options.out !== undefined)
      await writeAtomically(options.out, async (file) => {
        const rows = [...names.map((name, i) => [name, result.x[i]!] as const), ...given];
        await file.write(
          `name,value\n${rows.map(([name, value]) => `${JSON.stringify(name)},${value}\n`).join("")}`,
        );
      });
    display.stop();
    const { value, gradientNorm, iterations, converged, stop, supportIdentifiedAt } = result;
    const found = {
      method: options.method,
      selection,
      update,
      variables: problem.n,
      value,
      gradientNorm,
      iterations,
      converged,
      stop,
      nonzero: result.support.length,
      supportIdentifiedAt,
    };
    if (options.json)
      printJson(context, { ...found, ...(options.out === undefined ? {} : { out: options.out }) });
    else
      for (const [name, entry] of Object.entries(found))
        printLine(
          context.stdout,
          `${name}: ${typeof entry === "number" ? Number(entry.toPrecision(8)) : entry}`,
        );
    if (!converged) context.fail(exitStatus.unmet);
  } finally {
    display.stop();
  }
}

async function regressionProblem(
  path: string,
  options: MinimizeOptions,
  signal: AbortSignal,
): Promise<NamedProblem> {
  const { x, y, names } = await readLabelled(path, {}, signal);
  const penalties = { l1: options.l1, l2: options.l2, nonnegative: options.nonneg === true };
  if (options.loss === "squares") return { problem: leastSquares(x, y, penalties), names, given: [] };
  const classes = [...new Set(y)].sort((a, b) => a - b);
  if (options.loss === "softmax") {
    // Every label is its own class, and tables without classes have as many labels as rows.
    if (classes.length < 2 || classes.length > 1000)
      throw new InvalidInputError(path, `expected 2 to 1000 labels, got ${classes.length}`);
    return {
      problem: softmaxRegression(
        x,
        Array.from(y, (label) => classes.indexOf(label)),
        penalties,
      ),
      names: names.flatMap((name) => classes.map((label) => `${name} of ${label}`)),
      given: [],
    };
  }
  if (classes.length !== 2)
    throw new InvalidInputError(path, `expected two labels, got ${classes.slice(0, 5).join(", ")}`);
  const signs = y.map((label) => (label === classes[1] ? 1 : -1));
  return { problem: logistic(x, signs, penalties), names, given: [] };
}

async function labelProblem(
  path: string,
  labelPath: string | undefined,
  signal: AbortSignal,
): Promise<NamedProblem> {
  if (labelPath === undefined)
    throw new InvalidInputError("options.labels", "expected a file with labels of vertices");
  const edges = await readEdgeList(path, { signal });
  const weights = edges.weights ?? new Float64Array(edges.source.length).fill(1);
  const w = csrFromTriplets(
    edges.nodes,
    edges.nodes,
    [...edges.source, ...edges.target],
    [...edges.target, ...edges.source],
    [...weights, ...weights],
    { duplicates: "max" },
  );
  const table = await readTable(labelPath, { signal });
  const [vertexColumn, labelColumn] = table.names.map((name) => table.columns[name]!);
  if (vertexColumn === undefined || labelColumn?.kind !== "number" || labelColumn.missing > 0)
    throw new InvalidInputError(labelPath, "expected a column of vertices and one of numbers, none missing");
  const numbers = new Map(edges.ids?.map((id, vertex) => [id, vertex]));
  const labels = new Map<number, number>();
  const given: [string, number][] = [];
  for (let row = 0; row < table.rows; row++) {
    const id = String(vertexColumn.values[row]);
    const vertex = edges.ids === undefined ? Number(id) : numbers.get(id);
    if (vertex === undefined || !(vertex >= 0 && vertex < edges.nodes))
      throw new InvalidInputError(`${labelPath}, row ${row + 1}`, `${id} is no vertex of the graph`);
    labels.set(vertex, labelColumn.values[row]!);
    given.push([id, labelColumn.values[row]!]);
  }
  const { problem, unlabelled } = labelPropagation(w, labels);
  return { problem, names: Array.from(unlabelled, (vertex) => edges.ids?.[vertex] ?? String(vertex)), given };
}
