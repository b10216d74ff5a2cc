import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NdArray } from "../array/index.ts";
import { randomStream } from "../random/index.ts";
import {
  attention,
  avgPool,
  batchNorm,
  causalConvolution,
  celu,
  cholesky,
  compile,
  concat,
  conv,
  convTranspose,
  einsum,
  elu,
  fft,
  gelu,
  grad,
  gridSample,
  groupNorm,
  hardSigmoid,
  hardSwish,
  hvp,
  ifft,
  instanceNorm,
  irfft,
  irfft2,
  jvp,
  layerNorm,
  leakyRelu,
  logDet,
  logSigmoid,
  maxPool,
  messagePlan,
  mish,
  pixelShuffle,
  pixelUnshuffle,
  propagate,
  resize,
  rfft,
  rfft2,
  rmsNorm,
  sampleAt,
  scatterAdd,
  segmentPlan,
  segmentSum,
  selu,
  silu,
  softsign,
  solvePositiveDefinite,
  solveTriangular,
  stack,
  type Tensor,
  vmap,
  where,
} from "./index.ts";

/** Numbers in [low, high] that keep a distance from the kinks at multiples of `kink`. */
interface Domain {
  readonly low?: number;
  readonly high?: number;
  readonly kink?: number;
}

interface Case extends Domain {
  readonly f: (...xs: Tensor[]) => Tensor;
  /** Shapes of the operands, drawn afresh in every run. */
  readonly shapes: fc.Arbitrary<readonly (readonly number[])[]>;
  /** Second derivatives exist everywhere in the domain; default true. */
  readonly smooth?: boolean;
  /** Agreement of single with double precision, relative to the largest element; default 2e-4. */
  readonly single?: number;
}

const extent = fc.integer({ min: 1, max: 4 });
const shape = fc.array(extent, { maxLength: 3 });
const one = shape.map((s) => [s]);
const fixed = (...shapes: readonly (readonly number[])[]) => fc.constant(shapes);
/** Two shapes that broadcast to one another. */
const pair = fc
  .tuple(shape, fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 3, maxLength: 3 }), fc.nat(3))
  .map(([s, ones, drop]) => [
    s.map((n, i) => (ones[i]![0] ? 1 : n)),
    s.map((n, i) => (ones[i]![1] ? 1 : n)).slice(Math.min(drop, s.length)),
  ]);

function draw(s: readonly number[], seed: number, { low = -2, high = 2, kink }: Domain): NdArray<"float64"> {
  const stream = randomStream(seed, "gradients", s.length);
  const size = s.reduce((a, b) => a * b, 1);
  const data = Float64Array.from({ length: size }, () => {
    for (;;) {
      const value = low + (high - low) * stream.uniform();
      if (kink === undefined || Math.abs(value / kink - Math.round(value / kink)) > 0.05) return value;
    }
  });
  return { dtype: "float64", shape: s, data };
}

const step = 1e-5;

/** Everything that is to agree, computed in one graph: analytic on the left, numeric on the right. */
function comparisons(f: Case["f"], smooth: boolean, twice: boolean) {
  return (xs: Tensor[], vs: Tensor[], w: Tensor, far: Tensor[]) => {
    const loss = (points: Tensor[]) =>
      f(...points)
        .mul(w)
        .sum();
    const moved = (by: number) => xs.map((x, i) => x.add(vs[i]!.mul(by)));
    const slope = (g: (points: Tensor[]) => Tensor) =>
      g(moved(step))
        .sub(g(moved(-step)))
        .mul(1 / (2 * step));
    const along = slope((points) => f(...points));
    const [, tangent] = jvp((...points: Tensor[]) => f(...points), xs, vs);
    const gradient = grad(loss)(xs);
    const inner = gradient.map((g, i) => g.mul(vs[i]!).sum()).reduce((a, b) => a.add(b));
    const batch = xs.map((x, i) => stack([x, far[i]!]));
    return {
      jvp: [tangent, along],
      vjp: [inner, along.mul(w).sum()],
      ...(smooth
        ? {
            second: [
              concat(hvp(loss)(xs, vs).map((h) => h.flatten())),
              slope((points) => concat(grad(loss)(points).map((g) => g.flatten()))),
            ],
          }
        : {}),
      vmap: [vmap(f)(...batch), stack([f(...xs), f(...far)])],
      ...(xs.length > 1
        ? Object.fromEntries(
            xs.map((_, k) => [
              `vmap of operand ${k} alone`,
              [
                vmap(f, { axes: xs.map((_, i) => (i === k ? 0 : null)) })(
                  ...xs.map((x, i) => (i === k ? batch[i]! : x)),
                ),
                stack([f(...xs), f(...xs.map((x, i) => (i === k ? far[i]! : x)))]),
              ],
            ]),
          )
        : {}),
      ...(twice
        ? {
            batchedGradient: [
              concat(
                vmap((...points: Tensor[]) => grad(loss)(points))(...batch).map((g) => g.reshape([2, -1])),
                1,
              ),
              stack([xs, far].map((points) => concat(grad(loss)(points).map((g) => g.flatten())))),
            ],
          }
        : {}),
    };
  };
}

