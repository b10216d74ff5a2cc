import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { agreement } from "../../../test/programs/backend-agreement.ts";
import { fromNested, type NdArray, toNested } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { randomStream } from "../random/index.ts";
import {
  checkpoint,
  compile,
  customGradient,
  fft,
  foldIn,
  grad,
  gradients,
  jacobian,
  mapTree,
  maxPool,
  nmMask,
  randomNormal,
  randomUniform,
  rfft,
  scatterAdd,
  stopGradient,
  straightThrough,
  type Tensor,
  toOnnx,
  topKMask,
  toTensor,
  valueAndGrad,
  vmap,
} from "./index.ts";

const vector = (...values: number[]) => fromNested(values);
const float32 = (shape: readonly number[], value: (i: number) => number): NdArray<"float32"> => ({
  dtype: "float32",
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
});
const int32 = (...values: number[]): NdArray<"int32"> => ({
  dtype: "int32",
  shape: [values.length],
  data: Int32Array.from(values),
});

/** Message of the error that a trace ends with. */
async function refusal(f: (x: Tensor) => unknown, x: NdArray): Promise<string> {
  const error: unknown = await compile(f)(x).then(
    () => undefined,
    (problem: unknown) => problem,
  );
  expect(error).toBeInstanceOf(InvalidInputError);
  return (error as Error).message;
}

