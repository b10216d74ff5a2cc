import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasScipy, scipy } from "../../../test/support/scipy.ts";
import { randomStream } from "../random/index.ts";
import {
  type ComplexArray,
  dct,
  dst,
  fft,
  fftConvolve,
  fftFrequencies,
  fftn,
  fftPlan,
  fftShift,
  idct,
  idst,
  ifft,
  ifftn,
  ifftShift,
  irfft,
  irfftn,
  nextFastLength,
  rfft,
  rfftFrequencies,
  rfftn,
} from "./index.ts";

const lengths = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 23, 30, 32, 33, 34, 35, 36, 47, 60, 64, 77, 97, 100, 121,
  127, 128, 143, 169, 210, 256, 257, 343, 360, 509, 1000, 1009, 1024,
];

function noise(n: number, label: string): ComplexArray {
  const stream = randomStream(1, label, n);
  return { re: stream.fillNormal(new Float64Array(n)), im: stream.fillNormal(new Float64Array(n)) };
}

/** The O(n^2) sum, with angles reduced in whole numbers. */
function sum(x: ComplexArray): ComplexArray {
  const n = x.re.length;
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  for (let k = 0; k < n; k++)
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      re[k]! += x.re[j]! * Math.cos(angle) - x.im[j]! * Math.sin(angle);
      im[k]! += x.re[j]! * Math.sin(angle) + x.im[j]! * Math.cos(angle);
    }
  return { re, im };
}

/** 2-norm of the difference over the 2-norm of b. */
function distance(a: ComplexArray, b: ComplexArray): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.re.length; i++) {
    difference += (a.re[i]! - b.re[i]!) ** 2 + (a.im[i]! - b.im[i]!) ** 2;
    size += b.re[i]! ** 2 + b.im[i]! ** 2;
  }
  expect(a.re.length).toBe(b.re.length);
  return Math.sqrt(difference / (size || 1));
}

const real = (re: Float64Array): ComplexArray => ({ re, im: new Float64Array(re.length) });

describe("complex transforms of one axis", () => {
  test.each(lengths)("length %d agrees with the sum to 4e-15 log2(n)", (n) => {
    const x = noise(n, "sum");
    expect(distance(fft(x), sum(x))).toBeLessThan(1e-15 * 4 * Math.max(1, Math.log2(n)));
  });

  test.each([...lengths, 4096, 5000, 6561, 10007, 65536, 3 * 2 ** 17])(
    "length %d comes back to 1e-15 log2(n)",
    (n) => {
      const x = noise(n, "round trip");
      expect(distance(ifft(fft(x)), x)).toBeLessThan(1e-15 * Math.max(1, Math.log2(n)));
    },
  );

  test("Parseval, linearity and the shift theorem", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 299 }), (n, by) => {
        const x = noise(n, "a");
        const y = noise(n, "b");
        const [fx, fy] = [fft(x), fft(y)];
        const energy = (z: ComplexArray): number =>
          z.re.reduce((total, re, i) => total + re * re + z.im[i]! * z.im[i]!, 0);
        expect(energy(fx) / (n * energy(x))).toBeCloseTo(1, 12);
        const mix = (u: ComplexArray, v: ComplexArray): ComplexArray => ({
          re: u.re.map((re, i) => 2 * re - 3 * v.re[i]!),
          im: u.im.map((im, i) => 2 * im - 3 * v.im[i]!),
        });
        expect(distance(fft(mix(x, y)), mix(fx, fy))).toBeLessThan(1e-13);
        const rolled = {
          re: x.re.map((_, j) => x.re[(j + by) % n]!),
          im: x.im.map((_, j) => x.im[(j + by) % n]!),
        };
        const turned = real(new Float64Array(n));
        for (let k = 0; k < n; k++) {
          const angle = (2 * Math.PI * ((k * by) % n)) / n;
          turned.re[k] = fx.re[k]! * Math.cos(angle) - fx.im[k]! * Math.sin(angle);
          turned.im[k] = fx.re[k]! * Math.sin(angle) + fx.im[k]! * Math.cos(angle);
        }
        expect(distance(fft(rolled), turned)).toBeLessThan(1e-13);
      }),
    );
  });

  test("an impulse gives ones, a constant gives an impulse, exactly", () => {
    for (const n of [8, 60, 1024]) {
      const impulse = new Float64Array(n);
      impulse[0] = 1;
      expect(fft(impulse).re).toEqual(new Float64Array(n).fill(1));
      const constant = fft(new Float64Array(n).fill(1));
      expect(constant.re[0]).toBe(n);
      expect(Math.max(...constant.re.subarray(1).map(Math.abs))).toBe(0);
    }
  });

  test("norms place the factor where numpy does", () => {
    const x = noise(12, "norm");
    const plain = fft(x);
    const scaled = (by: number): ComplexArray => ({
      re: plain.re.map((v) => v * by),
      im: plain.im.map((v) => v * by),
    });
    expect(distance(fft(x, { norm: "ortho" }), scaled(1 / Math.sqrt(12)))).toBeLessThan(1e-15);
    expect(distance(fft(x, { norm: "forward" }), scaled(1 / 12))).toBeLessThan(1e-15);
    for (const norm of ["ortho", "forward", "backward"] as const)
      expect(distance(ifft(fft(x, { norm }), { norm }), x)).toBeLessThan(1e-15);
  });
});

