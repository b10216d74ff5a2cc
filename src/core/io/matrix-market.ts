import { openFile, writeAtomically } from "#files";
import { type CsrMatrix, type Matrix, requireMatrix } from "../array/index.ts";
import { InvalidInputError, requireKnownOptions, requireOneOf, show } from "../errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../progress.ts";
import { csrFromDense, requireCsr } from "../sparse/index.ts";
import { type ByteSource, byteChunks, concatBytes, gunzippedAtPace, knownLength } from "./byte-source.ts";
import { decimal } from "./decimal.ts";
import { MatrixMarketParser } from "./matrix-market-parser.ts";

/**
 * Reads a matrix in Matrix Market form: CSR from the coordinate format, dense from the array format. Symmetric and
 * skew-symmetric matrices, of which the file holds the lower triangle, are given with both triangles; a pattern has
 * values 1; entries that are repeated add up. Gzipped input is unpacked. Progress is in bytes of the source.
 * O(entries + rows + cols).
 *
 * @param name what the source is called in errors, default `"matrix"`
 * @throws InvalidInputError naming the line: a header that is unknown or complex, a size or an index out of range, an
 *   entry above the diagonal of a symmetric matrix, a token that is no finite number, more entries than
 *   announced; or, at the end, fewer.
 */
export async function parseMatrixMarket(
  source: ByteSource,
  options: LongCallOptions = {},
  name = "matrix",
): Promise<CsrMatrix | Matrix> {
  requireKnownOptions("options", options, longCallOptions);
  return parseChunks(byteChunks(source), knownLength(source), options, name);
}

/** {@link parseMatrixMarket} of a file, read as a stream. */
export async function readMatrixMarket(
  path: string,
  options: LongCallOptions = {},
): Promise<CsrMatrix | Matrix> {
  requireKnownOptions("options", options, longCallOptions);
  const file = await openFile(path);
  return parseChunks(file.chunks, file.bytes, options, path);
}

/** {@link readMatrixMarket} where a sparse matrix is wanted: a dense one is given without its zeros. */
export async function readSparseMatrix(path: string, options: LongCallOptions = {}): Promise<CsrMatrix> {
  const matrix = await readMatrixMarket(path, options);
  return "indptr" in matrix ? matrix : csrFromDense(matrix);
}

async function parseChunks(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  options: LongCallOptions,
  name: string,
): Promise<CsrMatrix | Matrix> {
  const pace = new Pace(options, total);
  const parser = new MatrixMarketParser(name);
  for await (const chunk of gunzippedAtPace(chunks, name, pace)) parser.push(chunk);
  const matrix = parser.end();
  pace.finish();
  return matrix;
}

/**
 * Reads a vector: a Matrix Market file with one column or one row, or text with one number a line, with or without a
 * column name in the first line. Gzipped input is unpacked.
 *
 * @throws InvalidInputError naming the line of anything else.
 */
export async function readVector(path: string, options: LongCallOptions = {}): Promise<Float64Array> {
  requireKnownOptions("options", options, longCallOptions);
  const file = await openFile(path);
  const pace = new Pace(options, file.bytes);
  const parts: Uint8Array[] = [];
  for await (const chunk of gunzippedAtPace(file.chunks, path, pace)) parts.push(chunk.slice());
  const bytes = concatBytes(parts);
  pace.finish();
  if (bytes[0] !== 37) return vectorOfLines(bytes, path);
  const parser = new MatrixMarketParser(path);
  parser.push(bytes);
  const matrix = parser.end();
  const [rows, cols] = "indptr" in matrix ? [matrix.rows, matrix.cols] : (matrix.shape as [number, number]);
  if (rows !== 1 && cols !== 1)
    throw new InvalidInputError(path, `expected a vector, got a matrix of ${rows} x ${cols}`);
  if (!("indptr" in matrix)) return matrix.data;
  const vector = new Float64Array(Math.max(rows, cols));
  for (let row = 0; row < rows; row++) {
    for (let k = matrix.indptr[row]!; k < matrix.indptr[row + 1]!; k++)
      vector[cols === 1 ? row : matrix.indices[k]!] = matrix.data[k]!;
  }
  return vector;
}

