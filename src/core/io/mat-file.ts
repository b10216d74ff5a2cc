import { unzlibSync } from "fflate";
import { readBytes } from "#files";
import { arrayOf, type CsrMatrix, type DataOf, type DType, type NdArray, sizeOf } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { fromFortranOrder, swapBytes } from "./npy.ts";

/** A variable of a MATLAB file: a dense array, a sparse matrix, a complex array as its two parts, or text. */
export type MatVariable = NdArray | CsrMatrix | { readonly re: NdArray; readonly im: NdArray } | string;

export interface MatFile {
  readonly variables: Readonly<Record<string, MatVariable>>;
  /** Variables of classes that have no form here, each with its class. */
  readonly skipped: readonly string[];
}

/** Data types of the format (its table 1-1): element type of the stored numbers. */
const storages: Readonly<Record<number, DType>> = {
  1: "int8",
  2: "uint8",
  3: "int16",
  4: "uint16",
  5: "int32",
  6: "uint32",
  7: "float32",
  9: "float64",
  12: "int64",
  13: "uint64",
  16: "uint8", // UTF-8 text
  17: "uint16", // UTF-16 text
};
const miMatrix = 14;
const miCompressed = 15;

/** Numeric array classes (table 1-3). MATLAB stores them in the smallest type that holds the values. */
const classes: Readonly<Record<number, DType>> = {
  6: "float64",
  7: "float32",
  8: "int8",
  9: "uint8",
  10: "int16",
  11: "uint16",
  12: "int32",
  13: "uint32",
  14: "int64",
  15: "uint64",
};
/** Rows without entries that a sparse matrix may have. */
const mostEmptyRows = 1 << 24;
const mxChar = 4;
const mxSparse = 5;
const classNames: Readonly<Record<number, string>> = {
  1: "cell",
  2: "struct",
  3: "object",
  16: "function",
  17: "opaque object",
};

interface Element {
  readonly type: number;
  readonly start: number;
  readonly bytes: number;
}

/**
 * Reads the variables of a MATLAB level 5 MAT-file (`save -v6` and `-v7`): numeric and logical arrays of any
 * rank, real or complex, sparse matrices, text. Column-major data is transposed to row-major; sparse matrices
 * become CSR with ascending columns and float64 entries. Cells, structures and objects are passed over and
 * named in `skipped`. Sizes are checked against the bytes there before memory is taken. O(elements).
 *
 * Reference: MathWorks, MAT-File Format (level 5).
 *
 * @param wanted which variables to convert, default all
 * @param name what the bytes are called in errors, default `"mat"`
 */
export function parseMat(
  bytes: Uint8Array,
  wanted: (variable: string) => boolean = () => true,
  name = "mat",
): MatFile {
  const mark = String.fromCharCode(bytes[126] ?? 0, bytes[127] ?? 0);
  if (bytes.length < 128 || (mark !== "IM" && mark !== "MI")) {
    const text = new TextDecoder("latin1").decode(bytes.subarray(0, 20));
    throw new InvalidInputError(
      name,
      text.startsWith("MATLAB 7.3") || bytes[0] === 0x89
        ? "a MATLAB 7.3 file, which is HDF5; save it with -v7"
        : "not a MATLAB level 5 file (no header of 128 bytes)",
    );
  }
  const reader = new MatReader(bytes, mark === "IM", name);
  const version = reader.view.getUint16(124, reader.little);
  if (version >> 8 !== 1)
    throw new InvalidInputError(name, `MAT-file version ${version >> 8} is not supported`);
  const variables: Record<string, MatVariable> = {};
  const skipped: string[] = [];
  let position = 128;
  while (position + 8 <= bytes.length) {
    const element = reader.element(position, bytes.length);
    // Compressed elements are not padded, others are.
    position = element.type === miCompressed ? element.start + element.bytes : reader.after(element);
    let inner = reader;
    let matrix = element;
    if (element.type === miCompressed) {
      let unpacked: Uint8Array;
      try {
        unpacked = unzlibSync(bytes.subarray(element.start, element.start + element.bytes));
      } catch (cause) {
        throw new InvalidInputError(name, `compressed data is damaged: ${(cause as Error).message}`, {
          cause,
        });
      }
      inner = new MatReader(unpacked, reader.little, name);
      matrix = inner.element(0, unpacked.length);
    }
    if (matrix.type !== miMatrix || matrix.bytes === 0) continue;
    inner.variable(matrix, wanted, variables, skipped);
  }
  return { variables, skipped };
}

