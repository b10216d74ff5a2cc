import type { CsrMatrix } from "../core/array/index.ts";
import { InvalidInputError, NumericalError, requireInteger } from "../core/errors.ts";
import { requireCsr } from "../core/sparse/index.ts";
import { requireVector } from "./require-vector.ts";

/**
 * Goes through the vertices in the order given and keeps each one that joins only different trees of those kept: the
 * graph induced on what is kept is a forest. Diagonal entries do not count. O(entries), nearly.
 */
export function greedyForest(order: Int32Array, graph: CsrMatrix): Int32Array {
  requireCsr("graph", graph, { square: true });
  const { rows, indptr, indices } = graph;
  const kept: number[] = [];
  const leader = new Int32Array(rows).fill(-1);
  for (const vertex of order) {
    if (!(vertex >= 0 && vertex < rows))
      throw new InvalidInputError("order", `vertex ${vertex} is none of ${rows}`);
    if (leader[vertex]! >= 0) continue;
    if (!joins(vertex, indptr, indices, leader)) continue;
    leader[vertex] = vertex;
    for (let k = indptr[vertex]!; k < indptr[vertex + 1]!; k++) {
      const other = indices[k]!;
      if (other !== vertex && leader[other]! >= 0) leader[find(leader, other)] = vertex;
    }
    kept.push(vertex);
  }
  return Int32Array.from(kept);
}

function find(leader: Int32Array, vertex: number): number {
  let root = vertex;
  while (leader[root] !== root) {
    leader[root] = leader[leader[root]!]!;
    root = leader[root]!;
  }
  return root;
}

/** Whether the neighbours of a vertex that are kept lie in trees of their own. */
function joins(vertex: number, indptr: Int32Array, indices: Int32Array, leader: Int32Array): boolean {
  const seen: number[] = [];
  for (let k = indptr[vertex]!; k < indptr[vertex + 1]!; k++) {
    const other = indices[k]!;
    if (other === vertex || leader[other]! < 0) continue;
    const root = find(leader, other);
    if (seen.includes(root)) return false;
    seen.push(root);
  }
  return true;
}

/** Splits the vertices into forests: each goes, in the order given, into the first forest that stays one. */
export function treePartition(graph: CsrMatrix, order: Int32Array): Int32Array[] {
  const blocks: Int32Array[] = [];
  let rest = order;
  // What the first forest takes greedily does not depend on what it leaves, so forests can be made one by one.
  while (rest.length > 0) {
    const block = greedyForest(rest, graph);
    const taken = new Set(block);
    blocks.push(block);
    rest = rest.filter((vertex) => !taken.has(vertex));
  }
  return blocks;
}

/** Splits the vertices into sets without edges: each gets, in the order given, the smallest admissible colour with the fewest vertices. */
export function redBlackPartition(graph: CsrMatrix, order: Int32Array): Int32Array[] {
  requireCsr("graph", graph, { square: true });
  const { rows, indptr, indices } = graph;
  const colour = new Int32Array(rows).fill(-1);
  const blocks: number[][] = [];
  for (const vertex of order) {
    const used = new Set<number>();
    for (let k = indptr[vertex]!; k < indptr[vertex + 1]!; k++) used.add(colour[indices[k]!]!);
    let best = -1;
    for (const [c, block] of blocks.entries())
      if (!used.has(c) && (best < 0 || block.length < blocks[best]!.length)) best = c;
    if (best < 0) {
      best = blocks.length;
      blocks.push([]);
    }
    blocks[best]!.push(vertex);
    colour[vertex] = best;
  }
  return blocks.map((block) => Int32Array.from(block));
}

/**
 * Splits a lattice, vertex (r, c) being `r columns + c`, into two combs that interlock: one has the first row for its
 * spine and the even columns for its teeth, the other the last row and the odd columns. Each is a tree with half
 * of the vertices, so that two exact block steps go over all of them. The second is empty for a lattice of one row.
 */
