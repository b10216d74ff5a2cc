import { InvalidInputError } from "ockham";
import type { Matrix } from "ockham/array";
import { type Polynomial, polynomialText } from "ockham/exact";
import { readBytes, readTable, writeAtomically } from "ockham/io";
import { type Cell, renderTable } from "ockham/report";
import {
  covarianceNames,
  covariancePairs,
  type GenericRank,
  genericRank,
  impliedCovariance,
  isSimple,
  type MixedGraph,
  mixedGraphToSvg,
  parseMixedGraph,
  testImplication,
  type VanishingPolynomials,
  vanishingPolynomials,
} from "ockham/stats";
import { requireInteger } from "../../core/errors.ts";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";

export interface SemOptions {
  readonly covariance?: true;
  readonly identify?: true;
  readonly implications?: number;
  readonly data?: string;
  readonly svg?: string;
  readonly seed?: number;
  readonly json?: true;
}

export async function sem(path: string, options: SemOptions, context: CliContext): Promise<void> {
  if (options.data !== undefined && options.implications === undefined)
    throw new InvalidInputError("options.data", "tests implications: give --implications too");
  if (options.implications !== undefined) requireInteger("options.implications", options.implications, 1, 20);
  const graph = await graphOf(path);
  const labels = graph.labels!;
  const data = options.data === undefined ? undefined : await columnsOf(options.data, labels, context);
  const identify = options.identify || (!options.covariance && options.implications === undefined);
  const covariance = options.covariance ? closedForms(graph) : undefined;
  const seed = options.seed ?? 0;
  const rank = identify ? genericRank(graph, { seed }) : undefined;
  const found = options.implications === undefined ? undefined : await search(graph, options, context);
  const implications = found?.polynomials.map(({ poly, degree, verified }) => ({
    polynomial: polynomialText(poly),
    degree,
    verified,
    ...(data && testImplication(poly, data)),
  }));
  if (options.svg !== undefined) {
    const svg = new TextEncoder().encode(mixedGraphToSvg(graph));
    await writeAtomically(options.svg, async (file) => {
      await file.write(svg);
    });
  }

  if (options.json) {
    printJson(context, {
      vertices: labels,
      directed: graph.directed.length,
      bidirected: graph.bidirected.length,
      ...(covariance && { covariance }),
      ...(rank && {
        simple: isSimple(graph),
        rank: rank.rank,
        parameters: rank.parameters,
        finiteToOne: rank.finiteToOne,
        proven: rank.proven,
      }),
      ...(implications && { implications, complete: found!.complete }),
    });
    return;
  }
  const { stdout } = context;
  if (covariance) {
    printLine(stdout, `Covariances, each divided by ${covariance.denominator}:`);
    for (const [name, numerator] of Object.entries(covariance.numerators))
      printLine(stdout, `  ${name} = ${numerator}`);
  }
  if (rank) printLine(stdout, identifiability(graph, rank));
  if (implications) {
    if (implications.length === 0)
      printLine(stdout, `No polynomial up to degree ${options.implications} vanishes.`);
    else {
      const rows = implications.map((found): Cell[] => [
        `${found.polynomial} = 0`,
        found.degree,
        found.verified,
        ...(found.statistic === undefined ? [] : [found.statistic, found.pValue!]),
      ]);
      const names = ["implication", "degree", "verified", ...(data ? ["z", "p-value"] : [])];
      printLine(
        stdout,
        renderTable(
          {
            id: "implications",
            title: "What every covariance matrix of the model satisfies",
            columns: names.map((name) => ({ name })),
            rows,
          },
          tableOptions(context),
        ),
      );
    }
    if (!found!.complete)
      printLine(
        stdout,
        `Incomplete: ${found!.searched.skipped} multidegrees have too many monomials and were left out.`,
      );
  }
}

async function graphOf(path: string): Promise<MixedGraph> {
  const text = new TextDecoder().decode(await readBytes(path));
  try {
    return parseMixedGraph(text);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const place = error.argument.startsWith("line ") ? `${path}, ${error.argument}` : path;
    throw new InvalidInputError(place, error.message.slice(`${error.argument}: `.length));
  }
}

function closedForms(graph: MixedGraph): { numerators: Record<string, string>; denominator: string } {
  const { numerator, denominator } = impliedCovariance(graph);
  const names = covarianceNames(graph);
  const text = (polynomial: Polynomial): string => polynomialText(polynomial);
  return {
    numerators: Object.fromEntries(
      covariancePairs(graph.n).map(([i, j], k) => [names[k]!, text(numerator(i, j))]),
    ),
    denominator: text(denominator),
  };
}

function identifiability(graph: MixedGraph, { rank, parameters, finiteToOne }: GenericRank): string {
  const simple = isSimple(graph) ? "simple" : "not simple";
  return finiteToOne
    ? `The covariances determine the ${parameters} parameters up to finitely many choices (proven; the graph is ${simple}).`
    : `The covariances do not determine the ${parameters} parameters: they have rank ${rank} (with probability above 1 - 1e-10; the graph is ${simple}).`;
}

async function search(
  graph: MixedGraph,
  options: SemOptions,
  context: CliContext,
): Promise<VanishingPolynomials> {
  const display = progressDisplay(context, "sem");
  try {
    return await vanishingPolynomials(graph, {
      maxDegree: options.implications!,
      seed: options.seed ?? 0,
      signal: context.signal,
      onProgress: display.onProgress,
    });
  } finally {
    display.stop();
  }
}

/** The columns named like the vertices, in their order. */
async function columnsOf(path: string, labels: readonly string[], context: CliContext): Promise<Matrix> {
  const table = await readTable(path, { signal: context.signal });
  const columns = labels.map((label) => {
    const column = table.columns[label];
    if (column === undefined)
      throw new InvalidInputError(
        "options.data",
        `${path} has no column ${label}; it has ${table.names.join(", ")}`,
      );
    if (column.kind !== "number" || column.missing > 0)
      throw new InvalidInputError("options.data", `column ${label} of ${path} is not of numbers throughout`);
    return column.values;
  });
  const n = labels.length;
  const data = new Float64Array(table.rows * n);
  for (const [j, values] of columns.entries())
    for (let i = 0; i < table.rows; i++) data[i * n + j] = values[i]!;
  return { dtype: "float64", shape: [table.rows, n], data };
}
