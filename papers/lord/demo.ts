import type { Matrix, NdArray } from "ockham/array";
import { CovarianceStatistics, lordLinear, lowRankFactors } from "ockham/compression";
import { type DemoContext, defineDemo, type Frame, type PlotView } from "ockham/demo";
import { parseSafetensors } from "ockham/io";
import { matmul, transpose } from "ockham/linalg";
import { compile, type Tensor, toTensor } from "ockham/tensor";

/** The mean and the deviation that pixels were standardised with. */
const [mean, deviation] = [0.286, 0.353];
const classes = 10;
/** Images that are drawn. */
const shown = 12;
const side = 14;
const allRanks = [8, 16, 24, 32, 48, 64, 80, 96];
/** Images that are timed together. */
const batch = 200;
const [warmUp, rounds] = [3, 15];

export const demo = defineDemo({
  says: "A trained network that tells clothes apart is made smaller without training: its first two layers become two thin ones each, of the rank chosen. LoRD keeps the directions in which the outputs really vary on a few calibration images; the baseline, truncated SVD, keeps the largest singular values of the weights. Both run in ONNX Runtime, here: move the rank and watch what accuracy costs in time.",
  shows: [
    { kind: "plot", title: "Images that are told apart" },
    { kind: "plot", title: "Time of a batch, measured here" },
    { kind: "plot", title: "Change of the network's output" },
    { kind: "table", title: "At the rank chosen", rows: 3 },
    { kind: "images", title: "The first images", rows: 1 },
  ],
  controls: {
    rank: { kind: "number", label: "Rank of both layers", value: 16, min: 8, max: 96, step: 8 },
    calibration: { kind: "number", label: "Calibration images", value: 300, min: 130, max: 500, step: 10 },
    judged: { kind: "number", label: "Images to judge by", value: 1000, min: 200, max: 1000, step: 100 },
  },
  async *run({ rank: chosenRank, calibration, judged }, { signal, asset }: DemoContext) {
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
    // Statistics of the outputs of the two layers on the calibration images, before they are rectified.
    const outputs = [product(layers[0]!, seen), product(layers[1]!, rectified(product(layers[0]!, seen)))];
    const statistics = outputs.map((y) => {
      const one = new CovarianceStatistics(y.shape[1]!);
      one.update(y);
      return one;
    });
    const sizes = { whole: costs(layers), accuracy: 100 * accuracy(full, labels) };
    // The rank that was chosen comes first; then the curves are filled in.
    const ranks = [chosenRank, ...allRanks.filter((rank) => rank !== chosenRank)];
    const points: Point[] = [];
    for (const rank of ranks) {
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
      const networks = [layers, [...lord, layers[2]!], [...svd, layers[2]!]];
      const [whole, own, other] = (await batchTimes(networks, images)) as [number, number, number];
      const score = (network: readonly Layer[], milliseconds: number): Scores => {
        const scores = forward(network, images);
        return {
          accuracy: accuracy(scores, labels),
          error: relativeError(scores, full),
          milliseconds,
          scores,
        };
      };
      points.push({ rank, whole, lord: score(networks[1]!, own), svd: score(networks[2]!, other) });
      const sorted = points.toSorted((a, b) => a.rank - b.rank);
      const [at] = points as [Point];
      const small = sizes.whole - savedBy(layers, chosenRank);
      const views: Frame["views"] = [
        curves(
          sorted,
          "Images that are told apart",
          { label: "accuracy", unit: "%" },
          "accuracy",
          sorted.map(() => sizes.accuracy),
        ),
        {
          ...curves(
            sorted,
            "Time of a batch, measured here",
            { label: `time for ${batch} images`, unit: "ms" },
            "milliseconds",
            sorted.map(({ whole }) => whole),
          ),
          timed: true,
        },
        curves(
          sorted,
          "Change of the network's output",
          { label: "relative error", scale: "log" },
          "error",
          undefined,
        ),
        {
          kind: "table",
          title: `At rank ${chosenRank}: ${(sizes.whole / small).toFixed(2)} times fewer multiplications`,
          columns: [
            { name: "network" },
            { name: "accuracy", unit: "%", digits: 3 },
            { name: `time for ${batch} images`, unit: "ms", digits: 3, timed: true },
            { name: "multiply-adds an image" },
            { name: "relative error", digits: 3 },
          ],
          rows: [
            ["whole", sizes.accuracy, at.whole, sizes.whole, 0],
            ["LoRD", 100 * at.lord.accuracy, at.lord.milliseconds, small, at.lord.error],
            ["truncated SVD", 100 * at.svd.accuracy, at.svd.milliseconds, small, at.svd.error],
          ],
        },
        {
          kind: "images",
          title: "The first images",
          width: side,
          height: side,
          rows: [
            {
              name: `LoRD is right on ${right(at.lord, labels)}`,
              role: "method",
              pixels: pixelsOf(tensors.images!),
            },
          ],
        },
      ];
      yield { done: points.length, total: ranks.length, views };
    }
  },
});

