import { describe, expect, test } from "vitest";
import {
  distance,
  epsilon,
  kahan,
  largestEntry,
  matrix,
  orthogonalityDefect,
  product,
  rectangularGallery,
  squareGallery,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { pivotedQr, qr, qrTriangle } from "./index.ts";

onProviders("QR", () => {
  describe.each([...squareGallery, ...rectangularGallery])("of %s", (_, a) => {
    const [m, n] = a.shape as [number, number];
    const tolerance = 20 * epsilon * Math.max(m, n);
    const size = largestEntry(a);

    test.each([false, true])("is a = q r with orthonormal q and upper triangular r (full: %s)", (full) => {
      const { q, r } = qr(a, { full });
      const columns = full ? m : Math.min(m, n);
      expect(q.shape).toEqual([m, columns]);
      expect(r.shape).toEqual([columns, n]);
      expect(distance(product(q, r), a)).toBeLessThanOrEqual(tolerance * size);
      expect(orthogonalityDefect(q)).toBeLessThanOrEqual(tolerance);
      requireUpper(r);
      if (!full) expect(distance(qrTriangle(a), r)).toBeLessThanOrEqual(tolerance * size);
    });

    test.each([false, true])("with pivoting it permutes columns so that r descends (full: %s)", (full) => {
      const { q, r, permutation, rank } = pivotedQr(a, { full });
      const permuted = matrix(m, n, (i, j) => a.data[i * n + permutation[j]!]!);
      expect(distance(product(q, r), permuted)).toBeLessThanOrEqual(tolerance * size);
      expect(orthogonalityDefect(q)).toBeLessThanOrEqual(tolerance);
      requireUpper(r);
      const diagonal = Array.from({ length: Math.min(m, n) }, (_, i) => r.data[i * n + i]!);
      for (let i = 1; i < diagonal.length; i++)
        expect(diagonal[i]).toBeLessThanOrEqual(diagonal[i - 1]! * (1 + 1e-10) + tolerance * size);
      expect(rank).toBeLessThanOrEqual(Math.min(m, n));
    });
  });

  test("pivoting reveals the rank", () => {
    const rankOf = (name: string) =>
      pivotedQr([...squareGallery, ...rectangularGallery].find(([other]) => other === name)![1]).rank;
    expect(rankOf("rank 4")).toBe(4);
    expect(rankOf("tall, rank 3")).toBe(3);
    expect(rankOf("wide, rank 3")).toBe(3);
    expect(rankOf("zero")).toBe(0);
    expect(rankOf("all ones")).toBe(1);
    expect(rankOf("random 33 x 33")).toBe(33);
    expect(pivotedQr(kahan(30), { rankTolerance: 0.5 }).rank).toBeLessThan(30);
  });

  test("empty matrices have factors of the right shapes", () => {
    expect(qr(matrix(3, 0, () => 0))).toEqual({ q: matrix(3, 0, () => 0), r: matrix(0, 0, () => 0) });
    expect(
      qr(
        matrix(3, 0, () => 0),
        { full: true },
      ).q,
    ).toEqual(matrix(3, 3, (i, j) => (i === j ? 1 : 0)));
    expect(qr(matrix(0, 3, () => 0)).r.shape).toEqual([0, 3]);
    expect(pivotedQr(matrix(0, 2, () => 0))).toMatchObject({ rank: 0, permutation: Int32Array.of(0, 1) });
  });

  test("unknown options are refused", () => {
    expect(() =>
      qr(
        matrix(2, 2, () => 1),
        { mode: "full" } as object,
      ),
    ).toThrow(/options.mode: unknown option/);
  });
});

function requireUpper(r: ReturnType<typeof matrix>): void {
  const [rows, n] = r.shape as [number, number];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < Math.min(i, n); j++) expect(r.data[i * n + j]).toBe(0);
    if (i < n) expect(r.data[i * n + i]).toBeGreaterThanOrEqual(0);
  }
}
