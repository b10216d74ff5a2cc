import type { CsrMatrix, Matrix } from "../array/index.ts";
import { requireMatrix } from "../array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../errors.ts";

export interface PoissonOptions {
  /** Whether to multiply by 1/h^2, h = 1/(n + 1); default true. */
  readonly scaled?: boolean;
}

/**
 * Minus the Laplacian on the unit interval, square or cube by central differences at n interior points an axis,
 * zero on the boundary, unknowns in row-major order: 2 dim on the diagonal, -1 for every neighbour, times
 * 1/h^2. Symmetric positive definite; eigenvalues sum_a 4 sin^2(pi k_a h / 2) / h^2.
 */
export function poissonFd(dim: 1 | 2 | 3, n: number, options: PoissonOptions = {}): CsrMatrix {
  requireInteger("dim", dim, 1, 3);
  requireInteger("n", n, 1);
  requireKnownOptions("options", options, ["scaled"]);
  const weight = (options.scaled ?? true) ? (n + 1) ** 2 : 1;
  return stencil(new Array<number>(dim).fill(n), (_, neighbour) =>
    neighbour === undefined ? 2 * dim * weight : -weight,
  );
}

/**
 * -div(K grad u) on the unit square by cell-centred finite volumes for an n x n field K of positive cell values:
 * harmonic means at inner faces, zero at the boundary faces half a cell away, times 1/h^2, h = 1/n. Symmetric
 * positive definite.
 */
export function darcyFv(K: Matrix): CsrMatrix {
  const { rows: n } = requireMatrix("K", K, { dtype: "float64" });
  requireMatrix("K", K, { cols: n });
  for (let i = 0; i < K.data.length; i++) {
    if (!(K.data[i]! > 0))
      throw new InvalidInputError("K", `element ${i} is ${K.data[i]}; expected positive values`);
  }
  const weight = n ** 2;
  const face = (a: number, b: number) => (2 * a * b) / (a + b);
  return stencil([n, n], (cell, neighbour, missing) => {
    const own = K.data[cell]!;
    if (neighbour !== undefined) return -weight * face(own, K.data[neighbour]!);
    let sum = 2 * own * missing;
    const column = cell % n;
    if (cell >= n) sum += face(own, K.data[cell - n]!);
    if (column > 0) sum += face(own, K.data[cell - 1]!);
    if (column < n - 1) sum += face(own, K.data[cell + 1]!);
    if (cell + n < n * n) sum += face(own, K.data[cell + n]!);
    return weight * sum;
  });
}

/**
 * Minus the Laplacian minus k^2 on the unit square, zero on the boundary, at n x n interior points. `k2` is the
 * squared wave number: one number, or a value a point. Symmetric, indefinite as soon as k^2 > 2 pi^2 or so.
 */
export function helmholtzFd(n: number, k2: number | Float64Array): CsrMatrix {
  requireInteger("n", n, 1);
  if (typeof k2 === "number") requireFinite("k2", k2);
  else if (k2.length !== n * n)
    throw new InvalidInputError("k2", `expected ${n * n} values, got ${k2.length}`);
  else for (const [i, value] of k2.entries()) requireFinite(`k2[${i}]`, value);
  const weight = (n + 1) ** 2;
  return stencil([n, n], (point, neighbour) =>
    neighbour === undefined ? 4 * weight - (typeof k2 === "number" ? k2 : k2[point]!) : -weight,
  );
}

/**
 * -diffusion Laplace(u) + wind . grad(u) on the unit square, zero on the boundary, at n x n interior points;
 * central differences for the first term, upwind ones for the second. The first component of the wind points
 * along the rows' index, the second along the columns'. Not symmetric unless the wind is zero; an M-matrix for
 * every wind.
 */
export function convectionDiffusion2d(
  n: number,
  diffusion: number,
  wind: readonly [number, number],
): CsrMatrix {
  requireInteger("n", n, 1);
  requireFinite("diffusion", diffusion, 0);
  const speeds = [requireFinite("wind[0]", wind[0]), requireFinite("wind[1]", wind[1])] as const;
  const h = 1 / (n + 1);
  const weight = diffusion / h ** 2;
  return stencil([n, n], (point, neighbour) => {
    if (neighbour === undefined) return 4 * weight + (Math.abs(speeds[0]) + Math.abs(speeds[1])) / h;
    const axis =
      Math.abs(neighbour - point) === n && Math.floor(point / n) !== Math.floor(neighbour / n) ? 0 : 1;
    const upwind = Math.sign(point - neighbour) * speeds[axis] > 0;
    return -weight - (upwind ? Math.abs(speeds[axis]) / h : 0);
  });
}

/**
 * Matrix of the 2 dim + 1 point stencil on a box, row-major. `entry` gives the value of a cell with a neighbour,
 * or of the cell with itself, then with the number of its neighbours that lie outside.
 */
function stencil(
  extents: readonly number[],
  entry: (cell: number, neighbour: number | undefined, missing: number) => number,
): CsrMatrix {
  const size = extents.reduce((product, extent) => product * extent, 1);
  requireInteger("the number of unknowns", size, 0, 2147483647 / (2 * extents.length + 1));
  const strides = extents.map((_, axis) => extents.slice(axis + 1).reduce((a, b) => a * b, 1));
  const capacity = (2 * extents.length + 1) * size;
  const indptr = new Int32Array(size + 1);
  const indices = new Int32Array(capacity);
  const data = new Float64Array(capacity);
  let next = 0;
  for (let cell = 0; cell < size; cell++) {
    const positions = strides.map((stride, axis) => Math.floor(cell / stride) % extents[axis]!);
    let missing = 0;
    const diagonal = () => {
      indices[next] = cell;
      data[next++] = entry(cell, undefined, missing);
    };
    for (let axis = 0; axis < extents.length; axis++) {
      if (positions[axis] === 0) missing++;
      if (positions[axis] === extents[axis]! - 1) missing++;
    }
    for (let axis = 0; axis < extents.length; axis++) {
      if (positions[axis] === 0) continue;
      indices[next] = cell - strides[axis]!;
      data[next++] = entry(cell, cell - strides[axis]!, missing);
    }
    diagonal();
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      if (positions[axis] === extents[axis]! - 1) continue;
      indices[next] = cell + strides[axis]!;
      data[next++] = entry(cell, cell + strides[axis]!, missing);
    }
    indptr[cell + 1] = next;
  }
  return { rows: size, cols: size, indptr, indices: indices.slice(0, next), data: data.slice(0, next) };
}
