import { InvalidInputError } from "ockham";
import { type DemoContext, defineDemo, type FormulasView, type Frame, type GivenFile } from "ockham/demo";
import {
  evaluatePolynomial,
  type Polynomial,
  polynomialTerms,
  type Rational,
  rational,
  rationalText,
} from "ockham/exact";
import { randomStream } from "ockham/random";
import {
  exactCovariance,
  genericRank,
  impliedCovariance,
  isSimple,
  type MixedGraph,
  oneConnections,
  parseMixedGraph,
  vanishingPolynomials,
} from "ockham/stats";

/** Longer sums are cut when they are shown, never when they are computed. */
const mostTerms = 24;

const initialPair = "a c";
const mostVertices = 7;

export const demo = defineDemo({
  says: "Draw a structural equation model: arrows for effects, double arrows for correlated errors, feedback loops welcome. The covariance that it implies between two variables comes out as an exact formula, a finite sum over subgraphs, and is checked against inverting the matrix at a random point in exact fractions.",
  shows: [
    { kind: "formulas", title: "Covariance of the pair", rows: 1 },
    { kind: "table", title: "Checked at a random point, in exact fractions", rows: 6 },
    { kind: "table", title: "Can the parameters be recovered?", rows: 4 },
    { kind: "formulas", title: "Testable equations", rows: 1 },
  ],
  controls: {
    graph: {
      kind: "graph",
      label: "Model",
      value: "a -> b\nb -> c\nc -> b\nb <-> c",
      maxVertices: mostVertices,
      examples: {
        "feedback with instrument": "a -> b\nb -> c\nc -> b\nb <-> c",
        "one loop": "a -> b\nb -> c\nc -> a",
        "chain of four": "a -> b\nb -> c\nc -> d\nb <-> d",
        market: "r -> q\nq -> p\np -> q\ni -> p\nq <-> p",
      },
    },
    pair: { kind: "text", label: "Covariance of", value: initialPair, maxLength: 20 },
    degree: { kind: "number", label: "Degree of testable equations", value: 2, min: 1, max: 3, step: 1 },
    seed: { kind: "seed", label: "Seed of the check", value: 1 },
    file: {
      kind: "file",
      label: "Your own model",
      says: "A text file with lines such as a -> b and a <-> b, for at most seven variables. It is used in place of the drawing.",
      accept: [".txt"],
      maxBytes: 10_000,
    },
  },
  async *run({ graph: drawn, pair, degree, seed, file }, { signal, onProgress }: DemoContext) {
    const graph = file === undefined ? parseMixedGraph(drawn) : ownGraph(file);
    const labels = graph.labels ?? [];
    // Variables of the drawing say nothing about a model of one's own.
    const [i, j] = file !== undefined && pair === initialPair ? [0, graph.n - 1] : pairOf(pair, graph);
    const names = parameterTex(graph);
    const { numerator, denominator } = impliedCovariance(graph);
    const connections = [...oneConnections(graph, i, j)];
    const sigma = `\\sigma_{${labels[i]}${labels[j]}}`;
    const top = polynomialTex(numerator(i, j), names);
    const bottom = polynomialTex(denominator, names);
    const formula: FormulasView = {
      kind: "formulas",
      title: `Covariance of ${labels[i]} and ${labels[j]}`,
      formulas: [
        {
          tex: bottom.tex === "1" ? `${sigma} = ${top.tex}` : `${sigma} = \\frac{${top.tex}}{${bottom.tex}}`,
          says: `${top.terms} terms over ${bottom.terms}; ${connections.length} ${connections.length === 1 ? "one-connection" : "one-connections"} from ${labels[i]} to ${labels[j]}: ${connections
            .slice(0, 6)
            .map(({ path, cycles }) =>
              [path, ...cycles]
                .map((vertices) => vertices.map((v) => labels[v]).join(" "))
                .join(" with cycle "),
            )
            .join("; ")}`,
        },
      ],
    };
    const check = checked(graph, seed);
    const first: Frame["views"] = [formula, check.table];
    yield { done: 1, total: 3, views: first };

    const rank = genericRank(graph, { seed });
    const second: Frame["views"] = [
      ...first,
      {
        kind: "table",
        title: "Can the parameters be recovered?",
        columns: [{ name: "" }, { name: "answer" }],
        rows: [
          ["parameters", rank.parameters],
          ["rank of the parametrisation", rank.rank],
          ["finitely many solutions", rank.finiteToOne ? "yes" : "no"],
          [
            "at most one edge between any two",
            isSimple(graph) ? "yes: the theorem applies" : "no: a bow or a 2-cycle",
          ],
        ],
      },
    ];
    yield { done: 2, total: 3, views: second };

    const { polynomials } = await vanishingPolynomials(graph, { maxDegree: degree, signal, onProgress });
    const covariances = covarianceTex(graph);
    yield {
      done: 3,
      total: 3,
      views: [
        ...second,
        {
          kind: "formulas",
          title: `Testable equations up to degree ${degree}`,
          formulas:
            polynomials.length === 0
              ? [
                  {
                    tex: "\\varnothing",
                    says: "None: at this degree the model forbids no covariance matrix.",
                  },
                ]
              : polynomials.slice(0, 8).map(({ poly, verified }) => ({
                  tex: `${polynomialTex(poly, covariances).tex} = 0`,
                  says:
                    verified === "symbolic"
                      ? "proven by substitution"
                      : "zero at random points modulo primes",
                })),
        },
      ],
    };
  },
});

