import { fromNested } from "ockham/array";
import { srht } from "ockham/linalg";
import {
  boxResolvent,
  type CompletedMatrix,
  finiteSumLeastSquares,
  leastSquares,
  separatorMethods,
} from "ockham/optim";
import { dense, sparse, vector } from "./inputs.ts";
import { accessor, type Method, type Registration } from "./registration.ts";

const labels = (): Int32Array => Int32Array.of(1, -1, 1);

/** A method of samples and labels. */
const labelled = (rest: Partial<Method> = {}): Method => ({
  args: () => ({ x: dense(), y: labels(), options: {} }),
  // The other precision is as good.
  accepts: { x: ["dtype"] },
  ...rest,
});

const solverInvalid = {
  lipschitz: [0, -1],
  stepSize: [0, Number.NaN],
  tolerance: [-1],
  maxEvaluations: [0],
  residualEvery: [-1, 0.5],
};

/** A solver of inclusions, on least squares. */
const solver: Method = {
  args: () => ({
    f: finiteSumLeastSquares(dense(), vector(), { sampling: "uniform" }),
    g: boxResolvent(-1, 1),
    u0: vector(),
    options: { maxEvaluations: 60, tolerance: 0, lipschitz: 17 },
  }),
  long: true,
  invalid: solverInvalid,
};

/** A tall design of full rank and a right-hand side outside its range. */
const tall = () =>
  fromNested(Array.from({ length: 40 }, (_, i) => [1, i / 40, Math.cos(i), Math.sin(2 * i)]));
/** Two thirds of the cells of a 12 x 14 table of rank 2 with a little noise. */
const cells = () => {
  const at = Array.from({ length: 12 * 14 }, (_, e) => e).filter((e) => e % 3 !== 1);
  const i = Int32Array.from(at, (e) => Math.floor(e / 14));
  const j = Int32Array.from(at, (e) => e % 14);
  const value = Float64Array.from(at, (e, c) => Math.cos(i[c]!) * j[c]! + i[c]! + 0.1 * Math.sin(e * e));
  return { rows: 12, cols: 14, i, j, value };
};
const shorter = () =>
  fromNested(Array.from({ length: 20 }, (_, i) => [1, i / 20, Math.cos(2 * i), Math.sin(4 * i)]));
const wave2 = () => Float64Array.from({ length: 120 }, (_, i) => Math.sin(i * i));
const wave = () => Float64Array.from({ length: 40 }, (_, i) => Math.sin(i * i));

