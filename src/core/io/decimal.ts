const zero = 48;
const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?$/;
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** The number that the digits spell; NaN where there is anything but up to 15 digits. */
export function wholeNumber(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 15) return Number.NaN;
  let value = 0;
  for (let p = start; p < end; p++) {
    const digit = bytes[p]! - zero;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = 10 * value + digit;
  }
  return value;
}

/**
 * The decimal number, correctly rounded; NaN where it is none. Up to 15 digits with a small power of ten, which
 * float64 holds and divides or multiplies exactly, take a path without strings.
 */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  let p = start;
  const negative = bytes[p] === 45;
  if (negative || bytes[p] === 43) p++;
  let digits = 0;
  let value = 0;
  let scale = 0;
  let point = false;
  for (; p < end; p++) {
    const byte = bytes[p]!;
    const digit = byte - zero;
    if (digit >= 0 && digit <= 9) {
      value = 10 * value + digit;
      digits++;
      if (point) scale++;
    } else if (byte === 46 && !point) point = true;
    else break;
  }
  if (p === end && digits > 0 && digits <= 15) {
    const magnitude = value / powersOfTen[scale]!;
    return negative ? -magnitude : magnitude;
  }
  let text = "";
  for (let k = start; k < end; k++) text += String.fromCharCode(bytes[k]!);
  return numberPattern.test(text) ? Number(text.replace(/[dD]/, "e")) : Number.NaN;
}