describe("compile", () => {
  test("hands trees of arrays and numbers through, and everything else as part of the structure", async () => {
    const f = compile((p: { w: Tensor; k: Tensor }, xs: [Tensor, Tensor], mode: string) => ({
      y: mode === "sum" ? xs[0].add(xs[1]).mul(p.w) : xs[0],
      untouched: p.w,
      k: p.k.add(1),
      text: mode,
      list: [xs[1]],
    }));
    const x = vector(1, 2);
    const result = await f({ w: vector(3, 4), k: 5 }, [x, vector(5, 6)], "sum");
    expect(toNested(result.y)).toEqual([18, 32]);
    expect(toNested(result.untouched)).toEqual([3, 4]);
    expect(toNested(result.k)).toEqual(6);
    expect(result.text).toBe("sum");
    expect(result.list).toHaveLength(1);
    expect((await f({ w: vector(3, 4), k: 5 }, [x, x], "first")).y).toBe(x);
    expect(f.traces).toBe(2);
  });

  test("traces again only for another structure, shape or element type", async () => {
    const f = compile((x: Tensor, k: Tensor) => x.mul(k));
    await f(vector(1, 2), 2);
    await f(vector(3, 4), 7);
    await f(vector(3, 4), fromNested(7));
    expect(f.traces).toBe(1);
    await f(vector(1, 2, 3), 2);
    await f(
      float32([2], () => 1),
      2,
    );
    expect(f.traces).toBe(3);
  });

  test("a number takes the element type of what it meets, so a state stays in single precision", async () => {
    const f = compile((w: Tensor, rate: Tensor) => w.sub(w.mul(rate)));
    const w = await f(
      float32([], () => 2),
      0.25,
    );
    expect(w).toEqual({ dtype: "float32", shape: [], data: Float32Array.of(1.5) });
  });

  test("concurrent first calls share one trace", async () => {
    const f = compile((x: Tensor) => x.exp().sum());
    await Promise.all([f(vector(1)), f(vector(2)), f(vector(3))]);
    expect(f.traces).toBe(1);
  });

  test("a donated state lives in buffers that take turns and never alias what is fed", async () => {
    const f = compile(
      (state: { n: Tensor }, x: Tensor) => ({ state: { n: state.n.add(x) }, twice: x.mul(2) }),
      {
        donate: ["state"],
      },
    );
    const start = { n: vector(0, 0) };
    let { state, twice } = await f(start, vector(1, 2));
    const first = twice;
    const seen = new Set([state.n.data]);
    for (let i = 2; i <= 50; i++) {
      ({ state, twice } = await f(state, vector(1, 2)));
      seen.add(state.n.data);
    }
    expect(toNested(state.n)).toEqual([50, 100]);
    expect(seen.size).toBe(2);
    expect(toNested(start.n)).toEqual([0, 0]);
    expect(toNested(first)).toEqual([2, 4]);
    await expect(compile((x: Tensor) => ({ y: x.exp() }), { donate: ["z"] })(vector(1))).rejects.toThrow(
      'the result has no key "z"',
    );
  });

  test("donated results of one state, one after another or at once, do not overwrite each other", async () => {
    const f = compile((n: Tensor, x: Tensor) => ({ n: n.add(x) }), { donate: ["n"] });
    const start = vector(0);
    const [a, b] = [await f(start, 1), await f(start, 2)];
    expect([a, b].map(({ n }) => toNested(n))).toEqual([[1], [2]]);
    const overlapping = await Promise.all([3, 4, 5, 6, 7].map((x) => f(start, x)));
    expect(overlapping.map(({ n }) => toNested(n))).toEqual([[3], [4], [5], [6], [7]]);
    await f.dispose();
  });

  test("donated leaves may be shared, handed through or change places", async () => {
    const f = compile(
      ({ a, b, c }: Record<"a" | "b" | "c", Tensor>) => {
        const next = a.add(1);
        return { state: { a: b, b: next, c, d: next } };
      },
      { donate: ["state"] },
    );
    let state: Record<string, NdArray> = { a: vector(0), b: vector(10), c: vector(7) };
    for (let i = 0; i < 7; i++) ({ state } = await f(state as Record<"a" | "b" | "c", NdArray>));
    const { a, b, c, d } = state;
    expect([a, b, c, d].map((leaf) => toNested(leaf!))).toEqual([[13], [4], [7], [4]]);
    await f.dispose();
  });

  test("disposes of its graphs when the calls under way are done, and then refuses calls", async () => {
    const f = compile((x: Tensor) => x.exp());
    await f(vector(1));
    const last = f(vector(0));
    await Promise.all([f.dispose(), f.dispose()]);
    expect(toNested(await last)).toEqual([1]);
    await expect(f(vector(1))).rejects.toThrow("after dispose()");
  });

  test("a trace that fails leaves nothing behind", async () => {
    let broken = true;
    const f = compile((x: Tensor) => {
      if (broken) throw new Error("broken");
      return x.exp();
    });
    await expect(Promise.all([f(vector(0)), f(vector(0))])).rejects.toThrow("broken");
    expect(f.traces).toBe(0);
    broken = false;
    expect(toNested(await f(vector(0)))).toEqual([1]);
    await f.dispose();
  });

  test("constants, merged and dead work leave the graph", async () => {
    const bytes = toOnnx(
      (x: Tensor) => {
        x.sin().matmul(x.cos().transpose());
        const y = x.mul(1).add(0).reshape([4]).reshape([2, 2]).transpose().transpose();
        return y.exp().add(y.exp());
      },
      [
        fromNested([
          [1, 2],
          [3, 4],
        ]),
      ],
    );
    const text = new TextDecoder("latin1").decode(bytes);
    for (const gone of ["Sin", "Cos", "MatMul", "Mul", "Reshape", "Transpose"])
      expect(text).not.toContain(gone);
    expect(text.split("Exp").length).toBe(2);
  });

  test("refuses what is not a tree of arrays, and arrays that lie about their size", async () => {
    const f = compile((x: Tensor) => x.exp());
    await expect(f(new Date() as unknown as NdArray)).rejects.toThrow("got Date");
    await expect(f({ dtype: "float64", shape: [3], data: new Float64Array(2) })).rejects.toThrow(
      "float64[3] holds 2 elements",
    );
    await f(vector(1, 2, 3));
    await expect(f({ dtype: "float64", shape: [3], data: new Float64Array(2) })).rejects.toThrow(
      "float64[3] holds 2 elements",
    );
    expect(() => compile((x: Tensor) => x, { threads: 0 })).toThrow("options.threads");
    expect(() => compile((x: Tensor) => x, { thread: 1 } as object)).toThrow(
      "options.thread: unknown option",
    );
  });
});

