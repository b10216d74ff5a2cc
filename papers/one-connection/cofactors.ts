import {
  constantPolynomial,
  monomialPolynomial,
  multiplyPolynomials,
  type Polynomial,
  scalePolynomial,
  sumOfProducts,
} from "ockham/exact";
import { covariancePairs, type MixedGraph, parameterNames } from "ockham/stats";

/**
 * The numerators and the denominator of the implied covariances by a textbook symbolic inverse: every cofactor
 * of I - Lambda by Laplace expansion, skipping zeros, then adj^T Omega adj.
 */
export function covarianceByCofactors(graph: MixedGraph): {
  numerators: Polynomial[];
  denominator: Polynomial;
} {
  const { n, directed, bidirected } = graph;
  const variables = parameterNames(graph);
  const zero = constantPolynomial(variables, 0n);
  const square = (): Polynomial[][] => Array.from({ length: n }, () => new Array<Polynomial>(n).fill(zero));
  const matrix = square();
  for (let v = 0; v < n; v++) matrix[v]![v] = constantPolynomial(variables, 1n);
  for (const [edge, [from, to]] of directed.entries())
    matrix[from]![to] = monomialPolynomial(variables, [edge], -1n);
  const omega = square();
  for (let v = 0; v < n; v++) omega[v]![v] = monomialPolynomial(variables, [directed.length + v]);
  for (const [edge, [a, b]] of bidirected.entries())
    omega[a]![b] = omega[b]![a] = monomialPolynomial(variables, [directed.length + n + edge]);

  const determinant = (rows: readonly number[], cols: readonly number[]): Polynomial => {
    if (rows.length === 0) return constantPolynomial(variables, 1n);
    const [row, ...below] = rows as [number, ...number[]];
    const pairs = cols.flatMap((col, c): [Polynomial, Polynomial][] => {
      const entry = matrix[row]![col]!;
      if (entry.coefficients.length === 0) return [];
      const minor = determinant(
        below,
        cols.filter((other) => other !== col),
      );
      return [[c % 2 === 0 ? entry : scalePolynomial(entry, -1n), minor]];
    });
    return sumOfProducts(variables, pairs);
  };
  const all = Array.from({ length: n }, (_, v) => v);
  const adjugate = all.map((i) =>
    all.map((j) => {
      const minor = determinant(
        all.filter((v) => v !== j),
        all.filter((v) => v !== i),
      );
      return (i + j) % 2 === 0 ? minor : scalePolynomial(minor, -1n);
    }),
  );
  const product = (a: (k: number) => Polynomial, b: Polynomial[][], j: number): Polynomial =>
    sumOfProducts(
      variables,
      all
        .map((k): [Polynomial, Polynomial] => [a(k), b[k]![j]!])
        .filter(([left]) => left.coefficients.length > 0),
    );
  const right = all.map((i) => all.map((j) => product((k) => omega[i]![k]!, adjugate, j)));
  const whole = determinant(all, all);
  return {
    numerators: covariancePairs(n).map(([i, j]) => product((k) => adjugate[k]![i]!, right, j)),
    denominator: multiplyPolynomials(whole, whole),
  };
}
