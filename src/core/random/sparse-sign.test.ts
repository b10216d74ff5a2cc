import { describe, expect, test } from "vitest";
import { countsTest, level } from "../../../test/support/statistics.ts";
import { randomStream, sparseSignMatrix } from "./index.ts";

describe("sparse sign matrices", () => {
  test.each([1, 3, 50.5])(
    "density 1/%d: counts, places and signs pass the chi-square test, values are sqrt(s)",
    (s) => {
      const [rows, cols] = [400, 300];
      const matrix = sparseSignMatrix(rows, cols, s, randomStream(6));
      const deviation = Math.sqrt((rows * cols * (1 - 1 / s)) / s);
      expect(Math.abs(matrix.data.length - (rows * cols) / s)).toBeLessThanOrEqual(4 * deviation);
      const places = Float64Array.from(matrix.indices);
      expect(countsTest(places, 0, new Float64Array(cols).fill(1 / cols))).toBeGreaterThan(level);
      const positive = matrix.data.filter((x) => x > 0).length;
      expect(Math.abs(2 * positive - matrix.data.length)).toBeLessThan(4 * Math.sqrt(matrix.data.length));
      expect(new Set(matrix.data.map(Math.abs))).toEqual(new Set([Math.sqrt(s)]));
      for (let row = 0; row < rows; row++) {
        const columns = matrix.indices.subarray(matrix.indptr[row], matrix.indptr[row + 1]);
        expect(columns.every((column, k) => k === 0 || column > columns[k - 1]!)).toBe(true);
      }
    },
  );

  test("a part made on its own equals that part of the whole", () => {
    const whole = sparseSignMatrix(50, 80, 4, randomStream(8));
    const part = sparseSignMatrix(20, 80, 4, randomStream(8), { firstRow: 17, dtype: "float32" });
    const [from, to] = [whole.indptr[17]!, whole.indptr[37]!];
    expect(part.indices).toEqual(whole.indices.slice(from, to));
    expect(part.data).toEqual(Float32Array.from(whole.data.slice(from, to)));
    expect(part.indptr).toEqual(whole.indptr.slice(17, 38).map((start) => start - from));
  });
});
