import {
  divideRationals,
  equalRationals,
  evaluatePolynomial,
  polynomialText,
  type Rational,
  rational,
} from "ockham/exact";
import { definePaper, type Figure, type Run, type Table } from "ockham/paper";
import { type RandomStream, randomStream } from "ockham/random";
import {
  covariancePairs,
  exactCovariance,
  genericRank,
  impliedCovariance,
  isSimple,
  type MixedGraph,
  parameterNames,
  vanishingPolynomials,
} from "ockham/stats";
import { factsOf } from "../catalogue.ts";
import { covarianceByCofactors } from "./cofactors.ts";
import { fastest } from "./fastest.ts";
import { cyclicDigraphs, knownModels, randomSimpleGraph, ringWithChords } from "./graphs.ts";

export const paper = definePaper({
  ...factsOf("one-connection"),
  claims: [
    {
      id: "exact-agreement",
      says: "Random rational points on all digraphs with a cycle on 4 vertices, up to 6 edges, where rule and inverse agree exactly",
      paper: "a closed form for models with cycles",
      bar: { atLeast: 100 },
      unit: "%",
    },
    {
      id: "larger-agreement",
      says: "The same on random simple mixed graphs with cycles on 8 to 10 vertices",
      paper: "a closed form for models with cycles",
      bar: { full: { atLeast: 100 } },
      unit: "%",
    },
    {
      id: "simple-finite-to-one",
      says: "Random simple mixed graphs, with cycles and without, whose parametrisation is proven finite-to-one",
      paper: "all simple graphs are generically finite-to-one",
      bar: { atLeast: 100 },
      unit: "%",
    },
    {
      id: "two-cycle",
      says: "Parameters of the 2-cycle, which is not simple, beyond the rank of its parametrisation",
      paper: "no statement",
      bar: { between: [1, 1] },
      unit: "",
    },
    {
      id: "known-models",
      says: "Models whose identifiability and polynomials up to degree 3 or 4 are exactly the known ones",
      paper: "an algorithm that explores the polynomials of a model",
      bar: { atLeast: 100 },
      unit: "%",
    },
    {
      id: "false-polynomials",
      says: "Polynomials found that do not vanish at each of 1000 fresh rational points (100 in a quick run)",
      paper: "no statement",
      bar: { atMost: 0 },
      unit: "",
    },
    {
      id: "cofactor-speed",
      says: "Time of all covariances by cofactor expansion divided by that of the rule, 9 vertices, 14 edges, cycles",
      paper: "no statement",
      bar: { full: { atLeast: 20 } },
      unit: "x",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const random = randomStream(run.seed, "one-connection");
    const claims: Record<string, number> = {};
    const tables: Table[] = [];
    const figures: Figure[] = [];

    claims["exact-agreement"] = await agreement(
      run,
      [...cyclicDigraphs(4, 6)],
      3,
      random.split("digraphs"),
      0,
      full ? 0.1 : 0.5,
    );
    if (full) {
      const graphs = Array.from({ length: 30 }, (_, k) =>
        randomSimpleGraph(8 + (k % 3), random.split("larger", k), true),
      );
      // What a dense graph of this size implies has millions of terms.
      const sparse = graphs.map((graph) => ({ ...graph, directed: sparsened(graph) }));
      claims["larger-agreement"] = await agreement(run, sparse, 1, random.split("points"), 0.1, 0.3);
    }

    const simple = await simpleGraphs(run, random, full ? 2000 : 200, full ? 0.3 : 0.5, full ? 0.5 : 0.7);
    claims["simple-finite-to-one"] = simple.share;
    tables.push(simple.table);
    const { rank, parameters } = genericRank({
      n: 2,
      directed: [
        [0, 1],
        [1, 0],
      ],
      bidirected: [],
    });
    claims["two-cycle"] = parameters - rank;

    const known = await search(run, random, full ? 1000 : 100, full ? 0.5 : 0.7, full ? 0.8 : 1);
    claims["known-models"] = known.share;
    claims["false-polynomials"] = known.wrong;
    tables.push(known.table);

    if (full) {
      const timed = await times(run, 0.8, 1);
      claims["cofactor-speed"] = timed.ratio;
      figures.push(timed.figure);
      tables.push(timed.table);
    }
    return { claims, tables, figures };
  },
});

/** Ends a unit of work: progress, a turn of the event loop, and a look at the signal. */
async function step(run: Run, done: number, stage: string): Promise<void> {
  run.progress(done, 1, stage);
  await new Promise((resolve) => setTimeout(resolve));
  run.signal.throwIfAborted();
}

/** Percentage of points at which the rule gives the covariance matrix that inversion gives. */
async function agreement(
  run: Run,
  graphs: readonly MixedGraph[],
  points: number,
  random: RandomStream,
  from: number,
  to: number,
): Promise<number> {
  let agreed = 0;
  for (const [g, graph] of graphs.entries()) {
    const { numerator, denominator } = impliedCovariance(graph);
    const { n } = graph;
    for (let p = 0; p < points; p++) {
      const { point, exact } = randomModel(graph, random.split(g, p));
      const below = evaluatePolynomial(denominator, point);
      if (
        covariancePairs(n).every(([i, j]) =>
          equalRationals(divideRationals(evaluatePolynomial(numerator(i, j), point), below), exact[i]![j]!),
        )
      )
        agreed++;
    }
    if (g % 20 === 0 || n > 4) await step(run, from + ((to - from) * g) / graphs.length, "agreement");
  }
  return (100 * agreed) / (graphs.length * points);
}

/** Rational parameters at which I - Lambda is invertible, and the covariance matrix there by inversion. */
function randomModel(graph: MixedGraph, random: RandomStream): { point: Rational[]; exact: Rational[][] } {
  for (;;) {
    const point = parameterNames(graph).map(() => rational(random.integer(41) - 20, 1 + random.integer(9)));
    const edges = graph.directed.length;
    try {
      return {
        point,
        exact: exactCovariance(graph, { lambda: point.slice(0, edges), omega: point.slice(edges) }),
      };
    } catch (error) {
      if (!(error instanceof Error && error.name === "NumericalError")) throw error;
    }
  }
}

/** The first sixteen directed edges. */
function sparsened({ directed }: MixedGraph): (readonly [number, number])[] {
  return directed.slice(0, 16);
}

async function simpleGraphs(
  run: Run,
  random: RandomStream,
  count: number,
  from: number,
  to: number,
): Promise<{ share: number; table: Table }> {
  const tally = new Map<string, { graphs: number; proven: number }>();
  let proven = 0;
  for (let k = 0; k < count; k++) {
    const cyclic = k % 2 === 0;
    const n = run.mode === "full" ? 5 + (k % 6) : 5 + ((k % 4) >> 1);
    const graph = randomSimpleGraph(n, random.split("simple", k), cyclic);
    const rank = genericRank(graph, { seed: k });
    const key = `${n} vertices, ${cyclic ? "with" : "without"} cycles`;
    const row = tally.get(key) ?? { graphs: 0, proven: 0 };
    tally.set(key, { graphs: row.graphs + 1, proven: row.proven + Number(rank.proven && isSimple(graph)) });
    proven += Number(rank.proven);
    if (k % 20 === 0) await step(run, from + ((to - from) * k) / count, "simple graphs");
  }
  return {
    share: (100 * proven) / count,
    table: {
      id: "simple-graphs",
      title: "Random simple mixed graphs",
      columns: [{ name: "graphs" }, { name: "number" }, { name: "proven finite-to-one" }],
      rows: [...tally].sort().map(([key, { graphs, proven }]) => [key, graphs, proven]),
    },
  };
}

/** Searches the polynomials of the known models and tries every one at fresh points. */
async function search(
  run: Run,
  random: RandomStream,
  points: number,
  from: number,
  to: number,
): Promise<{ share: number; wrong: number; table: Table }> {
  let right = 0;
  let wrong = 0;
  const rows: Table["rows"][number][] = [];
  for (const [m, { name, graph, degree, finiteToOne, polynomials }] of knownModels.entries()) {
    await step(run, from + ((to - from) * m) / knownModels.length, name);
    const found = await vanishingPolynomials(graph, { maxDegree: degree, signal: run.signal });
    const rank = genericRank(graph);
    const texts = found.polynomials.map(({ poly }) => polynomialText(poly));
    const asKnown =
      rank.finiteToOne === finiteToOne &&
      found.complete &&
      texts.length === polynomials.length &&
      polynomials.every((known) => texts.includes(known));
    right += Number(asKnown);
    const vanishes = found.polynomials.map(() => true);
    for (let p = 0; p < points && vanishes.length > 0; p++) {
      const { exact } = randomModel(graph, random.split("fresh", m, p));
      const covariances = covariancePairs(graph.n).map(([i, j]) => exact[i]![j]!);
      for (const [k, { poly }] of found.polynomials.entries())
        if (evaluatePolynomial(poly, covariances).num !== 0n) vanishes[k] = false;
      if (p % 20 === 0) await step(run, from + ((to - from) * m) / knownModels.length, name);
    }
    wrong += vanishes.filter((holds) => !holds).length;
    rows.push([
      name,
      `${rank.rank} of ${rank.parameters}`,
      isSimple(graph),
      degree,
      texts.join("; ") || "none",
      asKnown,
    ]);
  }
  return {
    share: (100 * right) / knownModels.length,
    wrong,
    table: {
      id: "models",
      title: "Models with known answers",
      columns: [
        { name: "model" },
        { name: "rank of parameters" },
        { name: "simple" },
        { name: "degree searched" },
        { name: "polynomials" },
        { name: "as known" },
      ],
      rows,
    },
  };
}

/** The rule against cofactor expansion on rings with chords. */
async function times(
  run: Run,
  from: number,
  to: number,
): Promise<{ ratio: number; figure: Figure; table: Table }> {
  const sizes = [5, 6, 7, 8, 9];
  const rule: number[] = [];
  const cofactors: number[] = [];
  for (const [k, n] of sizes.entries()) {
    const chords = n === 9 ? ringWithChords.directed.slice(9) : ringWithChords.directed.slice(9, 9 + n - 4);
    const ring = Array.from({ length: n }, (_, v): [number, number] => [v, (v + 1) % n]);
    const within = chords.filter(([a, b]) => a < n && b < n && b !== (a + 1) % n);
    const graph = { n, directed: [...ring, ...within], bidirected: [] };
    rule.push(
      fastest(() => {
        const { numerator } = impliedCovariance(graph);
        return covariancePairs(n).map(([i, j]) => numerator(i, j));
      }),
    );
    await step(run, from + ((to - from) * k) / sizes.length, "cofactors");
    cofactors.push(fastest(() => covarianceByCofactors(graph)));
    await step(run, from + ((to - from) * (k + 1)) / sizes.length, "cofactors");
  }
  const ratio = cofactors.at(-1)! / rule.at(-1)!;
  return {
    ratio,
    figure: {
      id: "time",
      title: "All covariances of a ring with chords, in closed form",
      x: { label: "vertices" },
      y: { label: "time", unit: "ms", scale: "log" },
      series: [
        { name: "one-connection rule", mark: "line", x: sizes, y: rule },
        { name: "cofactor expansion", mark: "line", x: sizes, y: cofactors },
      ],
    },
    table: {
      id: "times",
      title: "All covariances of a ring with chords, in closed form",
      columns: [{ name: "vertices" }, { name: "rule", unit: "ms" }, { name: "cofactors", unit: "ms" }],
      rows: sizes.map((n, k) => [n, rule[k]!, cofactors[k]!]),
    },
  };
}
