import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { damagedCopies, disturbedCopies } from "../../../../test/mutate.ts";
import { type DType, fromNested, type NdArray, type Nested, toNested, zeros } from "../../array/index.ts";
import { InvalidInputError } from "../../errors.ts";
import { randomStream } from "../../random/index.ts";
import {
  type Arrays,
  compile,
  decodeModel,
  encodeModel,
  type FromOnnxOptions,
  fromOnnx,
  grad,
  type ModelProto,
  type Tensor,
  toOnnx,
  toTensorProto,
} from "../index.ts";
import {
  type AttributeProto,
  attributeType,
  dataTypeOfDtype,
  type GraphProto,
  type NodeProto,
} from "../onnx/index.ts";
import { trace } from "../trace.ts";
import { knownOperators } from "./known-operators.ts";

type AttributeValue = number | readonly number[] | string | NdArray | GraphProto | { float: number };

function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === "number") return { name, type: attributeType.INT, i: value };
  if (typeof value === "string") return { name, type: attributeType.STRING, s: value };
  if ("float" in value) return { name, type: attributeType.FLOAT, f: value.float };
  if ("node" in value) return { name, type: attributeType.GRAPH, g: value };
  if ("dtype" in value) return { name, type: attributeType.TENSOR, t: toTensorProto(value) };
  return { name, type: attributeType.INTS, ints: value };
}

function node(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  domain = "",
): NodeProto {
  const list = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return { opType, input, output, attribute: list, domain, name: `${opType}-node` };
}

const value = (name: string, dtype: DType, shape?: readonly (number | string)[]) => ({
  name,
  type: {
    tensorType: {
      elemType: dataTypeOfDtype(dtype),
      ...(shape === undefined
        ? {}
        : { shape: { dim: shape.map((e) => (typeof e === "number" ? { dimValue: e } : { dimParam: e })) } }),
    },
  },
});

function graph(
  nodes: readonly NodeProto[],
  inputs: GraphProto["input"],
  outputs: readonly string[],
  initializers: Readonly<Record<string, NdArray>> = {},
): GraphProto {
  return {
    name: "g",
    node: nodes,
    input: inputs,
    output: outputs.map((name) => value(name, "float32")),
    initializer: Object.entries(initializers).map(([name, array]) => toTensorProto(array, name)),
  };
}

function model(own: GraphProto, rest: Partial<ModelProto> = {}): Uint8Array {
  return encodeModel({ irVersion: 9, opsetImport: [{ domain: "", version: 20 }], graph: own, ...rest });
}

const array = <T extends DType>(dtype: T, values: Nested): NdArray<T> => fromNested(values, dtype);
const ints = (...values: number[]): NdArray => array("int64", values);

async function evaluate(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, NdArray>>,
  options: FromOnnxOptions = {},
): Promise<Record<string, NdArray>> {
  const imported = fromOnnx(bytes, options);
  const run = compile((weights: Record<string, Tensor>, tensors: Record<string, Tensor>) =>
    imported.apply(weights, tensors),
  );
  const results = await run(imported.weights, inputs);
  await run.dispose();
  return results;
}

/** Traces a model on zeros of the shapes it declares (2 where any extent fits), without running it. */
function traceOnZeros(bytes: Uint8Array): void {
  const imported = fromOnnx(bytes);
  const extent = (size: number | string | undefined) =>
    typeof size === "number" && size >= 0 && size < 100 ? size : 2;
  const inputs = Object.fromEntries(
    imported.inputs.map(({ name, dtype, shape }) => [name, zeros((shape ?? []).map(extent), dtype)]),
  );
  const apply = (weights: Record<string, Tensor>, tensors: Record<string, Tensor>) =>
    imported.apply(weights, tensors);
  trace(apply as (...args: readonly unknown[]) => unknown, [imported.weights, inputs]);
}

