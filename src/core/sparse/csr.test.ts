import fc from "fast-check";
import { expect, test } from "vitest";
import { fromNested, toNested } from "../array/index.ts";
import {
  columnSums,
  csrFromDense,
  csrFromTriplets,
  multiplyDense,
  multiplyVector,
  requireCsr,
  rowCounts,
  rowSums,
  scaleColumns,
  scaleRows,
  toDense,
  transpose,
} from "./index.ts";

const smallInteger = fc.integer({ min: -4, max: 4 });
const dense = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([rows, cols]) =>
  fc.array(fc.array(smallInteger, { minLength: cols, maxLength: cols }), {
    minLength: rows,
    maxLength: rows,
  }),
);

test("triplets in any order give sorted rows, and duplicates add up", () => {
  const matrix = csrFromTriplets(3, 4, [2, 0, 2, 0, 2], [3, 1, 0, 1, 3], [1, 2, 3, 4, 5]);
  expect([...matrix.indptr]).toEqual([0, 1, 1, 3]);
  expect([...matrix.indices]).toEqual([1, 0, 3]);
  expect([...matrix.data]).toEqual([6, 3, 6]);
  expect(requireCsr("matrix", matrix)).toBe(matrix);
});

test("duplicate rules keep the largest, the first, or refuse", () => {
  const build = (duplicates: "max" | "first" | "error") =>
    csrFromTriplets(1, 1, [0, 0, 0], [0, 0, 0], [2, 7, 5], { duplicates });
  expect([...build("max").data]).toEqual([7]);
  expect([...build("first").data]).toEqual([2]);
  expect(() => build("error")).toThrow("repeats entry (0, 0)");
});

test("hostile triplets are refused with the position", () => {
  expect(() => csrFromTriplets(2, 2, [0, 2], [0, 0], [1, 1])).toThrow(/rowIndices: entry 1 is 2/);
  expect(() => csrFromTriplets(2, 2, [0, 0], [0, -1], [1, 1])).toThrow(/columnIndices: entry 1 is -1/);
  expect(() => csrFromTriplets(2, 2, [0, 0.5], [0, 0], [1, 1])).toThrow(/rowIndices: entry 1 is 0.5/);
  expect(() => csrFromTriplets(2, 2, [0], [0], [Number.NaN])).toThrow(/values: entry 0 is NaN/);
  expect(() => csrFromTriplets(2, 2, [0, 1], [0], [1])).toThrow(/columnIndices: expected 2 entries, got 1/);
  expect(() => csrFromTriplets(-1, 2, [], [], [])).toThrow(/rows/);
  // @ts-expect-error misspelt option
  expect(() => csrFromTriplets(1, 1, [], [], [], { duplicate: "sum" })).toThrow(/options.duplicate/);
});

test("requireCsr names the part that is broken", () => {
  const good = csrFromDense(
    fromNested([
      [1, 2],
      [0, -3],
    ]),
  );
  const break_ = (change: object) => () => requireCsr("graph", { ...good, ...change });
  expect(() => requireCsr("graph", null)).toThrow(/graph: expected a CsrMatrix/);
  expect(break_({ indptr: Int32Array.of(0, 3) })).toThrow(/graph.indptr: expected 3 row pointers/);
  expect(break_({ indptr: Int32Array.of(0, 4, 3) })).toThrow(/graph/);
  expect(break_({ indptr: Int32Array.of(0, 2, 9) })).toThrow(/graph.indptr/);
  expect(break_({ indices: Int32Array.of(1, 0, 1) })).toThrow(/graph.indices: columns of row 0 must ascend/);
  expect(break_({ indices: Int32Array.of(0, 5, 1) })).toThrow(/row 0 has column 5/);
  expect(break_({ data: Float64Array.of(1, Number.NaN, 1) })).toThrow(/entry \(0, 1\) is NaN/);
  expect(break_({ rows: 1.5 })).toThrow(/graph.rows/);
  expect(() => requireCsr("graph", good, { nonnegative: true })).toThrow(/entry \(1, 1\) is -3/);
  expect(() => requireCsr("graph", csrFromTriplets(2, 3, [], [], []), { square: true })).toThrow(
    "graph: must be square, got 2 x 3",
  );
});

test("dense to CSR and back is the identity, and so is transposing twice", () => {
  fc.assert(
    fc.property(dense, (values) => {
      const matrix = csrFromDense(fromNested(values));
      expect(toNested(toDense(matrix))).toEqual(values);
      expect(transpose(transpose(matrix))).toEqual(matrix);
      expect(toNested(toDense(requireCsr("transpose", transpose(matrix))))).toEqual(
        values[0]!.map((_, column) => values.map((row) => row[column])),
      );
    }),
  );
});

test("sums, counts and scalings agree with the dense matrix", () => {
  fc.assert(
    fc.property(dense, (values) => {
      const matrix = csrFromDense(fromNested(values));
      const ones = new Float64Array(matrix.cols).fill(1);
      expect(rowSums(matrix)).toEqual(multiplyVector(matrix, ones));
      expect(columnSums(matrix)).toEqual(rowSums(transpose(matrix)));
      expect([...rowCounts(matrix)]).toEqual(values.map((row) => row.filter((value) => value !== 0).length));
      const rowFactors = values.map((_, row) => row + 2);
      const columnFactors = values[0]!.map((_, column) => column + 3);
      expect(toNested(toDense(scaleColumns(scaleRows(matrix, rowFactors), columnFactors)))).toEqual(
        values.map((row, i) => row.map((value, j) => value * rowFactors[i]! * columnFactors[j]!)),
      );
    }),
  );
});

test.each(["float32", "float64"] as const)(
  "product with a dense %s block agrees with the dense product",
  (dtype) => {
    fc.assert(
      fc.property(dense, fc.integer({ min: 1, max: 19 }), (values, width) => {
        const matrix = csrFromDense(fromNested(values));
        const block = values[0]!.map((_, i) =>
          Array.from({ length: width }, (_, j) => ((i * 7 + j * 3) % 5) - 2),
        );
        const expected = values.map((row) =>
          Array.from({ length: width }, (_, j) =>
            row.reduce((sum, value, i) => sum + value * block[i]![j]!, 0),
          ),
        );
        const product = multiplyDense(matrix, fromNested(block, dtype));
        expect(product.dtype).toBe(dtype);
        expect(toNested(product)).toEqual(expected);
        const single = { ...matrix, data: Float32Array.from(matrix.data) };
        expect(toNested(multiplyDense(single, fromNested(block, dtype), product))).toEqual(expected);
      }),
    );
  },
);

test("products refuse operands that do not fit or share memory", () => {
  const matrix = csrFromDense(
    fromNested([
      [1, 2],
      [3, 4],
    ]),
  );
  const x = Float64Array.of(1, 2);
  expect(() => multiplyVector(matrix, Float64Array.of(1))).toThrow(/vector: expected 2 elements, got 1/);
  expect(() => multiplyVector(matrix, x, x)).toThrow(/out/);
  const block = fromNested([[1], [2]]);
  expect(() => multiplyDense(matrix, block, block)).toThrow(/out/);
  expect(() => multiplyDense(matrix, fromNested([[1, 2]]))).toThrow(/block: expected shape \[2, any\]/);
  expect(() => multiplyDense(matrix, fromNested([[Number.NaN], [1]]))).toThrow(/block: element 0 is NaN/);
});
