import { accessor, type Method, type Registration } from "./registration.ts";

/** Functions of numbers with a value for every number, NaN where the mathematics has none. */
const calls: Readonly<Record<string, readonly number[]>> = {
  besselI: [1.5, 2],
  besselIScaled: [1.5, 2],
  besselJ: [1.5, 2],
  besselK: [1.5, 2],
  besselKScaled: [1.5, 2],
  besselY: [1.5, 2],
  betaI: [2, 3, 0.4],
  betaIComplement: [2, 3, 0.4],
  binomialProbability: [2, 5, 0.3],
  cosPi: [0.3],
  digamma: [1.5],
  erf: [0.5],
  erfc: [0.5],
  erfcinv: [0.5],
  erfcx: [0.5],
  erfinv: [0.5],
  exp: [0.5],
  expm1: [0.5],
  gammaP: [2, 1.5],
  gammaPInverse: [2, 0.5],
  gammaQ: [2, 1.5],
  gammaQInverse: [2, 0.5],
  lgamma: [2.5],
  log: [0.5],
  log1p: [0.5],
  log1pExp: [0.5],
  logAddExp: [1, 2],
  logNormalCdf: [-2],
  logNormalDensity: [0.5],
  normalCdf: [0.5],
  normalQuantile: [0.5],
  poissonProbability: [2, 3.5],
  sinPi: [0.3],
  trigamma: [1.5],
};

export const registration: Registration = {
  methods: {
    ...Object.fromEntries(
      Object.entries(calls).map(([name, numbers]): [string, Method] => [
        name,
        accessor(() => Object.fromEntries(numbers.map((number, position) => [position, number]))),
      ]),
    ),
    logSumExp: accessor(() => ({ values: [1, 2, 3] })),
  },
};
