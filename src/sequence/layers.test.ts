import { type NdArray, zeros } from "ockham/array";
import { randomStream } from "ockham/random";
import {
  convolutionKernel,
  diagonalKernel,
  diagonalScan,
  initS4Layer,
  initS5Layer,
  longConvolution,
  type StateModes,
  s4Kernel,
  s4Layer,
  s4Step,
  s5Layer,
  s5Step,
  stateInits,
  stateModes,
} from "ockham/sequence";
import { type Complex, compile, type Tensor, toOnnx, valueAndGrad } from "ockham/tensor";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, test } from "vitest";

function normals(shape: readonly number[], label: string, dtype: "float32" | "float64" = "float32"): NdArray {
  const array = zeros(shape, dtype);
  randomStream(7, label).fillNormal(array.data as Float64Array);
  return array;
}

const numbers = (array: NdArray): Float64Array => Float64Array.from(array.data as Float64Array);

/** Largest difference over the largest value. */
function difference(a: NdArray, b: ArrayLike<number>): number {
  expect(a.data.length).toBe(b.length);
  const [x, y] = [numbers(a), Float64Array.from(b)];
  return Math.max(...x.map((value, i) => Math.abs(value - y[i]!))) / Math.max(...y.map(Math.abs));
}

/** Direct sum, in double precision. */
function convolved(x: NdArray, kernel: NdArray): Float64Array {
  const [n, channels, length] = x.shape as [number, number, number];
  const y = new Float64Array(n * channels * length);
  for (let row = 0; row < n * channels; row++)
    for (let t = 0; t < length; t++)
      for (let s = 0; s <= t; s++)
        y[row * length + t]! +=
          (kernel.data[(row % channels) * length + s] as number) * (x.data[row * length + t - s] as number);
  return y;
}

describe.each(["toeplitz", "monarch", "fft"] as const)("long convolution (%s)", (method) => {
  test.each([1, 2, 7, 100])("of length %d is the direct sum", async (length) => {
    const [x, kernel] = [normals([2, 3, length], "x", "float64"), normals([3, length], "k", "float64")];
    const y = await compile((a: Tensor, b: Tensor) => longConvolution(a, b, { method }))(x, kernel);
    expect(difference(y, convolved(x, kernel))).toBeLessThan(1e-12);
  });

  test("does not let the future into the past", async () => {
    const f = compile((a: Tensor, b: Tensor) => longConvolution(a, b, { method }));
    const [x, kernel] = [normals([1, 2, 61], "x"), normals([2, 61], "k")];
    const before = numbers(await f(x, kernel));
    const changed = {
      ...x,
      data: (x.data as Float32Array).map((value, i) => value + (i % 61 >= 40 ? 1e3 : 0)),
    };
    const after = numbers(await f(changed, kernel));
    for (let c = 0; c < 2; c++)
      for (let t = 0; t < 40; t++)
        expect(Math.abs(after[c * 61 + t]! - before[c * 61 + t]!)).toBeLessThan(
          method === "toeplitz" ? 1e-6 : 2e-2,
        );
    expect(Math.abs(after[60]! - before[60]!)).toBeGreaterThan(1);
  });
});

test("kernels by blocks are sums of powers, also where phases make thousands of turns", async () => {
  const rate = { re: normals([2, 3], "r", "float64"), im: normals([2, 3], "i", "float64") };
  const decaying = { ...rate.re, data: numbers(rate.re).map((value) => -0.01 * Math.abs(value)) } as NdArray;
  const fast = { ...rate.im, data: numbers(rate.im).map((value) => 300 * value) } as NdArray;
  const weight = { re: normals([2, 3], "wr", "float64"), im: normals([2, 3], "wi", "float64") };
  const length = 90;
  const f = compile((r: Complex, w: Complex) => diagonalKernel(r, w, length));
  const kernel = await f({ re: decaying, im: fast }, weight);
  const expected = new Float64Array(2 * length);
  for (let h = 0; h < 2; h++)
    for (let l = 0; l < length; l++)
      for (let n = 3 * h; n < 3 * h + 3; n++) {
        const angle = (l * (fast.data[n] as number)) % (2 * Math.PI);
        const size = Math.exp(l * (decaying.data[n] as number));
        const [re, im] = [weight.re.data[n] as number, weight.im.data[n] as number];
        expected[h * length + l]! += size * (re * Math.cos(angle) - im * Math.sin(angle));
      }
  expect(difference(kernel, expected)).toBeLessThan(1e-10);
});

