import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type NdArray, zeros } from "../array/index.ts";
import { InvalidInputError, NumericalError } from "../errors.ts";
import { randomStream } from "../random/index.ts";
import { foldIn, leavesOf, type Tensor } from "../tensor/index.ts";
import {
  adam,
  adamW,
  averageOf,
  averageParameters,
  chain,
  crossEntropy,
  dropout,
  type FitOptions,
  fit,
  initLinear,
  type Linear,
  linear,
  meanSquaredError,
  sgd,
  type Validation,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ockham-fit-"));
afterAll(() => rmSync(folder, { recursive: true }));

const stream = randomStream(5, "fit test");

/** Two classes in the plane, apart from each other by a ring. */
function rings(rows: number): { x: NdArray; y: NdArray } {
  const x = zeros([rows, 2], "float32");
  const y = zeros([rows], "int64");
  const draws = stream.split("rings");
  for (let i = 0; i < rows; i++) {
    const label = i % 2;
    const angle = 2 * Math.PI * draws.uniform();
    const radius = (label === 0 ? 0.4 : 1) + 0.1 * draws.uniform();
    x.data.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
    y.data[i] = BigInt(label);
  }
  return { x, y };
}

interface Net {
  readonly hidden: Linear<NdArray>;
  readonly output: Linear<NdArray>;
}

const net = (): Net => ({
  hidden: initLinear(stream.split("hidden"), 2, 16),
  output: initLinear(stream.split("output"), 16, 2),
});

type Options = FitOptions<Net, { x: NdArray; y: NdArray }>;

const task = (more: Partial<Options> = {}): Options => ({
  params: net(),
  data: rings(256),
  loss: ({ hidden, output }, { x, y }, { key }) =>
    crossEntropy(linear(output, dropout(linear(hidden, x).relu(), 0.1, foldIn(key, 0))), y),
  optimiser: chain(adamW({ learningRate: 0.02, weightDecay: 1e-4 }), averageParameters(0.9)),
  batchSize: 32,
  epochs: 4,
  seed: 3,
  ...more,
});

test("training lowers the loss of a separable problem below a tenth of its start", async () => {
  const { losses, steps } = await fit(task({ epochs: 40 }));
  expect(steps).toBe(320);
  const late = losses.slice(-16).reduce((a, b) => a + b) / 16;
  expect(late).toBeLessThan(0.1 * losses[0]!);
});

test("the same seed gives the same parameters, another seed others", async () => {
  const [a, b, c] = [await fit(task()), await fit(task()), await fit(task({ seed: 4 }))];
  expect(b.params).toEqual(a.params);
  expect(b.losses).toEqual(a.losses);
  expect(c.params).not.toEqual(a.params);
});

describe.each([1, 2])("with %d threads", (threads) => {
  test("training interrupted twice and taken up again gives the bits of training in one go", async () => {
    const whole = await fit(task({ threads }));
    const path = join(folder, `resumed-${threads}.safetensors`);
    for (const stopAt of [5, 19]) {
      const controller = new AbortController();
      const interrupted = fit(
        task({
          threads,
          checkpoint: { path, every: 4 },
          validation: {
            every: 1,
            measure: (_, { optimiser: { step } }) => {
              const done = (step as NdArray).data[0] as number;
              if (done === stopAt) controller.abort();
              return 1 / done;
            },
          },
          signal: controller.signal,
        }),
      );
      await expect(interrupted).rejects.toThrow(/abort/i);
    }
    const resumed = await fit(
      task({
        threads,
        checkpoint: { path, every: 4 },
        validation: { every: 1, measure: () => 0 },
      }),
    );
    expect(resumed.state).toEqual(whole.state);
    expect(resumed.losses).toEqual(whole.losses);
  });
});

test("training stopped while it is measured is measured when it is taken up", async () => {
  const path = join(folder, "measured.safetensors");
  const controller = new AbortController();
  const validation = (stops: boolean): Validation<Net, Record<string, never>> => ({
    every: 4,
    patience: 2,
    measure: (_, { optimiser }) => {
      const step = Number(leavesOf(optimiser.step).map((leaf) => (leaf as NdArray).data[0])[0]);
      if (stops && step === 8) controller.abort();
      if (stops) controller.signal.throwIfAborted();
      const { data } = averageOf(optimiser).output.weight;
      return Math.abs(step - 11) + 1e-3 * Math.abs(Number(data[0]));
    },
  });
  const whole = await fit(task({ validation: validation(false) }));
  const interrupted = task({ validation: validation(true), checkpoint: { path }, signal: controller.signal });
  await expect(fit(interrupted)).rejects.toThrow(/abort/i);
  const resumed = await fit(task({ validation: validation(false), checkpoint: { path } }));
  expect(whole.stoppedEarly).toBe(true);
  expect(whole.validations.map(({ step }) => step)).toEqual([4, 8, 12, 16, 20]);
  expect(resumed).toEqual(whole);
});

test("a file that is no checkpoint, or a damaged one, is refused by its name", async () => {
  const path = join(folder, "damaged.safetensors");
  await fit(task({ checkpoint: { path } }));
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, 300));
  await expect(fit(task({ checkpoint: { path } }))).rejects.toThrow(/damaged\.safetensors.*header/);
  const text = whole.toString("latin1");
  for (const [good, bad] of [
    ['"done":"32"', '"done":"99"'],
    ['"validations":"[]"', '"validations":"[)"'],
  ] as const) {
    expect(text).toContain(good);
    writeFileSync(path, Buffer.from(text.replace(good, bad), "latin1"));
    const refused = fit(task({ checkpoint: { path } }));
    await expect(refused).rejects.toThrow(InvalidInputError);
    await expect(refused).rejects.toThrow(/damaged\.safetensors/);
  }
});

