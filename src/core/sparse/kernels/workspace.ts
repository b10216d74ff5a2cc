import type { CsrMatrix } from "../../array/index.ts";
import { lapackInfo, multiplyInto } from "../../linalg/index.ts";
import * as plain from "./plain-kernels.ts";
import { type WasmExports, wasmKernels } from "./wasm-kernels.ts";

/** Columns of one length, side by side in `data`. */
export interface Basis {
  readonly data: Float64Array;
  readonly columns: readonly Float64Array[];
}

/** The first `count` columns of a basis. */
export interface BasisPart {
  readonly basis: Basis;
  readonly count: number;
}

/** Products with a matrix that lies in a workspace; vectors must lie in the same workspace. */
export interface ResidentMatrix {
  /** `y = A x`. */
  multiply(x: Float64Array, y: Float64Array): void;
  /** `y = A^T x`. */
  multiplyTranspose(x: Float64Array, y: Float64Array): void;
}

/**
 * Memory for one solve and the kernels that work in it: WebAssembly SIMD where there is one, else plain loops
 * with the same results to the last bit. Kernels take only vectors of this workspace; the vectors are ordinary
 * `Float64Array`s otherwise, and end with the workspace: copy what is to be kept.
 */
export interface Workspace {
  /** A zero vector. */
  vector(length: number): Float64Array;
  /** Columns with whatever finite or other values the memory holds: write before reading. */
  basis(length: number, columns: number): Basis;
  matrix(matrix: CsrMatrix): ResidentMatrix;
  dot(x: Float64Array, y: Float64Array): number;
  /** `y += factor x`. */
  axpy(factor: number, x: Float64Array, y: Float64Array): void;
  /** `y = x + factor y`. */
  xpay(x: Float64Array, factor: number, y: Float64Array): void;
  /** `x *= factor`. */
  scale(factor: number, x: Float64Array): void;
  /** `x += factor p; r -= factor q`; returns `r . r`. p may be r. */
  stepAndDot(factor: number, p: Float64Array, q: Float64Array, x: Float64Array, r: Float64Array): number;
  /** `products[j] = column_j . w` for the first `count` columns. */
  project(basis: Basis, count: number, w: Float64Array, products: Float64Array): void;
  /** `w += factor * sum_j coefficients[j] column_j` over the first `count` columns. */
  combine(
    basis: Basis,
    count: number,
    factor: number,
    coefficients: ArrayLike<number>,
    w: Float64Array,
  ): void;
  /** `products[i][j] = left_i . right_j`, row-major, for the first columns of both. */
  cross(left: BasisPart, right: BasisPart, products: Float64Array): void;
  /**
   * `target_j = sum_i coefficients[i][j] source_i` for the first `count` target columns; the sources are the columns of
   * several bases one after the other. Goes by blocks of rows that stay in cache.
   */
  transform(
    sources: readonly BasisPart[],
    coefficients: (i: number, j: number) => number,
    target: Basis,
    count: number,
  ): void;
  /**
   * Orthogonalises w against the first `count` columns by Gram-Schmidt, modified between blocks of four
   * columns and classical inside a block; `products[j]` is the part of w that lay along column j.
   */
  orthogonalize(basis: Basis, count: number, w: Float64Array, products: Float64Array): void;
}

const pageBytes = 65536;
/** What a 32-bit address reaches. */
const largestBytes = 65536 * pageBytes - pageBytes;
const alignment = 16;

/** Bytes that `count` arrays of `length` elements of `elementBytes` take in a workspace. */
export function workspaceBytes(length: number, count = 1, elementBytes = 8): number {
  return count * (length * elementBytes + alignment);
}

export function matrixBytes(matrix: CsrMatrix): number {
  return (
    workspaceBytes(matrix.indptr.length + matrix.indices.length, 2, 4) + workspaceBytes(matrix.data.length)
  );
}

interface Arena {
  readonly memory: WebAssembly.Memory;
  readonly kernels: WasmExports;
}