test.each([1, 5, 32, 33, 100, 1100])("a parallel scan of %d steps is the recurrence", async (steps) => {
  const rate = {
    re: { dtype: "float64" as const, shape: [2], data: Float64Array.of(-0.02, -0.5) },
    im: { dtype: "float64" as const, shape: [2], data: Float64Array.of(2.5, -0.3) },
  };
  const terms = { re: normals([2, steps, 2], "a", "float64"), im: normals([2, steps, 2], "b", "float64") };
  const states = await compile((r: Complex, t: Complex) => diagonalScan(r, t))(rate, terms);
  let worst = 0;
  for (let p = 0; p < 2; p++)
    for (let batch = 0; batch < 2; batch++) {
      const size = Math.exp(rate.re.data[p]!);
      const [c, s] = [size * Math.cos(rate.im.data[p]!), size * Math.sin(rate.im.data[p]!)];
      let [x, y] = [0, 0];
      for (let l = 0; l < steps; l++) {
        const at = (p * steps + l) * 2 + batch;
        [x, y] = [
          x * c - y * s + (terms.re.data[at] as number),
          x * s + y * c + (terms.im.data[at] as number),
        ];
        worst = Math.max(
          worst,
          Math.abs(x - (states.re.data[at] as number)),
          Math.abs(y - (states.im.data[at] as number)),
        );
      }
    }
  expect(worst).toBeLessThan(1e-10);
});

describe.each(stateInits)("layers that start from %s", (init) => {
  let modes: StateModes;
  beforeAll(async () => {
    modes = await stateModes({ stateSize: 16, init, ptd: { steps: 200 } });
  });

  test("keep the modes of a real stable system", () => {
    expect(modes.multiplicity.reduce((a, b) => a + b)).toBe(16);
    for (const [j, im] of modes.eigenvalues.im.entries()) {
      expect(im).toBeGreaterThanOrEqual(0);
      expect(modes.eigenvalues.re[j]).toBeLessThan(0);
    }
  });

  test.each(["zoh", "bilinear"] as const)("have the kernel of their system (%s)", async (discretization) => {
    const params = initS4Layer(randomStream(1), 2, modes);
    const kernel = await compile((_: Tensor) => s4Kernel(params, 60, { discretization }))(zeros([1]));
    for (let h = 0; h < 2; h++) {
      const m = modes.multiplicity.length;
      const row = (array: NdArray): Float64Array => numbers(array).subarray(h * m, (h + 1) * m);
      const expected = convolutionKernel(
        {
          eigenvalues: { re: row(params.logDecay).map((x) => -Math.exp(x)), im: row(params.frequency) },
          b: { re: row(params.input.re), im: row(params.input.im) },
          c: { re: row(params.output.re), im: row(params.output.im) },
        },
        { step: Math.exp(params.logStep.data[h] as number), length: 60, discretization },
      );
      const own = {
        ...kernel,
        data: (kernel.data as Float32Array).subarray(h * 60, (h + 1) * 60),
      } as NdArray;
      expect(difference(own, expected)).toBeLessThan(1e-4);
    }
  });

  test.each(["zoh", "bilinear"] as const)(
    "step by step give what they give at once (%s)",
    async (discretization) => {
      const [n, length, h] = [2, 40, 3];
      const u = normals([n, length, h], "u");
      const m = modes.multiplicity.length;
      const s4 = initS4Layer(randomStream(2), h, modes);
      const s5 = initS5Layer(randomStream(2), h, modes, { blocks: 2 });
      const options = { discretization };
      const cases = [
        {
          whole: await compile((x: Tensor) => s4Layer(s4, x, options))(u),
          step: compile((state: Complex, x: Tensor) => s4Step(s4, state, x, options)),
          shape: [n, h, m],
        },
        {
          whole: await compile((x: Tensor) => s5Layer(s5, x, options))(u),
          step: compile((state: Complex, x: Tensor) => s5Step(s5, state, x, options)),
          shape: [n, 2 * m],
        },
      ];
      for (const { whole, step, shape } of cases) {
        let state: Complex<NdArray> = { re: zeros(shape, "float32"), im: zeros(shape, "float32") };
        const expected = new Float32Array(n * length * h);
        for (let l = 0; l < length; l++) {
          const x = zeros([n, h], "float32");
          for (let i = 0; i < n; i++)
            x.data.set(
              (u.data as Float32Array).subarray((i * length + l) * h, (i * length + l + 1) * h),
              i * h,
            );
          const next = await step(state, x);
          ({ state } = next);
          for (let i = 0; i < n; i++)
            expected.set((next.y.data as Float32Array).subarray(i * h, (i + 1) * h), (i * length + l) * h);
        }
        expect(difference(whole, expected)).toBeLessThan(1e-5);
      }
    },
  );
});

