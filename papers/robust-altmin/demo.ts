import { InvalidInputError } from "ockham";
import { type DemoContext, defineDemo, type Frame, type GivenFile } from "ockham/demo";
import { parseTable } from "ockham/io";
import { completeMatrix, type ObservedMatrix, type ResponseSolver } from "ockham/optim";
import { randomStream } from "ockham/random";
import { cosPi } from "ockham/special";

const [rows, columns] = [96, 120];
const sweeps = 16;
/** Of the patterns, in half waves over the picture. */
const frequencies = 30;
/** Of a table of the reader's own. */
const mostCells = 50_000;

export const demo = defineDemo({
  says: "A picture of few patterns is hidden behind missing cells, as ratings are in a table of people and films. Two factors are fitted in turn. The baseline solves every fit exactly, the method takes a few rough steps from where it stood: as many sweeps, fewer operations, most so at high rank. Hide too much, and no method can know. Or drop ratings of your own: the error is then over ratings kept aside.",
  shows: [
    { kind: "matrix", title: "What is known" },
    { kind: "matrix", title: "Completed" },
    { kind: "plot", title: "Error by work" },
    { kind: "plot", title: "Error by sweep" },
    { kind: "table", title: "After the sweeps so far", rows: 3 },
  ],
  controls: {
    rank: { kind: "number", label: "Patterns (rank)", value: 20, min: 1, max: 28, step: 1 },
    known: { kind: "number", label: "Cells that are known", value: 65, min: 10, max: 90, step: 5, unit: "%" },
    noise: { kind: "number", label: "Noise, deviation", value: 0, min: 0, max: 0.5, step: 0.05 },
    ridge: { kind: "number", label: "Ridge, for ratings", value: 0.3, min: 0, max: 1, step: 0.05 },
    seed: { kind: "seed", label: "Seed", value: 1 },
    file: {
      kind: "file",
      label: "Your own ratings",
      says: "A table with a header and three columns: who, what, and a number. A tenth is kept aside to judge by.",
      accept: [".csv", ".tsv"],
      maxBytes: 3_000_000,
    },
  },
  async *run({ rank, known, noise, ridge, seed, file }, { signal, onProgress }: DemoContext) {
    const problem = file === undefined ? made(rank, known / 100, noise, seed) : await own(file, seed);
    const { observed, judged, truth } = problem;
    const most = Math.min(rank, observed.rows, observed.cols);
    const runs: Record<"cg" | "exact", Sweep[]> = { cg: [], exact: [] };
    for (const [k, solver] of (["cg", "exact"] as const).entries())
      runs[solver] = await sweepsOf(problem, solver, most, file === undefined ? 0 : ridge, {
        seed,
        signal,
        onProgress: ({ done, total }) =>
          onProgress({ done: k * total + done, total: 2 * total, stage: `fitting (${names[solver]})` }),
      });
    const means = errorOf(judged, meansOf(observed));
    const shown = truth && pictureOf(observed);
    for (let sweep = 1; sweep <= sweeps; sweep++) {
      const until = (solver: "cg" | "exact"): Sweep[] => runs[solver].slice(0, sweep);
      const curves = (x: (sweep: Sweep, i: number) => number) =>
        (["cg", "exact"] as const).map((solver) => ({
          name: names[solver],
          role: solver === "cg" ? ("method" as const) : ("baseline" as const),
          mark: "line" as const,
          x: until(solver).map(x),
          y: until(solver).map(({ error }) => Math.max(error, 1e-16)),
        }));
      const views: Frame["views"] = [
        ...(shown === undefined
          ? []
          : [
              picture("What is known, gaps at the mean", shown),
              picture(`Completed, ${sweep} sweeps`, runs.cg[Math.min(sweep, runs.cg.length) - 1]!.cells),
            ]),
        {
          kind: "plot",
          title: "Error by work",
          x: { label: "operations on known cells", unit: "millions" },
          y: { label: "relative error, unseen cells", scale: "log" },
          series: curves(({ work }) => work / 1e6),
        },
        {
          kind: "plot",
          title: "Error by sweep",
          x: { label: "sweeps", domain: [1, sweeps] },
          y: { label: "relative error, unseen cells", scale: "log" },
          series: [
            {
              name: "means of rows and columns",
              role: "reference",
              mark: "line",
              x: [1, sweeps],
              y: [means, means],
            },
            ...curves((_, i) => i + 1),
          ],
        },
        {
          kind: "table",
          title: `After ${sweep} ${sweep === 1 ? "sweep" : "sweeps"} at rank ${most}`,
          columns: [
            { name: "" },
            { name: "relative error, unseen cells", digits: 2 },
            { name: "operations", unit: "millions", digits: 3 },
          ],
          rows: [
            ...(["cg", "exact"] as const).map((solver) => {
              const { error, work } = until(solver).at(-1)!;
              return [names[solver], error, work / 1e6];
            }),
            ["means of rows and columns", means, null],
          ],
        },
      ];
      yield { done: sweep, total: sweeps, views };
    }
  },
});

