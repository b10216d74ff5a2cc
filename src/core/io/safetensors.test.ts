import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { damagedCopies } from "../../../test/mutate.ts";
import { arrayOf, type DType, dtypes, type NdArray, sizeOf } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { flattenTree, formatSafetensors, nestTree, parseSafetensors } from "./safetensors.ts";
import { openSafetensors, streamSafetensors, writeSafetensors } from "./safetensors-file.ts";

const array = (dtype: DType, shape: number[], values: readonly (number | bigint)[]): NdArray =>
  ({ dtype, shape, data: new (arrayOf[dtype] as Float32ArrayConstructor)(values as number[]) }) as NdArray;

/** A file with the given header text and data. */
function file(header: unknown, data: readonly number[] | Uint8Array = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const sample = {
  weight: array("float32", [2, 2], [1, 2, 3, 4]),
  bias: array("float16", [3], [0x3c00, 0xc000, 0x0001]),
  "a.b": array("int64", [1], [-5n]),
  mask: array("bool", [2], [0, 1]),
  scalar: array("float64", [], [0.5]),
  none: array("uint8", [0, 3], []),
};

// What the `safetensors` package for Python 0.8 writes for the same arrays and metadata { format: "pt" }.
const reference = Uint8Array.from(
  Buffer.from(
    "80010000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c22612e62223a7b2264747970" +
      "65223a22493634222c227368617065223a5b315d2c22646174615f6f666673657473223a5b302c385d7d2c227363616c617222" +
      "3a7b226474797065223a22463634222c227368617065223a5b5d2c22646174615f6f666673657473223a5b382c31365d7d2c22" +
      "776569676874223a7b226474797065223a22463332222c227368617065223a5b322c325d2c22646174615f6f66667365747322" +
      "3a5b31362c33325d7d2c2262696173223a7b226474797065223a22463136222c227368617065223a5b335d2c22646174615f6f" +
      "666673657473223a5b33322c33385d7d2c226e6f6e65223a7b226474797065223a225538222c227368617065223a5b302c335d" +
      "2c22646174615f6f666673657473223a5b33382c33385d7d2c226d61736b223a7b226474797065223a22424f4f4c222c227368" +
      "617065223a5b325d2c22646174615f6f666673657473223a5b33382c34305d7d7d20fbffffffffffffff000000000000e03f00" +
      "00803f000000400000404000008040003c00c001000001",
    "hex",
  ),
);

describe("safetensors in memory", () => {
  test("equal contents give the bytes that the reference implementation writes", () => {
    expect(formatSafetensors(sample, { format: "pt" })).toEqual(reference);
  });

  test("a file of the reference implementation is read back", () => {
    const { tensors, metadata } = parseSafetensors(reference);
    expect(tensors).toEqual(sample);
    expect(metadata).toEqual({ format: "pt" });
  });

  test("a Node Buffer at an odd offset is read without sharing its memory", () => {
    const buffer = Buffer.concat([Buffer.of(0), reference]).subarray(1);
    const { tensors } = parseSafetensors(buffer);
    buffer.fill(0);
    expect(tensors).toEqual(sample);
  });

  test("bfloat16 is read as float32", () => {
    const bytes = file(
      { a: { dtype: "BF16", shape: [3], data_offsets: [0, 6] } },
      [0x80, 0x3f, 0, 0xc0, 0x80, 0x7f],
    );
    expect(parseSafetensors(bytes).tensors.a).toEqual(
      array("float32", [3], [1, -2, Number.POSITIVE_INFINITY]),
    );
  });

  test("every tree of arrays survives flattening, writing, reading and nesting", () => {
    const leaf = fc
      .record({
        dtype: fc.constantFrom(...dtypes),
        shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
        byte: fc.integer({ min: 0, max: 1 }),
      })
      .map(({ dtype, shape, byte }) => {
        const data = new arrayOf[dtype](sizeOf(shape));
        new Uint8Array(data.buffer).fill(byte);
        return { dtype, shape, data } as unknown as NdArray;
      });
    const { tree } = fc.letrec<{ tree: Record<string, unknown>; node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        leaf,
        tie("tree"),
        fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
      ),
      tree: fc.dictionary(fc.stringMatching(/^[a-zé_]{1,6}$/), tie("node"), { minKeys: 1, maxKeys: 3 }),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const flat = flattenTree(value as never);
        const { tensors } = parseSafetensors(formatSafetensors(flat));
        expect(nestTree(tensors)).toEqual(value);
      }),
      { numRuns: 60 },
    );
  });

  test("names that would reach an object's prototype stay plain names", () => {
    const bytes = file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', [7]);
    const { tensors } = parseSafetensors(bytes);
    expect(Object.keys(tensors)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(nestTree(tensors))).toBe(Object.prototype);
  });

  test("a name cannot be both tensor and branch", () => {
    expect(() => nestTree({ a: sample.weight, "a.b": sample.weight })).toThrow(InvalidInputError);
    expect(() => nestTree({ "a.b": sample.weight, a: sample.weight })).toThrow(InvalidInputError);
    expect(() => flattenTree({ "a.b": sample.weight })).toThrow(InvalidInputError);
  });

  const one = (entry: object) =>
    file({ a: { dtype: "U8", shape: [2], data_offsets: [0, 2], ...entry } }, [1, 2]);
  const two = (a: number[], b: number[], data: number[]) =>
    file(
      {
        a: { dtype: "U8", shape: [a[1]! - a[0]!], data_offsets: a },
        b: { dtype: "U8", shape: [b[1]! - b[0]!], data_offsets: b },
      },
      data,
    );
  const hugeHeader = new Uint8Array(20);
  new DataView(hugeHeader.buffer).setBigUint64(0, 2n ** 63n, true);
  const bad: [string, Uint8Array, RegExp][] = [
    ["an empty file", new Uint8Array(0), /8 bytes/],
    ["a header beyond the cap", hugeHeader, /at most 100000000/],
    ["a header longer than the file", file("{}").subarray(0, 9), /only 1 bytes/],
    ["a header that is a list", file("[]"), /no JSON object/],
    ["a header that is no JSON", file("{a}"), /no JSON/],
    ["a header that is not UTF-8", file("{}").fill(0xff, 9), /no JSON/],
    ["white space before the header", file(" {}"), /no JSON object/],
    [
      "a repeated tensor",
      file(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        [1],
      ),
      /repeated/,
    ],
    [
      "a repeated entry",
      file('{"a":{"dtype":"U8","shape":[2],"shape":[1],"data_offsets":[0,1]}}', [1]),
      /repeated/,
    ],
    ["metadata that is no text", file({ __metadata__: { a: 1 } }), /texts only/],
    ["an unknown entry", one({ extra: 1 }), /unknown entry/],
    ["an unknown dtype", one({ dtype: "F8_E4M3" }), /F8_E4M3/],
    ["a negative extent", one({ shape: [-2] }), /shape/],
    ["a fractional extent", one({ shape: [0.5, 4] }), /shape/],
    ["offsets past the end", one({ shape: [3], data_offsets: [0, 3] }), /2 bytes of data/],
    ["reversed offsets", one({ shape: [0], data_offsets: [2, 1] }), /data_offsets/],
    ["a shape that overflows", one({ shape: [2 ** 32, 2 ** 32, 2 ** 32] }), /takes/],
    ["a shape that does not fit its bytes", one({ shape: [1] }), /takes 1 bytes/],
    ["a gap", two([0, 1], [2, 3], [1, 2, 3]), /gap/],
    ["an overlap", two([0, 2], [1, 3], [1, 2, 3]), /overlaps/],
    ["bytes behind the last tensor", two([0, 1], [1, 2], [1, 2, 3]), /end at byte/],
    ["a boolean of 2", one({ dtype: "BOOL" }), /boolean/],
  ];
  test.each(bad)("%s is refused", (_, bytes, message) => {
    expect(() => parseSafetensors(bytes)).toThrow(InvalidInputError);
    expect(() => parseSafetensors(bytes)).toThrow(message);
  });

  test("damaged files are read or refused, never more", () => {
    for (const copy of damagedCopies(reference, 4000, 2)) {
      try {
        parseSafetensors(copy);
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
      }
    }
  });
});

