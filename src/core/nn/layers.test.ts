import { describe, expect, test } from "vitest";
import { fromNested, type NdArray, zeros } from "../array/index.ts";
import { randomStream } from "../random/index.ts";
import { compile, type Tensor } from "../tensor/index.ts";
import {
  binaryCrossEntropy,
  convolution,
  crossEntropy,
  dropout,
  embedding,
  fansOf,
  glorotUniform,
  heNormal,
  huberLoss,
  type Initialiser,
  initConvolution,
  initEmbedding,
  initLinear,
  initResidualBlock,
  initTransformerBlock,
  klDivergence,
  lecunNormal,
  linear,
  meanAbsoluteError,
  meanSquaredError,
  orthogonalInitialiser,
  residualBlock,
  rotaryPositions,
  transformerBlock,
} from "./index.ts";

const stream = randomStream(11, "layers test");

function normal(shape: readonly number[], label: string): NdArray {
  const array = zeros(shape, "float32");
  stream.split(label).fillNormal(array.data);
  return array;
}

const numbers = (array: NdArray): number[] => Array.from(array.data as Float32Array);

describe("initial weights have the variance of their rule", () => {
  test.each<[string, Initialiser, number]>([
    ["He", heNormal, 2 / 300],
    ["LeCun", lecunNormal, 1 / 300],
    ["Glorot", glorotUniform, 2 / 700],
  ])("%s", (name, initialiser, variance) => {
    const values = numbers(initialiser(stream.split(name), [300, 400]));
    const mean = values.reduce((a, b) => a + b) / values.length;
    const spread = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / values.length));
    expect(spread / variance).toBeCloseTo(1, 1);
  });

  test("kernels count the window into both fans", () => {
    expect(fansOf([8, 4, 3, 3])).toEqual({ fanIn: 36, fanOut: 72 });
    expect(() => fansOf([3])).toThrow(/shape/);
  });

  test.each([[[5, 9]], [[9, 5]], [[4, 3, 2]]])("orthogonal %j has orthonormal rows or columns", (shape) => {
    const weight = orthogonalInitialiser(2)(stream.split("orthogonal"), shape);
    const rows = shape[0]!;
    const cols = weight.data.length / rows;
    const at = (i: number, j: number) => weight.data[rows <= cols ? i * cols + j : j * cols + i]!;
    const [count, length] = rows <= cols ? [rows, cols] : [cols, rows];
    for (let i = 0; i < count; i++)
      for (let k = 0; k <= i; k++) {
        let product = 0;
        for (let j = 0; j < length; j++) product += at(i, j) * at(k, j);
        expect(product).toBeCloseTo(i === k ? 4 : 0, 5);
      }
  });
});

test("a linear layer maps the last axis, a convolution the channels", async () => {
  const dense = initLinear(stream.split("linear"), 3, 5);
  const kernel = initConvolution(stream.split("convolution"), 4, 6, [3, 3], { groups: 2 });
  const run = compile((x: Tensor, image: Tensor) => [
    linear(dense, x),
    convolution(kernel, image, { padding: 1, groups: 2 }),
  ]);
  const [y, z] = await run(normal([2, 7, 3], "x"), normal([2, 4, 5, 5], "image"));
  expect(y!.shape).toEqual([2, 7, 5]);
  expect(z!.shape).toEqual([2, 6, 5, 5]);
});

test("an embedding looks rows up", async () => {
  const table = initEmbedding(stream.split("embedding"), 7, 3);
  const run = compile((t: Tensor, i: Tensor) => embedding(t, i));
  const rows = await run(table, { dtype: "int64", shape: [2], data: BigInt64Array.of(6n, 0n) });
  expect(numbers(rows)).toEqual([...numbers(table).slice(18), ...numbers(table).slice(0, 3)]);
});

test("dropout keeps the mean, repeats with its key, and does nothing without one", async () => {
  const run = compile((x: Tensor, key: Tensor) => [dropout(x, 0.25, key), dropout(x, 0.25, undefined)]);
  const x: NdArray = { dtype: "float32", shape: [20000], data: new Float32Array(20000).fill(1) };
  const key = (a: number): NdArray => ({ dtype: "int32", shape: [2], data: Int32Array.of(a, 7) });
  const [dropped, kept] = await run(x, key(1));
  const values = numbers(dropped!);
  expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
  expect(values.reduce((a, b) => a + b) / values.length).toBeCloseTo(1, 1);
  expect(kept).toEqual(x);
  expect((await run(x, key(1)))[0]).toEqual(dropped);
  expect((await run(x, key(2)))[0]).not.toEqual(dropped);
});

test("a causal block does not look ahead", async () => {
  const params = initTransformerBlock(stream.split("block"), 16);
  const run = compile((x: Tensor) => transformerBlock(params, x, { heads: 4, causal: true }));
  const x = normal([1, 6, 16], "sequence");
  const changed = {
    ...x,
    data: (x.data as Float32Array).map((v, i) => (i >= 4 * 16 ? v + 1 : v)),
  } as NdArray;
  const [before, after] = [numbers(await run(x)), numbers(await run(changed))];
  expect(after.slice(0, 4 * 16)).toEqual(before.slice(0, 4 * 16));
  expect(after.slice(4 * 16)).not.toEqual(before.slice(4 * 16));
});

