import { type Matrix, zeros } from "../../array/index.ts";
import { eig, matmul, qr, solveTriangular } from "../../linalg/index.ts";
import type { HessenbergProblem } from "./hessenberg-problem.ts";
import { epsilon } from "./run.ts";

/**
 * One cycle of GCRO-DR in coordinates: A M^-1 [U~ V] = [C V+] G with G = [[D, B], [0, H]], U~ = U D of unit columns, V+
 * one column longer than V.
 */
export interface CycleCoordinates {
  /** Lengths of U's columns; D is their reciprocals. */
  readonly lengths: Float64Array;
  /** Columns of B and of the Hessenberg matrix H; column j of H has j + 2 elements. */
  readonly B: readonly Float64Array[];
  readonly H: readonly Float64Array[];
  /** The QR factorization of H that the cycle has made on its way. */
  readonly small: HessenbergProblem;
  /** C^T U and U^T V+, row-major. */
  readonly overlapC: Float64Array;
  readonly overlapV: Float64Array;
}

/** The next space: U = [U V] fromSearch and C = [C V+] fromImage, row-major with `size` columns. */
export interface NextSpace {
  readonly size: number;
  readonly fromSearch: Float64Array;
  readonly fromImage: Float64Array;
  /** C^T U of the next space, row-major. */
  readonly overlapC: Float64Array;
}

/**
 * Harmonic Ritz vectors for the `count` values theta of least modulus of G^T G z = theta G^T [C V+]^T [U~ V] z, made such
 * that C is orthonormal and C = A M^-1 U. With G = Q R the pencil is R^-1 Q^T [C V+]^T [U~ V] z = (1/theta) z, whose
 * condition is that of G and in which infinite theta come out as 0. A complex pair gives two real directions and is
 * not split, except that the last slot takes the real part. Undefined when no direction is numerically independent.
 */
export function harmonicRitz(
  { lengths, B, H, small, overlapC, overlapV }: CycleCoordinates,
  count: number,
): NextSpace | undefined {
  const kept = lengths.length;
  const steps = H.length;
  const width = kept + steps;
  const height = width + 1;
  const G = zeros([height, width]);
  const overlap = zeros([height, width]);
  for (let j = 0; j < kept; j++) {
    G.data[j * width + j] = 1 / lengths[j]!;
    for (let i = 0; i < kept; i++) overlap.data[i * width + j] = overlapC[i * kept + j]! / lengths[j]!;
    for (let i = 0; i <= steps; i++)
      overlap.data[(kept + i) * width + j] = overlapV[j * (steps + 1) + i]! / lengths[j]!;
  }
  for (let j = 0; j < steps; j++) {
    for (let i = 0; i < kept; i++) G.data[i * width + kept + j] = B[j]![i]!;
    for (let i = 0; i < j + 2; i++) G.data[(kept + i) * width + kept + j] = H[j]![i]!;
    overlap.data[(kept + j) * width + kept + j] = 1;
  }
  // G = Q R with the rotations of H for Q, as [[D, B], [0, H]] is triangular but for H.
  const R = zeros([width, width]);
  R.data.set(G.data.subarray(0, kept * width));
  for (let j = 0; j < steps; j++)
    for (const [i, value] of small.triangular(j).entries()) R.data[(kept + i) * width + kept + j] = value;
  raisePivots(R);
  const turned = overlap.data.slice();
  small.rotateRows(steps, turned, width, kept);
  const pencil: Matrix = { dtype: "float64", shape: [width, width], data: turned.subarray(0, width * width) };
  const P = smallestHarmonic(solveTriangular(R, pencil, { upper: true }), count);
  const basis = orthonormalised(G, P);
  if (basis === undefined) return undefined;
  const { search, image } = basis;
  const nextOverlap = matmul(image, matmul(overlap, search), { transposeA: true }).data;
  // From the scaled U~ back to U.
  const size = search.shape[1]!;
  for (let i = 0; i < kept; i++) for (let j = 0; j < size; j++) search.data[i * size + j]! /= lengths[i]!;
  return { size, fromSearch: search.data, fromImage: image.data, overlapC: nextOverlap };
}

/** Vanishing pivots, which belong to theta = 0, are raised to rounding size, in place. */
function raisePivots(R: Matrix): void {
  const n = R.shape[0]!;
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(R.data[i * n + i]!));
  const least = epsilon * (largest === 0 ? 1 : largest);
  for (let i = 0; i < n; i++) R.data[i * n + i] = Math.max(R.data[i * n + i]!, least);
}

/** Real columns that span the eigenvectors of the largest 1/theta. */
function smallestHarmonic(pencil: Matrix, count: number): Matrix {
  const n = pencil.shape[0]!;
  const { values, vectors } = eig(pencil);
  const modulus = (i: number) => Math.hypot(values.re[i]!, values.im[i]!);
  // Pairs are adjacent: one entry for each, at its first member.
  const leaders = Array.from({ length: n }, (_, i) => i).filter((i) => values.im[i]! >= 0);
  leaders.sort((i, j) => modulus(j) - modulus(i) || i - j);
  const columns: { readonly part: Float64Array; readonly column: number }[] = [];
  for (const leader of leaders) {
    if (columns.length === count) break;
    columns.push({ part: vectors.re.data, column: leader });
    if (values.im[leader]! > 0 && columns.length < count)
      columns.push({ part: vectors.im.data, column: leader });
  }
  const P = zeros([n, columns.length]);
  for (const [j, { part, column }] of columns.entries()) {
    for (let i = 0; i < n; i++) P.data[i * columns.length + j] = part[i * n + column]!;
  }
  return P;
}

/** [Q, R] = qr(G P) without dependent columns: image = Q, search = P R^-1. */
function orthonormalised(G: Matrix, P: Matrix): { search: Matrix; image: Matrix } | undefined {
  const [width, count] = P.shape as [number, number];
  const all = qr(matmul(G, P));
  const { r } = all;
  let largest = 0;
  for (let j = 0; j < count; j++) largest = Math.max(largest, r.data[j * count + j]!);
  const good: number[] = [];
  for (let j = 0; j < count; j++) if (r.data[j * count + j]! > 1e-12 * largest) good.push(j);
  const size = good.length;
  if (size === 0) return undefined;
  const search = zeros([width, size]);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < size; j++) search.data[i * size + j] = P.data[i * count + good[j]!]!;
  }
  const image = size === count ? all : qr(matmul(G, search));
  // P R^-1, row by row from the left.
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < size; j++) {
      let sum = search.data[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= search.data[i * size + k]! * image.r.data[k * size + j]!;
      search.data[i * size + j] = sum / image.r.data[j * size + j]!;
    }
  }
  return { search, image: image.q };
}
