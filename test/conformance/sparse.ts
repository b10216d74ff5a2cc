import { dense, sparse, vector } from "./inputs.ts";
import { kernel, type Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {
    csrFromDense: { args: () => ({ matrix: dense() }), accepts: { matrix: ["empty"] } },
    csrFromTriplets: {
      args: () => ({
        rows: 2,
        cols: 3,
        rowIndices: [1, 0],
        columnIndices: [0, 2],
        values: [1, 2],
        options: {},
      }),
      invalid: { duplicates: ["last"] },
      // The number of row indices is what the others are held against.
      accepts: { rowIndices: ["empty"] },
    },
    multiplyVector: kernel(() => ({ matrix: sparse(), vector: vector() })),
    multiplyDense: kernel(() => ({ matrix: sparse(), block: dense() })),
    transpose: kernel(() => ({ matrix: sparse() })),
    scaleRows: kernel(() => ({ matrix: sparse(), factors: vector() })),
    scaleColumns: kernel(() => ({ matrix: sparse(), factors: vector() })),
    rowSums: kernel(() => ({ matrix: sparse() })),
    columnSums: kernel(() => ({ matrix: sparse() })),
    rowCounts: kernel(() => ({ matrix: sparse() })),
    toDense: kernel(() => ({ matrix: sparse() })),
  },
  notMethods: {
    "checks at the door of other methods": ["requireCsr", "requireCsrFrame"],
    "a part of multiplyDense for callers that divide its rows; writes into their array": [
      "multiplyDenseRows",
    ],
  },
};
