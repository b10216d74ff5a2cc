import type { CsrMatrix } from "ockham/array";
import type { CitationGraph } from "ockham/data";
import { randomStream } from "ockham/random";
import { csrFromTriplets, multiplyVector } from "ockham/sparse";

/** Sparse design with columns of very different sizes, and targets from a sparse solution. */
export function sparseDesign(n: number, p: number, seed: number): { a: CsrMatrix; b: Float64Array } {
  const stream = randomStream(seed, "design", n, p);
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  const density = Math.min(1, (10 * Math.log(n)) / n);
  for (let j = 0; j < p; j++) {
    const scale = 10 * stream.normal();
    for (let i = 0; i < n; i++) {
      if (stream.uniform() >= density) continue;
      rows.push(i);
      columns.push(j);
      values.push(scale * (1 + stream.normal()));
    }
  }
  const a = csrFromTriplets(n, p, rows, columns, values);
  const solution = Float64Array.from({ length: p }, () => (stream.uniform() < 0.1 ? stream.normal() : 0));
  const b = multiplyVector(a, solution).map((value) => value + stream.normal());
  return { a, b };
}

/** The signs of a sparse design's targets, one in ten flipped. */
export function flippedSigns(b: Float64Array, seed: number): Float64Array {
  const stream = randomStream(seed, "flips");
  return b.map((value) => (value > 0 ? 1 : -1) * (stream.uniform() < 0.1 ? -1 : 1));
}

/** Of each row the class whose random model gives the most, one row in ten at random. */
export function classLabels(a: CsrMatrix, classes: number, seed: number): Int32Array {
  const stream = randomStream(seed, "classes", classes);
  const models = Array.from({ length: classes }, () => {
    const x = stream.fillNormal(new Float64Array(a.cols));
    return multiplyVector(a, x).map((value) => value + stream.normal());
  });
  return Int32Array.from({ length: a.rows }, (_, i) => {
    if (stream.uniform() < 0.1) return stream.integer(classes);
    return models.reduce((best, model, c) => (model[i]! > models[best]![i]! ? c : best), 0);
  });
}

/** The links of a citation graph with weight 1, and of some papers whether they have the topic; without papers that none reaches. */
export function topicLabels(
  { nodes, source, target, labels, split }: CitationGraph,
  topic: number,
): { w: CsrMatrix; labels: Map<number, number> } {
  const known = split.train;
  const neighbours = csrFromTriplets(
    nodes,
    nodes,
    [...source, ...target],
    [...target, ...source],
    new Float64Array(2 * source.length).fill(1),
    { duplicates: "max" },
  );
  const place = new Int32Array(nodes).fill(-1);
  const queue = [...known];
  for (const [k, vertex] of queue.entries()) place[vertex] = k;
  for (let head = 0; head < queue.length; head++) {
    const vertex = queue[head]!;
    for (let e = neighbours.indptr[vertex]!; e < neighbours.indptr[vertex + 1]!; e++) {
      const other = neighbours.indices[e]!;
      if (place[other]! >= 0) continue;
      place[other] = queue.length;
      queue.push(other);
    }
  }
  const kept = Array.from(source.keys()).filter((e) => place[source[e]!]! >= 0);
  const ends = [kept.map((e) => place[source[e]!]!), kept.map((e) => place[target[e]!]!)] as const;
  return {
    w: csrFromTriplets(
      queue.length,
      queue.length,
      [...ends[0], ...ends[1]],
      [...ends[1], ...ends[0]],
      new Float64Array(2 * kept.length).fill(1),
      { duplicates: "max" },
    ),
    labels: new Map(Array.from(known, (vertex, k) => [k, labels[vertex] === topic ? 1 : -1])),
  };
}

/** A square lattice with weight 1 on its edges, and labels -1 or 1 at random vertices. */
export function lattice(
  side: number,
  labelled: number,
  seed: number,
): { w: CsrMatrix; labels: Map<number, number> } {
  const stream = randomStream(seed, "lattice", side);
  const rows: number[] = [];
  const columns: number[] = [];
  const edge = (i: number, j: number): void => {
    rows.push(i, j);
    columns.push(j, i);
  };
  for (let r = 0; r < side; r++)
    for (let c = 0; c < side; c++) {
      if (c + 1 < side) edge(r * side + c, r * side + c + 1);
      if (r + 1 < side) edge(r * side + c, (r + 1) * side + c);
    }
  const w = csrFromTriplets(side * side, side * side, rows, columns, new Float64Array(rows.length).fill(1));
  const labels = new Map<number, number>();
  for (const vertex of stream.subset(side * side, labelled)) labels.set(vertex, stream.sign());
  return { w, labels };
}

/** Two interleaved half circles with noise, each point joined to its five nearest; 100 labels. */
export function twoMoons(
  n: number,
  labelled: number,
  seed: number,
): { w: CsrMatrix; labels: Map<number, number> } {
  const stream = randomStream(seed, "moons", n);
  const x = new Float64Array(n);
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const angle = Math.PI * stream.uniform();
    const upper = i % 2 === 0;
    x[i] = (upper ? Math.cos(angle) : 1 - Math.cos(angle)) + 0.1 * stream.normal();
    y[i] = (upper ? Math.sin(angle) : 0.5 - Math.sin(angle)) + 0.1 * stream.normal();
  }
  const rows: number[] = [];
  const columns: number[] = [];
  for (let i = 0; i < n; i++) {
    const distance = (j: number): number => (x[i]! - x[j]!) ** 2 + (y[i]! - y[j]!) ** 2;
    const near = Array.from({ length: n }, (_, j) => j)
      .filter((j) => j !== i)
      .sort((a, b) => distance(a) - distance(b))
      .slice(0, 5);
    for (const j of near) {
      rows.push(i, j);
      columns.push(j, i);
    }
  }
  const w = csrFromTriplets(n, n, rows, columns, new Float64Array(rows.length).fill(1), {
    duplicates: "max",
  });
  const labels = new Map<number, number>();
  for (const i of stream.subset(n, labelled)) labels.set(i, i % 2 === 0 ? 1 : -1);
  return { w, labels };
}
