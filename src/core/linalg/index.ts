export {
  type BandedMatrix,
  bandedCholesky,
  bandedCholeskySolve,
  type SymmetricBanded,
  solveBanded,
} from "./banded.ts";
export { cholesky, choleskyDowndate, choleskyLogdet, choleskySolve, choleskyUpdate } from "./cholesky.ts";
export {
  conditionEstimate,
  conditionNumber,
  oneNormEstimate,
  triangularConditionEstimate,
} from "./condition.ts";
export {
  type ComplexMatrix,
  type ComplexVector,
  type Eigen,
  type EigOptions,
  eig,
  eigenvectorCondition,
  eigvals,
} from "./eig.ts";
export { eigh, eigvalsh, generalizedEigh, type SymmetricEigen } from "./eigh.ts";
export { expm } from "./exponential.ts";
export { type LeastSquares, lstsq } from "./least-squares.ts";
export { leverageScores, type SketchedLeverageOptions, sketchedLeverageScores } from "./leverage-scores.ts";
export { type LewisOptions, type LewisWeights, lewisWeights } from "./lewis-weights.ts";
export { type LuFactorization, type LuSolveOptions, logdet, lu, luSolve } from "./lu.ts";
export { type NormKind, norm, vectorNorm } from "./norms.ts";
export type { BlockOperator, MatrixLike } from "./operator.ts";
export {
  gram,
  identity,
  kron,
  type MatmulOptions,
  type MatvecOptions,
  matmul,
  matvec,
  multiplyInto,
} from "./products.ts";
export { type LapackInfo, lapackInfo, setBlasThreads, useLapack } from "./provider.ts";
export {
  type PivotedQr,
  type PivotedQrOptions,
  pivotedQr,
  type QrOptions,
  qr,
  qrTriangle,
} from "./qr.ts";
export {
  type AdaptiveRange,
  type AdaptiveRangeOptions,
  adaptiveRangeFinder,
  type RandomizedSvdOptions,
  type RangeFinderOptions,
  randomizedSvd,
  rangeFinder,
} from "./range-finder.ts";
export { type Schur, schur } from "./schur.ts";
export { gaussianSketch, rademacherSketch } from "./sketch/dense-sketch.ts";
export { type SrhtOptions, srht, type TensorSketchOperator, tensorSrht } from "./sketch/hadamard-sketch.ts";
export type { SketchKind, SketchOperator, SketchOptions } from "./sketch/operator.ts";
export { type RowSample, type RowSamplingOptions, rowSampling } from "./sketch/row-sampling.ts";
export { countSketch, type SparseSignSketchOptions, sparseSignSketch } from "./sketch/sparse-sketch.ts";
export { walshHadamard } from "./sketch/walsh-hadamard.ts";
export { inverse, type SolveOptions, solve } from "./solve.ts";
export { pinv, type RankOptions, type Svd, type SvdOptions, singularValues, svd } from "./svd.ts";
export { transpose } from "./transpose.ts";
export { solveTriangular, type TriangularOptions } from "./triangular.ts";
