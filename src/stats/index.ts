export { type Adjugate, adjugate } from "./adjugate.ts";
export { mixedGraphToSvg } from "./draw-mixed-graph.ts";
export { type GenericRank, type GenericRankOptions, genericRank } from "./generic-rank.ts";
export {
  type EvaluatedCovariance,
  evaluateCovariance,
  exactCovariance,
  type ImpliedCovariance,
  impliedCovariance,
  type ModelParameters,
} from "./implied-covariance.ts";
export {
  covarianceNames,
  covariancePairs,
  isSimple,
  type MixedGraph,
  parameterNames,
  parseMixedGraph,
} from "./mixed-graph.ts";
export {
  type CycleCover,
  cycleCovers,
  type OneConnection,
  oneConnections,
} from "./one-connections.ts";
export { type ImplicationTest, testImplication } from "./test-implication.ts";
export {
  type VanishingPolynomial,
  type VanishingPolynomials,
  type VanishingPolynomialsOptions,
  vanishingPolynomials,
} from "./vanishing-polynomials.ts";