const names = { cg: "rough steps", exact: "exact solves" } as const;

interface Sweep {
  /** Relative, over the cells to judge by. */
  readonly error: number;
  /** Operations on observations so far. */
  readonly work: number;
  readonly cells: Float64Array;
}

interface Problem {
  readonly observed: ObservedMatrix;
  /** Cells that were not seen. */
  readonly judged: ObservedMatrix;
  /** All cells, where they are known. */
  readonly truth?: Float64Array;
  /** What is left when this is taken away is of low rank. */
  readonly centre: number;
}

async function sweepsOf(
  { observed, judged, truth, centre }: Problem,
  solver: ResponseSolver,
  rank: number,
  ridge: number,
  call: Pick<DemoContext, "signal" | "onProgress"> & { readonly seed: number },
): Promise<Sweep[]> {
  const list: Sweep[] = [];
  let work = 0;
  await completeMatrix(
    { ...observed, value: observed.value.map((value) => value - centre) },
    {
      ...{ rank, solver, ridge, iterations: sweeps, tolerance: 0, ...call },
      onIteration: ({ u, v, flops }) => {
        work += flops;
        const cell = (i: number, j: number): number => {
          let sum = centre;
          for (let q = 0; q < rank; q++) sum += u.data[i * rank + q]! * v.data[j * rank + q]!;
          return sum;
        };
        const cells =
          truth === undefined
            ? new Float64Array()
            : truth.map((_, e) => cell(Math.floor(e / columns), e % columns));
        list.push({ error: errorOf(judged, cell), work, cells });
      },
    },
  );
  return list;
}

/** A sum of products of waves, one for each pattern, of which some cells are seen. */
function made(rank: number, part: number, noise: number, seed: number): Problem {
  const stream = randomStream(seed, "patterns");
  // Cosines of different frequencies are orthogonal, and spread over all rows and columns.
  const down = stream.subset(frequencies, rank);
  const across = stream.permutation(frequencies).subarray(0, rank);
  const sizes = Float64Array.from({ length: rank }, () => stream.sign() * (1 + stream.uniform()));
  const truth = Float64Array.from({ length: rows * columns }, (_, e) => {
    const [y, x] = [(Math.floor(e / columns) + 0.5) / rows, ((e % columns) + 0.5) / columns];
    return sizes.reduce((sum, size, q) => sum + size * cosPi(down[q]! * y) * cosPi(across[q]! * x), 0);
  });
  const draws = stream.split("cells");
  const seen: number[] = [];
  const unseen: number[] = [];
  for (let e = 0; e < truth.length; e++) (draws.uniform() < part ? seen : unseen).push(e);
  const errors = stream.split("noise");
  const cells = (list: readonly number[], deviation: number): ObservedMatrix => ({
    ...{ rows, cols: columns },
    i: Int32Array.from(list, (e) => Math.floor(e / columns)),
    j: Int32Array.from(list, (e) => e % columns),
    value: Float64Array.from(list, (e) => truth[e]! + deviation * errors.normal()),
  });
  return { observed: cells(seen, noise), judged: cells(unseen, 0), truth, centre: 0 };
}