/** {@link parseMat} of a file. */
export async function readMat(path: string, wanted?: (variable: string) => boolean): Promise<MatFile> {
  return parseMat(await readBytes(path), wanted, path);
}

class MatReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly little: boolean;
  readonly name: string;

  constructor(bytes: Uint8Array, little: boolean, name: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.little = little;
    this.name = name;
  }

  refuse(problem: string): never {
    throw new InvalidInputError(this.name, problem);
  }

  /** The data element at a position; small ones keep their data inside the tag. */
  element(position: number, end: number): Element {
    if (position + 8 > end) this.refuse("the file is cut off within an element");
    const first = this.view.getUint32(position, this.little);
    const small = first >>> 16;
    const element =
      small === 0
        ? { type: first, start: position + 8, bytes: this.view.getUint32(position + 4, this.little) }
        : { type: first & 0xffff, start: position + 4, bytes: small };
    if (small > 4 || element.start + element.bytes > end)
      this.refuse(`an element claims ${element.bytes} bytes, more than are left`);
    return element;
  }

  /** Position after an element and its padding. */
  after(element: Element): number {
    return Math.ceil((element.start + element.bytes) / 8) * 8;
  }

  /** Converts one array element, if it is wanted and of a class that has a form here. */
  variable(
    matrix: Element,
    wanted: (variable: string) => boolean,
    variables: Record<string, MatVariable>,
    skipped: string[],
  ): void {
    const end = matrix.start + matrix.bytes;
    const flags = this.element(matrix.start, end);
    if (flags.bytes < 8) this.refuse("the array flags are cut off");
    const word = this.view.getUint32(flags.start, this.little);
    const kind = word & 0xff;
    const complex = (word & 0x800) !== 0;
    const logical = (word & 0x200) !== 0;
    const dimensions = this.element(this.after(flags), end);
    const shape = Array.from(this.numbers(dimensions), Number);
    if (shape.length < 2 || shape.some((extent) => extent < 0) || !Number.isSafeInteger(sizeOf(shape)))
      this.refuse(`an array has the impossible shape ${shape.join(" x ")}`);
    const title = this.element(this.after(dimensions), end);
    const variable = new TextDecoder().decode(this.bytes.subarray(title.start, title.start + title.bytes));
    if (!wanted(variable)) return;
    const first = this.after(title);
    const dtype = classes[kind];
    if (kind === mxSparse) {
      if (complex) this.refuse(`${variable}: complex sparse matrices are not supported`);
      variables[variable] = this.sparse(
        variable,
        first,
        end,
        shape,
        this.view.getUint32(flags.start + 4, this.little),
      );
    } else if (kind === mxChar) {
      const codes = this.numbers(this.element(first, end));
      if (codes.length !== sizeOf(shape)) this.refuse(`${variable}: text of another length than its shape`);
      variables[variable] = Array.from(fromFortranOrder(Uint16Array.from(codes, Number), shape), (code) =>
        String.fromCharCode(code),
      ).join("");
    } else if (dtype === undefined) skipped.push(`${variable} (${classNames[kind] ?? `class ${kind}`})`);
    else {
      const real = this.element(first, end);
      const re = this.dense(variable, real, shape, logical ? "bool" : dtype);
      variables[variable] = complex
        ? { re, im: this.dense(variable, this.element(this.after(real), end), shape, dtype) }
        : re;
    }
  }

  dense(variable: string, element: Element, shape: readonly number[], dtype: DType): NdArray {
    const stored = this.numbers(element);
    if (stored.length !== sizeOf(shape))
      this.refuse(
        `${variable}: expected ${sizeOf(shape)} values for shape ${shape.join(" x ")}, got ${stored.length}`,
      );
    const wide = dtype === "int64" || dtype === "uint64";
    const data = new arrayOf[dtype](stored.length) as DataOf[DType] & { [index: number]: number | bigint };
    for (let i = 0; i < stored.length; i++) data[i] = wide ? BigInt(stored[i]!) : Number(stored[i]);
    return { dtype, shape, data: fromFortranOrder(data as DataOf[DType], shape) };
  }

  /** Compressed columns (row indices, column starts, values) turned into compressed rows. */
  sparse(
    variable: string,
    first: number,
    end: number,
    shape: readonly number[],
    capacity: number,
  ): CsrMatrix {
    const [rows, cols] = shape as [number, number];
    if (shape.length !== 2) this.refuse(`${variable}: a sparse matrix of rank ${shape.length}`);
    const rowsElement = this.element(first, end);
    const startsElement = this.element(this.after(rowsElement), end);
    const rowOf = this.numbers(rowsElement) as Int32Array;
    const starts = this.numbers(startsElement) as Int32Array;
    const values = this.numbers(this.element(this.after(startsElement), end));
    const entries = Number(starts[cols] ?? -1);
    // The row starts take memory that no byte of the file vouches for: a file cannot ask for all there is.
    if (rows > mostEmptyRows + 64 * rowOf.length)
      this.refuse(`${variable}: ${rows} rows for ${rowOf.length} entries`);
    if (
      starts.length !== cols + 1 ||
      starts[0] !== 0 ||
      entries < 0 ||
      entries > rowOf.length ||
      entries > values.length ||
      entries > capacity
    )
      this.refuse(
        `${variable}: column starts do not fit a sparse matrix of ${rows} x ${cols} with ${rowOf.length} entries`,
      );
    // All of them before any entry is looked at: the last start bounds the others only where none descends.
    for (let col = 0; col < cols; col++)
      if (starts[col + 1]! < starts[col]!) this.refuse(`${variable}: column starts descend at column ${col}`);
    const indptr = new Int32Array(rows + 1);
    for (let k = 0; k < entries; k++) {
      const row = rowOf[k]!;
      if (!(row >= 0 && row < rows)) this.refuse(`${variable}: entry ${k} lies in row ${row} of ${rows}`);
      indptr[row + 1]!++;
    }
    for (let row = 0; row < rows; row++) indptr[row + 1]! += indptr[row]!;
    const next = indptr.slice(0, rows);
    const indices = new Int32Array(entries);
    const data = new Float64Array(entries);
    // Columns are met in ascending order, so each row's columns ascend.
    for (let col = 0; col < cols; col++)
      for (let k = starts[col]!; k < starts[col + 1]!; k++) {
        const slot = next[rowOf[k]!]!++;
        indices[slot] = col;
        data[slot] = Number(values[k]);
      }
    return { rows, cols, indptr, indices, data };
  }

  /** The numbers of an element, in the type they are stored in. */
  numbers(element: Element): DataOf[DType] {
    const dtype = storages[element.type];
    if (dtype === undefined) return this.refuse(`an element has the unknown data type ${element.type}`);
    const width = arrayOf[dtype].BYTES_PER_ELEMENT;
    if (element.bytes % width !== 0)
      this.refuse(`${element.bytes} bytes are no whole number of ${dtype} values`);
    const copy = this.bytes.slice(element.start, element.start + element.bytes);
    if (!this.little) swapBytes(copy, width);
    return new arrayOf[dtype](copy.buffer) as DataOf[DType];
  }
}
