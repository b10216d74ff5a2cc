import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../errors.ts";
import { checkFrame, frameOf, hasSharedMemory, takeApart } from "./payload.ts";

const none = () => undefined;
const carried = (value: unknown): unknown =>
  checkFrame("input", frameOf(takeApart("input", value))).value(none);

const typedArray: fc.Arbitrary<unknown> = fc.oneof(
  fc.float64Array(),
  fc.float32Array(),
  fc.int32Array(),
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.bigInt64Array(),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(undefined),
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.string({ unit: "binary" }),
    fc.bigInt(),
    typedArray,
    fc.array(tie("value")),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "o", "t", "at")),
      tie("value"),
      { noNullPrototype: true },
    ),
  ),
}));

describe("a frame", () => {
  test("gives back every value of plain data and typed arrays", () => {
    fc.assert(
      fc.property(value, (value) => {
        deepStrictEqual(carried(value), value);
      }),
    );
  });

  test("tells shared memory from memory of one thread, and carries views by what they show", () => {
    const shared = new Float64Array(new SharedArrayBuffer(32));
    shared.set([1, 2, 3, 4]);
    const { all, part, own } = carried({
      all: shared,
      part: shared.subarray(1, 3),
      own: Int8Array.of(5),
    }) as {
      readonly [name: string]: Float64Array;
    };
    expect([all!.buffer, part!.buffer].every((buffer) => buffer instanceof SharedArrayBuffer)).toBe(true);
    expect([...all!, ...part!, ...own!]).toEqual([1, 2, 3, 4, 2, 3, 5]);
    expect(part!.buffer.byteLength).toBe(16);
    expect(own!.buffer).toBeInstanceOf(ArrayBuffer);
  });

  test("never makes an object of another prototype", () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": true}}') as object;
    const back = carried(hostile) as { polluted?: true };
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(back.polluted).toBeUndefined();
  });

  test("takes kept segments from where they are, and gives them away only when they are shared", () => {
    const hash = "0".repeat(64);
    const kept = new SharedArrayBuffer(8);
    new Uint8Array(kept).fill(7);
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    for (const [array, same] of [
      [shared, true],
      [new Uint8Array(8), false],
    ] as const) {
      const frame = checkFrame("input", frameOf(takeApart("input", array), [hash]));
      expect(frame.blobs).toEqual([{ bytes: 8, hash }]);
      const back = frame.value(() => kept) as Uint8Array;
      expect(back).toEqual(new Uint8Array(8).fill(7));
      expect(back.buffer === kept).toBe(same);
      expect(() => frame.value(() => undefined)).toThrow("is missing");
      expect(() => frame.value(() => new SharedArrayBuffer(16))).toThrow("is missing");
    }
  });

  test("refuses what is no plain data by the place where it is", () => {
    class Model {}
    const cases: readonly (readonly [unknown, string])[] = [
      [{ a: [1, { f: () => 1 }] }, "input.a[1].f: expected plain data and typed arrays, got a function"],
      [{ m: new Model() }, "input.m: expected plain data and typed arrays, got an instance of Model"],
      [new Map(), "input: expected plain data and typed arrays, got an instance of Map"],
      [Symbol.iterator, "input: expected plain data and typed arrays, got Symbol(Symbol.iterator)"],
    ];
    for (const [value, message] of cases) expect(() => takeApart("input", value)).toThrow(message);
    const circle: { self?: object } = {};
    circle.self = circle;
    expect(() => takeApart("input", circle)).toThrow("or contains itself");
  });

  test("refuses hostile bytes with an error of its own, whatever they are", () => {
    const valid = frameOf(
      takeApart("input", { x: Float64Array.of(1, 2), s: "text", n: Number.NaN, u: undefined }),
    );
    const attempt = (bytes: Uint8Array): void => {
      try {
        checkFrame("input", bytes).value(none);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInputError);
      }
    };
    for (let length = 0; length < valid.length; length++)
      expect(() => checkFrame("input", valid.subarray(0, length))).toThrow("is no valid payload");
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), (at, byte) => {
        const spoiled = valid.slice();
        spoiled[at] = byte;
        attempt(spoiled);
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (tree) => attempt(frameOf({ tree, segments: [] }))));
    const huge = frameOf({ tree: { t: "Float64Array", at: 0 }, segments: [new Uint8Array(12)] });
    expect(() => checkFrame("input", huge).value(none)).toThrow("12 bytes are no Float64Array");
    const array = { t: "Uint8Array", at: 0 };
    const twice = frameOf({ tree: [array, array], segments: [new Uint8Array(1)] });
    expect(() => checkFrame("input", twice).value(none)).toThrow("two arrays name the same segment");
    const deep = `${"[".repeat(1000)}${"]".repeat(1000)}`;
    expect(() => checkFrame("input", frameOf({ tree: JSON.parse(deep), segments: [] })).value(none)).toThrow(
      "nested more than",
    );
  });
});

test("shared memory is found wherever it is", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  expect(hasSharedMemory({ a: [{ b: new Int32Array(new SharedArrayBuffer(4)) }] })).toBe(true);
  expect(hasSharedMemory([new SharedArrayBuffer(4)])).toBe(true);
  expect(hasSharedMemory({ memory })).toBe(true);
  expect(hasSharedMemory({ a: new Float64Array(3), memory: new WebAssembly.Memory({ initial: 1 }) })).toBe(
    false,
  );
});
