import type { Matrix, NdArray } from "ockham/array";
import { CovarianceStatistics, lordLinear, lowRankFactors } from "ockham/compression";
import { type DemoContext, defineDemo, type Frame } from "ockham/demo";
import { parseSafetensors } from "ockham/io";
import { matmul, transpose } from "ockham/linalg";

/** The mean and the deviation that pixels were standardised with. */
const [mean, deviation] = [0.286, 0.353];
const classes = 10;
/** Images that are drawn. */
const shown = 12;
const side = 14;

export const demo = defineDemo({
  says: "A trained network that tells clothes apart is made smaller without training: its first two layers become two thin ones each, of the rank on the axis. LoRD keeps the directions in which the outputs really vary on a few calibration images; the baseline, truncated SVD, keeps the largest singular values of the weights. Move the number of calibration images and watch where accuracy breaks down.",
  shows: [
    { kind: "plot", title: "Images that are told apart" },
    { kind: "plot", title: "Change of the network's output" },
    { kind: "images", title: "The first images", rows: 1 },
    { kind: "table", title: "At the rank reached", rows: 3 },
  ],
  controls: {
    highest: { kind: "number", label: "Highest rank", value: 48, min: 8, max: 96, step: 4 },
    calibration: { kind: "number", label: "Calibration images", value: 300, min: 130, max: 500, step: 10 },
    judged: { kind: "number", label: "Images to judge by", value: 1000, min: 100, max: 1000, step: 100 },
  },
  async *run({ highest, calibration, judged }, { signal, asset }: DemoContext) {
    const { tensors } = parseSafetensors(await asset("clothes.safetensors"));
    const layers = [0, 1, 2].map(
      (i): Layer => ({
        weight: transpose(float64(tensors[`weight${i}`]!)),
        bias: float64(tensors[`bias${i}`]!).data,
      }),
    );
    const seen = standardised(tensors.calibration!, calibration);
    const images = standardised(tensors.images!, judged);
    const labels = (tensors.labels!.data as Uint8Array).subarray(0, judged);
    const full = forward(layers, images);
    const whole = costs(layers);
    const ranks = Array.from({ length: highest / 4 }, (_, i) => 4 * (i + 1));
    const points: { x: number[]; lord: Scores[]; svd: Scores[] } = { x: [], lord: [], svd: [] };
    // Statistics of the outputs of the two layers on the calibration images, before they are rectified.
    const outputs = [product(layers[0]!, seen), product(layers[1]!, rectified(product(layers[0]!, seen)))];
    const statistics = outputs.map((y) => {
      const one = new CovarianceStatistics(y.shape[1]!);
      one.update(y);
      return one;
    });
    for (const [at, rank] of ranks.entries()) {
      signal.throwIfAborted();
      const lord: Layer[] = [];
      const svd: Layer[] = [];
      for (const [i, { weight, bias }] of layers.slice(0, 2).entries()) {
        const { first, firstBias, second, secondBias } = lordLinear(weight, bias, statistics[i]!, rank);
        lord.push({ weight: first, bias: firstBias, plain: true }, { weight: second, bias: secondBias });
        const parts = lowRankFactors(weight, rank);
        svd.push(
          { weight: parts.first, bias: new Float64Array(rank), plain: true },
          { weight: parts.second, bias },
        );
      }
      const score = (own: readonly Layer[]): Scores => {
        const scores = forward([...own, layers[2]!], images);
        return { accuracy: accuracy(scores, labels), error: relativeError(scores, full), scores };
      };
      points.x.push(rank);
      points.lord.push(score(lord));
      points.svd.push(score(svd));
      const [own, other] = [points.lord.at(-1)!, points.svd.at(-1)!];
      const small = costs([...lord, layers[2]!]);
      const views: Frame["views"] = [
        {
          kind: "plot",
          title: "Images that are told apart",
          x: { label: "rank of both layers", domain: [4, highest] },
          y: { label: "accuracy", unit: "%" },
          series: [
            {
              name: "whole network",
              role: "reference",
              mark: "line",
              x: [4, highest],
              y: Array(2).fill(100 * accuracy(full, labels)),
            },
            {
              name: "LoRD",
              role: "method",
              mark: "line",
              x: [...points.x],
              y: points.lord.map(({ accuracy }) => 100 * accuracy),
            },
            {
              name: "truncated SVD",
              role: "baseline",
              mark: "line",
              x: [...points.x],
              y: points.svd.map(({ accuracy }) => 100 * accuracy),
            },
          ],
        },
        {
          kind: "plot",
          title: "Change of the network's output",
          x: { label: "rank of both layers", domain: [4, highest] },
          y: { label: "relative error", scale: "log" },
          series: [
            {
              name: "LoRD",
              role: "method",
              mark: "line",
              x: [...points.x],
              y: points.lord.map(({ error }) => error),
            },
            {
              name: "truncated SVD",
              role: "baseline",
              mark: "line",
              x: [...points.x],
              y: points.svd.map(({ error }) => error),
            },
          ],
        },
        {
          kind: "images",
          title: "The first images",
          width: side,
          height: side,
          rows: [
            {
              name: `rank ${rank}: LoRD is right on ${right(own, labels)}`,
              role: "method",
              pixels: pixelsOf(tensors.images!),
            },
          ],
        },
        {
          kind: "table",
          title: `At rank ${rank}: ${(whole / small).toFixed(2)} times fewer multiplications an image`,
          columns: [
            { name: "network" },
            { name: "multiply-adds an image" },
            { name: "accuracy", unit: "%", digits: 3 },
            { name: "relative error", digits: 3 },
          ],
          rows: [
            ["whole", whole, 100 * accuracy(full, labels), 0],
            ["LoRD", small, 100 * own.accuracy, own.error],
            ["truncated SVD", small, 100 * other.accuracy, other.error],
          ],
        },
      ];
      yield { done: at + 1, total: ranks.length, views };
    }
  },
});

