import { type Matrix, zeros } from "ockham/array";
import { eig, eigenvectorCondition, inverse, matmul, matvec, norm } from "ockham/linalg";
import { randomStream } from "ockham/random";
import {
  convolutionKernel,
  diagonalForm,
  ginibrePerturbation,
  hInfinityError,
  hippoLegS,
  hippoNormalPart,
  perturbThenDiagonalize,
  transferFunction,
} from "ockham/sequence";
import { expect, test } from "vitest";
import { conditionGradient, diagonalize, realPartGradient } from "./eigenvector-conditioning.ts";

const unit = (n: number, at: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => Number(i === at));

/** The normal part of HiPPO in diagonal form, with half of b: what S4D starts from. */
function s4d(n: number, c: Float64Array) {
  const { values, vectors, inverse: inverted } = diagonalize(hippoNormalPart(n).a);
  const half = hippoLegS(n).b.map((value) => value / 2);
  return diagonalForm({ eigenvalues: values, vectors, inverse: inverted }, half, c);
}

test("the HiPPO matrix of order 4 has the entries of its definition", () => {
  const { a, b } = hippoLegS(4);
  const expected = [
    ...[-1, 0, 0, 0],
    ...[-1.7320508076, -2, 0, 0],
    ...[-2.2360679775, -3.8729833462, -3, 0],
    ...[-2.6457513111, -4.582575695, -5.9160797831, -4],
  ];
  for (const [p, value] of expected.entries()) expect(a.data[p]).toBeCloseTo(value, 9);
  expect(Array.from(b, (value) => Math.round(value ** 2))).toEqual([1, 3, 5, 7]);
});

test.each([
  [16, 163.0336336],
  [32, 651.9557742],
  [64, 2607.651252],
])("the norm of the HiPPO matrix of order %d is %d", (n, expected) => {
  expect(norm(hippoLegS(n).a, "two") / expected).toBeCloseTo(1, 8);
});

test.each([
  [2, 3.7320508076, 1e-9],
  [3, 16.900381893, 1e-8],
  [4, 86.112393564, 1e-8],
  [8, 77032.418, 1e-5],
])("unit eigenvectors of the HiPPO matrix of order %d have condition %d", (n, expected, tolerance) => {
  const condition = eigenvectorCondition(eig(hippoLegS(n).a).vectors);
  expect(Math.abs(condition / expected - 1)).toBeLessThan(tolerance);
});

test("the normal part is HiPPO plus a matrix of rank one, and commutes with its transpose", () => {
  const { a, p } = hippoNormalPart(8);
  const hippo = hippoLegS(8).a;
  for (let i = 0; i < 8; i++)
    for (let j = 0; j < 8; j++)
      expect(a.data[i * 8 + j]).toBeCloseTo(hippo.data[i * 8 + j]! + p[i]! * p[j]!, 12);
  const left = matmul(a, a, { transposeA: true }).data;
  for (const [k, value] of matmul(a, a, { transposeB: true }).data.entries())
    expect(left[k]).toBeCloseTo(value, 9);
});

test.each([
  [4, 4.6032930071],
  [8, 19.857410371],
  [16, 80.9660809245],
  [32, 325.4263155],
  [64, 1303.273843],
])("the fastest mode of the normal part of order %d turns at %d", (n, expected) => {
  const { im, re } = eig(hippoNormalPart(n).a).values;
  expect(Math.max(...im) / expected).toBeCloseTo(1, 8);
  for (const value of re) expect(value).toBeCloseTo(-0.5, 8);
});

test("transfer functions of order 4 have their known values", () => {
  const { a, b } = hippoLegS(4);
  const dense = transferFunction({ a, b, c: unit(4, 3) }, Float64Array.of(1, 10));
  expect(dense.re[0]).toBeCloseTo(0.015563243, 9);
  expect(dense.im[0]).toBeCloseTo(-0.2023221591, 9);
  expect(dense.re[1]).toBeCloseTo(0.2244532112, 9);
  expect(dense.im[1]).toBeCloseTo(-0.0705902481, 9);
  const shortcut = transferFunction(s4d(4, unit(4, 3)), Float64Array.of(1, 10));
  expect(shortcut.re[0]).toBeCloseTo(-0.0264575131, 9);
  expect(shortcut.im[0]).toBeCloseTo(-0.1852025918, 9);
  expect(shortcut.re[1]).toBeCloseTo(0.0856951284, 9);
  expect(shortcut.im[1]).toBeCloseTo(-0.1483247943, 9);
  const first = transferFunction({ a, b, c: unit(4, 0), d: 2 }, Float64Array.of(3));
  expect(first.re[0]).toBeCloseTo(2 + 1 / 10, 12);
  expect(first.im[0]).toBeCloseTo(-3 / 10, 12);
});

