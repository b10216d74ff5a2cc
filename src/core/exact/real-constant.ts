import { InvalidInputError, NumericalError, requireInteger } from "../errors.ts";
import { type HypergeometricSeries, sumSeries } from "./hypergeometric-series.ts";

/** A value known to lie in [lo, hi] / 10^digits. */
export interface DecimalInterval {
  readonly lo: bigint;
  readonly hi: bigint;
  readonly digits: number;
}

/** A real number that can be had to any number of digits, or to as many as are known. */
export interface RealConstant {
  readonly name: string;
  /**
   * An interval at that many decimal digits after the point, a few units wide at most.
   *
   * @throws NumericalError where fewer digits are known
   */
  digits(count: number): DecimalInterval;
}

/** Digits beyond those asked for. */
const guard = 10;

const one = (): bigint => 1n;
const exponential = (x: bigint): HypergeometricSeries => ({
  numerator: (n) => (n === 0 ? 1n : x),
  denominator: (n) => (n === 0 ? 1n : BigInt(n)),
  weight: one,
});
/** sin 1 and cos 1. */
const circular = (odd: 0 | 1): HypergeometricSeries => ({
  numerator: (n) => (n === 0 ? 1n : -1n),
  denominator: (n) => (n === 0 ? 1n : BigInt(2 * n * (2 * n + (odd === 1 ? 1 : -1)))),
  weight: one,
});
/** x artanh(1 / x), its weights 1 / (2n + 1) brought into the quotients. */
const artanh = (x: bigint): HypergeometricSeries => ({
  numerator: (n) => (n === 0 ? 1n : BigInt(2 * n - 1)),
  denominator: (n) => (n === 0 ? 1n : x * x * BigInt(2 * n + 1)),
  weight: one,
});
/** Chudnovsky and Chudnovsky. */
const chudnovsky: HypergeometricSeries = {
  numerator: (n) => (n === 0 ? 1n : -BigInt(6 * n - 5) * BigInt(2 * n - 1) * BigInt(6 * n - 1)),
  denominator: (n) => (n === 0 ? 1n : BigInt(n) ** 3n * 10939058860032000n),
  weight: (n) => 13591409n + 545140134n * BigInt(n),
};
/** 64 times Catalan's constant (Lupas, 2000). */
const lupas: HypergeometricSeries = {
  numerator: (n) => (n === 0 ? 32n : -32n * BigInt(n) ** 3n * BigInt(2 * n - 1)),
  denominator: (n) => (BigInt(4 * n + 3) * BigInt(4 * n + 1)) ** 2n,
  weight: (n) => 40n * BigInt(n + 1) ** 2n - 24n * BigInt(n + 1) + 3n,
};
/** 64 zeta(3) (Amdeberhan and Zeilberger, 1997). */
const apery: HypergeometricSeries = {
  numerator: (n) => (n === 0 ? 1n : -(BigInt(n) ** 5n)),
  denominator: (n) => (n === 0 ? 1n : 32n * BigInt(2 * n + 1) ** 5n),
  weight: (n) => 205n * BigInt(n) ** 2n + 250n * BigInt(n) + 77n,
};

/** Constants by name, by binary splitting: about 10 ms for 2000 digits. */
export const constants = {
  e: ofFraction("e", (digits) => sumSeries(exponential(1n), digits)),
  e2: ofFraction("e^2", (digits) => sumSeries(exponential(2n), digits)),
  pi: ofFraction("pi", (digits) => {
    const { num, den } = sumSeries(chudnovsky, digits + 10);
    const root = squareRoot(10005n * 100n ** BigInt(digits + 10));
    return { num: 426880n * root * den, den: num * 10n ** BigInt(digits + 10) };
  }),
  ln2: ofFraction("ln(2)", (digits) => {
    // 18 artanh(1/26) - 2 artanh(1/4801) + 8 artanh(1/8749)
    let sum = { num: 0n, den: 1n };
    for (const [factor, x] of [
      [18n, 26n],
      [-2n, 4801n],
      [8n, 8749n],
    ] as const) {
      const { num, den } = sumSeries(artanh(x), digits + 2);
      sum = { num: sum.num * den * x + factor * num * sum.den, den: sum.den * den * x };
    }
    return sum;
  }),
  tan1: ofFraction("tan(1)", (digits) => {
    const sine = sumSeries(circular(1), digits + 5);
    const cosine = sumSeries(circular(0), digits + 5);
    return { num: sine.num * cosine.den, den: sine.den * cosine.num };
  }),
  catalan: ofFraction("G", (digits) => {
    const { num, den } = sumSeries(lupas, digits);
    return { num, den: 64n * den };
  }),
  zeta3: ofFraction("zeta(3)", (digits) => {
    const { num, den } = sumSeries(apery, digits);
    return { num, den: 64n * den };
  }),
  sqrt2: ofFraction("sqrt(2)", (digits) => ({
    num: squareRoot(2n * 100n ** BigInt(digits)),
    den: 10n ** BigInt(digits),
  })),
  phi: ofFraction("phi", (digits) => ({
    num: 10n ** BigInt(digits) + squareRoot(5n * 100n ** BigInt(digits)),
    den: 2n * 10n ** BigInt(digits),
  })),
} as const satisfies Record<string, RealConstant>;