function vectorOfLines(bytes: Uint8Array, path: string): Float64Array {
  const values: number[] = [];
  const lines = new TextDecoder().decode(bytes).split("\n");
  const encoder = new TextEncoder();
  for (const [index, line] of lines.entries()) {
    const token = line.trim();
    if (token === "") continue;
    const encoded = encoder.encode(token);
    const value = decimal(encoded, 0, encoded.length);
    if (Number.isFinite(value)) values.push(value);
    else if (index > 0 || !/^"?[A-Za-z_]/.test(token) || /^[+-]?(nan|inf)/i.test(token))
      throw new InvalidInputError(
        `${path}, line ${index + 1}`,
        `expected one finite number, got ${show(token)}`,
      );
  }
  if (values.length === 0) throw new InvalidInputError(path, "holds no number; expected a vector");
  return Float64Array.from(values);
}

export interface MatrixMarketOptions extends LongCallOptions {
  /**
   * Default "general", all entries. "symmetric" and "skew-symmetric" store the lower triangle, after a check that the
   * matrix is exactly so.
   */
  readonly symmetry?: "general" | "symmetric" | "skew-symmetric";
  /** Lines of text to put below the header. */
  readonly comment?: string;
}

/**
 * Writes a CSR matrix in coordinate format, a dense one or a vector (as one column) in array format. Numbers have as
 * many digits as it takes to read the same bits again, at most 17. A name that ends in `.gz` is gzipped. The file
 * appears under its name only when it is complete.
 */
export async function writeMatrixMarket(
  path: string,
  matrix: CsrMatrix | Matrix | Float64Array,
  options: MatrixMarketOptions = {},
): Promise<void> {
  const pieces = formatMatrixMarket(matrix, options);
  const total =
    "indptr" in matrix
      ? matrix.data.length
      : matrix instanceof Float64Array
        ? matrix.length
        : matrix.data.length;
  const pace = new Pace(options, total);
  await writeAtomically(path, async (file) => {
    let written = 0;
    const paced = async function* () {
      for (const piece of pieces) {
        yield piece;
        written = Math.min(total, written + entriesAPiece);
        if (pace.due()) await pace.rest(written);
      }
    };
    if (!path.endsWith(".gz")) for await (const piece of paced()) await file.write(piece);
    else for await (const piece of gzipped(paced())) await file.write(piece);
    pace.finish();
  });
}

const entriesAPiece = 8192;

/** The text of {@link writeMatrixMarket}, piece by piece. */
export function formatMatrixMarket(
  matrix: CsrMatrix | Matrix | Float64Array,
  options: MatrixMarketOptions = {},
): Generator<string, void, undefined> {
  requireKnownOptions("options", options, ["symmetry", "comment", ...longCallOptions]);
  const symmetry = requireOneOf("options.symmetry", options.symmetry ?? "general", [
    "general",
    "symmetric",
    "skew-symmetric",
  ]);
  const comment =
    options.comment === undefined ? [] : options.comment.split(/\r?\n/).map((line) => `% ${line}\n`);
  const head = (format: string) => `%%MatrixMarket matrix ${format} real ${symmetry}\n${comment.join("")}`;
  if (matrix instanceof Float64Array)
    return formatArray(
      { dtype: "float64", shape: [matrix.length, 1], data: matrix },
      symmetry,
      head("array"),
    );
  if ("indptr" in matrix) return formatCoordinate(matrix, symmetry, head("coordinate"));
  return formatArray(matrix, symmetry, head("array"));
}

type Symmetry = NonNullable<MatrixMarketOptions["symmetry"]>;

function* formatCoordinate(
  matrix: CsrMatrix,
  symmetry: Symmetry,
  head: string,
): Generator<string, void, undefined> {
  requireCsr("matrix", matrix, { square: symmetry !== "general" });
  const { rows, cols, indptr, indices, data } = matrix;
  const stored = (row: number, column: number) =>
    symmetry === "general" || column < row || (column === row && symmetry === "symmetric");
  let count = 0;
  for (let row = 0; row < rows; row++) {
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) {
      const column = indices[k]!;
      if (stored(row, column)) count++;
      if (symmetry !== "general")
        requireMirrored(symmetry, row, column, data[k]!, csrEntry(matrix, column, row));
    }
  }
  let text = `${head}${rows} ${cols} ${count}\n`;
  let pending = 0;
  for (let row = 0; row < rows; row++) {
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) {
      if (!stored(row, indices[k]!)) continue;
      text += `${row + 1} ${indices[k]! + 1} ${shortest(data[k]!)}\n`;
      if (++pending < entriesAPiece) continue;
      yield text;
      text = "";
      pending = 0;
    }
  }
  yield text;
}

function* formatArray(matrix: Matrix, symmetry: Symmetry, head: string): Generator<string, void, undefined> {
  const { rows, cols } = requireMatrix("matrix", matrix, { dtype: "float64" });
  if (symmetry !== "general") {
    requireMatrix("matrix", matrix, { cols: rows });
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column <= row; column++)
        requireMirrored(
          symmetry,
          row,
          column,
          matrix.data[row * cols + column]!,
          matrix.data[column * cols + row]!,
        );
    }
  }
  let text = `${head}${rows} ${cols}\n`;
  let pending = 0;
  for (let column = 0; column < cols; column++) {
    const first = symmetry === "general" ? 0 : symmetry === "symmetric" ? column : column + 1;
    for (let row = first; row < rows; row++) {
      text += `${shortest(matrix.data[row * cols + column]!)}\n`;
      if (++pending < entriesAPiece) continue;
      yield text;
      text = "";
      pending = 0;
    }
  }
  yield text;
}

/** Entry (row, column), 0 where none is stored. Binary search. */
function csrEntry({ indptr, indices, data }: CsrMatrix, row: number, column: number): number {
  let low = indptr[row]!;
  let high = indptr[row + 1]! - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = indices[middle]!;
    if (found === column) return data[middle]!;
    if (found < column) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}

function requireMirrored(
  symmetry: Symmetry,
  row: number,
  column: number,
  value: number,
  mirrored: number,
): void {
  if (symmetry === "symmetric" ? value === mirrored : value === -mirrored) return;
  throw new InvalidInputError(
    "matrix",
    `is not ${symmetry}: entry (${row}, ${column}) is ${value} and entry (${column}, ${row}) is ${mirrored}`,
  );
}

/** The shortest decimal that reads back as the same bits; String drops the sign of -0. */
function shortest(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

async function* gzipped(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  const iterator = pieces[Symbol.asyncIterator]();
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const next = await iterator.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
  });
  const reader = source.pipeThrough(new CompressionStream("gzip")).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}
