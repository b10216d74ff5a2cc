import type { Pattern } from "../pattern.ts";

/** Marks a root of the elimination forest. */
const noParent = -1;

/**
 * Elimination tree of a symmetric matrix whose lower triangle has the given rows: the parent of column j is the row of
 * the first entry below the diagonal in column j of the Cholesky factor. Almost O(entries).
 *
 * Liu, The role of elimination trees in sparse factorization, 1990.
 */
export function eliminationTree(n: number, { indptr, indices }: Pattern): Int32Array {
  const parent = new Int32Array(n).fill(noParent);
  const ancestor = new Int32Array(n).fill(noParent);
  for (let row = 0; row < n; row++) {
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) {
      let vertex = indices[k]!;
      // Climbs to the root, shortening the way for the next ones.
      while (vertex !== noParent && vertex < row) {
        const above = ancestor[vertex]!;
        ancestor[vertex] = row;
        if (above === noParent) parent[vertex] = row;
        vertex = above;
      }
    }
  }
  return parent;
}

/**
 * Columns of the entries left of the diagonal in one row of the Cholesky factor: what is reached in the elimination
 * tree from the entries of that row, in an order in which a column comes before those it updates. They are written to
 * `stack` from the returned position to its end. `mark` holds the last row that visited each column.
 */
export function factorRow(
  row: number,
  { indptr, indices }: Pattern,
  parent: Int32Array,
  mark: Int32Array,
  stack: Int32Array,
): number {
  let top = stack.length;
  mark[row] = row;
  for (let k = indptr[row]!; k < indptr[row + 1]!; k++) {
    let vertex = indices[k]!;
    if (vertex > row) continue;
    let length = 0;
    while (mark[vertex] !== row) {
      stack[length++] = vertex;
      mark[vertex] = row;
      vertex = parent[vertex]!;
    }
    while (length > 0) stack[--top] = stack[--length]!;
  }
  return top;
}