describe("several axes", () => {
  test.each([[[3, 4]], [[5, 1, 7]], [[17, 6, 8]], [[64, 100]], [[2, 3, 70]], [[1, 1]]])(
    "shape %j is one axis after another",
    (shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const x = noise(size, "axes");
      const expected = { re: x.re.slice(), im: x.im.slice() };
      let stride = size;
      for (const extent of shape) {
        stride /= extent;
        for (let start = 0; start < size; start++) {
          if (Math.floor(start / stride) % extent !== 0) continue;
          const at = Array.from({ length: extent }, (_, j) => start + j * stride);
          const line = sum({
            re: Float64Array.from(at, (i) => expected.re[i]!),
            im: Float64Array.from(at, (i) => expected.im[i]!),
          });
          at.forEach((i, j) => {
            expected.re[i] = line.re[j]!;
            expected.im[i] = line.im[j]!;
          });
        }
      }
      expect(distance(fftn(x, shape), expected)).toBeLessThan(2e-14);
      expect(distance(ifftn(fftn(x, shape), shape), x)).toBeLessThan(1e-14);
      const one = fftn(x, shape, { axes: [-1] });
      expect(
        distance(fftn(one, shape, { axes: shape.slice(1).map((_, axis) => axis) }), expected),
      ).toBeLessThan(2e-14);
    },
  );

  test("a plan works in place and gives the same numbers every time", () => {
    const plan = fftPlan([6, 10, 7]);
    const x = noise(420, "plan");
    const once = { re: x.re.slice(), im: x.im.slice() };
    plan.forward(once.re, once.im);
    expect(once).toEqual(fftn(x, [6, 10, 7]));
    plan.inverse(once.re, once.im);
    expect(distance(once, x)).toBeLessThan(1e-14);
    plan.forward(once.re, once.im);
    plan.inverse(once.re, once.im);
    expect(distance(once, x)).toBeLessThan(1e-14);
  });
});

describe("real transforms", () => {
  test.each(lengths)("length %d is the first half of the complex one, and comes back", (n) => {
    const x = noise(n, "real").re;
    const half = rfft(x);
    const whole = fft(x);
    const m = Math.floor(n / 2) + 1;
    expect(distance(half, { re: whole.re.slice(0, m), im: whole.im.slice(0, m) })).toBeLessThan(1e-14);
    expect(distance(real(irfft(half, n)), real(x))).toBeLessThan(1e-14);
  });

  test.each([[[4, 6]], [[5, 7]], [[3, 4, 9]], [[8, 1]], [[10]]])(
    "shape %j agrees with fftn and comes back",
    (shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const n = shape[shape.length - 1]!;
      const m = Math.floor(n / 2) + 1;
      const x = noise(size, "real axes").re;
      const whole = fftn(x, shape);
      const half = rfftn(x, shape);
      const kept = (part: Float64Array): Float64Array => part.filter((_, i) => i % n < m);
      expect(distance(half, { re: kept(whole.re), im: kept(whole.im) })).toBeLessThan(1e-14);
      for (const norm of ["ortho", "forward", "backward"] as const)
        expect(distance(real(irfftn(rfftn(x, shape, { norm }), shape, { norm })), real(x))).toBeLessThan(
          1e-14,
        );
    },
  );

  test("irfft ignores the imaginary parts of frequency 0 and of the last one", () => {
    const x = noise(8, "ignored").re;
    const half = rfft(x);
    half.im[0] = 5;
    half.im[4] = -3;
    expect(distance(real(irfft(half)), real(x))).toBeLessThan(1e-15);
  });
});

