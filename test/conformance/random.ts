import { fromNested } from "ockham/array";
import { aliasTable, randomStream } from "ockham/random";
import type { Method, Registration } from "./registration.ts";

/** What draws from a stream: a fresh one at every call, so that the same is drawn. */
const draw = (args: Method["args"], more: Omit<Method, "args"> = {}): Method => ({
  args: () => ({ stream: randomStream(1), ...args() }),
  ...more,
});

const factor = () =>
  fromNested([
    [2, 0],
    [0.5, 1],
  ]);

/** A matrix without rows is the factor of one without rows. */
const emptyFactor: Omit<Method, "args"> = { accepts: { factor: ["empty"] } };

export const registration: Registration = {
  methods: {
    aliasTable: { args: () => ({ weights: [1, 2, 3] }) },
    drawAlias: draw(() => ({ table: aliasTable([1, 2, 3]) })),
    drawBeta: draw(() => ({ a: 2, b: 3 })),
    drawBinomial: draw(() => ({ n: 10, p: 0.3 })),
    drawCategorical: draw(() => ({ weights: [1, 2, 3] })),
    drawCauchy: draw(() => ({ location: 1, scale: 2 })),
    drawChiSquare: draw(() => ({ degrees: 3 })),
    drawDirichlet: draw(() => ({ alpha: [1, 2, 3] })),
    drawGamma: draw(() => ({ shape: 2, scale: 1 })),
    drawGumbel: draw(() => ({ location: 1, scale: 2 })),
    drawInverseWishart: draw(() => ({ degrees: 4, factor: factor() }), emptyFactor),
    drawLaplace: draw(() => ({ location: 1, scale: 2 })),
    drawMultivariateNormal: draw(() => ({ mean: Float64Array.of(1, 2), factor: factor() }), {
      accepts: { mean: ["kind"] },
    }),
    drawOrthogonalMatrix: draw(() => ({ n: 3 })),
    drawPoisson: draw(() => ({ mean: 4 })),
    drawStudent: draw(() => ({ degrees: 3 })),
    drawTruncatedNormal: draw(() => ({ low: -1, high: 2, mean: 0, standardDeviation: 1 }), {
      accepts: { low: ["kind"] },
    }),
    drawUnitVector: draw(() => ({ d: 3 })),
    drawWishart: draw(() => ({ degrees: 4, factor: factor() }), emptyFactor),
    latinHypercube: draw(() => ({ count: 4, dimension: 2 })),
    multinomialResample: draw(() => ({ weights: [1, 2, 3], count: 5 })),
    neumannGaussianField: draw(() => ({ s: 4 }), { options: true }),
    periodicGaussianField: draw(() => ({ s: 4 }), { options: true }),
    sobolPoints: { args: () => ({ count: 4, dimension: 2 }), options: true },
    spaceFillingPoints: draw(() => ({ count: 4, dimension: 2 })),
    sparseSignMatrix: {
      args: () => ({ rows: 5, cols: 4, s: 2, stream: randomStream(1), options: {} }),
      invalid: { dtype: ["float16"], firstRow: [-1, 0.5] },
    },
    systematicResample: { args: () => ({ weights: [1, 2, 3], count: 5, offset: 0.3 }) },
  },
  notMethods: {
    "streams, whose state advances by design; known answers and statistics are tested beside them": [
      "RandomStream",
      "randomStream",
      "philox4x32",
    ],
  },
};
