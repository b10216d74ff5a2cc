import type { SparseCholesky, SparseLu } from "ockham/sparse";
import { dense, sparse, vector } from "./inputs.ts";
import { kernel, type Method, type Registration } from "./registration.ts";

/** Methods of one sparse matrix, checked when it was made. */
const ofMatrix = kernel(() => ({ A: sparse() }));
const named = (args: Method["args"]): Method => kernel(() => ({ A: sparse(), ...args() }));

const krylovInvalid = { tol: [-1, Number.NaN], maxIterations: [-1, 1.5], x0: [new Float64Array(1)] };
const krylov: Method = { args: () => ({ A: sparse(), b: vector() }), invalid: krylovInvalid };

/** Applies an operator that is an object of functions. */
const applied = (operator: { apply(r: Float64Array, z: Float64Array): void }): Float64Array => {
  const z = new Float64Array(3);
  operator.apply(vector(), z);
  return z;
};
const preconditioner: Method = { args: () => ({ A: sparse() }), plain: applied };

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
    },
    multiplyVector: kernel(() => ({ matrix: sparse(), vector: vector() })),
    multiplyDense: kernel(() => ({ matrix: sparse(), block: dense() })),
    multiplyTransposed: kernel(() => ({ matrix: sparse(), vector: vector() })),
    transpose: kernel(() => ({ matrix: sparse() })),
    scaleRows: kernel(() => ({ matrix: sparse(), factors: vector() })),
    scaleColumns: kernel(() => ({ matrix: sparse(), factors: vector() })),
    rowSums: kernel(() => ({ matrix: sparse() })),
    columnSums: kernel(() => ({ matrix: sparse() })),
    rowCounts: kernel(() => ({ matrix: sparse() })),
    toDense: kernel(() => ({ matrix: sparse() })),

    addScaled: kernel(() => ({ alpha: 1, A: sparse(), beta: 2, B: sparse() })),
    scaleMatrix: kernel(() => ({ factor: 2, A: sparse() })),
    multiplySparse: kernel(() => ({ A: sparse(), B: sparse() })),
    identity: { args: () => ({ n: 3 }) },
    diagonalMatrix: { args: () => ({ values: [1, 2, 3] }), accepts: { values: ["empty"] } },
    diagonal: ofMatrix,
    tril: ofMatrix,
    triu: ofMatrix,
    withoutZeros: ofMatrix,
    isSymmetric: ofMatrix,
    bandwidth: ofMatrix,
    selectRows: { ...named(() => ({ rows: [2, 0] })), accepts: { rows: ["empty"] } },
    selectColumns: { ...named(() => ({ columns: [2, 0] })), accepts: { columns: ["empty"] } },
    submatrix: {
      ...named(() => ({ rows: [2, 0], columns: [0] })),
      accepts: { rows: ["empty"], columns: ["empty"] },
    },
    permute: named(() => ({ rowOrder: [2, 0, 1] })),
    inversePermutation: { args: () => ({ order: [2, 0, 1] }), accepts: { order: ["empty"] } },
    reverseCuthillMcKee: ofMatrix,
    approximateMinimumDegree: ofMatrix,

    poissonFd: { args: () => ({ dim: 2, n: 3 }), options: true },
    darcyFv: {
      accepts: { K: ["empty"] },
      args: () => ({ K: { dtype: "float64", shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) } }),
    },
    helmholtzFd: { args: () => ({ n: 3, k2: 1 }) },
    convectionDiffusion2d: { args: () => ({ n: 3, diffusion: 0.1, wind: [1, 0] }) },

    cg: krylov,
    minres: krylov,
    gmres: { ...krylov, invalid: { ...krylovInvalid, restart: [0, 1.5] } },
    fgmres: { ...krylov, invalid: { ...krylovInvalid, restart: [0, 1.5] } },
    bicgstab: krylov,
    lsqr: { ...krylov, invalid: { maxIterations: [-1, 1.5] } },
    lsmr: { ...krylov, invalid: { maxIterations: [-1, 1.5] } },
    sor: { ...krylov, invalid: { ...krylovInvalid, omega: [0, 2, Number.NaN] } },
    deflatedPcg: { ...krylov, accepts: { b: ["kind"] } },
    gcrodr: { ...krylov, invalid: { ...krylovInvalid, side: ["both"] }, accepts: { b: ["kind"] } },

    jacobi: preconditioner,
    blockJacobi: { args: () => ({ A: sparse(), blockSize: 2 }), plain: applied },
    ssor: preconditioner,
    sorSweep: preconditioner,
    ic0: preconditioner,
    ilu0: preconditioner,
    triangularPreconditioner: {
      accepts: { R: ["empty"] },
      args: () => ({
        R: { dtype: "float64", shape: [3, 3], data: Float64Array.of(1, 2, 0, 0, 1, 1, 0, 0, 2) },
      }),
      plain: applied,
    },
    sparseCholesky: {
      args: () => ({ A: sparse() }),
      options: true,
      plain: (factor: SparseCholesky) => factor.solve(vector()),
    },
    sparseLu: { args: () => ({ A: sparse() }), plain: (factor: SparseLu) => factor.solve(vector()) },
  },
  notMethods: {
    "checks at the door of other methods": ["requireCsr", "requireCsrFrame"],
    "a part of multiplyDense for callers that divide its rows; writes into their array": [
      "multiplyDenseRows",
    ],
    "a product with workspaces of its own, tested beside it": ["prepareProduct"],
  },
};