async function own({ name, bytes }: GivenFile, seed: number): Promise<Problem> {
  const { columns, names, rows: count } = await parseTable(bytes, {}, name);
  if (names.length < 3)
    throw new InvalidInputError(name, `expected three columns: who, what and a number; got ${names.length}`);
  if (count < 50 || count > mostCells)
    throw new InvalidInputError(name, `expected 50 to ${mostCells} rows, got ${count}`);
  const [who, what, number] = names.map((each) => columns[each]!) as [Column, Column, Column];
  const value = number.kind === "number" && number.missing === 0 ? number.values : undefined;
  if (value === undefined || !value.every(Number.isFinite))
    throw new InvalidInputError(name, `expected finite numbers in column "${names[2]}"`);
  const [i, people] = places(who.values);
  const [j, things] = places(what.values);
  const stream = randomStream(seed, "kept aside");
  const aside = Array.from({ length: count }, () => stream.uniform() < 0.1);
  const part = (kept: boolean): ObservedMatrix => {
    const chosen = aside.flatMap((each, e) => (each === kept ? [e] : []));
    return {
      ...{ rows: people, cols: things },
      i: Int32Array.from(chosen, (e) => i[e]!),
      j: Int32Array.from(chosen, (e) => j[e]!),
      value: Float64Array.from(chosen, (e) => value[e]!),
    };
  };
  const observed = part(false);
  const centre = observed.value.reduce((sum, each) => sum + each, 0) / observed.value.length;
  return { observed, judged: part(true), centre };
}

type Column = Awaited<ReturnType<typeof parseTable>>["columns"][string];

/** Numbers things in the order of their first mention. */
function places(values: ArrayLike<number | string>): [place: Int32Array, count: number] {
  const seen = new Map<number | string, number>();
  const place = Int32Array.from({ length: values.length }, (_, e) => {
    const known = seen.get(values[e]!) ?? seen.size;
    seen.set(values[e]!, known);
    return known;
  });
  return [place, seen.size];
}

/** Mean of all, and what rows and columns have more or less, drawn towards 0 as by five cells. */
function meansOf({ rows, cols, i, j, value }: ObservedMatrix): (i: number, j: number) => number {
  const mean = value.reduce((sum, each) => sum + each, 0) / value.length;
  const effect = (count: number, index: Int32Array, rest: Float64Array): Float64Array => {
    const sums = new Float64Array(count);
    const counts = new Float64Array(count).fill(5);
    for (const [e, each] of rest.entries()) {
      sums[index[e]!]! += each;
      counts[index[e]!]!++;
    }
    return sums.map((sum, k) => sum / counts[k]!);
  };
  const right = effect(
    cols,
    j,
    value.map((each) => each - mean),
  );
  const left = effect(
    rows,
    i,
    value.map((each, e) => each - mean - right[j[e]!]!),
  );
  return (r, c) => mean + left[r]! + right[c]!;
}

function errorOf({ i, j, value }: ObservedMatrix, cell: (i: number, j: number) => number): number {
  let [difference, size] = [0, 0];
  for (const [e, each] of value.entries()) {
    difference += (cell(i[e]!, j[e]!) - each) ** 2;
    size += each ** 2;
  }
  return Math.sqrt(difference / size);
}

function pictureOf({ i, j, value }: ObservedMatrix): Float64Array {
  const mean = value.reduce((sum, each) => sum + each, 0) / value.length;
  const cells = new Float64Array(rows * columns).fill(mean);
  for (const [e, each] of value.entries()) cells[i[e]! * columns + j[e]!] = each;
  return cells;
}

function picture(title: string, data: Float64Array): Frame["views"][number] {
  return { kind: "matrix", title, rows, columns, data, rowLabel: "row", columnLabel: "column" };
}
