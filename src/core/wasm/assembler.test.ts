import { expect, test } from "vitest";
import { assemble, op, type WasmFunction } from "./index.ts";

function start(functions: readonly WasmFunction[], pages = 1) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(pages, functions)));
  return {
    functions: exports as unknown as Record<string, (...args: number[]) => void>,
    memory: (exports.memory as WebAssembly.Memory).buffer,
  };
}

test("integers of every size are encoded as they are", () => {
  for (const value of [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)]) {
    const body = [...op.i32.const(0), ...op.i32.const(value), ...op.i32x4.splat, ...op.v128.store()];
    const { functions, memory } = start([{ name: "store", parameters: [], body }]);
    functions.store!();
    expect(new Int32Array(memory, 0, 4)).toEqual(new Int32Array(4).fill(value));
  }
});

test("offsets beyond one byte, lane order and shuffles", () => {
  const body = [
    ...op.i32.const(16),
    ...op.i32x4.const(1, 2, 3, 4),
    ...op.i32x4.const(5, 6, 7, 8),
    ...op.v128.shuffle([0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 28, 29, 30, 31]),
    ...op.v128.store(70000),
  ];
  const { functions, memory } = start([{ name: "store", parameters: [], body }], 2);
  functions.store!();
  expect([...new Int32Array(memory, 70016, 4)]).toEqual([1, 5, 2, 8]);
});

test("a loop runs its body until it leaves 0, on parameters and locals of both functions of a module", () => {
  // Doubles the pair of doubles at `at`, `times` times.
  const body = [
    ...op.get(0),
    ...op.v128.load(),
    ...op.set(3),
    ...op.doWhile([
      ...[...op.get(3), ...op.get(3), ...op.f64x2.add, ...op.set(3)],
      ...[...op.get(2), ...op.i32.const(1), ...op.i32.add, ...op.tee(2)],
      ...[...op.get(1), ...op.i32.lessUnsigned],
    ]),
    ...op.get(0),
    ...op.get(3),
    ...op.f64.const(0.5),
    ...op.f64x2.splat,
    ...op.f64x2.multiply,
    ...op.v128.store(),
  ];
  const first: WasmFunction = { name: "double", parameters: ["i32", "i32"], locals: ["i32", "v128"], body };
  const { functions, memory } = start([first, { ...first, name: "again" }]);
  const values = new Float64Array(memory, 0, 4);
  values.set([1, -3, 5, 7]);
  functions.double!(0, 5);
  expect([...values]).toEqual([16, -48, 5, 7]);
  functions.again!(16, 1);
  expect([...values]).toEqual([16, -48, 5, 7]);
});