describe("refusals name both shapes and the caller's line", () => {
  const x = fromNested([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  test.each([
    [
      "inner extents",
      (x: Tensor) => x.matmul(x),
      "matmul: inner extents differ: float64[2, 3] times float64[2, 3]",
    ],
    ["broadcasting", (x: Tensor) => x.add(x.transpose()), "add: shapes [2, 3] and [3, 2] do not broadcast"],
    [
      "element types",
      (x: Tensor) => x.add(x.cast("int32")),
      "add: element types differ: float64[2, 3] and int32[2, 3]",
    ],
    [
      "half precision",
      (x: Tensor) => x.cast("float16").exp(),
      "exp: expected float32 or float64, got float16[2, 3]",
    ],
    ["reshaping", (x: Tensor) => x.reshape([4, 2]), "reshape: float64[2, 3] has 6 elements, [4, 2] 8"],
    ["axes", (x: Tensor) => x.sum(2), "sum: axis 2 is outside a tensor of 2 axes"],
    [
      "joining",
      (x: Tensor) => x.concat([x.transpose()]),
      "concat: float64[2, 3] and float64[3, 2] do not join along axis 0",
    ],
    [
      "fractions for whole numbers",
      (x: Tensor) => x.cast("int64").add(0.5),
      "the number 0.5 does not fit element type int64",
    ],
    [
      "means of whole numbers",
      (x: Tensor) => x.cast("int32").mean(),
      "mean: expected floats, got int32[2, 3]",
    ],
    [
      "sums of half precision",
      (x: Tensor) => scatterAdd(toTensor(int32(0, 0)), x.cast("float16"), 4),
      "scatterAdd: expected numbers to compute with, got float16[2, 3]",
    ],
    [
      "tensors beyond all memory",
      (x: Tensor) => x.expandDims(0).broadcastTo([1e9, 2, 3]),
      "broadcast: float64[1, 2, 3] would give the shape [1000000000, 2, 3]",
    ],
    ["fractions of places", (x: Tensor) => x.slice([0.5, 1]), "slice: expected whole numbers for axis 0"],
    [
      "gradients of vectors",
      (x: Tensor) => grad((y: Tensor) => y.exp())(x),
      "expected a function to a floating-point scalar",
    ],
  ])("%s", async (_, f, message) => {
    const text = await refusal(f, x);
    expect(text).toContain(message);
    expect(text).toMatch(/\(at .*compile\.test\.ts:\d+:\d+\)$/);
  });

  test("a tensor that outlived its trace", async () => {
    let leaked: Tensor | undefined;
    await compile((x: Tensor) => {
      leaked = x.exp();
      return leaked;
    })(x);
    expect(await refusal((y: Tensor) => y.add(leaked!), x)).toContain("belongs to another trace");
  });
});

describe("derivatives compose", () => {
  test("an inner derivative in a point equal to the outer one is not confused with it", async () => {
    // d/dx [x d/dy (x + y) at y = x] = d/dx x = 1
    const f = compile((x: Tensor) => grad((x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(x)))(x));
    expect(toNested(await f(3))).toBe(1);
  });

  test("five derivatives of sine come back to cosine", async () => {
    let f: (x: Tensor) => Tensor = (x) => x.sin();
    for (let i = 0; i < 5; i++) f = grad(f);
    expect(toNested(await compile(f)(0.3))).toBeCloseTo(Math.cos(0.3), 12);
  });

  test("the Hessian is the Jacobian of the gradient, and symmetric", async () => {
    const f = (x: Tensor) => x.pow(3).sum().mul(x.slice(0)).add(x.sin().prod());
    const h = toNested(await compile((x: Tensor) => jacobian(grad(f))(x))(vector(0.5, -1, 2))) as number[][];
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) expect(h[i]![j]).toBeCloseTo(h[j]![i]!, 12);
  });

  test("per-sample gradients are the rows of a batch of gradients", async () => {
    const loss = (w: Tensor, x: Tensor) => x.matmul(w).tanh().square().sum();
    const f = compile((w: Tensor, xs: Tensor) => ({
      rows: vmap((x: Tensor) => grad(loss)(w, x))(xs),
      total: grad(loss)(w, xs),
      shared: vmap(grad(loss), { axes: [null, 0] })(w, xs),
    }));
    const { rows, total, shared } = await f(
      fromNested([
        [1, 2],
        [0, -1],
      ]),
      fromNested([
        [1, 2],
        [0.5, 1],
        [2, -1],
      ]),
    );
    expect(rows.shape).toEqual([3, 2, 2]);
    expect(toNested(shared)).toEqual(toNested(rows));
    const sum = [0, 1, 2, 3].map((i) => [0, 4, 8].reduce((s, at) => s + Number(rows.data[at + i]), 0));
    for (const [i, value] of sum.entries()) expect(value).toBeCloseTo(Number(total.data[i]), 12);
  });

  test("values handed through, stopped gradients, and gradients of intermediate results", async () => {
    const f = compile((p: { w: Tensor; b: Tensor }, x: Tensor) => {
      const [[loss, more], g] = valueAndGrad((q: typeof p) => {
        const y = x.mul(q.w).add(stopGradient(q).b);
        return [y.square().sum(), { y, gy: gradients(y.square().sum(), [y])[0]! }] as const;
      })(p);
      return { loss, more, g };
    });
    const { more, g } = await f({ w: vector(2), b: vector(1) }, vector(3));
    expect(toNested(more.y)).toEqual([7]);
    expect(toNested(more.gy)).toEqual([14]);
    expect(toNested(g.w)).toEqual([42]);
    expect(toNested(g.b)).toEqual([0]);
  });

  test("custom gradients replace the chain rule, also in a batch", async () => {
    const clipped = customGradient(
      (x: Tensor) => x.mul(x),
      (g: Tensor, _, x: Tensor) => [g.mul(x.clamp(-1, 1))],
    );
    const f = compile((x: Tensor) => ({
      g: grad((x: Tensor) => clipped(x).sum())(x),
      batch: grad((x: Tensor) => vmap(clipped)(x).sum())(x),
    }));
    const { g, batch } = await f(vector(0.5, 3));
    expect(toNested(g)).toEqual([0.5, 1]);
    expect(toNested(batch)).toEqual([0.5, 1]);
  });

  test("straight-through masks keep the value of the mask and the gradient of the weight", async () => {
    const f = compile((w: Tensor) => {
      const [value, g] = valueAndGrad((w: Tensor) => straightThrough(w, w.mul(nmMask(w.abs(), 2, 4))).sum())(
        w,
      );
      return { value, g, top: topKMask(w, 3), ties: nmMask(w.zerosLike(), 1, 4) };
    });
    const { value, g, top, ties } = await f(vector(1, -4, 3, 2, 5, 6, 7, -8));
    expect(toNested(value)).toBe(-4 + 3 + 7 - 8);
    expect(toNested(g)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(toNested(top)).toEqual([0, 0, 0, 0, 1, 1, 1, 0]);
    expect(toNested(ties)).toEqual([0, 0, 0, 1, 0, 0, 0, 1]);
  });

  test("checkpoints change no value and no gradient, to second order", async () => {
    const block = (x: Tensor, w: Tensor) => x.matmul(w).tanh().mul(x);
    const f = (wrap: typeof block) => (w: Tensor, x: Tensor) => wrap(wrap(x, w), w).sum();
    const both = (wrap: typeof block) => (w: Tensor, x: Tensor) => {
      const [value, g] = valueAndGrad(f(wrap))(w, x);
      return [value, g, grad((w: Tensor) => grad(f(wrap))(w, x).square().sum())(w)];
    };
    const run = compile((w: Tensor, x: Tensor) => [both(block)(w, x), both(checkpoint(block))(w, x)]);
    const [plain, again] = await run(
      fromNested([
        [0.3, -0.5],
        [0.2, 0.4],
      ]),
      fromNested([
        [1, 2],
        [3, -1],
      ]),
    );
    for (const [i, left] of plain!.entries())
      for (const [j, value] of left.data.entries()) expect(again![i]!.data[j]).toBeCloseTo(Number(value), 12);
  });
});

test("checkpoint lowers the peak of memory by more than a third", async () => {
  const program = fileURLToPath(new URL("../../../test/programs/checkpoint-memory.ts", import.meta.url));
  const peak = async (mode: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--conditions=ockham-source",
      program,
      mode,
    ]);
    return Number(stdout);
  };
  const [plain, checkpointed] = [await peak("plain"), await peak("checkpoint")];
  expect(checkpointed).toBeLessThan(plain * 0.65);
}, 60_000);

