import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { randomSparse } from "../../../test/support/sparse-matrices.ts";
import { type CsrMatrix, type Matrix, ndArray, toNested } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { addScaled, csrFromTriplets, poissonFd, toDense, transpose } from "../sparse/index.ts";
import {
  formatMatrixMarket,
  parseMatrixMarket,
  readMatrixMarket,
  readSparseMatrix,
  readVector,
  writeMatrixMarket,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ockham-mtx-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

const dense = (matrix: CsrMatrix | Matrix) => toNested("indptr" in matrix ? toDense(matrix) : matrix);
const text = (matrix: CsrMatrix | Matrix | Float64Array, options = {}) =>
  [...formatMatrixMarket(matrix, options)].join("");

const anyFinite = fc.double({ noNaN: true, noDefaultInfinity: true });

test("the coordinate format gives a sparse matrix, counted from 1, repeated entries added", async () => {
  const source = `%%MatrixMarket matrix coordinate real general
% a comment

3 4 5
1 1 1.5
3 4 -2e-3
  2	3   7
3 4 1
1 2 +.5`;
  const matrix = await parseMatrixMarket(source);
  expect("indptr" in matrix).toBe(true);
  expect(dense(matrix)).toEqual([
    [1.5, 0.5, 0, 0],
    [0, 0, 7, 0],
    [0, 0, 0, 0.998],
  ]);
});

test("the array format gives a dense matrix, column by column", async () => {
  const matrix = await parseMatrixMarket("%%MatrixMarket matrix array real general\n2 3\n1\n2\n3\n4\n5\n6\n");
  expect(dense(matrix)).toEqual([
    [1, 3, 5],
    [2, 4, 6],
  ]);
});

test.each([
  ["coordinate symmetric", "coordinate real symmetric\n2 2 2\n1 1 5\n2 1 3", [5, 3, 3, 0]],
  ["coordinate skew-symmetric", "coordinate real skew-symmetric\n2 2 1\n2 1 3", [0, -3, 3, 0]],
  ["coordinate pattern", "coordinate pattern general\n2 2 2\n1 2\n2 2", [0, 1, 0, 1]],
  ["coordinate pattern symmetric", "coordinate pattern symmetric\n2 2 1\n2 1", [0, 1, 1, 0]],
  ["coordinate integer", "coordinate integer general\n2 2 1\n1 1 -7", [-7, 0, 0, 0]],
  ["array symmetric", "array real symmetric\n2 2\n1\n2\n3", [1, 2, 2, 3]],
  ["array skew-symmetric", "array real skew-symmetric\n2 2\n4", [0, -4, 4, 0]],
  ["upper case header", "COORDINATE REAL GENERAL\n2 2 1\n1 2 1D2", [0, 100, 0, 0]],
  ["Windows line ends", "coordinate real general\r\n2 2 1\r\n1 1 2\r\n", [2, 0, 0, 0]],
  ["no entry", "coordinate real general\n2 2 0\n", [0, 0, 0, 0]],
])("%s is understood", async (_name, body, expected) => {
  const matrix = await parseMatrixMarket(`%%MatrixMarket matrix ${body}`);
  expect((dense(matrix) as number[][]).flat()).toEqual(expected);
});

describe("refuses, with the line,", () => {
  const body = (lines: string) => `%%MatrixMarket matrix coordinate real general\n${lines}`;
  test.each([
    ["an empty file", "", "the file is empty; expected a %%MatrixMarket header"],
    ["another format", "1 2 3\n", 'line 1: expected the header "%%MatrixMarket matrix ..."'],
    ["a short header", "%%MatrixMarket matrix coordinate real\n", "line 1: expected a header of 5 words"],
    ["a vector object", "%%MatrixMarket vector array real general\n", 'line 1: expected the object "matrix"'],
    ["an unknown format", "%%MatrixMarket matrix csr real general\n", "line 1: expected the format"],
    [
      "complex values",
      "%%MatrixMarket matrix coordinate complex general\n",
      "line 1: complex matrices are not supported",
    ],
    [
      "hermitian ones",
      "%%MatrixMarket matrix coordinate real hermitian\n",
      "line 1: hermitian matrices are complex",
    ],
    ["an unknown symmetry", "%%MatrixMarket matrix array real upper\n", "line 1: expected the symmetry"],
    [
      "a dense pattern",
      "%%MatrixMarket matrix array pattern general\n",
      "line 1: the array format has no pattern",
    ],
    [
      "a skew pattern",
      "%%MatrixMarket matrix coordinate pattern skew-symmetric\n",
      "line 1: a pattern cannot be",
    ],
    ["no size", body("% only a comment\n"), "ends before the line with the matrix's size"],
    ["a short size", body("2 2\n"), 'line 2: expected the size, "rows columns entries", got "2 2"'],
    [
      "a negative size",
      body("-2 2 1\n"),
      'line 2: expected the number of rows, from 0 to 2147483647, got "-2"',
    ],
    ["a fractional size", body("2 2.5 1\n"), "line 2: expected the number of columns"],
    ["a huge size", body("2 99999999999 1\n"), "line 2: expected the number of columns"],
    [
      "more entries than fit",
      body("2 2 5\n"),
      "line 2: announces 5 entries, but the matrix has room for 4 only",
    ],
    ["row 0", body("2 2 1\n0 1 1\n"), 'line 3: expected a row from 1 to 2, got "0"'],
    ["a row too large", body("2 2 1\n3 1 1\n"), 'line 3: expected a row from 1 to 2, got "3"'],
    [
      "a huge column",
      body("2 2 1\n1 4294967297 1\n"),
      'line 3: expected a column from 1 to 2, got "4294967297"',
    ],
    ["a fractional index", body("2 2 1\n1.0 1 1\n"), 'line 3: expected a row from 1 to 2, got "1.0"'],
    ["a word", body("% c\n2 2 1\n1 1 one\n"), 'line 4: expected a finite number, got "one"'],
    ["NaN", body("2 2 1\n1 1 NaN\n"), 'line 3: expected a finite number, got "NaN"'],
    ["infinity", body("2 2 1\n1 1 1e999\n"), 'line 3: expected a finite number, got "1e999"'],
    ["a hexadecimal number", body("2 2 1\n1 1 0x10\n"), "line 3: expected a finite number"],
    ["two points", body("2 2 1\n1 1 1.2.3\n"), "line 3: expected a finite number"],
    ["a lone sign", body("2 2 1\n1 1 -\n"), "line 3: expected a finite number"],
    ["a missing value", body("2 2 1\n1 1\n"), 'line 3: expected row, column and value, got "1 1"'],
    ["a field too many", body("2 2 1\n1 1 1 1\n"), 'line 3: expected row, column and value, got "1 1 1 1"'],
    [
      "an entry too many",
      body("2 2 1\n1 1 1\n\n2 2 2\n"),
      "line 5: more entries than the 1 that the size line announces",
    ],
    [
      "an entry too few",
      body("2 2 3\n1 1 1\n2 2 2\n"),
      "expected 3 entries, as its size line says, but it ends after 2",
    ],
    [
      "a fraction in an integer file",
      "%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 0.5\n",
      "line 3: expected a whole number that float64 holds exactly",
    ],
    [
      "an integer beyond float64",
      "%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 9007199254740993\n",
      "line 3: expected a whole number that float64 holds exactly",
    ],
    [
      "an entry above the diagonal of a symmetric matrix",
      "%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 2 1\n",
      "line 3: entry (1, 2) lies above the diagonal",
    ],
    [
      "a diagonal entry of a skew-symmetric matrix",
      "%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n1 1 0\n",
      "line 3: entry (1, 1) lies on the diagonal",
    ],
    [
      "a rectangular symmetric matrix",
      "%%MatrixMarket matrix array real symmetric\n2 3\n",
      "line 2: a symmetric matrix must be square, got 2 x 3",
    ],
    [
      "a dense matrix beyond memory",
      "%%MatrixMarket matrix array real general\n100000 100000\n",
      "line 2: a dense 100000 x 100000 matrix is too large",
    ],
  ])("%s", async (_name, source, message) => {
    await expect(parseMatrixMarket(source, {}, "A.mtx")).rejects.toThrow(InvalidInputError);
    await expect(parseMatrixMarket(source, {}, "A.mtx")).rejects.toThrow(message);
  });

  test("a line without end", async () => {
    const chunks = Array.from({ length: 20 }, () => new Uint8Array(100_000).fill(65));
    await expect(parseMatrixMarket(chunks)).rejects.toThrow("line 1: longer than 1048576 bytes");
  });
});

test("what is written is read back to the last bit, sparse and dense, in chunks of any length", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(5), fc.nat(6), anyFinite), { maxLength: 25 }),
      fc.integer({ min: 1, max: 40 }),
      async (entries, length) => {
        const A = csrFromTriplets(
          6,
          7,
          entries.map(([i]) => i),
          entries.map(([, j]) => j),
          entries.map(([, , value]) => value),
          { duplicates: "first" },
        );
        for (const matrix of [A, ndArray("float64", [6, 7], toDense(A).data)]) {
          const bytes = new TextEncoder().encode(text(matrix));
          const chunks: Uint8Array[] = [];
          for (let start = 0; start < bytes.length; start += length)
            chunks.push(bytes.slice(start, start + length));
          const back = await parseMatrixMarket(chunks);
          expect(back).toEqual(matrix);
          expect([...back.data].map((value) => Object.is(value, -0))).toEqual(
            [...matrix.data].map((value) => Object.is(value, -0)),
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("numbers are read correctly rounded, whatever their form", async () => {
  const forms = fc.oneof(
    anyFinite.map(String),
    anyFinite.map((value) => value.toExponential(16)),
    fc.tuple(fc.integer({ min: -999999, max: 999999 }), fc.nat(999999999)).map(([a, b]) => `${a}.${b}`),
    fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: -40, max: 40 }))
      .map(([a, e]) => `${a}e${e}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(forms, { minLength: 1, maxLength: 20 }), async (tokens) => {
      const source = `%%MatrixMarket matrix array real general\n${tokens.length} 1\n${tokens.join("\n")}`;
      expect([...(await parseMatrixMarket(source)).data]).toEqual(tokens.map(Number));
    }),
  );
});

test("symmetric and skew-symmetric matrices are written by their lower triangle and read back", async () => {
  const B = randomSparse(1, 9, 9, 0.4);
  for (const [symmetry, sign] of [
    ["symmetric", 1],
    ["skew-symmetric", -1],
  ] as const) {
    const A = addScaled(1, B, sign, transpose(B));
    const off = { ...A, data: A.data.slice() };
    for (const matrix of [A, toDense(A)]) {
      const back = await parseMatrixMarket(text(matrix, { symmetry }));
      expect(dense(back)).toEqual(dense(matrix));
    }
    expect(text(A, { symmetry }).split("\n").length).toBeLessThan(text(A).split("\n").length);
    off.data[off.data.findIndex((value) => value !== 0)]! += 1;
    expect(() => text(off, { symmetry })).toThrow(new RegExp(`matrix: is not ${symmetry}`));
  }
  expect(() => text(csrFromTriplets(2, 3, [], [], []), { symmetry: "symmetric" })).toThrow("must be square");
});

test("files are written whole, packed by their name, and read as they are", async () => {
  const A = poissonFd(2, 20);
  await writeMatrixMarket(file("A.mtx"), A, { symmetry: "symmetric", comment: "the Laplacian\non a grid" });
  expect(readFileSync(file("A.mtx"), "utf8").split("\n").slice(0, 4)).toEqual([
    "%%MatrixMarket matrix coordinate real symmetric",
    "% the Laplacian",
    "% on a grid",
    "400 400 1160",
  ]);
  await writeMatrixMarket(file("A.mtx.gz"), A);
  expect(gunzipSync(readFileSync(file("A.mtx.gz"))).toString()).toBe(text(A));
  expect(await readMatrixMarket(file("A.mtx"))).toEqual(A);
  expect(await readMatrixMarket(file("A.mtx.gz"))).toEqual(A);
  expect(await readSparseMatrix(file("A.mtx"))).toEqual(A);
  await writeMatrixMarket(file("dense.mtx"), toDense(poissonFd(1, 4)));
  expect(await readSparseMatrix(file("dense.mtx"))).toEqual(poissonFd(1, 4));
  expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("a matrix that cannot be written leaves no file behind", async () => {
  const A = { ...poissonFd(1, 3), data: new Float64Array(7).fill(Number.NaN) };
  await expect(writeMatrixMarket(file("bad.mtx"), A)).rejects.toThrow("entry (0, 0) is NaN");
  expect(readdirSync(folder).filter((name) => name.includes("bad"))).toEqual([]);
});

test("damaged and missing files are named", async () => {
  writeFileSync(file("cut.mtx.gz"), gzipSync(text(poissonFd(2, 30))).subarray(0, 500));
  await expect(readMatrixMarket(file("cut.mtx.gz"))).rejects.toThrow(/cut.mtx.gz: gzip data is damaged/);
  await expect(readMatrixMarket(file("none.mtx"))).rejects.toThrow(/none.mtx: no such file/);
});

test("reading stops when it is told to, and reports how far it is", async () => {
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  await expect(parseMatrixMarket(text(poissonFd(1, 3)), { signal: controller.signal })).rejects.toThrow(
    "enough",
  );
  const seen: number[] = [];
  await parseMatrixMarket(text(poissonFd(1, 3)), {
    onProgress: ({ done, total }) => seen.push(done / total),
  });
  expect(seen.at(-1)).toBe(1);
});

describe("vectors", () => {
  test("are written as one column and read back to the last bit", async () => {
    const v = Float64Array.of(1, -0, 1 / 3, 5e-324, -1.7976931348623157e308);
    await writeMatrixMarket(file("v.mtx"), v);
    const back = await readVector(file("v.mtx"));
    expect(back).toEqual(v);
    expect(Object.is(back[1], -0)).toBe(true);
  });

  test.each([
    ["a row", "%%MatrixMarket matrix array real general\n1 3\n1\n2\n3\n", [1, 2, 3]],
    ["a sparse column", "%%MatrixMarket matrix coordinate real general\n3 1 1\n2 1 5\n", [0, 5, 0]],
    ["lines of numbers", "1\n-2.5\n3e2\n", [1, -2.5, 300]],
    ["a column with a name", "pressure\n1\n2\n", [1, 2]],
  ])("are read from %s", async (_name, content, expected) => {
    writeFileSync(file("vector"), content);
    expect([...(await readVector(file("vector")))]).toEqual(expected);
  });

  test.each([
    [
      "a matrix",
      "%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n",
      "expected a vector, got a matrix of 2 x 2",
    ],
    ["two columns", "1,2\n3,4\n", 'line 1: expected one finite number, got "1,2"'],
    ["a word in the middle", "1\ntwo\n3\n", 'line 2: expected one finite number, got "two"'],
    ["NaN first", "nan\n1\n", 'line 1: expected one finite number, got "nan"'],
    ["nothing", "\n", "holds no number"],
  ])("are not read from %s", async (_name, content, message) => {
    writeFileSync(file("vector"), content);
    await expect(readVector(file("vector"))).rejects.toThrow(message);
  });
});

test("any text is read or refused with an InvalidInputError, never anything else", async () => {
  const token = fc.oneof(
    fc.constantFrom(
      "%%MatrixMarket",
      "matrix",
      "coordinate",
      "array",
      "real",
      "integer",
      "pattern",
      "general",
    ),
    fc.constantFrom(
      "symmetric",
      "skew-symmetric",
      "%",
      "1",
      "2",
      "3",
      "0",
      "-1",
      "1e5",
      "99999999999",
      "NaN",
      "\t",
    ),
    fc.string({ maxLength: 6 }),
  );
  const line = fc.array(token, { maxLength: 6 }).map((tokens) => tokens.join(" "));
  const header = fc.constantFrom(
    "%%MatrixMarket matrix coordinate real general",
    "%%MatrixMarket matrix coordinate pattern symmetric",
    "%%MatrixMarket matrix array real general",
    "%%MatrixMarket matrix array integer skew-symmetric",
  );
  const size = fc.constantFrom("2 2 2", "3 3", "0 0 0", "1 1", "2 3 1");
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc
          .tuple(header, size, fc.array(line, { maxLength: 6 }))
          .map(([a, b, rest]) => [a, b, ...rest].join("\n")),
        fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n")),
      ),
      async (source) => {
        try {
          const matrix = await parseMatrixMarket(source);
          expect(matrix.data.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError);
        }
      },
    ),
    { numRuns: 600 },
  );
});

test("changing any one byte of a good file gives a matrix or an InvalidInputError", async () => {
  const good = new TextEncoder().encode(text(randomSparse(3, 4, 4, 0.5)));
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (position, byte) => {
      const bytes = good.slice();
      bytes[position] = byte;
      try {
        await parseMatrixMarket(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInputError);
      }
    }),
    { numRuns: 600 },
  );
});
