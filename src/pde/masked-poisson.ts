import type { CsrMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";

export interface MaskedPoissonOptions {
  /** What a solid cell, and the outside of the box, does to its fluid neighbours; default "dirichlet". */
  readonly boundary?: "dirichlet" | "neumann";
}

export interface MaskedPoisson {
  /** One row for each fluid cell, in row-major order. Symmetric positive (semi)definite. */
  readonly A: CsrMatrix;
  /** The cell of each unknown. */
  readonly cells: Int32Array;
  /**
   * Unit vectors of the null space of A: with Neumann boundaries the constants on every connected part of the
   * fluid, none with Dirichlet boundaries. A right-hand side must be orthogonal to them: see
   * {@link projectOut}.
   */
  readonly nullVectors: readonly Float64Array[];
}

/**
 * The 7-point pressure operator of a flow in a box with obstacles, not scaled by 1/h^2. `mask` holds 1 for fluid and
 * 0 for solid cells of a box of nx x ny x nz cells, row-major. Fluid neighbours get -1; the diagonal is 6 with
 * Dirichlet boundaries (zero in the neighbour), and the number of fluid neighbours with Neumann ones (no flux).
 * O(cells).
 */
export function maskedPoisson3d(
  mask: Uint8Array,
  dims: readonly [number, number, number],
  options: MaskedPoissonOptions = {},
): MaskedPoisson {
  requireKnownOptions("options", options, ["boundary"]);
  const boundary = requireOneOf("options.boundary", options.boundary ?? "dirichlet", [
    "dirichlet",
    "neumann",
  ]);
  if (!Array.isArray(dims) || dims.length !== 3)
    throw new InvalidInputError("dims", `expected three numbers of cells, got ${show(dims)}`);
  const [nx, ny, nz] = dims.map((extent, axis) => requireInteger(`dims[${axis}]`, extent, 1)) as [
    number,
    number,
    number,
  ];
  if (!(mask instanceof Uint8Array) || mask.length !== nx * ny * nz)
    throw new InvalidInputError("mask", `expected a Uint8Array of ${nx * ny * nz} cells, got ${show(mask)}`);
  const unknown = new Int32Array(mask.length).fill(-1);
  const cells: number[] = [];
  for (const [cell, state] of mask.entries()) {
    if (state > 1) throw new InvalidInputError(`mask[${cell}]`, `expected 0 or 1, got ${state}`);
    if (state === 1) unknown[cell] = cells.push(cell) - 1;
  }
  const size = cells.length;
  const indptr = new Int32Array(size + 1);
  const indices = new Int32Array(7 * size);
  const data = new Float64Array(7 * size);
  let next = 0;
  const put = (column: number, value: number): void => {
    if (column < 0) return;
    indices[next] = column;
    data[next++] = value;
  };
  for (const [row, cell] of cells.entries()) {
    const z = cell % nz;
    const y = Math.floor(cell / nz) % ny;
    const x = Math.floor(cell / (ny * nz));
    const before = [
      x > 0 ? unknown[cell - ny * nz]! : -1,
      y > 0 ? unknown[cell - nz]! : -1,
      z > 0 ? unknown[cell - 1]! : -1,
    ];
    const after = [
      z < nz - 1 ? unknown[cell + 1]! : -1,
      y < ny - 1 ? unknown[cell + nz]! : -1,
      x < nx - 1 ? unknown[cell + ny * nz]! : -1,
    ];
    let fluid = 0;
    for (const neighbour of [...before, ...after]) if (neighbour >= 0) fluid++;
    for (const neighbour of before) put(neighbour, -1);
    put(row, boundary === "dirichlet" ? 6 : fluid);
    for (const neighbour of after) put(neighbour, -1);
    indptr[row + 1] = next;
  }
  const A = { rows: size, cols: size, indptr, indices: indices.slice(0, next), data: data.slice(0, next) };
  return {
    A,
    cells: Int32Array.from(cells),
    nullVectors: boundary === "neumann" ? constantsOnParts(A) : [],
  };
}

/** Takes the components along orthonormal vectors out of a vector, in place: a singular system's right-hand side or solution. */
export function projectOut(vectors: readonly Float64Array[], target: Float64Array): void {
  for (const vector of vectors) {
    if (vector.length !== target.length)
      throw new InvalidInputError("target", `expected ${vector.length} elements, got ${target.length}`);
    let product = 0;
    for (let i = 0; i < target.length; i++) product += vector[i]! * target[i]!;
    for (let i = 0; i < target.length; i++) target[i]! -= product * vector[i]!;
  }
}

/** Unit vectors that are constant on each connected part of the graph of A. */
function constantsOnParts({ rows, indptr, indices }: CsrMatrix): Float64Array[] {
  const seen = new Uint8Array(rows);
  const vectors: Float64Array[] = [];
  for (let start = 0; start < rows; start++) {
    if (seen[start] === 1) continue;
    seen[start] = 1;
    const part = [start];
    for (let i = 0; i < part.length; i++) {
      const row = part[i]!;
      for (let k = indptr[row]!; k < indptr[row + 1]!; k++) {
        const neighbour = indices[k]!;
        if (seen[neighbour] === 1) continue;
        seen[neighbour] = 1;
        part.push(neighbour);
      }
    }
    const vector = new Float64Array(rows);
    for (const row of part) vector[row] = 1 / Math.sqrt(part.length);
    vectors.push(vector);
  }
  return vectors;
}
