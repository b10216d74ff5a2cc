export { averageOf, averageParameters } from "./average.ts";
export { ShuffledBatches } from "./batches.ts";
export { type Checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
export {
  type FitOptions,
  type FitResult,
  fit,
  type LossContext,
  type LossResult,
  type Traced,
  type TrainingState,
  type Validation,
} from "./fit.ts";
export {
  fansOf,
  glorotUniform,
  heNormal,
  type Initialiser,
  lecunNormal,
  normalInitialiser,
  orthogonalInitialiser,
  uniformInitialiser,
} from "./initialisers.ts";
export {
  type Convolution,
  convolution,
  dropout,
  embedding,
  type InitOptions,
  initConvolution,
  initEmbedding,
  initLinear,
  initNorm,
  type Linear,
  linear,
  type Norm,
} from "./layers.ts";
export {
  binaryCrossEntropy,
  crossEntropy,
  huberLoss,
  klDivergence,
  meanAbsoluteError,
  meanSquaredError,
} from "./losses.ts";
export {
  chain,
  type Optimiser,
  type OptimiserState,
  type Stage,
  stateless,
  sumOfSquares,
  zerosLike,
} from "./optimiser.ts";
export {
  type AdamOptions,
  adam,
  adamW,
  addDecayedWeights,
  clipByGlobalNorm,
  clipByValue,
  type DecayOptions,
  type DecayRule,
  lamb,
  lion,
  scaleByAdam,
  scaleByLearningRate,
  scaleByMomentum,
  sgd,
} from "./optimisers.ts";
export { initResidualBlock, type ResidualBlock, residualBlock } from "./residual-block.ts";
export { rotaryPositions } from "./rotary.ts";
export { cosineSchedule, linearSchedule, type Schedule, stepSchedule, valueAt, warmUp } from "./schedules.ts";
export {
  type InitTransformerBlockOptions,
  initMultiHeadAttention,
  initTransformerBlock,
  type MultiHeadAttention,
  type MultiHeadAttentionOptions,
  multiHeadAttention,
  type TransformerBlock,
  type TransformerBlockOptions,
  transformerBlock,
} from "./transformer.ts";
