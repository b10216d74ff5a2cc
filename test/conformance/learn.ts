import type { Pca } from "ockham/learn";
import { csrFromDense } from "ockham/sparse";
import { dense } from "./inputs.ts";
import { accessor, type Method, type Registration } from "./registration.ts";

const labels = (): Int32Array => Int32Array.of(0, 1, 1);
const multiLabels = () => ({ ...csrFromDense(dense()), data: new Float64Array(7).fill(1) });
const fitInvalid = { C: [0, -1, Number.NaN], gradientTolerance: [-1], maxIterations: [-1, 1.5] };
const linear = (model: { coefficients: unknown; intercepts: unknown; iterations: number }) => ({
  coefficients: model.coefficients,
  intercepts: model.intercepts,
  iterations: model.iterations,
});

/** Metrics of two equally long lists. The length of the first is what the second is held against. */
const metric = (args: Method["args"]): Method => ({ args, trusts: "values" });

export const registration: Registration = {
  methods: {
    accuracy: metric(() => ({ truth: [0, 1, 1], predicted: [0, 1, 0] })),
    f1Scores: metric(() => ({ truth: [0, 1, 1], predicted: [0, 1, 0] })),
    multiLabelF1Scores: { args: () => ({ truth: multiLabels(), predicted: multiLabels() }) },
    topLabels: {
      args: () => ({ scores: dense(), counts: [1, 2, 0] }),
      accepts: { scores: ["empty"] },
    },
    normalizedMutualInformation: accessor(() => ({ a: [0, 1, 1], b: [1, 0, 0] })),
    rocAuc: accessor(() => ({ truth: [0, 1, 1], scores: [0.1, 0.4, 0.3] })),
    averagePrecision: accessor(() => ({ truth: [0, 1, 1], scores: [0.1, 0.4, 0.3] })),
    randomSplit: { args: () => ({ samples: 20, trainFraction: 0.5 }), seeded: true },
    stratifiedSplit: {
      args: () => ({ labels: Array.from({ length: 20 }, (_, i) => i % 2), trainFraction: 0.5 }),
      seeded: true,
    },
    fitLogisticRegression: {
      args: () => ({ features: dense(), labels: labels(), options: {} }),
      long: true,
      invalid: { ...fitInvalid, loss: ["hinge"] },
      plain: linear,
    },
    fitMultiLabelLogisticRegression: {
      args: () => ({ features: dense(), labels: multiLabels(), options: {} }),
      long: true,
      invalid: fitInvalid,
      plain: linear,
    },
    fitPca: {
      args: () => ({ x: dense(), options: { components: 2 } }),
      invalid: { components: [0, 4, 1.5] },
      plain: ({ mean, directions, variances }: Pca) => ({ mean, directions, variances }),
    },
    minimizeLbfgs: {
      args: () => ({
        f: (x: Float64Array, gradient: Float64Array) => {
          let sum = 0;
          for (let i = 0; i < x.length; i++) {
            gradient[i] = 2 * (x[i]! - i);
            sum += (x[i]! - i) ** 2;
          }
          return sum;
        },
        start: Float64Array.of(3, 3),
      }),
      long: true,
      // What the function gives at NaN decides, not the start itself.
      accepts: { start: ["NaN", "shape", "empty"] },
    },
  },
};