/**
 * Memories of finished solves. A memory reserves gigabytes of address space, so that sequences of thousands of
 * solves must not make one each; few and small ones are kept.
 */
const idle: Arena[] = [];
const mostIdle = 4;
const largestIdleBytes = 128 * 1024 * 1024;

/**
 * Runs `body` in a workspace of at least that many bytes (see {@link workspaceBytes}); nested calls get a
 * workspace each. `plainLoops` asks for the portable kernels, so that tests can compare the two.
 */
export function withWorkspace<T>(
  bytes: number,
  body: (workspace: Workspace) => T,
  plainLoops: boolean = false,
): T {
  const arena = plainLoops ? undefined : takeArena(bytes + smallBytes);
  if (arena === undefined) return body(plainWorkspace());
  try {
    return body(wasmWorkspace(arena));
  } finally {
    if (idle.length < mostIdle && arena.memory.buffer.byteLength <= largestIdleBytes) idle.push(arena);
  }
}

/** A workspace that lives as long as its vectors. */
export function lastingWorkspace(bytes: number): Workspace {
  const arena = newArena(bytes + smallBytes);
  return arena === undefined ? plainWorkspace() : wasmWorkspace(arena);
}

/** Room for the four sums and factors that the block kernels pass. */
const smallBytes = 1024;

function takeArena(bytes: number): Arena | undefined {
  let best = -1;
  for (let i = 0; i < idle.length; i++) {
    const size = idle[i]!.memory.buffer.byteLength;
    if (size >= bytes && (best < 0 || size < idle[best]!.memory.buffer.byteLength)) best = i;
  }
  if (best >= 0) return idle.splice(best, 1)[0]!;
  // None fits: the smallest makes room for the new one.
  if (idle.length === mostIdle) {
    idle.sort((a, b) => a.memory.buffer.byteLength - b.memory.buffer.byteLength);
    idle.shift();
  }
  return newArena(bytes);
}

function newArena(bytes: number): Arena | undefined {
  if (bytes > largestBytes || typeof WebAssembly === "undefined") return undefined;
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) });
    const kernels = wasmKernels(memory);
    return kernels === undefined ? undefined : { memory, kernels };
  } catch {
    // Out of address space or memory for one more: plain arrays may still fit.
    return undefined;
  }
}

function wasmWorkspace({ memory, kernels }: Arena): Workspace {
  const { buffer } = memory;
  let used = 0;
  const reserve = (bytes: number): number => {
    const start = used;
    used = Math.ceil((used + bytes) / alignment) * alignment;
    return start;
  };
  const uncleared = (length: number): Float64Array => new Float64Array(buffer, reserve(8 * length), length);
  const vector = (length: number): Float64Array => uncleared(length).fill(0);
  const copyIndices = (source: Int32Array): number => {
    const start = reserve(4 * source.length);
    new Int32Array(buffer, start, source.length).set(source);
    return start;
  };
  const four = vector(4);
  const eight = vector(8);
  return withBlockKernels({
    vector,
    uncleared,
    matrix: (matrix) => {
      const { rows } = matrix;
      const indptr = copyIndices(matrix.indptr);
      const indices = copyIndices(matrix.indices);
      const data = reserve(8 * matrix.data.length);
      new Float64Array(buffer, data, matrix.data.length).set(matrix.data);
      return {
        multiply: (x, y) => kernels.csrMultiply(rows, indptr, indices, data, x.byteOffset, y.byteOffset),
        multiplyTranspose: (x, y) => {
          y.fill(0);
          kernels.csrMultiplyTranspose(rows, indptr, indices, data, x.byteOffset, y.byteOffset);
        },
      };
    },
    dot: (x, y) => kernels.dot(x.length, x.byteOffset, y.byteOffset),
    axpy: (factor, x, y) => kernels.axpy(x.length, factor, x.byteOffset, y.byteOffset),
    xpay: (x, factor, y) => kernels.xpay(x.length, x.byteOffset, factor, y.byteOffset),
    scale: (factor, x) => kernels.scale(x.length, factor, x.byteOffset),
    stepAndDot: (factor, p, q, x, r) =>
      kernels.stepAndDot(x.length, factor, p.byteOffset, q.byteOffset, x.byteOffset, r.byteOffset),
    four,
    eight,
    fourDots: (basis, column, w) =>
      kernels.fourDots(
        w.length,
        basis.data.byteOffset + 8 * column * w.length,
        8 * w.length,
        w.byteOffset,
        four.byteOffset,
      ),
    addFour: ({ data, columns }, column, row, w) => {
      const stride = columns[0]!.length;
      kernels.addFour(
        w.length,
        data.byteOffset + 8 * (column * stride + row),
        8 * stride,
        four.byteOffset,
        w.byteOffset,
      );
    },
    addFourToTwo: ({ data, columns }, column, row, w, other) => {
      const stride = columns[0]!.length;
      kernels.addFourToTwo(
        w.length,
        data.byteOffset + 8 * (column * stride + row),
        8 * stride,
        eight.byteOffset,
        w.byteOffset,
        other.byteOffset,
      );
    },
  });
}

