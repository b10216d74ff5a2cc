import fc from "fast-check";
import { InvalidInputError, NumericalError } from "ockham";
import {
  addPolynomials,
  divideRationals,
  equalPolynomials,
  evaluatePolynomial,
  polynomialText,
  rational,
  scalePolynomial,
} from "ockham/exact";
import { randomStream } from "ockham/random";
import { describe, expect, test } from "vitest";
import {
  adjugate,
  covariancePairs,
  cycleCovers,
  evaluateCovariance,
  exactCovariance,
  genericRank,
  impliedCovariance,
  isSimple,
  type MixedGraph,
  mixedGraphToSvg,
  oneConnections,
  parameterNames,
  parseMixedGraph,
  testImplication,
  vanishingPolynomials,
} from "./index.ts";

const graphOf = (
  n: number,
  directed: [number, number][],
  bidirected: [number, number][] = [],
): MixedGraph => {
  const from1 = ([a, b]: [number, number]): [number, number] => [a - 1, b - 1];
  return { n, directed: directed.map(from1), bidirected: bidirected.map(from1) };
};
const threeCycle = graphOf(3, [
  [1, 2],
  [2, 3],
  [3, 1],
]);
const twoCycle = graphOf(2, [
  [1, 2],
  [2, 1],
]);
const fourVertices = graphOf(4, [
  [1, 2],
  [2, 1],
  [2, 3],
  [3, 4],
  [4, 2],
]);
const instrument = graphOf(
  3,
  [
    [1, 2],
    [2, 3],
  ],
  [[2, 3]],
);
const verma = graphOf(
  4,
  [
    [1, 2],
    [2, 3],
    [3, 4],
    [1, 3],
  ],
  [[2, 4]],
);

/** Every graph on n vertices: each pair of vertices has a forward, backward and bidirected edge or not. */
const mixedGraph = fc.integer({ min: 1, max: 5 }).chain((n) => {
  const pairs = covariancePairs(n).filter(([i, j]) => i < j);
  return fc.array(fc.integer({ min: 0, max: 7 }), { minLength: pairs.length, maxLength: pairs.length }).map(
    (kinds): MixedGraph => ({
      n,
      directed: pairs.flatMap(([i, j], k): [number, number][] => [
        ...(kinds[k]! & 1 ? ([[i, j]] as [number, number][]) : []),
        ...(kinds[k]! & 2 ? ([[j, i]] as [number, number][]) : []),
      ]),
      bidirected: pairs.filter((_, k) => kinds[k]! & 4),
    }),
  );
});

