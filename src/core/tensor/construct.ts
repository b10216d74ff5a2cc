import type { DType, NdArray } from "../array/index.ts";
import { scalar, Tensor, type TensorLike, toTensor } from "./tensor.ts";
import { refuse } from "./type.ts";

/** `a` where `condition` (bool) holds, else `b`. */
export function where(condition: Tensor | NdArray, a: TensorLike, b: TensorLike): Tensor {
  return toTensor(condition).where(a, b);
}

/** Joins tensors along an axis they have. */
export function concat(tensors: readonly TensorLike[], axis = 0): Tensor {
  const first = tensors.find((x) => x instanceof Tensor) ?? tensors[0];
  if (first === undefined) refuse("concat", "expected at least one tensor");
  const [head, ...rest] = tensors.map((x) => toTensor(x, toTensor(first)));
  return head!.concat(rest, axis);
}

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  return concat(
    tensors.map((x) => toTensor(x).expandDims(axis)),
    axis,
  );
}

export function full(shape: readonly number[], value: number, dtype: DType = "float32"): Tensor {
  return scalar(value, dtype).broadcastTo(shape);
}

export function zeros(shape: readonly number[], dtype: DType = "float32"): Tensor {
  return full(shape, 0, dtype);
}

export function ones(shape: readonly number[], dtype: DType = "float32"): Tensor {
  return full(shape, 1, dtype);
}

/** The identity matrix. */
export function eye(size: number, dtype: DType = "float32"): Tensor {
  const places = scalar(0, "int64").iota(size);
  return places.oneHot(size, dtype);
}