describe("scatter-add", () => {
  const shapes = [
    { name: "few rows hit by all updates", rows: 2, count: 30_000, width: 32 },
    { name: "embedding of a small vocabulary", rows: 96, count: 2048, width: 256 },
    { name: "more updates than one safe call holds", rows: 1000, count: 200_000, width: 4 },
    { name: "rows wider than one safe call", rows: 3, count: 8, width: 70_000 },
    { name: "scalars", rows: 5, count: 300_000, width: 1 },
  ];
  test.each(shapes)(
    "gives one result and the right sum in 20 repeats on 2 threads: $name",
    async ({ rows, count, width }) => {
      const stream = randomStream(3, "scatter");
      const ids = Int32Array.from({ length: count }, () =>
        Math.min(rows - 1, Math.floor(rows * stream.uniform() ** 3)),
      );
      // Whole numbers: every order of summation gives the same, exact sum.
      const updates = float32([count, width], () => Math.floor(8 * stream.uniform()) - 3);
      const expected = new Float64Array(rows * width);
      for (let i = 0; i < count; i++)
        for (let j = 0; j < width; j++) expected[ids[i]! * width + j]! += updates.data[i * width + j]!;
      const f = compile((ids: Tensor, x: Tensor) => scatterAdd(ids, x, rows), { threads: 2 });
      const indices = { dtype: "int32" as const, shape: [count], data: ids };
      for (let repeat = 0; repeat < 20; repeat++) {
        const sums = await f(indices, updates);
        expect(sums.shape).toEqual([rows, width]);
        expect((sums.data as Float32Array).every((value, i) => value === expected[i])).toBe(true);
      }
      await f.dispose();
    },
    60_000,
  );

  test("beyond the longest chain it sorts, with the same sums", async () => {
    const [rows, count] = [50, 310];
    const width = 60_000;
    const ids = int32(...Array.from({ length: count }, (_, i) => (i * i) % rows));
    const f = compile((ids: Tensor) =>
      scatterAdd(ids, ids.cast("float32").expandDims(1).broadcastTo([count, width]), rows).slice([], [0, 2]),
    );
    const sums = await f(ids);
    const expected = new Float64Array(rows);
    for (const id of ids.data) expected[id]! += id;
    for (let r = 0; r < rows; r++) expect(sums.data[2 * r]).toBe(expected[r]);
    await f.dispose();
  });
});

