import { fromNested } from "ockham/array";
import { aliasTable, randomStream } from "ockham/random";
import type { Method, Registration } from "./registration.ts";

/** A draw: a stream, which the call advances, and arguments. */
const draw = (args: () => Readonly<Record<string, unknown>>, more: Omit<Method, "args"> = {}): Method => ({
  args: () => ({ stream: randomStream(1), ...args() }),
  ...more,
});

const factor = () =>
  fromNested([
    [2, 0],
    [-1, 1.5],
  ]);

export const registration: Registration = {
  methods: {
    aliasTable: { args: () => ({ weights: [1, 2, 0.5] }) },
    drawAlias: draw(() => ({ table: aliasTable([1, 2, 0.5]) })),
    drawBeta: draw(() => ({ a: 0.5, b: 2 })),
    drawBinomial: draw(() => ({ n: 10, p: 0.3 })),
    drawCategorical: draw(() => ({ weights: [1, 2, 0.5] })),
    drawCauchy: draw(() => ({ location: 1, scale: 2 })),
    drawChiSquare: draw(() => ({ degrees: 3 })),
    drawDirichlet: draw(() => ({ alpha: [0.5, 1, 2] })),
    drawGamma: draw(() => ({ shape: 0.5, scale: 2 })),
    drawGumbel: draw(() => ({ location: 1, scale: 2 })),
    drawInverseWishart: draw(() => ({ degrees: 4, factor: factor() })),
    drawLaplace: draw(() => ({ location: 1, scale: 2 })),
    drawMultivariateNormal: draw(() => ({ mean: Float64Array.of(1, 2), factor: factor() })),
    drawOrthogonalMatrix: draw(() => ({ n: 3 })),
    drawPoisson: draw(() => ({ mean: 3.5 })),
    drawStudent: draw(() => ({ degrees: 3 })),
    drawTruncatedNormal: draw(() => ({ low: 1, high: 2, mean: 0.5, standardDeviation: 2 })),
    drawUnitVector: draw(() => ({ d: 3 })),
    drawWishart: draw(() => ({ degrees: 4, factor: factor() })),
    latinHypercube: draw(() => ({ count: 4, dimension: 3 })),
    multinomialResample: draw(() => ({ weights: [1, 2, 0.5], count: 4 })),
    neumannGaussianField: draw(() => ({ s: 4 }), { options: true, invalid: { alpha: [0, -1], tau: [0] } }),
    periodicGaussianField: draw(() => ({ s: 4 }), { options: true, invalid: { alpha: [0, -1], tau: [0] } }),
    sobolPoints: { args: () => ({ count: 4, dimension: 3 }), options: true, invalid: { first: [-1, 0.5] } },
    spaceFillingPoints: draw(() => ({ count: 4, dimension: 3 })),
    sparseSignMatrix: {
      args: () => ({ rows: 5, cols: 4, s: 2, stream: randomStream(1), options: {} }),
      invalid: { dtype: ["float16"], firstRow: [-1, 0.5] },
    },
    systematicResample: { args: () => ({ weights: [1, 2, 0.5], count: 4, offset: 0.3 }) },
  },
  notMethods: {
    "streams, whose state advances by design; known answers and statistics are tested beside them": [
      "RandomStream",
      "randomStream",
      "philox4x32",
    ],
  },
};