test("a checkpoint of another seed or another net is refused by name", async () => {
  const path = join(folder, "refused.safetensors");
  await fit(task({ checkpoint: { path } }));
  await expect(fit(task({ checkpoint: { path }, seed: 9 }))).rejects.toThrow(/seed 3, not 9/);
  const wider = { ...net(), output: initLinear(stream, 16, 3) };
  await expect(fit(task({ checkpoint: { path }, params: wider }))).rejects.toThrow(/output\.weight/);
});

test("a finished checkpoint is read, not trained again", async () => {
  const path = join(folder, "finished.safetensors");
  const first = await fit(task({ checkpoint: { path } }));
  const second = await fit(
    task({
      checkpoint: { path },
      loss: () => {
        throw new Error("traced");
      },
    }),
  );
  expect(second).toEqual(first);
});

test("the best measured parameters are returned, and patience ends the training", async () => {
  const values = [3, 1, 2, 2, 2];
  const seen: NdArray[] = [];
  const result = await fit(
    task({
      validation: {
        every: 2,
        patience: 2,
        measure: ({ output }) => {
          seen.push({ ...output.weight, data: output.weight.data.slice() } as NdArray);
          return values[seen.length - 1]!;
        },
      },
    }),
  );
  expect(result.stoppedEarly).toBe(true);
  expect(result.validations.map(({ value }) => value)).toEqual([3, 1, 2, 2]);
  expect(result.steps).toBe(8);
  expect(result.params.output.weight).toEqual(seen[1]);
  expect(result.best.optimiser.params).toBe(result.params);
  expect(result.best.optimiser.step).toEqual({ dtype: "float32", shape: [], data: Float32Array.of(4) });
});

test("averaged parameters lie within the path of the parameters and lag behind them", async () => {
  const { state } = await fit(task());
  const average = averageOf(state.optimiser);
  expect(average.output.weight.shape).toEqual([16, 2]);
  expect(average).not.toEqual(state.optimiser.params);
});

