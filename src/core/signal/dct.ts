import { sizeOf } from "../array/index.ts";
import { InvalidInputError, requireKnownOptions, requireOneOf } from "../errors.ts";
import { cosPi, sinPi } from "../special/index.ts";
import { requireAxes } from "./fft.ts";
import { cachedLineTransform, requireVector } from "./plan.ts";

export interface DctOptions {
  /** Which of the three kinds; default 2. */
  readonly type?: 1 | 2 | 3;
  /** "backward" (default): the sums as stated, the inverse carries all scaling; "ortho": an orthogonal matrix. */
  readonly norm?: "backward" | "ortho";
  /** Shape of the row-major array; default one axis. */
  readonly shape?: readonly number[];
  /** Axes to transform, counted from 0, negative ones from the end; default all. */
  readonly axes?: readonly number[];
}

/**
 * Discrete cosine transform along the axes of a real array, in scipy's conventions. With n the extent:
 * type 2: y_k = 2 sum_j x_j cos(pi k (2j + 1) / 2n);
 * type 3: y_k = x_0 + 2 sum_{j>0} x_j cos(pi (2k + 1) j / 2n);
 * type 1: y_k = x_0 + (-1)^k x_{n-1} + 2 sum_{0<j<n-1} x_j cos(pi k j / (n - 1)), n >= 2.
 * O(N log N), by complex transforms of two lines at a time. The input is left as it is.
 */
export function dct(x: Float64Array, options: DctOptions = {}): Float64Array {
  return transformed(x, options, cosineLines, false);
}

/** Inverse of {@link dct} of the same type: type 2 by 3, 3 by 2 and 1 by 1, scaled. */
export function idct(x: Float64Array, options: DctOptions = {}): Float64Array {
  return transformed(x, options, cosineLines, true);
}

/**
 * Discrete sine transform along the axes of a real array, in scipy's conventions. With n the extent:
 * type 2: y_k = 2 sum_j x_j sin(pi (k + 1) (2j + 1) / 2n);
 * type 3: y_k = (-1)^k x_{n-1} + 2 sum_{j<n-1} x_j sin(pi (2k + 1) (j + 1) / 2n);
 * type 1: y_k = 2 sum_j x_j sin(pi (k + 1) (j + 1) / (n + 1)).
 * "ortho" is orthogonal for every type; scipy's is not for types 2 and 3, where it scales another element.
 */
export function dst(x: Float64Array, options: DctOptions = {}): Float64Array {
  return transformed(x, options, sineLines, false);
}

/** Inverse of {@link dst} of the same type. */
export function idst(x: Float64Array, options: DctOptions = {}): Float64Array {
  return transformed(x, options, sineLines, true);
}

/** Transforms of two lines of length n, in place, without scaling. */
interface PairTransform {
  /** The length of the Fourier transform behind it, over which the inverse divides. */
  readonly period: number;
  run(a: Float64Array, b: Float64Array): void;
}

type Type = 1 | 2 | 3;
type Kind = (type: Type, n: number) => PairTransform;

function transformed(x: Float64Array, options: DctOptions, kind: Kind, inverse: boolean): Float64Array {
  requireKnownOptions("options", options, ["type", "norm", "shape", "axes"]);
  const asked = options.type ?? 2;
  if (asked !== 1 && asked !== 2 && asked !== 3)
    throw new InvalidInputError("options.type", `expected 1, 2 or 3, got ${asked}`);
  const norm = requireOneOf("options.norm", options.norm ?? "backward", ["backward", "ortho"]);
  const shape = options.shape ?? [x.length];
  const axes = requireAxes(shape, options.axes);
  requireVector("x", x, sizeOf(shape));
  const type: Type = inverse && asked !== 1 ? (asked === 2 ? 3 : 2) : asked;
  const result = x.slice();
  for (const axis of axes) {
    const n = shape[axis]!;
    if (kind === cosineLines && type === 1 && n < 2)
      throw new InvalidInputError(
        "options.type",
        "type 1 of the cosine transform needs extents of at least 2",
      );
    const inner = sizeOf(shape.slice(axis + 1));
    alongAxis(result, n, inner, pairWithScaling(kind, type, n, norm, inverse));
  }
  return result;
}

/** The transform with the scaling of the norm folded in. */
function pairWithScaling(
  kind: Kind,
  type: Type,
  n: number,
  norm: "backward" | "ortho",
  inverse: boolean,
): PairTransform["run"] {
  const { period, run } = kind(type, n);
  if (norm === "backward") {
    if (!inverse) return run;
    return (a, b) => {
      run(a, b);
      for (const line of [a, b]) for (let j = 0; j < n; j++) line[j] = line[j]! / period;
    };
  }
  // The entries that the plain transform weighs by 1 where the orthogonal one weighs by sqrt 2, first and last of
  // cosine type 1, the first of cosine type 2 and 3, the last of sine type 2 and 3.
  const ends = type === 1 ? (kind === cosineLines ? [0, n - 1] : []) : [kind === cosineLines ? 0 : n - 1];
  const all = 1 / Math.sqrt(period);
  return (a, b) => {
    for (const line of [a, b]) if (type !== 2) for (const end of ends) line[end]! *= Math.SQRT2;
    run(a, b);
    for (const line of [a, b]) {
      if (type !== 3) for (const end of ends) line[end]! *= Math.SQRT1_2;
      for (let j = 0; j < n; j++) line[j]! *= all;
    }
  };
}

