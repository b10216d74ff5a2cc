import { describe, expect, test } from "vitest";
import {
  epsilon,
  largestEntry,
  randomMatrix,
  randomVector,
  rectangularGallery,
  squareGallery,
  symmetricGallery,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { hasScipy, scipy } from "../../../test/support/scipy.ts";
import { type Matrix, type Nested, toNested } from "../array/index.ts";
import {
  cholesky,
  eigvals,
  eigvalsh,
  expm,
  generalizedEigh,
  gram,
  logdet,
  lstsq,
  lu,
  pinv,
  pivotedQr,
  qr,
  singularValues,
  solve,
  solveBanded,
  svd,
} from "./index.ts";

interface Answer {
  readonly singular: readonly number[];
  readonly q: Nested;
  readonly r: Nested;
  readonly pivots: readonly number[];
  readonly pinv: Nested;
  readonly lstsq: readonly number[];
  readonly rank: number;
  readonly lower: Nested;
}

/** SciPy's answers for every matrix of a list, in one run of Python. */
function ask<T>(program: string, data: unknown): T {
  return scipy(program, data) as T;
}

function flat(values: Nested): number[] {
  return [values].flat(3) as number[];
}

function difference(ours: ArrayLike<number>, theirs: Nested): number {
  const reference = flat(theirs);
  expect(ours.length).toBe(reference.length);
  return reference.reduce((largest, value, i) => Math.max(largest, Math.abs(value - ours[i]!)), 0);
}

const ordinary = (gallery: readonly (readonly [string, Matrix])[]) =>
  gallery.filter(([name]) => !/tiny|huge/.test(name));

describe.runIf(hasScipy)("SciPy", () => {
  const mixed = ordinary([...squareGallery, ...rectangularGallery]).map(([, a]) => a);
  const answers = hasScipy
    ? ask<readonly Answer[]>(
        `
answer = []
for a, b in data:
    a, b = np.array(a), np.array(b)
    q, r = np.linalg.qr(a)
    s = np.sign(np.diag(r)); s[s == 0] = 1
    x, _, rank, _ = np.linalg.lstsq(a, b, rcond=1e-10)
    answer.append(dict(singular=np.linalg.svd(a, compute_uv=False), q=q * s, r=(r.T * s).T,
        pivots=scipy.linalg.qr(a, pivoting=True, mode="economic")[2], pinv=np.linalg.pinv(a, rcond=1e-10),
        lstsq=x, rank=int(rank), lower=scipy.linalg.lu(a, permute_l=True)[0]))
`,
        mixed.map((a) => [toNested(a), [...randomVector(a.shape[0]!)]]),
      )
    : [];

  onProviders("agreement", () => {
    test("singular values", () => {
      mixed.forEach((a, k) => {
        const expected = answers[k]!.singular;
        expect(difference(singularValues(a), [...expected])).toBeLessThanOrEqual(
          40 * epsilon * Math.max(...a.shape) * expected[0]!,
        );
      });
    });

    test("QR with a positive diagonal, where the columns are far from dependent", () => {
      let compared = 0;
      mixed.forEach((a, k) => {
        const { singular, q, r } = answers[k]!;
        const condition = singular[0]! / singular.at(-1)!;
        if (!(condition < 1e8)) return;
        compared++;
        const tolerance = 100 * epsilon * Math.max(...a.shape) * condition;
        const ours = qr(a);
        expect(difference(ours.q.data, q)).toBeLessThanOrEqual(tolerance);
        expect(difference(ours.r.data, r)).toBeLessThanOrEqual(tolerance * Math.max(1, largestEntry(a)));
      });
      expect(compared).toBeGreaterThan(12);
    });

    test("pivots of QR with column pivoting and of LU on random matrices", () => {
      mixed.forEach((a, k) => {
        if (a.shape.join() !== "33,33" && a.shape.join() !== "60,13") return;
        expect([...pivotedQr(a).permutation]).toEqual(answers[k]!.pivots);
        const { lower, permutation } = lu(a);
        const unpermuted = new Float64Array(lower.data.length);
        const width = lower.shape[1]!;
        permutation.forEach((row, i) => {
          unpermuted.set(lower.data.subarray(i * width, (i + 1) * width), row * width);
        });
        expect(difference(unpermuted, answers[k]!.lower)).toBeLessThan(1e-11);
      });
    });

    test("pseudoinverse and least squares of the same rank", () => {
      mixed.forEach((a, k) => {
        const expected = answers[k]!;
        const scale = flat(expected.pinv).reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
        const condition = Math.min(1e10, expected.singular[0]! / (expected.singular[expected.rank - 1] ?? 1));
        const tolerance = 200 * epsilon * Math.max(...a.shape) * scale * Math.max(1, condition);
        expect(difference(pinv(a, { rankTolerance: 1e-10 }).data, expected.pinv)).toBeLessThanOrEqual(
          tolerance,
        );
        const { x, rank } = lstsq(a, randomVector(a.shape[0]!), { rankTolerance: 1e-10 });
        expect(rank).toBe(expected.rank);
        expect(difference(x, [...expected.lstsq])).toBeLessThanOrEqual(10 * tolerance);
      });
    });

    test("symmetric eigenvalues, plain and generalized", () => {
      const matrices = ordinary(symmetricGallery).map(([, a]) => a);
      const expected = ask<readonly { plain: number[]; general: number[] }[]>(
        `
answer = []
for a, b in data:
    answer.append(dict(plain=np.linalg.eigvalsh(np.array(a)), general=scipy.linalg.eigh(a, b, eigvals_only=True)))
`,
        matrices.map((a) => [toNested(a), toNested(definiteOf(a.shape[0]!))]),
      );
      matrices.forEach((a, k) => {
        const n = a.shape[0]!;
        const tolerance = 40 * epsilon * n * n * largestEntry(a);
        expect(difference(eigvalsh(a), expected[k]!.plain)).toBeLessThanOrEqual(tolerance);
        const general = generalizedEigh(a, definiteOf(n)).values;
        expect(difference(general, expected[k]!.general)).toBeLessThanOrEqual(100 * tolerance);
      });
    });

    test("eigenvalues, matrix exponential, determinant and Cholesky factor of random matrices", () => {
      const matrices = [1, 2, 3, 8, 25].map((n) => randomMatrix(n, n, 17));
      const expected = ask<
        readonly { re: number[]; im: number[]; exp: Nested; det: [number, number]; chol: Nested }[]
      >(
        `
answer = []
for a, g in data:
    w = np.linalg.eigvals(np.array(a))
    s, l = np.linalg.slogdet(np.array(a))
    answer.append(dict(re=w.real, im=w.imag, exp=scipy.linalg.expm(np.array(a)), det=[s, l], chol=np.linalg.cholesky(np.array(g))))
`,
        matrices.map((a) => [toNested(a), toNested(gram(a))]),
      );
      matrices.forEach((a, k) => {
        const { re, im, exp, det, chol } = expected[k]!;
        const values = eigvals(a);
        re.forEach((value, i) => {
          const nearest = Math.min(
            ...Array.from(values.re, (x, j) => Math.hypot(x - value, values.im[j]! - im[i]!)),
          );
          expect(nearest).toBeLessThan(1e-11);
        });
        const ours = expm(a);
        expect(difference(ours.data, exp)).toBeLessThan(1e-13 * a.shape[0]! * largestEntry(ours));
        expect(logdet(a).sign).toBe(det[0]);
        expect(logdet(a).logAbsolute).toBeCloseTo(det[1], 11);
        expect(difference(cholesky(gram(a)).data, chol)).toBeLessThan(1e-10);
      });
    });

    test("solutions of full and of banded systems", () => {
      const a = randomMatrix(30, 30, 23);
      const band = randomVector(30 * 6, 24);
      const expected = ask<{ full: number[]; banded: number[] }>(
        `
n, l, u = 30, 2, 3
ab = np.zeros((l + u + 1, n))
for i in range(n):
    for j in range(max(0, i - l), min(n, i + u + 1)):
        ab[u + i - j, j] = data["band"][i * (l + u + 1) + j - i + l]
answer = dict(full=np.linalg.solve(data["a"], data["b"]), banded=scipy.linalg.solve_banded((l, u), ab, data["b"]))
`,
        { a: toNested(a), b: [...randomVector(30)], band: [...band] },
      );
      expect(difference(solve(a, randomVector(30)), expected.full)).toBeLessThan(1e-10);
      const x = solveBanded({ n: 30, lower: 2, upper: 3, data: band }, randomVector(30));
      const size = expected.banded.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
      expect(difference(x, expected.banded)).toBeLessThan(1e-9 * size);
    });

    test("singular vectors up to sign", () => {
      const a = randomMatrix(20, 9, 31);
      const expected = flat(
        ask<Nested>("answer = np.linalg.svd(np.array(data), full_matrices=False)[0]", toNested(a)),
      );
      const { u } = svd(a);
      expect(difference(u.data.map(Math.abs), expected.map(Math.abs))).toBeLessThan(1e-12);
    });
  });
});

function definiteOf(n: number): Matrix {
  const g = gram(randomMatrix(2 * n + 2, n, 5));
  for (let i = 0; i < n; i++) g.data[i * n + i]! += n;
  return g;
}
