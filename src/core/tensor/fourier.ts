import { requireInteger } from "../errors.ts";
import type { Tensor } from "./tensor.ts";
import { axisOf, refuse, sameShape, showType } from "./type.ts";

/** Complex tensor: real and imaginary parts of one shape. */
export interface Complex<T = Tensor> {
  readonly re: T;
  readonly im: T;
}

export function complexMul(a: Complex, b: Complex): Complex {
  return { re: a.re.mul(b.re).sub(a.im.mul(b.im)), im: a.re.mul(b.im).add(a.im.mul(b.re)) };
}

export function complexAdd(a: Complex, b: Complex): Complex {
  return { re: a.re.add(b.re), im: a.im.add(b.im) };
}

export function complexConjugate({ re, im }: Complex): Complex {
  return { re, im: im.neg() };
}

/** exp of a complex tensor. */
export function complexExp({ re, im }: Complex): Complex {
  const size = re.exp();
  return { re: size.mul(im.cos()), im: size.mul(im.sin()) };
}

export function complexDiv(a: Complex, b: Complex): Complex {
  const scale = complexSquaredAbs(b).reciprocal();
  const { re, im } = complexMul(a, complexConjugate(b));
  return { re: re.mul(scale), im: im.mul(scale) };
}

export function complexSquaredAbs({ re, im }: Complex): Tensor {
  return re.mul(re).add(im.mul(im));
}

export function complexMatmul(a: Complex, b: Complex): Complex {
  return {
    re: a.re.matmul(b.re).sub(a.im.matmul(b.im)),
    im: a.re.matmul(b.im).add(a.im.matmul(b.re)),
  };
}

/**
 * Transforms up to this length are one matrix product (measured to beat the runtime's own operator, as the
 * factored form does beyond).
 */
const directLength = 256;

/**
 * Discrete Fourier transform along an axis: kernel exp(-2 pi i j k / n), not scaled. Any length: matrix
 * products of the factors of n; prime factors above 256 through a convolution of a power of two.
 */
export function fft(z: Complex, axis = -1): Complex {
  requirePair("fft", z);
  return alongLast(z, axis, (last) => transform(last.re, last.im, false));
}

/** Inverse of `fft`, scaled by 1 / n. */
export function ifft(z: Complex, axis = -1): Complex {
  requirePair("ifft", z);
  return alongLast(z, axis, ({ re, im }) => {
    const scale = 1 / re.shape.at(-1)!;
    const y = transform(re, im, true);
    return { re: y.re.mul(scale), im: y.im.mul(scale) };
  });
}

/** The first n/2 + 1 coefficients of the transform of a real tensor along an axis; the others mirror them. */
export function rfft(x: Tensor, axis = -1): Complex {
  const own = axisOf("rfft", axis, x.rank);
  const last = x.moveAxis(own, -1);
  const n = last.shape.at(-1)!;
  const half = (n >> 1) + 1;
  let y: Complex;
  if (n <= directLength) {
    const matrix = new Float64Array(n * 2 * half);
    for (let j = 0; j < n; j++)
      for (let k = 0; k < half; k++) {
        const [cos, sin] = root(j * k, n);
        matrix[j * 2 * half + k] = cos;
        matrix[j * 2 * half + half + k] = -sin;
      }
    const both = times(last, matrix, [n, 2 * half]);
    y = { re: both.sliceAxis(-1, 0, half), im: both.sliceAxis(-1, half, 2 * half) };
  } else {
    const whole = transform(last, undefined, false);
    y = { re: whole.re.sliceAxis(-1, 0, half), im: whole.im.sliceAxis(-1, 0, half) };
  }
  return { re: y.re.moveAxis(-1, own), im: y.im.moveAxis(-1, own) };
}

