export { coordinateEmbeddingError } from "./coordinate-embedding.ts";
export type { FiniteSumOperator, Resolvent, SmoothProblem } from "./problem.ts";
export { projectBall, projectBox, projectSimplex, softThreshold } from "./projections.ts";
export { type SketchRowsOptions, sketchRows } from "./sketch-rows.ts";
export {
  type RegressionSketch,
  regressionSketches,
  type SketchedLeastSquaresOptions,
  type SketchedSolution,
  sketchedLeastSquares,
} from "./sketched-least-squares.ts";
export { type TensorRegressionOptions, tensorRegression } from "./tensor-regression.ts";
