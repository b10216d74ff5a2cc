// A small convolutional net on all of MNIST: trains, tests, exports ONNX, runs the file in plain ONNX Runtime.
//   npm run -s example:mnist -- [--epochs 6] [--seed 1]
import { writeFileSync } from "node:fs";
import { type NdArray, ndArray } from "ockham/array";
import { loadMnist } from "ockham/data";
import {
  adamW,
  type Convolution,
  convolution,
  cosineSchedule,
  crossEntropy,
  dropout,
  fit,
  initConvolution,
  initLinear,
  type Linear,
  linear,
  warmUp,
} from "ockham/nn";
import { randomStream } from "ockham/random";
import { compile, maxPool, type Tensor, type TensorLike, toOnnx } from "ockham/tensor";
import * as ort from "onnxruntime-node";
import { numberOption, progressBar } from "./support.ts";

const epochs = numberOption("epochs", 6);
const seed = numberOption("seed", 1);
const batchSize = 128;
const testBatch = 500;

interface Images {
  readonly x: NdArray;
  readonly y: NdArray;
}

/** Pixels [N, 1, 28, 28] around zero, labels int64 [N]. */
async function load(part: "train" | "test"): Promise<Images> {
  const { images, labels } = await loadMnist({ part, onProgress: progressBar(`fetching MNIST (${part})`) });
  const pixels = Float32Array.from(images.data, (value) => (value / 255 - 0.1307) / 0.3081);
  return {
    x: ndArray("float32", [images.shape[0]!, 1, 28, 28], pixels),
    y: ndArray(
      "int64",
      [labels.shape[0]!],
      BigInt64Array.from(labels.data, (label) => BigInt(label)),
    ),
  };
}

interface Net<T = TensorLike> {
  readonly first: Convolution<T>;
  readonly second: Convolution<T>;
  readonly hidden: Linear<T>;
  readonly output: Linear<T>;
}

function initNet(): Net<NdArray> {
  const stream = randomStream(seed, "net");
  return {
    first: initConvolution(stream.split("first"), 1, 16, [3, 3]),
    second: initConvolution(stream.split("second"), 16, 32, [3, 3]),
    hidden: initLinear(stream.split("hidden"), 32 * 7 * 7, 128),
    output: initLinear(stream.split("output"), 128, 10),
  };
}

/** Images [N, 1, 28, 28] to logits [N, 10]. */
function net(params: Net, x: Tensor, key?: Tensor): Tensor {
  const first = maxPool(convolution(params.first, x, { padding: 1 }).relu(), 2);
  const second = maxPool(convolution(params.second, first, { padding: 1 }).relu(), 2);
  const hidden = linear(params.hidden, second.reshape([x.shape[0]!, -1])).relu();
  return linear(params.output, dropout(hidden, 0.4, key));
}

/** Rows of an array. */
function rows(array: NdArray, from: number, to: number): NdArray {
  const width = array.data.length / array.shape[0]!;
  const data = array.data.subarray(from * width, to * width) as never;
  return ndArray(array.dtype, [to - from, ...array.shape.slice(1)], data);
}

/** Share of the test images that `logitsOf` classifies rightly. */
async function accuracy(test: Images, logitsOf: (x: NdArray) => Promise<ArrayLike<number>>): Promise<number> {
  const count = test.x.shape[0]!;
  let right = 0;
  for (let from = 0; from < count; from += testBatch) {
    const logits = await logitsOf(rows(test.x, from, from + testBatch));
    for (let i = 0; i < testBatch; i++) {
      let best = 0;
      for (let k = 1; k < 10; k++) if (logits[10 * i + k]! > logits[10 * i + best]!) best = k;
      if (BigInt(best) === test.y.data[from + i]) right++;
    }
  }
  return right / count;
}

const train = await load("train");
const test = await load("test");
const steps = epochs * Math.floor(train.x.shape[0]! / batchSize);
const start = performance.now();
const { params } = await fit({
  params: initNet(),
  data: train,
  loss: (params, { x, y }, { key }) => crossEntropy(net(params, x, key), y),
  optimiser: adamW({ learningRate: warmUp(100, cosineSchedule(3e-3, 0, steps - 100)), weightDecay: 1e-3 }),
  batchSize,
  steps,
  seed,
  onProgress: progressBar("training"),
});
const seconds = (performance.now() - start) / 1000;

const compiled = compile((params: Net<Tensor>, x: Tensor) => net(params, x));
const own = await accuracy(test, async (x) => (await compiled(params, x)).data as Float32Array);
await compiled.dispose();

const file = "mnist.onnx";
writeFileSync(
  file,
  toOnnx((x: Tensor) => net(params, x), [rows(test.x, 0, testBatch)], { inputs: ["images"] }),
);
const session = await ort.InferenceSession.create(file);
const exported = await accuracy(test, async (x) => {
  const images = new ort.Tensor("float32", x.data as Float32Array, x.shape);
  return (await session.run({ images })).output!.data as Float32Array;
});
await session.release();

console.log(`${steps} steps in ${seconds.toFixed(0)} s`);
console.log(`test accuracy ${(100 * own).toFixed(2)} %`);
console.log(`${file} in plain ONNX Runtime: ${(100 * exported).toFixed(2)} %`);
