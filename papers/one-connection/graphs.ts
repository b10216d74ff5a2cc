import type { RandomStream } from "ockham/random";
import { type MixedGraph, parseMixedGraph } from "ockham/stats";

/** A model, what is known of it, and the degree up to which its polynomials are searched. */
export interface KnownModel {
  readonly name: string;
  readonly graph: MixedGraph;
  readonly degree: number;
  readonly finiteToOne: boolean;
  /** All generators up to that degree. */
  readonly polynomials: readonly string[];
}

const model = (
  name: string,
  edges: string,
  degree: number,
  finiteToOne: boolean,
  polynomials: readonly string[],
): KnownModel => ({
  name,
  // Vertices in ascending order, so that names of covariances are too.
  graph: parseMixedGraph(
    `${[...new Set(edges.match(/\d/g))].sort().join("\n")}\n${edges.split(", ").join("\n")}`,
  ),
  degree,
  finiteToOne,
  polynomials,
});

/** Answers derived by hand or from the literature on these models. */
export const knownModels: readonly KnownModel[] = [
  model("chain", "1 -> 2, 2 -> 3", 3, true, ["s13*s22 - s12*s23"]),
  model("chain of four", "1 -> 2, 2 -> 3, 3 -> 4", 3, true, [
    "s13*s22 - s12*s23",
    "s14*s22 - s12*s24",
    "s14*s23 - s13*s24",
    "s14*s33 - s13*s34",
    "s24*s33 - s23*s34",
  ]),
  model("collider", "1 -> 2, 3 -> 2", 3, true, ["s13"]),
  model("instrument", "1 -> 2, 2 -> 3, 2 <-> 3", 3, true, []),
  model("Verma", "1 -> 2, 2 -> 3, 3 -> 4, 1 -> 3, 2 <-> 4", 4, true, [
    "s12*s13*s14*s23 - s11*s14*s23^2 - s12*s13^2*s24 + s11*s13*s23*s24 - s12^2*s14*s33 + s11*s14*s22*s33 + s12^2*s13*s34 - s11*s13*s22*s34",
  ]),
  model("3-cycle", "1 -> 2, 2 -> 3, 3 -> 1", 4, true, []),
  model("2-cycle", "1 -> 2, 2 -> 1", 4, false, []),
  // Uncorrelated errors of 3 and 4, with coefficients s13 / s12 and s14 / s13; and the determinant that says
  // that 1 and 3 are independent given 2 and 4, which separate them.
  model("3-cycle with an input", "1 -> 2, 2 -> 3, 3 -> 4, 4 -> 2", 3, true, [
    "s13*s14*s23 - s13^2*s24 - s12*s14*s33 + s12*s13*s34",
    "s14*s23*s24 - s13*s24^2 - s14*s22*s34 + s12*s24*s34 + s13*s22*s44 - s12*s23*s44",
  ]),
  // Supply and demand, an instrument for each.
  model("2-cycle with two instruments", "1 -> 2, 2 -> 3, 3 -> 2, 4 -> 3, 2 <-> 3", 4, true, ["s14"]),
  model("the same, instruments correlated", "1 -> 2, 2 -> 3, 3 -> 2, 4 -> 3, 2 <-> 3, 1 <-> 4", 4, true, []),
  // The coefficient 3 -> 4 is overidentified, the equation of 3 not identified.
  model("2-cycle, both instruments at 3", "1 -> 3, 2 -> 3, 3 -> 4, 4 -> 3, 3 <-> 4", 4, false, [
    "s12",
    "s14*s23 - s13*s24",
  ]),
];

/** Every digraph on n vertices with at most `edges` edges that has a directed cycle. */
export function* cyclicDigraphs(n: number, edges: number): Generator<MixedGraph> {
  const all = Array.from({ length: n * n }, (_, k): [number, number] => [Math.floor(k / n), k % n]).filter(
    ([from, to]) => from !== to,
  );
  for (let mask = 0; mask < 2 ** all.length; mask++) {
    const directed = all.filter((_, k) => mask & (1 << k));
    const graph = { n, directed, bidirected: [] };
    if (directed.length <= edges && hasCycle(graph)) yield graph;
  }
}

/** Whether vertices remain when those without incoming edges are taken away again and again. */
export function hasCycle({ n, directed }: MixedGraph): boolean {
  let left = Array.from({ length: n }, (_, v) => v);
  for (;;) {
    const entered = left.filter((v) => directed.some(([from, to]) => to === v && left.includes(from)));
    if (entered.length === left.length) return left.length > 0;
    left = entered;
  }
}

/** A random simple mixed graph: each pair of vertices without edge, directed either way or bidirected. */
export function randomSimpleGraph(n: number, random: RandomStream, cyclic: boolean): MixedGraph {
  for (;;) {
    const density = 0.3 + 0.5 * random.uniform();
    const directed: [number, number][] = [];
    const bidirected: [number, number][] = [];
    for (let a = 0; a < n; a++)
      for (let b = a + 1; b < n; b++) {
        if (random.uniform() >= density) continue;
        const kind = random.integer(cyclic ? 3 : 2);
        if (kind === 0) bidirected.push([a, b]);
        else directed.push(kind === 1 ? [a, b] : [b, a]);
      }
    const graph = { n, directed, bidirected };
    if (hasCycle(graph) === cyclic) return graph;
  }
}

/** A ring of nine vertices with five chords: 14 edges, many cycles. */
export const ringWithChords: MixedGraph = {
  n: 9,
  directed: [
    ...Array.from({ length: 9 }, (_, v): [number, number] => [v, (v + 1) % 9]),
    [0, 4],
    [3, 7],
    [6, 2],
    [5, 1],
    [8, 3],
  ],
  bidirected: [],
};
