export {
  type Autoregression,
  autoregressionFamily,
  autoregressionKalman,
  autoregressionModel,
} from "./autoregression.ts";
export type { BackwardDraws } from "./backward-kernel.ts";
export { type FunBaTModel, type FunBaTOptions, type FunBaTPrediction, fitFunBaT } from "./funbat.ts";
export { type GpPrediction, type StateSpaceGpOptions, stateSpaceGp } from "./gp-regression.ts";
export { type GrowthParameters, growthFamily, growthModel } from "./growth-model.ts";
export {
  type KalmanFilterResult,
  type KalmanSamplerOptions,
  kalmanFilter,
  kalmanSampler,
  rtsSmoother,
  type SmootherResult,
} from "./kalman.ts";
export type { LinearGaussianModel, PerStep } from "./linear-gaussian.ts";
export { type MaternKernel, type MaternStateSpace, maternStateSpace } from "./matern.ts";
export { conditionalParis, type ParisOptions, type ParisResult, paris } from "./paris.ts";
export { type ParticleFilterOptions, type ParticleFilterResult, particleFilter } from "./particle-filter.ts";
export { type ParticleGibbsOptions, type ParticleGibbsResult, particleGibbs } from "./particle-gibbs.ts";
export {
  ffbsm,
  genealogySmoother,
  type ParticleSmootherOptions,
  type ParticleSmootherResult,
} from "./particle-smoothers.ts";
export { type PpgOptions, type PpgResult, ppg } from "./ppg.ts";
export { learnScoreAscent, type ScoreAscentOptions, type ScoreAscentResult } from "./score-ascent.ts";
export {
  type AdditiveFunctional,
  lagOneFunctional,
  momentFunctional,
  type ParametricModel,
  type Proposal,
  type StateSpaceModel,
  stateFunctional,
} from "./state-space-model.ts";
export {
  type StochasticVolatility,
  stochasticVolatilityFamily,
  stochasticVolatilityModel,
} from "./stochastic-volatility.ts";