// y = softplus(x w^T + b), flattened by a shape computed from x's own.
const weights = {
  w: array("float64", [
    [1, -2],
    [0.5, 1],
    [3, 0.25],
  ]),
  b: array("float64", [0.1, -0.2, 0.3]),
};
const net = model(
  graph(
    [
      node("Gemm", ["x", "w", "b"], ["z"], { transB: 1 }),
      node("Softplus", ["z"], ["s"]),
      node("Shape", ["x"], ["xs"]),
      node("Gather", ["xs", "zero"], ["n"]),
      node("Unsqueeze", ["n", "axes"], ["n1"]),
      node("Concat", ["n1", "rest"], ["target"], { axis: 0 }),
      node("Reshape", ["s", "target"], ["y"]),
    ],
    [value("x", "float64", ["batch", 2])],
    ["y"],
    { ...weights, zero: array("int64", 0), axes: ints(0), rest: ints(3, 1) },
  ),
);

describe("imported models", () => {
  test("weights, inputs and outputs are told apart from numbers that decide shapes", () => {
    const imported = fromOnnx(net);
    expect(imported.weights).toEqual(weights);
    expect(imported.inputs).toEqual([{ name: "x", dtype: "float64", shape: ["batch", 2] }]);
    expect(imported.outputs.map(({ name }) => name)).toEqual(["y"]);
    expect(imported.staticInputs).toEqual([]);
  });

  test("shapes follow from those of the inputs of each trace", async () => {
    for (const rows of [1, 4]) {
      const { y } = await evaluate(net, { x: zeros([rows, 2]) });
      expect(y!.shape).toEqual([rows, 3, 1]);
      expect(y!.data[1]).toBeCloseTo(Math.log1p(Math.exp(-0.2)), 14);
    }
  });

  test("derivatives in weights and inputs agree with central differences", async () => {
    const imported = fromOnnx(net);
    const loss = (own: { weights: Record<string, Tensor>; x: Tensor }) => {
      const { y } = imported.apply(own.weights, { x: own.x });
      return y!.mul(y!).sum();
    };
    const point = {
      weights: imported.weights,
      x: array("float64", [
        [0.3, -0.7],
        [1.1, 0.2],
      ]),
    };
    const at = compile(loss);
    const slope = compile(grad(loss));
    const gradients = await slope(point);
    const check = async (
      path: NdArray,
      gradient: NdArray,
      replace: (changed: NdArray) => Arrays<typeof point>,
    ) => {
      for (let i = 0; i < path.data.length; i++) {
        const moved = (step: number) => {
          const data = Float64Array.from(path.data as Float64Array);
          data[i]! += step;
          return at(replace({ ...path, data } as NdArray) as never);
        };
        const [up, down] = [await moved(1e-5), await moved(-1e-5)];
        const difference = (Number(up.data[0]) - Number(down.data[0])) / 2e-5;
        expect(Number(gradient.data[i])).toBeCloseTo(difference, 6);
      }
    };
    const own = gradients as unknown as { weights: Record<string, NdArray>; x: NdArray };
    for (const name of ["w", "b"] as const)
      await check(
        weights[name],
        own.weights[name]!,
        (changed) => ({ ...point, weights: { ...weights, [name]: changed } }) as never,
      );
    await check(point.x, own.x, (changed) => ({ ...point, x: changed }) as never);
    await at.dispose();
    await slope.dispose();
  });

  test("weights in Constant nodes and in branches count; equal names get a number", () => {
    const branch = (scale: number) =>
      graph([node("Mul", ["x", "k"], ["out"])], [], ["out"], { k: array("float32", [scale]) });
    const bytes = model(
      graph(
        [
          node("Constant", [], ["c"], { value: array("float32", [5]) }),
          node("Add", ["x0", "c"], ["x"]),
          node("If", ["which"], ["y"], { then_branch: branch(2), else_branch: branch(3) }),
        ],
        [value("x0", "float32", [1]), value("which", "bool", [])],
        ["y"],
      ),
    );
    const imported = fromOnnx(bytes);
    expect(
      Object.fromEntries(Object.entries(imported.weights).map(([name, own]) => [name, toNested(own)])),
    ).toEqual({
      c: [5],
      k: [2],
      "k#2": [3],
    });
  });

  test("a known condition takes one branch, an unknown one selects", async () => {
    const branch = (op: string) => graph([node(op, ["x", "x"], ["out"])], [], ["out"]);
    const bytes = model(
      graph(
        [node("If", ["which"], ["y"], { then_branch: branch("Add"), else_branch: branch("Mul") })],
        [value("x", "float32", [2]), value("which", "bool", [])],
        ["y"],
      ),
    );
    const x = array("float32", [3, 5]);
    for (const which of [0, 1]) {
      const flag: NdArray = { dtype: "bool", shape: [], data: Uint8Array.of(which) };
      const expected = which === 1 ? [6, 10] : [9, 25];
      expect(toNested((await evaluate(bytes, { x, which: flag })).y!)).toEqual(expected);
      expect(toNested((await evaluate(bytes, { x }, { constants: { which: flag } })).y!)).toEqual(expected);
    }
  });

  test("loops with a known number of rounds are unrolled, up to the limit", async () => {
    const body = graph(
      [
        node("Mul", ["state", "x"], ["next"]),
        node("Identity", ["going"], ["on"]),
        node("Identity", ["next"], ["row"]),
      ],
      [value("i", "int64", []), value("going", "bool", []), value("state", "float32", [1])],
      ["on", "next", "row"],
    );
    const bytes = model(
      graph(
        [node("Loop", ["rounds", "", "x"], ["last", "rows"], { body })],
        [value("x", "float32", [1]), value("rounds", "int64", [])],
        ["last", "rows"],
      ),
    );
    expect(fromOnnx(bytes).staticInputs).toEqual(["rounds"]);
    const x = array("float32", [2]);
    const constants = { rounds: array("int64", 3) };
    const { last, rows } = await evaluate(bytes, { x }, { constants });
    expect(toNested(last!)).toEqual([16]);
    expect(toNested(rows!)).toEqual([[4], [8], [16]]);
    await expect(evaluate(bytes, { x }, { constants, unrollLimit: 2 })).rejects.toThrow(/unrollLimit/);
    await expect(evaluate(bytes, { x, rounds: constants.rounds })).rejects.toThrow(/options.constants/);
  });

  test("a scan carries state along an axis, backwards where asked", async () => {
    const body = graph(
      [node("Add", ["state", "part"], ["sum"]), node("Identity", ["sum"], ["seen"])],
      [value("state", "float32", [1]), value("part", "float32", [1])],
      ["sum", "seen"],
    );
    const bytes = model(
      graph(
        [
          node("Scan", ["start", "x"], ["total", "sums"], {
            body,
            num_scan_inputs: 1,
            scan_input_directions: [1],
          }),
        ],
        [value("start", "float32", [1]), value("x", "float32", [3, 1])],
        ["total", "sums"],
      ),
    );
    const { total, sums } = await evaluate(bytes, {
      start: array("float32", [0]),
      x: array("float32", [[1], [2], [4]]),
    });
    expect(toNested(total!)).toEqual([7]);
    expect(toNested(sums!)).toEqual([[4], [6], [7]]);
  });

  test("functions of the model are expanded with the attributes of their call", async () => {
    const scaled: NodeProto = {
      ...node("LeakyRelu", ["a"], ["b"]),
      attribute: [{ name: "alpha", refAttrName: "slope", type: attributeType.FLOAT }],
    };
    const bytes = model(
      graph(
        [
          node("Leak", ["x"], ["y"], { slope: { float: 0.25 } }, "own"),
          node("Leak", ["x"], ["z"], {}, "own"),
        ],
        [value("x", "float32", [2])],
        ["y", "z"],
      ),
      {
        opsetImport: [
          { domain: "", version: 20 },
          { domain: "own", version: 1 },
        ],
        functions: [
          {
            name: "Leak",
            domain: "own",
            input: ["a"],
            output: ["b"],
            attributeProto: [{ name: "slope", type: attributeType.FLOAT, f: 0.5 }],
            node: [scaled],
            opsetImport: [{ domain: "", version: 20 }],
          },
        ],
      },
    );
    const { y, z } = await evaluate(bytes, { x: array("float32", [-4, 4]) });
    expect(toNested(y!)).toEqual([-1, 4]);
    expect(toNested(z!)).toEqual([-2, 4]);
  });

  const x = value("x", "float32", [2, 3]);
  const refused: [string, Uint8Array, RegExp][] = [
    [
      "an unknown operator",
      model(graph([node("Fancy", ["x"], ["y"])], [x], ["y"])),
      /"Fancy-node" \(Fancy\).*Fancy is not supported/,
    ],
    [
      "an operator of an unknown domain",
      model(graph([node("Add", ["x", "x"], ["y"], {}, "com.acme")], [x], ["y"])),
      /com\.acme\.Add is not supported/,
    ],
    [
      "a result whose shape depends on data",
      model(graph([node("NonZero", ["x"], ["y"])], [x], ["y"])),
      /NonZero.*shape of its result depends on values/,
    ],
    ["a missing input", model(graph([node("Add", ["x"], ["y"])], [x], ["y"])), /input 1 is missing/],
    ["a value that nothing gives", model(graph([node("Neg", ["q"], ["y"])], [x], ["y"])), /"q": is used/],
    [
      "a shape that does not fit",
      model(graph([node("Reshape", ["x", "s"], ["y"])], [x], ["y"], { s: ints(4, 2) })),
      /\[2, 3\] does not reshape to \[4, 2\]/,
    ],
    [
      "a newer operator set",
      model(graph([], [x], ["x"]), { opsetImport: [{ domain: "", version: 99 }] }),
      /operator set 99/,
    ],
    ["text", model(graph([], [{ name: "t", type: { tensorType: { elemType: 8 } } }], ["t"])), /STRING/],
    ["a sequence", model(graph([], [{ name: "t", type: { sequenceType: {} } }], ["t"])), /no dense tensor/],
  ];
  test.each(refused)("%s is refused by name", (_, bytes, message) => {
    expect(() => traceOnZeros(bytes)).toThrow(InvalidInputError);
    expect(() => traceOnZeros(bytes)).toThrow(message);
  });

  test("inputs and weights that do not fit are refused", async () => {
    await expect(evaluate(net, { x: zeros([2, 3]) })).rejects.toThrow(
      /inputs\.x: expected float64\[batch, 2\]/,
    );
    await expect(evaluate(net, { x: zeros([1, 2], "float32") })).rejects.toThrow(/got float32/);
    await expect(evaluate(net, {})).rejects.toThrow(/inputs\.x/);
    expect(() => fromOnnx(net, { constants: { other: ints(1) } })).toThrow(/no such input/);
  });
});

