import { type NdArray, ndArray } from "ockham/array";
import { loadMnist } from "ockham/data";
import {
  adamW,
  cosineSchedule,
  crossEntropy,
  fit,
  initEmbedding,
  initLinear,
  initTransformerBlock,
  type Linear,
  linear,
  type Traced,
  transformerBlock,
  warmUp,
} from "ockham/nn";
import type { Run, Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { initM2Block, type M2Block, m2Block } from "ockham/sequence";
import { compile, leavesOf, type Tensor } from "ockham/tensor";

const [patch, places, width, layers, steps] = [4, 49, 64, 2, 300];

/** Digits as 49 patches of 4 x 4 pixels, classified by two blocks that see all patches: a mixer and a transformer. */
export async function images(run: Run, from: number, to: number): Promise<Table> {
  const train = await patches(run, "train", 10_000);
  const test = await patches(run, "test", 2000);
  const stream = randomStream(run.seed, "images");
  const options = { maxLength: places, causal: false };
  const blocks = (of: (i: number) => unknown): unknown[] => Array.from({ length: layers }, (_, i) => of(i));
  const models = [
    {
      name: "M2",
      blocks: blocks((i) => initM2Block(stream.split("m2", i), width, options)),
      apply: (block: unknown, x: Tensor) => m2Block(block as M2Block, x, options),
    },
    {
      name: "transformer",
      blocks: blocks((i) => initTransformerBlock(stream.split("transformer", i), width)),
      apply: (block: unknown, x: Tensor) => transformerBlock(block as never, x, { heads: 4 }),
    },
  ];
  const rows: (string | number)[][] = [];
  for (const [k, model] of models.entries()) {
    const params = {
      input: initLinear(stream.split("input"), patch * patch, width),
      positions: initEmbedding(stream.split("positions"), places, width),
      blocks: model.blocks,
      output: initLinear(stream.split("output"), width, 10),
    };
    const logits = (own: Traced<typeof params>, x: Tensor): Tensor => {
      let u = linear(own.input as Linear, x).add(own.positions);
      for (const block of own.blocks) u = model.apply(block, u);
      return linear(own.output as Linear, u.mean(1));
    };
    const part = (to - from) / models.length;
    const started = performance.now();
    const trained = await fit({
      params,
      data: train,
      loss: (own, batch) => crossEntropy(logits(own, batch.x), batch.y),
      optimiser: adamW({ learningRate: warmUp(20, cosineSchedule(3e-3, 0, steps - 20)) }),
      ...{ batchSize: 64, steps, seed: run.seed },
      ...run.stage(`digits in patches, ${model.name}`, from + k * part, from + (k + 1) * part),
    });
    const seconds = (performance.now() - started) / 1000;
    const classify = compile((own: Traced<typeof params>, x: Tensor) =>
      logits(own, x).argmax(-1).cast("int64"),
    );
    const { data } = await classify(trained.params as never, test.x);
    await classify.dispose();
    const right = (data as BigInt64Array).reduce(
      (sum, label, i) => sum + Number(label === test.y.data[i]),
      0,
    );
    const parameters = (leavesOf(model.blocks) as NdArray[]).reduce((sum, leaf) => sum + leaf.data.length, 0);
    rows.push([model.name, parameters, (100 * right) / test.y.data.length, seconds]);
  }
  return {
    id: "images",
    title: "Handwritten digits as 49 patches, two blocks of width 64 that see all patches, 300 steps",
    columns: [
      { name: "model" },
      { name: "parameters of the blocks", digits: 6 },
      { name: "accuracy on 2000", unit: "%" },
      { name: "training", unit: "s", digits: 3 },
    ],
    rows,
  };
}

async function patches(run: Run, part: "train" | "test", count: number): Promise<{ x: NdArray; y: NdArray }> {
  const set = await loadMnist({ part, signal: run.signal });
  const x = new Float32Array(count * 784);
  for (let i = 0; i < count; i++)
    for (let row = 0; row < 28; row++)
      for (let col = 0; col < 28; col++) {
        const place = Math.floor(row / patch) * 7 + Math.floor(col / patch);
        const within = (row % patch) * patch + (col % patch);
        x[i * 784 + place * patch * patch + within] = set.images.data[i * 784 + row * 28 + col]! / 255 - 0.13;
      }
  const labels = BigInt64Array.from(set.labels.data.subarray(0, count), (label) => BigInt(label));
  return { x: ndArray("float32", [count, places, patch * patch], x), y: ndArray("int64", [count], labels) };
}
