/**
 * A small assembler for WebAssembly kernels: the bytes of a module with one memory, built from TypeScript at
 * load time. Kernels stay readable as source, need no build step and no checked-in binary.
 */

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** A function of the module; `body` holds instructions without the final `end`. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly locals?: readonly ValueType[];
  /** Type of the value that the body leaves; absent where it leaves none. */
  readonly result?: ValueType;
  readonly body: readonly number[];
}

const valueTypes: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Memory that the module takes as its import `env.memory` instead of having its own. */
export interface ImportedMemory {
  /** At most what `WebAssembly.Memory` was given. */
  readonly initial: number;
  /** As given to `WebAssembly.Memory`; a shared one has a maximum. */
  readonly maximum?: number;
  readonly shared: boolean;
}

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit value. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(name: string): number[] {
  return vector([...new TextEncoder().encode(name)].map((byte) => [byte]));
}

const simd = (code: number): number[] => [0xfd, ...unsigned(code)];

/** The instructions that the kernels use, each giving its bytes. */
export const op = {
  get: (local: number) => [0x20, ...unsigned(local)],
  set: (local: number) => [0x21, ...unsigned(local)],
  tee: (local: number) => [0x22, ...unsigned(local)],
  /** Runs the body, then again as long as it leaves a non-zero i32. */
  doWhile: (body: readonly number[]) => [0x03, 0x40, ...body, 0x0d, 0, 0x0b],
  /** Takes an i32 and runs the body when it is not zero. */
  when: (body: readonly number[]) => [0x04, 0x40, ...body, 0x0b],
  i32: {
    const: (value: number) => [0x41, ...signed(value)],
    add: [0x6a],
    and: [0x71],
    multiply: [0x6c],
    lessUnsigned: [0x49],
    load: (offset = 0) => [0x28, 2, ...unsigned(offset)],
    shiftLeft: [0x74],
    /** Of an f32, towards zero; out of range it is the nearest i32. */
    truncateSaturated: [0xfc, 0x00],
  },
  f32: {
    const: (value: number) => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)],
    load: (offset = 0) => [0x2a, 2, ...unsigned(offset)],
    add: [0x92],
    subtract: [0x93],
    multiply: [0x94],
    minimum: [0x96],
    maximum: [0x97],
  },
  f32x4: {
    splat: simd(0x13),
    extractLane: (lane: number) => [...simd(0x1f), lane],
    add: simd(0xe4),
    multiply: simd(0xe6),
  },
  f64: {
    const: (value: number) => {
      const bytes = new DataView(new ArrayBuffer(8));
      bytes.setFloat64(0, value, true);
      return [0x44, ...new Uint8Array(bytes.buffer)];
    },
    load: (offset = 0) => [0x2b, 3, ...unsigned(offset)],
    store: (offset = 0) => [0x39, 3, ...unsigned(offset)],
    add: [0xa0],
    subtract: [0xa1],
    multiply: [0xa2],
  },
  v128: {
    load: (offset = 0) => [...simd(0x00), 4, ...unsigned(offset)],
    store: (offset = 0) => [...simd(0x0b), 4, ...unsigned(offset)],
    /** Both lanes from the same eight bytes. */
    loadSplat64: (offset = 0) => [...simd(0x0a), 3, ...unsigned(offset)],
    xor: simd(0x51),
    /** Sixteen bytes chosen by index from the two operands laid end to end. */
    shuffle: (lanes: readonly number[]) => [...simd(0x0d), ...lanes],
  },
  i32x4: {
    const: (...lanes: readonly [number, number, number, number]) => {
      const bytes = new DataView(new ArrayBuffer(16));
      lanes.forEach((lane, i) => {
        bytes.setInt32(4 * i, lane, true);
      });
      return [...simd(0x0c), ...new Uint8Array(bytes.buffer)];
    },
    splat: simd(0x11),
    add: simd(0xae),
  },
  f64x2: {
    splat: simd(0x14),
    extractLane: (lane: number) => [...simd(0x21), lane],
    add: simd(0xf0),
    subtract: simd(0xf1),
    multiply: simd(0xf2),
  },
  i64x2: {
    /** Products of lanes 0 and 1 (low) or 2 and 3 (high) of two u32x4. */
    extmulLowUnsigned: simd(0xde),
    extmulHighUnsigned: simd(0xdf),
  },
} as const;

/** Bytes of a module that exports its functions and `memory`: its own of so many 64 KiB pages, or an imported one. */
export function assemble(
  memory: number | ImportedMemory,
  functions: readonly WasmFunction[],
): Uint8Array<ArrayBuffer> {
  const types = functions.map((f) => [
    0x60,
    ...vector(f.parameters.map((type) => [valueTypes[type]])),
    ...vector(f.result === undefined ? [] : [[valueTypes[f.result]]]),
  ]);
  const exports = functions.map((f, index) => [...text(f.name), 0, ...unsigned(index)]);
  const codes = functions.map((f) => {
    const locals = vector((f.locals ?? []).map((type) => [1, valueTypes[type]]));
    const code = [...locals, ...f.body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...(typeof memory === "number" ? [] : section(2, vector([importOf(memory)]))),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...(typeof memory === "number" ? section(5, vector([[0, ...unsigned(memory)]])) : []),
    ...section(7, vector([...exports, [...text("memory"), 2, 0]])),
    ...section(10, vector(codes)),
  ]);
}

function importOf({ initial, maximum, shared }: ImportedMemory): number[] {
  const limits =
    maximum === undefined ? [0, ...unsigned(initial)] : [1, ...unsigned(initial), ...unsigned(maximum)];
  if (shared) limits[0]! |= 2;
  return [...text("env"), ...text("memory"), 2, ...limits];
}