describe("arrays known while tracing", () => {
  const random = randomStream(3, "known");
  const floats = (...shape: number[]): NdArray => {
    const own = zeros(shape, "float32");
    for (let i = 0; i < own.data.length; i++) own.data[i] = Math.round((random.uniform() - 0.5) * 64) / 8;
    return own;
  };
  const positive = (own: NdArray): NdArray =>
    ({ ...own, data: (own.data as Float32Array).map((v) => Math.abs(v) + 0.5) }) as NdArray;
  const mask = (...values: number[]): NdArray => ({
    dtype: "bool",
    shape: [values.length],
    data: Uint8Array.from(values),
  });
  const one = (own: NdArray): Record<string, NdArray> => ({ a: own });
  const two = (a: NdArray, b: NdArray): Record<string, NdArray> => ({ a, b });
  /** Inputs of a node, those that must be known in both runs, and attributes. */
  interface Sample {
    readonly inputs: Readonly<Record<string, NdArray>>;
    readonly fixed?: readonly string[];
    readonly attributes?: Readonly<Record<string, AttributeValue>>;
    readonly outputs?: number;
  }
  const unary = (own: NdArray): Sample => ({ inputs: one(own) });
  const numeric: Sample = { inputs: two(floats(2, 3), positive(floats(3))) };
  const whole: Sample = { inputs: two(ints(7, -7, 9), ints(2, 2, -4)) };
  const logic: Sample = { inputs: two(mask(0, 0, 1, 1), mask(0, 1, 0, 1)) };
  const reduced: Sample = {
    inputs: two(floats(2, 3, 4), ints(2, 0)),
    fixed: ["b"],
    attributes: { keepdims: 0 },
  };
  const samples: Readonly<Record<string, readonly Sample[]>> = {
    Identity: [unary(floats(2))],
    Neg: [unary(floats(3)), unary(ints(1, -2))],
    Abs: [unary(floats(3))],
    Sign: [unary(floats(3))],
    Floor: [unary(floats(5))],
    Ceil: [unary(floats(5))],
    Round: [unary(array("float32", [0.5, 1.5, 2.5, -0.5, -1.5, 2.4]))],
    Sqrt: [unary(positive(floats(4)))],
    Exp: [unary(floats(4))],
    Log: [unary(positive(floats(4)))],
    Reciprocal: [unary(positive(floats(4)))],
    Relu: [unary(floats(4))],
    Not: [unary(mask(0, 1))],
    Add: [numeric, whole],
    Sum: [numeric],
    Sub: [numeric, whole],
    Mul: [numeric, whole],
    Div: [numeric, whole],
    Pow: [{ inputs: two(positive(floats(3)), floats(3)) }],
    Min: [numeric],
    Max: [numeric, whole],
    Mod: [whole, { ...numeric, attributes: { fmod: 1 } }],
    Equal: [whole, numeric],
    Less: [numeric],
    LessOrEqual: [whole],
    Greater: [numeric],
    GreaterOrEqual: [whole],
    And: [logic],
    Or: [logic],
    Xor: [logic],
    ReduceSum: [reduced, { inputs: one(floats(2, 3)) }],
    ReduceProd: [reduced],
    ReduceMax: [reduced],
    ReduceMin: [reduced],
    Cast: [{ inputs: one(array("float32", [1.7, -1.7, 0])), attributes: { to: 7 } }],
    Where: [{ inputs: { a: mask(1, 0), b: floats(3, 2), c: floats(2) } }],
    Reshape: [{ inputs: two(floats(2, 3, 4), ints(0, -1)), fixed: ["b"] }],
    Squeeze: [{ inputs: two(floats(1, 3, 1), ints(-1)), fixed: ["b"] }, unary(floats(1, 3, 1))],
    Unsqueeze: [{ inputs: two(floats(2, 3), ints(0, -1)), fixed: ["b"] }],
    Flatten: [{ inputs: one(floats(2, 3, 4)), attributes: { axis: 2 } }],
    Transpose: [unary(floats(2, 3, 4)), { inputs: one(floats(2, 3, 4)), attributes: { perm: [1, 0, 2] } }],
    Concat: [{ inputs: two(floats(2, 3), floats(2, 1)), attributes: { axis: -1 } }],
    Slice: [
      {
        inputs: { a: floats(5, 6), b: ints(4, -4), c: ints(-99, 99), d: ints(0, 1), e: ints(-2, 3) },
        fixed: ["b", "c", "d", "e"],
      },
    ],
    Split: [{ inputs: two(floats(2, 5), ints(2, 3)), fixed: ["b"], attributes: { axis: 1 }, outputs: 2 }],
    Gather: [{ inputs: two(floats(4, 3), ints(-1, 0)), attributes: { axis: 0 } }],
    Expand: [{ inputs: two(floats(3, 1), ints(2, 1, 4)), fixed: ["b"] }],
    Tile: [{ inputs: two(floats(2, 3), ints(2, 3)), fixed: ["b"] }],
    ConstantOfShape: [
      { inputs: one(ints(2, 3)), fixed: ["a"], attributes: { value: array("float32", [1.5]) } },
    ],
    CumSum: [
      { inputs: two(floats(5), array("int64", 0)), fixed: ["b"], attributes: { exclusive: 1, reverse: 1 } },
    ],
  };
  // Results of these have shapes that depend on values: there is no traced form to compare with.
  const alone = ["Range", "NonZero", "Compress"];

  test("every operator computed while tracing has a sample here", () => {
    expect([...Object.keys(samples), ...alone].sort()).toEqual([...knownOperators.keys()].sort());
  });

  test.each(Object.keys(samples))("%s gives what the runtime gives", async (operator) => {
    for (const { inputs, fixed = [], attributes = {}, outputs = 1 } of samples[operator]!) {
      const names = Object.keys(inputs);
      const results = Array.from({ length: outputs }, (_, i) => `y${i}`);
      const own = graph([node(operator, names, results, attributes)], [], results);
      const bytes = model({
        ...own,
        input: names.map((name) => value(name, inputs[name]!.dtype, inputs[name]!.shape)),
      });
      const known = await evaluate(bytes, {}, { constants: inputs });
      const constants = Object.fromEntries(fixed.map((name) => [name, inputs[name]!]));
      const feeds = Object.fromEntries(
        names.filter((name) => !fixed.includes(name)).map((name) => [name, inputs[name]!]),
      );
      const traced = await evaluate(bytes, feeds, { constants });
      for (const name of results) {
        expect(known[name]!.dtype).toBe(traced[name]!.dtype);
        expect(known[name]!.shape).toEqual(traced[name]!.shape);
        const [a, b] = [known[name]!, traced[name]!].map((result) =>
          Array.from(result.data as ArrayLike<number>, Number),
        );
        for (const [i, entry] of a!.entries()) expect(entry).toBeCloseTo(b![i]!, 4);
      }
    }
  });

  test("ranges, places of non-zeros and selections are computed", async () => {
    const bytes = model(
      graph(
        [
          node("Range", ["a", "b", "c"], ["r"]),
          node("NonZero", ["m"], ["n"]),
          node("Compress", ["r", "m"], ["k"]),
        ],
        [],
        ["r", "n", "k"],
        { a: array("int64", 1), b: array("int64", 8), c: array("int64", 2), m: mask(1, 0, 1, 0) },
      ),
    );
    const { r, n, k } = await evaluate(bytes, {});
    expect([toNested(r!), toNested(n!), toNested(k!)]).toEqual([[1, 3, 5, 7], [[0, 2]], [1, 5]]);
  });
});

