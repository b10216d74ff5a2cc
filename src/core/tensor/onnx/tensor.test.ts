import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arrayOf, dtypes, type NdArray, sizeOf } from "../../array/index.ts";
import { InvalidInputError } from "../../errors.ts";
import { externalDataBeside } from "./external-data.ts";
import { dataType, decodeTensor, encodeTensor } from "./proto.ts";
import { toNdArray, toTensorProto } from "./tensor.ts";

describe("tensors in ONNX files", () => {
  test("arrays of every dtype survive writing and reading, bit for bit", () => {
    const arrays = fc
      .record({
        dtype: fc.constantFrom(...dtypes),
        shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
        bytes: fc.uint8Array({ minLength: 512, maxLength: 512 }),
      })
      .map(({ dtype, shape, bytes }) => {
        if (dtype === "bool") for (let i = 0; i < bytes.length; i++) bytes[i]! &= 1;
        return {
          dtype,
          shape,
          data: new arrayOf[dtype](bytes.buffer, 0, sizeOf(shape)),
        } as unknown as NdArray;
      });
    fc.assert(
      fc.property(arrays, (array) => {
        const read = toNdArray(decodeTensor(encodeTensor(toTensorProto(array, "a"))));
        expect(read.dtype).toBe(array.dtype);
        expect(read.shape).toEqual(array.shape);
        expect(new Uint8Array(read.data.buffer)).toEqual(
          new Uint8Array(array.data.buffer, 0, array.data.byteLength),
        );
      }),
    );
  });

  test("numbers in typed fields are the same as raw ones", () => {
    const read = (type: number, field: object) => toNdArray({ dataType: type, dims: [2], ...field });
    const int32Data = Int32Array.of(-1, 65535);
    expect(read(dataType.INT8, { int32Data: Int32Array.of(-1, 5) }).data).toEqual(Int8Array.of(-1, 5));
    expect(read(dataType.UINT16, { int32Data }).data).toEqual(Uint16Array.of(65535, 65535));
    expect(read(dataType.FLOAT16, { int32Data: Int32Array.of(0x3c00, 0xbc00) }).data).toEqual(
      Uint16Array.of(0x3c00, 0xbc00),
    );
    expect(read(dataType.BFLOAT16, { int32Data: Int32Array.of(0x3f80, 0xc000) }).data).toEqual(
      Float32Array.of(1, -2),
    );
    expect(read(dataType.UINT32, { uint64Data: BigUint64Array.of(7n, 2n ** 32n - 1n) }).data).toEqual(
      Uint32Array.of(7, 2 ** 32 - 1),
    );
    expect(read(dataType.BOOL, { int32Data: Int32Array.of(0, 2) }).data).toEqual(Uint8Array.of(0, 1));
  });

  test("narrow types are widened by their definitions", () => {
    const read = (type: number, count: number, ...raw: number[]) =>
      Array.from(toNdArray({ dataType: type, dims: [count], rawData: Uint8Array.from(raw) }).data, Number);
    expect(read(dataType.INT4, 3, 0x8f, 0x07)).toEqual([-1, -8, 7]);
    expect(read(dataType.UINT4, 3, 0x8f, 0x07)).toEqual([15, 8, 7]);
    expect(read(dataType.BFLOAT16, 3, 0x80, 0x3f, 0x80, 0xff, 0x01, 0x00)).toEqual([1, -Infinity, 2 ** -133]);
    expect(read(dataType.FLOAT4E2M1, 8, 0x10, 0x32, 0x54, 0xf6)).toEqual([0, 0.5, 1, 1.5, 2, 3, 4, -6]);
    expect(read(dataType.FLOAT8E4M3FN, 5, 0x7e, 0x7f, 0x01, 0x38, 0xb8)).toEqual([
      448,
      Number.NaN,
      2 ** -9,
      1,
      -1,
    ]);
    expect(read(dataType.FLOAT8E4M3FNUZ, 4, 0x7f, 0x80, 0x01, 0x40)).toEqual([240, Number.NaN, 2 ** -10, 1]);
    expect(read(dataType.FLOAT8E5M2, 4, 0x7b, 0xfc, 0x01, 0x3c)).toEqual([57344, -Infinity, 2 ** -16, 1]);
    expect(read(dataType.FLOAT8E5M2FNUZ, 4, 0x7f, 0x80, 0x01, 0x40)).toEqual([
      57344,
      Number.NaN,
      2 ** -17,
      1,
    ]);
  });

  const bytes = (count: number) => ({ rawData: new Uint8Array(count) });
  const bad: [string, Parameters<typeof toNdArray>[0], RegExp][] = [
    ["text", { dataType: dataType.STRING, dims: [0] }, /STRING/],
    ["complex numbers", { dataType: dataType.COMPLEX64, dims: [0] }, /COMPLEX64/],
    ["an unknown type", { dataType: 99, dims: [0] }, /number 99/],
    ["too few bytes", { dataType: dataType.FLOAT, dims: [2], ...bytes(7) }, /takes 8 bytes, got 7/],
    ["too many bytes", { dataType: dataType.UINT4, dims: [2], ...bytes(2) }, /takes 1 bytes, got 2/],
    ["no data at all", { dataType: dataType.FLOAT, dims: [] }, /takes 1 entries/],
    ["a negative extent", { dataType: dataType.FLOAT, dims: [-1], ...bytes(4) }, /extent -1/],
    ["an overflowing shape", { dataType: dataType.FLOAT, dims: [2 ** 31, 2 ** 31], ...bytes(4) }, /too many/],
    ["a shape beyond 2^63", { dataType: dataType.FLOAT, dims: [2n ** 63n], ...bytes(4) }, /extent/],
    ["a segment", { dataType: dataType.FLOAT, dims: [], segment: {}, ...bytes(4) }, /segment/],
    ["an unknown place", { dataType: dataType.FLOAT, dims: [], dataLocation: 7 }, /location 7/],
    [
      "another file without a reader",
      {
        dataType: dataType.FLOAT,
        dims: [],
        dataLocation: 1,
        externalData: [{ key: "location", value: "w" }],
      },
      /beside its model/,
    ],
  ];
  test.each(bad)("%s is refused", (_, tensor, message) => {
    expect(() => toNdArray(tensor)).toThrow(InvalidInputError);
    expect(() => toNdArray(tensor)).toThrow(message);
  });
});

