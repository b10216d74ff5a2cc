import { describe, expect, test } from "vitest";
import {
  diagonal,
  distance,
  epsilon,
  flipped,
  grcar,
  largestEntry,
  matrix,
  orthogonalityDefect,
  product,
  randomMatrix,
  randomOrthogonal,
  rectangularGallery,
  squareGallery,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { norm, pinv, singularValues, svd, vectorNorm } from "./index.ts";

onProviders("SVD", () => {
  describe.each([...squareGallery, ...rectangularGallery])("of %s", (_, a) => {
    const [m, n] = a.shape as [number, number];
    const k = Math.min(m, n);
    const size = largestEntry(a);
    const tolerance = 40 * epsilon * Math.max(m, n);

    test.each([false, true])("multiplies back, orthonormal, values descending (full: %s)", (full) => {
      const { u, s, vt } = svd(a, { full });
      expect(u.shape).toEqual([m, full ? m : k]);
      expect(vt.shape).toEqual([full ? n : k, n]);
      const middle = matrix(u.shape[1]!, vt.shape[0]!, (i, j) => (i === j ? s[i]! : 0));
      expect(distance(product(product(u, middle), vt), a)).toBeLessThanOrEqual(tolerance * size * 2);
      expect(orthogonalityDefect(u)).toBeLessThanOrEqual(tolerance);
      expect(orthogonalityDefect(flipped(vt))).toBeLessThanOrEqual(tolerance);
      for (let i = 0; i < k; i++) {
        expect(s[i]).toBeGreaterThanOrEqual(0);
        if (i > 0) expect(s[i]).toBeLessThanOrEqual(s[i - 1]!);
      }
    });

    test("values alone are the same values", () => {
      const { s } = svd(a);
      const alone = singularValues(a);
      expect(alone.length).toBe(k);
      for (let i = 0; i < k; i++) expect(Math.abs(alone[i]! - s[i]!)).toBeLessThanOrEqual(tolerance * s[0]!);
    });

    test("the pseudoinverse satisfies the four conditions of Moore and Penrose", () => {
      if (a === hilbert12 || size < 1e-200 || size > 1e200) return;
      // Dropping singular values below 1e-10 keeps the conditions well posed.
      const p = pinv(a, { rankTolerance: 1e-10 });
      const ap = product(a, p);
      const pa = product(p, a);
      const scale = Math.max(1, largestEntry(p)) * Math.max(1, size);
      expect(distance(product(ap, a), a)).toBeLessThanOrEqual(size * 1e-9 + tolerance * scale);
      expect(distance(product(pa, p), p)).toBeLessThanOrEqual(
        tolerance * scale * Math.max(1, largestEntry(p)),
      );
      expect(distance(ap, flipped(ap))).toBeLessThanOrEqual(tolerance * scale);
      expect(distance(pa, flipped(pa))).toBeLessThanOrEqual(tolerance * scale);
    });
  });

  test("finds given singular values, however far apart", () => {
    const given = [1e8, 3, 3, 3 - 1e-12, 1e-4, 1e-11, 0];
    const a = product(product(randomOrthogonal(7, 1), diagonal(given)), randomOrthogonal(7, 2));
    const s = singularValues(a);
    for (let i = 0; i < 7; i++) expect(Math.abs(s[i]! - given[i]!)).toBeLessThan(1e8 * 50 * epsilon);
  });

  test("vectors do not depend on the provider's signs", () => {
    const { u } = svd(randomMatrix(20, 6));
    for (let j = 0; j < 6; j++) {
      const column = Array.from({ length: 20 }, (_, i) => u.data[i * 6 + j]!);
      const largest = Math.max(...column.map(Math.abs));
      expect(column.find((value) => Math.abs(value) >= 0.7 * largest)).toBeGreaterThan(0);
    }
  });

  test("empty matrices have empty factors", () => {
    expect(svd(matrix(0, 3, () => 0))).toEqual({
      u: matrix(0, 0, () => 0),
      s: new Float64Array(0),
      vt: matrix(0, 3, () => 0),
    });
    expect(
      svd(
        matrix(2, 0, () => 0),
        { full: true },
      ).u,
    ).toEqual(diagonal([1, 1]));
    expect(pinv(matrix(0, 3, () => 0)).shape).toEqual([3, 0]);
  });

  test("norms have their defining values", () => {
    const a = matrix(2, 3, (i, j) => (i === 0 ? 1 : -2) * (j + 1));
    expect(norm(a)).toBeCloseTo(Math.sqrt(70), 14);
    expect(norm(a, "one")).toBe(9);
    expect(norm(a, "infinity")).toBe(12);
    expect(norm(a, "max")).toBe(6);
    expect(norm(a, "two")).toBeCloseTo(Math.sqrt(70), 13);
    expect(norm(grcar(30), "two")).toBeLessThanOrEqual(norm(grcar(30)));
    expect(
      norm(
        matrix(0, 0, () => 0),
        "two",
      ),
    ).toBe(0);
    expect(vectorNorm(Float64Array.of(3e200, 4e200))).toBeCloseTo(5e200, -186);
    expect(vectorNorm(Float64Array.of(3e-200, 4e-200)) / 5e-200).toBeCloseTo(1, 14);
    expect(() => norm(a, "nuclear" as "one")).toThrow(/kind: expected one of/);
  });
});

const hilbert12 = squareGallery.find(([name]) => name === "Hilbert 12")![1];
