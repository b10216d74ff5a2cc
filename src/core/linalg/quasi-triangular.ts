/** The eigenvalues on the diagonal of a real Schur form; of a pair, the one with positive imaginary part first. */
export function schurValues(n: number, t: Float64Array): { re: Float64Array; im: Float64Array } {
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    re[i] = t[i * n + i]!;
    if (i + 1 < n && t[(i + 1) * n + i] !== 0) {
      re[i + 1] = re[i]!;
      im[i] = Math.sqrt(Math.abs(t[i * n + i + 1]!)) * Math.sqrt(Math.abs(t[(i + 1) * n + i]!));
      im[i + 1] = -im[i]!;
      i++;
    }
  }
  return { re, im };
}

const epsilon = 2 ** -52;
const smallest = 2 ** -1022 / epsilon;
/** Components beyond this are scaled down, with the rest of their vector, before anything overflows. */
const large = 1e100;

/**
 * Eigenvectors of a real Schur form by back substitution, as rows of `re` and `im` (n x n); of a pair only the
 * first is computed, the row of the second stays zero. n^3 / 3 complex operations. Diagonal differences below
 * rounding are replaced by it, so that defective matrices give (nearly parallel) vectors, not infinities.
 */
export function quasiTriangularVectors(
  n: number,
  t: Float64Array,
  values: { readonly re: Float64Array; readonly im: Float64Array },
): { re: Float64Array; im: Float64Array } {
  const re = new Float64Array(n * n);
  const im = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const lambda = { re: values.re[k]!, im: values.im[k]! };
    const x = { re: re.subarray(k * n, (k + 1) * n), im: im.subarray(k * n, (k + 1) * n) };
    let end = k + 1;
    if (lambda.im === 0) x.re[k] = 1;
    else {
      // (t - lambda) x = 0 on the block itself, with the larger component 1.
      const upper = t[k * n + k + 1]!;
      const lower = t[(k + 1) * n + k]!;
      if (Math.abs(upper) >= Math.abs(lower)) {
        x.re[k] = 1;
        x.im[k + 1] = lambda.im / upper;
      } else {
        x.im[k] = lambda.im / lower;
        x.re[k + 1] = 1;
      }
      end = k + 2;
    }
    substitute(n, t, lambda, k, end, x);
    if (lambda.im !== 0) k++;
  }
  return { re, im };
}

interface Complex {
  readonly re: number;
  readonly im: number;
}

