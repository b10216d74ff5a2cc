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
export { type Arrays, type Compiled, type CompileOptions, compile, type Results } from "./compile.ts";
export { type FromOnnxOptions, fromOnnx, type OnnxFunction, type OnnxValue } from "./from-onnx/index.ts";
export {
  decodeModel,
  decodeTensor,
  type ExternalData,
  encodeModel,
  encodeTensor,
  externalDataBeside,
  type ModelProto,
  type TensorProto,
  toNdArray,
  toTensorProto,
} from "./onnx/index.ts";
export type { Device } from "./runtime.ts";
export { type AxisRange, iota, scalar, Tensor, type TensorLike, toTensor } from "./tensor.ts";
export { leavesOf, mapTree, namedLeaves, withLeaves } from "./tree.ts";
export { type VmapOptions, vmap } from "./vmap.ts";
export { celu, elu, gelu, hardSigmoid, hardSwish, leakyRelu, logSigmoid, mish, selu, silu, softsign } from "./activations.ts";
export { type AttentionOptions, attention } from "./attention.ts";
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
export {
  type Affine,
  type BatchStatistics,
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  rmsNorm,
} from "./normalizations.ts";
export { type ToOnnxOptions, toOnnx } from "./to-onnx.ts";
