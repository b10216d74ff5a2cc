import type { Matrix, NdArray } from "ockham/array";
import { randomStream } from "ockham/random";
import {
  type DenseSystem,
  type DiagonalSystem,
  initCausalMonarch,
  initM2Block,
  type MonarchMatrix,
  m2Network,
  type PtdResult,
  type SsmClassifier,
  type StateModes,
  type TokenModel,
  type TokenNetwork,
} from "ockham/sequence";
import { accessor, type Method, type Registration } from "./registration.ts";

const matrix = (): Matrix => ({
  dtype: "float64",
  shape: [3, 3],
  data: Float64Array.of(-1, 0, 0, -1.7, -2, 0, -2.2, -3.8, -3),
});
const b = (): Float64Array => Float64Array.of(1, 2, 3);
const c = (): Float64Array => Float64Array.of(0.5, -1, 1);
const dense = (): DenseSystem => ({ a: matrix(), b: b(), c: c() });
const diagonal = (): DiagonalSystem => ({
  eigenvalues: { re: Float64Array.of(-0.5, -0.5), im: Float64Array.of(2, -2) },
  b: { re: Float64Array.of(1, 1), im: Float64Array.of(0.5, -0.5) },
  c: { re: Float64Array.of(0.3, 0.3), im: Float64Array.of(-1, 1) },
});
const modes = (): StateModes => ({
  eigenvalues: { re: Float64Array.of(-0.5), im: Float64Array.of(2) },
  vectors: {
    re: { dtype: "float64", shape: [2, 1], data: Float64Array.of(0.7, 0.1) },
    im: { dtype: "float64", shape: [2, 1], data: Float64Array.of(0, 0.6) },
  },
  inverse: {
    re: { dtype: "float64", shape: [1, 2], data: Float64Array.of(0.7, 0.1) },
    im: { dtype: "float64", shape: [1, 2], data: Float64Array.of(0, -0.6) },
  },
  input: { re: Float64Array.of(1), im: Float64Array.of(0.2) },
  multiplicity: Float64Array.of(2),
  condition: 1.5,
  relativeNorm: 0.01,
});

function sequences(): NdArray {
  const data = randomStream(3).fillNormal(new Float32Array(8 * 6 * 2));
  return { dtype: "float32", shape: [8, 6, 2], data };
}
const labels = (): Int32Array => Int32Array.of(0, 1, 0, 1, 1, 0, 1, 0);

const order: Method = { args: () => ({ n: 4 }) };
const layer = accessor(() => ({ stream: randomStream(1), width: 2, modes: modes() }));

