export type { BlockProblem, BlockState } from "./block-problem.ts";
export {
  labelPropagation,
  leastSquares,
  logistic,
  quadratic,
} from "./block-problems.ts";
export { type Partition, type Selection, selectionRules } from "./block-selection.ts";
export {
  type CompletedMatrix,
  type CompleteMatrixOptions,
  completeMatrix,
  type Sweep,
} from "./complete-matrix.ts";
export { coordinateEmbeddingError } from "./coordinate-embedding.ts";
export {
  fitSeparator,
  iterationBound,
  type SeparatorMethod,
  type SeparatorOptions,
  type SeparatorResult,
  type SeparatorState,
  separatorMargin,
  separatorMethods,
} from "./fit-separator.ts";
export {
  gaussianBeliefTree,
  greedyForest,
  latticeComb,
  redBlackPartition,
  treePartition,
} from "./forest.ts";
export { type HalpernInexactOptions, halpernInexact } from "./halpern-inexact.ts";
export {
  fullEvaluationProbability,
  type HalpernVrOptions,
  halpernAnchorWeight,
  halpernVr,
} from "./halpern-vr.ts";
export type { InclusionOptions, InclusionResult, InclusionState } from "./inclusion.ts";
export {
  extraAnchoredGradient,
  extragradient,
  forwardBackwardSplitting,
  halpern,
  type MinibatchHalpernOptions,
  minibatchHalpern,
  varianceReducedExtragradient,
} from "./inclusion-baselines.ts";
export {
  bilinearSaddle,
  finiteSumLeastSquares,
  gameGap,
  type Inclusion,
  matrixGame,
  robustRegression,
  type SamplingOptions,
} from "./inclusion-problems.ts";
export { completionCells, incoherence } from "./incoherence.ts";
export type { SampleRows } from "./labelled-samples.ts";
export { type LpRegression, type LpRegressionOptions, lpRegression } from "./lp-regression.ts";
export {
  type LpSample,
  type LpSampleOptions,
  type LpSampleSizeOptions,
  lpSample,
  lpSampleSize,
} from "./lp-sample.ts";
export { type LpScore, type LpScores, type LpScoresOptions, lpScoreKinds, lpScores } from "./lp-scores.ts";
export { type MaxMargin, type MaxMarginOptions, maxMargin } from "./max-margin.ts";
export { type BcdOptions, type BcdResult, minimizeBcd, type Update, updateRules } from "./minimize-bcd.ts";
export {
  type MultiResponse,
  type MultiResponseOptions,
  type ResponseSolver,
  solveMultiResponse,
} from "./multi-response.ts";
export type { ObservedMatrix } from "./observed-matrix.ts";
export type { FiniteSumOperator, Resolvent, SmoothProblem } from "./problem.ts";
export { projectBall, projectBox, projectSimplex, softThreshold } from "./projections.ts";
export type { RegressionOptions } from "./regression-design.ts";
export {
  ballResolvent,
  boxResolvent,
  identityResolvent,
  simplexResolvent,
  splitResolvent,
} from "./resolvents.ts";
export { type SketchRowsOptions, sketchRows } from "./sketch-rows.ts";
export {
  type RegressionSketch,
  regressionSketches,
  type SketchedLeastSquaresOptions,
  type SketchedSolution,
  sketchedLeastSquares,
} from "./sketched-least-squares.ts";
export { softmaxRegression } from "./softmax-regression.ts";
export {
  type SubspaceDistortion,
  type SubspaceDistortionOptions,
  subspaceDistortion,
} from "./subspace-distortion.ts";
export { type TensorRegressionOptions, tensorRegression } from "./tensor-regression.ts";
