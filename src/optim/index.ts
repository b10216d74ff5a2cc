export type { FiniteSumOperator, Resolvent, SmoothProblem } from "./problem.ts";
export { projectBall, projectBox, projectSimplex, softThreshold } from "./projections.ts";