/**
 * The ratio of modified Bessel functions I_v(2 / q) / I_{v+1}(2 / q) with v = p / q, for whole p >= 0 and
 * q >= 1; its simple continued fraction is p + q, p + 2q, p + 3q, ... (Lehmer, 1973).
 */
export function besselRatio(p: number, q: number): RealConstant {
  requireInteger("p", p, 0, 1e6);
  requireInteger("q", q, 1, 1e6);
  const [u, v] = [BigInt(p), BigInt(q)];
  const sum = (order: bigint): HypergeometricSeries => ({
    numerator: one,
    denominator: (n) => (n === 0 ? 1n : v * BigInt(n) * (u + (BigInt(n) + order) * v)),
    weight: one,
  });
  return ofFraction(`bessel(${p}/${q})`, (digits) => {
    const above = sumSeries(sum(0n), digits + 10);
    const below = sumSeries(sum(1n), digits + 10);
    return { num: (u + v) * above.num * below.den, den: above.den * below.num };
  });
}

/**
 * A constant by its own decimal digits, "3.14159...": exact to half a unit of the last. Spaces, line breaks and
 * underscores between the digits are skipped.
 *
 * @throws InvalidInputError where the text is no decimal number
 */
export function fromDecimal(text: string, name = "x"): RealConstant {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text.replace(/[\s_]+/g, ""));
  if (match === null) throw new InvalidInputError("text", "expected the decimal digits of one number");
  const fraction = match[3] ?? "";
  const size = BigInt(match[2]! + fraction);
  const value = match[1] === "-" ? -size : size;
  const known = fraction.length;
  return {
    name,
    digits: (count) => {
      requireInteger("count", count, 1);
      if (count > known)
        throw new NumericalError(`need ${count} digits of ${name} after the point, have ${known}`, {
          needed: count,
          available: known,
        });
      // Tenths of the last digit, so that half a unit is whole.
      return widened(10n * value - 5n, 10n * value + 5n, known + 1, count);
    },
  };
}

/** The interval at fewer digits. */
export function coarsened({ lo, hi, digits }: DecimalInterval, count: number): DecimalInterval {
  return widened(lo, hi, digits, count);
}

/** A constant whose fraction at n digits errs by less than 10^-(n - 3). */
function ofFraction(name: string, fraction: (digits: number) => { num: bigint; den: bigint }): RealConstant {
  return {
    name,
    digits: (count) => {
      requireInteger("count", count, 1, 1e6);
      const { num, den } = fraction(count + guard);
      const value = floorDivide(num * 10n ** BigInt(count + guard), den);
      // 10^4 units at the guard digits: an allowance for all errors above.
      return widened(value - 10_000n, value + 10_000n, count + guard, count);
    },
  };
}

function widened(lo: bigint, hi: bigint, from: number, digits: number): DecimalInterval {
  const unit = 10n ** BigInt(from - digits);
  return { lo: floorDivide(lo, unit), hi: -floorDivide(-hi, unit), digits };
}

/** The largest whole number that is not above a / b. */
export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** Whole part of the square root, by Newton's iteration from above. */
function squareRoot(n: bigint): bigint {
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}
