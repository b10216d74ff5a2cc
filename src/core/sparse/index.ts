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
export { multiplyDense, multiplyDenseRows, multiplyVector } from "./products.ts";
