import { fromNested, type NdArray } from "ockham/array";
import {
  CovarianceStatistics,
  formatOnnxModel,
  type LinearLayer,
  type OnnxModel,
  svdCompress,
  type TrpResult,
} from "ockham/compression";
import { svd } from "ockham/linalg";
import { initLinear, type Linear, linear, meanSquaredError, sgd } from "ockham/nn";
import { randomStream } from "ockham/random";
import type { Tensor } from "ockham/tensor";
import { modelOf, node, normal, weight } from "../support/onnx-models.ts";
import { accessor, type Method, type Registration } from "./registration.ts";

const network = (): OnnxModel =>
  modelOf({
    shape: [8],
    nodes: [node("MatMul", ["x", "w"], "m"), node("Relu", ["m"], "r"), node("MatMul", ["r", "v"], "y")],
    initializer: [weight("w", [8, 6]), weight("v", [6, 8])],
  });
const calibration = () => [{ x: normal([30, 8], "calibration") }];
const matrix = () =>
  fromNested([
    [4, 0, 2],
    [1, 3, -1],
    [0, 2, 5],
    [2, -1, 1],
  ]);
const statistics = (): CovarianceStatistics => {
  const made = new CovarianceStatistics(4);
  const y = normal([20, 4], "outputs");
  made.update({ dtype: "float64", shape: [20, 4], data: Float64Array.from(y.data) });
  return made;
};
const { replaced } = await svdCompress(network(), { rank: { kind: "fixed", rank: 2 } });
/** What a compressed model consists of. */
const bytes = ({ model, report }: { model: OnnxModel; report: unknown }) => ({
  bytes: formatOnnxModel(model),
  report,
});
const rules = {
  rank: [
    { kind: "ratio", keep: 0 },
    { kind: "ratio", keep: 1.1 },
    { kind: "all" },
    { kind: "fixed", rank: 0.5 },
    3,
  ],
  layers: ["nothing", ""],
  skip: ["nothing"],
};
const calibrated: Method = {
  args: () => ({ model: network(), calibration: calibration(), options: {} }),
  long: true,
  invalid: { ...rules, maxSamples: [1, 2.5] },
  plain: bytes,
};
const tensors = (): Record<string, NdArray> => ({ w: normal([8, 6], "w"), b: normal([6], "b") });

const base = () => ({ w: normal([6, 5], "base"), b: normal([5], "bias") });
const tuned = () => [0, 1].map((i) => ({ w: normal([6, 5], `tuned ${i}`), b: normal([5], `bias ${i}`) }));
const merging = (invalid: Method["invalid"] = {}): Method => ({
  args: () => ({ base: base(), tuned: tuned(), options: {} }),
  invalid: { include: ["nothing"], ...invalid },
});

