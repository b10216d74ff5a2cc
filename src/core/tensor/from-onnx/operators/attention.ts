import type { Tensor } from "../../tensor.ts";
import { isFloat } from "../../type.ts";
import { type Call, floating, type OperatorTable, places } from "../call.ts";

/** [batch, length, heads * size] to [batch, heads, length, size]. */
function heads(x: Tensor, count: number): Tensor {
  const [batch, length, hidden] = x.shape as [number, number, number];
  return x.reshape([batch, length, count, hidden / count]).transpose([0, 2, 1, 3]);
}

/** Every key and value head once for each query head of its group. */
function shared(x: Tensor, count: number): Tensor {
  const [batch, own, length, size] = x.shape as [number, number, number, number];
  if (own === count) return x;
  return x
    .expandDims(2)
    .broadcastTo([batch, own, count / own, length, size])
    .reshape([batch, count, length, size]);
}

function attention(call: Call): readonly (Tensor | undefined)[] {
  const { attributes } = call;
  const dtype = call.x(0).dtype;
  const flat = call.x(0).shape.length === 3;
  const part = (index: number, name: string) => {
    const x = floating(call.x(index));
    return flat ? heads(x, attributes.int(name, 0) || call.fail(`attribute ${name} is missing`)) : x;
  };
  const q = part(0, "q_num_heads");
  let k = part(1, "kv_num_heads");
  let v = part(2, "kv_num_heads");
  if (call.has(4)) k = floating(call.x(4)).concat([k], 2);
  if (call.has(5)) v = floating(call.x(5)).concat([v], 2);
  const [batch, count, queries, size] = q.shape as [number, number, number, number];
  const keys = k.shape[2]!;
  const scale = attributes.float("scale", 1 / Math.sqrt(size));
  const raw = q.mul(Math.sqrt(scale)).matmul(shared(k, count).mul(Math.sqrt(scale)).swapAxes(-1, -2));
  let scores = raw;
  const barred = (allowed: Tensor) => {
    scores = allowed.where(scores, scores.full([], Number.NEGATIVE_INFINITY));
  };
  if (call.has(3)) {
    let mask = call.x(3);
    const missing = keys - mask.shape.at(-1)!;
    if (mask.dtype === "bool") {
      if (missing > 0) mask = padded(mask.cast("int32"), missing, 0).cast("bool");
      barred(mask);
    } else {
      mask = isFloat(mask.dtype) ? floating(mask) : mask.cast(q.dtype);
      if (missing > 0) mask = padded(mask, missing, Number.NEGATIVE_INFINITY);
      scores = scores.add(mask);
    }
  }
  if (attributes.int("is_causal", 0) !== 0) {
    const past = call.has(4) ? call.x(4).shape[2]! : 0;
    barred(places(keys).lessEqual(places(queries).add(past).reshape([queries, 1])));
  }
  if (call.has(6)) barred(places(keys).less(call.x(6).cast("int64").reshape([batch, 1, 1, 1])));
  const biased = scores;
  const cap = attributes.float("softcap", 0);
  if (cap !== 0) scores = scores.div(cap).tanh().mul(cap);
  const capped = scores;
  const weights = scores.softmax(-1);
  const y = weights.matmul(shared(v, count));
  const out = flat ? y.transpose([0, 2, 1, 3]).reshape([batch, queries, count * v.shape[3]!]) : y;
  const shown = [raw, biased, capped, weights][attributes.int("qk_matmul_output_mode", 0)];
  return [out.cast(dtype), k.cast(call.x(1).dtype), v.cast(call.x(2).dtype), shown?.cast(dtype)];
}

function padded(mask: Tensor, missing: number, value: number): Tensor {
  const none = mask.shape.map(() => 0);
  return mask.padAxes(
    none,
    mask.shape.map((_, axis) => (axis === mask.shape.length - 1 ? missing : 0)),
    value,
  );
}

function rotaryEmbedding(call: Call): Tensor {
  const input = floating(call.x(0));
  const flat = input.shape.length === 3;
  const x = flat
    ? heads(input, call.attributes.int("num_heads", 0) || call.fail("attribute num_heads is missing"))
    : input;
  const [batch, count, length, size] = x.shape as [number, number, number, number];
  const rotated = call.attributes.int("rotary_embedding_dim", 0) || size;
  const half = rotated / 2;
  const table = (index: number) => {
    const cache = floating(call.x(index));
    const rows = call.has(3) ? cache.gather(call.x(3), 0) : cache;
    return rows.sliceAxis(2, 0, half).expandDims(1);
  };
  const [cos, sin] = [table(1), table(2)];
  const turning = x.sliceAxis(3, 0, rotated);
  const pairs = call.attributes.int("interleaved", 0) !== 0;
  const split = turning.reshape(pairs ? [batch, count, length, half, 2] : [batch, count, length, 2, half]);
  const pick = (place: number) =>
    split.sliceAxis(pairs ? 4 : 3, place, place + 1).reshape([batch, count, length, half]);
  const [a, b] = [pick(0), pick(1)];
  const real = cos
    .mul(a)
    .sub(sin.mul(b))
    .expandDims(pairs ? 4 : 3);
  const imaginary = sin
    .mul(a)
    .add(cos.mul(b))
    .expandDims(pairs ? 4 : 3);
  const turned = real.concat([imaginary], pairs ? 4 : 3).reshape([batch, count, length, rotated]);
  const y = rotated === size ? turned : turned.concat([x.sliceAxis(3, rotated, size)], 3);
  return (flat ? y.transpose([0, 2, 1, 3]).reshape(input.shape) : y).cast(call.x(0).dtype);
}

export const attentions: OperatorTable = { Attention: attention, RotaryEmbedding: rotaryEmbedding };
