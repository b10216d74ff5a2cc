import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromNested } from "ockham/array";
import {
  asvdCompress,
  breakEvenRank,
  budgetRanks,
  CovarianceStatistics,
  chooseRank,
  denseEquivalent,
  formatOnnxModel,
  linearLayers,
  lordCompress,
  lordLinear,
  lowRankFactors,
  modelSize,
  multiplyAdds,
  type OnnxModel,
  parseOnnxModel,
  pruneMagnitude,
  readOnnxModel,
  svdCompress,
} from "ockham/compression";
import { matmul } from "ockham/linalg";
import { attributeType, dataType, decodeModel, encodeModel, type NodeProto } from "ockham/tensor";
import { describe, expect, test } from "vitest";
import {
  deviation,
  float,
  int,
  ints,
  modelOf,
  node,
  normal,
  outputOf,
  tensor,
  text,
  weight,
} from "../../test/support/onnx-models.ts";
import { fromFloat16, toBfloat16, toFloat16 } from "./weights.ts";

const close = (values: ArrayLike<number>, expected: readonly number[], digits = 6) => {
  expect(values.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(values[i]).toBeCloseTo(value, digits);
};

describe("known answers of LoRD", () => {
  const w = fromNested([
    [1, -1, 2],
    [0, 3, 1],
    [2, 2, 0],
    [1, 0, -1],
  ]);
  const bias = Float64Array.of(0.5, -1, 0, 2);
  const x = fromNested([
    [1, 2, 0],
    [0, 1, 1],
    [2, 0, 1],
    [1, 1, 1],
    [3, -1, 0],
    [0, 0, 2],
  ]);
  const y = matmul(x, w, { transposeB: true });
  for (let p = 0; p < y.data.length; p++) y.data[p]! += bias[p % 4]!;
  const statistics = new CovarianceStatistics(4);
  statistics.update(y);

  const effective = (rank: number) => {
    const { first, firstBias, second, secondBias, discarded } = lordLinear(w, bias, statistics, rank);
    const product = matmul(second, first);
    const full = secondBias.map((value, i) => {
      let sum = value;
      for (let r = 0; r < rank; r++) sum += second.data[i * rank + r]! * firstBias[r]!;
      return sum;
    });
    return { product, full, discarded };
  };

  test("mean and ranks 1 to 3", () => {
    close(statistics.mean, [2.8333333, 1.3333333, 3.3333333, 2.3333333]);
    const one = effective(1);
    expect(one.discarded).toBeCloseTo(6.26992109, 6);
    close(one.product.data.subarray(0, 3), [0.20122148, -1.62951501, -0.01999231]);
    close(one.full, [3.4299927, 0.33301777, 3.15805298, 2.57477605]);
    const two = effective(2);
    expect(two.discarded).toBeCloseTo(0.48008592, 6);
    close(two.product.data.subarray(9), [1.18037487, 0.13797131, -0.75866327]);
    close(two.full, [3.88199299, 0.57778158, 1.84616336, 1.51946306]);
    expect(effective(3).discarded).toBeLessThan(1e-9);
  });

  test("the mean squared error over the calibration rows is what was left out, and truncated SVD does worse", () => {
    const errorOf = (product: { data: Float64Array }, shift: ArrayLike<number>): number => {
      let sum = 0;
      for (let row = 0; row < 6; row++)
        for (let i = 0; i < 4; i++) {
          let value = shift[i]!;
          for (let j = 0; j < 3; j++) value += product.data[i * 3 + j]! * x.data[row * 3 + j]!;
          sum += (value - y.data[row * 4 + i]!) ** 2;
        }
      return sum / 6;
    };
    const svdErrors = [18.2379733, 8.42175628];
    for (const rank of [1, 2]) {
      const { product, full, discarded } = effective(rank);
      expect(Math.abs(errorOf(product, full) / discarded - 1)).toBeLessThan(1e-9);
      const { first, second } = lowRankFactors(w, rank);
      expect(errorOf(matmul(second, first), bias)).toBeCloseTo(svdErrors[rank - 1]!, 6);
    }
  });
});

test("statistics in batches are those of all rows at once, and a large mean costs no digits", () => {
  const rows = fromNested([
    [1, 2],
    [3, 4],
    [5, 0],
  ]);
  const known = new CovarianceStatistics(2);
  known.update(rows);
  close(known.mean, [3, 2]);
  close(known.covariance.data, [2.6666667, -1.3333333, -1.3333333, 2.6666667]);
  const far = new CovarianceStatistics(2);
  for (let i = 0; i < 3; i++)
    far.update({ ...rows, shape: [1, 2], data: rows.data.slice(2 * i, 2 * i + 2).map((v) => v + 1e8) });
  close(far.covariance.data, [2.6666667, -1.3333333, -1.3333333, 2.6666667], 5);
});

describe("ranks", () => {
  const s = Float64Array.of(5, 3, 1, 0.5);
  test("by each rule", () => {
    const shape = [4, 4] as const;
    expect(chooseRank(s, shape, { kind: "energy", threshold: 0.9 })).toBe(2);
    expect(chooseRank(s, shape, { kind: "energy", threshold: 0.98 })).toBe(3);
    expect(chooseRank(s, shape, { kind: "value", threshold: 0.75 })).toBe(3);
    expect(chooseRank(s, shape, { kind: "ratio", keep: 0.6 })).toBe(2);
    expect(chooseRank(s, shape, { kind: "ratio", keep: 0.01 })).toBe(1);
    expect(chooseRank(s, [8, 8], { kind: "params", keep: 0.5 })).toBe(2);
    expect(breakEvenRank(512, 128)).toBeCloseTo(102.4, 10);
  });

  test("a budget is kept, and drops the components that carry least", () => {
    const layers = [
      { singularValues: Float64Array.of(10, 1, 0.1, 0.01), shape: [4, 4] as const },
      { singularValues: Float64Array.of(2, 1.9, 1.8, 1.7), shape: [4, 4] as const },
    ];
    expect(budgetRanks(layers, 32)).toEqual([4, 4]);
    expect(budgetRanks(layers, 24)).toEqual([1, 4]);
    expect(() => budgetRanks(layers, 15)).toThrow(/at least 16/);
  });
});

test("half and brain floats are rounded to the nearest, ties to even", () => {
  for (const [value, bits] of [
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
  ] as const)
    expect(toFloat16(value)).toBe(bits);
  for (let bits = 0; bits < 0x7c00; bits++) expect(toFloat16(fromFloat16(bits))).toBe(bits);
  expect(toBfloat16(1)).toBe(0x3f80);
  expect(toBfloat16(1 + 2 ** -8)).toBe(0x3f80);
  expect(toBfloat16(1 + 3 * 2 ** -8)).toBe(0x3f82);
});

// Layouts: a network with the layer, and the shape of its input.
const layouts: Record<string, OnnxModel> = {
  "Gemm, weight [in, out]": modelOf({
    shape: [12],
    nodes: [node("Gemm", ["x", "w", "b"], "y")],
    initializer: [weight("w", [12, 10]), weight("b", [10])],
  }),
  "Gemm, weight [out, in], alpha and beta": modelOf({
    shape: [12],
    nodes: [node("Gemm", ["x", "w", "b"], "y", [int("transB", 1), float("alpha", 0.5), float("beta", 2)])],
    initializer: [weight("w", [10, 12]), weight("b", [1, 10])],
  }),
  "Gemm of a turned input": modelOf({
    shape: [40],
    nodes: [node("Gemm", ["x", "w"], "y", [int("transA", 1)])],
    initializer: [weight("w", [12, 10])],
  }),
  "MatMul alone": modelOf({
    shape: [3, 12],
    nodes: [node("MatMul", ["x", "w"], "y")],
    initializer: [weight("w", [12, 10])],
  }),
  "MatMul, then a bias": modelOf({
    shape: [3, 12],
    nodes: [node("MatMul", ["x", "w"], "m"), node("Add", ["b", "m"], "y")],
    initializer: [weight("w", [12, 10]), weight("b", [10])],
  }),
  "MatMul whose product is also read elsewhere": modelOf({
    shape: [12],
    nodes: [node("MatMul", ["x", "w"], "m"), node("Add", ["m", "b"], "n"), node("Mul", ["n", "m"], "y")],
    initializer: [weight("w", [12, 10]), weight("b", [10])],
  }),
  "MatMul by a transposed constant": modelOf({
    shape: [12],
    nodes: [
      node("Constant", [], "c", [{ name: "value", type: attributeType.TENSOR, t: weight("c", [10, 12]) }]),
      node("Identity", ["c"], "d"),
      node("Transpose", ["d"], "t", [ints("perm", [1, 0])]),
      node("MatMul", ["x", "t"], "y"),
    ],
    initializer: [],
  }),
  "Conv with strides, pads and dilations": modelOf({
    shape: [6, 9, 8],
    nodes: [
      node("Conv", ["x", "w", "b"], "y", [
        ints("kernel_shape", [3, 3]),
        ints("strides", [2, 1]),
        ints("pads", [1, 0, 2, 1]),
        ints("dilations", [1, 2]),
      ]),
    ],
    initializer: [weight("w", [10, 6, 3, 3]), weight("b", [10])],
  }),
  "Conv along one axis, padded automatically": modelOf({
    shape: [6, 9],
    nodes: [node("Conv", ["x", "w"], "y", [text("auto_pad", "SAME_UPPER"), ints("strides", [2])])],
    initializer: [weight("w", [10, 6, 4])],
  }),
};

describe.each(Object.entries(layouts))("%s", (name, model) => {
  const { dim } = model.proto.graph.input[0]!.type!.tensorType!.shape!;
  const batch = name.includes("turned") ? 12 : 40;
  const x = normal([batch, ...dim.slice(1).map(({ dimValue }) => Number(dimValue))], name);

  test("full rank reproduces the outputs; a lower rank gives those of the dense matrix that it stands for", async () => {
    const before = await outputOf(model, x);
    const options = { beyondBreakEven: true, rank: { kind: "ratio", keep: 1 } } as const;
    for (const compress of [
      () => svdCompress(model, options),
      () => lordCompress(model, [{ x }], options),
      () => asvdCompress(model, [{ x }], options),
    ]) {
      const { model: full, report } = await compress();
      expect(report.every(({ skipped }) => skipped === undefined)).toBe(true);
      expect(deviation(before, await outputOf(full, x))).toBeLessThan(1e-5);
    }
    for (const compress of [
      svdCompress(model, { rank: { kind: "fixed", rank: 3 } }),
      lordCompress(model, [{ x }], { rank: { kind: "fixed", rank: 3 } }),
    ]) {
      const { model: small, replaced } = await compress;
      const reference = await outputOf(denseEquivalent(model, replaced), x);
      expect(deviation(reference, await outputOf(small, x))).toBeLessThan(1e-5);
    }
  });

  test("the mean squared error that is reported is the one measured, and no larger than that of SVD", async () => {
    if (name.includes("elsewhere")) return;
    const rank = { kind: "fixed", rank: 4 } as const;
    const before = await outputOf(model, x);
    const errorOf = async (small: OnnxModel): Promise<number> => {
      const after = await outputOf(small, x);
      let sum = 0;
      for (let i = 0; i < before.data.length; i++)
        sum += (Number(before.data[i]) - Number(after.data[i])) ** 2;
      return (sum / before.data.length) * 10;
    };
    const { model: small, report } = await lordCompress(model, [{ x }], { rank });
    const measured = await errorOf(small);
    expect(Math.abs(measured / report[0]!.mse! - 1)).toBeLessThan(1e-4);
    expect(measured).toBeLessThanOrEqual(
      (await errorOf((await svdCompress(model, { rank })).model)) * 1.0001,
    );
  });

  test("two factors of a small rank make the file smaller and drop the old weight", async () => {
    const { model: small, report } = await svdCompress(model, { rank: { kind: "fixed", rank: 1 } });
    const [row] = report;
    expect(row!.params[1]).toBe(row!.shape[0] + row!.shape[1]);
    expect(modelSize(model).params - modelSize(small).params).toBe(row!.params[0] - row!.params[1]);
    expect(linearLayers(small).layers.map((layer) => layer.name)).not.toContain(row!.name);
  });
});

describe("weights that are shared", () => {
  test("by nodes of one kind are factored once for all of them", async () => {
    const model = modelOf({
      shape: [12],
      nodes: [node("MatMul", ["x", "w"], "m"), node("Relu", ["m"], "r"), node("MatMul", ["r", "w"], "y")],
      initializer: [weight("w", [12, 12])],
    });
    const x = normal([60, 12]);
    const {
      model: small,
      report,
      replaced,
    } = await lordCompress(model, [{ x }], { rank: { kind: "fixed", rank: 5 } });
    expect(report.length).toBe(1);
    // Both readers and one pair of factors, with a bias each.
    expect(modelSize(small).params).toBe(2 * 5 * 12 + 2 * 12);
    expect(
      deviation(await outputOf(denseEquivalent(model, replaced), x), await outputOf(small, x)),
    ).toBeLessThan(1e-5);
  });

  test("with a table of embeddings, or in two layouts, stay as they are and are named", async () => {
    const model = modelOf({
      shape: [12],
      nodes: [
        node("Constant", [], "i", [
          {
            name: "value",
            type: attributeType.TENSOR,
            t: { dims: [1], dataType: dataType.INT64, int64Data: BigInt64Array.of(3n) },
          },
        ]),
        node("Gather", ["tied", "i"], "row"),
        node("MatMul", ["x", "tied"], "a"),
        node("MatMul", ["a", "both"], "b"),
        node("Gemm", ["b", "both"], "c", [int("transB", 1)]),
        node("MatMul", ["c", "own"], "d"),
        node("Add", ["d", "row"], "y"),
      ],
      initializer: [weight("tied", [12, 12]), weight("both", [12, 12]), weight("own", [12, 12])],
    });
    const { layers, unsupported } = linearLayers(model);
    expect(layers.map(({ name }) => name)).toEqual(["own"]);
    expect(unsupported.map(({ name, problem }) => [name, problem])).toEqual(
      expect.arrayContaining([
        ["tied", "tied to a table of embeddings"],
        ["both", "shared by nodes of different layouts"],
      ]),
    );
    const before = await outputOf(model, normal([4, 12]));
    const { model: small } = await svdCompress(model, {
      rank: { kind: "ratio", keep: 1 },
      beyondBreakEven: true,
    });
    expect(deviation(before, await outputOf(small, normal([4, 12])))).toBeLessThan(1e-5);
    await expect(svdCompress(model, { layers: "tied" })).rejects.toThrow(/tied to a table of embeddings/);
  });
});

test("what cannot be factored is refused by name", async () => {
  const quantised: NodeProto[] = [
    node("DequantizeLinear", ["q", "scale"], "dq"),
    node("MatMul", ["x", "dq"], "m"),
    node("MatMul", ["m", "w"], "y"),
  ];
  const model = modelOf({
    shape: [12],
    nodes: quantised,
    initializer: [
      { name: "q", dims: [12, 12], dataType: dataType.INT8, rawData: new Uint8Array(144).fill(1) },
      tensor("scale", [], [0.1]),
      weight("w", [12, 12]),
    ],
  });
  expect(linearLayers(model).unsupported).toEqual([{ name: "dq", op: "MatMul", problem: "quantised" }]);
  const { model: small, unsupported } = await svdCompress(model, { rank: { kind: "fixed", rank: 2 } });
  expect(unsupported.length).toBe(1);
  expect((await outputOf(small, normal([2, 12]))).shape).toEqual([2, 12]);
  await expect(svdCompress(model, { layers: "dq" })).rejects.toThrow(/quantised/);
  const recurrent = modelOf({
    shape: [2, 3],
    nodes: [node("Concat", ["part", "part"], "all", [int("axis", 1)]), node("RNN", ["x", "all", "r"], "y")],
    initializer: [weight("part", [1, 2, 3]), weight("r", [1, 4, 4])],
  });
  // Also where its weights are put together first.
  expect(linearLayers(recurrent).unsupported).toEqual([
    { name: "all", op: "RNN", problem: "the operator takes its recurrent weights whole" },
  ]);
  const grouped = modelOf({
    shape: [4, 5, 5],
    nodes: [node("Conv", ["x", "w"], "y", [int("group", 2)])],
    initializer: [weight("w", [4, 2, 3, 3])],
  });
  await expect(svdCompress(grouped)).rejects.toThrow(/a grouped convolution/);
  await expect(svdCompress(model, { layers: "nothing*" })).rejects.toThrow(/options.layers/);
  const spoilt = modelOf({
    shape: [2],
    nodes: [node("MatMul", ["x", "w"], "y")],
    initializer: [tensor("w", [2, 3], [1, 2, Number.NaN, 4, Number.NaN, 6])],
  });
  expect(() => linearLayers(spoilt)).toThrow('weight "w": has 2 non-finite values, first at [0, 2]');
});

describe("calibration", () => {
  const model = layouts["MatMul alone"]!;
  test("with fewer rows than outputs allows only the rank that they span", async () => {
    const x = normal([1, 3, 12]);
    await expect(lordCompress(model, [{ x }], { rank: { kind: "fixed", rank: 4 } })).rejects.toThrow(
      'layer "w": requested rank 4 but only 2 independent output directions in 3 calibration rows',
    );
    const { report } = await lordCompress(model, [{ x }], { rank: { kind: "fixed", rank: 2 } });
    expect(report[0]!.mse).toBeLessThan(1e-9);
  });

  test("without samples, with a missing input or with NaN is refused", async () => {
    await expect(lordCompress(model, [])).rejects.toThrow(/calibration/);
    await expect(lordCompress(model, [{}])).rejects.toThrow(/feeds.x/);
    const x = { ...normal([1, 3, 12]), data: new Float32Array(36).fill(Number.NaN) };
    await expect(lordCompress(model, [{ x }])).rejects.toThrow(/layer "w": gives NaN at its output/);
  });

  test("a layer in a branch that is not taken stays dense, the one in the other is factored", async () => {
    const branch = (name: string) => ({
      name,
      node: [node("MatMul", ["x", `${name}_w`], `${name}_y`)],
      initializer: [weight(`${name}_w`, [12, 12])],
      input: [],
      output: [{ name: `${name}_y` }],
    });
    const conditional = modelOf({
      shape: [12],
      nodes: [
        node("ReduceSum", ["x"], "sum", [int("keepdims", 0)]),
        node("Greater", ["sum", "zero"], "positive"),
        node("If", ["positive"], "y", [
          { name: "then_branch", type: attributeType.GRAPH, g: branch("then") },
          { name: "else_branch", type: attributeType.GRAPH, g: branch("else") },
        ]),
      ],
      initializer: [tensor("zero", [], [0])],
    });
    const x = normal([50, 12]);
    x.data[0] = 1000;
    const { report, model: small } = await lordCompress(conditional, [{ x }], {
      rank: { kind: "fixed", rank: 3 },
    });
    expect(report.map(({ name, rank, skipped }) => [name, rank, skipped])).toEqual([
      ["then_w", 3, undefined],
      ["else_w", 12, "never computed for the calibration data"],
    ]);
    const other = { ...x, data: x.data.map((value) => -value) };
    expect(deviation(await outputOf(conditional, other), await outputOf(small, other))).toBeLessThan(1e-6);
    expect(await multiplyAdds(small, { x })).toBe(50 * 3 * 24);
  });

  test("layer by layer takes statistics of the network as it has become", async () => {
    const two = modelOf({
      shape: [12],
      nodes: [node("MatMul", ["x", "w"], "m"), node("Relu", ["m"], "r"), node("MatMul", ["r", "v"], "y")],
      initializer: [weight("w", [12, 12]), weight("v", [12, 12])],
    });
    const x = normal([200, 12]);
    const rank = { kind: "fixed", rank: 3 } as const;
    const before = await outputOf(two, x);
    const errors = [];
    for (const sequential of [false, true]) {
      const { model: small, report } = await lordCompress(two, [{ x }], { rank, sequential });
      expect(report.map((row) => row.rank)).toEqual([3, 3]);
      errors.push(deviation(before, await outputOf(small, x)));
    }
    expect(errors[0]).not.toBe(errors[1]);
  });
});

test("break-even is respected unless asked otherwise", async () => {
  const model = layouts["MatMul alone"]!;
  const { report, model: same } = await svdCompress(model, { rank: { kind: "ratio", keep: 0.9 } });
  expect(report[0]!.skipped).toMatch(/break-even is 5.5/);
  expect(formatOnnxModel(same)).toEqual(formatOnnxModel(model));
});

test("pruning by magnitude keeps that part of each weight, the largest", async () => {
  const model = layouts["MatMul alone"]!;
  const pruned = pruneMagnitude(model, { keep: 0.25 });
  expect(modelSize(pruned).nonZero).toBe(30);
  const [[before], [after]] = [linearLayers(model).layers, linearLayers(pruned).layers];
  const kept = [...after!.weight.data].filter((value) => value !== 0).map(Math.abs);
  const dropped = [...before!.weight.data].filter((_, i) => after!.weight.data[i] === 0).map(Math.abs);
  expect(Math.max(...dropped)).toBeLessThanOrEqual(Math.min(...kept));
});

describe("files", () => {
  test("fields that are not understood come back as they were", () => {
    const model = modelOf({
      shape: [12],
      nodes: [node("MatMul", ["x", "w"], "y")],
      initializer: [weight("w", [12, 10])],
    });
    const { graph } = model.proto;
    const bytes = encodeModel({
      ...model.proto,
      trainingInfo: [Uint8Array.of(10, 0)],
      graph: {
        ...graph,
        quantizationAnnotation: [
          { tensorName: "w", quantParameterTensorNames: [{ key: "SCALE_TENSOR", value: "s" }] },
        ],
      },
    });
    const again = decodeModel(formatOnnxModel(parseOnnxModel(bytes)));
    expect(again.trainingInfo).toEqual([Uint8Array.of(10, 0)]);
    expect(again.graph.quantizationAnnotation?.[0]?.tensorName).toBe("w");
    expect(encodeModel(again)).toEqual(bytes);
  });

  test("tensors in files beside the model are taken in and counted", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ockham-compress-"));
    try {
      const model = layouts["MatMul alone"]!;
      const [w] = model.proto.graph.initializer!;
      writeFileSync(join(folder, "weights.bin"), w!.rawData!);
      const { rawData: _, ...bare } = w!;
      const outside = {
        ...bare,
        dataLocation: 1,
        externalData: [
          { key: "location", value: "weights.bin" },
          { key: "length", value: String(w!.rawData!.length) },
        ],
      };
      const bytes = encodeModel({ ...model.proto, graph: { ...model.proto.graph, initializer: [outside] } });
      expect(() => parseOnnxModel(bytes)).toThrow(/lies in a file beside its model/);
      writeFileSync(join(folder, "model.onnx"), bytes);
      const read = await readOnnxModel(join(folder, "model.onnx"));
      expect(read.bytes).toBe(bytes.length + w!.rawData!.length);
      const x = normal([2, 3, 12]);
      expect(await outputOf(read, x)).toEqual(await outputOf(model, x));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("weights in half precision stay so", async () => {
    const halves = Uint16Array.from(normal([12, 10]).data, (value) => toFloat16(value));
    const model = modelOf({
      shape: [12],
      nodes: [node("MatMul", ["x", "w"], "y")],
      initializer: [
        { name: "w", dims: [12, 10], dataType: dataType.FLOAT16, rawData: new Uint8Array(halves.buffer) },
      ],
      type: dataType.FLOAT16,
    });
    const { model: small } = await svdCompress(model, { rank: { kind: "fixed", rank: 2 } });
    expect(small.proto.graph.initializer!.map(({ dataType: type }) => type)).toEqual([
      dataType.FLOAT16,
      dataType.FLOAT16,
    ]);
  });
});
