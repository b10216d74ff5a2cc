export { type BlockDiagonal, blockDiagonalLinear, initBlockDiagonal } from "./block-diagonal.ts";
export {
  type CausalMonarch,
  causalMonarch,
  initCausalMonarch,
  requireInvertible,
  type TriangularMonarch,
} from "./causal-monarch.ts";
export {
  convolutionKernel,
  type Discretization,
  discretizations,
  type KernelOptions,
} from "./convolution-kernel.ts";
export { diagonalForm } from "./diagonal-form.ts";
export { diagonalKernel } from "./diagonal-kernel.ts";
export { diagonalScan } from "./diagonal-scan.ts";
export { type Hippo, hippoLegS, hippoNormalPart } from "./hippo.ts";
export { type ImplicitFilter, implicitFilter, initImplicitFilter } from "./implicit-filter.ts";
export { type LabelledTokens, oneHotSequences } from "./labelled-sequences.ts";
export { evaluateListOps, type ListOpsOptions, listOps, listOpsTokens } from "./list-ops.ts";
export { type LongConvolutionOptions, longConvolution } from "./long-convolution.ts";
export { type M2Network, type M2NetworkOptions, m2Network } from "./m2-network.ts";
export {
  initM2State,
  type M2Kernels,
  type M2State,
  m2BlockStep,
  m2Kernels,
} from "./m2-stream.ts";
export {
  type AssociativeRecallOptions,
  associativeRecall,
  type SelectiveCopyingOptions,
  selectiveCopying,
} from "./memory-tasks.ts";
export { type MonarchConvolutionOptions, monarchConvolution } from "./monarch-convolution.ts";
export { type ComplexMonarch, complexMonarchMatvec, monarchDft } from "./monarch-fourier.ts";
export {
  type MonarchMatrix,
  monarchApply,
  monarchFromFactors,
  monarchMatvec,
  monarchParameters,
  monarchProjection,
  monarchToDense,
} from "./monarch-matrix.ts";
export {
  initM2Block,
  initMonarchSequenceMixer,
  type LongFilter,
  type M2Block,
  type M2Options,
  type MonarchSequenceMixer,
  m2Block,
  monarchSequenceMixer,
} from "./monarch-mixer.ts";
export { type PathfinderOptions, pathfinder } from "./pathfinder.ts";
export {
  type GinibreOptions,
  ginibrePerturbation,
  type PtdOptions,
  type PtdResult,
  perturbThenDiagonalize,
} from "./perturb-then-diagonalize.ts";
export {
  initS4Layer,
  type S4Layer,
  type S4LayerOptions,
  type S4Options,
  type S4State,
  s4Kernel,
  s4Layer,
  s4Step,
} from "./s4-layer.ts";
export { initS5Layer, type S5Layer, type S5LayerOptions, type S5State, s5Layer, s5Step } from "./s5-layer.ts";
export { type SequentialImagesOptions, sequentialImages } from "./sequential-images.ts";
export type { LayerGain } from "./spectrum.ts";
export {
  fitSsmClassifier,
  loadSsmClassifier,
  type PredictOptions,
  type SsmClassifier,
  type SsmClassifierOptions,
} from "./ssm-classifier.ts";
export type { LayerNoise, SsmArchitecture, SsmBlock, SsmNetwork } from "./ssm-network.ts";
export {
  type StateInit,
  type StateModes,
  type StateModesOptions,
  stateInits,
  stateModes,
} from "./state-modes.ts";
export type { DenseSystem, DiagonalSystem, StateSpace } from "./state-space.ts";
export {
  fitTokenModel,
  type GenerateOptions,
  type TokenModel,
  type TokenModelOptions,
  type TokenScore,
} from "./token-model.ts";
export type { TokenNetwork, TokenStream } from "./token-network.ts";
export { type HInfinityOptions, hInfinityError, transferFunction } from "./transfer-function.ts";