interface Layer {
  /** [out, in]. */
  readonly weight: Matrix;
  readonly bias: Float64Array;
  /** The first of two factors: nothing is rectified after it. */
  readonly plain?: true;
}

interface Scores {
  readonly accuracy: number;
  readonly error: number;
  readonly scores: Matrix;
}

function float64({ shape, data }: NdArray): Matrix {
  return { dtype: "float64", shape, data: Float64Array.from(data as Float32Array) };
}

function standardised({ data, shape }: NdArray, rows: number): Matrix {
  const columns = shape[1]!;
  const pixels = (data as Uint8Array).subarray(0, rows * columns);
  return {
    dtype: "float64",
    shape: [rows, columns],
    data: Float64Array.from(pixels, (value) => (value / 255 - mean) / deviation),
  };
}

function product({ weight, bias }: Layer, x: Matrix): Matrix {
  const y = matmul(x, transpose(weight));
  return { ...y, data: y.data.map((value, i) => value + bias[i % bias.length]!) };
}

function rectified(y: Matrix): Matrix {
  return { ...y, data: y.data.map((value) => Math.max(0, value)) };
}

function forward(layers: readonly Layer[], x: Matrix): Matrix {
  let value = x;
  for (const [i, layer] of layers.entries()) {
    value = product(layer, value);
    if (!layer.plain && i < layers.length - 1) value = rectified(value);
  }
  return value;
}

function costs(layers: readonly Layer[]): number {
  return layers.reduce((sum, { weight }) => sum + weight.data.length, 0);
}

function chosen({ data }: Matrix, row: number): number {
  const scores = data.subarray(row * classes, (row + 1) * classes);
  return scores.indexOf(Math.max(...scores));
}

function accuracy(scores: Matrix, labels: Uint8Array): number {
  return labels.filter((label, row) => chosen(scores, row) === label).length / labels.length;
}

function right({ scores }: Scores, labels: Uint8Array): string {
  return `${labels.subarray(0, shown).filter((label, row) => chosen(scores, row) === label).length} of ${shown}`;
}

function relativeError(a: Matrix, b: Matrix): number {
  let [difference, size] = [0, 0];
  for (const [i, value] of b.data.entries()) {
    difference += (a.data[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.max(1e-16, Math.sqrt(difference / size));
}

function pixelsOf({ data }: NdArray): Float32Array {
  return Float32Array.from((data as Uint8Array).subarray(0, shown * side * side), (value) => value / 255);
}
