export { besselI, besselIScaled, besselJ, besselK, besselKScaled, besselY } from "./bessel.ts";
export { binomialProbability, poissonProbability } from "./deviance.ts";
export { cosPi, exp, expm1, log, log1p, sinPi } from "./elementary.ts";
export { erf, erfc, erfcx } from "./error-function.ts";
export { digamma, lgamma, trigamma } from "./gamma.ts";
export { betaI, betaIComplement } from "./incomplete-beta.ts";
export { gammaP, gammaPInverse, gammaQ, gammaQInverse } from "./incomplete-gamma.ts";
export { log1pExp, logAddExp, logSumExp } from "./log-sum-exp.ts";
export {
  erfcinv,
  erfinv,
  logNormalCdf,
  logNormalDensity,
  normalCdf,
  normalQuantile,
} from "./normal.ts";
