import { describe, expect, test } from "vitest";
import { damagedCopies } from "../../../../test/mutate.ts";
import { InvalidInputError } from "../../errors.ts";
import {
  attributeType,
  dataType,
  decodeModel,
  decodeTensor,
  encodeModel,
  encodeTensor,
  type ModelProto,
} from "./proto.ts";
import { toNdArray } from "./tensor.ts";

// A Gemm with two initializers, one raw and one in float_data, as the `onnx` package for Python writes it.
const reference = Uint8Array.from(
  Buffer.from(
    "08081204746573743a8f010a380a01780a01770a01621201791a0467656d6d220447656d6d2a0f0a05616c706861150000003fa0" +
      "01012a0d0a067472616e73421801a0010212036e65742a130801080210014201774a080000803f000000402a0d08011001220400" +
      "0040404201625a140a0178120f0a0d080112090a0312016e0a02080262140a0179120f0a0d080112090a0312016e0a0208014204" +
      "0a00100d",
    "hex",
  ),
);

const dims = (last: number) => ({
  tensorType: { elemType: dataType.FLOAT, shape: { dim: [{ dimParam: "n" }, { dimValue: last }] } },
});
const model: ModelProto = {
  irVersion: 8,
  producerName: "test",
  opsetImport: [{ domain: "", version: 13 }],
  graph: {
    name: "net",
    node: [
      {
        opType: "Gemm",
        name: "gemm",
        input: ["x", "w", "b"],
        output: ["y"],
        attribute: [
          { name: "alpha", type: attributeType.FLOAT, f: 0.5 },
          { name: "transB", type: attributeType.INT, i: 1 },
        ],
      },
    ],
    initializer: [
      {
        name: "w",
        dataType: dataType.FLOAT,
        dims: [1, 2],
        rawData: new Uint8Array(Float32Array.of(1, 2).buffer),
      },
      { name: "b", dataType: dataType.FLOAT, dims: [1], floatData: Float32Array.of(3) },
    ],
    input: [{ name: "x", type: dims(2) }],
    output: [{ name: "y", type: dims(1) }],
  },
};

/** A field of wire type 2. */
const delimited = (number: number, ...content: number[]) => [number * 8 + 2, content.length, ...content];

