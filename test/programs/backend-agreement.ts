// Traced functions whose results every backend must agree on: run in Node and in browsers.
import type { NdArray } from "ockham/array";
import {
  attention,
  compile,
  conv,
  type Device,
  gelu,
  grad,
  layerNorm,
  maxPool,
  randomUniform,
  resize,
  rfft,
  scatterAdd,
  type Tensor,
} from "ockham/tensor";

const wave = (...shape: number[]): NdArray<"float32"> => ({
  dtype: "float32",
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
    Math.sin(1.7 * i + shape.length),
  ),
});
const ids: NdArray<"int32"> = { dtype: "int32", shape: [6], data: Int32Array.of(0, 2, 2, 1, 2, 0) };

const cases: Readonly<Record<string, readonly [f: (...xs: Tensor[]) => Tensor, ...xs: NdArray[]]>> = {
  elementary: [(x) => x.exp().sub(x.sin()).mul(gelu(x)).add(x.erf().atan()), wave(3, 5)],
  training: [
    (w, x) => grad((w: Tensor) => layerNorm(x.matmul(w)).tanh().logSoftmax().slice([], 1).sum())(w),
    wave(4, 6),
    wave(8, 4),
  ],
  attention: [
    (q) => grad((q: Tensor) => attention(q, q, q, { causal: true }).square().sum())(q),
    wave(2, 5, 4),
  ],
  convolution: [
    (x, w) =>
      grad((w: Tensor) =>
        maxPool(conv(x, w, { padding: 1 }), 2)
          .square()
          .sum(),
      )(w),
    wave(2, 3, 6, 6),
    wave(4, 3, 3, 3),
  ],
  scatter: [(ids, x) => scatterAdd(ids, x, 4), ids, wave(6, 3)],
  fourier: [(x) => rfft(x).re.square().add(rfft(x).im.square()), wave(2, 12)],
  resize: [(x) => resize(x, [7, 5], { method: "bicubic" }), wave(1, 1, 4, 4)],
  recurrence: [(a, b) => a.linearRecurrence(b), wave(70, 2), wave(70, 2)],
  random: [(key) => randomUniform(key.slice([0, 2]), [8]), ids],
  double: [(x) => x.cast("float64").asinh().add(x.cast("float64").erf()), wave(9)],
};

export async function agreement(device: Device): Promise<Record<string, number[]>> {
  const results: Record<string, number[]> = {};
  for (const [name, [f, ...xs]] of Object.entries(cases)) {
    const compiled = compile((xs: Tensor[]) => f(...xs), { device });
    results[name] = Array.from((await compiled(xs)).data as Float32Array, Number);
    await compiled.dispose();
  }
  return results;
}
