import { constants } from "ockham/exact";
import { accessor, type Registration } from "./registration.ts";

const identity = () => ({ num: [0n, 1n], den: [1n] });

export const registration: Registration = {
  methods: {
    esmaSearch: {
      args: () => ({
        constant: constants.e,
        options: { degree: 1, coeffLimit: 1, periods: [1, 1], depth: 40, verifyDepth: 200 },
      }),
      long: true,
      invalid: {
        degree: [-1, 0.5],
        coeffLimit: [0],
        periods: [[], [0, 1], [2, 1]],
        depth: [0, 1.5],
        prime: [200, 2],
        workDigits: [0],
        knownDigits: [1],
        verifyDepth: [1],
        verifyDigits: [0],
      },
    },
    enumerateLeftSides: {
      args: () => ({ options: { degree: 1, coeffLimit: 1 } }),
      invalid: { degree: [-1, 0.5], coeffLimit: [0, 101] },
    },
    evaluateLeftSide: accessor(() => ({ side: identity(), x: constants.e.digits(20) })),
    leftSideText: accessor(() => ({ side: identity(), name: "e" })),
    signPeriods: { args: () => ({ min: 1, max: 2 }) },
    signedContinuedFraction: accessor(() => ({
      x: constants.e.digits(50),
      side: identity(),
      signs: [1],
      depth: 10,
    })),
    extendByRecurrence: accessor(() => ({ recurrence: [1, -1, -1], initial: [1n, 1n], n: 10 })),
    closedForm: accessor(() => ({ a: [1n, 3n, 5n, 7n, 9n] })),
    toPolynomialFraction: accessor(() => ({
      form: {
        period: 2,
        polynomials: ["1", "2*k + 1"],
        coefficients: [
          { num: [1n], den: 1n },
          { num: [1n, 2n], den: 1n },
        ],
      },
      signs: [1],
    })),
    toSimple: accessor(() => ({ a: [3n, 4n, 5n], signs: [-1] })),
    fromSimple: accessor(() => ({ simple: [3n, 4n, 5n], signs: [-1] })),
  },
};