test("rotary positions turn pairs: lengths stay, and scores depend on distances alone", async () => {
  const run = compile((q: Tensor, k: Tensor) => {
    const [turned, other] = [rotaryPositions(q), rotaryPositions(k)];
    return { turned, scores: turned.matmul(other.swapAxes(-1, -2)) };
  });
  const repeated = (label: string): NdArray => {
    const row = normal([1, 8], label).data as Float32Array;
    return {
      dtype: "float32",
      shape: [5, 8],
      data: Float32Array.from({ length: 40 }, (_, i) => row[i % 8]!),
    };
  };
  const [q, k] = [repeated("query"), repeated("key")];
  const { turned, scores } = await run(q, k);
  const square = (values: readonly number[]): number => values.reduce((sum, v) => sum + v * v, 0);
  for (let t = 0; t < 5; t++)
    expect(square(numbers(turned).slice(8 * t, 8 * t + 8))).toBeCloseTo(square(numbers(q).slice(0, 8)), 4);
  expect(numbers(turned).slice(0, 8)).toEqual(numbers(q).slice(0, 8));
  const at = (i: number, j: number): number => numbers(scores)[5 * i + j]!;
  for (const [i, j] of [
    [1, 0],
    [3, 1],
    [0, 2],
  ] as const)
    expect(at(i + 1, j + 1)).toBeCloseTo(at(i, j), 4);
  expect(at(1, 0)).not.toBeCloseTo(at(2, 0), 3);
  await expect(compile((x: Tensor) => rotaryPositions(x))(normal([2, 3], "odd"))).rejects.toThrow("even d");
});

test("a residual block starts as the identity, or as its shortcut", async () => {
  const params = initResidualBlock(stream.split("residual"), 8, 8, { embedding: 3 });
  const run = compile((x: Tensor, t: Tensor) => residualBlock(params, x, { groups: 4, embedding: t }));
  const x = normal([2, 8, 4, 4], "features");
  expect(await run(x, normal([2, 3], "time"))).toEqual(x);
  const wider = initResidualBlock(stream.split("wider"), 8, 12);
  const shape = (await compile((y: Tensor) => residualBlock(wider, y, { groups: 4 }))(x)).shape;
  expect(shape).toEqual([2, 12, 4, 4]);
});

test("losses agree with their formulas", async () => {
  const [a, b] = [
    [0.2, -1.3, 2.5],
    [1.1, 0.4, -0.6],
  ];
  const softmax = (z: number[]) => {
    const e = z.map(Math.exp);
    const sum = e.reduce((x, y) => x + y);
    return e.map((v) => v / sum);
  };
  const [p, q] = [softmax(a), softmax(b)];
  const run = compile((x: Tensor, y: Tensor, labels: Tensor, targets: Tensor) => ({
    hard: crossEntropy(x, labels),
    soft: crossEntropy(x, labels, { smoothing: 0.3 }),
    binary: binaryCrossEntropy(x, targets),
    squared: meanSquaredError(x, y),
    absolute: meanAbsoluteError(x, y),
    huber: huberLoss(x, y, 1),
    divergence: klDivergence(x, y),
  }));
  const labels: NdArray = { dtype: "int64", shape: [1], data: BigInt64Array.of(2n) };
  const found = await run(fromNested([a]), fromNested([b]), labels, fromNested([[1, 0, 0.5]]));
  const mean = (f: (i: number) => number) => (f(0) + f(1) + f(2)) / 3;
  const gap = (i: number) => Math.abs(a[i]! - b[i]!);
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  const target = [1, 0, 0.5];
  const hard = -Math.log(p[2]!);
  const expected = {
    hard,
    soft: 0.7 * hard - (0.3 / 3) * p.reduce((s, v) => s + Math.log(v), 0),
    binary: mean(
      (i) => -target[i]! * Math.log(sigmoid(a[i]!)) - (1 - target[i]!) * Math.log(1 - sigmoid(a[i]!)),
    ),
    squared: mean((i) => gap(i) ** 2),
    absolute: mean(gap),
    huber: mean((i) => (gap(i) <= 1 ? 0.5 * gap(i) ** 2 : gap(i) - 0.5)),
    divergence: q.reduce((s, v, i) => s + v * Math.log(v / p[i]!), 0),
  };
  for (const [name, value] of Object.entries(expected))
    expect(found[name as keyof typeof found].data[0], name).toBeCloseTo(value, 10);
});

test("losses refuse shapes that would broadcast, and labels that are no whole numbers", async () => {
  const [column, row] = [zeros([4, 1], "float32"), zeros([4], "float32")];
  for (const loss of [meanSquaredError, meanAbsoluteError, huberLoss, binaryCrossEntropy, klDivergence])
    await expect(compile((a: Tensor, b: Tensor) => loss(a, b))(column, row)).rejects.toThrow(
      "expected the shape [4, 1], got [4]",
    );
  const logits = zeros([4, 3], "float32");
  await expect(compile((x: Tensor, y: Tensor) => crossEntropy(x, y))(logits, row)).rejects.toThrow(
    "labels: expected int32 or int64, got float32",
  );
});

test("a residual block asks for the vector it has a layer for, and for no other", async () => {
  const x = zeros([1, 8, 4, 4], "float32");
  const plain = initResidualBlock(stream, 8, 8);
  const conditioned = initResidualBlock(stream, 8, 8, { embedding: 3 });
  await expect(compile((y: Tensor) => residualBlock(conditioned, y))(x)).rejects.toThrow("options.embedding");
  const vector = (y: Tensor) => y.full([1, 3], 0);
  await expect(compile((y: Tensor) => residualBlock(plain, y, { embedding: vector(y) }))(x)).rejects.toThrow(
    "options.embedding",
  );
});
