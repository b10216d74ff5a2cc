export { berlekampMassey } from "./berlekamp-massey.ts";
export { convergents, evaluateContinuedFraction } from "./continued-fraction.ts";
export { type HypergeometricSeries, sumSeries } from "./hypergeometric-series.ts";
export {
  chineseRemainder,
  type Echelon,
  echelonMod,
  inverseMod,
  isPrime,
  largestPrimes,
  type ModularMatrix,
  nullspaceMod,
  reconstructRational,
  requirePrime,
} from "./modular.ts";
export {
  addPolynomials,
  constantPolynomial,
  dividePolynomials,
  equalPolynomials,
  evaluatePolynomial,
  evaluatePolynomialMod,
  monomialPolynomial,
  monomialStrings,
  monomialWidth,
  multiplyPolynomials,
  type Polynomial,
  polynomialDegree,
  polynomialTerms,
  polynomialText,
  scalePolynomial,
  sumOfProducts,
  type Term,
} from "./polynomial.ts";
export {
  addRationals,
  divideRationals,
  equalRationals,
  gcd,
  multiplyRationals,
  type Rational,
  rational,
  rationalText,
  subtractRationals,
} from "./rational.ts";
export {
  besselRatio,
  coarsened,
  constants,
  type DecimalInterval,
  floorDivide,
  fromDecimal,
  type RealConstant,
} from "./real-constant.ts";