function plainWorkspace(): Workspace {
  const four = new Float64Array(4);
  const eight = new Float64Array(8);
  return withBlockKernels({
    vector: (length) => new Float64Array(length),
    uncleared: (length) => new Float64Array(length),
    matrix: ({ indptr, indices, data }) => ({
      multiply: (x, y) => plain.csrMultiply(indptr, indices, data, x, y),
      multiplyTranspose: (x, y) => {
        y.fill(0);
        plain.csrMultiplyTranspose(indptr, indices, data, x, y);
      },
    }),
    dot: plain.dot,
    axpy: plain.axpy,
    xpay: plain.xpay,
    scale: plain.scale,
    stepAndDot: plain.stepAndDot,
    four,
    eight,
    fourDots: (basis, column, w) => plain.fourDots(basis.data, column * w.length, w, four),
    addFour: ({ data, columns }, column, row, w) => {
      const stride = columns[0]!.length;
      plain.addFour(data, column * stride + row, stride, four, w);
    },
    addFourToTwo: ({ data, columns }, column, row, w, other) => {
      const stride = columns[0]!.length;
      plain.addFour(data, column * stride + row, stride, eight.subarray(0, 4), w);
      plain.addFour(data, column * stride + row, stride, eight.subarray(4), other);
    },
  });
}

/** The kernels of one provider; the block ones read and write `four` and start at a column. */
interface Primitives
  extends Omit<Workspace, "basis" | "project" | "combine" | "cross" | "transform" | "orthogonalize"> {
  uncleared(length: number): Float64Array;
  readonly four: Float64Array;
  readonly eight: Float64Array;
  fourDots(basis: Basis, column: number, w: Float64Array): void;
  /** Adds four times elements [row, row + w.length) of four columns to w. */
  addFour(basis: Basis, column: number, row: number, w: Float64Array): void;
  /** As `addFour`, to two targets: the first four and the last four of `eight` are their factors. */
  addFourToTwo(basis: Basis, column: number, row: number, w: Float64Array, other: Float64Array): void;
}

/**
 * {@link Workspace.transform} by the matrix products of a LAPACK library, some three times as fast: a basis is a
 * row-major matrix with its columns for rows.
 */
function transformByProducts(
  sources: readonly BasisPart[],
  coefficients: (i: number, j: number) => number,
  target: Basis,
  count: number,
  length: number,
): void {
  const sum = target.data.subarray(0, count * length);
  let offset = 0;
  for (const { basis, count: columns } of sources) {
    if (columns === 0) continue;
    const factors = new Float64Array(count * columns);
    for (let j = 0; j < count; j++)
      for (let i = 0; i < columns; i++) factors[j * columns + i] = coefficients(offset + i, j);
    multiplyInto(false, false, count, length, columns, factors, basis.data, sum, offset > 0);
    offset += columns;
  }
  if (offset === 0) sum.fill(0);
}

