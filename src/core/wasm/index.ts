export { assemble, type ImportedMemory, op, type ValueType, type WasmFunction } from "./assembler.ts";
