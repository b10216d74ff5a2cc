import { InvalidInputError } from "../core/errors.ts";
import type { ComplexVector } from "../core/linalg/index.ts";
import type { PtdResult } from "./perturb-then-diagonalize.ts";
import type { DiagonalSystem } from "./state-space.ts";
import { requireVector } from "./state-space.ts";

/**
 * The system x' = (a + e) x + b u, y = c x in the basis of the eigenvectors of a + e: inputs v^-1 b, outputs c v. Its
 * transfer function is real in time: eigenvalues come in conjugate pairs.
 */
export function diagonalForm(
  { eigenvalues, vectors, inverse }: Pick<PtdResult, "eigenvalues" | "vectors" | "inverse">,
  b: Float64Array,
  c: Float64Array,
): DiagonalSystem {
  const n = requireVector("b", b);
  requireVector("c", c, n);
  if (eigenvalues.re.length !== n)
    throw new InvalidInputError("b", `expected ${eigenvalues.re.length} numbers, got ${n}`);
  const input = { re: new Float64Array(n), im: new Float64Array(n) };
  const output = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      input.re[i]! += inverse.re.data[i * n + j]! * b[j]!;
      input.im[i]! += inverse.im.data[i * n + j]! * b[j]!;
      output.re[j]! += c[i]! * vectors.re.data[i * n + j]!;
      output.im[j]! += c[i]! * vectors.im.data[i * n + j]!;
    }
  return { eigenvalues, b: input, c: output };
}

/** The eigenvalues of a pair with positive imaginary parts, and the real ones: what determines the others. */
export function leadingModes(eigenvalues: ComplexVector): Int32Array {
  return Int32Array.from(eigenvalues.im.keys()).filter((j) => eigenvalues.im[j]! >= 0);
}
