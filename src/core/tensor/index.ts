export {
  celu,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  logSigmoid,
  mish,
  selu,
  silu,
  softsign,
} from "./activations.ts";
export { type AttentionOptions, attention } from "./attention.ts";
export {
  checkpoint,
  customGradient,
  grad,
  gradients,
  hvp,
  jacobian,
  jvp,
  stopGradient,
  type Valued,
  valueAndGrad,
  vjp,
} from "./autodiff.ts";
export {
  type Arrays,
  backend,
  type Compiled,
  type CompileOptions,
  compile,
  type Results,
} from "./compile.ts";
export { concat, eye, full, ones, stack, where, zeros } from "./construct.ts";
export {
  avgPool,
  type ConvOptions,
  conv,
  convTranspose,
  maxPool,
  type PerAxis,
  pixelShuffle,
  pixelUnshuffle,
  type WindowOptions,
} from "./convolutions.ts";
export { einsum } from "./einsum.ts";
export { cholesky, logDet, solvePositiveDefinite, solveTriangular } from "./factorization.ts";
export {
  type Complex,
  causalConvolution,
  complexAdd,
  complexConjugate,
  complexDiv,
  complexExp,
  complexMatmul,
  complexMul,
  complexSquaredAbs,
  fft,
  ifft,
  irfft,
  irfft2,
  rfft,
  rfft2,
} from "./fourier.ts";
export { type FromOnnxOptions, fromOnnx, type OnnxFunction, type OnnxValue } from "./from-onnx/index.ts";
export { gridSample, type ResizeOptions, resize, type SampleOptions, sampleAt } from "./interpolation.ts";
export { nmMask, straightThrough, topKMask } from "./masks.ts";
export {
  type Affine,
  type BatchStatistics,
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  rmsNorm,
} from "./normalizations.ts";
export {
  type AttributeProto,
  attributeType,
  dataType,
  dataTypeName,
  decodeModel,
  decodeTensor,
  dtypeOfDataType,
  type ExternalData,
  encodeModel,
  encodeTensor,
  externalDataBeside,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  toNdArray,
  toTensorProto,
  type ValueInfoProto,
} from "./onnx/index.ts";
export { type OnnxSession, type OnnxSessionOptions, openOnnx } from "./onnx-session.ts";
export { foldIn, randomNormal, randomUniform } from "./random-bits.ts";
export type { Device } from "./runtime.ts";
export {
  gatherRows,
  type MessagePlan,
  messagePlan,
  propagate,
  type SegmentPlan,
  scatterAdd,
  segmentPlan,
  segmentSum,
} from "./segments.ts";
export type { AxisRange } from "./slice-of.ts";
export { iota, scalar, Tensor, type TensorLike, toTensor } from "./tensor.ts";
export { type ToOnnxOptions, toOnnx } from "./to-onnx.ts";
export { leavesOf, mapTree, namedLeaves, withLeaves } from "./tree.ts";
export { type VmapOptions, vmap } from "./vmap.ts";
