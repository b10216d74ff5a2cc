import { type NdArray, zeros } from "ockham/array";
import { randomStream } from "ockham/random";
import { fitTokenModel, type M2Network, m2Network, type TokenModel } from "ockham/sequence";
import { compile, type Tensor } from "ockham/tensor";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, test } from "vitest";

/** Tokens that repeat what was four places before, with few exceptions. */
function echoes(n: number): Int32Array {
  const stream = randomStream(9);
  const tokens = new Int32Array(n);
  for (let t = 0; t < n; t++)
    tokens[t] = t < 4 || stream.uniform() < 0.2 ? stream.integer(6) : tokens[t - 4]!;
  return tokens;
}

const text = echoes(21_000);
const small = { vocabulary: 6, maxLength: 24, width: 16, layers: 1, blocks: 2, filterOrder: 16 };
const training = { steps: 300, batchSize: 16, learningRate: 0.01 };

let model: TokenModel<M2Network<NdArray>>;
beforeAll(async () => {
  model = await fitTokenModel(m2Network(small), text.subarray(0, 20_000), training);
}, 60_000);

test("a mixer learns to look back", async () => {
  const { bitsPerToken, accuracy } = await model.evaluate(text.subarray(20_000));
  // Equally likely tokens would take 2.58 bits, and a sixth of them be right.
  expect(bitsPerToken).toBeLessThan(2.2);
  expect(accuracy).toBeGreaterThan(0.35);
});

test("a mixer of both directions learns what is masked", async () => {
  const network = m2Network({ ...small, causal: false });
  const masked = await fitTokenModel(network, text.subarray(0, 20_000), { ...training, objective: "masked" });
  expect((await masked.evaluate(text.subarray(20_000))).accuracy).toBeGreaterThan(0.35);
  await expect(masked.generate([1], 2)).rejects.toThrow("does not continue");
}, 60_000);

test("logits do not change with what comes after", async () => {
  const { network, params } = model;
  const f = compile((own: typeof params, x: Tensor) => network.logits(own as never, x));
  const tokens = (values: Int32Array): NdArray => ({
    ...{ dtype: "int64", shape: [1, 24] },
    data: BigInt64Array.from(values, BigInt),
  });
  const before = (await f(params as never, tokens(text.subarray(0, 24)))).data as Float32Array;
  const changed = text.slice(0, 24).fill(0, 12);
  const after = (await f(params as never, tokens(changed))).data as Float32Array;
  const scale = Math.max(...before.map(Math.abs));
  for (let p = 0; p < 12 * 6; p++) expect(Math.abs(after[p]! - before[p]!)).toBeLessThan(1e-5 * scale);
  expect(after.subarray(72)).not.toEqual(before.subarray(72));
});

test("texts are continued the same way for the same seed, beyond the longest sequence too", async () => {
  const once = await model.generate([0, 1, 2, 3], 30, { seed: 1 });
  expect(once).toHaveLength(30);
  expect(await model.generate([0, 1, 2, 3], 30, { seed: 1 })).toEqual(once);
  expect(await model.generate([0, 1, 2, 3], 30, { seed: 2 })).not.toEqual(once);
});