function expectClose(left: NdArray, right: NdArray, tolerance: number, what: string): void {
  expect(left.shape, what).toEqual(right.shape);
  const a = Array.from(left.data as Float64Array);
  const b = Array.from(right.data as Float64Array);
  const scale = b.reduce((m, value) => Math.max(m, Math.abs(value)), 1);
  for (const [i, value] of a.entries())
    if (!(Math.abs(value - b[i]!) <= tolerance * scale))
      throw new Error(`${what}: element ${i} is ${value}, expected ${b[i]} (shape [${left.shape}])`);
}

/** Checks a case on a few random shapes and values. */
async function check(
  { f, shapes, smooth = true, single = 2e-4, ...domain }: Case,
  runs: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(shapes, fc.integer({ min: 0, max: 1e6 }), async (drawn, seed) => {
      const arrays = drawn.map((s, i) => draw(s, seed + 7919 * i, domain));
      const far = drawn.map((s, i) => draw(s, seed + 104_729 * (i + 1), domain));
      const vs = drawn.map((s, i) => draw(s, seed + 13 * (i + 1), { low: -1, high: 1 }));
      const forward = compile((xs: Tensor[]) => f(...xs), { threads: 1 });
      const y = await forward(arrays);
      const w = draw(y.shape, seed + 1, { low: 0.5, high: 1.5 });
      const compiled = compile(comparisons(f, smooth, true), { threads: 1 });
      const results = (await compiled(arrays, vs, w, far)) as Record<string, readonly NdArray[]>;
      for (const [what, [left, right]] of Object.entries(results)) expectClose(left!, right!, 2e-6, what);
      const narrow = ({ shape, data }: NdArray): NdArray => ({
        dtype: "float32",
        shape,
        data: Float32Array.from(data as Float64Array),
      });
      const both = compile(
        (xs: Tensor[], w: Tensor) => [
          f(...xs),
          ...grad((points: Tensor[]) =>
            f(...points)
              .mul(w)
              .sum(),
          )(xs),
        ],
        { threads: 1 },
      );
      const [wide, slim] = [await both(arrays, w), await both(arrays.map(narrow), narrow(w))];
      for (const [i, result] of slim.entries()) expectClose(result, wide[i]!, single, `float32 result ${i}`);
      for (const session of [forward, compiled, both]) await session.dispose();
    }),
    { numRuns: runs },
  );
}