describe("cosine and sine transforms", () => {
  const sums = {
    dct: {
      1: (x: Float64Array, k: number, n: number) =>
        x.reduce(
          (t, v, j) => t + v * Math.cos((Math.PI * k * j) / (n - 1)) * (j === 0 || j === n - 1 ? 1 : 2),
          0,
        ),
      2: (x: Float64Array, k: number, n: number) =>
        x.reduce((t, v, j) => t + 2 * v * Math.cos((Math.PI * k * (2 * j + 1)) / (2 * n)), 0),
      3: (x: Float64Array, k: number, n: number) =>
        x.reduce((t, v, j) => t + v * Math.cos((Math.PI * (2 * k + 1) * j) / (2 * n)) * (j === 0 ? 1 : 2), 0),
    },
    dst: {
      1: (x: Float64Array, k: number, n: number) =>
        x.reduce((t, v, j) => t + 2 * v * Math.sin((Math.PI * (k + 1) * (j + 1)) / (n + 1)), 0),
      2: (x: Float64Array, k: number, n: number) =>
        x.reduce((t, v, j) => t + 2 * v * Math.sin((Math.PI * (k + 1) * (2 * j + 1)) / (2 * n)), 0),
      3: (x: Float64Array, k: number, n: number) =>
        x.reduce(
          (t, v, j) => t + v * Math.sin((Math.PI * (2 * k + 1) * (j + 1)) / (2 * n)) * (j === n - 1 ? 1 : 2),
          0,
        ),
    },
  };
  const cases = [1, 2, 3].flatMap((type) =>
    [2, 3, 4, 5, 8, 17, 30, 64].flatMap((n) => [
      ["dct", type as 1 | 2 | 3, n] as const,
      ["dst", type as 1 | 2 | 3, n] as const,
    ]),
  );
  test.each(cases)(
    "%s of type %d and length %d is its sum, its inverse undoes it, ortho is orthogonal",
    (name, type, n) => {
      const x = noise(n, "trigonometric").re;
      const [forward, inverse] = name === "dct" ? [dct, idct] : [dst, idst];
      const expected = x.map((_, k) => sums[name][type](x, k, n));
      expect(distance(real(forward(x, { type })), real(expected))).toBeLessThan(1e-14);
      expect(distance(real(inverse(forward(x, { type }), { type })), real(x))).toBeLessThan(1e-14);
      const ortho = forward(x, { type, norm: "ortho" });
      expect(Math.hypot(...ortho) / Math.hypot(...x)).toBeCloseTo(1, 13);
      expect(distance(real(inverse(ortho, { type, norm: "ortho" })), real(x))).toBeLessThan(1e-14);
    },
  );

  test("shapes are one axis after another", () => {
    const shape = [3, 4, 5];
    const x = noise(60, "dctn").re;
    const stepwise = [0, 1, 2].reduce((y, axis) => dct(y, { shape, axes: [axis] }), x);
    expect(distance(real(dct(x, { shape })), real(stepwise))).toBeLessThan(1e-15);
    expect(distance(real(idst(dst(x, { shape, type: 1 }), { shape, type: 1 })), real(x))).toBeLessThan(1e-14);
  });

  test("orthonormal type 2 of length 1 is the number itself", () => {
    expect([...dct(Float64Array.of(3), { norm: "ortho" })]).toEqual([expect.closeTo(3, 14)]);
  });
});

test("convolution agrees with the sum in every mode", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (m, n) => {
      const a = noise(m, "left").re;
      const b = noise(n, "right").re;
      const full = new Float64Array(m + n - 1);
      for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) full[i + j]! += a[i]! * b[j]!;
      const start = Math.floor((n - 1) / 2);
      expect(distance(real(fftConvolve(a, b)), real(full))).toBeLessThan(1e-13);
      const scale = Math.hypot(...full);
      const near = (x: Float64Array, y: Float64Array): void => {
        expect(x.length).toBe(y.length);
        x.forEach((value, i) => {
          expect(Math.abs(value - y[i]!)).toBeLessThan(1e-14 * scale);
        });
      };
      near(fftConvolve(a, b, "same"), full.slice(start, start + m));
      near(fftConvolve(a, b, "valid"), full.slice(Math.min(m, n) - 1, Math.max(m, n)));
    }),
  );
});

