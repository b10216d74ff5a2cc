export {
  type AliasTable,
  aliasTable,
  drawAlias,
  drawCategorical,
  multinomialResample,
  systematicResample,
} from "./categorical.ts";
export { drawBinomial, drawPoisson } from "./counts.ts";
export { drawBeta, drawChiSquare, drawDirichlet, drawGamma, drawStudent } from "./gamma-family.ts";
export { drawCauchy, drawGumbel, drawLaplace } from "./heavy-tails.ts";
export { latinHypercube, type SpaceFillingPoints, spaceFillingPoints } from "./latin-hypercube.ts";
export {
  drawInverseWishart,
  drawMultivariateNormal,
  drawOrthogonalMatrix,
  drawUnitVector,
  drawWishart,
} from "./multivariate.ts";
export { philox4x32 } from "./philox.ts";
export { neumannGaussianField, periodicGaussianField, type RandomFieldOptions } from "./random-field.ts";
export { largestSobolDimension, type SobolOptions, sobolPoints } from "./sobol.ts";
export { type SparseSignOptions, sparseSignMatrix } from "./sparse-sign.ts";
export { RandomStream, randomStream, type StreamLabel } from "./stream.ts";
export { drawTruncatedNormal } from "./truncated-normal.ts";
