// Makes the files that demos in the lab need (papers/<id>/assets) from data sets and from networks that the experiments
// train. They are kept in the repository, as the lab is built without data sets.
// Usage: node --conditions=ockham-source scripts/demo-assets.ts
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NdArray } from "ockham/array";
import { loadMiserables, loadWordVectors } from "ockham/data";
import { computeModelStatistics, saveModelStatistics } from "ockham/diffusion";
import { formatSafetensors } from "ockham/io";
import { fitPca } from "ockham/learn";
import { linearSchedule, saveCheckpoint } from "ockham/nn";
import { randomStream } from "ockham/random";
import { digitDenoiser } from "../papers/digit-denoiser.ts";
import { digitModel } from "../papers/digit-model.ts";
import { principalDigits } from "../papers/digits.ts";
import { fashion, perceptron, trainClassifier } from "../papers/fashion-networks.ts";
import { cataloguePassages } from "../papers/muvera/catalogue-search.ts";

const papers = join(import.meta.dirname, "../papers");

function assetPath(paper: string, name: string): string {
  const folder = join(papers, paper, "assets");
  mkdirSync(folder, { recursive: true });
  return join(folder, name);
}

/**
 * The most frequent words and all of the catalogue, in 64 of 100 dimensions and one byte a number. The first three
 * principal components, which tell frequent words from rare ones rather than meanings, are left out.
 */
async function wordVectors(): Promise<void> {
  const frequent = 10_000;
  const dimension = 64;
  const common = 3;
  const { words, vectors } = await loadWordVectors();
  const needed = new Set(
    cataloguePassages().flatMap((text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []),
  );
  const rows = words.flatMap((word, row) =>
    row < 100 || (row < frequent && /^\p{L}+$/u.test(word)) || needed.has(word) ? [row] : [],
  );
  const wide = vectors.shape[1]!;
  const chosen = new Float64Array(rows.length * wide);
  for (const [i, row] of rows.entries()) {
    const vector = vectors.data.subarray(row * wide, (row + 1) * wide);
    const norm = Math.hypot(...vector);
    for (let x = 0; x < wide; x++) chosen[i * wide + x] = vector[x]! / norm;
  }
  const all = { dtype: "float64" as const, shape: [rows.length, wide], data: chosen };
  const width = common + dimension;
  const reduced = fitPca(all, { components: width }).transform(all).data;
  const bytes = new Int8Array(rows.length * dimension);
  for (let i = 0; i < rows.length; i++) {
    const vector = reduced.subarray(i * width + common, (i + 1) * width);
    const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [x, value] of vector.entries()) bytes[i * dimension + x] = Math.round((127 * value) / largest);
  }
  const text = new TextEncoder().encode(rows.map((row) => words[row]).join("\n"));
  writeFileSync(
    assetPath("muvera", "word-vectors.safetensors"),
    formatSafetensors({
      vectors: { dtype: "int8", shape: [rows.length, dimension], data: bytes },
      words: { dtype: "uint8", shape: [text.length], data: text },
    }),
  );
}

/** The characters of Les Misérables, for the demos on graphs. */
async function miserables(): Promise<void> {
  const { names, groups, source, target, weights } = await loadMiserables();
  const graph = {
    names,
    groups: [...groups],
    source: [...source],
    target: [...target],
    weights: [...weights],
  };
  for (const paper of ["fastrp", "powerwalk"])
    writeFileSync(assetPath(paper, "miserables.json"), JSON.stringify(graph));
}

/** The denoiser of digits that the experiment trains, its calibration, and how its coordinates become pixels. */
async function digits(): Promise<void> {
  const call = { signal: new AbortController().signal, onProgress: () => {} };
  const data = await principalDigits(call);
  const weights = await digitDenoiser(data, call);
  await saveCheckpoint(assetPath("dpm-solver-v3", "denoiser.safetensors"), weights, {});
  const model = digitModel(weights);
  const statistics = await computeModelStatistics(model, {
    data: data.coordinates,
    samples: 1024,
    gridSize: 120,
    tEnd: 1e-3,
    seed: 0,
  });
  await saveModelStatistics(assetPath("dpm-solver-v3", "statistics.safetensors"), statistics);
  await model.dispose();
  // pixels = mean + coordinates times basis: the map is affine, so that unit vectors give it away.
  const d = data.coordinates.shape[1]!;
  const probe = new Float64Array((d + 1) * d);
  for (let i = 0; i < d; i++) probe[(i + 1) * d + i] = 1;
  const rows = data.pixels({ dtype: "float64", shape: [d + 1, d], data: probe }).data;
  const basis = Float32Array.from({ length: d * 784 }, (_, k) => rows[784 + k]! - rows[k % 784]!);
  writeFileSync(
    assetPath("dpm-solver-v3", "pixels.safetensors"),
    formatSafetensors({
      mean: { dtype: "float32", shape: [784], data: Float32Array.from(rows.subarray(0, 784)) },
      basis: { dtype: "float32", shape: [d, 784], data: basis },
    }),
  );
}

/** A perceptron trained on pooled images of clothes, images to calibrate on and others to judge by. */
async function clothes(): Promise<void> {
  const call = { signal: new AbortController().signal, onProgress: () => {} };
  const network = perceptron([196, 128, 128, 10]);
  const train = await fashion("train", 30_000, "pooled", call);
  const layers = await trainClassifier(
    network,
    network.init(randomStream(0, "lord-demo")),
    train,
    {
      epochs: 4,
      batchSize: 100,
      learningRate: linearSchedule(0.05, 0.001, 1200),
      weightDecay: 1e-4,
      seed: 0,
    },
    call,
  );
  const judged = await fashion("test", 1000, "pooled", call);
  const [mean, deviation] = [0.286, 0.353];
  const bytes = (x: NdArray<"float32">, rows: number): NdArray<"uint8"> => ({
    dtype: "uint8",
    shape: [rows, 196],
    data: Uint8Array.from(x.data.subarray(0, rows * 196), (value) =>
      Math.round(255 * (deviation * value + mean)),
    ),
  });
  writeFileSync(
    assetPath("lord", "clothes.safetensors"),
    formatSafetensors({
      ...Object.fromEntries(
        layers.flatMap(({ weight, bias }, i) => [
          [`weight${i}`, weight],
          [`bias${i}`, bias!],
        ]),
      ),
      calibration: bytes(train.x, 500),
      images: bytes(judged.x, 1000),
      labels: { dtype: "uint8", shape: [1000], data: Uint8Array.from(judged.y.data, Number) },
    }),
  );
}

const wanted = process.argv.slice(2);
for (const make of [wordVectors, miserables, digits, clothes])
  if (wanted.length === 0 || wanted.includes(make.name)) await make();
