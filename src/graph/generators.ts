import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  show,
} from "../core/errors.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import { type Graph, graphFromEdges } from "./graph.ts";

/** A generated graph with the class of every vertex. */
export interface LabelledGraph {
  readonly graph: Graph;
  readonly labels: Int32Array;
}

/** Grows typed arrays of edges. */
class EdgeBuffer {
  sources = new Int32Array(1024);
  targets = new Int32Array(1024);
  count = 0;

  push(source: number, target: number): void {
    if (this.count === this.sources.length) {
      const grow = (old: Int32Array): Int32Array<ArrayBuffer> => {
        const larger = new Int32Array(2 * old.length);
        larger.set(old);
        return larger;
      };
      this.sources = grow(this.sources);
      this.targets = grow(this.targets);
    }
    this.sources[this.count] = source;
    this.targets[this.count++] = target;
  }

  edges(): { sources: Int32Array; targets: Int32Array } {
    return { sources: this.sources.subarray(0, this.count), targets: this.targets.subarray(0, this.count) };
  }
}

/**
 * Stochastic block model: vertices u < v of classes a and b are joined with probability `affinity[a][b]`
 * (symmetric, k x k). Classes are the given sizes in order. Expected O(nodes + edges + k^2): absent edges are
 * skipped by geometric jumps.
 */
export function stochasticBlockModel(
  sizes: readonly number[],
  affinity: readonly (readonly number[])[],
  options: { readonly seed?: number | bigint } = {},
): LabelledGraph {
  requireKnownOptions("options", options, ["seed"]);
  const classes = sizes.length;
  for (const [a, size] of sizes.entries()) requireInteger(`sizes[${a}]`, size, 0);
  if (affinity.length !== classes || affinity.some((row) => row.length !== classes))
    throw new InvalidInputError("affinity", `expected ${classes} x ${classes} probabilities`);
  const starts = [0];
  for (const size of sizes) starts.push(starts.at(-1)! + size);
  const nodes = starts[classes]!;
  const buffer = new EdgeBuffer();
  for (let a = 0; a < classes; a++) {
    for (let b = a; b < classes; b++) {
      const probability = requireFinite(`affinity[${a}][${b}]`, affinity[a]![b], 0, 1);
      if (affinity[b]![a] !== probability)
        throw new InvalidInputError(
          `affinity[${b}][${a}]`,
          `expected ${probability} by symmetry, got ${show(affinity[b]![a])}`,
        );
      if (probability === 0) continue;
      const random = randomStream(options.seed ?? 0, "stochastic-block-model", a, b);
      const height = sizes[a]!;
      const width = sizes[b]!;
      // Position in the block, row by row; in a diagonal block only the part right of the diagonal counts.
      for (let at = jump(random, probability); at < height * width; at += 1 + jump(random, probability)) {
        const row = Math.floor(at / width);
        const column = at % width;
        if (a !== b || column > row) buffer.push(starts[a]! + row, starts[b]! + column);
      }
    }
  }
  const labels = new Int32Array(nodes);
  for (let a = 0; a < classes; a++) labels.fill(a, starts[a]!, starts[a + 1]!);
  return { graph: graphFromEdges(buffer.edges(), { nodes }), labels };
}

/**
 * Stochastic block model on a ring of equal classes: vertices of neighbouring classes are joined with
 * probability `between`, of the same class with probability `within`. With `within` below `between` neighbours
 * mostly differ in class (heterophily).
 */
export function ringBlockModel(options: {
  readonly classes: number;
  readonly classSize: number;
  readonly within: number;
  readonly between: number;
  readonly seed?: number | bigint;
}): LabelledGraph {
  requireKnownOptions("options", options, ["classes", "classSize", "within", "between", "seed"]);
  const classes = requireInteger("options.classes", options.classes, 3, 10000);
  const size = requireInteger("options.classSize", options.classSize, 1);
  requireFinite("options.within", options.within, 0, 1);
  requireFinite("options.between", options.between, 0, 1);
  const affinity = Array.from({ length: classes }, (_, a) =>
    Array.from({ length: classes }, (_, b) => {
      const gap = (a - b + classes) % classes;
      if (gap === 0) return options.within;
      return gap === 1 || gap === classes - 1 ? options.between : 0;
    }),
  );
  return stochasticBlockModel(new Array<number>(classes).fill(size), affinity, { seed: options.seed ?? 0 });
}

/**
 * Barabasi-Albert graph: vertices arrive one by one and join `attachments` distinct earlier ones, chosen in
 * proportion to degree; starts from a star of attachments + 1 vertices. O(nodes * attachments).
 */
export function barabasiAlbert(
  nodes: number,
  attachments: number,
  options: { readonly seed?: number | bigint } = {},
): Graph {
  requireKnownOptions("options", options, ["seed"]);
  requireInteger("attachments", attachments, 1);
  requireInteger("nodes", nodes, attachments + 1, 1 << 30);
  const random = randomStream(options.seed ?? 0, "barabasi-albert");
  const edges = (nodes - attachments) * attachments;
  const sources = new Int32Array(edges);
  const targets = new Int32Array(edges);
  let count = 0;
  for (let leaf = 0; leaf < attachments; leaf++) {
    sources[count] = attachments;
    targets[count++] = leaf;
  }
  const chosen = new Int32Array(attachments);
  for (let vertex = attachments + 1; vertex < nodes; vertex++) {
    for (let i = 0; i < attachments; i++) {
      // An end of a uniformly chosen edge is a vertex in proportion to its degree.
      for (;;) {
        const end = random.integer(2 * count);
        const candidate = end % 2 === 0 ? sources[end >> 1]! : targets[end >> 1]!;
        if (chosen.indexOf(candidate) >= 0 && chosen.indexOf(candidate) < i) continue;
        chosen[i] = candidate;
        break;
      }
    }
    for (let i = 0; i < attachments; i++) {
      sources[count] = vertex;
      targets[count++] = chosen[i]!;
    }
  }
  return graphFromEdges({ sources, targets }, { nodes });
}