export function latticeComb(rows: number, columns: number): Int32Array[] {
  requireInteger("rows", rows, 1);
  requireInteger("columns", columns, 1);
  const inFirst = (r: number, c: number): boolean => r === 0 || (c % 2 === 0 && r < rows - 1);
  const vertices = Int32Array.from({ length: rows * columns }, (_, v) => v);
  const first = vertices.filter((v) => inFirst(Math.floor(v / columns), v % columns));
  const second = vertices.filter((v) => !inFirst(Math.floor(v / columns), v % columns));
  return [first, second];
}

/**
 * Solves `A_FF d = rhs` on a set F of variables whose graph is a forest, exactly: elimination from the leaves to the
 * roots, substitution back, O(entries of the rows of F). Gaussian belief propagation in two sweeps.
 *
 * @throws InvalidInputError naming an edge that closes a cycle
 * @throws NumericalError naming the variable whose pivot is not positive
 */
export function solveForest(a: CsrMatrix, forest: Int32Array, rhs: Float64Array): Float64Array {
  const { rows, indptr, indices, data } = a;
  const place = new Int32Array(rows).fill(-1);
  const size = forest.length;
  for (let p = 0; p < size; p++) place[forest[p]!] = p;
  const parent = new Int32Array(size).fill(-2);
  const coupling = new Float64Array(size);
  const diagonal = new Float64Array(size);
  const order = new Int32Array(size);
  let filled = 0;
  for (let start = 0; start < size; start++) {
    if (parent[start] !== -2) continue;
    parent[start] = -1;
    order[filled++] = start;
    for (let head = filled - 1; head < filled; head++) {
      const p = order[head]!;
      const vertex = forest[p]!;
      for (let k = indptr[vertex]!; k < indptr[vertex + 1]!; k++) {
        const q = place[indices[k]!]!;
        if (q < 0) continue;
        if (q === p) diagonal[p] = data[k]!;
        else if (q === parent[p] || data[k] === 0) continue;
        else if (parent[q] !== -2)
          throw new InvalidInputError("forest", `edge ${vertex} - ${forest[q]} closes a cycle`);
        else {
          parent[q] = p;
          coupling[q] = data[k]!;
          order[filled++] = q;
        }
      }
    }
  }
  const d = rhs.slice();
  for (let k = size - 1; k >= 0; k--) {
    const p = order[k]!;
    if (!(diagonal[p]! > 0))
      throw new NumericalError(`the matrix is not positive definite at variable ${forest[p]}`, {
        variable: forest[p],
        pivot: diagonal[p],
      });
    const up = parent[p]!;
    if (up < 0) continue;
    const multiplier = coupling[p]! / diagonal[p]!;
    diagonal[up]! -= multiplier * coupling[p]!;
    d[up]! -= multiplier * d[p]!;
  }
  for (let k = 0; k < size; k++) {
    const p = order[k]!;
    const up = parent[p]!;
    d[p] = (d[p]! - (up < 0 ? 0 : coupling[p]! * d[up]!)) / diagonal[p]!;
  }
  return d;
}

/**
 * Minimises `1/2 x^T A x - b^T x` over the variables of an induced forest, the others held, in place. See
 * {@link solveForest}; A is symmetric.
 */
export function gaussianBeliefTree(a: CsrMatrix, b: Float64Array, forest: Int32Array, x: Float64Array): void {
  requireCsr("a", a, { square: true });
  requireVector("b", b, a.rows);
  requireVector("x", x, a.rows);
  const rhs = new Float64Array(forest.length);
  for (const [p, i] of forest.entries()) {
    rhs[p] = b[i]!;
    for (let k = a.indptr[i]!; k < a.indptr[i + 1]!; k++) rhs[p]! -= a.data[k]! * x[a.indices[k]!]!;
  }
  const d = solveForest(a, forest, rhs);
  for (const [p, i] of forest.entries()) x[i]! += d[p]!;
}
