import { separatorMethods } from "ockham/optim";
import { dense, sparse, vector } from "./inputs.ts";
import type { Method, Registration } from "./registration.ts";

const labels = (): Int32Array => Int32Array.of(1, -1, 1);

/** A method of samples and labels. */
const labelled = (rest: Partial<Method> = {}): Method => ({
  args: () => ({ x: dense(), y: labels(), options: {} }),
  // The other precision is as good.
  accepts: { x: ["dtype"] },
  ...rest,
});

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
    iterationBound: {
      args: () => ({ radius: 1, margin: 0.5, n: 10, stepSize: 1, method: separatorMethods[0] }),
    },
  },
  notMethods: {
    "work in place on a vector; tested beside them": [
      "projectBall",
      "projectBox",
      "projectSimplex",
      "softThreshold",
    ],
  },
};