interface ComplexVector {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Solves (t - lambda) x = 0 for the components before `start`, those from start to end being given. */
function substitute(
  n: number,
  t: Float64Array,
  lambda: Complex,
  start: number,
  end: number,
  x: ComplexVector,
): void {
  const floor = Math.max(epsilon * (Math.abs(lambda.re) + Math.abs(lambda.im)), smallest);
  for (let i = start - 1; i >= 0; i--) {
    const paired = i > 0 && t[i * n + i - 1] !== 0;
    const right = rowTimes(n, t, i, end, x);
    if (!paired) {
      let dre = t[i * n + i]! - lambda.re;
      let dim = -lambda.im;
      if (Math.abs(dre) + Math.abs(dim) < floor) {
        dre = floor;
        dim = 0;
      }
      const bound = Math.abs(dre) + Math.abs(dim);
      const size = Math.abs(right.re) + Math.abs(right.im);
      if (bound < 1 && size > bound * large) {
        const factor = bound / size;
        shrink(x, end, factor);
        const quotient = divide(
          { re: (right.re / size) * bound, im: (right.im / size) * bound },
          { re: dre, im: dim },
        );
        x.re[i] = -quotient.re;
        x.im[i] = -quotient.im;
      } else {
        const quotient = divide(right, { re: dre, im: dim });
        x.re[i] = -quotient.re;
        x.im[i] = -quotient.im;
      }
    } else {
      solvePair(n, t, lambda, floor, i, rowTimes(n, t, i - 1, end, x, i + 1), right, x, end);
    }
    const here = Math.max(Math.abs(x.re[i]!), Math.abs(x.im[i]!));
    const above = paired ? Math.max(Math.abs(x.re[i - 1]!), Math.abs(x.im[i - 1]!)) : 0;
    const largest = Math.max(here, above);
    if (largest > large) shrink(x, end, 1 / largest);
    if (paired) i--;
  }
}

/** Row i of t times the components of x from `from` to `end`. */
function rowTimes(
  n: number,
  t: Float64Array,
  i: number,
  end: number,
  x: ComplexVector,
  from = i + 1,
): Complex {
  let re = 0;
  let im = 0;
  for (let j = from, p = i * n + from; j < end; j++, p++) {
    re += t[p]! * x.re[j]!;
    im += t[p]! * x.im[j]!;
  }
  return { re, im };
}

/** Components i - 1 and i, coupled by a 2 x 2 block: elimination with the larger pivot. */
function solvePair(
  n: number,
  t: Float64Array,
  lambda: Complex,
  floor: number,
  i: number,
  rightAbove: Complex,
  right: Complex,
  x: ComplexVector,
  end: number,
): void {
  const a = { re: t[(i - 1) * n + i - 1]! - lambda.re, im: -lambda.im };
  const b = t[(i - 1) * n + i]!;
  const c = t[i * n + i - 1]!;
  const d = { re: t[i * n + i]! - lambda.re, im: -lambda.im };
  // Eliminate component i - 1 with whichever of a, c is larger; then (pivot row) u + v y = f, w y = g.
  const first = Math.abs(a.re) + Math.abs(a.im) >= Math.abs(c);
  const pivot: Complex = first ? a : { re: c, im: 0 };
  const v: Complex = first ? { re: b, im: 0 } : d;
  const f = first ? rightAbove : right;
  const other: Complex = first ? { re: c, im: 0 } : a;
  const otherV: Complex = first ? d : { re: b, im: 0 };
  const otherF = first ? right : rightAbove;
  const ratio = divide(other, pivot);
  let w = subtract(otherV, multiply(ratio, v));
  if (Math.abs(w.re) + Math.abs(w.im) < floor) w = { re: floor, im: 0 };
  const g = subtract(otherF, multiply(ratio, f));
  const bound = Math.abs(w.re) + Math.abs(w.im);
  const size = Math.abs(g.re) + Math.abs(g.im);
  const factor = bound < 1 && size > bound * large ? bound / size : 1;
  if (factor !== 1) shrink(x, end, factor);
  const y = divide({ re: g.re * factor, im: g.im * factor }, w);
  const rest = subtract({ re: f.re * factor, im: f.im * factor }, multiply(v, y));
  const u = divide(rest, pivot);
  x.re[i - 1] = -u.re;
  x.im[i - 1] = -u.im;
  x.re[i] = -y.re;
  x.im[i] = -y.im;
}

function shrink(x: ComplexVector, end: number, factor: number): void {
  for (let j = 0; j < end; j++) {
    x.re[j]! *= factor;
    x.im[j]! *= factor;
  }
}

function multiply(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
}

function subtract(a: Complex, b: Complex): Complex {
  return { re: a.re - b.re, im: a.im - b.im };
}

/** Complex division without overflow in between (Smith 1962). */
function divide(a: Complex, b: Complex): Complex {
  if (Math.abs(b.re) >= Math.abs(b.im)) {
    const ratio = b.im / b.re;
    const bottom = b.re + b.im * ratio;
    return { re: (a.re + a.im * ratio) / bottom, im: (a.im - a.re * ratio) / bottom };
  }
  const ratio = b.re / b.im;
  const bottom = b.re * ratio + b.im;
  return { re: (a.re * ratio + a.im) / bottom, im: (a.im * ratio - a.re) / bottom };
}