/** Rows of a block in {@link Workspace.transform}: 40 columns of it lie in 160 KiB. */
const blockRows = 512;

function withBlockKernels(primitives: Primitives): Workspace {
  const { uncleared, dot, axpy, four, eight, fourDots, addFour, addFourToTwo } = primitives;
  const projectBlock = (
    basis: Basis,
    first: number,
    last: number,
    w: Float64Array,
    products: Float64Array,
  ) => {
    if (last - first === 4) {
      fourDots(basis, first, w);
      for (let j = 0; j < 4; j++) products[first + j] = four[j]!;
    } else for (let j = first; j < last; j++) products[j] = dot(basis.columns[j]!, w);
  };
  const combineBlock = (
    basis: Basis,
    first: number,
    last: number,
    factor: number,
    coefficients: ArrayLike<number>,
    w: Float64Array,
  ) => {
    if (last - first === 4) {
      for (let j = 0; j < 4; j++) four[j] = factor * coefficients[first + j]!;
      addFour(basis, first, 0, w);
    } else for (let j = first; j < last; j++) axpy(factor * coefficients[j]!, basis.columns[j]!, w);
  };
  return {
    ...primitives,
    basis: (length, columns) => {
      const data = uncleared(length * columns);
      return {
        data,
        columns: Array.from({ length: columns }, (_, j) => data.subarray(j * length, (j + 1) * length)),
      };
    },
    project: (basis, count, w, products) => {
      for (let first = 0; first < count; first += 4)
        projectBlock(basis, first, Math.min(first + 4, count), w, products);
    },
    combine: (basis, count, factor, coefficients, w) => {
      for (let first = 0; first < count; first += 4)
        combineBlock(basis, first, Math.min(first + 4, count), factor, coefficients, w);
    },
    cross: (left, right, products) => {
      const length = left.basis.columns[0]?.length ?? 0;
      if (left.count === 0 || right.count === 0) return;
      if (lapackInfo().provider === "lapack") {
        multiplyInto(
          false,
          true,
          left.count,
          right.count,
          length,
          left.basis.data,
          right.basis.data,
          products,
        );
        return;
      }
      for (let i = 0; i < left.count; i++) {
        const row = products.subarray(i * right.count, (i + 1) * right.count);
        for (let first = 0; first < right.count; first += 4)
          projectBlock(right.basis, first, Math.min(first + 4, right.count), left.basis.columns[i]!, row);
      }
    },
    transform: (sources, coefficients, target, count) => {
      const length = target.columns[0]?.length ?? 0;
      if (lapackInfo().provider === "lapack") {
        transformByProducts(sources, coefficients, target, count, length);
        return;
      }
      for (let row = 0; row < length; row += blockRows) {
        const end = Math.min(row + blockRows, length);
        for (let j = 0; j < count; j += 2) {
          const block = target.columns[j]!.subarray(row, end).fill(0);
          const other = j + 1 < count ? target.columns[j + 1]!.subarray(row, end).fill(0) : undefined;
          let offset = 0;
          for (const { basis, count: columns } of sources) {
            const whole = columns - (columns % 4);
            for (let first = 0; first < whole; first += 4) {
              const chosen = other === undefined ? four : eight;
              for (let i = 0; i < chosen.length; i++)
                chosen[i] = coefficients(offset + first + (i % 4), j + (i >> 2));
              if (other === undefined) addFour(basis, first, row, block);
              else addFourToTwo(basis, first, row, block, other);
            }
            for (let i = whole; i < columns; i++) {
              const source = basis.columns[i]!.subarray(row, end);
              axpy(coefficients(offset + i, j), source, block);
              if (other !== undefined) axpy(coefficients(offset + i, j + 1), source, other);
            }
            offset += columns;
          }
        }
      }
    },
    orthogonalize: (basis, count, w, products) => {
      for (let first = 0; first < count; first += 4) {
        const last = Math.min(first + 4, count);
        projectBlock(basis, first, last, w, products);
        combineBlock(basis, first, last, -1, products, w);
      }
    },
  };
}