/**
 * R-MAT graph of 2^scale vertices: each of `edges` draws descends into a quadrant of the adjacency matrix,
 * `scale` times, with probabilities a, b, c and the rest (defaults 0.57, 0.19, 0.19 of the Graph500
 * benchmark). Repeated edges and self-loops are merged away, so that fewer edges remain. Chakrabarti, Zhan
 * and Faloutsos, SDM 2004.
 */
export function rmat(
  scale: number,
  edges: number,
  options: {
    readonly a?: number;
    readonly b?: number;
    readonly c?: number;
    readonly directed?: boolean;
    readonly seed?: number | bigint;
  } = {},
): Graph {
  requireKnownOptions("options", options, ["a", "b", "c", "directed", "seed"]);
  requireInteger("scale", scale, 1, 30);
  requireInteger("edges", edges, 0, 1 << 30);
  const a = requireFinite("options.a", options.a ?? 0.57, 0, 1);
  const b = requireFinite("options.b", options.b ?? 0.19, 0, 1 - a);
  const c = requireFinite("options.c", options.c ?? 0.19, 0, 1 - a - b);
  const random = randomStream(options.seed ?? 0, "rmat");
  const belowA = a * 4294967296;
  const belowB = (a + b) * 4294967296;
  const belowC = (a + b + c) * 4294967296;
  const sources = new Int32Array(edges);
  const targets = new Int32Array(edges);
  for (let k = 0; k < edges; k++) {
    let source = 0;
    let target = 0;
    for (let level = 0; level < scale; level++) {
      const word = random.uint32();
      source = 2 * source + (word >= belowB ? 1 : 0);
      target = 2 * target + ((word >= belowA && word < belowB) || word >= belowC ? 1 : 0);
    }
    sources[k] = source;
    targets[k] = target;
  }
  return graphFromEdges({ sources, targets }, { nodes: 2 ** scale, directed: options.directed ?? false });
}

/**
 * Random simple graph in which every vertex has the given degree (nodes * degree even, degree < nodes): a
 * random pairing of stubs whose loops and repeated edges are swapped away with random other edges.
 */
export function randomRegular(
  nodes: number,
  degree: number,
  options: { readonly seed?: number | bigint } = {},
): Graph {
  requireKnownOptions("options", options, ["seed"]);
  requireInteger("nodes", nodes, 1, 1 << 28);
  requireInteger("degree", degree, 0, nodes - 1);
  if ((nodes * degree) % 2 !== 0)
    throw new InvalidInputError("degree", `nodes * degree must be even, got ${nodes} * ${degree}`);
  // Dense graphs as the complement of sparse ones, where swaps find room.
  if (2 * degree > nodes) return complement(randomRegular(nodes, nodes - 1 - degree, options));
  const random = randomStream(options.seed ?? 0, "random-regular");
  const stubs = random.shuffle(Int32Array.from({ length: nodes * degree }, (_, i) => i % nodes));
  const edges = stubs.length / 2;
  const key = (u: number, v: number): number => Math.min(u, v) * nodes + Math.max(u, v);
  const count = new Map<number, number>();
  const change = (at: number, by: number): number => {
    const k = key(stubs[2 * at]!, stubs[2 * at + 1]!);
    const left = (count.get(k) ?? 0) + by;
    count.set(k, left);
    return left;
  };
  for (let e = 0; e < edges; e++) change(e, 1);
  const bad = (e: number): boolean =>
    stubs[2 * e] === stubs[2 * e + 1] || count.get(key(stubs[2 * e]!, stubs[2 * e + 1]!))! > 1;
  const pending = Array.from({ length: edges }, (_, e) => e).filter(bad);
  let tries = 0;
  while (pending.length > 0) {
    const e = pending[pending.length - 1]!;
    if (!bad(e)) {
      pending.pop();
      continue;
    }
    if (tries++ > 1000 * (edges + 1)) return randomRegular(nodes, degree, { seed: random.uint32() });
    const other = random.integer(edges);
    if (other === e) continue;
    change(e, -1);
    change(other, -1);
    const swapped = stubs[2 * e + 1]!;
    stubs[2 * e + 1] = stubs[2 * other + 1]!;
    stubs[2 * other + 1] = swapped;
    change(e, 1);
    change(other, 1);
    // The partner may have become bad where it was good: both are looked at again.
    if (bad(other)) pending.unshift(other);
  }
  const sources = Int32Array.from({ length: edges }, (_, e) => stubs[2 * e]!);
  const targets = Int32Array.from({ length: edges }, (_, e) => stubs[2 * e + 1]!);
  return graphFromEdges({ sources, targets }, { nodes });
}

function complement(graph: Graph): Graph {
  const { indptr, indices } = graph.adjacency;
  const buffer = new EdgeBuffer();
  for (let u = 0; u < graph.nodes; u++) {
    const joined = new Set(indices.subarray(indptr[u]!, indptr[u + 1]!));
    for (let v = u + 1; v < graph.nodes; v++) if (!joined.has(v)) buffer.push(u, v);
  }
  return graphFromEdges(buffer.edges(), { nodes: graph.nodes });
}

/** Number of failures before the next success of trials with that probability. */
function jump(random: RandomStream, probability: number): number {
  if (probability === 1) return 0;
  return Math.floor(Math.log1p(-random.uniform()) / Math.log1p(-probability));
}
