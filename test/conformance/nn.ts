import { type NdArray, zeros } from "ockham/array";
import { adam, initLinear, linear, meanSquaredError } from "ockham/nn";
import { randomStream } from "ockham/random";
import type { Tensor } from "ockham/tensor";
import { accessor, type Method, type Registration } from "./registration.ts";

/** What draws the initial parameters of a layer from a fresh stream. */
const initial = (sizes: Readonly<Record<string, unknown>>): Method =>
  accessor(() => ({ stream: randomStream(1), ...sizes }));

function normal(shape: readonly number[], label: string): NdArray {
  const array = zeros(shape, "float32");
  randomStream(2, label).fillNormal(array.data);
  return array;
}

type Data = { readonly x: Tensor; readonly y: Tensor };

export const registration: Registration = {
  methods: {
    fit: {
      args: () => ({
        options: {
          params: { layer: initLinear(randomStream(1), 3, 2) },
          data: { x: normal([40, 3], "x"), y: normal([40, 2], "y") },
          loss: ({ layer }: { layer: { weight: Tensor; bias: Tensor } }, { x, y }: Data) =>
            meanSquaredError(linear(layer, x), y),
          optimiser: adam({ learningRate: 1e-2 }),
          batchSize: 8,
          epochs: 4,
          threads: 1,
        },
      }),
      seeded: true,
      long: true,
      invalid: {
        batchSize: [0, 1.5, 41],
        epochs: [-1, Number.NaN],
        threads: [0, 0.5],
        device: ["tpu"],
        data: [{ x: normal([40, 3], "x"), y: normal([39, 2], "y") }, {}],
        validation: [
          { every: 0, measure: () => 0 },
          { every: 1, patience: 0, measure: () => 0 },
        ],
      },
      plain: ({ params, losses, steps }: { params: unknown; losses: unknown; steps: unknown }) => ({
        params,
        losses,
        steps,
      }),
    },
    initConvolution: initial({ inputs: 3, outputs: 4, window: [3, 3] }),
    initEmbedding: initial({ count: 5, width: 4 }),
    initLinear: initial({ inputs: 3, outputs: 4 }),
    initMultiHeadAttention: initial({ width: 8 }),
    initNorm: accessor(() => ({ width: 4 })),
    initResidualBlock: initial({ inputs: 4, outputs: 8 }),
    initTransformerBlock: initial({ width: 8 }),
    glorotUniform: initial({ shape: [3, 4] }),
    heNormal: initial({ shape: [3, 4] }),
    lecunNormal: initial({ shape: [3, 4] }),
    fansOf: accessor(() => ({ shape: [3, 4] })),
    zerosLike: accessor(() => ({ params: { w: normal([2, 2], "w") } })),
  },
  notMethods: {
    "operations on traced values, tested on compiled functions": [
      "binaryCrossEntropy",
      "convolution",
      "crossEntropy",
      "dropout",
      "embedding",
      "huberLoss",
      "klDivergence",
      "linear",
      "meanAbsoluteError",
      "meanSquaredError",
      "multiHeadAttention",
      "residualBlock",
      "rotaryPositions",
      "sumOfSquares",
      "transformerBlock",
      "valueAt",
    ],
    "makers of initialisers, schedules, stages and optimisers, which are functions of traced values": [
      "adam",
      "adamW",
      "addDecayedWeights",
      "averageParameters",
      "chain",
      "clipByGlobalNorm",
      "clipByValue",
      "cosineSchedule",
      "lamb",
      "linearSchedule",
      "lion",
      "normalInitialiser",
      "orthogonalInitialiser",
      "scaleByAdam",
      "scaleByLearningRate",
      "scaleByMomentum",
      "sgd",
      "stateless",
      "stepSchedule",
      "uniformInitialiser",
      "warmUp",
    ],
    "parts of training, tested through fit": [
      "ShuffledBatches",
      "averageOf",
      "loadCheckpoint",
      "saveCheckpoint",
    ],
  },
};
