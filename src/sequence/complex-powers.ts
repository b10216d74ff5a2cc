import type { Complex } from "../core/tensor/index.ts";

/**
 * exp(k rate) for whole numbers k: rate [...] times exponents [K] gives [..., K]. The phase is reduced to one turn in
 * double precision: in single precision a phase of thousands of turns would lose its last digits.
 */
export function complexPowers(rate: Complex, exponents: Float64Array): Complex {
  const { dtype } = rate.re;
  const k = rate.re.constant({ dtype: "float64", shape: [exponents.length], data: exponents });
  const size = rate.re.expandDims(-1).mul(k.cast(dtype)).exp();
  const phase = rate.im.cast("float64").expandDims(-1).mul(k);
  const turns = phase
    .mul(1 / (2 * Math.PI))
    .floor()
    .stopGradient();
  const angle = phase.sub(turns.mul(2 * Math.PI)).cast(dtype);
  return { re: size.mul(angle.cos()), im: size.mul(angle.sin()) };
}

/** from, from + by, ... */
export function arithmetic(count: number, from: number, by: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => from + i * by);
}
