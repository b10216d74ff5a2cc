import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NdArray, ndArray } from "ockham/array";
import { randomStream } from "ockham/random";
import { fitSsmClassifier, loadSsmClassifier, type SsmClassifier } from "ockham/sequence";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "ockham-ssm-"));
afterAll(() => rmSync(folder, { recursive: true }));

const length = 30;

/** Noisy waves of two frequencies. */
function waves(n: number, label: string): { x: NdArray; labels: Int32Array } {
  const stream = randomStream(11, label);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  const data = new Float32Array(n * length);
  for (let i = 0; i < n; i++) {
    const phase = 2 * Math.PI * stream.uniform();
    for (let l = 0; l < length; l++)
      data[i * length + l] = Math.sin(phase + l * (labels[i] === 1 ? 0.9 : 0.5)) + 0.3 * stream.normal();
  }
  return { x: ndArray("float32", [n, length, 1], data), labels };
}

const train = waves(128, "train");
const held = waves(64, "test");

describe.each(["s4", "s5"] as const)("a classifier of %s layers", (layer) => {
  let model: SsmClassifier;
  beforeAll(async () => {
    model = await fitSsmClassifier(train.x, train.labels, {
      ...{ layer, width: 8, layers: 1, stateSize: 8, dtMin: 0.02, dtMax: 0.5 },
      ...{ epochs: 12, batchSize: 16, ptd: { steps: 150 } },
    });
  }, 60_000);

  test("tells two frequencies apart that it has not seen", async () => {
    expect(await model.accuracy(held.x, held.labels)).toBeGreaterThan(0.9);
  });

  test("gives the same bits for the same seed, saved and loaded too", async () => {
    const path = join(folder, `${layer}.safetensors`);
    await model.save(path);
    const loaded = await loadSsmClassifier(path);
    expect(loaded.architecture).toEqual(model.architecture);
    expect((await loaded.logits(held.x)).data).toEqual((await model.logits(held.x)).data);
  });

  test("exports a network that plain ONNX Runtime computes alike", async () => {
    const session = await ort.InferenceSession.create(model.toOnnx(64, length));
    const { logits } = await session.run({
      x: new ort.Tensor("float32", held.x.data as Float32Array, held.x.shape),
    });
    const own = await model.logits(held.x);
    for (const [i, value] of own.data.entries()) expect(logits!.data[i]).toBeCloseTo(value, 4);
    await session.release();
  });

  test("changes its mind for a loud tone in its layers, and not for a silent one", async () => {
    const clean = await model.logits(held.x);
    const silent = await model.logits(held.x, { inputNoise: { omega: 20, amplitude: 0 } });
    expect(silent.data).toEqual(clean.data);
    const loud = await model.logits(held.x, { inputNoise: { omega: 20, amplitude: 5 } });
    expect(loud.data).not.toEqual(clean.data);
  });

  test("amplifies as its impulse response does", async () => {
    const [frequency, gains] = [0.7, model.gains(Float64Array.of(0.7))];
    expect(gains).toHaveLength(1);
    expect(gains[0]!.largest[0]).toBeGreaterThanOrEqual(gains[0]!.median[0]!);
    expect(Number.isFinite(gains[0]!.largest[0]!)).toBe(true);
    expect(() => model.gains(Float64Array.of(frequency, Number.NaN))).toThrow("frequencies[1]");
  });
});

test("inputs that do not fit are refused by name", async () => {
  const fit = (x: NdArray, labels: ArrayLike<number>, more = {}) =>
    fitSsmClassifier(x, labels, { epochs: 1, ...more });
  const bad = {
    ...train.x,
    data: (train.x.data as Float32Array).map((value, i) => (i === 5 ? Number.NaN : value)),
  };
  await expect(fit(bad as NdArray, train.labels)).rejects.toThrow("x.data[5]");
  await expect(fit(train.x, [0, 1])).rejects.toThrow("labels");
  await expect(fit(train.x, new Int32Array(128))).rejects.toThrow("at least two classes");
  await expect(fit(train.x, train.labels, { init: "hippo" })).rejects.toThrow("options.init");
  await expect(fit(train.x, train.labels, { dtMin: 1, dtMax: 0.5 })).rejects.toThrow("options.dtMax");
  await expect(loadSsmClassifier(join(folder, "missing.safetensors"))).rejects.toThrow();
});
