/**
 * The few WebAssembly instructions that the vector kernels are written in, as functions that return encoded
 * code. Expressions nest (`f64.add(a, b)` is the code of a, the code of b and the opcode), so that a kernel
 * reads like the loop it is. Encodings: WebAssembly core specification 2.0, section 5.
 */
export type Code = readonly number[];

export type ValueType = "i32" | "f64" | "v128";

const typeByte: Record<ValueType, number> = { i32: 0x7f, f64: 0x7c, v128: 0x7b };

/** A parameter or local variable of a function. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

type Locals<T> = { readonly [K in keyof T]: Local };

/** One exported function. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly result: ValueType | undefined;
  readonly body: Code;
}

/**
 * Defines a function: parameters and locals by name and type in order, then the body written with them. The
 * body leaves the result on the stack.
 */
export function wasmFunction<
  P extends Readonly<Record<string, ValueType>>,
  L extends Readonly<Record<string, ValueType>>,
>(
  name: string,
  parameters: P,
  locals: L,
  result: ValueType | undefined,
  body: (variables: Locals<P & L>) => readonly Code[],
): WasmFunction {
  const names = [...Object.keys(parameters), ...Object.keys(locals)];
  const variables = Object.fromEntries(names.map((key, index) => [key, localAt(index)]));
  return {
    name,
    parameters: Object.values(parameters),
    locals: Object.values(locals),
    result,
    body: body(variables as Locals<P & L>).flat(),
  };
}

function localAt(index: number): Local {
  return {
    get: [0x20, ...unsigned(index)],
    set: (value) => [...value, 0x21, ...unsigned(index)],
  };
}

/** The bytes of a module that imports the memory `env.memory` and exports the functions by name. */
export function encodeModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map((f) => [
    0x60,
    ...vector(f.parameters.map((type) => [typeByte[type]])),
    ...vector(f.result === undefined ? [] : [[typeByte[f.result]]]),
  ]);
  const importedMemory = [...text("env"), ...text("memory"), 0x02, 0x00, ...unsigned(1)];
  const bodies = functions.map((f) => {
    const code = [...vector(f.locals.map((type) => [1, typeByte[type]])), ...f.body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([importedMemory])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(7, vector(functions.map((f, index) => [...text(f.name), 0x00, ...unsigned(index)]))),
    ...section(10, vector(bodies)),
  ]);
}

const binary =
  (...opcode: readonly number[]) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];

const load =
  (...opcode: readonly number[]) =>
  (address: Code, offset = 0): Code => [...address, ...opcode, ...unsigned(offset)];

const store =
  (...opcode: readonly number[]) =>
  (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...opcode, ...unsigned(offset)];

export const i32 = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: binary(0x6a),
  subtract: binary(0x6b),
  and: binary(0x71),
  shiftLeft: (a: Code, bits: number): Code => [...a, ...i32.constant(bits), 0x74],
  /** Unsigned, as addresses are. */
  below: binary(0x49),
  load: load(0x28, 2),
};

export const f64 = {
  zero: [0x44, 0, 0, 0, 0, 0, 0, 0, 0] as Code,
  add: binary(0xa0),
  subtract: binary(0xa1),
  multiply: binary(0xa2),
  load: load(0x2b, 3),
  store: store(0x39, 3),
};

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];

/** Two float64 lanes. */
export const f64x2 = {
  splat: (value: Code): Code => [...value, ...simd(20)],
  lane: (value: Code, lane: 0 | 1): Code => [...value, ...simd(33), lane],
  add: binary(...simd(240)),
  subtract: binary(...simd(241)),
  multiply: binary(...simd(242)),
  load: load(...simd(0), 3),
  store: store(...simd(11), 3),
};

/** `while (condition) { body }`. */
export function loopWhile(condition: Code, body: readonly Code[]): Code {
  const [ifBlock, loopBlock, branchIf, end, empty] = [0x04, 0x03, 0x0d, 0x0b, 0x40];
  return [
    ...[...condition, ifBlock, empty],
    ...[loopBlock, empty, ...body.flat(), ...condition, branchIf, 0],
    ...[end, end],
  ];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, contents: readonly number[]): number[] {
  return [id, ...unsigned(contents.length), ...contents];
}

function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
}
