import type { Matrix } from "ockham/array";
import { chebCB, type heat2dSystems, omegaGrid, type ParameterLearner, tsallisInf } from "ockham/pde";
import { randomStream } from "ockham/random";
import { poissonFd } from "ockham/sparse";
import { dense, sparse, vector } from "./inputs.ts";
import { accessor, kernel, type Method, type Registration } from "./registration.ts";

const field = (): Matrix => ({
  dtype: "float64",
  shape: [4, 4],
  data: randomStream(1).fillUniform(new Float64Array(16), 1, 2),
});
const systems = () => [
  { A: sparse(), b: vector() },
  { A: sparse(), b: vector().map((value) => value + 1) },
];
const symmetric = () => poissonFd(1, 3, { scaled: false });
const relaxations = () => [
  { A: symmetric(), b: vector(), context: 0.1 },
  { A: symmetric(), b: vector(), context: 0.9 },
];
const learner = () => tsallisInf(omegaGrid());

/** A learner's probabilities stand for it. */
const learnerMethod = (args: Method["args"], invalid: Method["invalid"]): Method => ({
  args,
  ...(invalid === undefined ? {} : { invalid }),
  plain: (made: ParameterLearner) => [...made.probabilities(0.5)],
  // A grid may have any length.
  accepts: { grid: ["shape"] },
});

export const registration: Registration = {
  methods: {
    darcyLapK: { args: () => ({ K: field() }), accepts: { K: ["empty"] } },
    maskedPoisson3d: {
      args: () => ({ mask: new Uint8Array(8).fill(1), dims: [2, 2, 2], options: {} }),
      invalid: { boundary: ["robin"] },
    },
    logNormalField: kernel(() => ({ stream: randomStream(0), n: 4, options: {} })),
    twoPhaseField: kernel(() => ({ stream: randomStream(0), n: 4, options: {} })),
    threeParameterField: { args: () => ({ parameters: [0.1, -0.2, 0.3], n: 4, scale: 1 }) },
    diagonalForcing: { args: () => ({ n: 4 }) },
    kolmogorovForcing: { args: () => ({ n: 4 }) },
    navierStokes2d: {
      args: () => ({ w0: field(), options: { time: 0.1, dt: 0.05 } }),
      long: true,
      invalid: {
        viscosity: [-1, Number.NaN],
        time: [-1],
        dt: [0, Number.NaN],
        frames: [0, 1.5],
        drag: [-1],
        length: [0],
        forcing: [dense()],
      },
    },
    sortSystems: {
      args: () => ({ params: [vector(), vector(), vector()], options: {} }),
      long: true,
      invalid: { metric: ["cosine"], groupSize: [0], start: [3, -1], fft: [{ modes: 0 }, { bands: 1 }] },
    },
    solveSequence: {
      args: () => ({ systems: systems(), options: { m: 2, k: 1 } }),
      long: true,
      invalid: {
        solver: ["bicg"],
        precond: ["amg"],
        m: [0, 4],
        k: [-1, 2],
        tol: [-1],
        maxIterations: [-1],
        carry: ["both"],
      },
      plain: ({ seconds: _, ...rest }: { seconds: Float64Array }) => rest,
    },
    subspaceDelta: {
      args: () => ({
        Q: { dtype: "float64", shape: [3, 1], data: vector() },
        C: { dtype: "float64", shape: [3, 1], data: Float64Array.of(1, 0, 2) },
      }),
      accepts: { Q: ["empty"], C: ["empty"] },
    },
    smallestInvariantSubspace: {
      args: () => ({ A: sparse(), k: 2, options: {} }),
      invalid: { tol: [-1, Number.NaN], maxIterations: [0] },
    },
    preconditionerOf: {
      args: () => ({ kind: "jacobi", A: sparse() }),
      plain: ({ size }: { size: number }) => size,
      trusts: "arguments",
    },
    ssorPcg: {
      args: () => ({ A: symmetric(), b: vector(), options: {} }),
      invalid: { omega: [0, 2, Number.NaN], tol: [-1], maxIterations: [-1] },
    },
    youngOmega: { args: () => ({ problem: 0.5 }) },
    jacobiRadius: { args: () => ({ A: symmetric() }) },
    relax: accessor(() => ({
      solver: "sor",
      system: { A: symmetric(), b: vector() },
      omega: 1.2,
      limits: {},
    })),
    solveWithLearner: {
      args: () => ({ systems: relaxations(), learner: learner(), solver: "sor", options: {} }),
      long: true,
      invalid: { tol: [-1], maxIterations: [0] },
      // The learner learns: that is what it is for.
      trusts: "arguments",
    },
    omegaGrid: { args: () => ({}) },
    tsallisProbabilities: { args: () => ({ losses: vector(), eta: 1 }), accepts: { losses: ["shape"] } },
    tsallisInf: learnerMethod(() => ({ grid: omegaGrid(), options: {} }), {
      seed: [0.5],
      etaScale: [0, Number.NaN],
      scale: [0],
    }),
    tsallisInfBinned: learnerMethod(() => ({ grid: omegaGrid(), options: { bins: 3, range: [0, 1] } }), {
      bins: [0, 1.5],
      range: [[1, 0], [0], [0, Number.NaN]],
      seed: [0.5],
    }),
    chebCB: learnerMethod(() => ({ grid: omegaGrid(), options: { degree: 3, range: [0, 1] } }), {
      degree: [0, 1.5],
      range: [[1, 1]],
      seed: [0.5],
    }),
    learnerFromJSON: {
      args: () => ({ state: chebCB(omegaGrid(), { degree: 2, range: [0, 1] }).toJSON() }),
      plain: (made: ParameterLearner) => [...made.probabilities(0.5)],
    },
    heat2dSystems: {
      args: () => ({ options: { nx: 3, steps: 1, coefficient: () => 1 } }),
      plain: (made: ReturnType<typeof heat2dSystems>) => made.next().value,
      trusts: "arguments",
    },
    bump: accessor(() => ({ x: 0.4, y: 0.5, centre: [0.5, 0.5], radius: 0.25 })),
  },
  notMethods: {
    "the state of a sequence between two systems; solveSequence stands on it": ["SequenceSolver"],
    "changes its argument, which is what it is for": ["projectOut"],
    "hands its results to a function of the caller; tested beside it": ["generateOperatorData"],
  },
};
