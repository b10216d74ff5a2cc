import { type NdArray, zeros } from "ockham/array";
import type { Run, Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import {
  causalMonarch,
  complexMonarchMatvec,
  fitTokenModel,
  initCausalMonarch,
  initM2Block,
  listOps,
  type MonarchMatrix,
  m2Block,
  m2Network,
  monarchApply,
  monarchDft,
  monarchToDense,
} from "ockham/sequence";
import { fft } from "ockham/signal";
import { compile, type Tensor } from "ockham/tensor";

function normals(shape: readonly number[], label: string, dtype: "float32" | "float64" = "float64"): NdArray {
  const array = zeros(shape, dtype);
  randomStream(1, label).fillNormal(array.data as Float64Array);
  return array;
}

/** A random Monarch matrix on a grid. */
export function randomMonarch(sizes: readonly number[]): MonarchMatrix {
  const n = sizes.reduce((a, b) => a * b);
  return {
    sizes,
    factors: sizes.map(
      (size, axis) => normals([n / size, size, size], `factor ${axis} of ${sizes}`) as NdArray<"float64">,
    ),
  };
}

/** Largest difference of products by blocks and by the matrix written out, over the largest value. */
export async function denseDifference(): Promise<number> {
  let worst = 0;
  for (const sizes of [
    [12, 12],
    [5, 7],
    [4, 6, 5],
    [2, 3, 2, 4],
  ]) {
    const matrix = randomMonarch(sizes);
    const n = sizes.reduce((a, b) => a * b);
    const x = normals([3, n], "x");
    const apply = compile((own: Tensor) => monarchApply(matrix, own));
    const { data } = await apply(x);
    await apply.dispose();
    const dense = monarchToDense(matrix).data;
    let [difference, size] = [0, 0];
    for (let row = 0; row < 3; row++)
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += dense[i * n + j]! * Number(x.data[row * n + j]);
        difference = Math.max(difference, Math.abs(sum - Number(data[row * n + i])));
        size = Math.max(size, Math.abs(sum));
      }
    worst = Math.max(worst, difference / size);
  }
  return worst;
}

/** The Fourier transform as a Monarch matrix against a fast transform, relative error by grid. */
export function dftErrors(): Table & { readonly worst: number } {
  const rows = [
    [4, 6],
    [8, 8],
    [32, 32],
    [64, 64],
    [16, 16, 16],
  ].map((sizes) => {
    const n = sizes.reduce((a, b) => a * b);
    const [re, im] = [normals([n], "re").data as Float64Array, normals([n], "im").data as Float64Array];
    const own = complexMonarchMatvec(monarchDft(sizes), { re, im });
    const exact = fft({ re, im });
    let [difference, size] = [0, 0];
    for (let k = 0; k < n; k++) {
      difference = Math.max(difference, Math.hypot(own.re[k]! - exact.re[k]!, own.im[k]! - exact.im[k]!));
      size = Math.max(size, Math.hypot(exact.re[k]!, exact.im[k]!));
    }
    return [sizes.join(" x "), n, sizes.reduce((sum, d) => sum + n * d, 0), difference / size] as const;
  });
  return {
    id: "fourier",
    title: "Discrete Fourier transforms as Monarch matrices",
    columns: [
      { name: "grid" },
      { name: "length" },
      { name: "entries" },
      { name: "relative error", digits: 2 },
    ],
    rows,
    worst: Math.max(...rows.map(([, , , error]) => error)),
  };
}

/** Change of the past, over the largest value, when all of the future is changed; of a block and of learned bases. */
export async function leaks(): Promise<{ readonly block: number; readonly bases: number }> {
  const [length, width, cut] = [144, 16, 90];
  const block = initM2Block(randomStream(2), width, { maxLength: length });
  const run = compile((x: Tensor) => m2Block(block, x, { maxLength: length }));
  const u = normals([1, length, width], "u", "float32");
  const changed = { ...u, data: (u.data as Float32Array).map((v, i) => (i >= cut * width ? -3 * v + 1 : v)) };
  const past = (y: NdArray, end: number): number[] => Array.from(y.data as Float64Array).slice(0, end);
  const difference = (a: number[], b: number[]): number =>
    Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / Math.max(...a.map(Math.abs));
  const ofBlock = difference(
    past(await run(u), cut * width),
    past(await run(changed as NdArray), cut * width),
  );
  await run.dispose();

  const bases = initCausalMonarch(randomStream(3), 12, 0.1);
  const wide = JSON.parse(JSON.stringify(bases), (_, value) =>
    value?.dtype === "float32"
      ? { dtype: "float64", shape: value.shape, data: Float64Array.from(Object.values(value.data as object)) }
      : value,
  ) as typeof bases;
  const kernel = normals([1, length], "kernel");
  const mixed = compile((x: Tensor, k: Tensor) => causalMonarch(wide, k, x));
  const v = normals([1, 1, length], "v");
  const other = { ...v, data: (v.data as Float64Array).map((value, i) => (i >= cut ? 1 - value : value)) };
  const ofBases = difference(
    past(await mixed(v, kernel), cut),
    past(await mixed(other as NdArray, kernel), cut),
  );
  await mixed.dispose();
  return { block: ofBlock, bases: ofBases };
}

/** A hundred steps of a small mixer on nested lists: last loss over the first. */
export async function shortTraining(run: Run, from: number, to: number): Promise<number> {
  const { tokens, vocabulary } = listOps({ count: 200, seed: run.seed });
  const network = m2Network({ vocabulary, maxLength: 32, width: 16, layers: 1, seed: run.seed });
  const { losses } = await fitTokenModel(network, tokens.data, {
    ...{ steps: 100, batchSize: 8, learningRate: 0.01, seed: run.seed },
    ...run.stage("training a small mixer", from, to),
  });
  const mean = (values: Float32Array): number => values.reduce((a, b) => a + b) / values.length;
  return mean(losses.slice(-10)) / losses[0]!;
}
