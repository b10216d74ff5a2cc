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
export type { Device } from "./runtime.ts";
export { type AxisRange, iota, scalar, Tensor, type TensorLike, toTensor } from "./tensor.ts";
export { leavesOf, mapTree, namedLeaves, withLeaves } from "./tree.ts";
export { type VmapOptions, vmap } from "./vmap.ts";