export const registration: Registration = {
  methods: {
    hippoLegS: order,
    hippoNormalPart: order,
    perturbThenDiagonalize: {
      args: () => ({ a: matrix(), options: { steps: 20 } }),
      seeded: true,
      long: true,
      invalid: {
        gamma: [-1, Number.NaN],
        init: ["uniform"],
        initScale: [-1],
        steps: [0, 1.5],
        learningRate: [0],
        stable: [Number.NaN],
      },
    },
    ginibrePerturbation: {
      args: () => ({ a: matrix(), options: { relativeNorm: 0.01 } }),
      seeded: true,
      invalid: { relativeNorm: [0, Number.NaN] },
    },
    diagonalForm: {
      args: () => ({
        decomposition: {
          eigenvalues: diagonal().eigenvalues,
          vectors: square(1),
          inverse: square(2),
        } satisfies Pick<PtdResult, "eigenvalues" | "vectors" | "inverse">,
        b: Float64Array.of(1, 2),
        c: Float64Array.of(2, 1),
      }),
    },
    transferFunction: {
      args: () => ({ system: dense(), omega: Float64Array.of(0.5, 2) }),
      accepts: { omega: ["shape"] },
    },
    hInfinityError: {
      args: () => ({ first: dense(), second: diagonal(), options: { points: 50 } }),
      invalid: { from: [0, -1], to: [0.01, Number.NaN], points: [1, 2.5] },
    },
    convolutionKernel: {
      args: () => ({ system: diagonal(), options: { step: 0.1, length: 5 } }),
      invalid: { step: [0, Number.NaN], length: [0, 1.5], discretization: ["euler"] },
    },
    stateModes: {
      args: () => ({ options: { stateSize: 4, init: "s4d-legs" } }),
      invalid: { stateSize: [1, 2.5], init: ["hippo"] },
    },
    initS4Layer: layer,
    initS5Layer: layer,
    fitSsmClassifier: {
      args: () => ({
        x: sequences(),
        labels: labels(),
        options: { init: "s4d-lin", stateSize: 4, width: 2, layers: 1, epochs: 1, batchSize: 4, threads: 1 },
      }),
      seeded: true,
      long: true,
      accepts: { labels: ["NaN"] },
      invalid: {
        layer: ["s6"],
        init: ["hippo"],
        stateSize: [0],
        width: [0],
        layers: [1.5],
        blocks: [0],
        residual: ["yes"],
        dropout: [1.5],
        bidirectional: [1],
        discretization: ["euler"],
        dtMin: [0],
        dtMax: [1e-9],
        batchSize: [0, 9],
        epochs: [-1],
        learningRate: [-1],
        ssmLearningRate: [Number.NaN],
        weightDecay: [-1],
        threads: [0],
      },
      plain: ({ params, architecture, losses }: SsmClassifier) => ({ params, architecture, losses }),
    },
    listOps: {
      args: () => ({ options: { count: 3, minLength: 10, maxLength: 30 } }),
      seeded: true,
      invalid: { count: [0], minLength: [3], maxLength: [9], maxDepth: [0], maxArguments: [1] },
    },
    evaluateListOps: {
      args: () => ({ tokens: Int32Array.of(10, 3, 4, 14) }),
      accepts: { tokens: ["shape"] },
    },
    pathfinder: { args: () => ({ options: { count: 2 } }), seeded: true, invalid: { count: [0], size: [8] } },
    selectiveCopying: {
      args: () => ({ options: { count: 2, length: 12 } }),
      seeded: true,
      invalid: { count: [0], length: [7], copies: [0], symbols: [0] },
    },
    associativeRecall: {
      args: () => ({ options: { count: 2, pairs: 3 } }),
      seeded: true,
      invalid: { count: [0], pairs: [0], keys: [2], values: [1] },
    },
    sequentialImages: {
      args: () => ({
        images: { dtype: "uint8", shape: [1, 2, 2], data: Uint8Array.of(1, 2, 3, 4) },
        options: {},
      }),
      invalid: { pool: [0, 3], permuted: [1] },
    },
    monarchFromFactors: {
      args: () => ({ r: blocks("r"), l: blocks("l") }),
    },
    monarchMatvec: { args: () => ({ m: monarch(), x: Float64Array.of(1, 2, 3, 4) }) },
    monarchParameters: { args: () => ({ m: monarch() }) },
    monarchToDense: { args: () => ({ m: monarch() }) },
    monarchProjection: {
      args: () => ({
        a: { dtype: "float64", shape: [4, 4], data: randomStream(4).fillNormal(new Float64Array(16)) },
        blocks: 2,
      }),
    },
    monarchDft: { args: () => ({ sizes: [2, 3] }) },
    complexMonarchMatvec: accessor(() => ({
      m: { re: monarch(), im: monarch(), reversed: true },
      x: { re: Float64Array.of(1, 2, 3, 4), im: Float64Array.of(0, 1, 0, 1) },
    })),
    initBlockDiagonal: accessor(() => ({ stream: randomStream(1), inputs: 4, outputs: 8, blocks: 2 })),
    initCausalMonarch: accessor(() => ({ stream: randomStream(1), b: 3 })),
    requireInvertible: accessor(() => ({ params: initCausalMonarch(randomStream(1), 3) })),
    initImplicitFilter: accessor(() => ({ stream: randomStream(1), width: 3 })),
    initM2Block: accessor(() => ({ stream: randomStream(1), width: 4, options: { maxLength: 8 } })),
    initM2State: accessor(() => ({
      block: initM2Block(randomStream(1), 4, { maxLength: 8 }),
      longest: 8,
    })),
    initMonarchSequenceMixer: accessor(() => ({
      stream: randomStream(1),
      width: 4,
      options: { maxLength: 8 },
    })),
    m2Network: {
      args: () => ({ options: { vocabulary: 4, maxLength: 6, width: 4, layers: 1 } }),
      seeded: true,
      invalid: {
        vocabulary: [1],
        maxLength: [1],
        width: [0],
        layers: [0],
        blocks: [3],
        filterOrder: [0],
        causal: [1],
        residualConvolution: ["no"],
      },
      plain: ({ params }: TokenNetwork<unknown>) => params,
    },
    fitTokenModel: {
      args: () => ({
        network: m2Network({ vocabulary: 4, maxLength: 6, width: 4, layers: 1 }),
        tokens: Int32Array.from({ length: 40 }, (_, i) => i % 4),
        options: { steps: 3, batchSize: 2, threads: 1 },
      }),
      seeded: true,
      long: true,
      accepts: { tokens: ["shape"] },
      invalid: {
        length: [1, 7],
        batchSize: [0],
        steps: [0],
        learningRate: [-1],
        weightDecay: [-1],
        objective: ["both"],
        maskedShare: [0, 1],
        threads: [0],
      },
      plain: ({ params, losses }: TokenModel<unknown>) => ({ params, losses }),
    },
    oneHotSequences: {
      args: () => ({
        tokens: { dtype: "int32", shape: [1, 3], data: Int32Array.of(0, 2, 1) },
        vocabulary: 3,
      }),
    },
  },
  notMethods: {
    "operations on traced values, tested on compiled functions": [
      "blockDiagonalLinear",
      "causalMonarch",
      "diagonalKernel",
      "diagonalScan",
      "implicitFilter",
      "longConvolution",
      "m2Block",
      "m2BlockStep",
      "m2Kernels",
      "monarchApply",
      "monarchConvolution",
      "monarchSequenceMixer",
      "s4Kernel",
      "s4Layer",
      "s4Step",
      "s5Layer",
      "s5Step",
    ],
    "reads a file that a trained model wrote, tested with it": ["loadSsmClassifier"],
  },
};

function blocks(label: string): NdArray<"float64"> {
  return { dtype: "float64", shape: [2, 2, 2], data: randomStream(5, label).fillNormal(new Float64Array(8)) };
}

const monarch = (): MonarchMatrix => ({ sizes: [2, 2], factors: [blocks("l"), blocks("r")] });

function square(seed: number): { re: Matrix; im: Matrix } {
  const stream = randomStream(seed, "square");
  const part = (): Matrix => ({
    dtype: "float64",
    shape: [2, 2],
    data: stream.fillNormal(new Float64Array(4)),
  });
  return { re: part(), im: part() };
}
