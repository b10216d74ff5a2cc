import { dtypes, type NdArray, sizeOf } from "ockham/array";
import type { Fault } from "./registration.ts";

export interface Faulty {
  readonly fault: Fault;
  readonly value: unknown;
}

type Kind = "array" | "csr" | "graph" | "floats" | "integers" | "numbers" | "number" | "other";

/** Ways to spoil a valid argument. Arguments of other kinds (functions, options, text) have none. */
export function faultsOf(valid: unknown): readonly Faulty[] {
  switch (kindOf(valid)) {
    case "array":
      return arrayFaults(valid as NdArray);
    case "csr":
      return csrFaults(valid as Csr);
    case "graph":
      return [
        { fault: "kind", value: {} },
        { fault: "kind", value: undefined },
        ...csrFaults((valid as { adjacency: Csr }).adjacency).map(({ fault, value }) => ({
          fault,
          value: { ...(valid as object), adjacency: value },
        })),
      ];
    case "floats": {
      const floats = valid as Float64Array;
      return [
        { fault: "NaN", value: withNaN(floats) },
        { fault: "empty", value: new Float64Array(0) },
        { fault: "shape", value: Float64Array.of(...floats, 1) },
        { fault: "kind", value: undefined },
      ];
    }
    case "integers": {
      const integers = valid as Int32Array;
      return [
        { fault: "empty", value: new Int32Array(0) },
        { fault: "shape", value: Int32Array.of(...integers, 0) },
      ];
    }
    case "numbers":
      return [
        { fault: "NaN", value: [Number.NaN, ...(valid as number[]).slice(1)] },
        { fault: "empty", value: [] },
      ];
    case "number":
      return [
        { fault: "NaN", value: Number.NaN },
        { fault: "kind", value: "text" },
      ];
    default:
      return [];
  }
}

function kindOf(value: unknown): Kind {
  if (typeof value === "number") return "number";
  if (value instanceof Float64Array || value instanceof Float32Array) return "floats";
  if (value instanceof Int32Array || value instanceof Uint32Array) return "integers";
  if (Array.isArray(value)) return value.every((item) => typeof item === "number") ? "numbers" : "other";
  if (typeof value !== "object" || value === null) return "other";
  if ("adjacency" in value) return "graph";
  if ("indptr" in value) return "csr";
  return "dtype" in value && "shape" in value ? "array" : "other";
}

function arrayFaults(valid: NdArray): Faulty[] {
  const faults: Faulty[] = [
    { fault: "empty", value: { ...valid, shape: valid.shape.map(() => 0), data: valid.data.slice(0, 0) } },
    { fault: "shape", value: { ...valid, shape: [...valid.shape, 2] } },
    { fault: "shape", value: { ...valid, data: valid.data.slice(0, sizeOf(valid.shape) - 1) } },
    { fault: "dtype", value: { ...valid, dtype: "complex64" } },
    { fault: "dtype", value: { ...valid, dtype: dtypes.find((dtype) => dtype !== valid.dtype) } },
    { fault: "kind", value: undefined },
    { fault: "kind", value: {} },
  ];
  if (valid.dtype === "float32" || valid.dtype === "float64")
    faults.push({ fault: "NaN", value: { ...valid, data: withNaN(valid.data as Float64Array) } });
  return faults;
}

interface Csr {
  readonly rows: number;
  readonly cols: number;
  readonly indptr: Int32Array;
  readonly indices: Int32Array;
  readonly data: Float64Array;
}

function csrFaults(valid: Csr): Faulty[] {
  return [
    { fault: "NaN", value: { ...valid, data: withNaN(valid.data) } },
    { fault: "shape", value: { ...valid, indptr: valid.indptr.slice(1) } },
    { fault: "shape", value: { ...valid, data: valid.data.slice(1) } },
    { fault: "dtype", value: { ...valid, indices: Float64Array.from(valid.indices) } },
    { fault: "dtype", value: { ...valid, data: [...valid.data] } },
    { fault: "kind", value: undefined },
    { fault: "kind", value: {} },
  ];
}

function withNaN<T extends Float64Array | Float32Array>(values: T): T {
  const spoiled = values.slice() as T;
  spoiled[spoiled.length >> 1] = Number.NaN;
  return spoiled;
}