test("the transfer function through the Schur form is that of a solve", () => {
  const n = 7;
  const a: Matrix = {
    dtype: "float64",
    shape: [n, n],
    data: randomStream(1).fillNormal(new Float64Array(n * n)),
  };
  const b = randomStream(2).fillNormal(new Float64Array(n));
  const c = randomStream(3).fillNormal(new Float64Array(n));
  const omega = 1.7;
  const { re, im } = transferFunction({ a, b, c }, Float64Array.of(omega));
  // (i w - a)^-1 b = -(a + i w) (a^2 + w^2)^-1 b.
  const squared = matmul(a, a).data.map((value, p) => value + (p % (n + 1) === 0 ? omega * omega : 0));
  const solved = matvec(inverse({ dtype: "float64", shape: [n, n], data: squared }), b);
  const dot = (x: Float64Array): number => x.reduce((sum, value, i) => sum + value * c[i]!, 0);
  expect(re[0]).toBeCloseTo(-dot(matvec(a, solved)), 10);
  expect(im[0]).toBeCloseTo(-omega * dot(solved), 10);
});

test("the kernel of order 4 has its known values", () => {
  const { a, b } = hippoLegS(4);
  const kernel = convolutionKernel({ a, b, c: new Float64Array(4).fill(1) }, { step: 0.1, length: 6 });
  const expected = [0.5299328699, 0.2212216587, 0.0676814342, 0.0005733328, -0.0209099753, -0.0203510241];
  for (const [l, value] of expected.entries()) expect(kernel[l]).toBeCloseTo(value, 9);
});

test.each(["zoh", "bilinear"] as const)(
  "dense and diagonal kernels of one system agree (%s)",
  (discretization) => {
    const n = 6;
    const { a, p } = hippoNormalPart(n);
    const c = p.map((value, i) => value * (-1) ** i);
    const { values, vectors, inverse: inverted } = diagonalize(a);
    const options = { step: 0.3, length: 50, discretization };
    const dense = convolutionKernel({ a, b: p, c }, options);
    const diagonal = convolutionKernel(
      diagonalForm({ eigenvalues: values, vectors, inverse: inverted }, p, c),
      options,
    );
    for (const [l, value] of dense.entries()) expect(diagonal[l]).toBeCloseTo(value, 11);
  },
);

test("the gradient of the condition agrees with differences", () => {
  const n = 5;
  const data = randomStream(4).fillNormal(new Float64Array(n * n));
  const at = (x: Float64Array) => diagonalize({ dtype: "float64", shape: [n, n], data: x });
  const here = at(data);
  expect(here.values.im.some((value) => value > 0)).toBe(true);
  const gradient = conditionGradient(here, 0)!;
  const weights = Float64Array.from(here.values.re, (value) => value ** 2);
  const slope = realPartGradient(here, weights);
  for (let p = 0; p < n * n; p++) {
    const [up, down] = [1e-6, -1e-6].map((step) => at(data.map((value, q) => value + (q === p ? step : 0))));
    expect((up!.condition - down!.condition) / 2e-6 / gradient[p]!).toBeCloseTo(1, 4);
    // Eigenvalues keep their order under so small a change.
    const moved = up!.values.re.map((value, j) => (value - down!.values.re[j]!) / 2e-6);
    expect(moved.reduce((sum, value, j) => sum + weights[j]! * value, 0)).toBeCloseTo(slope[p]!, 4);
  }
});

test.each([
  [8, 3],
  [16, 1],
  [32, 1],
])("HiPPO of order %d is diagonalised within 6 %% of its norm, stably and to rounding", async (n, gamma) => {
  const { a } = hippoLegS(n);
  const result = await perturbThenDiagonalize(a, { gamma, steps: 300 });
  expect(result.condition).toBeLessThan(60);
  expect(result.relativeNorm).toBeLessThan(0.06);
  expect(result.residual).toBeLessThan(1e-10);
  expect(Math.max(...result.eigenvalues.re)).toBeLessThanOrEqual(-0.05);
  expect(eigenvectorCondition(result.vectors) / result.condition).toBeCloseTo(1, 8);
  const { re, im } = result.eigenvalues;
  for (let j = 0; j < n; j++)
    if (im[j]! > 0) {
      expect([re[j + 1], im[j + 1]]).toEqual([re[j], -im[j]!]);
      for (let i = 0; i < n; i++)
        expect(result.vectors.im.data[i * n + j + 1]).toBe(-result.vectors.im.data[i * n + j]!);
    }
});

