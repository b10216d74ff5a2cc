export { type FromOnnxOptions, fromOnnx, type OnnxFunction, type OnnxValue } from "./from-onnx.ts";