/** The real tensor of length n whose `rfft` is given; imaginary parts at both ends are ignored. */
export function irfft(z: Complex, n: number, axis = -1): Tensor {
  requirePair("irfft", z);
  requireInteger("n", n, 1);
  const own = axisOf("irfft", axis, z.re.rank);
  const half = (n >> 1) + 1;
  const re = z.re.moveAxis(own, -1);
  const im = z.im.moveAxis(own, -1);
  if (re.shape.at(-1) !== half)
    refuse("irfft", `n = ${n} needs ${half} coefficients, got ${showType(re)} with the axis last`);
  if (n <= directLength) {
    const matrix = new Float64Array(2 * half * n);
    for (let k = 0; k < half; k++) {
      const weight = (k === 0 || 2 * k === n ? 1 : 2) / n;
      for (let j = 0; j < n; j++) {
        const [cos, sin] = root(j * k, n);
        matrix[k * n + j] = weight * cos;
        matrix[(half + k) * n + j] = k === 0 || 2 * k === n ? 0 : -weight * sin;
      }
    }
    return times(re.concat([im], -1), matrix, [2 * half, n]).moveAxis(-1, own);
  }
  const inner = n - half;
  const ends = new Float64Array(half).fill(1);
  ends[0] = 0;
  if (n % 2 === 0) ends[half - 1] = 0;
  const odd = im.mul(im.constant({ dtype: "float64", shape: [half], data: ends }, im.dtype));
  const mirrored = (x: Tensor) => x.sliceAxis(-1, 1, 1 + inner).flip(-1);
  const whole = transform(re.concat([mirrored(re)], -1), odd.concat([mirrored(odd).neg()], -1), true);
  return whole.re.mul(1 / n).moveAxis(-1, own);
}

/** `rfft` over the last axis, then `fft` over the one before. */
export function rfft2(x: Tensor): Complex {
  return fft(rfft(x, -1), -2);
}

/** The real tensor [..., height, width] whose `rfft2` is given. */
export function irfft2(z: Complex, width: number): Tensor {
  return irfft(ifft(z, -2), width, -1);
}

/**
 * Causal convolution along the last axis: y_t = sum over s <= t of kernel_s x_(t-s), as long as x. By
 * transforms padded far enough that nothing wraps round.
 */
export function causalConvolution(x: Tensor, kernel: Tensor): Tensor {
  const length = x.shape.at(-1)!;
  const n = smoothLength(length + kernel.shape.at(-1)! - 1);
  const widen = (t: Tensor) =>
    t.padAxes(
      t.shape.map(() => 0),
      t.shape.map((extent, i) => (i === t.rank - 1 ? n - extent : 0)),
    );
  return irfft(complexMul(rfft(widen(x)), rfft(widen(kernel))), n).sliceAxis(-1, 0, length);
}

/** Least n' >= n that splits into two factors of at most 256, or a power of two. */
function smoothLength(n: number): number {
  if (n <= directLength) return n;
  for (let length = n; length < 2 * n; length++) {
    const factor = nearSquareFactor(length);
    if (factor > 1 && length / factor <= directLength && factor <= directLength) return length;
  }
  return 2 ** Math.ceil(Math.log2(n));
}

function requirePair(operation: string, { re, im }: Complex): void {
  if (!sameShape(re.shape, im.shape) || re.dtype !== im.dtype)
    refuse(operation, `real part ${showType(re)} and imaginary part ${showType(im)} differ`);
}

function alongLast({ re, im }: Complex, axis: number, f: (z: Complex) => Complex): Complex {
  const own = axisOf("fft", axis, re.rank);
  const y = f({ re: re.moveAxis(own, -1), im: im.moveAxis(own, -1) });
  return { re: y.re.moveAxis(-1, own), im: y.im.moveAxis(-1, own) };
}

/** cos and sin of 2 pi product / n, with the angle reduced in whole numbers. */
function root(product: number, n: number): readonly [cos: number, sin: number] {
  const angle = (2 * Math.PI * (product % n)) / n;
  return [Math.cos(angle), Math.sin(angle)];
}

function times(x: Tensor, matrix: Float64Array, shape: readonly [number, number]): Tensor {
  return x.matmul(x.constant({ dtype: "float64", shape, data: matrix }, x.dtype));
}

/** The factor of n next below its square root; 1 for primes. */
function nearSquareFactor(n: number): number {
  for (let factor = Math.floor(Math.sqrt(n)); factor > 1; factor--) if (n % factor === 0) return factor;
  return 1;
}

