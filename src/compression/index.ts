export { type ModelSize, modelSize, multiplyAdds } from "./accounting.ts";
export {
  applyFactors,
  type CompressedModel,
  denseEquivalent,
  type LayerOptions,
  type LayerReport,
} from "./compress-layers.ts";
export {
  type ConvolutionGeometry,
  type ConvolutionScheme,
  type ConvolutionSpec,
  type DecomposedConvolution,
  type DecomposeOptions,
  decomposeConvolution,
  decomposeModel,
  type LowRankProjection,
  projectLowRank,
} from "./convolution-schemes.ts";
export { CovarianceStatistics } from "./covariance.ts";
export { lowRankFactors, type SplitMatrix, truncatedFactors } from "./factors.ts";
export { compareLatency, type Latency, type LatencyOptions } from "./latency.ts";
export {
  type LayerKind,
  type LayerList,
  type LayerReader,
  type LinearLayer,
  linearLayers,
  type UnsupportedLayer,
} from "./linear-layers.ts";
export { type LordFactors, type LordOptions, lordCompress, lordLinear } from "./lord.ts";
export { type MagnitudePruningOptions, pruneMagnitude } from "./magnitude-pruning.ts";
export {
  averaging,
  type BreadcrumbsOptions,
  breadcrumbs,
  type ChangeSource,
  type Combined,
  type DareOptions,
  dare,
  type MergeMethod,
  type TiesOptions,
  taskArithmetic,
  ties,
} from "./merge-methods.ts";
export {
  breadcrumbMask,
  type MergedModel,
  type MergeReport,
  type MergeSelection,
  mergeAverage,
  mergeBreadcrumbs,
  mergeDare,
  mergeTaskArithmetic,
  mergeTies,
  type OpenMerge,
  openMerge,
  searchMerge,
  type TensorSource,
  taskVector,
} from "./merge-models.ts";
export {
  formatOnnxModel,
  type OnnxModel,
  parseOnnxModel,
  readOnnxModel,
  writeOnnxModel,
} from "./onnx-model.ts";
export type { Feeds } from "./probe.ts";
export { breakEvenRank, budgetRanks, chooseRank, type RankRule } from "./rank-rule.ts";
export type { LowRankFactors } from "./rewrite.ts";
export { type RankSensitivityOptions, rankSensitivity } from "./sensitivity.ts";
export { type FactorTensorsOptions, factorTensors, type TensorMap } from "./tensor-factoring.ts";
export { type TrpOptions, type TrpResult, trainTrp } from "./trained-rank-pruning.ts";
export {
  type AsvdCompressOptions,
  asvdCompress,
  type SvdCompressOptions,
  svdCompress,
} from "./weight-factoring.ts";