export const registration: Registration = {
  methods: {
    fitSeparator: labelled({
      args: () => ({ x: sparse(), y: labels(), options: {} }),
      long: true,
      invalid: {
        method: ["svm"],
        stepSize: [0, -1, Number.NaN],
        maxIterations: [-1, 0.5],
        bias: [1],
        initial: [[0, 0, 0], new Float64Array(2)],
        order: ["last"],
        recordEvery: [-1],
      },
    }),
    maxMargin: labelled({ long: true, invalid: { tolerance: [-1], maxPasses: [0] } }),
    separatorMargin: {
      args: () => ({ x: sparse(), y: labels(), theta: vector() }),
      accepts: { theta: ["shape"] },
    },
    halpernVr: {
      ...solver,
      seeded: true,
      invalid: { ...solverInvalid, batchSize: [0, 99], tuning: ["bold"] },
    },
    halpernInexact: { ...solver, seeded: true, invalid: { ...solverInvalid, tuning: ["bold"] } },
    varianceReducedExtragradient: { ...solver, seeded: true },
    minibatchHalpern: { ...solver, seeded: true, invalid: { ...solverInvalid, batchSize: [0, 99] } },
    extragradient: solver,
    extraAnchoredGradient: solver,
    halpern: solver,
    forwardBackwardSplitting: solver,
    minimizeBcd: {
      args: () => ({
        problem: leastSquares(dense(), vector()),
        options: { selection: "random", update: "gradient", maxIterations: 3 },
      }),
      long: true,
      seeded: true,
      invalid: { selection: ["best"], update: ["none"], maxIterations: [-1], tolerance: [-1] },
    },
    greedyForest: accessor(() => ({ order: Int32Array.of(0, 1, 2), graph: sparse() })),
    treePartition: accessor(() => ({ graph: sparse(), order: Int32Array.of(0, 1, 2) })),
    redBlackPartition: accessor(() => ({ graph: sparse(), order: Int32Array.of(0, 1, 2) })),
    gameGap: { args: () => ({ a: dense(), u: Float64Array.of(0.5, 0.25, 0.25, 0, 0, 1) }) },
    latticeComb: accessor(() => ({ rows: 3, columns: 4 })),
    halpernAnchorWeight: accessor(() => ({ k: 3 })),
    fullEvaluationProbability: accessor(() => ({ k: 3, n: 10 })),
    iterationBound: {
      args: () => ({ radius: 1, margin: 0.5, n: 10, stepSize: 1, method: separatorMethods[0] }),
    },
    sketchRows: {
      args: () => ({ n: 1e6, d: 10, options: {} }),
      invalid: { epsilon: [0, Number.NaN], delta: [0, 2], rule: ["best"] },
    },
    sketchedLeastSquares: {
      args: () => ({ a: tall(), b: wave(), options: { rows: 12 } }),
      seeded: true,
      invalid: { rows: [3, 5.5], sketch: ["dense"], epsilon: [0], delta: [2], refine: [-1] },
    },
    tensorRegression: {
      args: () => ({ a1: fromNested([[1], [2], [4]]), a2: tall(), b: wave2(), options: { rows: 24 } }),
      seeded: true,
      invalid: { rows: [3], epsilon: [0], delta: [2] },
    },
    lpScores: {
      args: () => ({ a: tall(), p: 3, options: { approximate: false } }),
      long: true,
      invalid: { kind: ["l2"], approximate: [1] },
    },
    lpSample: {
      args: () => ({ a: tall(), p: 3, options: { size: 12, kind: "lewis" } }),
      seeded: true,
      long: true,
      invalid: { size: [3, 7.5], kind: ["l2"], epsilon: [0], scores: [new Float64Array(3)], rounds: [0] },
    },
    lpSampleSize: {
      args: () => ({ p: 4, total: 5, d: 3, options: {} }),
      invalid: { epsilon: [0], kind: ["l2"] },
    },
    lpRegression: {
      args: () => ({ a: tall(), b: wave(), p: 1.5, options: {} }),
      long: true,
      invalid: { sample: [true, "lewis"], tolerance: [-1], maxIterations: [0] },
    },
    subspaceDistortion: {
      args: () => ({ a: tall(), s: shorter(), p: 3, options: { probes: 20 } }),
      long: true,
      invalid: { probes: [-1], scores: [new Float64Array(3)] },
      // Any number of rows is a sample.
      accepts: { s: ["empty"] },
    },
    completeMatrix: {
      args: () => ({ observed: cells(), options: { rank: 2, iterations: 5, tolerance: 0 } }),
      seeded: true,
      long: true,
      plain: ({ predict, row, ...rest }: CompletedMatrix) => rest,
      invalid: {
        rank: [0, 1.5, 13],
        solver: ["lu"],
        innerTolerance: [-1, 2],
        maxInner: [0],
        warmStart: [1],
        iterations: [0],
        tolerance: [-1],
        ridge: [-1],
        split: ["yes"],
        init: ["zeros"],
        clip: [-1, "some"],
        validation: [1, -0.1],
        onIteration: [1],
      },
    },
    completionCells: {
      args: () => ({ m: 10, n: 20, k: 2, options: {} }),
      invalid: { incoherence: [0], condition: [0.5] },
    },
    incoherence: {
      args: () => ({
        u: fromNested([
          [1, 0],
          [0, 1],
          [0, 0],
        ]),
      }),
    },
    solveMultiResponse: {
      args: () => ({
        a: fromNested([
          [1, 0],
          [0, 1],
          [1, 1],
        ]),
        pattern: sparse(),
        x0: fromNested([
          [0, 0],
          [0, 0],
          [0, 0],
        ]),
        options: {},
      }),
      invalid: {
        solver: ["lu"],
        tolerance: [-1, 2],
        maxInner: [0],
        ridge: [-1],
        weights: [new Float64Array(1)],
      },
    },
    coordinateEmbeddingError: {
      args: () => ({ sketch: srht(8, 3), g: Float64Array.of(1, 2, 3), h: Float64Array.of(0, 1, 1) }),
    },
  },
  notMethods: {
    "give an operator or a resolvent, tested by what is solved with them": [
      "ballResolvent",
      "bilinearSaddle",
      "boxResolvent",
      "finiteSumLeastSquares",
      "matrixGame",
      "robustRegression",
      "simplexResolvent",
      "splitResolvent",
    ],
    "give a problem, tested by what is minimised": [
      "labelPropagation",
      "leastSquares",
      "logistic",
      "quadratic",
      "softmaxRegression",
    ],
    "work in place on a vector; tested beside them": [
      "gaussianBeliefTree",
      "projectBall",
      "projectBox",
      "projectSimplex",
      "softThreshold",
    ],
  },
};