function ownGraph({ name, bytes }: GivenFile): MixedGraph {
  let graph: MixedGraph;
  try {
    graph = parseMixedGraph(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new InvalidInputError(name, (error as Error).message);
  }
  if (graph.n < 2 || graph.n > mostVertices)
    throw new InvalidInputError(name, `expected 2 to ${mostVertices} variables, got ${graph.n}`);
  return graph;
}

function pairOf(text: string, graph: MixedGraph): [number, number] {
  const wanted = text.trim().split(/[\s,]+/);
  const found = wanted.map((name) => graph.labels?.indexOf(name) ?? -1);
  if (found.length !== 2 || found.includes(-1))
    throw new InvalidInputError(
      "pair",
      `expected two variables of ${graph.labels?.join(", ")}, such as "${graph.labels?.slice(0, 2).join(" ")}", got "${text}"`,
    );
  return found as [number, number];
}

/** Covariances by the rule and by inverting the matrix, at one random point in exact fractions. */
function checked(graph: MixedGraph, seed: number): { readonly table: Frame["views"][number] } {
  const stream = randomStream(seed, "one-connection-demo");
  const draw = (): Rational => rational(1 + stream.integer(9), 2 + stream.integer(9));
  const lambda = graph.directed.map(draw);
  const omega = [
    ...Array.from({ length: graph.n }, () => rational(4 + stream.integer(6))),
    ...graph.bidirected.map(draw),
  ];
  const byInverse = exactCovariance(graph, { lambda, omega });
  const { numerator, denominator } = impliedCovariance(graph);
  const bottom = evaluatePolynomial(denominator, [...lambda, ...omega]);
  const rows = Array.from({ length: graph.n }, (_, i) =>
    Array.from({ length: graph.n - i }, (_, k) => {
      const j = i + k;
      const top = evaluatePolynomial(numerator(i, j), [...lambda, ...omega]);
      const rule = rational(top.num * bottom.den, top.den * bottom.num);
      return [
        `${graph.labels?.[i]}, ${graph.labels?.[j]}`,
        rationalText(rule),
        rationalText(byInverse[i]![j]!),
        rationalText(rule) === rationalText(byInverse[i]![j]!) ? "equal" : "different",
      ];
    }),
  ).flat();
  return {
    table: {
      kind: "table",
      title: "Checked at a random point, in exact fractions",
      columns: [{ name: "pair" }, { name: "one-connection rule" }, { name: "inverse matrix" }, { name: "" }],
      rows,
    },
  };
}

function parameterTex({ n, labels = [], directed, bidirected }: MixedGraph): string[] {
  return [
    ...directed.map(([a, b]) => `\\lambda_{${labels[a]}${labels[b]}}`),
    ...Array.from({ length: n }, (_, v) => `\\omega_{${labels[v]}}`),
    ...bidirected.map(([a, b]) => `\\omega_{${labels[a]}${labels[b]}}`),
  ];
}

function covarianceTex({ n, labels = [] }: MixedGraph): string[] {
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n - i }, (_, k) => `\\sigma_{${labels[i]}${labels[i + k]}}`),
  ).flat();
}

function polynomialTex(polynomial: Polynomial, names: readonly string[]): { tex: string; terms: number } {
  const terms = polynomialTerms(polynomial);
  const shown = terms.slice(0, mostTerms).map(({ coefficient, exponents }, at) => {
    const factors = exponents.flatMap((power, v) =>
      power === 0 ? [] : [power === 1 ? names[v]! : `${names[v]}^{${power}}`],
    );
    const size = coefficient < 0n ? -coefficient : coefficient;
    const sign = coefficient < 0n ? "-" : at === 0 ? "" : "+";
    return `${sign}${size === 1n && factors.length > 0 ? "" : size}${factors.join(" ")}`;
  });
  const rest = terms.length > mostTerms ? `+ \\cdots` : "";
  return { tex: terms.length === 0 ? "0" : shown.join(" ") + rest, terms: terms.length };
}