describe("the one-connection rule", () => {
  test("gives the determinant and adjugate of the 3-cycle", () => {
    const { determinant, entry } = adjugate(threeCycle);
    expect(polynomialText(determinant)).toBe("-l12*l23*l31 + 1");
    const texts = [0, 1, 2].map((i) => [0, 1, 2].map((j) => polynomialText(entry(i, j))));
    expect(texts).toEqual([
      ["1", "l12", "l12*l23"],
      ["l23*l31", "1", "l23"],
      ["l31", "l12*l31", "1"],
    ]);
  });

  test("counts cycles off the path with their sign", () => {
    const { determinant, entry } = adjugate(fourVertices);
    expect(polynomialText(determinant)).toBe("-l23*l34*l42 - l12*l21 + 1");
    expect(polynomialText(entry(0, 0))).toBe("-l23*l34*l42 + 1");
    expect(polynomialText(entry(2, 3))).toBe("-l12*l21*l34 + l34");
    expect(polynomialText(entry(3, 3))).toBe("-l12*l21 + 1");
    expect(polynomialText(entry(0, 2))).toBe("l12*l23");
  });

  test("gives the covariances of the 2-cycle", () => {
    const { numerator, denominator } = impliedCovariance(twoCycle);
    expect(polynomialText(numerator(0, 0))).toBe("l21^2*w22 + w11");
    expect(polynomialText(numerator(1, 0))).toBe("l12*w11 + l21*w22");
    expect(polynomialText(denominator)).toBe("l12^2*l21^2 - 2*l12*l21 + 1");
  });

  test("agrees exactly with the inverse matrix on any mixed graph", () => {
    fc.assert(
      fc.property(mixedGraph, fc.integer(), (graph, seed) => {
        const random = randomStream(seed, "point");
        const point = parameterNames(graph).map(() =>
          rational(random.integer(19) - 9, 1 + random.integer(5)),
        );
        const parameters = {
          lambda: point.slice(0, graph.directed.length),
          omega: point.slice(graph.directed.length),
        };
        const { numerator, denominator } = impliedCovariance(graph);
        const below = evaluatePolynomial(denominator, point);
        if (below.num === 0n) {
          expect(() => exactCovariance(graph, parameters)).toThrow(NumericalError);
          return;
        }
        const exact = exactCovariance(graph, parameters);
        for (const [i, j] of covariancePairs(graph.n)) {
          expect(divideRationals(evaluatePolynomial(numerator(i, j), point), below)).toEqual(exact[i]![j]);
          expect(exact[i]![j]).toEqual(exact[j]![i]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("agrees with the inverse matrix where covariances have hundreds of terms", () => {
    const ring = Array.from({ length: 9 }, (_, v): [number, number] => [v, (v + 1) % 9]);
    const chords: [number, number][] = [
      [0, 4],
      [3, 7],
      [6, 2],
      [5, 1],
      [8, 3],
    ];
    const graph: MixedGraph = {
      n: 9,
      directed: [...ring, ...chords],
      bidirected: [
        [0, 5],
        [2, 3],
      ],
    };
    const random = randomStream(4, "ring");
    const point = parameterNames(graph).map(() => rational(random.integer(19) - 9, 1 + random.integer(5)));
    const parameters = { lambda: point.slice(0, 14), omega: point.slice(14) };
    const exact = exactCovariance(graph, parameters);
    const { numerator, denominator } = impliedCovariance(graph);
    const below = evaluatePolynomial(denominator, point);
    for (const [i, j] of [
      [0, 0],
      [3, 8],
      [7, 2],
    ] as const) {
      expect(numerator(i, j).coefficients.length).toBeGreaterThan(64);
      expect(divideRationals(evaluatePolynomial(numerator(i, j), point), below)).toEqual(exact[i]![j]);
    }
  });

  test("is the sum over one-connections and over cycle covers, listed one by one", () => {
    fc.assert(
      fc.property(mixedGraph, (graph) => {
        const { determinant, entry } = adjugate(graph);
        const variables = parameterNames(graph);
        const sum = (parts: Iterable<{ sign: 1 | -1; monomial: typeof determinant }>) =>
          addPolynomials(
            variables,
            ...[...parts].map(({ sign, monomial }) => scalePolynomial(monomial, BigInt(sign))),
          );
        expect(equalPolynomials(sum(cycleCovers(graph)), determinant)).toBe(true);
        for (const [i, j] of covariancePairs(graph.n))
          expect(equalPolynomials(sum(oneConnections(graph, i, j)), entry(i, j))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("evaluates in doubles, and says when Omega is not positive definite", () => {
    const { covariance, positiveDefinite } = evaluateCovariance(twoCycle, {
      lambda: [0.5, 0.5],
      omega: [1, 2],
    });
    expect(positiveDefinite).toBe(true);
    expect(covariance.data[0]).toBeCloseTo((1 + 0.25 * 2) / 0.5625, 12);
    expect(evaluateCovariance(twoCycle, { lambda: [0.5, 0.5], omega: [1, -1] }).positiveDefinite).toBe(false);
    expect(() => evaluateCovariance(twoCycle, { lambda: [2, 0.5], omega: [1, 1] })).toThrow(
      /det\(I - Lambda\) = 0/,
    );
  });
});

describe("the generic rank", () => {
  test.each([
    ["the 2-cycle", twoCycle, 3, 4],
    ["the 3-cycle", threeCycle, 6, 6],
    ["the instrument model", instrument, 6, 6],
    ["the Verma graph", verma, 9, 9],
  ])("of %s", (_, graph, rank, parameters) => {
    expect(genericRank(graph)).toMatchObject({ rank, parameters, finiteToOne: rank === parameters });
  });

  test("is full for every simple graph, with feedback cycles too", () => {
    fc.assert(
      fc.property(mixedGraph, (graph) => {
        const { rank, finiteToOne } = genericRank(graph);
        expect(rank).toBeLessThanOrEqual((graph.n * (graph.n + 1)) / 2);
        if (isSimple(graph)) expect(finiteToOne).toBe(true);
      }),
    );
    expect([isSimple(threeCycle), isSimple(twoCycle), isSimple(instrument)]).toEqual([true, false, false]);
  });
});

describe("vanishing polynomials", () => {
  const found = async (graph: MixedGraph, maxDegree: number): Promise<string[]> => {
    const { polynomials, complete } = await vanishingPolynomials(graph, { maxDegree });
    expect(complete).toBe(true);
    expect(polynomials.every(({ verified }) => verified === "symbolic")).toBe(true);
    return polynomials.map(({ poly }) => polynomialText(poly));
  };

  test("of a chain, a collider and an instrument are the known ones", async () => {
    const chain = graphOf(3, [
      [1, 2],
      [2, 3],
    ]);
    const collider = graphOf(3, [
      [1, 2],
      [3, 2],
    ]);
    expect(await found(chain, 3)).toEqual(["s13*s22 - s12*s23"]);
    expect(await found(collider, 3)).toEqual(["s13"]);
    expect(await found(instrument, 3)).toEqual([]);
  });

  test("of the Verma graph begin with one of degree 4 with eight terms", async () => {
    expect(await found(verma, 3)).toEqual([]);
    const [constraint, ...others] = await found(verma, 4);
    expect(others).toEqual([]);
    expect(constraint!.split(/ [+-] /)).toHaveLength(8);
  });

  test("say when multidegrees were left out", async () => {
    const { complete, searched } = await vanishingPolynomials(verma, { maxDegree: 2, maxTerms: 2 });
    expect(complete).toBe(false);
    expect(searched.skipped).toBeGreaterThan(0);
  });

  test("are rejected by data of another model alone", async () => {
    const [chain] = (
      await vanishingPolynomials(
        graphOf(3, [
          [1, 2],
          [2, 3],
        ]),
        { maxDegree: 2 },
      )
    ).polynomials;
    const random = randomStream(3, "data");
    const rows = 2000;
    const make = (direct: number): Float64Array => {
      const data = new Float64Array(3 * rows);
      for (let i = 0; i < rows; i++) {
        const x = random.normal();
        const y = 0.8 * x + random.normal();
        data.set([x, 1000 * y, 0.7 * y + direct * x + random.normal()], 3 * i);
      }
      return data;
    };
    const pValue = (direct: number): number =>
      testImplication(chain!.poly, { dtype: "float64", shape: [rows, 3], data: make(direct) }).pValue;
    expect(pValue(0.5)).toBeLessThan(1e-6);
    // Uniform under the model: 40 draws below 0.05 more than ten times have probability 1e-6.
    expect(Array.from({ length: 40 }, () => pValue(0)).filter((p) => p < 0.05).length).toBeLessThan(10);
  });
});

describe("mixed graphs", () => {
  test("are read from lines of edges", () => {
    const graph = parseMixedGraph("price -> demand # comment\n\nprice <- cost\ndemand <-> price\nalone\n");
    expect(graph.labels).toEqual(["price", "demand", "cost", "alone"]);
    expect(graph.directed).toEqual([
      [0, 1],
      [2, 0],
    ]);
    expect(graph.bidirected).toEqual([[1, 0]]);
    expect(parameterNames(graph)[0]).toBe("l_price_demand");
  });

  test("refuse repeated, self and unreadable edges by name", () => {
    expect(() => parseMixedGraph("a -> b\nb <- a")).toThrow(/a -> b occurs twice/);
    expect(() => parseMixedGraph("a <-> b\nb <-> a")).toThrow(/b <-> a occurs twice/);
    expect(() => parseMixedGraph("a -> a")).toThrow(/from a vertex to itself/);
    expect(() => parseMixedGraph("a -> b\na => b")).toThrow(/line 2/);
    expect(() => isSimple({ n: 2, directed: [[0, 2]], bidirected: [] })).toThrow(InvalidInputError);
  });

  test("are drawn with an arrow for every edge", () => {
    const svg = mixedGraphToSvg({ ...verma, labels: ["a<b", "b", "c", "d"] });
    expect(svg.match(/class="directed"/g)).toHaveLength(4);
    expect(svg.match(/class="bidirected"/g)).toHaveLength(1);
    expect(svg).toContain("a&lt;b");
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});
