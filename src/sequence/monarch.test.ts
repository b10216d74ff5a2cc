import { fromNested, type Matrix, type NdArray, zeros } from "ockham/array";
import { norm } from "ockham/linalg";
import { randomStream } from "ockham/random";
import {
  causalMonarch,
  complexMonarchMatvec,
  initBlockDiagonal,
  initCausalMonarch,
  type MonarchMatrix,
  monarchApply,
  monarchConvolution,
  monarchDft,
  monarchFromFactors,
  monarchMatvec,
  monarchParameters,
  monarchProjection,
  monarchToDense,
  requireInvertible,
} from "ockham/sequence";
import { fft } from "ockham/signal";
import { compile, type Tensor, valueAndGrad } from "ockham/tensor";
import { expect, test } from "vitest";

function normals(shape: readonly number[], label: string): NdArray<"float64"> {
  const array = zeros(shape);
  randomStream(5, label).fillNormal(array.data);
  return array;
}

const random = (sizes: readonly number[]): MonarchMatrix => {
  const n = sizes.reduce((a, b) => a * b);
  return { sizes, factors: sizes.map((size, axis) => normals([n / size, size, size], `${axis}`)) };
};

const known = (): MonarchMatrix =>
  monarchFromFactors(
    fromNested([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]),
    fromNested([
      [
        [1, 0],
        [2, 1],
      ],
      [
        [1, 1],
        [0, 3],
      ],
    ]),
  );

test("a small matrix of order 2 has its known product and entries", () => {
  expect(Array.from(monarchMatvec(known(), Float64Array.of(1, 2, 3, 4)))).toEqual([5, 64, 49, 159]);
  expect(Array.from(monarchToDense(known()).data)).toEqual([
    1, 2, 0, 0, 3, 4, 7, 8, 2, 4, 5, 6, 0, 0, 21, 24,
  ]);
});

test("order 2 takes 2 n^1.5 numbers, block-diagonal layers a share of dense ones", () => {
  const zero = (blocks: number): NdArray<"float64"> => zeros([blocks, 64, 64]);
  expect(monarchParameters({ sizes: [64, 64], factors: [zero(64), zero(64)] })).toBe(524288);
  expect(initBlockDiagonal(randomStream(1), 768, 3072, 4).data.length).toBe(589824);
});

test.each([[[6, 6]], [[3, 7]], [[4, 3, 5]], [[2, 3, 2, 4]], [[9]]])(
  "products by blocks on a grid of %j are those of the matrix written out",
  async (sizes) => {
    const matrix = random(sizes);
    const n = sizes.reduce((a, b) => a * b);
    const dense = monarchToDense(matrix).data;
    const x = normals([2, n], "x");
    const { data } = await compile((own: Tensor) => monarchApply(matrix, own))(x);
    for (let row = 0; row < 2; row++) {
      const own = x.data.slice(row * n, (row + 1) * n);
      const direct = monarchMatvec(matrix, own);
      for (let i = 0; i < n; i++) {
        const sum = own.reduce((total, value, j) => total + value * dense[i * n + j]!, 0);
        expect(direct[i]).toBeCloseTo(sum, 9);
        expect(Number(data[row * n + i])).toBeCloseTo(sum, 9);
      }
    }
  },
);

test.each([[[4, 6]], [[8, 8]], [[5, 3, 2]], [[7]]])(
  "the Fourier transform on a grid of %j is a fast one",
  (sizes) => {
    const n = sizes.reduce((a, b) => a * b);
    const z = { re: normals([n], "re").data, im: normals([n], "im").data };
    const [own, exact] = [complexMonarchMatvec(monarchDft(sizes), z), fft(z)];
    for (let k = 0; k < n; k++) {
      expect(own.re[k]).toBeCloseTo(exact.re[k]!, 11);
      expect(own.im[k]).toBeCloseTo(exact.im[k]!, 11);
    }
  },
);

test("the projection gives Monarch matrices back and is the nearest one", () => {
  const exact = monarchToDense(random([4, 6]));
  const { matrix, relativeError } = monarchProjection(exact, 4);
  expect(relativeError).toBeLessThan(1e-7);
  const rebuilt = monarchToDense(matrix).data;
  for (const [p, value] of exact.data.entries()) expect(rebuilt[p]).toBeCloseTo(value, 10);

  const a: Matrix = normals([12, 8], "a");
  const best = monarchProjection(a, 4);
  const distance = (m: MonarchMatrix): number => {
    const { data } = monarchToDense(m);
    return norm({ ...a, data: a.data.map((value, p) => value - data[p]!) });
  };
  expect(distance(best.matrix) / norm(a)).toBeCloseTo(best.relativeError, 10);
  for (const factor of [0, 1])
    for (const step of [1e-2, -1e-2]) {
      const factors = best.matrix.factors.map((own, k) =>
        k === factor ? { ...own, data: own.data.map((value, p) => value + (p === 5 ? step : 0)) } : own,
      );
      expect(distance({ ...best.matrix, factors })).toBeGreaterThan(distance(best.matrix));
    }
});