/** Quality and time by rank; the whole network as a line of its own where it has a value. */
function curves(
  points: readonly Point[],
  title: string,
  y: PlotView["y"],
  quantity: "accuracy" | "error" | "milliseconds",
  whole: readonly number[] | undefined,
): PlotView {
  const x = points.map(({ rank }) => rank);
  const scale = quantity === "accuracy" ? 100 : 1;
  return {
    kind: "plot",
    title,
    x: { label: "rank of both layers", domain: [allRanks[0]!, allRanks.at(-1)!] },
    y,
    series: [
      ...(whole === undefined
        ? []
        : [
            {
              name: "whole network",
              role: "reference" as const,
              mark: "line" as const,
              x,
              y: whole,
            },
          ]),
      { name: "LoRD", role: "method", mark: "line", x, y: points.map(({ lord }) => scale * lord[quantity]) },
      {
        name: "truncated SVD",
        role: "baseline",
        mark: "line",
        x,
        y: points.map(({ svd }) => scale * svd[quantity]),
      },
    ],
  };
}

/**
 * Milliseconds that ONNX Runtime takes for a batch, of each network: the median of calls that take turns, so that
 * whatever else the machine does slows all alike. One thread, as layers of this size want.
 */
async function batchTimes(networks: readonly (readonly Layer[])[], images: Matrix): Promise<number[]> {
  const inputs = images.shape[1]!;
  const x: NdArray = {
    dtype: "float32",
    shape: [batch, inputs],
    data: Float32Array.from({ length: batch * inputs }, (_, i) => images.data[i]!),
  };
  const runs = networks.map((layers) => {
    const parts = layers.map(({ weight, bias, plain }) => ({
      weight: float32(transpose(weight)),
      bias: float32({ dtype: "float64", shape: [bias.length], data: bias }),
      plain,
    }));
    return compile(
      (x: Tensor) =>
        parts.reduce((value, { weight, bias, plain }, i) => {
          const y = value.matmul(toTensor(weight)).add(toTensor(bias));
          return plain || i === parts.length - 1 ? y : y.relu();
        }, x),
      { threads: 1 },
    );
  });
  const times = networks.map(() => [] as number[]);
  try {
    for (let round = -warmUp; round < rounds; round++)
      for (const [i, run] of runs.entries()) {
        const started = performance.now();
        await run(x);
        if (round >= 0) times[i]!.push(performance.now() - started);
      }
  } finally {
    for (const run of runs) await run.dispose();
  }
  return times.map((list) => list.toSorted((a, b) => a - b)[rounds >> 1]!);
}

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
  /** For a batch. */
  readonly milliseconds: number;
  readonly scores: Matrix;
}

interface Point {
  readonly rank: number;
  /** Milliseconds of the whole network, timed beside the other two. */
  readonly whole: number;
  readonly lord: Scores;
  readonly svd: Scores;
}

function float32({ shape, data }: Matrix | NdArray): NdArray {
  return { dtype: "float32", shape, data: Float32Array.from(data as Float64Array) };
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

/** Multiply-adds an image that factors of a rank save in the first two layers. */
function savedBy(layers: readonly Layer[], rank: number): number {
  return layers
    .slice(0, 2)
    .reduce((sum, { weight: { shape } }) => sum + shape[0]! * shape[1]! - rank * (shape[0]! + shape[1]!), 0);
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