describe("token by token", () => {
  test("logits are those of the whole sequence, at every place", async () => {
    const { network, params } = model;
    // An own share of the input by a convolution of its own, too: two blocks, not trained.
    const other = m2Network({ ...small, layers: 2, residualConvolution: true, seed: 3 });
    for (const [net, own] of [
      [network, params],
      [other, other.params],
    ] as const) {
      const whole = compile((p: typeof params, x: Tensor) => net.logits(p as never, x));
      const kernels = await compile((p: typeof params) => net.stream!.prepare(p as never) as never)(
        own as never,
      );
      const step = compile((p: typeof params, fixed: unknown, state: unknown, token: Tensor) =>
        net.stream!.step(p as never, fixed, state, token),
      );
      const tokens = BigInt64Array.from(text.subarray(100, 124), BigInt);
      const { data } = await whole(own as never, { dtype: "int64", shape: [1, 24], data: tokens });
      const scale = Math.max(...(data as Float32Array).map(Math.abs));
      let state = net.stream!.initial;
      for (let t = 0; t < 24; t++) {
        const token: NdArray = { dtype: "int64", shape: [1], data: tokens.slice(t, t + 1) };
        const next = await step(own as never, kernels as never, state as never, token);
        state = next.state;
        for (const [k, value] of (next.logits.data as Float32Array).entries())
          expect(Math.abs(value - Number(data[t * 6 + k]))).toBeLessThan(1e-5 * scale);
      }
    }
  });

  test("a text is continued as by computing anew", async () => {
    for (const prompt of [[3], [0, 1, 2, 3, 4]]) {
      const anew = await model.generate(prompt, 18, { seed: 5 });
      expect(await model.generate(prompt, 18, { seed: 5, mode: "stream" })).toEqual(anew);
    }
  });

  test("texts longer than the filters are refused, or their filters read at more points", async () => {
    await expect(model.generate([1, 2], 23, { mode: "stream" })).rejects.toThrow(
      "2 tokens and 23 more are too many for sequences of 24",
    );
    await expect(
      model.generate(
        Array.from({ length: 25 }, () => 1),
        1,
      ),
    ).rejects.toThrow("prompt: 25 tokens");
    const anew = await model.generate([1, 2], 40, { seed: 2, resample: true });
    expect(anew).toHaveLength(40);
    expect(await model.generate([1, 2], 40, { seed: 2, resample: true, mode: "stream" })).toEqual(anew);
    // Within the length nothing is sampled anew.
    const short = await model.generate([1, 2], 20, { seed: 2 });
    expect(await model.generate([1, 2], 20, { seed: 2, resample: true })).toEqual(short);
  });

  test("networks that are not made for it say so", async () => {
    const { stream: _, resampled: __, ...plain } = m2Network(small);
    const other = await fitTokenModel(plain, text.subarray(0, 100), { steps: 1, batchSize: 2 });
    await expect(other.generate([1], 2, { mode: "stream" })).rejects.toThrow("options.mode");
    await expect(other.generate([1], 30, { resample: true })).rejects.toThrow("options.resample");
    await expect(model.generate([1], 2, { mode: "fast" as "stream" })).rejects.toThrow("options.mode");
    expect(m2Network({ ...small, causal: false }).stream).toBeUndefined();
  });
});

test("an exported mixer gives the same in plain ONNX Runtime", async () => {
  const data = BigInt64Array.from(text.subarray(0, 48), BigInt);
  const { network, params } = model;
  const own = await compile((p: typeof params, x: Tensor) => network.logits(p as never, x))(params as never, {
    ...{ dtype: "int64", shape: [2, 24], data },
  });
  const session = await ort.InferenceSession.create(model.toOnnx(2, 24));
  const { logits } = await session.run({ tokens: new ort.Tensor("int64", data, [2, 24]) });
  for (const [i, value] of (own.data as Float32Array).entries())
    expect(logits!.data[i]).toBeCloseTo(value, 4);
  await session.release();
});

test("tokens out of range and sequences that are too long are refused", async () => {
  const network = m2Network(small);
  await expect(fitTokenModel(network, Int32Array.of(0, 7, ...text), { steps: 1 })).rejects.toThrow(
    "tokens[1]",
  );
  await expect(fitTokenModel(network, text.subarray(0, 10), { steps: 1 })).rejects.toThrow(
    "at least 25 tokens",
  );
  await expect(fitTokenModel(network, text, { steps: 1, length: 25 })).rejects.toThrow("options.length");
  await expect(
    compile((x: Tensor) => network.logits(network.params as never, x))(zeros([1, 30], "int64")),
  ).rejects.toThrow("length up to 24");
  expect(() => m2Network({ ...small, blocks: 3 })).toThrow("options.blocks");
});
