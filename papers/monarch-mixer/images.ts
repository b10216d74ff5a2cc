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
  lecunNormal,
  linear,
  type Traced,
  type TransformerBlock,
  transformerBlock,
  warmUp,
} from "ockham/nn";
import type { Run, Table } from "ockham/paper";
import { defineTask } from "ockham/parallel";
import { randomStream } from "ockham/random";
import { initM2Block, type M2Block, m2Block } from "ockham/sequence";
import { compile, leavesOf, type Tensor } from "ockham/tensor";

const [patch, places, width, layers, steps] = [4, 49, 64, 2, 300];

type ImageModel = "M2" | "transformer";

interface ImageTrial {
  readonly model: ImageModel;
  readonly seed: number;
  readonly train: Patches;
  readonly test: Patches;
}

interface Patches {
  /** float32 [n, 49, 16]. */
  readonly x: NdArray;
  readonly y: NdArray;
}

interface ImageOutcome {
  /** Of the blocks alone. */
  readonly parameters: number;
  /** Share of the test digits. */
  readonly accuracy: number;
  readonly seconds: number;
}

/** Digits as 49 patches of 4 x 4 pixels, classified by two blocks that see all patches: a mixer and a transformer. */
export async function images(run: Run, from: number, to: number): Promise<Table> {
  const train = await patches(run, "train", 10_000);
  const test = await patches(run, "test", 2000);
  const { seed, signal } = run;
  run.progress(from, 1, "digits in patches");
  const models = ["M2", "transformer"] as const;
  const outcomes = await Promise.all(
    models.map((model) => run.pool.run(trainOnPatches, { model, seed, train, test }, { signal })),
  );
  run.progress(to, 1, "digits in patches");
  return {
    id: "images",
    title: `Handwritten digits as 49 patches, two blocks of width 64 that see all patches, ${steps} steps`,
    columns: [
      { name: "model" },
      { name: "parameters of the blocks", digits: 6 },
      { name: "accuracy on 2000", unit: "%" },
      { name: "training", unit: "s", digits: 3 },
    ],
    rows: outcomes.map(({ parameters, accuracy, seconds }, k) => [
      ...[models[k]!, parameters, 100 * accuracy, seconds],
    ]),
  };
}

export const trainOnPatches = defineTask({
  name: "papers/monarch-mixer/images",
  module: import.meta.url,
  async run({ model, seed, train, test }: ImageTrial, { signal, progress }): Promise<ImageOutcome> {
    const started = performance.now();
    const stream = randomStream(seed, "images");
    const options = { maxLength: places, causal: false };
    const own = stream.split(model);
    const blocks = Array.from({ length: layers }, (_, i) =>
      model === "M2"
        ? initM2Block(own.split(i), width, options)
        : initTransformerBlock(own.split(i), width, { weight: lecunNormal }),
    );
    const params = {
      input: initLinear(stream.split("input"), patch * patch, width),
      positions: initEmbedding(stream.split("positions"), places, width),
      blocks: blocks as unknown[],
      output: initLinear(stream.split("output"), width, 10),
    };
    const logits = (known: Traced<typeof params>, x: Tensor): Tensor => {
      let u = linear(known.input as Linear, x).add(known.positions);
      for (const block of known.blocks)
        u =
          model === "M2"
            ? m2Block(block as M2Block, u, options)
            : transformerBlock(block as TransformerBlock, u, { heads: 4 });
      return linear(known.output as Linear, u.mean(1));
    };
    const trained = await fit({
      params,
      data: train,
      loss: (known, batch) => crossEntropy(logits(known, batch.x), batch.y),
      optimiser: adamW({ learningRate: warmUp(20, cosineSchedule(3e-3, 0, steps - 20)) }),
      ...{ batchSize: 64, steps, seed, signal },
      onProgress: ({ done, total }) => progress(done, total),
    });
    const seconds = (performance.now() - started) / 1000;
    const classify = compile((known: Traced<typeof params>, x: Tensor) =>
      logits(known, x).argmax(-1).cast("int64"),
    );
    const { data } = await classify(trained.params as never, test.x);
    await classify.dispose();
    const hits = (data as BigInt64Array).reduce((sum, label, i) => sum + Number(label === test.y.data[i]), 0);
    const parameters = (leavesOf(blocks) as NdArray[]).reduce((sum, leaf) => sum + leaf.data.length, 0);
    return { parameters, accuracy: hits / test.y.data.length, seconds };
  },
});

async function patches(run: Run, part: "train" | "test", count: number): Promise<Patches> {
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
