import { fromNested } from "ockham/array";
import { monomialPolynomial, rational } from "ockham/exact";
import { covarianceNames, type ImpliedCovariance, type MixedGraph } from "ockham/stats";
import { accessor, type Registration } from "./registration.ts";

/** A feedback loop with an instrument. */
const mixed = (): MixedGraph => ({
  n: 3,
  directed: [
    [0, 1],
    [1, 2],
    [2, 1],
  ],
  bidirected: [[1, 2]],
});

export const registration: Registration = {
  methods: {
    isSimple: accessor(() => ({ graph: mixed() })),
    parameterNames: accessor(() => ({ graph: mixed() })),
    covarianceNames: accessor(() => ({ graph: mixed() })),
    covariancePairs: accessor(() => ({ n: 3 })),
    parseMixedGraph: { args: () => ({ text: "a -> b\nb <-> c" }) },
    mixedGraphToSvg: accessor(() => ({ graph: mixed() })),
    oneConnections: {
      ...accessor(() => ({ graph: mixed(), i: 0, j: 2 })),
      plain: (all: Iterable<unknown>) => [...all],
    },
    cycleCovers: {
      ...accessor(() => ({ graph: mixed() })),
      plain: (all: Iterable<unknown>) => [...all],
    },
    adjugate: {
      ...accessor(() => ({ graph: mixed() })),
      plain: ({ determinant }: { determinant: unknown }) => determinant,
    },
    impliedCovariance: {
      ...accessor(() => ({ graph: mixed() })),
      plain: ({ numerator, denominator }: ImpliedCovariance) => [numerator(0, 2), denominator],
    },
    evaluateCovariance: accessor(() => ({
      graph: mixed(),
      parameters: { lambda: [1, 0.5, 0.25], omega: [1, 1, 1, 0.5] },
    })),
    exactCovariance: accessor(() => ({
      graph: mixed(),
      parameters: {
        lambda: [rational(1), rational(1, 2), rational(1, 3)],
        omega: [1, 1, 1, 1].map((value) => rational(value)),
      },
    })),
    genericRank: {
      args: () => ({ graph: mixed(), options: {} }),
      seeded: true,
      invalid: { primes: [0, 1.5] },
    },
    vanishingPolynomials: {
      args: () => ({ graph: mixed(), options: { maxDegree: 2 } }),
      long: true,
      invalid: { maxDegree: [0, 1.5], maxTerms: [0] },
    },
    testImplication: {
      args: () => ({
        poly: monomialPolynomial(covarianceNames({ n: 2, directed: [], bidirected: [] }), [1]),
        data: fromNested([
          [1, 2],
          [0, 3],
          [2, 1],
          [5, 0],
        ]),
      }),
    },
  },
};
