import { type CsrMatrix, type Matrix, requireMatrix } from "../core/array/index.ts";
import { NumericalError, requireFinite, requireOneOf } from "../core/errors.ts";
import { randomStream, sparseSignMatrix } from "../core/random/index.ts";
import { type AnyCsrMatrix, scaleRows } from "../core/sparse/index.ts";
import { type Block, inPrecision, newBlock, type Precision, shared } from "./block.ts";
import type { FastRPOptions } from "./fast-rp.ts";

/**
 * The random matrix R of {@link fastRP}: entries sqrt(s / dim) with random sign, one in s present. Row i
 * depends on the seed and i alone.
 */
export function projectionMatrix(
  nodes: number,
  dim: number,
  s: number,
  seed: number | bigint = 0,
): CsrMatrix {
  const signs = sparseSignMatrix(nodes, dim, s, randomStream(seed, "fast-rp", "very-sparse"));
  const factor = 1 / Math.sqrt(dim);
  return { ...signs, data: signs.data.map((value) => value * factor) };
}

/** (d_j / sum d)^beta, and 0 where d_j = 0. */
export function degreeFactors(sums: Float64Array, beta: number): Float64Array {
  let total = 0;
  for (const sum of sums) total += sum;
  const factors = sums.map((sum) => (sum > 0 ? (sum / total) ** beta : 0));
  if (!factors.every(Number.isFinite) || !Number.isFinite(total))
    throw new NumericalError(`degrees to the power ${beta} overflow`, { beta, total });
  return factors;
}

/** L R: sparse for the very sparse projection, dense for others. */
export function startBlock(
  scale: Float64Array,
  dim: number,
  dtype: Precision,
  options: FastRPOptions,
): Block | AnyCsrMatrix {
  const nodes = scale.length;
  const sharing = options.pool !== undefined;
  const kind = requireOneOf("options.projection", options.projection ?? "very-sparse", [
    "very-sparse",
    "gaussian",
  ]);
  const s =
    options.sparsity === undefined || options.sparsity === "sqrt"
      ? Math.sqrt(nodes)
      : requireFinite("options.sparsity", options.sparsity, 1);
  if (options.projectionMatrix === undefined && kind === "very-sparse") {
    const signs = projectionMatrix(nodes, dim, s, options.seed);
    const start = inPrecision(scaleRows(signs, scale), dtype);
    return sharing ? shared(start) : start;
  }
  const block = newBlock(nodes * dim, dtype, sharing);
  const random = randomStream(options.seed ?? 0, "fast-rp", "gaussian");
  const row = new Float64Array(dim);
  for (let u = 0; u < nodes; u++) {
    if (options.projectionMatrix !== undefined)
      row.set(options.projectionMatrix.data.subarray(u * dim, (u + 1) * dim));
    else random.split(u).fillNormal(row, 0, 1 / Math.sqrt(dim));
    for (let k = 0; k < dim; k++) block[u * dim + k] = scale[u]! * row[k]!;
  }
  return block;
}

/**
 * Properties of vertices projected to dim columns by normals of variance 1 / dim, as a function of the rows:
 * new vertices get the projection of the fitted ones. O(rows properties dim).
 */
export function featureProjection(
  fitted: Matrix,
  dim: number,
  dtype: Precision,
  seed: number | bigint | undefined,
): (argument: string, features: Matrix, rows: number) => Block {
  const { cols } = requireMatrix("options.selfFeatures", fitted, { dtype: "float64" });
  const projection = randomStream(seed ?? 0, "fast-rp", "self").fillNormal(
    new Float64Array(cols * dim),
    0,
    1 / Math.sqrt(dim),
  );
  return (argument, features, rows) => {
    requireMatrix(argument, features, { dtype: "float64", rows, cols });
    const block = newBlock(rows * dim, dtype, false);
    const row = new Float64Array(dim);
    for (let u = 0; u < rows; u++) {
      row.fill(0);
      for (let j = 0; j < cols; j++) {
        const value = features.data[u * cols + j]!;
        if (value !== 0) for (let k = 0; k < dim; k++) row[k]! += value * projection[j * dim + k]!;
      }
      block.set(row, u * dim);
    }
    return block;
  };
}
