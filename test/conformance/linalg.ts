import { bandedCholesky, cholesky, eig, lu, type SketchOperator } from "ockham/linalg";
import { dense, vector } from "./inputs.ts";
import type { Method, Registration } from "./registration.ts";

/** A method whose matrices may have no rows, which gives the empty result. */
const method = (args: Method["args"], more: Omit<Method, "args"> = {}): Method => ({
  args,
  accepts: Object.fromEntries(Object.keys(args()).map((name) => [name, ["empty"]])),
  ...more,
});

/** Methods of one square matrix, symmetric positive definite here. */
const ofMatrix = method(() => ({ a: dense() }));

const ofFactor = (args: () => Readonly<Record<string, unknown>>): Method =>
  method(() => ({ l: cholesky(dense()), ...args() }));

const banded = () => ({ n: 3, bandwidth: 1, data: Float64Array.of(4, 1, 3, 1, 2, 0) });

const sketch: Method = {
  args: () => ({ m: 4, n: 12 }),
  seeded: true,
  plain: (operator: SketchOperator) => operator.toDense(),
};

export const registration: Registration = {
  methods: {
    cholesky: ofMatrix,
    choleskySolve: ofFactor(() => ({ b: vector() })),
    choleskyLogdet: ofFactor(() => ({})),
    choleskyUpdate: ofFactor(() => ({ x: vector() })),
    choleskyDowndate: ofFactor(() => ({ x: Float64Array.of(0.1, 0.2, 0.1) })),
    conditionNumber: ofMatrix,
    conditionEstimate: ofMatrix,
    triangularConditionEstimate: method(() => ({ t: cholesky(dense()), options: { upper: false } }), {
      options: true,
    }),
    eig: { ...ofMatrix, options: true },
    eigvals: ofMatrix,
    eigenvectorCondition: method(() => ({ vectors: eig(dense()).vectors })),
    eigh: ofMatrix,
    eigvalsh: ofMatrix,
    generalizedEigh: method(() => ({ a: dense(), b: dense() })),
    expm: ofMatrix,
    lstsq: method(() => ({ a: dense(), b: vector() }), {
      options: true,
      invalid: { tolerance: [-1, Number.NaN] },
    }),
    lu: ofMatrix,
    luSolve: method(() => ({ factors: lu(dense()), b: vector() }), { options: true }),
    logdet: ofMatrix,
    norm: ofMatrix,
    vectorNorm: method(() => ({ x: vector() }), { accepts: { x: ["shape", "empty"] } }),
    matmul: method(() => ({ a: dense(), b: dense() }), { options: true }),
    matvec: method(() => ({ a: dense(), x: vector() }), { options: true }),
    gram: ofMatrix,
    kron: method(() => ({ a: dense(), b: dense() })),
    identity: method(() => ({ n: 3 })),
    qr: { ...ofMatrix, options: true },
    qrTriangle: ofMatrix,
    pivotedQr: { ...ofMatrix, options: true },
    schur: ofMatrix,
    solve: method(() => ({ a: dense(), b: vector() }), { options: true }),
    inverse: { ...ofMatrix, options: true },
    svd: { ...ofMatrix, options: true },
    singularValues: ofMatrix,
    pinv: { ...ofMatrix, options: true, invalid: { tolerance: [-1, Number.NaN] } },
    transpose: ofMatrix,
    solveTriangular: method(() => ({ t: cholesky(dense()), b: vector(), options: { upper: false } }), {
      options: true,
    }),
    solveBanded: method(() => ({
      a: { n: 3, lower: 1, upper: 1, data: Float64Array.of(0, 4, 1, 1, 3, 1, 1, 2, 0) },
      b: vector(),
    })),
    bandedCholesky: method(() => ({ a: banded() })),
    bandedCholeskySolve: method(() => ({ u: bandedCholesky(banded()), b: vector() })),
    oneNormEstimate: method(() => ({
      n: 2,
      apply: (x: Float64Array) => x.map((value) => 2 * value),
      applyTranspose: (x: Float64Array) => x.map((value) => 2 * value),
    })),
    rangeFinder: method(() => ({ a: dense(), columns: 2 }), {
      seeded: true,
      invalid: { powerIterations: [-1, 0.5] },
    }),
    adaptiveRangeFinder: method(() => ({ a: dense(), tolerance: 0.5, options: { blockSize: 1 } }), {
      seeded: true,
      invalid: { powerIterations: [-1], blockSize: [0], maximumColumns: [-1, 0.5] },
    }),
    randomizedSvd: method(() => ({ a: dense(), rank: 2 }), {
      options: true,
      invalid: { powerIterations: [-1], oversampling: [-1, 0.5] },
    }),
    leverageScores: { ...ofMatrix, options: true },
    sketchedLeverageScores: { ...ofMatrix, options: true },
    lewisWeights: method(() => ({ a: dense(), p: 1 }), { options: true }),
    gaussianSketch: sketch,
    rademacherSketch: sketch,
    countSketch: sketch,
    srht: sketch,
    sparseSignSketch: sketch,
    tensorSrht: {
      ...sketch,
      args: () => ({ m: 8, factors: [3, 4] }),
      accepts: { factors: ["NaN", "empty"] },
    },
    rowSampling: {
      args: () => ({ scores: Float64Array.of(1, 2, 3, 4), m: 3 }),
      seeded: true,
      accepts: { scores: ["shape"] },
      plain: (operator: SketchOperator) => operator.toDense(),
    },
  },
  notMethods: {
    "works in place, for kernels that hold the arrays": ["multiplyInto", "walshHadamard"],
    "switches and facts of the native library": ["lapackInfo", "setBlasThreads", "useLapack"],
  },
};
