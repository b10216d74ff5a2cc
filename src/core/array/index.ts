export type { CsrMatrix } from "./csr-matrix.ts";
export { arrayOf, bytesPerElement, type DataOf, type DType, dtypes, type TypedArray } from "./dtype.ts";
export {
  appendColumn,
  fromNested,
  type Matrix,
  type NdArray,
  type Nested,
  ndArray,
  requireArray,
  requireMatrix,
  requireShape,
  sizeOf,
  toNested,
  zeros,
} from "./nd-array.ts";
