import { expect, test } from "vitest";
import { dct, fftn } from "../signal/index.ts";
import { neumannGaussianField, periodicGaussianField, randomStream } from "./index.ts";

/** Mean over seeds of squares, against the exact variances, within 5 standard errors of chi-square means. */
function variancesAre(
  samples: number,
  squaresOf: (seed: number) => Float64Array,
  expected: (i: number) => number,
): void {
  const sums = squaresOf(0);
  for (let seed = 1; seed < samples; seed++)
    squaresOf(seed).forEach((x, i) => {
      sums[i]! += x;
    });
  sums.forEach((sum, i) => {
    const ratio = expected(i) === 0 ? 1 + sum / samples : sum / samples / expected(i);
    expect(Math.abs(ratio - 1), `mode ${i}`).toBeLessThan(5 * Math.sqrt(2 / samples));
  });
}

test.each([8, 9])("periodic field of size %d: modes have the stated variances and the mean is 0", (s) => {
  const [alpha, tau] = [2.5, 7];
  const wavenumber = (k: number): number => (k < s / 2 ? k : k - s);
  // The real part of the inverse transform keeps half the power of the modes k and -k together.
  const power = (k1: number, k2: number): number =>
    2 *
    s ** 4 *
    tau ** (2 * alpha - 2) *
    (4 * Math.PI ** 2 * (k1 * k1 + k2 * k2) + tau * tau) ** -alpha *
    0.5;
  const squares = (seed: number): Float64Array => {
    const { re, im } = fftn(periodicGaussianField(randomStream(seed), s).data, [s, s]);
    return re.map((value, i) => value * value + im[i]! * im[i]!);
  };
  variancesAre(3000, squares, (i) => {
    const [k1, k2] = [wavenumber(Math.floor(i / s)), wavenumber(i % s)];
    return i === 0 ? 0 : power(k1, k2);
  });
});

test("Neumann field: cosine modes have the stated variances and the mean is 0", () => {
  const [s, alpha, tau] = [6, 2, 3];
  const squares = (seed: number): Float64Array =>
    dct(neumannGaussianField(randomStream(seed), s).data, { shape: [s, s], norm: "ortho" }).map((x) => x * x);
  variancesAre(3000, squares, (i) => {
    const [j, k] = [Math.floor(i / s), i % s];
    return i === 0
      ? 0
      : s * s * tau ** (2 * alpha - 2) * (Math.PI ** 2 * (j * j + k * k) + tau * tau) ** -alpha;
  });
});

test("a finer grid shows the same modes", () => {
  const stream = randomStream(3, "field");
  const kept = { coarse: [0, 1, 2, 3, 13, 14, 15], fine: [0, 1, 2, 3, 29, 30, 31] };
  const coarse = fftn(periodicGaussianField(stream, 16, { alpha: 3 }).data, [16, 16]);
  const fine = fftn(periodicGaussianField(stream, 32, { alpha: 3 }).data, [32, 32]);
  kept.coarse.forEach((row, r) => {
    kept.coarse.forEach((column, c) => {
      const at = kept.fine[r]! * 32 + kept.fine[c]!;
      expect(fine.re[at]! / 4).toBeCloseTo(coarse.re[row * 16 + column]!, 10);
      expect(fine.im[at]! / 4).toBeCloseTo(coarse.im[row * 16 + column]!, 10);
    });
  });
  const small = dct(neumannGaussianField(stream, 8).data, { shape: [8, 8], norm: "ortho" });
  const large = dct(neumannGaussianField(stream, 16).data, { shape: [16, 16], norm: "ortho" });
  for (let j = 0; j < 8; j++)
    for (let k = 0; k < 8; k++) expect(large[16 * j + k]! / 2).toBeCloseTo(small[8 * j + k]!, 10);
});

test("options are checked and s = 1 has no mode left", () => {
  expect([...periodicGaussianField(randomStream(0), 1).data]).toEqual([0]);
  expect([...neumannGaussianField(randomStream(0), 1).data]).toEqual([0]);
  expect(() => periodicGaussianField(randomStream(0), 0)).toThrow(/^s: /);
  expect(() => periodicGaussianField(randomStream(0), 4, { tau: 0 })).toThrow(/^options.tau: /);
  expect(() => neumannGaussianField(randomStream(0), 4, { beta: 1 } as never)).toThrow(/^options.beta: /);
});
