/**
 * Elementary functions made of +, -, *, / alone, which IEEE 754 fixes to the last bit. `Math.exp`, `Math.log`
 * and `Math.sin` may differ in the last bit between engines; random draws, special functions and Fourier
 * transforms use these, so that results are the same on every machine. Error about 1 ulp. Argument reduction
 * and minimax coefficients are those of FreeBSD's msun (K. C. Ng).
 */

const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/** Views of one double, to take it apart and to build powers of two. */
const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
/** Which half holds sign and exponent depends on the byte order of the machine. */
const high = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/**
 * 2^-1022, 2^-1021, ..., 2^1023. A table, because a double that is put together from two halves is read back only
 * after both have left the processor's store buffer.
 */
const powersOfTwo = new Float64Array(2046);
for (let i = 0, power = 2.2250738585072014e-308; i < powersOfTwo.length; i++, power *= 2)
  powersOfTwo[i] = power;

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
  return powersOfTwo[exponent + 1022]!;
}

/** log(1 + x), accurate for small x (Kahan's correction of log by the rounding of 1 + x). */
export function log1p(x: number): number {
  const sum = 1 + x;
  if (sum === 1 || sum === Number.POSITIVE_INFINITY) return x;
  return log(sum) * (x / (sum - 1));
}

/** exp(x) - 1, accurate for small x (Kahan). */
export function expm1(x: number): number {
  if (x > 40 || x < -40) return exp(x) - 1;
  const power = exp(x);
  if (power === 1) return x;
  return (power - 1) * (x / log(power));
}

/** sin(pi x): exactly 0 at whole numbers. */
export function sinPi(x: number): number {
  const { turn, rest } = quarterTurns(x);
  const value = (turn & 1) === 0 ? sineOf(rest) : cosineOf(rest);
  return turn >= 2 ? -value : value;
}

/** cos(pi x): exactly 0 halfway between whole numbers. */
export function cosPi(x: number): number {
  const { turn, rest } = quarterTurns(x);
  const value = (turn & 1) === 0 ? cosineOf(rest) : sineOf(rest);
  return turn === 1 || turn === 2 ? -value : value;
}

/** x = 2 m + turn / 2 + rest with whole m, turn in 0 .. 3 and |rest| <= 1/4; exact. */
function quarterTurns(x: number): { turn: number; rest: number } {
  if (!Number.isFinite(x)) return { turn: 0, rest: Number.NaN };
  const reduced = x % 2;
  const halves = Math.round(2 * reduced);
  return { turn: halves & 3, rest: reduced - halves / 2 };
}

/** sin(pi r) for |r| <= 1/4, with pi r to twice the precision. */
function sineOf(r: number): number {
  const { angle, error } = timesPi(r);
  const z = angle * angle;
  const series =
    0.00833333333332249 +
    z *
      (-0.0001984126982985795 +
        z * (2.7557313707070068e-6 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)));
  const cube = z * angle;
  return angle - (z * (0.5 * error - cube * series) - error + cube * 0.16666666666666632);
}

/** cos(pi r) for |r| <= 1/4. */
function cosineOf(r: number): number {
  const { angle, error } = timesPi(r);
  const z = angle * angle;
  const series =
    z *
    (0.0416666666666666 +
      z *
        (-0.001388888888887411 +
          z *
            (2.480158728947673e-5 +
              z * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 - z * 1.1359647557788195e-11)))));
  const half = 0.5 * z;
  const leading = 1 - half;
  return leading + (1 - leading - half + (z * series - angle * error));
}

/** pi r as a rounded value and what the rounding left out, by splitting both factors in halves (Dekker). */
function timesPi(r: number): { angle: number; error: number } {
  const angle = Math.PI * r;
  const piHigh = 3.1415926218032837;
  const piLow = 3.1786509424591713e-8;
  const wide = 134217729 * r;
  const rHigh = wide - (wide - r);
  const rLow = r - rHigh;
  const rounding = piHigh * rHigh - angle + piHigh * rLow + piLow * rHigh + piLow * rLow;
  return { angle, error: rounding + 1.2246467991473532e-16 * r };
}
