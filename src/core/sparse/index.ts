export { addScaled, diagonalMatrix, identity, multiplySparse, scaleMatrix } from "./arithmetic.ts";
export {
  type AnyCsrMatrix,
  type CsrExpectation,
  columnSums,
  csrFromDense,
  csrFromTriplets,
  type DuplicateRule,
  requireCsr,
  requireCsrFrame,
  rowCounts,
  rowSums,
  scaleColumns,
  scaleRows,
  type TripletOptions,
  toDense,
  transpose,
} from "./csr.ts";
export { type SparseCholesky, type SparseCholeskyOptions, sparseCholesky } from "./direct/cholesky.ts";
export { type SparseLu, sparseLu } from "./direct/lu.ts";
export { approximateMinimumDegree } from "./direct/minimum-degree.ts";
export {
  convectionDiffusion2d,
  darcyFv,
  helmholtzFd,
  type PoissonOptions,
  poissonFd,
} from "./gallery.ts";
export { bicgstab } from "./krylov/bicgstab.ts";
export { cg } from "./krylov/cg.ts";
export { type DeflatedPcgOptions, type DeflatedPcgResult, deflatedPcg } from "./krylov/deflated-pcg.ts";
export { type GcrodrOptions, type GcrodrResult, gcrodr } from "./krylov/gcrodr.ts";
export { fgmres, type GmresOptions, gmres } from "./krylov/gmres.ts";
export type { LeastSquaresOptions, LeastSquaresResult } from "./krylov/least-squares.ts";
export { lsmr } from "./krylov/lsmr.ts";
export { lsqr } from "./krylov/lsqr.ts";
export { minres } from "./krylov/minres.ts";
export type { RecycleSpace } from "./krylov/recycle-space.ts";
export type { KrylovOptions, KrylovResult, PreconditionedOptions } from "./krylov/run.ts";
export { type SorOptions, sor } from "./krylov/sor.ts";
export type { LinearOperator, Operator, Preconditioner } from "./operator.ts";
export { inversePermutation, permute, reverseCuthillMcKee } from "./permutation.ts";
export { type IncompleteCholesky, ic0 } from "./preconditioners/incomplete-cholesky.ts";
export { type IncompleteLu, ilu0 } from "./preconditioners/incomplete-lu.ts";
export { blockJacobi, jacobi } from "./preconditioners/jacobi.ts";
export { sorSweep, ssor } from "./preconditioners/relaxation.ts";
export { triangularPreconditioner } from "./preconditioners/triangular.ts";
export { type PreparedProduct, prepareProduct } from "./prepared-product.ts";
export { multiplyDense, multiplyDenseRows, multiplyTransposed, multiplyVector } from "./products.ts";
export { selectColumns, selectRows, submatrix } from "./slicing.ts";
export { bandwidth, diagonal, isSymmetric, tril, triu, withoutZeros } from "./structure.ts";
