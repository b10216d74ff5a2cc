import type { Matrix } from "ockham/array";
import { drawLaplace, randomStream } from "ockham/random";

export const matrixOf = (rows: number, cols: number, data: Float64Array): Matrix => ({
  dtype: "float64",
  shape: [rows, cols],
  data,
});

/** n rows of random signs and, for every column, one row n^(1/4) long in it alone. */
export function spike(n: number, d: number, seed: number): Matrix {
  const stream = randomStream(seed, "spike");
  const data = new Float64Array((n + d) * d);
  for (let k = 0; k < n * d; k++) data[k] = stream.sign();
  for (let j = 0; j < d; j++) data[(n + j) * d + j] = n ** 0.25;
  return matrixOf(n + d, d, data);
}

/** Powers of points spread evenly over [-1, 1], degrees 0 to d - 1. */
export function vandermonde(n: number, d: number): Matrix {
  const data = new Float64Array(n * d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) data[i * d + j] = (-1 + (2 * i) / (n - 1)) ** j;
  return matrixOf(n, d, data);
}

/** Matrices one below the other, each in columns of its own: their sensitivities are those of the parts. */
export function blockDiagonal(parts: readonly Matrix[]): Matrix {
  const n = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  const d = parts.reduce((sum, part) => sum + part.shape[1]!, 0);
  const data = new Float64Array(n * d);
  let row = 0;
  let column = 0;
  for (const { shape, data: entries } of parts) {
    const [rows, cols] = shape as [number, number];
    for (let i = 0; i < rows; i++)
      data.set(entries.subarray(i * cols, (i + 1) * cols), (row + i) * d + column);
    row += rows;
    column += cols;
  }
  return matrixOf(n, d, data);
}

/** Gaussian rows of Cauchy lengths, and a right-hand side with Laplace noise, a twentieth of it twenty times as large. */
export function heavyTail(n: number, d: number, seed: number): { a: Matrix; b: Float64Array } {
  const stream = randomStream(seed, "heavy tail");
  const data = new Float64Array(n * d);
  const truth = stream.fillNormal(new Float64Array(d));
  const b = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const length = Math.abs(stream.normal() / stream.normal());
    for (let j = 0; j < d; j++) {
      data[i * d + j] = length * stream.normal();
      b[i]! += data[i * d + j]! * truth[j]!;
    }
    b[i]! += (stream.uniform() < 0.05 ? 20 : 1) * drawLaplace(stream);
  }
  return { a: matrixOf(n, d, data), b };
}

/** [a, b]. */
export function withColumn({ shape, data }: Matrix, b: Float64Array): Matrix {
  const [n, d] = shape as [number, number];
  const result = new Float64Array(n * (d + 1));
  for (let i = 0; i < n; i++) {
    result.set(data.subarray(i * d, (i + 1) * d), i * (d + 1));
    result[i * (d + 1) + d] = b[i]!;
  }
  return matrixOf(n, d + 1, result);
}
