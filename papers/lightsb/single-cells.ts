import type { Matrix } from "ockham/array";
import { energyDistance, lightSB } from "ockham/diffusion";
import type { Measurement, Run, Table } from "ockham/paper";
import { type RandomStream, randomStream } from "ockham/random";
import { fitTask } from "./benchmark.ts";

/** Learn from the first day to the last, predict the one between. */
const problems = [
  { first: 2, between: 3, last: 4 },
  { first: 3, between: 4, last: 7 },
] as const;

const testCells = 2000;

/** Cells of a day between two others, predicted from them without pairs. */
export async function cellTrajectories(
  run: Run,
  from: number,
  to: number,
): Promise<{ ratio: Measurement; table?: Table }> {
  const { DatasetUnavailableError, loadSingleCells } = await import("ockham/data");
  let days: Awaited<ReturnType<typeof loadSingleCells>>;
  try {
    days = await loadSingleCells(run.stage("single cells", from, from));
  } catch (error) {
    if (!(error instanceof DatasetUnavailableError)) throw error;
    return { ratio: { skipped: `no source of the data set ${error.dataset} can be reached` } };
  }
  const table: Table["rows"][number][] = [];
  const ratios: number[] = [];
  let done = 0;
  await Promise.all(
    problems.flatMap(({ first, between, last }) =>
      run.seeds.map(async (seed) => {
        // One common scale, or the cost would change.
        const scale = 1 / deviationOf(days[first]);
        const [x0, truth, x1] = [first, between, last].map((day) => scaled(days[day as 2], scale)) as [
          Matrix,
          Matrix,
          Matrix,
        ];
        const options = { ...{ epsilon: 0.1, components: 100, learningRate: 1e-2, steps: 2000, seed } };
        const potential = await run.pool.run(fitTask, { x0, x1, options }, { signal: run.signal });
        const stream = randomStream(seed, "cells");
        const test = drawn(truth, stream.split("test"));
        const starts = drawn(x0, stream.split("starts"));
        const t = (between - first) / (last - first);
        const ends = drawn(x1, stream.split("ends"));
        const straight: Matrix = {
          ...starts,
          data: starts.data.map((value, i) => (1 - t) * value + t * ends.data[i]!),
        };
        const bridge = energyDistance(lightSB(potential).bridge(starts, t, stream.split("bridge")), test);
        const independent = energyDistance(straight, test);
        const unmoved = energyDistance(starts, test);
        const floor = energyDistance(drawn(truth, stream.split("floor")), test);
        ratios.push(bridge / Math.min(independent, unmoved));
        table.push([`${first} to ${last}`, between, seed, bridge, independent, unmoved, Math.max(0, floor)]);
        run.progress(from + ((to - from) * ++done) / (problems.length * run.seeds.length), 1, "single cells");
      }),
    ),
  );
  const order = (row: Table["rows"][number]): string => `${row[0]} ${row[2]}`;
  return {
    ratio: Math.max(...ratios),
    table: {
      id: "single-cells",
      title: "Energy distance of predicted cells (50 components) to those of the day",
      columns: [
        { name: "learned on days" },
        { name: "predicted day" },
        { name: "seed" },
        { name: "LightSB", digits: 3 },
        { name: "independent, straight lines", digits: 3 },
        { name: "first day's cells", digits: 3 },
        { name: "other cells of the day", digits: 2 },
      ],
      rows: table.sort((a, b) => order(a).localeCompare(order(b))),
    },
  };
}

/** Root mean square deviation over all coordinates. */
function deviationOf({ data, shape }: Matrix): number {
  const [n, d] = shape as [number, number];
  let sum = 0;
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += data[i * d + j]! / n;
    for (let i = 0; i < n; i++) sum += (data[i * d + j]! - mean) ** 2;
  }
  return Math.sqrt(sum / (n * d));
}

function scaled(x: Matrix, factor: number): Matrix {
  return { ...x, data: x.data.map((value) => value * factor) };
}

/** Rows drawn with replacement. */
function drawn({ data, shape }: Matrix, stream: RandomStream): Matrix {
  const [n, d] = shape as [number, number];
  const out = new Float64Array(testCells * d);
  for (let i = 0; i < testCells; i++) {
    const row = stream.integer(n);
    out.set(data.subarray(row * d, (row + 1) * d), i * d);
  }
  return { dtype: "float64", shape: [testCells, d], data: out };
}
