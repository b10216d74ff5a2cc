import { sizeOf } from "../array/index.ts";
import { type Tensor, type TensorLike, toTensor } from "./tensor.ts";
import { refuse, showType } from "./type.ts";

/**
 * Random numbers inside a graph: pure functions of a key and a place, in 32-bit integer arithmetic, the same
 * on every device and thread count. Good for dropout and noise; what has to agree with `ockham/random`
 * (sampling, initial values, shuffling) is drawn there and handed in.
 *
 * A key is an int32 tensor [2]. Derive one for each use with `foldIn`; one key gives one stream.
 */
export function foldIn(key: TensorLike, label: Tensor | number): Tensor {
  const own = requireKey(toTensor(key));
  const moved = own.add(typeof label === "number" ? own.full([], label | 0) : label.cast("int32"));
  const mixed = mix(moved.add(own.flip().mul(0x2c1b3c6d)));
  return mix(mixed.add(own.iota(2, "int32").mul(0x297a2d39)).add(mixed.flip().mul(0x1b56c4e9)));
}

function requireKey(key: Tensor): Tensor {
  if (key.dtype !== "int32" || key.rank !== 1 || key.shape[0] !== 2)
    refuse("random", `expected a key int32[2], got ${showType(key)}`);
  return key;
}

/**
 * Multiply and fold, three rounds (constants of Ettinger's and Wellons' search for 32-bit mixers). Division
 * by a power of two stands for the shift, which the runtime lacks for signed integers.
 */
function mix(x: Tensor): Tensor {
  const folded = (t: Tensor, bits: number) => t.bitXor(t.div(2 ** bits));
  const first = folded(x, 16).mul(0x7feb352d);
  const second = folded(first, 15).mul(0x846ca68b | 0);
  return folded(second, 16);
}

/** Uniform float32 in [0, 1), multiples of 2^-24. */
export function randomUniform(key: TensorLike, shape: readonly number[]): Tensor {
  const own = requireKey(toTensor(key));
  const places = own.iota(sizeOf(shape), "int32");
  const first = mix(places.mul(0x9e3779b1 | 0).add(own.slice(0)));
  const bits = mix(first.bitXor(own.slice(1)));
  return bits
    .bitAnd(0xffffff)
    .cast("float32")
    .mul(2 ** -24)
    .reshape(shape);
}

/** Standard normal float32 (Box-Muller). */
export function randomNormal(key: TensorLike, shape: readonly number[]): Tensor {
  const pairs = Math.ceil(sizeOf(shape) / 2);
  const [u, v] = randomUniform(key, [2, pairs])
    .split(2)
    .map((part) => part.squeeze(0)) as [Tensor, Tensor];
  const radius = u.neg().add(1).log().mul(-2).sqrt();
  const angle = v.mul(2 * Math.PI);
  const both = radius.mul(angle.cos()).concat([radius.mul(angle.sin())]);
  return both.sliceAxis(0, 0, sizeOf(shape)).reshape(shape);
}
