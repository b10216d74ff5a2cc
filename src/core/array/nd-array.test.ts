import { describe, expect, test } from "vitest";
import { appendColumn, fromNested, ndArray, toNested, zeros } from "./index.ts";

describe("a matrix with a column more", () => {
  test("keeps its rows", () => {
    const matrix = fromNested([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(toNested(appendColumn(matrix, Float64Array.of(7, 8, 9)))).toEqual([
      [1, 2, 7],
      [3, 4, 8],
      [5, 6, 9],
    ]);
    expect(matrix.shape).toEqual([3, 2]);
    expect(toNested(appendColumn(zeros([2, 0]), Float64Array.of(1, 2)))).toEqual([[1], [2]]);
  });

  test("needs a number for each row", () => {
    expect(() => appendColumn(zeros([2, 2]), new Float64Array(3))).toThrow(
      "column: expected 2 numbers, a row each, got 3",
    );
  });
});

describe("constructors", () => {
  test("refuse numbers that do not fill the shape, and rows of different lengths", () => {
    expect(() => ndArray("float64", [2, 2], new Float64Array(3))).toThrow(/4/);
    expect(() => fromNested([[1, 2], [3]])).toThrow();
  });

  test("what is nested comes back nested", () => {
    const nested = [
      [
        [1, 2],
        [3, 4],
      ],
    ];
    expect(toNested(fromNested(nested))).toEqual(nested);
    expect(zeros([2, 3], "int64").data).toEqual(new BigInt64Array(6));
  });
});