const unaryCases: Record<string, Omit<Case, "shapes">> = {
  neg: { f: (x) => x.neg() },
  abs: { f: (x) => x.abs(), kink: 4, smooth: false },
  sign: { f: (x) => x.sign().mul(x), kink: 4, smooth: false },
  floor: { f: (x) => x.floor().mul(x), kink: 1, smooth: false },
  ceil: { f: (x) => x.ceil().mul(x), kink: 1, smooth: false },
  round: { f: (x) => x.round().mul(x), kink: 0.5, smooth: false },
  exp: { f: (x) => x.exp() },
  expm1: { f: (x) => x.expm1() },
  log: { f: (x) => x.log(), low: 0.3, high: 4 },
  log1p: { f: (x) => x.log1p(), low: -0.7, high: 4 },
  sqrt: { f: (x) => x.sqrt(), low: 0.3, high: 4 },
  rsqrt: { f: (x) => x.rsqrt(), low: 0.5, high: 4 },
  reciprocal: { f: (x) => x.reciprocal(), low: 0.5, high: 4 },
  square: { f: (x) => x.square() },
  sin: { f: (x) => x.sin() },
  cos: { f: (x) => x.cos() },
  tan: { f: (x) => x.tan(), low: -1, high: 1 },
  asin: { f: (x) => x.asin(), low: -0.8, high: 0.8 },
  acos: { f: (x) => x.acos(), low: -0.8, high: 0.8 },
  atan: { f: (x) => x.atan(), low: -4, high: 4 },
  sinh: { f: (x) => x.sinh() },
  cosh: { f: (x) => x.cosh() },
  tanh: { f: (x) => x.tanh() },
  asinh: { f: (x) => x.asinh() },
  acosh: { f: (x) => x.acosh(), low: 1.5, high: 4 },
  atanh: { f: (x) => x.atanh(), low: -0.7, high: 0.7 },
  erf: { f: (x) => x.erf(), low: -4, high: 4 },
  sigmoid: { f: (x) => x.sigmoid(), low: -6, high: 6 },
  softplus: { f: (x) => x.softplus(), low: -6, high: 6 },
  relu: { f: (x) => x.relu(), kink: 4, smooth: false },
  clamp: { f: (x) => x.clamp(-1, 1), kink: 1, smooth: false },
  "pow 3": { f: (x) => x.pow(3) },
  "pow -1.5": { f: (x) => x.pow(-1.5), low: 0.5, high: 3 },
  gelu: { f: (x) => gelu(x) },
  "gelu tanh": { f: (x) => gelu(x, "tanh") },
  silu: { f: (x) => silu(x) },
  mish: { f: (x) => mish(x) },
  logSigmoid: { f: (x) => logSigmoid(x) },
  leakyRelu: { f: (x) => leakyRelu(x, 0.2), kink: 4, smooth: false },
  elu: { f: (x) => elu(x, 0.7), kink: 4, smooth: false },
  selu: { f: (x) => selu(x), kink: 4, smooth: false },
  celu: { f: (x) => celu(x, 0.7), kink: 4, smooth: false },
  hardSigmoid: { f: (x) => hardSigmoid(x), low: -2, high: 2 },
  hardSwish: { f: (x) => hardSwish(x), low: -2, high: 2 },
  softsign: { f: (x) => softsign(x), kink: 4, smooth: false },
  cast: { f: (x) => x.cast("float64").mul(x.cast("float64")).cast(x.dtype) },
};

const binaryCases: Record<string, Omit<Case, "shapes">> = {
  add: { f: (a, b) => a.add(b) },
  sub: { f: (a, b) => a.sub(b) },
  mul: { f: (a, b) => a.mul(b) },
  div: { f: (a, b) => a.div(b), low: 0.5, high: 3 },
  pow: { f: (a, b) => a.pow(b), low: 0.5, high: 2 },
  maximum: { f: (a, b) => a.maximum(b), smooth: false },
  minimum: { f: (a, b) => a.minimum(b), smooth: false },
  atan2: { f: (a, b) => a.atan2(b), low: 0.3, high: 2 },
  remainder: { f: (a, b) => a.add(5.03).remainder(b), low: 3.1, high: 4.4, smooth: false },
  where: { f: (a, b) => where(a.greater(b), a.mul(b), a.sub(b)), smooth: false },
};

const ids = Int32Array.of(2, 0, 2, 2, 1, 0, 2);
const sources = Int32Array.of(0, 1, 2, 3, 3, 3, 1, 0, 2, 3, 3);
const targets = Int32Array.of(1, 2, 3, 0, 0, 0, 0, 2, 0, 0, 1);
const indices = (data: Int32Array, ...s: number[]): NdArray => ({ dtype: "int32", shape: s, data });
const rank3 = fc.tuple(extent, extent, extent).map(([a, b, c]) => [[a, b, c]]);
const positive = (x: Tensor): Tensor => {
  const n = x.shape.at(-1)!;
  return x.matmul(x.swapAxes(-1, -2)).add(x.iota(n, "int64").oneHot(n, x.dtype));
};

