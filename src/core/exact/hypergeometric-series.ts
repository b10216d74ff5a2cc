/** The sum over n >= 0 of weight(n) * product over j = 0 .. n of numerator(j) / denominator(j). */
export interface HypergeometricSeries {
  readonly numerator: (n: number) => bigint;
  readonly denominator: (n: number) => bigint;
  readonly weight: (n: number) => bigint;
}

/**
 * The sum as a fraction, with an error below 10^-digits, by binary splitting: halves of the sum are put over a
 * common denominator, so that all but the last multiplications are of small numbers. The terms must fall at
 * least geometrically in the end.
 */
export function sumSeries(series: HypergeometricSeries, digits: number): { num: bigint; den: bigint } {
  // The weights of long series grow as powers of n: ten digits of them are allowed for.
  let terms = 0;
  for (let size = 0; size > -(digits + 10) || terms < 8; terms++) {
    const ratio = Math.abs(Number(series.numerator(terms)) / Number(series.denominator(terms)));
    size += Math.log10(ratio);
  }
  const { q, t } = split(series, 0, terms + 8);
  return { num: t, den: q };
}

interface Part {
  readonly p: bigint;
  readonly q: bigint;
  readonly t: bigint;
}

function split(series: HypergeometricSeries, from: number, to: number): Part {
  if (to - from === 1) {
    const p = series.numerator(from);
    return { p, q: series.denominator(from), t: series.weight(from) * p };
  }
  const middle = (from + to) >> 1;
  const left = split(series, from, middle);
  const right = split(series, middle, to);
  return { p: left.p * right.p, q: left.q * right.q, t: left.t * right.q + left.p * right.t };
}
