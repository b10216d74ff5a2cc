import { fromNested, type Matrix } from "ockham/array";
import {
  type DiffusionModel,
  type EmpiricalModel,
  type EmpiricalModelStatistics,
  type GaussianMixtureModel,
  gaussianMixtureModel,
  type LightSB,
  lightSB,
  type NoiseSchedule,
  type SinkhornPlan,
  vpLinear,
} from "ockham/diffusion";
import { randomStream } from "ockham/random";
import type { Tensor } from "ockham/tensor";
import type { Method, Registration } from "./registration.ts";

/** Levels of a schedule, for its plain part. */
const levels = ({ kind, tMin, tMax, lambda, alpha }: NoiseSchedule) => ({
  kind,
  levels: [tMin, tMax].map((t) => [t, alpha(t), lambda(t)]),
});
const schedule = (invalid: Method["invalid"]): Method => ({
  args: () => ({ options: {} }),
  ...(invalid && { invalid }),
  plain: levels,
});

const mixture = () => ({
  weights: Float64Array.of(0.3, 0.7),
  means: fromNested([
    [-1, 0],
    [2, 1],
  ]),
  variances: fromNested([
    [0.25, 1],
    [0.5, 0.5],
  ]),
});
const model = (): GaussianMixtureModel => gaussianMixtureModel(vpLinear(), mixture());
const start = (): Matrix =>
  fromNested([
    [-1, 0.5],
    [0.3, 1],
    [1.2, -0.4],
  ]);
const facts = ({ dim, schedule: own, callsPerEvaluation = 1 }: DiffusionModel) => ({
  dim,
  callsPerEvaluation,
  ...levels(own),
});

const sampler: Method = {
  args: () => ({ model: model(), start: start(), options: { steps: 4 } }),
  long: true,
  invalid: { steps: [0, 1.5], spacing: ["even"], tStart: [2, Number.NaN], tEnd: [-1] },
};
const stochastic: Method = { ...sampler, seeded: true };
const pair = (): Record<string, unknown> => ({
  a: start(),
  b: { ...start(), data: start().data.slice().reverse() },
});
const twins = (): Record<string, unknown> => ({ x: start(), reference: pair().b });

const clouds = (): Record<string, unknown> => ({ x0: start(), x1: pair().b });
const bridge = (): LightSB =>
  lightSB({
    epsilon: 0.5,
    logWeights: Float64Array.of(-1, -0.5),
    centres: fromNested([
      [1, 0],
      [-1, 0.5],
    ]),
    scales: fromNested([
      [0.5, 0.2],
      [0.3, 0.8],
    ]),
  });
const document = (model: LightSB) => model.toJSON();

/** Statistics as of predicted data. */
const statistics = (): EmpiricalModelStatistics => {
  const { lambda } = vpLinear();
  const [first, last] = [lambda(1), lambda(1e-3)];
  const nodes = 21;
  const constant = (value: number): Matrix => ({
    dtype: "float64",
    shape: [nodes, 2],
    data: new Float64Array(2 * nodes).fill(value),
  });
  return {
    lambda: Float64Array.from({ length: nodes }, (_, i) => first + ((last - first) * i) / (nodes - 1)),
    ...{ l: constant(1), s: constant(0), b: constant(0) },
    ...{ tStart: 1, tEnd: 1e-3, schedule: "vp-linear", samples: 100 },
  };
};