const cases: Record<string, Case> = {
  "reshape, transpose": {
    f: (x) =>
      x
        .reshape([6, 2])
        .transpose()
        .mul(x.reshape([2, 6])),
    shapes: fixed([3, 4]),
  },
  broadcastTo: { f: (x) => x.broadcastTo([2, 3, 4]).square(), shapes: fixed([3, 1]) },
  concat: { f: (a, b) => concat([a, b.square()], 1), shapes: fixed([2, 3], [2, 2]) },
  slice: { f: (x) => x.slice(1, [1, 4, 2], [undefined, undefined, -2]).square(), shapes: fixed([2, 5, 5]) },
  pad: {
    f: (x) =>
      x
        .pad(
          [
            [1, 2],
            [-1, 1],
          ],
          3,
        )
        .square(),
    shapes: fixed([2, 3]),
  },
  flip: { f: (x) => x.flip([0]).mul(x), shapes: rank3 },
  tile: { f: (x) => x.tile([2, 3]).square(), shapes: fixed([2, 2]) },
  roll: { f: (x) => x.roll(2, 1).mul(x), shapes: rank3 },
  split: { f: (x) => x.split([1, 2], 1)[1]!.square(), shapes: fixed([2, 3]) },
  "tril, triu": { f: (x) => x.tril().mul(2).add(x.triu(1).square()), shapes: rank3 },
  sum: {
    f: (x) =>
      x
        .square()
        .sum(1, true)
        .mul(x.sum([0, 2], true)),
    shapes: rank3,
  },
  "sum over long leading axes": { f: (x) => x.square().sum([0, 1]), shapes: fixed([5, 4, 6]) },
  "sum over samples and space": { f: (x) => x.square().sum([0, 2, 3]), shapes: fixed([17, 5, 2, 2]) },
  mean: { f: (x) => x.square().mean([0, -1]), shapes: rank3 },
  variance: { f: (x) => x.variance(-1, true), shapes: rank3 },
  max: { f: (x) => x.max([0, 2]).add(x.max(1).sum()), shapes: rank3, smooth: false },
  min: { f: (x) => x.min(-1, true).mul(x), shapes: rank3, smooth: false },
  prod: { f: (x) => x.prod([0, 2]), shapes: rank3 },
  logSumExp: { f: (x) => x.logSumExp(1), shapes: rank3 },
  norm: { f: (x) => x.norm(-1), shapes: rank3, low: 0.5, high: 2 },
  cumsum: { f: (x) => x.square().cumsum(-1), shapes: rank3 },
  "cumsum reversed, exclusive": {
    f: (x) => x.square().cumsum(0, { reverse: true, exclusive: true }),
    shapes: rank3,
  },
  cumprod: { f: (x) => x.cumprod(-1), shapes: fixed([2, 5]) },
  topK: { f: (x) => x.topK(2)[0].square(), shapes: fixed([3, 4]), smooth: false },
  sort: { f: (x) => x.sort(0)[0].mul(x), shapes: rank3, smooth: false },
  softmax: { f: (x) => x.softmax(1), shapes: rank3 },
  logSoftmax: { f: (x) => x.logSoftmax(-1), shapes: rank3 },
  matmul: {
    f: (a, b) => a.matmul(b),
    shapes: fc
      .tuple(
        extent,
        extent,
        extent,
        fc.constantFrom([[], []], [[2], []], [[2], [2]], [[3, 1], [2]], [[], [2]]),
      )
      .map(([m, k, n, [a, b]]) => [
        [...a!, m, k],
        [...b!, k, n],
      ]),
  },
  "matmul of vectors": { f: (a, b) => a.matmul(b).mul(b.matmul(a)), shapes: fixed([3], [3]) },
  inverse: {
    f: (x) => x.mul(0.3).add(x.iota(3, "int64").oneHot(3, x.dtype).mul(3)).inverse(),
    shapes: fixed([2, 3, 3]),
  },
  einsum: { f: (a, b) => einsum("bhqd,bhkd->bhqk", a, b), shapes: fixed([2, 2, 3, 2], [2, 2, 4, 2]) },
  "einsum of three": {
    f: (a, b, c) => einsum("ij,jk,ki->i", a, b, c),
    shapes: fixed([2, 3], [3, 2], [2, 2]),
  },
  "einsum outer, diagonal": { f: (a, b) => einsum("ii,j->ij", a, b), shapes: fixed([3, 3], [2]) },
  gather: {
    f: (x) => x.gather(indices(Int32Array.of(2, 0, 2, 1), 2, 2), 1).square(),
    shapes: fixed([2, 3, 2]),
  },
  takeAlong: {
    f: (x) => x.takeAlong(indices(Int32Array.of(1, 1, 0, 2), 2, 2), 1).square(),
    shapes: fixed([2, 3]),
  },
  scatterAdd: { f: (x) => scatterAdd(indices(ids, 7), x.square(), 4).square(), shapes: fixed([7, 2]) },
  segmentSum: { f: (x) => segmentSum(x.square(), segmentPlan(ids, 4)).square(), shapes: fixed([7, 2]) },
  propagate: {
    f: (x) => propagate(x.square(), messagePlan(sources, targets, 4)).square(),
    shapes: fixed([4, 2]),
  },
  layerNorm: {
    f: (x, scale, bias) => layerNorm(x, { scale, bias, axes: 2 }),
    shapes: fixed([2, 3, 2], [3, 2], [3, 2]),
  },
  rmsNorm: { f: (x, scale) => rmsNorm(x, { scale }), shapes: fixed([2, 3], [3]) },
  groupNorm: { f: (x, scale, bias) => groupNorm(x, 2, { scale, bias }), shapes: fixed([2, 4, 3], [4], [4]) },
  instanceNorm: { f: (x) => instanceNorm(x), shapes: fixed([2, 2, 2, 3]) },
  batchNorm: {
    f: (x, scale, bias) => batchNorm(x, { scale, bias }).y,
    shapes: fixed([3, 2, 2, 2], [2], [2]),
  },
  attention: {
    f: (q, k, v) => attention(q, k, v, { causal: true }),
    shapes: fixed([2, 3, 2], [2, 3, 2], [2, 3, 4]),
  },
  "attention with a mask": {
    f: (q, k, v, mask) => attention(q, k, v, { mask }),
    shapes: fixed([2, 2], [3, 2], [3, 2], [2, 3]),
  },
  conv1d: { f: (x, w) => conv(x, w, { padding: 2, stride: 2 }), shapes: fixed([2, 3, 6], [4, 3, 3]) },
  conv2d: {
    f: (x, w, bias) => conv(x, w, { padding: "same", bias }),
    shapes: fixed([2, 2, 4, 5], [3, 2, 3, 2], [3]),
  },
  "conv2d strided, dilated, grouped": {
    f: (x, w) =>
      conv(x, w, {
        stride: [2, 1],
        dilation: [1, 2],
        padding: [
          [1, 0],
          [2, 1],
        ],
        groups: 2,
      }),
    shapes: fixed([2, 4, 5, 6], [6, 2, 3, 2]),
  },
  "conv2d depthwise": {
    f: (x, w) => conv(x, w, { padding: 1, groups: 3 }),
    shapes: fixed([2, 3, 4, 4], [3, 1, 3, 3]),
  },
  "conv2d 1x1": { f: (x, w) => conv(x, w), shapes: fixed([2, 5, 3, 3], [4, 5, 1, 1]) },
  conv3d: { f: (x, w) => conv(x, w, { padding: 1 }), shapes: fixed([1, 2, 3, 2, 3], [2, 2, 2, 3, 2]) },
  "conv2d wide padding": {
    f: (x, w) => conv(x, w, { padding: 3 }),
    shapes: fixed([1, 4, 3, 3], [2, 4, 2, 2]),
  },
  convTranspose: {
    f: (x, w, bias) => convTranspose(x, w, { stride: 2, padding: 1, outputPadding: 1, bias }),
    shapes: fixed([2, 3, 3, 2], [3, 2, 3, 3], [2]),
  },
  "convTranspose grouped": {
    f: (x, w) => convTranspose(x, w, { groups: 2 }),
    shapes: fixed([1, 4, 3], [4, 3, 2]),
  },
  "maxPool tiled": { f: (x) => maxPool(x.square(), 2), shapes: fixed([2, 2, 5, 4]), smooth: false },
  "maxPool of volumes": {
    f: (x) => maxPool(x.square(), [2, 1, 3]),
    shapes: fixed([1, 2, 4, 3, 7]),
    smooth: false,
  },
  "maxPool overlapping": {
    f: (x) => maxPool(x, 3, { stride: 2, padding: 1 }).square(),
    shapes: fixed([2, 2, 5, 5]),
    smooth: false,
  },
  avgPool: { f: (x) => avgPool(x.square(), 2), shapes: fixed([2, 2, 4, 6]) },
  "avgPool overlapping": {
    f: (x) => avgPool(x.square(), 3, { stride: 1, padding: 1 }),
    shapes: fixed([1, 2, 4, 5]),
  },
  pixelShuffle: { f: (x) => pixelShuffle(x.square(), 2), shapes: fixed([2, 8, 2, 3]) },
  pixelUnshuffle: { f: (x) => pixelUnshuffle(x.square(), 2), shapes: fixed([2, 2, 4, 6]) },
  "resize nearest": {
    f: (x) => resize(x.square(), [5, 3], { method: "nearest" }),
    shapes: fixed([1, 2, 3, 4]),
  },
  "resize bilinear": { f: (x) => resize(x.square(), [5, 7]), shapes: fixed([1, 2, 3, 4]) },
  "resize bicubic, antialiased": {
    f: (x) => resize(x.square(), [3, 2], { method: "bicubic", antialias: true }),
    shapes: fixed([1, 1, 6, 7]),
  },
  gridSample: {
    f: (x, grid) => gridSample(x, grid),
    shapes: fixed([2, 2, 3, 4], [2, 3, 2]),
    low: -0.9,
    high: 0.9,
    smooth: false,
    single: 1e-3,
  },
  "gridSample bicubic, reflected": {
    f: (x, grid) => gridSample(x, grid, { method: "bicubic", outside: "reflection" }),
    shapes: fixed([1, 2, 3, 4], [1, 3, 2]),
    low: -0.9,
    high: 0.9,
    smooth: false,
    single: 1e-3,
  },
  "sampleAt nearest": {
    f: (x) =>
      sampleAt(x.square(), x.iota(3, x.dtype).mul(0.7).reshape([1, 3]), x.iota(3, x.dtype).reshape([1, 3]), {
        method: "nearest",
      }),
    shapes: fixed([1, 2, 3, 4]),
  },
  "fft, ifft": {
    f: (re, im) => {
      const z = fft({ re, im });
      const y = ifft({ re: z.re.square(), im: z.im }, 0);
      return y.re.add(y.im);
    },
    shapes: fixed([3, 5], [3, 5]),
  },
  "rfft, irfft": { f: (x) => irfft({ re: rfft(x).re.square(), im: rfft(x).im }, 6), shapes: fixed([2, 6]) },
  rfft2: { f: (x) => irfft2({ re: rfft2(x).re.square(), im: rfft2(x).im }, 5), shapes: fixed([2, 4, 5]) },
  causalConvolution: { f: (x, k) => causalConvolution(x, k), shapes: fixed([2, 3, 8], [3, 5]) },
  cholesky: { f: (x) => cholesky(positive(x)), shapes: fixed([2, 3, 3]), single: 1e-3 },
  solveTriangular: {
    f: (x, b) => solveTriangular(cholesky(positive(x)), b, { transpose: true }),
    shapes: fixed([3, 3], [3, 2]),
    single: 1e-3,
  },
  solvePositiveDefinite: {
    f: (x, b) => solvePositiveDefinite(positive(x), b),
    shapes: fixed([3, 3], [3, 2]),
    single: 1e-3,
  },
  logDet: { f: (x) => logDet(positive(x)), shapes: fixed([2, 3, 3]), single: 1e-3 },
  linearRecurrence: { f: (a, b) => a.linearRecurrence(b), shapes: fixed([7, 2], [7, 2]), low: -1, high: 1 },
  "linearRecurrence over chunks, reversed": {
    f: (a, b) => a.linearRecurrence(b, true),
    shapes: fixed([70, 2], [70, 2]),
    low: -1,
    high: 1,
  },
};

describe("derivatives agree with central differences, batches with single elements, float32 with float64", () => {
  for (const [name, rule] of Object.entries(unaryCases)) test(name, () => check({ ...rule, shapes: one }, 2));
  for (const [name, rule] of Object.entries(binaryCases))
    test(name, () => check({ ...rule, shapes: pair }, 4));
  for (const [name, rule] of Object.entries(cases)) test(name, () => check(rule, 2));
});
