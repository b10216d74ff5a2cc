import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";

/**
 * Incoherence n / k max_i |u_i|^2 of n x k orthonormal columns: 1 where they are spread evenly over the rows, n / k where
 * a row belongs to them alone. Low-rank tables of small incoherence can be completed from few random cells.
 */
export function incoherence(u: Matrix): number {
  const { rows: n, cols: k } = requireMatrix("u", u, { dtype: "float64" });
  if (n < 1 || k < 1) throw new InvalidInputError("u", `expected entries, got shape [${n}, ${k}]`);
  let most = 0;
  for (let i = 0; i < n; i++) {
    let square = 0;
    for (let p = i * k; p < (i + 1) * k; p++) square += u.data[p]! ** 2;
    most = Math.max(most, square);
  }
  return (n / k) * most;
}

/**
 * Cells that completing an m x n table of rank k takes: 3 (m + n - k) k, three times its degrees of freedom, in
 * practice; kappa^2 mu^2 max(m, n) k^4.5 in theory, up to logarithms.
 */
export function completionCells(
  m: number,
  n: number,
  k: number,
  options: { readonly incoherence?: number; readonly condition?: number } = {},
): { theory: number; practical: number } {
  requireKnownOptions("options", options, ["incoherence", "condition"]);
  requireInteger("m", m, 1);
  requireInteger("n", n, 1);
  requireInteger("k", k, 1, Math.min(m, n));
  const mu = requireFinite("options.incoherence", options.incoherence ?? 1, 1);
  const kappa = requireFinite("options.condition", options.condition ?? 1, 1);
  return {
    theory: Math.ceil(kappa ** 2 * mu ** 2 * Math.max(m, n) * k ** 4.5),
    practical: Math.min(m * n, 3 * (m + n - k) * k),
  };
}
