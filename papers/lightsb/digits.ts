import type { Matrix } from "ockham/array";
import { lightSB } from "ockham/diffusion";
import type { Run, Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { digitClassifier, principalDigits, rowsWhere } from "../digits.ts";
import { firstRows, fitTask } from "./benchmark.ts";

/** Handwritten 2s translated to 3s: how many look like 3s to a network, and how far they moved. */
export async function digitTranslation(
  run: Run,
  from: number,
  to: number,
): Promise<{ share: number[]; distanceRatio: number[]; table: Table }> {
  const digits = await principalDigits(run.stage("digits", from, from));
  const classifier = await digitClassifier(run.stage("digit classifier", from, (from + to) / 2));
  const [twos, threes] = [2, 3].map((digit) => rowsWhere(digits.coordinates, digits.labels, digit)) as [
    Matrix,
    Matrix,
  ];
  const share: number[] = [];
  const distanceRatio: number[] = [];
  const rows: Table["rows"][number][] = [];
  const threesAmong = async (x: Matrix): Promise<number> => {
    const found = (await classifier.judge(digits.pixels(x))).digits;
    return (100 * found.filter((digit) => digit === 3).length) / found.length;
  };
  const floor = await threesAmong(firstRows(threes, 1000));
  for (const seed of run.seeds) {
    const options = { ...{ epsilon: 0.1, components: 50, learningRate: 1e-3, steps: 5000, seed } };
    const potential = await run.pool.run(fitTask, { x0: twos, x1: threes, options }, { signal: run.signal });
    const sources = firstRows(twos, 1000);
    const mapped = lightSB(potential).sampleTarget(sources, randomStream(seed, "digits"));
    const order = randomStream(seed, "independent").permutation(threes.shape[0]!);
    share.push(await threesAmong(mapped));
    distanceRatio.push(squaredDistance(sources, mapped) / squaredDistance(sources, permuted(threes, order)));
    rows.push([seed, share.at(-1)!, floor, distanceRatio.at(-1)!, 100 * classifier.accuracy]);
  }
  await classifier.dispose();
  run.progress(to, 1, "digits");
  return {
    share,
    distanceRatio,
    table: {
      id: "digits",
      title: "Handwritten 2s to 3s in 32 principal components",
      columns: [
        { name: "seed" },
        { name: "taken for 3s", unit: "%", digits: 3 },
        { name: "true 3s taken for 3s", unit: "%", digits: 3 },
        { name: "squared distance over independent", digits: 3 },
        { name: "classifier on test images", unit: "%", digits: 4 },
      ],
      rows,
    },
  };
}

/** Mean squared distance of rows at the same place, as many as `x` has. */
function squaredDistance(x: Matrix, y: Matrix): number {
  let sum = 0;
  for (let i = 0; i < x.data.length; i++) sum += (x.data[i]! - y.data[i]!) ** 2;
  return sum / x.shape[0]!;
}

function permuted({ data, shape }: Matrix, order: Int32Array): Matrix {
  const d = shape[1]!;
  const out = new Float64Array(data.length);
  for (const [i, row] of order.entries()) out.set(data.subarray(row * d, (row + 1) * d), i * d);
  return { dtype: "float64", shape, data: out };
}
