import { fromNested, type Matrix } from "ockham/array";
import {
  autoregressionFamily,
  autoregressionKalman,
  autoregressionModel,
  type FunBaTModel,
  kalmanFilter,
  lagOneFunctional,
} from "ockham/bayes";
import { accessor, type Method, type Registration } from "./registration.ts";

const autoregression = () => ({ coefficient: 0.9, noise: 0.5, gain: 1, observationNoise: 0.4 });
const model = () => autoregressionModel(autoregression());
const observations = (): Matrix => fromNested([[0.5], [-0.2], [0.7], [0.1]]);
// NaN stands for a missing observation.
const grid = Array.from({ length: 20 }, (_, n) => [n % 5, Math.floor(n / 5)]);
const accepts = { observations: ["NaN"] } as const;

const sweep: Method = {
  args: () => ({
    model: model(),
    observations: observations(),
    functional: lagOneFunctional(),
    options: { particles: 4 },
  }),
  seeded: true,
  long: true,
  accepts,
};

export const registration: Registration = {
  methods: {
    paris: { ...sweep, invalid: { particles: [0, 1.5], backwardDraws: [1, 2.5], backward: ["both"] } },
    conditionalParis: {
      ...sweep,
      args: () => ({
        model: model(),
        observations: observations(),
        functional: lagOneFunctional(),
        reference: Float64Array.of(0.1, 0.2, 0.3, 0.4),
        options: { particles: 4 },
      }),
      invalid: { particles: [0] },
    },
    ppg: {
      ...sweep,
      args: () => ({
        model: model(),
        observations: observations(),
        functional: lagOneFunctional(),
        options: { particles: 4, iterations: 6 },
      }),
      invalid: { iterations: [0, 1.5], burnIn: [6, -1], initial: [new Float64Array(3)] },
    },
    particleGibbs: { ...sweep, invalid: { particles: [0], iterations: [0], burnIn: [20] } },
    ffbsm: { ...sweep, invalid: { particles: [0] } },
    genealogySmoother: { ...sweep, invalid: { particles: [0] } },
    particleFilter: {
      args: () => ({ model: model(), observations: observations(), options: { particles: 8 } }),
      seeded: true,
      long: true,
      accepts,
      invalid: { particles: [0], resampling: ["residual"], essThreshold: [-1, 2] },
    },
    learnScoreAscent: {
      args: () => ({
        model: autoregressionFamily({ gain: 1, observationNoise: 0.4 }),
        observations: observations(),
        start: Float64Array.of(0.5, 0),
        options: { particles: 4, steps: 3, iterations: 4 },
      }),
      seeded: true,
      long: true,
      accepts,
      invalid: {
        estimator: ["ffbsm"],
        steps: [0],
        iterations: [0],
        burnIn: [9],
        warmPath: [1],
        stepSize: [1],
      },
    },
    fitFunBaT: {
      args: () => ({
        coordinates: fromNested(grid),
        values: Float64Array.from(grid, ([x, y]) => (x! - 2) * (y! - 1)),
        options: { rank: 2, epochs: 3, restarts: 1 },
      }),
      seeded: true,
      long: true,
      plain: ({ predict, factor, ...rest }: FunBaTModel) => rest,
      invalid: {
        rank: [0, 1.5, [1]],
        form: ["parafac"],
        kernel: ["rbf"],
        lengthscale: [0, Number.NaN],
        variance: [-1],
        damping: [1, -0.1],
        dampingNoise: [1],
        dampingCore: [1],
        epochs: [0],
        tolerance: [-1],
        a0: [0],
        b0: [0],
        restarts: [0],
        init: ["svd"],
      },
    },
    stateSpaceGp: {
      args: () => ({
        x: Float64Array.of(0, 1, 2),
        y: Float64Array.of(1, 0, 1),
        at: Float64Array.of(0.5, 3),
        options: {},
      }),
      invalid: { kernel: ["rbf"], lengthscale: [0], variance: [0], noise: [0] },
      // No place, or one more, to predict at is no fault.
      accepts: { at: ["empty", "shape"] },
    },
    kalmanFilter: {
      args: () => ({ model: autoregressionKalman(autoregression()), observations: observations() }),
      accepts,
    },
    rtsSmoother: {
      args: () => {
        const lg = autoregressionKalman(autoregression());
        return { model: lg, filtered: kalmanFilter(lg, observations()) };
      },
    },
    kalmanSampler: {
      args: () => {
        const lg = autoregressionKalman(autoregression());
        return { model: lg, filtered: kalmanFilter(lg, observations()), options: {} };
      },
      seeded: true,
    },
    autoregressionKalman: accessor(() => ({ autoregression: autoregression() })),
  },
  notMethods: {
    "makers of models and functionals, which are functions; tested beside them": [
      "autoregressionFamily",
      "autoregressionModel",
      "growthFamily",
      "growthModel",
      "lagOneFunctional",
      "maternStateSpace",
      "momentFunctional",
      "stateFunctional",
      "stochasticVolatilityFamily",
      "stochasticVolatilityModel",
    ],
  },
};