test("frequencies and shifts are numpy's", () => {
  expect([...fftFrequencies(5, 0.1)]).toEqual([0, 2, 4, -4, -2]);
  expect([...fftFrequencies(4)]).toEqual([0, 0.25, -0.5, -0.25]);
  expect([...rfftFrequencies(5)]).toEqual([0, 0.2, 0.4]);
  expect([...fftShift(Float64Array.of(0, 1, 2, -2, -1))]).toEqual([-2, -1, 0, 1, 2]);
  const x = noise(30, "shift").re;
  expect(ifftShift(fftShift(x, [5, 6]), [5, 6])).toEqual(x);
  expect(ifftShift(fftShift(x, [5, 6], [-1]), [5, 6], [1])).toEqual(x);
});

test("the next fast length is the smallest product of 2, 3 and 5", () => {
  const smooth = (n: number): boolean => {
    let rest = n;
    for (const p of [2, 3, 5]) while (rest % p === 0) rest /= p;
    return rest === 1;
  };
  for (let n = 1; n < 2000; n++) {
    let expected = n;
    while (!smooth(expected)) expected++;
    expect(nextFastLength(n)).toBe(expected);
  }
});

test("hostile input is refused by name", () => {
  const x = new Float64Array(4);
  expect(() => fft(new Float64Array(0))).toThrow(/^x: /);
  expect(() => fft([1, 2] as never)).toThrow(/^x: /);
  expect(() => fft({ re: x, im: new Float64Array(3) })).toThrow(/^x.im: expected 4 elements, got 3/);
  expect(() => fft({ re: x, im: x })).toThrow(/^x.im: /);
  expect(() => fftn(x, [2, 3])).toThrow(/^x: expected 6 elements/);
  expect(() => fftn(x, [2, 2], { axes: [2] })).toThrow(/^options.axes: /);
  expect(() => fftn(x, [2, 2], { axes: [0, -2] })).toThrow(/^options.axes: /);
  expect(() => fftn(x, [4, 0])).toThrow(/^shape: /);
  expect(() => fft(x, { norm: "none" as never })).toThrow(/^options.norm: /);
  expect(() => fft(x, { nrom: "ortho" } as never)).toThrow(/^options.nrom: /);
  expect(() => rfftn(x, [2, 2], { axes: [0] })).toThrow(/^options.axes: /);
  expect(() => dct(x, { type: 4 as never })).toThrow(/^options.type: /);
  expect(() => dct(Float64Array.of(1), { type: 1 })).toThrow(/^options.type: /);
  expect(() => fftPlan(0)).toThrow(/^shape: /);
  expect(() => fftPlan(4).forward(x, new Float64Array(5))).toThrow(/^im: /);
});

test.runIf(hasScipy)("numpy and scipy give the same numbers", () => {
  const shape = [6, 7, 10];
  const x = noise(420, "peer");
  const program = `
import scipy.fft as sf
x = (np.array(data["re"]) + 1j * np.array(data["im"])).reshape(data["shape"]); r = x.real
pair = lambda z: [z.real.ravel(), z.imag.ravel()]
answer = [pair(np.fft.fftn(x)), pair(np.fft.ifftn(x, axes=(0, 2))), pair(np.fft.rfftn(r, norm="ortho")),
  pair(sf.dctn(r, type=3) + 0j), pair(sf.idctn(r, type=2, axes=(1,)) + 0j), pair(sf.dctn(r, type=2, norm="ortho") + 0j),
  pair(sf.dstn(r, type=2) + 0j), pair(sf.idstn(r, type=3) + 0j), pair(sf.dctn(r, type=1, norm="ortho") + 0j)]`;
  const peers = scipy(program, { shape, re: [...x.re], im: [...x.im] }) as [number[], number[]][];
  const ours: ComplexArray[] = [
    fftn(x, shape),
    ifftn(x, shape, { axes: [0, 2] }),
    rfftn(x.re, shape, { norm: "ortho" }),
    real(dct(x.re, { shape, type: 3 })),
    real(idct(x.re, { shape, axes: [1] })),
    real(dct(x.re, { shape, norm: "ortho" })),
    real(dst(x.re, { shape })),
    real(idst(x.re, { shape, type: 3 })),
    real(dct(x.re, { shape, type: 1, norm: "ortho" })),
  ];
  peers.forEach(([re, im], index) => {
    expect(
      distance(ours[index]!, { re: Float64Array.from(re), im: Float64Array.from(im) }),
      `${index}`,
    ).toBeLessThan(1e-14);
  });
});