export const registration: Registration = {
  methods: {
    vpLinear: schedule({ beta0: [0, Number.NaN], beta1: [0.01] }),
    vpCosine: schedule({ s: [0, 2] }),
    vpDiscrete: {
      args: () => ({ options: { betas: Float64Array.of(0.1, 0.2, 0.3) } }),
      invalid: { betas: [Float64Array.of(0.1), Float64Array.of(0.1, 1)] },
      plain: levels,
    },
    edm: schedule({ sigmaMin: [0], sigmaMax: [Number.NaN] }),
    veGeometric: schedule({ sigmaMin: [0], sigmaMax: [Number.NaN] }),
    timeSteps: {
      args: () => ({ schedule: vpLinear(), options: { n: 4 } }),
      invalid: { n: [0, 1.5], spacing: ["even"], tStart: [2], tEnd: [-1, 1] },
    },
    gaussianMixtureModel: {
      args: () => ({ schedule: vpLinear(), mixture: mixture() }),
      plain: (made: GaussianMixtureModel) => ({ ...facts(made), eps: made.eps(start().data, 3, 0.4) }),
    },
    empiricalModel: {
      args: () => ({ schedule: vpLinear(), points: start(), options: { bandwidth: 0.1 } }),
      invalid: { bandwidth: [-1, Number.NaN] },
      plain: (made: EmpiricalModel) => ({ ...facts(made), eps: made.eps(start().data, 3, 0.4) }),
    },
    withGuidance: {
      args: () => ({ unconditional: model(), conditional: model().conditional([1]), scale: 2 }),
      plain: facts,
    },
    ddim: sampler,
    heun: sampler,
    dpmSolverPlusPlus2M: sampler,
    dpmSolverPlusPlus3M: sampler,
    uniPC: { ...sampler, invalid: { ...sampler.invalid, order: [0, 7], variant: ["bh3"], predicts: ["v"] } },
    referenceTrajectory: {
      args: () => ({ model: model(), start: start(), options: {} }),
      long: true,
      invalid: { tStart: [2], tEnd: [-1] },
    },
    ancestral: { ...stochastic, invalid: { ...sampler.invalid, eta: [-0.1, 1.1] } },
    eulerMaruyama: stochastic,
    sdeDpmSolverPlusPlus: stochastic,
    computeModelStatistics: {
      args: () => ({
        model: model(),
        options: { data: start(), gridSize: 4, samples: 5, tStart: 0.9, tEnd: 0.1 },
      }),
      seeded: true,
      long: true,
      invalid: {
        gridSize: [1, 2.5],
        samples: [1],
        probes: [0],
        source: ["backward"],
        tStart: [2],
        tEnd: [0.95],
        derivative: ["vjp"],
      },
    },
    dpmSolverV3: {
      args: () => ({ model: model(), statistics: statistics(), start: start(), options: { steps: 3 } }),
      long: true,
      invalid: {
        ...sampler.invalid,
        order: [0, 4],
        correctorUntil: [Number.NaN],
        degenerate: ["score"],
        steps: [0, 1.5, 100],
      },
    },
    initImageDenoiser: { args: () => ({ stream: randomStream(1), channels: 1, classes: 2 }) },
    initCoordinateDenoiser: { args: () => ({ stream: randomStream(1), dim: 3, classes: 2 }) },
    fromNetwork: {
      args: () => ({
        network: (_: unknown, x: Tensor) => x.mul(0.5),
        params: {},
        options: { schedule: vpLinear(), shape: [2] },
      }),
      invalid: { shape: [[], [0]], predicts: ["x"], timeInput: ["steps", "step"] },
      plain: facts,
    },
    trajectoryRmse: { args: twins },
    meanPathError: { args: twins },
    slicedWasserstein2: {
      args: () => ({ ...pair(), options: {} }),
      seeded: true,
      invalid: { projections: [0, 1.5] },
    },
    momentsOf: { args: () => ({ x: start() }) },
    gaussianWasserstein2Squared: {
      args: () => ({
        meanA: Float64Array.of(0, 1),
        covarianceA: fromNested([
          [1, 0.2],
          [0.2, 2],
        ]),
        meanB: Float64Array.of(1, 1),
        covarianceB: fromNested([
          [2, 0],
          [0, 1],
        ]),
      }),
    },
    frechetDistance: { args: pair },
    maximumMeanDiscrepancy2: { args: pair },
    energyDistance: { args: pair },
    lightSB: { args: () => ({ potential: bridge().potential }), plain: document },
    lightSBFromJSON: { args: () => ({ document: bridge().toJSON() }), plain: document },
    fitLightSB: {
      args: () => ({ ...clouds(), options: { epsilon: 0.5, components: 2, steps: 3 } }),
      seeded: true,
      long: true,
      invalid: {
        epsilon: [0, Number.NaN],
        components: [0, 4],
        covariance: ["dense"],
        init: ["zero"],
        initS: [0],
        learningRate: [0],
        lrDecay: ["cosine"],
        batchSize: [0],
        steps: [0, 1.5],
      },
      plain: document,
    },
    sinkhorn: {
      args: () => ({ ...clouds(), options: { epsilon: 0.5 } }),
      long: true,
      invalid: { epsilon: [0], tolerance: [-1], maxIterations: [0] },
      plain: ({ converged, iterations, history }: SinkhornPlan) => ({ converged, iterations, history }),
    },
    modeHistogramDistance: { args: () => ({ a: [0, 1, 1], b: [0, 0, 1], modes: 2 }) },
  },
  notMethods: {
    "reads or writes files": ["loadModelStatistics", "saveModelStatistics", "fromOnnxDenoiser"],
    "computes with traced tensors": ["imageDenoiser", "coordinateDenoiser"],
  },
};
