// Matrices from applications (SuiteSparse collection), where OCKHAM_DATA_DIR has them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CsrMatrix } from "ockham/array";
import { parseMatrixMarket, readBytes, unzip } from "ockham/io";
import {
  bandwidth,
  cg,
  gmres,
  ic0,
  ilu0,
  isSymmetric,
  lsqr,
  multiplyVector,
  permute,
  reverseCuthillMcKee,
  sparseCholesky,
  sparseLu,
} from "ockham/sparse";
import { describe, expect, test } from "vitest";

const archive = join(process.env.OCKHAM_DATA_DIR ?? "", "matrix-market", "suitesparse-selection.zip");
const present = process.env.OCKHAM_DATA_DIR !== undefined && existsSync(archive);

let members: ReadonlyMap<string, Uint8Array> | undefined;

async function matrix(name: string): Promise<CsrMatrix> {
  members ??= new Map(Object.entries(unzip(await readBytes(archive))));
  const bytes = members.get(`${name}.mtx`);
  if (bytes === undefined) throw new Error(`no ${name}.mtx in ${archive}`);
  return (await parseMatrixMarket(bytes, {}, name)) as CsrMatrix;
}

const length = (vector: Float64Array) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

/** ||b - A x|| / (||A||_F ||x|| + ||b||): the least relative change of A and b that x solves exactly. */
function backwardError(A: CsrMatrix, x: Float64Array, b: Float64Array): number {
  const r = multiplyVector(A, x).map((value, i) => b[i]! - value);
  return length(r) / (length(A.data) * length(x) + length(b));
}

const onesImage = (A: CsrMatrix) => multiplyVector(A, new Float64Array(A.cols).fill(1));

describe.runIf(present)("matrices of the SuiteSparse collection", () => {
  test.each([
    ["bcsstk13", 2003, 2003, 83883, true],
    ["494_bus", 494, 494, 1666, true],
    ["bcspwr10", 5300, 5300, 21842, true],
    ["cryg2500", 2500, 2500, 12349, false],
    ["bayer10", 13436, 13436, 94926, false],
    ["Franz6_id1959_aug", 10592, 3016, 48472, false],
    ["lp_e226", 223, 472, 2768, false],
    ["pushpull", 4000, 4000, 196305, true],
  ] as const)(
    "%s has the shape and entries that the collection states",
    async (name, rows, cols, entries, symmetric) => {
      const A = await matrix(name);
      expect([A.rows, A.cols, A.data.length, isSymmetric(A)]).toEqual([rows, cols, entries, symmetric]);
    },
  );

  test("the complex one is refused", async () => {
    await expect(matrix("young1c")).rejects.toThrow("young1c, line 1: complex matrices are not supported");
  });

  test.each(["bcsstk13", "bcsstk16", "494_bus"])(
    "Cholesky and preconditioned CG solve with %s",
    async (name) => {
      const A = await matrix(name);
      const b = onesImage(A);
      expect(backwardError(A, sparseCholesky(A).solve(b), b)).toBeLessThan(1e-15);
      const result = cg(A, b, { precond: ic0(A) });
      expect(result.converged).toBe(true);
      expect(result.iterations).toBeLessThan(1000);
    },
  );

  test.each([
    "cryg2500",
    "nnc1374",
    "olm1000",
    "watt_2",
    "west0479",
    "bayer10",
    "rajat19",
    "adder_dcop_05",
    "hangGlider_2",
    "reorientation_1",
    "bp_1200",
  ])("LU solves with %s to a backward error of rounding size", async (name) => {
    const A = await matrix(name);
    const b = onesImage(A);
    expect(backwardError(A, sparseLu(A).solve(b), b)).toBeLessThan(1e-15);
  });

  test.each(["olm1000", "watt_2"])("GMRES with ILU(0) solves with %s", async (name) => {
    const A = await matrix(name);
    const result = gmres(A, onesImage(A), { precond: ilu0(A) });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThan(50);
  });

  test("structurally singular matrices are refused by LU, never solved", async () => {
    for (const name of ["zenios", "bcspwr09"]) {
      const A = await matrix(name);
      expect(() => sparseLu(A)).toThrow(/singular/);
    }
  });

  test.each([
    ["dwt_992", 70],
    ["jagmesh7", 40],
    ["bcspwr09", 150],
    ["494_bus", 100],
  ] as const)("reverse Cuthill-McKee brings %s to a bandwidth below %d", async (name, bound) => {
    const A = await matrix(name);
    expect(bandwidth(A).lower).toBeGreaterThan(400);
    expect(bandwidth(permute(A, reverseCuthillMcKee(A))).lower).toBeLessThan(bound);
  });

  test("LSQR finds a least squares solution of a rank-deficient rectangular matrix", async () => {
    const A = await matrix("Franz6_id1959_aug");
    const result = lsqr(A, new Float64Array(A.rows).fill(1));
    expect(result.converged).toBe(true);
    expect(result.optimality.at(-1)).toBeLessThanOrEqual(1e-8);
  });
});