test("a search that ends unstable goes on until the real parts are low enough", async () => {
  const { a } = hippoLegS(6);
  const { eigenvalues, iterations } = await perturbThenDiagonalize(a, {
    steps: 150,
    stable: 0.9,
    gamma: 0.01,
  });
  expect(iterations).toBe(300);
  expect(Math.max(...eigenvalues.re)).toBeLessThanOrEqual(-0.9);
  await expect(perturbThenDiagonalize(a, { steps: 3, stable: 50 })).rejects.toThrow(/raise options\.gamma/);
});

test("a matrix without distinct eigenvectors is shaken until it has them", async () => {
  const jordan: Matrix = { dtype: "float64", shape: [2, 2], data: Float64Array.of(-1, 1, 0, -1) };
  const result = await perturbThenDiagonalize(jordan, { init: "zeros", steps: 200 });
  expect(result.jitters).toBeGreaterThan(0);
  expect(result.condition).toBeLessThan(20);
});

test("perturbation converges uniformly, the normal part only pointwise", async () => {
  const errors = [];
  for (const n of [8, 16]) {
    const { a, b } = hippoLegS(n);
    const c = unit(n, n - 1);
    const dense = { a, b, c };
    const found = await perturbThenDiagonalize(a, { gamma: 1, steps: 300 });
    const range = { from: 0.1, to: 200, points: 400 };
    const [ours, theirs] = [diagonalForm(found, b, c), s4d(n, c)].map((one) =>
      hInfinityError(dense, one, range),
    );
    errors.push([ours!.value, theirs!.value]);
    expect(Math.max(...eig(hippoNormalPart(n).a).values.im) / theirs!.omega).toBeCloseTo(1, 1);
  }
  for (const [ours, theirs] of errors) expect(theirs! / ours!).toBeGreaterThan(5);
  expect(errors[1]![1]! / errors[0]![1]!).toBeGreaterThan(0.9);
});

test("with weights scaled to one the distance to HiPPO stays within the bound of the perturbation", async () => {
  for (const n of [4, 8, 16]) {
    const { a } = hippoLegS(n);
    const found = await perturbThenDiagonalize(a, { gamma: 2, steps: 200 });
    const draws = randomStream(n);
    const [b, c] = [draws.fillNormal(new Float64Array(n)), draws.fillNormal(new Float64Array(n))];
    const sizes = diagonalForm(found, b, c);
    const length = (v: { re: Float64Array; im: Float64Array }): number => Math.hypot(...v.re, ...v.im);
    const [bs, cs] = [b.map((value) => value / length(sizes.b)), c.map((value) => value / length(sizes.c))];
    const { value } = hInfinityError({ a, b: bs, c: cs }, diagonalForm(found, bs, cs), {
      from: 1e-3,
      to: 1e4,
    });
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThanOrEqual((2 * Math.log(n) + 4) * found.norm);
  }
});

test("a random perturbation of the same size is worse conditioned by far", async () => {
  const { a } = hippoLegS(16);
  const ours = await perturbThenDiagonalize(a, { steps: 200 });
  const random = ginibrePerturbation(a, { relativeNorm: ours.relativeNorm });
  expect(random.relativeNorm).toBeCloseTo(ours.relativeNorm, 10);
  expect(random.condition).toBeGreaterThan(2 * ours.condition);
});

test("systems that do not fit are refused by name", () => {
  const { a, b } = hippoLegS(3);
  expect(() => transferFunction({ a, b, c: new Float64Array(2) }, Float64Array.of(1))).toThrow("system.c");
  expect(() => transferFunction({ a, b, c: b }, Float64Array.of(Number.NaN))).toThrow("omega[0]");
  expect(() => convolutionKernel({ a: zeros([2, 3]), b, c: b }, { step: 1, length: 2 })).toThrow("system.a");
  expect(() => convolutionKernel({ a, b, c: b }, { step: 0, length: 2 })).toThrow("options.step");
  const pole = { eigenvalues: { re: Float64Array.of(0), im: Float64Array.of(2) } };
  const one = { re: Float64Array.of(1), im: Float64Array.of(0) };
  expect(() => transferFunction({ ...pole, b: one, c: one }, Float64Array.of(2))).toThrow("pole at i 2");
});
