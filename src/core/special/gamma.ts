import { cosPi, log, log1p, sinPi } from "./elementary.ts";

/** (-1)^k (zeta(k) - 1) / k for k = 2, 3, ...: Taylor coefficients of lgamma(2 + z) beyond z (1 - euler). */
const lgammaSeries = [
  0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986, 0.0028905103307415234,
  -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939, 9.945751278180853e-5,
  -4.492623673813314e-5, 2.050721277567069e-5, -9.439488275268397e-6, 4.374866789907488e-6,
  -2.039215753801366e-6, 9.55141213040742e-7, -4.492469198764566e-7, 2.1207184805554665e-7,
  -1.0043224823968099e-7, 4.7698101693639804e-8, -2.2711094608943164e-8, 1.0838659214896955e-8,
  -5.183475041970047e-9, 2.4836745438024785e-9, -1.1921401405860912e-9, 5.731367241678862e-10,
] as const;

/** B_2k / (2k (2k - 1)): coefficients of Stirling's series. */
const stirlingSeries = [
  0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380953,
  0.0008417508417508417, -0.0019175269175269176, 0.00641025641025641, -0.029550653594771242,
] as const;

/** B_2k / 2k, of the asymptotic series of digamma. */
const digammaSeries = [
  0.08333333333333333, -0.008333333333333333, 0.003968253968253968, -0.004166666666666667,
  0.007575757575757576, -0.021092796092796094, 0.08333333333333333, -0.4432598039215686,
] as const;

/** B_2k, of the asymptotic series of trigamma. */
const trigammaSeries = [
  0.16666666666666666, -0.03333333333333333, 0.023809523809523808, -0.03333333333333333, 0.07575757575757576,
  -0.2531135531135531, 1.1666666666666667, -7.092156862745098,
] as const;

/** The positive root of digamma, as a sum, and the Taylor coefficients there. */
const digammaRoot = 1.4616321449683622;
const digammaRootRest = 9.549995429965697e-17;
const digammaAtRoot = [
  0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652, 0.10782405069126237,
  -0.07219956125645471, 0.04880428816414311, -0.03316112647484736, 0.022597648232218104, -0.01542476590494896,
  0.010538791616612175, -0.007204534386356869, 0.004926781395729853, -0.003369801655439328,
  0.002305126326734928, -0.0015769367714301972, 0.0010788252019162967, -0.0007380709389960052,
  0.000504953265834602, -0.0003454680251063077, 0.00023635601564027053, -0.00016170622091974803,
  0.0001106337276874741, -7.569179582195066e-5, 5.178575795222081e-5, -3.5430070947659604e-5,
  2.424006611860132e-5, -1.6584242271854135e-5, 1.134638458466385e-5, -7.762817668462094e-6,
  5.3110609208898636e-6,
] as const;

/** From here on the asymptotic series with 8 terms reach double precision. */
const asymptoticFrom = 10;

export const halfLogTwoPi = 0.9189385332046728;

/** c_0 + z (c_1 + z (c_2 + ...)). */
function horner(coefficients: readonly number[], z: number): number {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * z + coefficients[k]!;
  return sum;
}

/** lgamma(2 + z) for |z| <= 1/2. */
function lgammaAtTwo(z: number): number {
  return z * (0.42278433509846713 + z * horner(lgammaSeries, z));
}

/** lgamma(1 + x) for x >= 0, accurate when x is small. */
export function lgamma1p(x: number): number {
  return x < 0.5 ? lgammaAtTwo(x) - log1p(x) : lgamma(1 + x);
}

/**
 * log |Gamma(x)|; Infinity at 0 and the negative whole numbers. Relative error a few ulp for x > 0 (also next
 * to the zeros 1 and 2), absolute for x < 0.
 */
export function lgamma(x: number): number {
  if (Number.isNaN(x)) return x;
  if (!Number.isFinite(x) || (x <= 0 && Number.isInteger(x))) return Number.POSITIVE_INFINITY;
  // Reflection: Gamma(x) Gamma(1 - x) = pi / sin(pi x).
  if (x < 0) return log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  if (x < 0.5) return lgamma1p(x) - log(x);
  if (x < 1.5) return lgammaAtTwo(x - 1) - log1p(x - 1);
  if (x >= asymptoticFrom) return (x - 0.5) * (log(x) - 1) + (halfLogTwoPi - 0.5 + stirlingError(x));
  let product = 1;
  let reduced = x;
  while (reduced >= 2.5) {
    reduced -= 1;
    product *= reduced;
  }
  return lgammaAtTwo(reduced - 2) + log(product);
}

/** What Stirling's formula leaves out: lgamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2), x > 0. */
export function stirlingError(x: number): number {
  if (x < asymptoticFrom) return lgamma(x) - ((x - 0.5) * log(x) - x + halfLogTwoPi);
  return horner(stirlingSeries, 1 / (x * x)) / x;
}

/** Logarithmic derivative of Gamma; NaN at 0 and the negative whole numbers, where the sign of the pole differs. */
export function digamma(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return x;
  if (!Number.isFinite(x) || (x <= 0 && Number.isInteger(x))) return Number.NaN;
  if (x < 0) return digamma(1 - x) - (Math.PI * cosPi(x)) / sinPi(x);
  if (Math.abs(x - digammaRoot) < 0.45) {
    const d = x - digammaRoot - digammaRootRest;
    return d * horner(digammaAtRoot, d);
  }
  let shift = 0;
  let shifted = x;
  while (shifted < asymptoticFrom) {
    shift += 1 / shifted;
    shifted += 1;
  }
  const inverse = 1 / (shifted * shifted);
  return log(shifted) - (0.5 / shifted + inverse * horner(digammaSeries, inverse)) - shift;
}

/** Second derivative of lgamma; Infinity at 0 and the negative whole numbers. */
export function trigamma(x: number): number {
  if (Number.isNaN(x) || x === Number.NEGATIVE_INFINITY) return Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return 0;
  if (x <= 0 && Number.isInteger(x)) return Number.POSITIVE_INFINITY;
  if (x < 0) {
    const cosecant = Math.PI / sinPi(x);
    return cosecant * cosecant - trigamma(1 - x);
  }
  let shift = 0;
  let shifted = x;
  while (shifted < asymptoticFrom) {
    shift += 1 / (shifted * shifted);
    shifted += 1;
  }
  const inverse = 1 / (shifted * shifted);
  return shift + 1 / shifted + inverse * (0.5 + horner(trigammaSeries, inverse) / shifted);
}
