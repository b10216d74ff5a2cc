import { type NdArray, ndArray } from "ockham/array";
import {
  type ConvolutionScheme,
  decomposeConvolution,
  decomposeModel,
  modelSize,
  projectLowRank,
  trainTrp,
} from "ockham/compression";
import { crossEntropy, initLinear, linear, sgd } from "ockham/nn";
import { randomStream } from "ockham/random";
import type { Tensor } from "ockham/tensor";
import { describe, expect, test } from "vitest";
import {
  deviation,
  ints,
  modelOf,
  node,
  normal,
  outputOf,
  text,
  weight,
} from "../../test/support/onnx-models.ts";

/** The kernel of the known answers. */
function known(): NdArray {
  const data = new Float64Array(4 * 3 * 9);
  let p = 0;
  for (let n = 0; n < 4; n++)
    for (let c = 0; c < 3; c++)
      for (let h = 0; h < 3; h++)
        for (let w = 0; w < 3; w++)
          data[p++] = Math.sin(1 + n + 2 * c + 3 * h + 5 * w) + 0.1 * n * c - 0.05 * h * w * n;
  return ndArray("float64", [4, 3, 3, 3], data);
}

const difference = (a: NdArray, b: NdArray): number =>
  Math.hypot(...Array.from(a.data as Float64Array, (value, i) => value - Number(b.data[i])));

describe("known answers", () => {
  test("of projections", () => {
    const kernel = known();
    const channel = projectLowRank(kernel, "channel", 0.9);
    expect(channel.rank).toBe(2);
    expect(difference(kernel, channel.weight)).toBeCloseTo(1.14562295, 6);
    const row = [0.14436264, -0.0309522, -0.16192258, -0.13233642, 0.0624736];
    for (const [i, value] of row.entries()) expect(channel.subgradient.data[i]).toBeCloseTo(value, 6);
    expect(projectLowRank(kernel, "channel", 0.98).rank).toBe(3);
    expect(projectLowRank(kernel, "spatial", 0.9).rank).toBe(2);
    expect(projectLowRank(kernel, "spatial", 0.98).rank).toBe(3);
    expect(projectLowRank(kernel, "decouple", 0.85).rank).toBe(2);
  });

  test("of the nuclear norm's subgradient", () => {
    const { subgradient, rank } = projectLowRank(
      ndArray("float64", [2, 2], Float64Array.of(1, 2, 0, 1)),
      "channel",
      0.9999,
    );
    expect(rank).toBe(2);
    for (const [i, value] of [Math.SQRT1_2, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT1_2].entries())
      expect(subgradient.data[i]).toBeCloseTo(value, 6);
  });

  test("of multiply-adds", () => {
    const kernel = ndArray("float64", [32, 16, 3, 3], randomStream(1).fillNormal(new Float64Array(4608)));
    const costOf = (scheme: ConvolutionScheme, rank: number) =>
      4608 * decomposeConvolution(kernel, null, {}, scheme, { kind: "fixed", rank }).multiplyAddsRatio;
    expect(costOf("channel", 8)).toBeCloseTo(1408, 8);
    expect(costOf("spatial", 8)).toBeCloseTo(1152, 8);
    expect(costOf("decouple", 2)).toBeCloseTo(1600, 8);
  });

  test("of singular values, by the errors that leaving them out makes", () => {
    const kernel = known();
    const errors = (scheme: ConvolutionScheme, energies: readonly number[]) =>
      energies.map((energy) => difference(kernel, projectLowRank(kernel, scheme, energy).weight));
    const [one, two] = errors("spatial", [0.9, 0.98]);
    expect(one).toBeCloseTo(Math.hypot(1.76450203, 0.75881012), 6);
    expect(two).toBeCloseTo(0.75881012, 6);
  });
});