test("bidirectional layers hear the end at the start", async () => {
  const modes = await stateModes({ stateSize: 4, init: "s4d-lin" });
  for (const bidirectional of [false, true]) {
    const s4 = initS4Layer(randomStream(3), 2, modes, { bidirectional });
    const s5 = initS5Layer(randomStream(3), 2, modes, { bidirectional });
    const u = zeros([1, 20, 2], "float32");
    u.data[39] = 1;
    for (const y of [
      await compile((x: Tensor) => s4Layer(s4, x))(u),
      await compile((x: Tensor) => s5Layer(s5, x))(u),
    ]) {
      const first = Math.abs(y.data[1] as number);
      if (bidirectional) expect(first).toBeGreaterThan(1e-4);
      else expect(first).toBeLessThan(1e-6);
    }
  }
});

test("every parameter of a layer has a gradient", async () => {
  const modes = await stateModes({ stateSize: 8, init: "ptd", ptd: { steps: 100 } });
  const params = initS4Layer(randomStream(4), 2, modes, { dtMin: 0.05 });
  const u = normals([2, 30, 2], "u");
  const [, gradients] = await compile((own: typeof params, x: Tensor) =>
    valueAndGrad((p: typeof params) => s4Layer(p, x).square().sum())(own),
  )(params as never, u);
  const norms = JSON.parse(
    JSON.stringify(gradients, (_, value) =>
      value?.data instanceof Float32Array ? Math.hypot(...value.data) : value,
    ),
  );
  for (const value of [
    norms.logDecay,
    norms.frequency,
    norms.input.re,
    norms.output.im,
    norms.logStep,
    norms.skip,
  ])
    expect(value).toBeGreaterThan(0);
});

test("an exported layer gives the same in plain ONNX Runtime", async () => {
  const modes = await stateModes({ stateSize: 8, init: "ptd", ptd: { steps: 100 } });
  const params = initS5Layer(randomStream(5), 3, modes);
  const u = normals([2, 25, 3], "u");
  const network = (x: Tensor) => s5Layer(params, x);
  const own = await compile(network)(u);
  const session = await ort.InferenceSession.create(toOnnx(network, [u], { inputs: ["u"] }));
  const { output } = await session.run({ u: new ort.Tensor("float32", u.data as Float32Array, u.shape) });
  expect(difference(own, output!.data as Float32Array)).toBeLessThan(1e-6);
  await session.release();
});

test("shapes that do not fit are refused by name", async () => {
  const modes = await stateModes({ stateSize: 4, init: "s4d-lin" });
  const params = initS4Layer(randomStream(3), 2, modes);
  await expect(compile((x: Tensor) => s4Layer(params, x))(zeros([1, 5, 3], "float32"))).rejects.toThrow(
    "expected [n, length, 2], got [1,5,3]",
  );
  await expect(stateModes({ stateSize: 5, init: "s4d-lin" })).rejects.toThrow("options.stateSize");
  await expect(compile((x: Tensor) => longConvolution(x, x))(zeros([1, 5, 3], "float32"))).rejects.toThrow(
    "expected [channels, length]",
  );
});