describe("known answers", () => {
  const points = vector(-5, -2.5, -1.3, -0.9, -0.5, -1e-9, 0, 1e-9, 0.3, 0.8, 1, 1.24, 1.26, 2.7, 3, 5);
  test("functions that ONNX Runtime lacks in double precision agree with Math to 4e-15", async () => {
    const names = ["tan", "atan", "sinh", "cosh", "asinh", "expm1"] as const;
    const f = compile((x: Tensor) => names.map((name) => x[name]()));
    const results = await f(points);
    for (const [i, name] of names.entries())
      for (const [j, x] of points.data.entries()) {
        const exact = Math[name](x);
        expect(Math.abs(Number(results[i]!.data[j]) - exact)).toBeLessThanOrEqual(
          4e-15 * Math.max(1e-9, Math.abs(exact)),
        );
      }
    const unit = vector(-0.999, -0.5, 1e-10, 0.2, 0.99);
    const g = compile((x: Tensor) => [x.asin(), x.acos(), x.atanh(), x.log1p()]);
    const inner = await g(unit);
    for (const [i, name] of (["asin", "acos", "atanh", "log1p"] as const).entries())
      for (const [j, x] of unit.data.entries())
        expect(Number(inner[i]!.data[j])).toBeCloseTo(Math[name](x), 13);
  });

  test("erf in double precision", async () => {
    // Abramowitz & Stegun, table 7.1, and mpmath.
    const known: readonly (readonly [number, number])[] = [
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [1.2, 0.9103139782296354],
      [2, 0.9953222650189527],
      [3, 0.9999779095030014],
    ];
    const f = compile((x: Tensor) => x.erf());
    const y = await f(vector(...known.map(([x]) => -x)));
    for (const [i, [, value]] of known.entries()) expect(Number(y.data[i])).toBeCloseTo(-value, 14);
  });

  test.each([1, 2, 3, 8, 60, 97, 256, 257, 300, 1021, 1024])(
    "a Fourier transform of length %i is the sum that defines it",
    async (n) => {
      const stream = randomStream(n, "fft");
      const re = Float64Array.from({ length: n }, () => stream.uniform() - 0.5);
      const im = Float64Array.from({ length: n }, () => stream.uniform() - 0.5);
      const array = (data: Float64Array): NdArray => ({ dtype: "float64", shape: [n], data });
      const f = compile((re: Tensor, im: Tensor) => ({ z: fft({ re, im }), half: rfft(re) }));
      const { z, half } = await f(array(re), array(im));
      for (let k = 0; k < n; k += Math.max(1, Math.floor(n / 7))) {
        let [sumRe, sumIm, realRe] = [0, 0, 0];
        for (let j = 0; j < n; j++) {
          const angle = (2 * Math.PI * ((j * k) % n)) / n;
          sumRe += re[j]! * Math.cos(angle) + im[j]! * Math.sin(angle);
          sumIm += im[j]! * Math.cos(angle) - re[j]! * Math.sin(angle);
          realRe += re[j]! * Math.cos(angle);
        }
        expect(Number(z.re.data[k])).toBeCloseTo(sumRe, 11);
        expect(Number(z.im.data[k])).toBeCloseTo(sumIm, 11);
        if (k <= n / 2) expect(Number(half.re.data[k])).toBeCloseTo(realRe, 11);
      }
      await f.dispose();
    },
  );

  test("half precision is stored, and rounded to the nearest", async () => {
    const f = compile((x: Tensor) => {
      const half = x.cast("float16");
      return { half, back: half.cast("float32") };
    });
    const { half, back } = await f(float32([4], (i) => [1, -2.5, 65504, 1 / 3][i]!));
    expect(half.dtype).toBe("float16");
    expect(Array.from(half.data as Uint16Array)).toEqual([0x3c00, 0xc100, 0x7bff, 0x3555]);
    expect(back.data[3]).toBeCloseTo(1 / 3, 3);
    expect(toNested(await compile((x: Tensor) => x.cast("float32").mul(2))(half))).toEqual([
      2,
      -5,
      131008,
      (back.data[3]! as number) * 2,
    ]);
  });

  test("random numbers are uniform, normal, and independent between keys", async () => {
    const n = 100_000;
    const f = compile((key: Tensor) => ({
      u: randomUniform(foldIn(key, 1), [n]),
      v: randomUniform(foldIn(key, 2), [n]),
      z: randomNormal(key, [n]),
    }));
    const { u, v, z } = await f(int32(1, 2));
    const mean = (f: (i: number) => number) =>
      Array.from({ length: n }, (_, i) => f(i)).reduce((a, b) => a + b) / n;
    const at = (x: NdArray, i: number) => Number(x.data[i]);
    const bound = 5 / Math.sqrt(n);
    expect(Math.abs(mean((i) => at(u, i)) - 0.5)).toBeLessThan(bound * 0.29);
    expect(Math.abs(mean((i) => at(u, i) ** 2) - 1 / 3)).toBeLessThan(bound * 0.3);
    expect(Math.abs(mean((i) => (at(u, i) - 0.5) * (at(v, i) - 0.5)))).toBeLessThan(bound / 12);
    expect(Math.abs(mean((i) => (at(u, i) - 0.5) * (at(u, (i + 1) % n) - 0.5)))).toBeLessThan(bound / 12);
    expect(Math.abs(mean((i) => at(z, i)))).toBeLessThan(bound);
    expect(Math.abs(mean((i) => at(z, i) ** 2) - 1)).toBeLessThan(bound * Math.SQRT2);
    expect(Math.min(...(u.data as Float32Array))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...(u.data as Float32Array))).toBeLessThan(1);
    expect(toNested((await f(int32(1, 2))).u)).toEqual(toNested(u));
  });
});

