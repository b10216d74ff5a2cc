import type { DType } from "../../../array/index.ts";
import { sizeOf } from "../../../array/index.ts";
import { dtypeOfDataType } from "../../onnx/index.ts";
import type { Tensor } from "../../tensor.ts";
import { type Call, floating, type OperatorTable } from "../call.ts";

const ranges: Partial<Record<DType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

/** Whole numbers nearest to x / scale, moved by the zero point and held in the range of their type. */
function quantized(call: Call, x: Tensor, scale: Tensor, zero: Tensor | undefined, dtype: DType): Tensor {
  const [low, high] = ranges[dtype] ?? call.fail(`results of type ${dtype} are not supported`);
  const steps = x.div(scale).round();
  return (zero ? steps.add(zero.cast(x.dtype)) : steps).clamp(low, high).cast(dtype);
}

/** A scale or zero point shaped to go with x: one number, one for each place of an axis, or one for each block. */
function aligned(call: Call, parameter: Tensor, x: Tensor): Tensor {
  if (sizeOf(parameter.shape) === 1 && parameter.shape.length <= 1) return parameter.reshape([]);
  const axis = call.axis(x.shape.length, 1);
  const block = call.attributes.int("block_size", 0);
  if (block === 0) {
    if (parameter.shape.length !== 1) return parameter;
    return parameter.reshape(x.shape.map((extent, own) => (own === axis ? extent : 1)));
  }
  const apart = [...parameter.shape.slice(0, axis + 1), 1, ...parameter.shape.slice(axis + 1)];
  const wide = apart.map((extent, own) => (own === axis + 1 ? block : extent));
  const repeated = parameter
    .reshape(apart)
    .broadcastTo(wide)
    .reshape(parameter.shape.map((extent, own) => (own === axis ? extent * block : extent)));
  return repeated.sliceAxis(axis, 0, x.shape[axis]!);
}

function quantize(call: Call): Tensor {
  const x = floating(call.x(0));
  const scale = aligned(call, floating(call.x(1)), x).cast(x.dtype);
  const zero = call.optional(2);
  const code = call.attributes.int("output_dtype", 0);
  const dtype =
    zero?.dtype ?? (code === 0 ? "uint8" : dtypeOfDataType(code)) ?? call.fail("unknown output_dtype");
  return quantized(call, x, scale, zero && aligned(call, zero.cast("float32"), x), dtype);
}

function dequantize(call: Call): Tensor {
  const x = call.x(0);
  const scale = call.x(1);
  const dtype = scale.dtype === "float16" ? "float32" : scale.dtype;
  const zero = call.optional(2);
  const value = x.cast(dtype);
  const moved = zero ? value.sub(aligned(call, zero.cast(dtype), x)) : value;
  const result = moved.mul(aligned(call, scale.cast(dtype), x));
  const code = call.attributes.int("output_dtype", 0);
  return result.cast(code === 0 ? scale.dtype : (dtypeOfDataType(code) ?? scale.dtype));
}

function dynamicQuantize(call: Call): Tensor[] {
  const x = call.x(0);
  const low = x.min().minimum(0);
  const high = x.max().maximum(0);
  const spread = high.sub(low);
  const scale = spread.equal(0).where(spread.onesLike(), spread.div(255));
  const zero = low.neg().div(scale).round().clamp(0, 255);
  return [quantized(call, x, scale, zero, "uint8"), scale, zero.cast("uint8")];
}

/** A factor of a quantized product, zero point taken off; `axis` is where one of several numbers belongs. */
function factor(call: Call, index: number, axis: -1 | -2): { value: Tensor; scale: Tensor } {
  const x = call.x(index);
  const spread = (parameter: Tensor) =>
    sizeOf(parameter.shape) === 1
      ? parameter.reshape([])
      : parameter.shape.length === 1 && axis === -2
        ? parameter.reshape([parameter.shape[0]!, 1])
        : parameter;
  const zero = spread(call.x(index + 2)).cast("float64");
  return { value: x.cast("float64").sub(zero), scale: spread(floating(call.x(index + 1))).cast("float64") };
}

export const quantization: OperatorTable = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
  QLinearMatMul: (call) => {
    const a = factor(call, 0, -2);
    const b = factor(call, 3, -1);
    const scale = floating(call.x(6)).cast("float64").reshape([]);
    const product = a.value.matmul(b.value).mul(a.scale).mul(b.scale);
    return quantized(call, product, scale, call.x(7).reshape([]), call.x(7).dtype);
  },
};