test("sizes that do not split are refused with those that do", () => {
  expect(() => monarchProjection(normals([12, 8], "a"), 3)).toThrow("the nearest that fit: 2 and 4");
  expect(() => monarchFromFactors(zeros([2, 2, 2]), zeros([3, 2, 2]))).toThrow(
    "expected 2 blocks of 2 columns",
  );
  expect(() => monarchMatvec(known(), new Float64Array(3))).toThrow("x: expected 4 numbers");
  expect(() => initBlockDiagonal(randomStream(1), 10, 8, 4)).toThrow("do not split into 4 blocks");
});

test("a causal convolution has its known answer and does not wrap round", async () => {
  const row = (values: number[], shape: number[]): NdArray => ({
    dtype: "float64",
    shape,
    data: Float64Array.from(values),
  });
  const f = compile((x: Tensor, k: Tensor) => monarchConvolution(x, k));
  const { data } = await f(row([1, -1, 0.5, 2], [1, 1, 4]), row([1, 2, 3, 4], [1, 4]));
  for (const [t, value] of [1, 1, 1.5, 4].entries()) expect(Number(data[t])).toBeCloseTo(value, 12);
});

test.each([1, 2, 3, 11, 64, 130])(
  "a two-sided convolution of length %d with a skip is the direct sum",
  async (length) => {
    const [x, k, r, skip] = [
      normals([2, 3, length], "x"),
      normals([3, length], "k"),
      normals([3, length], "r"),
      normals([3], "s"),
    ];
    const f = compile((a: Tensor, b: Tensor, c: Tensor, d: Tensor) =>
      monarchConvolution(a, b, { reverse: c, skip: d }),
    );
    const y = await f(x, k, r, skip);
    for (let row = 0; row < 6; row++)
      for (let t = 0; t < length; t++) {
        const h = row % 3;
        let sum = skip.data[h]! * x.data[row * length + t]!;
        for (let s = 0; s < length; s++) {
          const lag = t - s;
          if (lag >= 0) sum += k.data[h * length + lag]! * x.data[row * length + s]!;
          if (lag <= 0) sum += r.data[h * length - lag]! * x.data[row * length + s]!;
        }
        expect(Number(y.data[row * length + t])).toBeCloseTo(sum, 9);
      }
  },
);

test("the gradient of the convolution agrees with differences", async () => {
  const [x, k] = [normals([1, 2, 13], "x"), normals([2, 13], "k")];
  const value = (a: Tensor, b: Tensor) => monarchConvolution(a, b).sin().sum();
  const [, gradients] = await compile((a: Tensor, b: Tensor) =>
    valueAndGrad((p: { a: Tensor; b: Tensor }) => value(p.a, p.b))({ a, b }),
  )(x, k);
  const f = compile(value);
  for (const p of [0, 7, 25]) {
    const at = async (step: number): Promise<number> =>
      Number((await f(x, { ...k, data: k.data.map((v, q) => v + (q === p ? step : 0)) })).data[0]);
    expect(((await at(1e-5)) - (await at(-1e-5))) / 2e-5).toBeCloseTo(Number(gradients.b.data[p]), 6);
  }
});

test("products in learned triangular bases are causal, and with unit bases a convolution", async () => {
  const b = 4;
  const wide = (array: NdArray): NdArray => ({
    ...array,
    dtype: "float64",
    data: Float64Array.from(array.data as Float32Array),
  });
  const basesOf = (deviation: number) => {
    const { result, kernel, input } = initCausalMonarch(randomStream(2), b, deviation);
    const both = ({ outer, inner }: typeof result) => ({ outer: wide(outer), inner: wide(inner) });
    return { result: both(result), kernel: both(kernel), input: both(input) };
  };
  const [u, k] = [normals([1, 2, 16], "u"), normals([2, 16], "k")];
  const run = async (deviation: number, x: NdArray): Promise<number[]> => {
    const bases = basesOf(deviation);
    const { data } = await compile((own: Tensor, kernel: Tensor) => causalMonarch(bases, kernel, own))(x, k);
    return Array.from(data as Float64Array);
  };
  const plain = await compile((a: Tensor, c: Tensor) => monarchConvolution(a, c))(u, k);
  for (const [p, value] of (await run(0, u)).entries()) expect(value).toBeCloseTo(Number(plain.data[p]), 11);

  const before = await run(0.5, u);
  const after = await run(0.5, { ...u, data: u.data.map((value, p) => (p % 16 === 9 ? value + 1 : value)) });
  for (const [p, value] of after.entries()) if (p % 16 < 9) expect(value).toBeCloseTo(before[p]!, 10);
  expect(Math.abs(after[9]! - before[9]!)).toBeGreaterThan(1e-3);
});

test("bases without an inverse are refused", () => {
  const bases = initCausalMonarch(randomStream(2), 3);
  bases.result.outer.data[4] = 1e-7;
  expect(() => requireInvertible(bases)).toThrow(/below/);
});
