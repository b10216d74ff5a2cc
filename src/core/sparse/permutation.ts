import { InvalidInputError } from "../errors.ts";
import { type AnyCsrMatrix, requireCsr } from "./csr.ts";
import { symmetricPattern } from "./pattern.ts";
import { selectColumns, selectRows } from "./slicing.ts";

/**
 * `A[rowOrder, columnOrder]`: row i of the result is row `rowOrder[i]` of A, and likewise for columns; the column order
 * defaults to the row order, which permutes a square matrix symmetrically. O(entries + rows + cols).
 */
export function permute<M extends AnyCsrMatrix>(
  A: M,
  rowOrder: ArrayLike<number>,
  columnOrder: ArrayLike<number> = rowOrder,
): M {
  requirePermutation("rowOrder", rowOrder, A.rows);
  requirePermutation("columnOrder", columnOrder, A.cols);
  return selectColumns(selectRows(A, rowOrder), columnOrder);
}

/** `inverse[order[i]] = i`. */
export function inversePermutation(order: ArrayLike<number>): Int32Array {
  const inverse = new Int32Array(order.length);
  requirePermutation("order", order, order.length);
  for (let i = 0; i < order.length; i++) inverse[order[i]!] = i;
  return inverse;
}

/** Refuses anything but an arrangement of 0 .. size - 1. */
export function requirePermutation(argument: string, order: ArrayLike<number>, size: number): void {
  if (order.length !== size)
    throw new InvalidInputError(argument, `expected ${size} entries, got ${order.length}`);
  const seen = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const index = order[i]!;
    if (seen[index] !== 0)
      throw new InvalidInputError(
        argument,
        seen[index] === 1
          ? `${index} occurs twice; expected every number from 0 to ${size - 1} once`
          : `entry ${i} is ${index}; expected a whole number from 0 to ${size - 1}`,
      );
    seen[index] = 1;
  }
}

/**
 * Reverse Cuthill-McKee order of the graph of A + A^T: `permute(A, order)` has its entries near the diagonal. Every
 * connected component is numbered breadth first from a vertex at (nearly) the end of a longest path, neighbours by
 * ascending degree, and the whole is reversed. O(entries log(largest degree)) and a few breadth-first passes a
 * component.
 *
 * Cuthill and McKee 1969; George and Liu 1979 for the starting vertex.
 */
export function reverseCuthillMcKee(A: AnyCsrMatrix): Int32Array {
  requireCsr("A", A, { square: true });
  const { indptr, indices } = symmetricPattern(A);
  const n = A.rows;
  const degree = (vertex: number) => indptr[vertex + 1]! - indptr[vertex]!;
  const order = new Int32Array(n);
  const placed = new Uint8Array(n);
  /** Level of every vertex in the latest breadth-first pass, with the pass's number to tell them apart. */
  const pass = new Int32Array(n);
  let passes = 0;
  const queue = new Int32Array(n);

  /** Visits the component of a vertex; returns the number of levels and the vertex of least degree in the last one. */
  const levels = (start: number): { count: number; farthest: number } => {
    passes++;
    queue[0] = start;
    pass[start] = passes;
    let tail = 1;
    let head = 0;
    let count = 0;
    let farthest = start;
    while (head < tail) {
      count++;
      const levelEnd = tail;
      farthest = queue[head]!;
      for (; head < levelEnd; head++) {
        const vertex = queue[head]!;
        if (degree(vertex) < degree(farthest)) farthest = vertex;
        for (let k = indptr[vertex]!; k < indptr[vertex + 1]!; k++) {
          const neighbour = indices[k]!;
          if (pass[neighbour] === passes) continue;
          pass[neighbour] = passes;
          queue[tail++] = neighbour;
        }
      }
    }
    return { count, farthest };
  };

  const byDegree = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => degree(a) - degree(b) || a - b);
  let filled = 0;
  for (const candidate of byDegree) {
    if (placed[candidate]) continue;
    let start = candidate;
    let reached = levels(start);
    for (;;) {
      const next = levels(reached.farthest);
      if (next.count <= reached.count) break;
      start = reached.farthest;
      reached = next;
    }
    order[filled] = start;
    placed[start] = 1;
    let head = filled++;
    while (head < filled) {
      const vertex = order[head++]!;
      const first = filled;
      for (let k = indptr[vertex]!; k < indptr[vertex + 1]!; k++) {
        const neighbour = indices[k]!;
        if (placed[neighbour]) continue;
        placed[neighbour] = 1;
        order[filled++] = neighbour;
      }
      order.subarray(first, filled).sort((a, b) => degree(a) - degree(b) || a - b);
    }
  }
  return order.reverse();
}
