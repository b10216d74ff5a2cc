import { boxResolvent, finiteSumLeastSquares, leastSquares, separatorMethods } from "ockham/optim";
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
    halpernAnchorWeight: accessor(() => ({ k: 3 })),
    fullEvaluationProbability: accessor(() => ({ k: 3, n: 10 })),
    iterationBound: {
      args: () => ({ radius: 1, margin: 0.5, n: 10, stepSize: 1, method: separatorMethods[0] }),
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
    "give a problem, tested by what is minimised": ["labelPropagation", "leastSquares", "logistic", "quadratic"],
    "work in place on a vector; tested beside them": [
      "gaussianBeliefTree",
      "projectBall",
      "projectBox",
      "projectSimplex",
      "softThreshold",
    ],
  },
};
