import { type Matrix, ndArray } from "ockham/array";
import { eigvalsh, gram } from "ockham/linalg";
import { bilinearSaddle, finiteSumLeastSquares, type Inclusion } from "ockham/optim";
import { randomStream } from "ockham/random";
import { csrFromTriplets, multiplyTransposed, multiplyVector } from "ockham/sparse";

/** Least squares whose columns fall off as 1/j: F_i(u) = a_i (a_i^T u - b_i), uniform sampling. */
export function decayingLeastSquares(n: number, seed: number): { f: Inclusion["f"]; largest: number } {
  const d = 20;
  const stream = randomStream(seed, "least-squares", n);
  const solution = Float64Array.from({ length: d }, (_, j) => stream.normal() * Math.sqrt(j + 1));
  const data = new Float64Array(n * d);
  const b = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) {
      data[i * d + j] = stream.sign() / (j + 1);
      b[i]! += data[i * d + j]! * solution[j]!;
    }
    b[i]! += stream.normal();
  }
  const a = ndArray("float64", [n, d], data);
  return {
    f: finiteSumLeastSquares(a, b, { sampling: "uniform" }),
    // The constant of F itself, which the deterministic iteration may use.
    largest: Math.max(...eigvalsh(gram(a))) / n,
  };
}

/** The burglar takes w_i from house i unless the policeman at house j is near: `w_i (1 - exp(-0.8 |i - j|))`. */
export function policemanBurglar(n: number, seed: number): Matrix {
  const stream = randomStream(seed, "policeman-burglar", n);
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const wealth = Math.abs(stream.normal());
    for (let j = 0; j < n; j++) data[i * n + j] = wealth * (1 - Math.exp(-0.8 * Math.abs(i - j)));
  }
  return ndArray("float64", [n, n], data);
}

/**
 * An unconstrained saddle with a solution: a diagonal and five entries a row, rows that fall off as 1/i, so that the
 * Frobenius norm is not much above the spectral one.
 */
export function sparseSaddle(n: number, seed: number): Inclusion["f"] {
  const stream = randomStream(seed, "saddle", n);
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  const add = (i: number, j: number, value: number): void => {
    rows.push(i);
    columns.push(j);
    values.push(value / (i + 1));
  };
  for (let i = 0; i < n; i++) {
    add(i, i, 1);
    for (let k = 0; k < 5; k++) add(i, stream.integer(n), 2 * stream.normal());
  }
  const a = csrFromTriplets(n, n, rows, columns, values);
  const vector = (): Float64Array => stream.fillNormal(new Float64Array(n));
  return bilinearSaddle(a, multiplyVector(a, vector()), multiplyTransposed(a, vector()));
}

/** Largest singular value, by power iteration. */
export function spectralNorm(f: Inclusion["f"]): number {
  // F(u) - F(0) is skew: its norm is that of A.
  const zero = new Float64Array(f.dimension);
  const constant = new Float64Array(f.dimension);
  f.full(zero, constant);
  let u = randomStream(0, "power-iteration").fillNormal(new Float64Array(f.dimension));
  let norm = 0;
  for (let k = 0; k < 200; k++) {
    const out = new Float64Array(f.dimension);
    f.full(u, out);
    let squares = 0;
    for (let j = 0; j < out.length; j++) {
      out[j]! -= constant[j]!;
      squares += out[j]! ** 2;
    }
    norm = Math.sqrt(squares);
    u = out.map((value) => value / norm);
  }
  return norm;
}
