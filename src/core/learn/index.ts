export type { Features } from "./features.ts";
export { type LbfgsOptions, type LbfgsResult, minimizeLbfgs, type ValueAndGradient } from "./lbfgs.ts";
export {
  type ClassifierModel,
  type ClassifierOptions,
  fitLogisticRegression,
  fitMultiLabelLogisticRegression,
  type LinearModel,
  type LogisticRegressionOptions,
} from "./logistic-regression.ts";
export {
  accuracy,
  averagePrecision,
  type F1Scores,
  f1Scores,
  multiLabelF1Scores,
  normalizedMutualInformation,
  rocAuc,
  topLabels,
} from "./metrics.ts";
export { fitPca, type Pca, type PcaOptions } from "./pca.ts";
export { randomSplit, type Split, type SplitOptions, stratifiedSplit } from "./splits.ts";
