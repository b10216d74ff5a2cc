/**
 * Exponential and logarithm made of +, -, *, / alone, which IEEE 754 fixes to the last bit. `Math.exp` and
 * `Math.log` may differ in the last bit between engines; whatever decides a random draw uses these, so that
 * a seed gives the same numbers on every machine. Error below 1 ulp. The method (argument reduction and
 * minimax coefficients) is that of FreeBSD's msun, by K. C. Ng.
 */

const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/** Views of one double, to take it apart and to build powers of two. */
const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
/** Which half holds sign and exponent depends on the byte order of the machine. */
const high = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Natural logarithm, the same on every machine; NaN below 0. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let exponent = 0;
  let scaled = x;
  if (x < 2.2250738585072014e-308) {
    exponent = -54;
    scaled = x * 18014398509481984;
  }
  // x = 2^exponent * (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)).
  double[0] = scaled;
  const word = halves[high]!;
  const shifted = (word & 0x000fffff) + 0x95f64;
  exponent += (word >>> 20) - 1023 + (shifted >>> 20);
  halves[high] = (word & 0x000fffff) | (0x3ff00000 - (shifted & 0x100000));
  const f = double[0]! - 1;
  const s = f / (2 + f);
  const z = s * s;
  const series =
    z *
    (0.6666666666666735 +
      z *
        (0.3999999999940942 +
          z *
            (0.2857142874366239 +
              z *
                (0.22222198432149784 +
                  z * (0.1818357216161805 + z * (0.15313837699209373 + z * 0.14798198605116586))))));
  const half = 0.5 * f * f;
  return exponent * ln2High - (half - (s * (half + series) + exponent * ln2Low) - f);
}

/** Exponential, the same on every machine. */
export function exp(x: number): number {
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.1332191019412) return 0;
  if (Number.isNaN(x)) return x;
  const exponent = Math.floor(Math.LOG2E * x + 0.5);
  const upper = x - exponent * ln2High;
  const lower = exponent * ln2Low;
  const r = upper - lower;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  const y = 1 - (lower - (r * c) / (2 - c) - upper);
  if (exponent > 1023) return y * 2 * powerOfTwo(exponent - 1);
  if (exponent < -1022) return y * powerOfTwo(exponent + 100) * 7.888609052210118e-31;
  return y * powerOfTwo(exponent);
}

/** 2^exponent for -1022 <= exponent <= 1023. */
function powerOfTwo(exponent: number): number {
  halves[high] = (exponent + 1023) << 20;
  halves[1 - high] = 0;
  return double[0]!;
}
