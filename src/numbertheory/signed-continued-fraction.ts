import { InvalidInputError, NumericalError, requireInteger } from "../core/errors.ts";
import { coarsened, type DecimalInterval, floorDivide } from "../core/exact/index.ts";
import { evaluateLeftSide, type FractionInterval, type LeftSide } from "./left-side.ts";

export type Sign = 1 | -1;

/** a[0] + b[0] / (a[1] + b[1] / (a[2] + ...)) with b repeating `signs`. */
export interface SignedContinuedFraction {
  readonly a: readonly bigint[];
  /** The digits of the constant that this many terms were read from. */
  readonly digitsUsed: number;
  /** The value is rational, as far as its digits tell: the expansion ends with the last term. */
  readonly terminates: boolean;
}

/** All sign periods of lengths in [min, max], +1 first, without those that repeat a shorter one. */
export function signPeriods(min: number, max: number): Sign[][] {
  requireInteger("min", min, 1, 16);
  requireInteger("max", max, min, 16);
  const periods: Sign[][] = [];
  for (let length = min; length <= max; length++)
    for (let mask = 0; mask < 1 << length; mask++) {
      const signs = Array.from({ length }, (_, k): Sign => ((mask >> k) & 1 ? -1 : 1));
      const repeats = (shorter: Sign[]): boolean =>
        length % shorter.length === 0 && signs.every((sign, k) => sign === shorter[k % shorter.length]);
      if (!periods.some(repeats)) periods.push(signs);
    }
  return periods;
}

/**
 * The first `depth` terms of the continued fraction of |P(x) / Q(x)| whose numerators repeat the given signs:
 * each term is the floor of what is left where +1 follows and the ceiling where -1 follows, so that what is
 * left is always at least 1. Both ends of the interval are expanded exactly; where they part, the digits are
 * doubled, and the expansion starts again.
 *
 * @param x all digits that are known
 * @param startDigits digits to begin with; default 500
 * @throws NumericalError where the known digits do not suffice for that depth
 */
export function signedContinuedFraction(
  x: DecimalInterval,
  side: LeftSide,
  signs: readonly Sign[],
  depth: number,
  startDigits = 500,
): SignedContinuedFraction {
  requireInteger("depth", depth, 1, 100_000);
  requireInteger("startDigits", startDigits, 1);
  if (signs.length === 0 || signs.some((sign) => sign !== 1 && sign !== -1))
    throw new InvalidInputError("signs", "expected a period of 1 and -1");
  for (let digits = Math.min(startDigits, x.digits); ; digits = Math.min(2 * digits, x.digits)) {
    const value = evaluateLeftSide(side, digits === x.digits ? x : coarsened(x, digits));
    const { a, ended, size } = value === undefined ? nothing : expand(value, signs, depth);
    const digitsUsed = Math.ceil(2 * size);
    if (a.length === depth || (ended && value !== undefined && isExact(value)))
      return { a, digitsUsed, terminates: ended };
    // A quotient of half of all digits: the value is that rational number to the last digit known.
    if (digits === x.digits && digitsUsed < digits / 2) return { a, digitsUsed, terminates: true };
    if (digits === x.digits)
      throw new NumericalError(
        `need about ${Math.ceil((digits * depth) / Math.max(1, a.length))} digits for ${depth} terms, have ${digits}`,
        { terms: a.length, depth, digits },
      );
  }
}

interface Expansion {
  readonly a: bigint[];
  /** The next term has no remainder at either end. */
  readonly ended: boolean;
  /** Decimal digits of the last convergent's denominator, nearly. */
  readonly size: number;
}

const nothing: Expansion = { a: [], ended: false, size: 0 };

/** Cost: two divisions of whole numbers as long as the digits for each term. */
function expand({ low, high }: FractionInterval, signs: readonly Sign[], depth: number): Expansion {
  const a: bigint[] = [];
  let [n1, d1, n2, d2] = [low.num, low.den, high.num, high.den];
  // Lost bits: the numbers shrink by as much as the denominators of the convergents grow.
  const bits = bitLength(d1);
  const size = (): number => Math.max(0, bits - bitLength(d1)) * Math.log10(2);
  for (let n = 0; n < depth; n++) {
    const up = signs[n % signs.length] === -1;
    const term = up ? -floorDivide(-n1, d1) : n1 / d1;
    const other = up ? -floorDivide(-n2, d2) : n2 / d2;
    if (term !== other) return { a, ended: false, size: size() };
    const rest1 = up ? term * d1 - n1 : n1 - term * d1;
    const rest2 = up ? term * d2 - n2 : n2 - term * d2;
    if (rest1 === 0n || rest2 === 0n) {
      const ended = rest1 === 0n && rest2 === 0n;
      if (ended) a.push(term);
      return { a, ended, size: size() };
    }
    a.push(term);
    [n1, d1, n2, d2] = [d1, rest1, d2, rest2];
  }
  return { a, ended: false, size: size() };
}

function isExact({ low, high }: FractionInterval): boolean {
  return low.num * high.den === high.num * low.den;
}

function bitLength(value: bigint): number {
  return 4 * value.toString(16).length;
}
