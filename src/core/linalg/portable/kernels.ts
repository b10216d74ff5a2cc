import type { DenseKernels } from "../kernels.ts";
import { bandedCholesky, bandedCholeskySolve, bandedSolve } from "./banded.ts";
import { cholesky } from "./cholesky.ts";
import { factor, lu } from "./lu.ts";
import { accumulateProduct, blockOf } from "./product.ts";
import { pivotedQr, qr } from "./qr.ts";
import { schur } from "./schur.ts";
import { eigh, svd } from "./spectral.ts";
import { solveTriangular } from "./triangular.ts";

const gramBlock = 96;

/** Dense linear algebra in plain TypeScript: runs anywhere, no native code. */
export const portableKernels: DenseKernels = {
  multiply(transposeA, transposeB, m, n, k, a, b, c, accumulate = false) {
    if (!accumulate) c.fill(0);
    accumulateProduct(
      1,
      m,
      n,
      k,
      blockOf(a, transposeA ? m : k, 0, 0, transposeA),
      blockOf(b, transposeB ? k : n, 0, 0, transposeB),
      blockOf(c, n),
    );
  },
  gram(m, n, a, c) {
    c.fill(0);
    for (let start = 0; start < n; start += gramBlock) {
      const width = Math.min(gramBlock, n - start);
      accumulateProduct(
        1,
        n - start,
        width,
        m,
        blockOf(a, n, 0, start, true),
        blockOf(a, n, 0, start),
        blockOf(c, n, start, start),
      );
    }
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) c[i * n + j] = c[j * n + i]!;
  },
  solveTriangular,
  cholesky,
  lu,
  factor,
  qr,
  pivotedQr,
  svd,
  eigh,
  schur,
  bandedCholesky,
  bandedCholeskySolve,
  bandedSolve,
};
