// A causal transformer of four layers that learns Moby Dick character by character: trains, writes text,
// exports ONNX, continues the same text with the file in plain ONNX Runtime.
//   npm run -s example:char-lm -- [--steps 1500] [--seed 1]
import { writeFileSync } from "node:fs";
import { type NdArray, ndArray } from "ockham/array";
import { loadMobyDick } from "ockham/data";
import {
  adamW,
  chain,
  clipByGlobalNorm,
  cosineSchedule,
  crossEntropy,
  embedding,
  fit,
  initEmbedding,
  initLinear,
  initNorm,
  initTransformerBlock,
  type Linear,
  linear,
  type Norm,
  type TransformerBlock,
  transformerBlock,
  warmUp,
} from "ockham/nn";
import { type RandomStream, randomStream } from "ockham/random";
import { compile, layerNorm, type Tensor, type TensorLike, toOnnx, toTensor } from "ockham/tensor";
import * as ort from "onnxruntime-node";
import { numberOption, progressBar } from "./support.ts";

const steps = numberOption("steps", 1500);
const seed = numberOption("seed", 1);
const [layers, width, heads, context, batchSize] = [4, 128, 4, 128, 16];

interface Model<T = TensorLike> {
  readonly characters: T;
  readonly positions: T;
  readonly blocks: readonly TransformerBlock<T>[];
  readonly norm: Norm<T>;
  readonly output: Linear<T>;
}

function initModel(vocabulary: number): Model<NdArray> {
  const stream = randomStream(seed, "model");
  return {
    characters: initEmbedding(stream.split("characters"), vocabulary, width),
    positions: initEmbedding(stream.split("positions"), context, width),
    blocks: Array.from({ length: layers }, (_, i) => initTransformerBlock(stream.split("block", i), width)),
    norm: initNorm(width),
    output: initLinear(stream.split("output"), width, vocabulary),
  };
}

/** Characters int64 [N, T] to logits of the next ones [N, T, vocabulary]. */
function model(params: Model, text: Tensor, key?: Tensor): Tensor {
  let x = embedding(toTensor(params.characters), text).add(params.positions);
  for (const block of params.blocks)
    x = transformerBlock(block, x, {
      heads,
      causal: true,
      dropout: 0.1,
      ...(key === undefined ? {} : { key }),
    });
  return linear(params.output, layerNorm(x, params.norm));
}

/** Random stretches of the text and the same, one character on. */
function batchOf(text: BigInt64Array, stream: RandomStream): { x: NdArray; y: NdArray } {
  const x = new BigInt64Array(batchSize * context);
  const y = new BigInt64Array(batchSize * context);
  for (let i = 0; i < batchSize; i++) {
    const from = stream.integer(text.length - context);
    x.set(text.subarray(from, from + context), i * context);
    y.set(text.subarray(from + 1, from + 1 + context), i * context);
  }
  const shape = [batchSize, context];
  return { x: ndArray("int64", shape, x), y: ndArray("int64", shape, y) };
}

/** Continues a text; `logitsOf` gives those of every place of a window [1, context]. */
async function write(
  start: string,
  length: number,
  logitsOf: (window: NdArray) => Promise<Float32Array>,
): Promise<string> {
  const stream = randomStream(seed, "write");
  const codes = [...start].map((character) => alphabet.indexOf(character));
  while (codes.length < start.length + length) {
    const recent = codes.slice(-context);
    // Places after the last character are filled up; nothing before them looks there.
    const window = BigInt64Array.from({ length: context }, (_, i) => BigInt(recent[i] ?? 0));
    const logits = await logitsOf(ndArray("int64", [1, context], window));
    const last = logits.subarray((recent.length - 1) * alphabet.length, recent.length * alphabet.length);
    const weights = Array.from(last, (z) => Math.exp((z - Math.max(...last)) / 0.8));
    let left = stream.uniform() * weights.reduce((a, b) => a + b);
    let next = 0;
    while (next < weights.length - 1 && left >= weights[next]!) left -= weights[next++]!;
    codes.push(next);
  }
  return codes.map((code) => alphabet[code]).join("");
}

const book = await loadMobyDick({ onProgress: progressBar("fetching Moby Dick") });
const alphabet = [...new Set(book)].sort();
const places = new Map(alphabet.map((character, i) => [character, BigInt(i)]));
const codes = BigInt64Array.from([...book], (character) => places.get(character)!);
const cut = Math.floor(0.95 * codes.length);
const [training, held] = [codes.subarray(0, cut), codes.subarray(cut)];

const start = performance.now();
const { params } = await fit({
  params: initModel(alphabet.length),
  data: (_, stream) => batchOf(training, stream),
  loss: (params, { x, y }, { key }) => crossEntropy(model(params, x, key), y),
  optimiser: chain(
    clipByGlobalNorm(1),
    adamW({
      learningRate: warmUp(100, cosineSchedule(2e-3, 1e-4, Math.max(1, steps - 100))),
      weightDecay: 0.1,
      // Vectors (biases, norms) do not decay.
      decays: (param) => param.rank > 1,
    }),
  ),
  steps,
  seed,
  onProgress: progressBar("training"),
});
const seconds = (performance.now() - start) / 1000;

const lossOf = compile((params: Model<Tensor>, x: Tensor, y: Tensor) => crossEntropy(model(params, x), y));
const stream = randomStream(seed, "held out");
let bits = 0;
const trials = 40;
for (let i = 0; i < trials; i++) {
  const { x, y } = batchOf(held, stream);
  bits += ((await lossOf(params, x, y)).data[0]! as number) / Math.LN2 / trials;
}
await lossOf.dispose();

const forward = compile((params: Model<Tensor>, x: Tensor) => model(params, x));
const opening = "The whale ";
const text = await write(opening, 400, async (x) => (await forward(params, x)).data as Float32Array);
await forward.dispose();

const file = "char-lm.onnx";
const example = ndArray("int64", [1, context], new BigInt64Array(context));
writeFileSync(
  file,
  toOnnx((x: Tensor) => model(params, x), [example], { inputs: ["text"] }),
);
const session = await ort.InferenceSession.create(file);
const again = await write(opening, 60, async (x) => {
  const window = new ort.Tensor("int64", x.data as BigInt64Array, x.shape);
  return (await session.run({ text: window })).output!.data as Float32Array;
});
await session.release();

console.log(`${steps} steps in ${seconds.toFixed(0)} s`);
console.log(`held-out text: ${bits.toFixed(3)} bits a character`);
console.log(`\n${text}\n`);
console.log(
  `${file} in plain ONNX Runtime writes ${text.startsWith(again) ? "the same" : `other text: ${again}`}`,
);
