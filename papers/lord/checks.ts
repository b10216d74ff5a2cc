import { ndArray } from "ockham/array";
import {
  CovarianceStatistics,
  compareLatency,
  formatOnnxModel,
  lordLinear,
  parseOnnxModel,
  svdCompress,
} from "ockham/compression";
import { matmul } from "ockham/linalg";
import { linear } from "ockham/nn";
import type { Run } from "ockham/paper";
import { randomStream } from "ockham/random";
import { type Tensor, toOnnx } from "ockham/tensor";

/** Largest relative difference, over ranks, of the error that is promised and the one that calibration vectors have. */
export function exactness(seed: number): number {
  const [n, inputs, out] = [2000, 96, 64];
  const stream = randomStream(seed, "exactness");
  const matrix = (rows: number, cols: number, label: string) =>
    ndArray("float64", [rows, cols], stream.split(label).fillNormal(new Float64Array(rows * cols)));
  const weight = matrix(out, inputs, "weight");
  const bias = stream.split("bias").fillNormal(new Float64Array(out));
  // Inputs that vary more in some directions than in others, as activations do, around a mean.
  const x = matmul(matrix(n, 40, "x"), matrix(40, inputs, "directions"));
  for (let p = 0; p < x.data.length; p++) x.data[p] = Math.max(0, x.data[p]!) + 1;
  const y = matmul(x, weight, { transposeB: true });
  for (let p = 0; p < y.data.length; p++) y.data[p]! += bias[p % out]!;
  const statistics = new CovarianceStatistics(out);
  for (let from = 0; from < n; from += 250)
    statistics.update({ ...y, shape: [250, out], data: y.data.slice(from * out, (from + 250) * out) });
  let worst = 0;
  for (const rank of [1, 4, 16, 40]) {
    const { first, firstBias, second, secondBias, discarded } = lordLinear(weight, bias, statistics, rank);
    const inner = matmul(x, first, { transposeB: true });
    for (let p = 0; p < inner.data.length; p++) inner.data[p]! += firstBias[p % rank]!;
    const outer = matmul(inner, second, { transposeB: true });
    let squares = 0;
    for (let p = 0; p < y.data.length; p++)
      squares += (outer.data[p]! + secondBias[p % out]! - y.data[p]!) ** 2;
    worst = Math.max(worst, Math.abs(squares / n / discarded - 1));
  }
  return worst;
}

/** Time and size of a layer 1024 x 1024 at rank 256, batch 64, over those of the dense one. */
export async function speed(run: Run): Promise<{ latency: number; file: number }> {
  const size = 1024;
  const stream = randomStream(run.seed, "speed");
  const weight = ndArray("float32", [size, size], stream.fillNormal(new Float32Array(size * size), 0, 0.03));
  const x = ndArray("float32", [64, size], stream.split("x").fillNormal(new Float32Array(64 * size)));
  const bias = ndArray("float32", [size], new Float32Array(size).fill(0.1));
  const dense = parseOnnxModel(
    toOnnx((layer: { weight: Tensor; bias: Tensor }, x: Tensor) => linear(layer, x), [{ weight, bias }, x], {
      inputs: ["layer", "x"],
      stored: ["layer"],
    }),
  );
  const { model } = await svdCompress(dense, { rank: { kind: "fixed", rank: 256 }, signal: run.signal });
  const { full, factored } = await compareLatency(
    { full: dense, factored: model },
    { x },
    { signal: run.signal },
  );
  return {
    latency: factored.p50 / full.p50,
    file: formatOnnxModel(model).length / formatOnnxModel(dense).length,
  };
}