describe("hostile models", () => {
  test("loops within loops and functions that call themselves come to an end", () => {
    const inner = (name: string, body?: GraphProto): GraphProto =>
      graph(
        body === undefined
          ? [node("Identity", [`c${name}`], [`o${name}`]), node("Identity", [`s${name}`], [`t${name}`])]
          : [
              node("Identity", [`c${name}`], [`o${name}`]),
              node("Loop", ["many", "", `s${name}`], [`t${name}`], { body }),
            ],
        [value(`i${name}`, "int64", []), value(`c${name}`, "bool", []), value(`s${name}`, "float32", [1])],
        [`o${name}`, `t${name}`],
      );
    const body = inner("1", inner("2", inner("3", inner("4"))));
    const loops = model(
      graph([node("Loop", ["many", "", "x"], ["y"], { body })], [value("x", "float32", [1])], ["y"], {
        many: array("int64", 1000),
      }),
    );
    expect(() => traceOnZeros(loops)).toThrow(/steps to unroll/);
    const own = (nodes: readonly NodeProto[]) =>
      model(graph([node("F", ["x"], ["y"], {}, "own")], [value("x", "float32", [1])], ["y"]), {
        functions: [{ name: "F", domain: "own", input: ["a"], output: ["b"], node: nodes, opsetImport: [] }],
      });
    expect(() => traceOnZeros(own([node("F", ["a"], ["b"], {}, "own")]))).toThrow(/nested deeper/);
    expect(() =>
      traceOnZeros(own([node("F", ["a"], ["c"], {}, "own"), node("F", ["c"], ["b"], {}, "own")])),
    ).toThrow(/nested deeper/);
  });

  test("sizes far beyond the file's own are refused before they are laid out", () => {
    const huge = ints(2 ** 40, 2 ** 12);
    const input = value("x", "float32", [1, 1, 4, 4]);
    for (const nodes of [
      [node("ConstantOfShape", ["huge"], ["c"]), node("Trilu", ["c"], ["y"])],
      [node("AveragePool", ["x"], ["y"], { kernel_shape: [2 ** 40, 1], pads: [2 ** 40, 0, 2 ** 40, 0] })],
      [node("Pad", ["x", "wide"], ["y"], { mode: "edge" })],
      [node("Resize", ["x", "", "", "sizes"], ["y"], { mode: "linear" })],
      [node("HannWindow", ["count"], ["y"])],
      [node("OneHot", ["zero", "count", "pair"], ["y"])],
      [node("LSTM", ["long", "w", "w"], ["y"], { hidden_size: 1 })],
    ])
      expect(() =>
        traceOnZeros(
          model(
            graph(nodes, [input], ["y"], {
              huge,
              wide: ints(0, 0, 0, 0, 0, 0, 0, 2 ** 50),
              sizes: ints(1, 1, 2 ** 45, 2 ** 5),
              count: array("int64", 2 ** 45),
              zero: ints(0),
              pair: ints(0, 1),
              long: zeros([5000, 1, 1], "float32"),
              w: zeros([1, 4, 1], "float32"),
            }),
          ),
        ),
      ).toThrow(InvalidInputError);
  });

  test("damaged and disturbed models are traced or refused, never more", () => {
    const shape = { x: floatInput([1, 2, 6, 6]) };
    const sources: GraphProto[] = [
      graph(
        [
          node("Conv", ["x", "k", "b"], ["c"], { pads: [1, 1, 1, 1], strides: [2, 2], kernel_shape: [3, 3] }),
          node("MaxPool", ["c"], ["p", "i"], { kernel_shape: [2, 2], ceil_mode: 1 }),
          node("AveragePool", ["c"], ["a"], { kernel_shape: [2, 2], auto_pad: "SAME_UPPER" }),
          node("Resize", ["a", "", "scales"], ["r"], { mode: "cubic" }),
          node("Pad", ["r", "pads"], ["q"], { mode: "reflect" }),
          node("Slice", ["q", "starts", "ends", "axes", "steps"], ["s"]),
          node("Shape", ["s"], ["sh"]),
          node("Split", ["sh"], ["s0", "s1", "s2", "s3"], { axis: 0 }),
          node("Concat", ["s0", "minus"], ["target"], { axis: 0 }),
          node("Reshape", ["s", "target"], ["f"]),
          node("Softmax", ["f"], ["y"], { axis: -1 }),
        ],
        [shape.x],
        ["y", "p", "i"],
        {
          k: zeros([3, 2, 3, 3], "float32"),
          b: zeros([3], "float32"),
          scales: array("float32", [1, 1, 2, 1.5]),
          pads: ints(0, 0, 1, 1, 0, 0, 1, 1),
          starts: ints(5, 0),
          ends: ints(-99, 4),
          axes: ints(2, 3),
          steps: ints(-2, 1),
          minus: ints(-1),
        },
      ),
      graph(
        [
          node("Transpose", ["x"], ["t"], { perm: [0, 2, 1, 3] }),
          node("Einsum", ["x", "x"], ["e"], { equation: "bchw,bcHW->bhW" }),
          node("LSTM", ["long", "w", "r"], ["l"], { hidden_size: 2, direction: "reverse" }),
          node("ScatterND", ["long", "places", "updates"], ["n"], { reduction: "max" }),
          node("GatherND", ["long", "places"], ["g"]),
          node("TopK", ["e", "two"], ["v", "j"], { axis: 1 }),
          node("ReduceLogSumExp", ["t", "axes"], ["m"]),
          node("Tile", ["m", "counts"], ["y"]),
          node("DFT", ["long", "four"], ["d"], { onesided: 1 }),
          node("Range", ["zero", "four", "one"], ["range"]),
          node("Where", ["flags", "range", "zero"], ["chosen"]),
        ],
        [shape.x],
        ["y", "l", "n", "g", "v", "d", "chosen"],
        {
          long: zeros([3, 2, 1], "float32"),
          w: zeros([1, 8, 1], "float32"),
          r: zeros([1, 8, 2], "float32"),
          places: array("int64", [[0], [2]]),
          updates: zeros([2, 2, 1], "float32"),
          two: ints(2),
          axes: ints(1, 2),
          counts: ints(1, 2, 1, 3),
          zero: array("int64", 0),
          one: array("int64", 1),
          four: array("int64", 4),
          flags: mask4(),
        },
      ),
    ];
    for (const [i, source] of sources.entries()) {
      const bytes = model(source);
      traceOnZeros(bytes);
      const whole: ModelProto = { irVersion: 9, opsetImport: [{ domain: "", version: 20 }], graph: source };
      const copies = function* () {
        yield* damagedCopies(bytes, 300, 10 + i);
        for (const copy of disturbedCopies(whole, 300, 20 + i)) yield copy;
      };
      for (const copy of copies()) {
        try {
          traceOnZeros(copy instanceof Uint8Array ? copy : encodeModel(copy));
        } catch (error) {
          if (!(error instanceof InvalidInputError)) throw error;
        }
      }
    }
  });
});