describe("ONNX files", () => {
  test("a model written by the onnx package is read field by field", () => {
    const read = decodeModel(reference);
    expect(read).toMatchObject(model);
    expect(read.functions).toEqual([]);
    expect(read.graph.node[0]!.domain).toBe("");
    expect("docString" in read.graph).toBe(false);
  });

  test("a Node Buffer at an odd offset is read without sharing its memory", () => {
    const buffer = Buffer.concat([Buffer.of(0), reference]).subarray(1);
    const [w] = decodeModel(buffer).graph.initializer!.map((tensor) => toNdArray(tensor));
    buffer.fill(0);
    expect(w).toEqual({ dtype: "float32", shape: [1, 2], data: Float32Array.of(1, 2) });
  });

  test("the same model is written in the same bytes", () => {
    expect(encodeModel(model)).toEqual(reference);
  });

  test("reading and writing again changes nothing", () => {
    const once = encodeModel(decodeModel(reference));
    expect(encodeModel(decodeModel(once))).toEqual(once);
  });

  test("64-bit integers keep their exact value", () => {
    const ints = [0, -1, 127, 128, 2 ** 53 - 1, 1 - 2 ** 53, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n];
    const node = { opType: "Any", input: [], output: [], attribute: [{ name: "ints", ints, i: -7 }] };
    const read = decodeModel(encodeModel({ ...model, graph: { ...model.graph, node: [node] } }));
    expect(read.graph.node[0]!.attribute![0]).toMatchObject({ ints, i: -7 });
    const wide = { dims: [2], dataType: dataType.UINT64, uint64Data: BigUint64Array.of(2n ** 64n - 1n, 0n) };
    expect(decodeTensor(encodeTensor(wide)).uint64Data).toEqual(wide.uint64Data);
    const long = {
      dims: [2],
      dataType: dataType.INT64,
      int64Data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
    };
    expect(decodeTensor(encodeTensor(long)).int64Data).toEqual(long.int64Data);
  });

  test.each<[string, unknown[]]>([
    ["i", [0.5, Number.NaN, 2 ** 40 + 0.5, null, "1", {}]],
    ["f", [1n, null, "1"]],
    ["ints", [3, [undefined], [0.5]]],
    ["floats", [[1n], {}]],
    ["s", [3, null, [1]]],
    ["g", [null, 3]],
  ])("a value that does not fit its field %s is refused by name", (name, values) => {
    for (const value of values) {
      const attribute = [{ name: "a", [name]: value }];
      const node = [{ opType: "Any", input: [], output: [], attribute }];
      const broken = () => encodeModel({ ...model, graph: { ...model.graph, node } });
      expect(broken).toThrow(InvalidInputError);
      expect(broken).toThrow(`field ${name}:`);
    }
  });

  test("names in any script survive", () => {
    const names = ["é", "漢字", "🙂 and a longer text after it", "\u0000", "x".repeat(1000), "\ufeffbom"];
    const node = { opType: "Any", input: names, output: [] };
    const read = decodeModel(encodeModel({ ...model, graph: { ...model.graph, node: [node] } }));
    expect(read.graph.node[0]!.input).toEqual(names);
  });

  test("packed and unpacked numbers, in one chunk or many, read alike", () => {
    const dims = [0x08, 2, ...delimited(1, 3)];
    const unpacked = [0x20 + 5, 0, 0, 0x80, 0x3f];
    const packed = delimited(4, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40);
    const read = decodeTensor(Uint8Array.from([...dims, 0x10, 1, ...unpacked, ...packed, ...unpacked]));
    expect(read.dims).toEqual([2, 3]);
    expect(read.floatData).toEqual(Float32Array.of(1, 2, 3, 1));
  });

  test("unknown fields are skipped, the last scalar wins and singular messages merge", () => {
    const unknown = [0x78, 5, ...delimited(31 - 16, 1, 2), 0x7b, 0x08, 1, 0x7c, 0x7d, 1, 2, 3, 4];
    const graph = (...content: number[]) => delimited(7, ...content);
    const bytes = [
      0x08,
      3,
      ...unknown,
      ...graph(...delimited(2, 0x61)),
      0x08,
      8,
      ...graph(...delimited(10, 0x62)),
    ];
    expect(decodeModel(Uint8Array.from(bytes))).toMatchObject({
      irVersion: 8,
      graph: { name: "a", docString: "b" },
    });
  });

  const bad: [string, number[], RegExp][] = [
    ["an empty file", [], /no graph/],
    ["a length beyond the file", [0x3a, 5, 1], /5 bytes/],
    ["a length of 2^63", [0x3a, ...Array(9).fill(0x80), 1], /bytes are left/],
    ["a number of more than 64 bits", [0x08, ...Array(9).fill(0xff), 2], /64 bits/],
    ["a number without an end", [0x08, 0x80], /inside a number/],
    ["field number 0", [0x00, 0x00], /field number 0/],
    ["an unmatched end of group", [0x7c], /wire type 4/],
    ["wire type 7", [0x0f], /wire type 7/],
    ["a scalar where a message belongs", [0x38, 1], /wire type 0/],
    ["text that is not UTF-8", [0x12, 1, 0xff], /not UTF-8/],
    ["no IR version", delimited(7), /ir_version/],
  ];
  test.each(bad)("%s is refused", (_, bytes, message) => {
    expect(() => decodeModel(Uint8Array.from(bytes))).toThrow(InvalidInputError);
    expect(() => decodeModel(Uint8Array.from(bytes))).toThrow(message);
  });

  test("messages nested too deeply are refused before the stack ends", () => {
    const wrap = (tag: number, content: number[]) => {
      const size: number[] = [];
      for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
        size.push(rest < 128 ? rest : (rest % 128) | 128);
        if (rest < 128) return [tag, ...size, ...content];
      }
    };
    let type: number[] = [];
    // TypeProto.sequence_type holds a TypeProto.Sequence, which holds a TypeProto, and so on.
    for (let depth = 0; depth < 1000; depth++) type = wrap(0x22, wrap(0x0a, type));
    const bytes = Uint8Array.from(wrap(0x3a, wrap(0x5a, wrap(0x12, type))));
    expect(() => decodeModel(bytes)).toThrow(/nested deeper/);
  });

  test("damaged files are read or refused, never more", () => {
    for (const copy of damagedCopies(reference, 4000, 1)) {
      try {
        const read = decodeModel(copy);
        for (const tensor of read.graph.initializer!) toNdArray(tensor);
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
      }
    }
  });
});
