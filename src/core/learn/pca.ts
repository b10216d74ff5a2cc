import { type Matrix, requireMatrix } from "../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../errors.ts";
import { eigh, gram, matmul } from "../linalg/index.ts";

export interface PcaOptions {
  /** Number of components to keep. */
  readonly components: number;
}

/** Principal components of a set of points. */
export interface Pca {
  /** [d]. */
  readonly mean: Float64Array;
  /** Orthonormal directions in columns, largest variance first, [d, components]. */
  readonly directions: Matrix;
  /** Sample variance along each direction, falling. */
  readonly variances: Float64Array;
  /** Coordinates of rows, [n, components]. */
  transform(x: Matrix): Matrix;
  /** Points with those coordinates, [n, d]. */
  inverse(coordinates: Matrix): Matrix;
}

/** Principal component analysis by the eigenvalues of the covariance: O(n d^2 + d^3), for moderate d. */
export function fitPca(x: Matrix, options: PcaOptions): Pca {
  requireKnownOptions("options", options, ["components"]);
  const { rows: n, cols: d } = requireMatrix("x", x, { dtype: "float64" });
  if (n < 2 || d === 0) throw new InvalidInputError("x", `expected at least 2 rows, got shape [${n}, ${d}]`);
  const kept = requireInteger("options.components", options.components, 1, d);
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j]! += x.data[i * d + j]! / n;
  const centred = (points: Matrix): Matrix => {
    const data = points.data.slice();
    for (let i = 0; i < data.length; i++) data[i]! -= mean[i % d]!;
    return { ...points, data };
  };
  const { values, vectors } = eigh(gram(centred(x)));
  const directions = new Float64Array(d * kept);
  for (let j = 0; j < d; j++)
    for (let k = 0; k < kept; k++) directions[j * kept + k] = vectors.data[j * d + d - 1 - k]!;
  const basis: Matrix = { dtype: "float64", shape: [d, kept], data: directions };
  return {
    mean,
    directions: basis,
    variances: Float64Array.from({ length: kept }, (_, k) => Math.max(0, values[d - 1 - k]!) / (n - 1)),
    transform(points) {
      requireMatrix("x", points, { dtype: "float64", cols: d });
      return matmul(centred(points), basis);
    },
    inverse(coordinates) {
      requireMatrix("coordinates", coordinates, { dtype: "float64", cols: kept });
      const points = matmul(coordinates, basis, { transposeB: true });
      for (let i = 0; i < points.data.length; i++) points.data[i]! += mean[i % d]!;
      return points;
    },
  };
}