describe("external data", () => {
  let root = "";
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "external-"));
    mkdirSync(join(root, "model/sub"), { recursive: true });
    writeFileSync(join(root, "secret"), Uint8Array.of(1, 2, 3, 4));
    writeFileSync(join(root, "model/sub/weights"), Uint8Array.of(9, 9, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40));
    symlinkSync(join(root, "secret"), join(root, "model/link"));
    symlinkSync(root, join(root, "model/out"));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const tensor = (location: string, offset?: string, length?: string) => ({
    name: "w",
    dataType: dataType.FLOAT,
    dims: [2],
    dataLocation: 1,
    externalData: [
      { key: "location", value: location },
      ...(offset === undefined ? [] : [{ key: "offset", value: offset }]),
      ...(length === undefined ? [] : [{ key: "length", value: length }]),
    ],
  });
  const read = (value: ReturnType<typeof tensor>) =>
    toNdArray(value, externalDataBeside(join(root, "model/model.onnx")));

  test("a part of a file beside the model is read", () => {
    expect(read(tensor("sub/weights", "2", "8")).data).toEqual(Float32Array.of(1, 2));
    expect(read(tensor("./sub/weights", "2")).data).toEqual(Float32Array.of(1, 2));
  });

  test.each([
    ["../secret"],
    ["sub/../../secret"],
    ["sub\\..\\..\\secret"],
    ["/etc/passwd"],
    ["C:\\secret"],
    ["C:secret"],
    ["link"],
    ["out/secret"],
    ["sub"],
    ["absent"],
    [""],
    ["a\0b"],
  ])("the location %j is refused", (location) => {
    expect(() => read(tensor(location))).toThrow(InvalidInputError);
  });

  test.each([
    ["3", undefined],
    ["11", undefined],
    ["-2", "8"],
    ["2", "7"],
    ["99999999999999999999", "8"],
    ["0x2", "8"],
  ])("offset %s and length %s that do not fit are refused", (offset, length) => {
    expect(() => read(tensor("sub/weights", offset, length))).toThrow(InvalidInputError);
  });
});
