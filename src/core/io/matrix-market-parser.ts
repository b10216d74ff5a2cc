import { type CsrMatrix, type Matrix, ndArray } from "../array/index.ts";
import { InvalidInputError, show } from "../errors.ts";
import { csrFromTriplets } from "../sparse/index.ts";
import { decimal, wholeNumber } from "./decimal.ts";
import { GrowingArray } from "./growing-array.ts";
import { LineCutter } from "./line-cutter.ts";

const carriageReturn = 13;
const space = 32;
const tab = 9;
const percent = 37;

/** A line longer than this is no line of a matrix. */
const longestLine = 1 << 20;
/** What 32-bit indices and row pointers reach. */
const mostEntries = 2147483647;
const decoder = new TextDecoder();

interface Header {
  readonly format: "coordinate" | "array";
  readonly field: "real" | "integer" | "pattern";
  readonly symmetry: "general" | "symmetric" | "skew-symmetric";
}

/**
 * Reads a Matrix Market file from bytes that come in chunks cut anywhere. Memory beyond the entries: one chunk and one
 * line.
 */
export class MatrixMarketParser {
  readonly #name: string;
  readonly #lines = new LineCutter(
    (bytes, start, stop) => this.#parseLine(bytes, start, stop),
    longestLine,
    () => this.#refuse(`longer than ${longestLine} bytes: not a Matrix Market file`),
  );
  #header: Header | undefined;
  #sized = false;
  #rows = 0;
  #cols = 0;
  /** Entries that the file announces, and those read. */
  #expected = 0;
  #count = 0;
  readonly #rowIndices = new GrowingArray((length) => new Int32Array(length));
  readonly #columnIndices = new GrowingArray((length) => new Int32Array(length));
  readonly #values = new GrowingArray((length) => new Float64Array(length));
  readonly #starts = new Int32Array(5);
  readonly #ends = new Int32Array(5);

  constructor(name: string) {
    this.#name = name;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  /** Ends the input and gives the matrix: CSR for the coordinate format, dense for the array format. */
  end(): CsrMatrix | Matrix {
    this.#lines.end();
    if (this.#header === undefined)
      throw new InvalidInputError(this.#name, "the file is empty; expected a %%MatrixMarket header");
    if (!this.#sized) throw new InvalidInputError(this.#name, "ends before the line with the matrix's size");
    if (this.#count !== this.#expected)
      throw new InvalidInputError(
        this.#name,
        `expected ${this.#expected} entries, as its size line says, but it ends after ${this.#count}`,
      );
    try {
      return this.#header.format === "array" ? this.#dense(this.#header) : this.#sparse(this.#header);
    } catch (cause) {
      // Typed arrays refuse lengths that cannot be allocated with a RangeError.
      if (cause instanceof RangeError)
        throw new InvalidInputError(
          this.#name,
          `a ${this.#rows} x ${this.#cols} matrix does not fit in memory`,
          { cause },
        );
      throw cause;
    }
  }

  #sparse({ symmetry }: Header): CsrMatrix {
    const rows = this.#rowIndices.join();
    const columns = this.#columnIndices.join();
    const values = this.#values.join();
    if (symmetry === "general") return csrFromTriplets(this.#rows, this.#cols, rows, columns, values);
    let mirrored = 0;
    for (let k = 0; k < rows.length; k++) if (rows[k] !== columns[k]) mirrored++;
    const total = rows.length + mirrored;
    if (total > mostEntries)
      throw new InvalidInputError(
        this.#name,
        `has ${total} entries in both triangles, more than ${mostEntries}`,
      );
    const allRows = new Int32Array(total);
    const allColumns = new Int32Array(total);
    const allValues = new Float64Array(total);
    allRows.set(rows);
    allColumns.set(columns);
    allValues.set(values);
    const sign = symmetry === "symmetric" ? 1 : -1;
    for (let k = 0, next = rows.length; k < rows.length; k++) {
      if (rows[k] === columns[k]) continue;
      allRows[next] = columns[k]!;
      allColumns[next] = rows[k]!;
      allValues[next++] = sign === 1 ? values[k]! : 0 - values[k]!;
    }
    return csrFromTriplets(this.#rows, this.#cols, allRows, allColumns, allValues);
  }

  /** The values come column by column. */
  #dense({ symmetry }: Header): Matrix {
    const [rows, cols] = [this.#rows, this.#cols];
    const values = this.#values.join();
    const data = new Float64Array(rows * cols);
    let next = 0;
    for (let column = 0; column < cols; column++) {
      const first = symmetry === "general" ? 0 : symmetry === "symmetric" ? column : column + 1;
      for (let row = first; row < rows; row++) {
        const value = values[next++]!;
        data[row * cols + column] = value;
        if (symmetry !== "general" && row !== column)
          data[column * cols + row] = symmetry === "symmetric" ? value : 0 - value;
      }
    }
    return ndArray("float64", [rows, cols], data);
  }

  #parseLine(bytes: Uint8Array, start: number, stop: number): void {
    if (stop - start > longestLine)
      this.#refuse(`longer than ${longestLine} bytes: not a Matrix Market file`);
    if (this.#header === undefined) {
      this.#header = this.#parseHeader(decoder.decode(bytes.subarray(start, stop)));
      return;
    }
    if (bytes[start] === percent) return;
    const fields = this.#split(bytes, start, stop);
    if (fields === 0) return;
    if (this.#sized) this.#parseEntry(this.#header, bytes, fields);
    else this.#parseSize(this.#header, bytes, fields);
  }

  #parseHeader(line: string): Header {
    const words = line.trim().split(/\s+/);
    if (words[0]?.toLowerCase() !== "%%matrixmarket")
      this.#refuse(`expected the header "%%MatrixMarket matrix ...", got ${show(line)}`);
    if (words.length !== 5)
      this.#refuse(
        `expected a header of 5 words, "%%MatrixMarket matrix coordinate real general" for one, got ${show(line)}`,
      );
    const [, object, format, field, symmetry] = words.map((word) => word.toLowerCase());
    if (object !== "matrix") this.#refuse(`expected the object "matrix", got ${show(object)}`);
    if (format !== "coordinate" && format !== "array")
      this.#refuse(`expected the format "coordinate" or "array", got ${show(format)}`);
    if (field === "complex")
      this.#refuse("complex matrices are not supported; expected real, integer or pattern");
    if (field !== "real" && field !== "double" && field !== "integer" && field !== "pattern")
      this.#refuse(`expected the field "real", "integer" or "pattern", got ${show(field)}`);
    if (symmetry === "hermitian")
      this.#refuse("hermitian matrices are complex and not supported; expected symmetric");
    if (symmetry !== "general" && symmetry !== "symmetric" && symmetry !== "skew-symmetric")
      this.#refuse(`expected the symmetry "general", "symmetric" or "skew-symmetric", got ${show(symmetry)}`);
    if (field === "pattern" && format === "array")
      this.#refuse('the array format has no pattern field; expected "coordinate pattern"');
    if (field === "pattern" && symmetry === "skew-symmetric")
      this.#refuse("a pattern cannot be skew-symmetric, as its values are all 1");
    return { format, field: field === "double" ? "real" : field, symmetry };
  }

  #parseSize({ format, symmetry }: Header, bytes: Uint8Array, fields: number): void {
    const wanted = format === "coordinate" ? 3 : 2;
    if (fields !== wanted)
      this.#refuse(
        `expected the size, ${format === "coordinate" ? '"rows columns entries"' : '"rows columns"'}, got ${this.#shownLine(bytes, fields)}`,
      );
    this.#rows = this.#count32(bytes, 0, "rows");
    this.#cols = this.#count32(bytes, 1, "columns");
    if (symmetry !== "general" && this.#rows !== this.#cols)
      this.#refuse(`a ${symmetry} matrix must be square, got ${this.#rows} x ${this.#cols}`);
    const [rows, cols] = [this.#rows, this.#cols];
    if (format === "coordinate") {
      this.#expected = this.#count32(bytes, 2, "entries");
      const most =
        symmetry === "general" ? rows * cols : (rows * (rows + (symmetry === "symmetric" ? 1 : -1))) / 2;
      if (this.#expected > most)
        this.#refuse(`announces ${this.#expected} entries, but the matrix has room for ${most} only`);
    } else {
      if (rows * cols > mostEntries)
        this.#refuse(`a dense ${rows} x ${cols} matrix is too large; at most ${mostEntries} values`);
      this.#expected =
        symmetry === "general" ? rows * cols : (rows * (rows + (symmetry === "symmetric" ? 1 : -1))) / 2;
    }
    this.#sized = true;
  }

  #parseEntry({ format, field, symmetry }: Header, bytes: Uint8Array, fields: number): void {
    if (this.#count === this.#expected)
      this.#refuse(`more entries than the ${this.#expected} that the size line announces`);
    const wanted = format === "array" ? 1 : field === "pattern" ? 2 : 3;
    if (fields !== wanted)
      this.#refuse(
        `expected ${["", "one value", "row and column", "row, column and value"][wanted]}, got ${this.#shownLine(bytes, fields)}`,
      );
    this.#count++;
    if (format === "array") {
      this.#values.push(this.#value(bytes, 0, field));
      return;
    }
    const row = this.#index(bytes, 0, "row", this.#rows);
    const column = this.#index(bytes, 1, "column", this.#cols);
    if (symmetry !== "general" && (row < column || (row === column && symmetry === "skew-symmetric")))
      this.#refuse(
        row < column
          ? `entry (${row + 1}, ${column + 1}) lies above the diagonal; a ${symmetry} file stores the lower triangle`
          : `entry (${row + 1}, ${column + 1}) lies on the diagonal, which is zero in a skew-symmetric matrix and not stored`,
      );
    this.#rowIndices.push(row);
    this.#columnIndices.push(column);
    this.#values.push(field === "pattern" ? 1 : this.#value(bytes, 2, field));
  }

  /** Finds up to five fields; returns their number. */
  #split(bytes: Uint8Array, start: number, stop: number): number {
    let fields = 0;
    let p = start;
    while (fields < 5) {
      while (p < stop && isBlank(bytes[p]!)) p++;
      if (p === stop) break;
      this.#starts[fields] = p;
      while (p < stop && !isBlank(bytes[p]!)) p++;
      this.#ends[fields++] = p;
    }
    return fields;
  }

  #count32(bytes: Uint8Array, field: number, what: string): number {
    const count = wholeNumber(bytes, this.#starts[field]!, this.#ends[field]!);
    if (!(count <= mostEntries))
      this.#refuse(
        `expected the number of ${what}, from 0 to ${mostEntries}, got ${show(this.#text(bytes, field))}`,
      );
    return count;
  }

  /** Counted from 0. */
  #index(bytes: Uint8Array, field: number, what: string, bound: number): number {
    const index = wholeNumber(bytes, this.#starts[field]!, this.#ends[field]!);
    if (!(index >= 1 && index <= bound))
      this.#refuse(`expected a ${what} from 1 to ${bound}, got ${show(this.#text(bytes, field))}`);
    return index - 1;
  }

  #value(bytes: Uint8Array, field: number, kind: Header["field"]): number {
    const value = decimal(bytes, this.#starts[field]!, this.#ends[field]!);
    if (!Number.isFinite(value))
      this.#refuse(`expected a finite number, got ${show(this.#text(bytes, field))}`);
    if (kind === "integer" && !Number.isSafeInteger(value))
      this.#refuse(
        `expected a whole number that float64 holds exactly, as the header says integer, got ${show(this.#text(bytes, field))}`,
      );
    return value;
  }

  #text(bytes: Uint8Array, field: number): string {
    return decoder.decode(bytes.subarray(this.#starts[field]!, this.#ends[field]!));
  }

  #shownLine(bytes: Uint8Array, fields: number): string {
    return show(decoder.decode(bytes.subarray(this.#starts[0]!, this.#ends[fields - 1]!)));
  }

  #refuse(problem: string): never {
    throw new InvalidInputError(`${this.#name}, line ${this.#lines.line}`, problem);
  }
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab || byte === carriageReturn;
}