describe.each(["channel", "spatial", "decouple"] as const)("%s", (scheme) => {
  const models = {
    "with strides, uneven pads and dilations": [
      ints("strides", [2, 1]),
      ints("pads", [1, 0, 2, 1]),
      ints("dilations", [1, 2]),
    ],
    "padded automatically": [text("auto_pad", "SAME_UPPER"), ints("strides", [2, 2])],
    plain: [],
  };
  test.each(Object.entries(models))("full rank reproduces a convolution %s", async (_, attributes) => {
    const model = modelOf({
      shape: [5, 9, 8],
      nodes: [node("Conv", ["x", "w", "b"], "y", attributes)],
      initializer: [weight("w", [7, 5, 3, 4]), weight("b", [7])],
    });
    const x = normal([2, 5, 9, 8], "input");
    const options = { rank: { kind: "ratio", keep: 1 }, beyondBreakEven: true } as const;
    const { model: split, report } = decomposeModel(model, scheme, {
      ...options,
      rank: { kind: "fixed", rank: 100 },
    });
    expect(report[0]!.skipped).toBeUndefined();
    expect(report[0]!.retained).toBeCloseTo(1, 12);
    expect(deviation(await outputOf(model, x), await outputOf(split, x))).toBeLessThan(1e-5);
  });

  test("a projected kernel is split at its rank without loss", async () => {
    const kernel = normal([8, 6, 3, 3], "kernel");
    const { weight: low, rank } = projectLowRank(kernel, scheme, 0.7);
    const model = modelOf({
      shape: [6, 9, 8],
      nodes: [node("Conv", ["x", "w"], "y")],
      initializer: [
        {
          name: "w",
          dims: [8, 6, 3, 3],
          dataType: 1,
          rawData: new Uint8Array(low.data.buffer, 0, low.data.byteLength),
        },
      ],
    });
    const x = normal([2, 6, 9, 8], "input");
    const { model: split, report } = decomposeModel(model, scheme, {
      rank: { kind: "fixed", rank },
      beyondBreakEven: true,
    });
    expect(modelSize(split).params).toBe(report[0]!.params[1]);
    expect(deviation(await outputOf(model, x), await outputOf(split, x))).toBeLessThan(1e-5);
  });
});

test("convolutions along one axis, and those that would not become cheaper, stay", () => {
  const model = modelOf({
    shape: [5, 9],
    nodes: [node("Conv", ["x", "w"], "y")],
    initializer: [weight("w", [7, 5, 3])],
  });
  expect(decomposeModel(model, "spatial").report[0]!.skipped).toMatch(/needs two/);
  expect(decomposeModel(model, "channel", { rank: { kind: "fixed", rank: 7 } }).report[0]!.skipped).toMatch(
    /save nothing/,
  );
});

test("training keeps the ranks of its layers down, plain training does not", async () => {
  const stream = randomStream(4, "trp");
  const x = normal([400, 12], "inputs");
  const y = ndArray(
    "int64",
    [400],
    BigInt64Array.from({ length: 400 }, (_, i) => BigInt(x.data[12 * i]! > 0 ? 1 : 0)),
  );
  const options = {
    params: {
      hidden: initLinear(stream.split("hidden"), 12, 16),
      output: initLinear(stream.split("output"), 16, 2),
    },
    loss: (
      net: { hidden: { weight: Tensor }; output: { weight: Tensor } },
      batch: { x: Tensor; y: Tensor },
    ) => crossEntropy(linear(net.output, linear(net.hidden, batch.x).relu()), batch.y),
    optimiser: sgd({ learningRate: 0.1, momentum: 0.9 }),
    data: { x: x as NdArray, y: y as NdArray },
    batchSize: 40,
    epochs: 6,
    energy: 0.8,
    threads: 1,
    layers: (path: string) => path === "hidden.weight",
  };
  const pruned = await trainTrp(options as never);
  const plain = await trainTrp({ ...options, project: false, nuclearWeight: 0 } as never);
  const last = ({ ranksHistory }: typeof pruned) => ranksHistory.at(-1)!.ranks[0]!;
  expect(last(pruned)).toBeLessThan(last(plain));
  expect(pruned.losses.at(-1)).toBeLessThan(0.3);
  expect(pruned.layers).toEqual(["hidden.weight"]);
  await expect(trainTrp({ ...options, layers: () => false } as never)).rejects.toThrow(/options.layers/);
});