/** Applies a transform of pairs of lines to every line of an axis; the last of an odd number gets zeros beside it. */
function alongAxis(x: Float64Array, n: number, inner: number, run: PairTransform["run"]): void {
  const lines = x.length / n;
  const a = new Float64Array(n);
  const b = new Float64Array(n);
  const offsetOf = (line: number): number => Math.floor(line / inner) * n * inner + (line % inner);
  for (let line = 0; line < lines; line += 2) {
    const first = offsetOf(line);
    const second = line + 1 < lines ? offsetOf(line + 1) : -1;
    for (let j = 0; j < n; j++) {
      a[j] = x[first + j * inner]!;
      b[j] = second < 0 ? 0 : x[second + j * inner]!;
    }
    run(a, b);
    for (let j = 0; j < n; j++) {
      x[first + j * inner] = a[j]!;
      if (second >= 0) x[second + j * inner] = b[j]!;
    }
  }
}

const cosineLines: Kind = (type, n) => {
  if (type === 1) return symmetric(n, 1);
  const cos = Float64Array.from({ length: n }, (_, k) => cosPi(k / (2 * n)));
  const sin = Float64Array.from({ length: n }, (_, k) => sinPi(k / (2 * n)));
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  const fourier = cachedLineTransform(n);
  // Even-numbered elements ascending, then odd-numbered ones descending (Makhoul 1980).
  const place = (j: number): number => (j % 2 === 0 ? j / 2 : n - (j + 1) / 2);
  if (type === 2)
    return {
      period: 2 * n,
      run(a, b) {
        for (let j = 0; j < n; j++) {
          re[place(j)] = a[j]!;
          im[place(j)] = b[j]!;
        }
        fourier.run(re, im, 1, 1);
        for (let k = 0; k < n; k++) {
          // The transforms of a and b are the Hermitian parts of that of a + i b.
          const m = k === 0 ? 0 : n - k;
          const aRe = re[k]! + re[m]!;
          const aIm = im[k]! - im[m]!;
          const bRe = im[k]! + im[m]!;
          const bIm = re[m]! - re[k]!;
          a[k] = aRe * cos[k]! + aIm * sin[k]!;
          b[k] = bRe * cos[k]! + bIm * sin[k]!;
        }
      },
    };
  return {
    period: 2 * n,
    run(a, b) {
      // A_k = exp(pi i k / 2n) (a_k - i a_{n-k}) for both lines, put together as A + i B.
      for (let k = 0; k < n; k++) {
        const aMirror = k === 0 ? 0 : a[n - k]!;
        const bMirror = k === 0 ? 0 : b[n - k]!;
        const aRe = a[k]! * cos[k]! + aMirror * sin[k]!;
        const aIm = a[k]! * sin[k]! - aMirror * cos[k]!;
        const bRe = b[k]! * cos[k]! + bMirror * sin[k]!;
        const bIm = b[k]! * sin[k]! - bMirror * cos[k]!;
        re[k] = aRe - bIm;
        im[k] = aIm + bRe;
      }
      fourier.run(im, re, 1, 1);
      for (let j = 0; j < n; j++) {
        a[j] = re[place(j)]!;
        b[j] = im[place(j)]!;
      }
    },
  };
};

const sineLines: Kind = (type, n) => {
  if (type === 1) return symmetric(n, -1);
  const { period, run } = cosineLines(type, n);
  const negateOdd = (line: Float64Array): void => {
    for (let j = 1; j < n; j += 2) line[j] = -line[j]!;
  };
  return {
    period,
    run(a, b) {
      // sin((k + 1) t) = ± cos((n - 1 - k) t) at the nodes of either type.
      for (const line of [a, b]) {
        if (type === 2) negateOdd(line);
        else line.reverse();
      }
      run(a, b);
      for (const line of [a, b]) {
        if (type === 2) line.reverse();
        else negateOdd(line);
      }
    },
  };
};

/** Type 1: the Fourier transform of the even (sign 1) or odd (sign -1) periodic extension. */
function symmetric(n: number, sign: 1 | -1): PairTransform {
  const period = sign === 1 ? 2 * (n - 1) : 2 * (n + 1);
  const first = sign === 1 ? 0 : 1;
  const re = new Float64Array(period);
  const im = new Float64Array(period);
  const fourier = cachedLineTransform(period);
  return {
    period,
    run(a, b) {
      re.fill(0);
      im.fill(0);
      for (let j = 0; j < n; j++) {
        re[j + first] = a[j]!;
        im[j + first] = b[j]!;
        const mirror = period - (j + first);
        if (mirror < period && mirror > j + first) {
          re[mirror] = sign * a[j]!;
          im[mirror] = sign * b[j]!;
        }
      }
      fourier.run(re, im, 1, 1);
      // Even extensions have real transforms; those of odd ones are -i times what is wanted.
      for (let k = 0; k < n; k++) {
        a[k] = sign === 1 ? re[k + first]! : -im[k + first]!;
        b[k] = sign === 1 ? im[k + first]! : re[k + first]!;
      }
    },
  };
}
