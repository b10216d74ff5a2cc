import { op, type ValueType, type WasmFunction } from "../../wasm/index.ts";

/**
 * WebAssembly code as expressions over named variables: `f64.add(a, b)` is the code of a, the code of b and the
 * instruction, so that a kernel reads like the loop it is.
 */
export type Code = readonly number[];

/** A parameter or local variable of a function. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

type Locals<T> = { readonly [K in keyof T]: Local };

/**
 * Defines a function: parameters and locals by name and type in order, then the body written with them. The body
 * leaves the result, where there is one.
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
    ...(result === undefined ? {} : { result }),
    body: body(variables as Locals<P & L>).flat(),
  };
}

function localAt(index: number): Local {
  return { get: op.get(index), set: (value) => [...value, ...op.set(index)] };
}

const binary =
  (instruction: Code) =>
  (a: Code, b: Code): Code => [...a, ...b, ...instruction];

const load =
  (instruction: (offset: number) => Code) =>
  (address: Code, offset = 0): Code => [...address, ...instruction(offset)];

const store =
  (instruction: (offset: number) => Code) =>
  (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...instruction(offset)];

export const i32 = {
  constant: (value: number): Code => op.i32.const(value),
  add: binary(op.i32.add),
  and: binary(op.i32.and),
  shiftLeft: (a: Code, bits: number): Code => [...a, ...op.i32.const(bits), ...op.i32.shiftLeft],
  /** Unsigned, as addresses are. */
  below: binary(op.i32.lessUnsigned),
  load: load(op.i32.load),
};

export const f64 = {
  zero: op.f64.const(0) as Code,
  add: binary(op.f64.add),
  subtract: binary(op.f64.subtract),
  multiply: binary(op.f64.multiply),
  load: load(op.f64.load),
  store: store(op.f64.store),
};

/** Two float64 lanes. */
export const f64x2 = {
  splat: (value: Code): Code => [...value, ...op.f64x2.splat],
  lane: (value: Code, lane: 0 | 1): Code => [...value, ...op.f64x2.extractLane(lane)],
  add: binary(op.f64x2.add),
  subtract: binary(op.f64x2.subtract),
  multiply: binary(op.f64x2.multiply),
  load: load(op.v128.load),
  store: store(op.v128.store),
};

/** `while (condition) { body }`. */
export function loopWhile(condition: Code, body: readonly Code[]): Code {
  return [...condition, ...op.when(op.doWhile([...body.flat(), ...condition]))];
}