test("values carried from step to step reach the next one without a gradient", async () => {
  const { state } = await fit({
    params: { w: zeros([1], "float32") as NdArray },
    data: { x: zeros([8, 1], "float32") as NdArray },
    carried: { count: zeros([], "float32") as NdArray },
    loss: ({ w }, { x }, { carried }) => ({
      loss: meanSquaredError(x.add(w), x.add(1)),
      carried: { count: carried.count.add(1) },
    }),
    optimiser: sgd({ learningRate: 0.1 }),
    batchSize: 4,
    steps: 7,
  });
  expect(state.carried.count.data[0]).toBe(7);
});

test("values carried on in another shape, or not at all, are refused", async () => {
  const carrying = (grow: (count: Tensor) => object) =>
    fit({
      params: { w: zeros([1], "float32") as NdArray },
      data: { x: zeros([8, 1], "float32") as NdArray },
      carried: { count: zeros([1], "float32") as NdArray },
      loss: ({ w }, { x }, { carried }) => ({
        loss: w.mul(x).sum(),
        carried: grow(carried.count) as { count: Tensor },
      }),
      optimiser: sgd({ learningRate: 0.1 }),
      batchSize: 4,
      steps: 2,
    });
  await expect(carrying((count) => ({ count: count.concat([count]) }))).rejects.toThrow(
    "must carry on { count: float32[1] } as it was given, got { count: float32[2] }",
  );
  await expect(carrying(() => ({}))).rejects.toThrow("got {");
});

test("batches made by a function are drawn from the step's own stream", async () => {
  const draws: number[] = [];
  await fit({
    params: { w: zeros([1], "float32") as NdArray },
    data: (step, own) => {
      draws.push(own.uniform());
      return { x: { dtype: "float32", shape: [1], data: Float32Array.of(step) } as NdArray };
    },
    loss: ({ w }, { x }) => w.mul(x).sum(),
    optimiser: sgd({ learningRate: 0.1 }),
    steps: 3,
  });
  expect(new Set(draws).size).toBe(3);
});

test("a loss that is not finite ends the training with its step", async () => {
  const broken = fit(
    task({
      loss: ({ output }) => output.weight.sum().mul(0).log().mul(-1).exp() as Tensor,
      optimiser: adam({ learningRate: 1 }),
    }),
  );
  await expect(broken).rejects.toThrow(NumericalError);
  await expect(broken).rejects.toThrow(/at step 0/);
});

test("options that do not fit together are refused by name", async () => {
  const none = { epochs: undefined } as unknown as Partial<Options>;
  await expect(fit(task(none))).rejects.toThrow(/either steps or epochs/);
  await expect(fit(task({ batchSize: 257 }))).rejects.toThrow(/batchSize/);
  const { x } = rings(4);
  const uneven = { x, y: rings(6).y };
  await expect(fit(task({ data: uneven, batchSize: 2 }))).rejects.toThrow(/data\.y.*expected 4 rows/);
  await expect(fit(task({ epochs: 0.01 }))).rejects.toThrow(/options\.epochs.*one step/);
  const rest = { ...task(), loss: ({ output }: { output: { weight: Tensor } }) => output.weight.sum() };
  for (const odd of [3, { dtype: "int32", shape: [1], data: new Int32Array(1) }]) {
    const params = { ...net(), odd };
    await expect(fit({ ...rest, params } as unknown as Options)).rejects.toThrow(/params\.odd/);
  }
  await expect(fit({ ...rest, data: { ...rings(4), odd: 3 }, batchSize: 2 } as Options)).rejects.toThrow(
    /data\.odd/,
  );
  await expect(fit({ ...task(), epoch: 3 } as Options)).rejects.toThrow(InvalidInputError);
});

test("progress never falls and ends at the number of steps; an aborted signal stops at once", async () => {
  const seen: number[] = [];
  await fit(task({ onProgress: ({ done, total }) => seen.push(done / total) }));
  expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  expect(seen.at(-1)).toBe(1);
  await expect(fit(task({ signal: AbortSignal.abort() }))).rejects.toThrow(/abort/i);
});