describe("safetensors on disk", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "safetensors-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("single tensors are read without the rest of the file", async () => {
    const path = join(folder, "sample.safetensors");
    await writeSafetensors(path, sample, { format: "pt" });
    expect(new Uint8Array(await readFile(path))).toEqual(reference);
    const opened = await openSafetensors(path);
    expect(opened.metadata).toEqual({ format: "pt" });
    expect([...opened.entries.keys()]).toEqual(["a.b", "scalar", "weight", "bias", "none", "mask"]);
    for (const [name, value] of Object.entries(sample)) expect(await opened.read(name)).toEqual(value);
    await expect(opened.read("absent")).rejects.toThrow(InvalidInputError);
    await opened.close();
  });

  test("a failed write leaves the old file and nothing else", async () => {
    const path = join(folder, "kept.safetensors");
    await writeSafetensors(path, { a: sample.weight });
    const before = await readdir(folder);
    const broken = { ...sample.weight, data: new Float32Array(3) };
    await expect(writeSafetensors(path, { a: broken })).rejects.toThrow(InvalidInputError);
    expect(await readdir(folder)).toEqual(before);
    expect(parseSafetensors(await readFile(path)).tensors).toEqual({ a: sample.weight });
  });

  test("files that are cut off, folders and absent files are refused by name", async () => {
    const path = join(folder, "cut.safetensors");
    await writeFile(path, reference.subarray(0, reference.length - 1));
    await expect(openSafetensors(path)).rejects.toThrow(InvalidInputError);
    await expect(openSafetensors(folder)).rejects.toThrow(InvalidInputError);
    await expect(openSafetensors(join(folder, "absent"))).rejects.toThrow(InvalidInputError);
  });
});

test("tensors made one by one give the same file, and bfloat16 goes out rounded and comes back", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ockham-safetensors-"));
  try {
    const a = array("float32", [3], [1, 1 + 2 ** -8, 1 + 3 * 2 ** -8]);
    const b = array("int32", [2], [5, 6]);
    const path = join(folder, "a.safetensors");
    const size = await streamSafetensors(path, { a, b }, (name) => (name === "a" ? a : b), { note: "x" });
    expect(new Uint8Array(await readFile(path))).toEqual(formatSafetensors({ a, b }, { note: "x" }));
    expect(size).toBe((await readFile(path)).length);
    await streamSafetensors(path, { a: { ...a, bfloat16: true } }, () => a);
    const file = await openSafetensors(path);
    expect(file.entries.get("a")!.bfloat16).toBe(true);
    expect((await file.read("a")).data).toEqual(Float32Array.of(1, 1, 1 + 2 ** -6));
    await file.close();
    await expect(streamSafetensors(path, { a: b }, () => a)).rejects.toThrow(/tensors.a: expected int32/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
