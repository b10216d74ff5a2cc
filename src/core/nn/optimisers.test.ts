import { describe, expect, test } from "vitest";
import { fromNested, type NdArray } from "../array/index.ts";
import { compile, type Tensor } from "../tensor/index.ts";
import {
  adam,
  adamW,
  chain,
  clipByGlobalNorm,
  clipByValue,
  cosineSchedule,
  lamb,
  linearSchedule,
  lion,
  type Optimiser,
  type Schedule,
  sgd,
  stepSchedule,
  valueAt,
  warmUp,
} from "./index.ts";

const start = [0.5, -1.5, 2];
const gradients = [
  [0.1, -0.4, 2],
  [-0.3, 0.2, 1],
  [0.05, 0.6, -3],
  [0.2, -0.1, 0.5],
];

/** Parameters after steps along the given gradients. */
async function walk(optimiser: Optimiser): Promise<number[]> {
  const step = compile(
    (state: { params: { w: Tensor }; step: Tensor; stages: readonly unknown[] }, w: Tensor) =>
      optimiser.update(state, { w }),
  );
  let state = optimiser.init({ w: fromNested(start) as NdArray });
  for (const gradient of gradients)
    state = (await step(state as never, fromNested(gradient))) as unknown as typeof state;
  await step.dispose();
  return Array.from(state.params.w.data as Float64Array);
}

/** The same with a rule for one element at a time, in plain arithmetic. */
function reference(rule: (memory: number[], g: number, w: number, t: number) => number): number[] {
  return start.map((initial, i) => {
    const memory = [0, 0];
    return gradients.reduce((w, g, t) => w + rule(memory, g[i]!, w, t + 1), initial);
  });
}

function adamRule(memory: number[], g: number, t: number, epsilon = 1e-8): number {
  memory[0] = 0.9 * memory[0]! + 0.1 * g;
  memory[1] = 0.999 * memory[1]! + 0.001 * g * g;
  return memory[0] / (1 - 0.9 ** t) / (Math.sqrt(memory[1] / (1 - 0.999 ** t)) + epsilon);
}

const heavyBall = (memory: number[], g: number): number => {
  memory[0] = 0.9 * memory[0]! + g;
  return memory[0];
};

describe("each optimiser follows the rule of its paper", () => {
  test.each<[string, Optimiser, number[]]>([
    ["sgd", sgd({ learningRate: 0.1 }), reference((_, g) => -0.1 * g)],
    ["momentum", sgd({ learningRate: 0.1, momentum: 0.9 }), reference((m, g) => -0.1 * heavyBall(m, g))],
    [
      "nesterov",
      sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
      reference((m, g) => -0.1 * (g + 0.9 * heavyBall(m, g))),
    ],
    ["adam", adam({ learningRate: 0.1 }), reference((m, g, _, t) => -0.1 * adamRule(m, g, t))],
    [
      "adamW",
      adamW({ learningRate: 0.1, weightDecay: 0.05 }),
      reference((m, g, w, t) => -0.1 * (adamRule(m, g, t) + 0.05 * w)),
    ],
    [
      "lion",
      lion({ learningRate: 0.1, weightDecay: 0.2 }),
      reference((m, g, w) => {
        const sign = Math.sign(0.9 * m[0]! + 0.1 * g);
        m[0] = 0.99 * m[0]! + 0.01 * g;
        return -0.1 * (sign + 0.2 * w);
      }),
    ],
  ])("%s", async (_, optimiser, expected) => {
    // The step count and with it the bias correction are in single precision.
    const found = await walk(optimiser);
    for (const [i, w] of expected.entries()) expect(found[i]).toBeCloseTo(w, 6);
  });

  test("lamb moves each parameter by the learning rate times its own norm", async () => {
    const optimiser = lamb({ learningRate: 0.1, weightDecay: 0 });
    const step = compile((state: never, w: Tensor) =>
      optimiser.update(state as { params: { w: Tensor }; step: Tensor; stages: [] }, { w }),
    );
    const state = optimiser.init({ w: fromNested(start) as NdArray });
    const after = (await step(state as never, fromNested(gradients[0]!))) as unknown as typeof state;
    const moved = start.map((w, i) => w - (after.params.w.data[i] as number));
    expect(Math.hypot(...moved)).toBeCloseTo(0.1 * Math.hypot(...start), 6);
  });
});

test("a chain clips before it scales", async () => {
  const short = await walk(chain(clipByGlobalNorm(1), sgd({ learningRate: 0.1 })));
  const clipped = start.map((w, i) =>
    gradients.reduce((sum, g) => sum - (0.1 * g[i]!) / Math.max(1, Math.hypot(...g)), w),
  );
  for (const [i, w] of clipped.entries()) expect(short[i]).toBeCloseTo(w, 10);
  const limited = await walk(chain(clipByValue(0.25), sgd({ learningRate: 1 })));
  const expected = start.map((w, i) =>
    gradients.reduce((sum, g) => sum - Math.max(-0.25, Math.min(0.25, g[i]!)), w),
  );
  for (const [i, w] of expected.entries()) expect(limited[i]).toBeCloseTo(w, 10);
});

test.each<[string, Schedule, [step: number, value: number][]]>([
  [
    "constant",
    0.3,
    [
      [0, 0.3],
      [1e5, 0.3],
    ],
  ],
  [
    "linear",
    linearSchedule(1, 0.2, 8),
    [
      [0, 1],
      [4, 0.6],
      [8, 0.2],
      [100, 0.2],
    ],
  ],
  [
    "cosine",
    cosineSchedule(1, 0.1, 10),
    [
      [0, 1],
      [5, 0.55],
      [10, 0.1],
      [11, 0.1],
    ],
  ],
  [
    "steps",
    stepSchedule(1, 0.5, 10),
    [
      [9, 1],
      [10, 0.5],
      [29, 0.25],
    ],
  ],
  [
    "warm-up",
    warmUp(4, cosineSchedule(2, 0, 10)),
    [
      [0, 0.5],
      [1, 1],
      [3, 2],
      [4, 2],
      [9, 1],
      [14, 0],
    ],
  ],
])("the %s schedule passes through its corners", async (_, schedule, corners) => {
  const at = compile((step: Tensor) => valueAt(schedule, step.cast("float32")));
  for (const [step, value] of corners) expect((await at(step)).data[0]).toBeCloseTo(value, 5);
});

test("rates and decays outside their range are refused by name", () => {
  expect(() => adam({ learningRate: -1 })).toThrow(/options\.learningRate/);
  expect(() => adam({ learningRate: 1, beta2: 1 })).toThrow(/options\.beta2/);
  expect(() => sgd({ learningRate: 1, nestrov: true } as never)).toThrow(/nestrov/);
  expect(() => clipByGlobalNorm(0)).toThrow(/norm/);
});
