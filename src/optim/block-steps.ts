import { ndArray } from "../core/array/index.ts";
import { eigvalsh } from "../core/linalg/index.ts";

/**
 * Solves `H d = rhs` in place of both for a symmetric positive semidefinite H, row-major: a Cholesky factorization that
 * leaves out directions without curvature. O(n^3).
 */
export function solveSemidefinite(h: Float64Array, n: number, rhs: Float64Array): void {
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, h[i * n + i]!);
  const floor = 1e-13 * n * largest;
  for (let j = 0; j < n; j++) {
    let pivot = h[j * n + j]!;
    for (let k = 0; k < j; k++) pivot -= h[j * n + k]! ** 2;
    const flat = !(pivot > floor);
    const root = flat ? 0 : Math.sqrt(pivot);
    h[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      if (flat) {
        h[i * n + j] = 0;
        continue;
      }
      let sum = h[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= h[i * n + k]! * h[j * n + k]!;
      h[i * n + j] = sum / root;
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = rhs[i]!;
    for (let k = 0; k < i; k++) sum -= h[i * n + k]! * rhs[k]!;
    rhs[i] = h[i * n + i] === 0 ? 0 : sum / h[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = rhs[i]!;
    for (let k = i + 1; k < n; k++) sum -= h[k * n + i]! * rhs[k]!;
    rhs[i] = h[i * n + i] === 0 ? 0 : sum / h[i * n + i]!;
  }
}

/** Largest eigenvalue of a symmetric matrix, row-major in the first n n elements. */
export function largestEigenvalue(h: Float64Array, n: number): number {
  return n === 1 ? h[0]! : eigvalsh(ndArray("float64", [n, n], h.slice(0, n * n))).at(-1)!;
}

/** The step along one coordinate that minimises `g d + L d^2 / 2 + l1 |x + d|`, within x + d >= 0 where asked. */
export function proximalStep(x: number, g: number, l: number, l1: number, nonnegative: boolean): number {
  const target = x - g / l;
  if (nonnegative) return Math.max(target - l1 / l, 0) - x;
  return Math.sign(target) * Math.max(Math.abs(target) - l1 / l, 0) - x;
}

/** The k indices with the largest scores, largest first, ties by index. O(n log k) in the usual case. */
export function largestScores(scores: Float64Array, k: number): Int32Array {
  const heap: number[] = [];
  /** Whether a is a worse pick than b. */
  const worse = (a: number, b: number): boolean =>
    scores[a]! < scores[b]! || (scores[a] === scores[b] && a > b);
  for (let i = 0; i < scores.length; i++) {
    if (heap.length === k) {
      if (!worse(heap[0]!, i)) continue;
      heap[0] = i;
      for (let at = 0; ; ) {
        let child = 2 * at + 1;
        if (child >= k) break;
        if (child + 1 < k && worse(heap[child + 1]!, heap[child]!)) child++;
        if (!worse(heap[child]!, heap[at]!)) break;
        [heap[at], heap[child]] = [heap[child]!, heap[at]!];
        at = child;
      }
      continue;
    }
    heap.push(i);
    for (let at = heap.length - 1; at > 0; ) {
      const up = (at - 1) >> 1;
      if (!worse(heap[at]!, heap[up]!)) break;
      [heap[at], heap[up]] = [heap[up]!, heap[at]!];
      at = up;
    }
  }
  return Int32Array.from(heap.sort((a, b) => (worse(a, b) ? 1 : -1)));
}