/** Unscaled transform along the last axis; `im` absent is zero. */
function transform(re: Tensor, im: Tensor | undefined, inverse: boolean): Complex {
  const n = re.shape.at(-1)!;
  if (n <= directLength) return direct(re, im, inverse);
  const n1 = nearSquareFactor(n);
  return n1 === 1 ? chirp(re, im, inverse) : factored(re, im, n1, inverse);
}

/** One product with the matrix of the transform, real and imaginary parts side by side. */
function direct(re: Tensor, im: Tensor | undefined, inverse: boolean): Complex {
  const n = re.shape.at(-1)!;
  const sign = inverse ? 1 : -1;
  const rows = im === undefined ? n : 2 * n;
  const matrix = new Float64Array(rows * 2 * n);
  for (let j = 0; j < n; j++)
    for (let k = 0; k < n; k++) {
      const [cos, sin] = root(j * k, n);
      matrix[j * 2 * n + k] = cos;
      matrix[j * 2 * n + n + k] = sign * sin;
      if (im === undefined) continue;
      matrix[(n + j) * 2 * n + k] = -sign * sin;
      matrix[(n + j) * 2 * n + n + k] = cos;
    }
  const both = times(im === undefined ? re : re.concat([im], -1), matrix, [rows, 2 * n]);
  return { re: both.sliceAxis(-1, 0, n), im: both.sliceAxis(-1, n, 2 * n) };
}

/** n = n1 n2: transforms of length n1, a rotation, transforms of length n2. */
function factored(re: Tensor, im: Tensor | undefined, n1: number, inverse: boolean): Complex {
  const n = re.shape.at(-1)!;
  const n2 = n / n1;
  const outer = re.shape.slice(0, -1);
  const columns = (x: Tensor) => x.reshape([...outer, n1, n2]).swapAxes(-1, -2);
  const inner = transform(columns(re), im && columns(im), inverse);
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  for (let j = 0; j < n2; j++)
    for (let k = 0; k < n1; k++) {
      const [c, s] = root(j * k, n);
      cos[j * n1 + k] = c;
      sin[j * n1 + k] = inverse ? s : -s;
    }
  const table = (data: Float64Array) => re.constant({ dtype: "float64", shape: [n2, n1], data }, re.dtype);
  const turned = complexMul(inner, { re: table(cos), im: table(sin) });
  const y = transform(turned.re.swapAxes(-1, -2), turned.im.swapAxes(-1, -2), inverse);
  const flat = (x: Tensor) => x.swapAxes(-1, -2).reshape([...outer, n]);
  return { re: flat(y.re), im: flat(y.im) };
}

/** Bluestein: j k = (j² + k² - (k - j)²) / 2 turns the transform into a convolution. */
function chirp(re: Tensor, im: Tensor | undefined, inverse: boolean): Complex {
  const n = re.shape.at(-1)!;
  const m = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const sign = inverse ? 1 : -1;
  const chirpRe = new Float64Array(n);
  const chirpIm = new Float64Array(n);
  const kernelRe = new Float64Array(m);
  const kernelIm = new Float64Array(m);
  for (let j = 0; j < n; j++) {
    // j² / 2n turns, reduced in whole numbers.
    const [cos, sin] = root((j * j) % (2 * n), 2 * n);
    chirpRe[j] = cos;
    chirpIm[j] = sign * sin;
    for (const place of [j, (m - j) % m]) {
      kernelRe[place] = cos;
      kernelIm[place] = -sign * sin;
    }
  }
  const table = (data: Float64Array) =>
    re.constant({ dtype: "float64", shape: [data.length], data }, re.dtype);
  const turn = { re: table(chirpRe), im: table(chirpIm) };
  const turned = complexMul({ re, im: im ?? re.zerosLike() }, turn);
  const widen = (x: Tensor) =>
    x.padAxes(
      x.shape.map(() => 0),
      x.shape.map((_, i) => (i === x.rank - 1 ? m - n : 0)),
    );
  const spectrum = transform(widen(turned.re), widen(turned.im), false);
  const kernel = transform(table(kernelRe), table(kernelIm), false);
  const product = complexMul(spectrum, kernel);
  const y = transform(product.re, product.im, true);
  const cut = (x: Tensor) => x.sliceAxis(-1, 0, n).mul(1 / m);
  return complexMul({ re: cut(y.re), im: cut(y.im) }, turn);
}