export const registration: Registration = {
  methods: {
    lordCompress: calibrated,
    asvdCompress: calibrated,
    svdCompress: {
      args: () => ({ model: network(), options: {} }),
      long: true,
      invalid: rules,
      plain: bytes,
    },
    lordLinear: {
      args: () => ({
        weight: matrix(),
        bias: Float64Array.of(1, 0, 2, 1),
        statistics: statistics(),
        rank: 2,
      }),
    },
    rankSensitivity: {
      args: () => ({
        model: network(),
        calibration: calibration(),
        options: { metric: () => 1, keeps: [0.5] },
      }),
      long: true,
      invalid: { metric: [1], keeps: [[]] },
    },
    pruneMagnitude: {
      args: () => ({ model: network(), options: {} }),
      invalid: { keep: [-0.1, 1.1, Number.NaN], layers: ["nothing"] },
      plain: (model: OnnxModel) => formatOnnxModel(model),
    },
    factorTensors: {
      args: () => ({ tensors: tensors(), options: {} }),
      long: true,
      invalid: rules,
    },
    taskVector: { args: () => ({ base: base(), tuned: tuned()[0] }) },
    breadcrumbMask: {
      args: () => ({ change: normal([6, 5], "change"), options: {} }),
      invalid: { keep: [0, 1.1], removeTop: [-0.1, Number.NaN], granularity: ["column"] },
      accepts: { change: ["empty"] },
    },
    mergeBreadcrumbs: merging({
      alpha: [Number.NaN],
      keep: [0, 1.1],
      removeTop: [-0.1],
      granularity: ["column"],
    }),
    mergeTaskArithmetic: merging({ alpha: [Number.NaN] }),
    mergeTies: merging({ alpha: [Number.NaN], keep: [0, 1.1] }),
    mergeDare: { ...merging({ alpha: [Number.NaN], drop: [-0.1, 1] }), seeded: true },
    mergeAverage: merging(),
    projectLowRank: {
      args: () => ({ weight: normal([4, 3, 3, 3], "kernel"), scheme: "channel", energy: 0.9 }),
    },
    decomposeConvolution: {
      args: () => ({
        weight: normal([4, 3, 3, 3], "kernel"),
        bias: null,
        geometry: {},
        scheme: "spatial",
        rule: { kind: "fixed", rank: 2 },
      }),
    },
    decomposeModel: {
      args: () => ({ model: network(), scheme: "channel", options: {} }),
      invalid: {
        ...rules,
        rank: [
          { kind: "value", threshold: -1 },
          { kind: "budget", totalParams: 5 },
        ],
      },
      plain: bytes,
    },
    trainTrp: {
      args: () => ({
        options: {
          params: { layer: initLinear(randomStream(1), 3, 2) },
          data: { x: normal([40, 3], "x"), y: normal([40, 2], "y") },
          loss: ({ layer }: { layer: Linear }, { x, y }: { x: Tensor; y: Tensor }) =>
            meanSquaredError(linear(layer, x), y),
          optimiser: sgd({ learningRate: 1e-2 }),
          batchSize: 8,
          epochs: 4,
          threads: 1,
          layers: (path: string) => path === "layer.weight",
        },
      }),
      seeded: true,
      long: true,
      invalid: {
        epochs: [0, 1.5],
        period: [0],
        energy: [0, 1],
        nuclearWeight: [-1],
        scheme: ["rows"],
        layers: [() => false],
        batchSize: [0, 41],
        threads: [0],
      },
      plain: ({ params, losses, ranksHistory }: TrpResult<unknown>) => ({ params, losses, ranksHistory }),
    },
    linearLayers: {
      args: () => ({ model: network() }),
      plain: ({ layers }: { layers: readonly LinearLayer[] }) =>
        layers.map(({ name, weight }) => ({ name, weight })),
    },
    modelSize: { args: () => ({ model: network() }) },
    multiplyAdds: { args: () => ({ model: network(), feeds: calibration()[0] }) },
    applyFactors: {
      args: () => ({ model: network(), replaced }),
      plain: (model: OnnxModel) => formatOnnxModel(model),
    },
    denseEquivalent: {
      args: () => ({ model: network(), replaced }),
      plain: (model: OnnxModel) => formatOnnxModel(model),
    },
    formatOnnxModel: { args: () => ({ model: network() }) },
    parseOnnxModel: { args: () => ({ bytes: formatOnnxModel(network()) }), accepts: { bytes: ["NaN"] } },
    lowRankFactors: { args: () => ({ weight: matrix(), rank: 2 }) },
    truncatedFactors: accessor(() => ({ decomposition: svd(matrix()), rank: 2 })),
    breakEvenRank: { args: () => ({ out: 512, inputs: 128 }), trusts: "arguments" },
    chooseRank: accessor(() => ({
      singularValues: Float64Array.of(3, 2, 1),
      shape: [3, 4],
      rule: { kind: "energy", threshold: 0.9 },
    })),
    budgetRanks: accessor(() => ({
      layers: [{ singularValues: Float64Array.of(3, 2, 1), shape: [3, 3] }],
      totalParams: 6,
    })),
  },
  notMethods: {
    "makers of methods of merging, and the merge of open files; tested through the functions that merge": [
      "averaging",
      "breadcrumbs",
      "dare",
      "openMerge",
      "searchMerge",
      "taskArithmetic",
      "ties",
    ],
    "a class, tested through lordLinear": ["CovarianceStatistics"],
    "readers and writers of files": ["readOnnxModel", "writeOnnxModel"],
    "measures time, which is never the same": ["compareLatency"],
  },
};
