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
export type { SampleRows } from "./labelled-samples.ts";
export { type MaxMargin, type MaxMarginOptions, maxMargin } from "./max-margin.ts";
export type { FiniteSumOperator, Resolvent, SmoothProblem } from "./problem.ts";
export { projectBall, projectBox, projectSimplex, softThreshold } from "./projections.ts";
