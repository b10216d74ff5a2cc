export {
  type CoordinateDenoiser,
  coordinateDenoiser,
  initCoordinateDenoiser,
} from "./coordinate-denoiser.ts";
export { ddim } from "./ddim.ts";
export { type DiffusionModel, type Prediction, predictions, withGuidance } from "./diffusion-model.ts";
export { dpmSolverPlusPlus2M, dpmSolverPlusPlus3M } from "./dpm-solver-plus-plus.ts";
export { type DpmSolverV3Options, dpmSolverV3 } from "./dpm-solver-v3.ts";
export { type EmpiricalModel, type EmpiricalModelOptions, empiricalModel } from "./empirical-model.ts";
export { fitLightSB, type LightSBOptions } from "./fit-light-sb.ts";
export {
  type GaussianMixture,
  type GaussianMixtureModel,
  gaussianMixtureModel,
} from "./gaussian-mixture-model.ts";
export { type HeunOptions, heun } from "./heun.ts";
export { type ImageDenoiser, imageDenoiser, initImageDenoiser } from "./image-denoiser.ts";
export {
  type ConditionalPlan,
  type LightSB,
  type LightSBDocument,
  lightSB,
  lightSBFromJSON,
} from "./light-sb.ts";
export type { MixturePotential } from "./mixture-potential.ts";
export {
  computeModelStatistics,
  type EmpiricalModelStatistics,
  type ModelStatisticsOptions,
} from "./model-statistics.ts";
export { loadModelStatistics, saveModelStatistics } from "./model-statistics-file.ts";
export {
  fromNetwork,
  type NetworkModel,
  type NetworkModelOptions,
  type TimeInput,
  timeInputs,
} from "./network-model.ts";
export {
  edm,
  type NoiseSchedule,
  type SigmaRangeOptions,
  type VpCosineOptions,
  type VpDiscreteOptions,
  type VpLinearOptions,
  veGeometric,
  vpCosine,
  vpDiscrete,
  vpLinear,
} from "./noise-schedule.ts";
export { fromOnnxDenoiser, type OnnxDenoiserOptions } from "./onnx-denoiser.ts";
export { type ReferenceOptions, referenceTrajectory } from "./reference-trajectory.ts";
export {
  energyDistance,
  frechetDistance,
  gaussianWasserstein2Squared,
  maximumMeanDiscrepancy2,
  meanPathError,
  modeHistogramDistance,
  momentsOf,
  type SlicedWassersteinOptions,
  slicedWasserstein2,
  trajectoryRmse,
} from "./sample-metrics.ts";
export type { Sampler, Samples, SamplingOptions } from "./sampling.ts";
export { type SinkhornOptions, type SinkhornPlan, sinkhorn } from "./sinkhorn.ts";
export {
  type AncestralOptions,
  ancestral,
  eulerMaruyama,
  type StochasticOptions,
  sdeDpmSolverPlusPlus,
} from "./stochastic-samplers.ts";
export { type Spacing, type TimeStepsOptions, timeSteps } from "./time-steps.ts";
export { type UniPCOptions, uniPC } from "./unipc.ts";
