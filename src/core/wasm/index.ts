export { assemble, op, type ValueType, type WasmFunction } from "./assembler.ts";
