export { type ChebCbOptions, chebCB } from "./cheb-cb.ts";
export {
  logNormalField,
  type TwoPhaseOptions,
  threeParameterField,
  twoPhaseField,
} from "./coefficient-fields.ts";
export { darcyLapK } from "./darcy-lap-k.ts";
export { bump, type Heat2dOptions, heat2dSystems } from "./heat-2d.ts";
export { learnerFromJSON } from "./learner-from-json.ts";
export {
  type MaskedPoisson,
  type MaskedPoissonOptions,
  maskedPoisson3d,
  projectOut,
} from "./masked-poisson.ts";
export {
  diagonalForcing,
  type Flow2d,
  kolmogorovForcing,
  type NavierStokes2dOptions,
  navierStokes2d,
} from "./navier-stokes-2d.ts";
export {
  generateOperatorData,
  type OperatorDataOptions,
  type OperatorEquation,
  type OperatorGroup,
  type OperatorMethod,
  type OperatorWork,
  operatorEquations,
  operatorMethods,
} from "./operator-data.ts";
export { type LearnerState, omegaGrid, type ParameterLearner } from "./parameter-learner.ts";
export {
  type PreconditionerKind,
  preconditionerKinds,
  preconditionerOf,
  type TwoWayPreconditioner,
} from "./preconditioner-kind.ts";
export {
  type InvariantSubspaces,
  SequenceSolver,
  type SequenceSolverOptions,
  type SystemSolution,
} from "./sequence-solver.ts";
export {
  type LinearSystem,
  type SequenceFailure,
  type SequenceSolution,
  type SolveSequenceOptions,
  solveSequence,
} from "./solve-sequence.ts";
export {
  type RelaxationOutcome,
  type RelaxationSolver,
  type RelaxationSystem,
  relax,
  relaxationSolvers,
  type SolveWithLearnerOptions,
  solveWithLearner,
} from "./solve-with-learner.ts";
export { type SortOptions, sortSystems } from "./sort-systems.ts";
export { type SsorPcgOptions, ssorPcg } from "./ssor-pcg.ts";
export { type InvariantSubspaceOptions, smallestInvariantSubspace, subspaceDelta } from "./subspaces.ts";
export {
  type BinnedOptions,
  type TsallisInfOptions,
  tsallisInf,
  tsallisInfBinned,
  tsallisProbabilities,
} from "./tsallis-inf.ts";
export { jacobiRadius, youngOmega } from "./young-omega.ts";