function floatInput(shape: readonly number[]) {
  return value("x", "float32", shape);
}

function mask4(): NdArray {
  return { dtype: "bool", shape: [4], data: Uint8Array.of(1, 0, 1, 0) };
}

describe("exported models", () => {
  const parameters = {
    w: array("float32", [
      [0.5, -1, 2],
      [1, 0.25, -0.5],
    ]),
    scale: array("float32", [1, 2, 3]),
  };
  const f = (p: typeof parameters | Record<string, Tensor>, x: Tensor) => {
    const { w, scale } = p as Record<string, Tensor>;
    const hidden = x.matmul(w!).softmax(-1).mul(scale!);
    return { y: hidden.sum(1), order: hidden.topK(2, { axis: 1 })[1] };
  };
  const x = array("float32", [
    [1, 2],
    [-3, 0.5],
  ]);
  const bytes = toOnnx(
    f as (p: Record<string, Tensor>, x: Tensor) => { y: Tensor; order: Tensor },
    [parameters, x],
    {
      inputs: ["p", "x"],
    },
  );

  test("run in plain ONNX Runtime and, imported again, give the same numbers", async () => {
    const run = compile(f as (p: Record<string, Tensor>, x: Tensor) => { y: Tensor; order: Tensor });
    const expected = await run(parameters, x);
    await run.dispose();
    const session = await ort.InferenceSession.create(bytes);
    const tensor = ({ data, shape }: NdArray) => new ort.Tensor("float32", data as Float32Array, [...shape]);
    const plain = await session.run({
      "p.w": tensor(parameters.w),
      "p.scale": tensor(parameters.scale),
      x: tensor(x),
    });
    await session.release();
    expect(plain.y!.data).toEqual(expected.y.data);
    expect(plain.order!.data).toEqual(expected.order.data);
    const again = await evaluate(bytes, { "p.w": parameters.w, "p.scale": parameters.scale, x });
    expect(again).toEqual(expected);
  });

  const checker = "import sys, onnx; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)";
  const python = ["/usr/bin/python3", "python3"].find(
    (path) => spawnSync(path, ["-c", "import onnx"], { stdio: "ignore" }).status === 0,
  );
  test.runIf(python !== undefined)("satisfy the ONNX project's checker", () => {
    const folder = mkdtempSync(join(tmpdir(), "to-onnx-"));
    try {
      const path = join(folder, "model.onnx");
      // Checkers in distributions know operator sets up to 17; the operators used here are older than that.
      writeFileSync(
        path,
        encodeModel({ ...decodeModel(bytes), irVersion: 8, opsetImport: [{ domain: "", version: 17 }] }),
      );
      const { status, stderr } = spawnSync(python!, ["-c", checker, path], { encoding: "utf8" });
      expect(stderr).toBe("");
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