test("mapTree pairs leaves by their keys, and refuses trees that differ", async () => {
  const f = compile((a: { x: Tensor; deep: [Tensor] }, b: { x: Tensor; deep: [Tensor] }) =>
    mapTree((p: Tensor, q: Tensor) => p.sub(q), a, b),
  );
  const { x, deep } = await f({ x: vector(5), deep: [vector(3)] }, { deep: [vector(1)], x: vector(2) });
  expect([toNested(x), toNested(deep[0])]).toEqual([[3], [2]]);
  expect(() => mapTree((a: NdArray) => a, { p: { x: vector(1) } }, { p: { y: vector(1) } })).toThrow(
    'p: expected the keys ["x"], got ["y"]',
  );
});

test("at ties the first element of a window, a reduction or a maximum gets the gradient", async () => {
  const f = compile((x: Tensor) => ({
    tiled: grad((x: Tensor) => maxPool(x, 2).sum())(x),
    overlapping: grad((x: Tensor) => maxPool(x, 2, { stride: 1 }).sum())(x),
    max: grad((x: Tensor) => x.max().mul(2))(x),
    maximum: grad((x: Tensor) => x.maximum(x.stopGradient()).sum())(x),
  }));
  const { tiled, overlapping, max, maximum } = await f(
    fromNested([
      [
        [
          [1, 1, 0],
          [1, 1, 0],
          [0, 0, 0],
        ],
      ],
    ]),
  );
  expect(toNested(tiled)).toEqual([
    [
      [
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    ],
  ]);
  expect(toNested(overlapping)).toEqual([
    [
      [
        [1, 1, 0],
        [1, 1, 0],
        [0, 0, 0],
      ],
    ],
  ]);
  expect(Number(max.data[0])).toBe(2);
  expect(Array.from(max.data as Float64Array).reduce((a, b) => a + b)).toBe(2);
  expect(Array.from(maximum.data as Float64Array)).toEqual(Array(9).fill(1));
});

describe("toOnnx", () => {
  test("writes a model that plain ONNX Runtime runs, inputs and outputs named by their paths", async () => {
    const ort = await import("onnxruntime-node");
    const net = (p: { layers: { w: Tensor }[] }, x: Tensor) => ({
      scores: p.layers.reduce((h, { w }) => h.matmul(w).tanh(), x).softmax(),
    });
    const params = { layers: [{ w: float32([2, 3], Math.sin) }, { w: float32([3, 2], Math.cos) }] };
    const x = float32([4, 2], (i) => i / 4);
    const expected = (await compile(net)(params, x)).scores;
    const named = await ort.InferenceSession.create(toOnnx(net, [params, x], { inputs: ["params", "x"] }));
    expect(named.inputNames).toEqual(["params.layers.0.w", "params.layers.1.w", "x"]);
    const feed = ({ data, shape }: NdArray<"float32">) => new ort.Tensor("float32", data, shape);
    const { scores } = await named.run({
      "params.layers.0.w": feed(params.layers[0]!.w),
      "params.layers.1.w": feed(params.layers[1]!.w),
      x: feed(x),
    });
    expect(scores!.data).toEqual(expected.data);
    const trained = compile((x: Tensor) => net(mapTree((w) => toTensor(w), params) as never, x).scores);
    const baked = await ort.InferenceSession.create(toOnnx(trained, [x], { inputs: ["x"] }));
    expect([baked.inputNames, baked.outputNames]).toEqual([["x"], ["output"]]);
    expect((await baked.run({ x: feed(x) })).output!.data).toEqual(expected.data);
  });

  test("refuses what the ONNX standard has no operator for", () => {
    expect(() => toOnnx((x: Tensor) => x.inverse(), [fromNested([[1]])])).toThrow("com.microsoft.Inverse");
  });
});

test("the WebAssembly backend agrees with the native one", async () => {
  const native = await agreement("cpu");
  const web = await agreement("wasm");
  for (const [name, values] of Object.entries(native))
    for (const [i, value] of values.entries())
      expect(Math.abs(web[name]![i]! - value), name).toBeLessThan(2e-5 * Math.max(1, Math.abs(value)));
}, 60_000);
