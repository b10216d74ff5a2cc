// Agreement with SciPy on the same inputs, where /usr/bin/python3 has it.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CsrMatrix } from "ockham/array";
import { readMatrixMarket, writeMatrixMarket } from "ockham/io";
import {
  bicgstab,
  cg,
  convectionDiffusion2d,
  darcyFv,
  gmres,
  helmholtzFd,
  lsmr,
  lsqr,
  minres,
  multiplySparse,
  permute,
  poissonFd,
  selectColumns,
  selectRows,
  sparseCholesky,
  sparseLu,
  toDense,
} from "ockham/sparse";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { largestDifference, randomSparse, randomVector } from "./support/sparse-matrices.ts";

const python = "/usr/bin/python3";
const present = spawnSync(python, ["-c", "import scipy.sparse.linalg, scipy.io"]).status === 0;

const folder = mkdtempSync(join(tmpdir(), "ockham-scipy-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

const K = new Float64Array(20 * 20).map((_, i) => Math.exp(Math.sin(i) * 1.5));
const matrices: Readonly<Record<string, CsrMatrix>> = {
  poisson: poissonFd(2, 30),
  darcy: darcyFv({ dtype: "float64", shape: [20, 20], data: K }),
  helmholtz: helmholtzFd(20, 300),
  convection: convectionDiffusion2d(30, 1, [20, 10]),
  tall: randomSparse(1, 120, 40, 0.1),
  left: randomSparse(2, 30, 50, 0.1),
  right: randomSparse(3, 50, 25, 0.1),
};
const rightHandSide = (name: string) => randomVector(7, matrices[name]!.rows);

const script = `
import json, sys, warnings
import numpy as np, scipy.io, scipy.sparse as sp, scipy.sparse.linalg as sl
warnings.simplefilter("ignore")
folder = sys.argv[1]
read = lambda name: scipy.io.mmread(f"{folder}/{name}.mtx")
A = {name: read(name).tocsr() for name in ${JSON.stringify(Object.keys(matrices))}}
b = {name: read("b_" + name).ravel() for name in ("poisson", "darcy", "helmholtz", "convection", "tall")}
tolerance = "rtol" if tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 12) else "tol"
out = {}
def run(key, solve, name, **options):
    count = [0]
    def callback(*_): count[0] += 1
    x, info = solve(A[name], b[name], **{tolerance: 1e-10}, callback=callback, maxiter=20000, **options)
    out[key] = {"x": x.tolist(), "iterations": count[0], "info": int(info)}
run("cg poisson", sl.cg, "poisson")
run("cg darcy", sl.cg, "darcy")
run("gmres convection", sl.gmres, "convection", restart=40, callback_type="pr_norm")
run("bicgstab convection", sl.bicgstab, "convection")
out["minres helmholtz"] = {"x": sl.minres(A["helmholtz"], b["helmholtz"], **{tolerance: 1e-12}, maxiter=20000)[0].tolist()}
out["lsqr tall"] = {"x": sl.lsqr(A["tall"], b["tall"], atol=1e-13, btol=1e-13)[0].tolist()}
out["lsmr tall"] = {"x": sl.lsmr(A["tall"], b["tall"], atol=1e-13, btol=1e-13)[0].tolist()}
for name in ("poisson", "helmholtz", "convection"):
    out["direct " + name] = {"x": sl.spsolve(A[name].tocsc(), b[name]).tolist()}
out["product"] = (A["left"] @ A["right"]).toarray().ravel().tolist()
out["rows"] = A["left"][[4, 0, 4, 29]].toarray().ravel().tolist()
out["columns"] = A["left"][:, [9, 3, 40]].toarray().ravel().tolist()
out["log det"] = float(np.linalg.slogdet(A["darcy"].toarray())[1])
bits = read("bits")
out["bits"] = [float(v).hex() for v in bits.data]
scipy.io.mmwrite(f"{folder}/theirs_sparse.mtx", A["darcy"], precision=17)
scipy.io.mmwrite(f"{folder}/theirs_dense.mtx", A["right"].toarray(), precision=17)
json.dump(out, open(f"{folder}/out.json", "w"))
`;

interface Solved {
  readonly x: readonly number[];
  readonly iterations: number;
}
let theirs: Record<string, Solved & readonly number[] & number>;
const bits = randomSparse(9, 12, 12, 0.5);

describe.runIf(present)("SciPy", () => {
  beforeAll(async () => {
    for (const [name, matrix] of Object.entries(matrices)) {
      await writeMatrixMarket(file(`${name}.mtx`), matrix);
      await writeMatrixMarket(file(`b_${name}.mtx`), rightHandSide(name));
    }
    await writeMatrixMarket(file("bits.mtx"), bits);
    writeFileSync(file("peer.py"), script);
    execFileSync(python, [file("peer.py"), folder]);
    const { readFileSync } = await import("node:fs");
    theirs = JSON.parse(readFileSync(file("out.json"), "utf8"));
  });

  const closeTo = (x: Float64Array, key: string, bound: number) => {
    const expected = theirs[key]!.x;
    const size = Math.max(...expected.map(Math.abs));
    expect(largestDifference(x, expected) / size).toBeLessThan(bound);
  };

  test.each(["poisson", "darcy"])("cg takes as many iterations to the same solution (%s)", (name) => {
    const ours = cg(matrices[name]!, rightHandSide(name), { tol: 1e-10 });
    closeTo(ours.x, `cg ${name}`, 1e-8);
    expect(Math.abs(ours.iterations - theirs[`cg ${name}`]!.iterations)).toBeLessThanOrEqual(2);
  });

  test("gmres takes as many iterations to the same solution", () => {
    const ours = gmres(matrices.convection!, rightHandSide("convection"), { tol: 1e-10, restart: 40 });
    closeTo(ours.x, "gmres convection", 1e-8);
    // SciPy tests the preconditioned residual with a safety factor and may go on for a few steps.
    expect(ours.iterations).toBeLessThanOrEqual(theirs["gmres convection"]!.iterations + 2);
    expect(ours.iterations).toBeGreaterThan(0.85 * theirs["gmres convection"]!.iterations);
  });

  test("bicgstab, minres, lsqr and lsmr reach the same solutions", () => {
    const convection = bicgstab(matrices.convection!, rightHandSide("convection"), { tol: 1e-10 });
    closeTo(convection.x, "bicgstab convection", 1e-7);
    closeTo(
      minres(matrices.helmholtz!, rightHandSide("helmholtz"), { tol: 1e-10 }).x,
      "minres helmholtz",
      1e-6,
    );
    closeTo(lsqr(matrices.tall!, rightHandSide("tall"), { tol: 1e-13 }).x, "lsqr tall", 1e-9);
    closeTo(lsmr(matrices.tall!, rightHandSide("tall"), { tol: 1e-13 }).x, "lsmr tall", 1e-9);
  });

  test("direct solvers agree with spsolve, and the determinant with slogdet", () => {
    closeTo(sparseCholesky(matrices.poisson!).solve(rightHandSide("poisson")), "direct poisson", 1e-12);
    closeTo(sparseLu(matrices.helmholtz!).solve(rightHandSide("helmholtz")), "direct helmholtz", 1e-11);
    closeTo(sparseLu(matrices.convection!).solve(rightHandSide("convection")), "direct convection", 1e-12);
    expect(sparseCholesky(matrices.darcy!).logDeterminant).toBeCloseTo(theirs["log det"]!, 8);
  });

  test("products and selections are the same", () => {
    expect(
      largestDifference(toDense(multiplySparse(matrices.left!, matrices.right!)).data, theirs.product!),
    ).toBeLessThan(1e-15);
    expect([...toDense(selectRows(matrices.left!, [4, 0, 4, 29])).data]).toEqual(theirs.rows);
    expect([...toDense(selectColumns(matrices.left!, [9, 3, 40])).data]).toEqual(theirs.columns);
    expect(permute(matrices.poisson!, [...Array(900).keys()])).toEqual(matrices.poisson);
  });

  test("Matrix Market files go both ways to the last bit", async () => {
    const hex = (value: number) => {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, value);
      return view.getBigUint64(0);
    };
    const fromHex = (text: string): number => {
      const [, sign, whole, fraction, exponent] = /^(-?)0x(\d)\.([0-9a-f]+)p([+-]\d+)$/.exec(text)!;
      const mantissa = Number(whole) + Number.parseInt(fraction!, 16) / 16 ** fraction!.length;
      return (sign === "-" ? -1 : 1) * mantissa * 2 ** Number(exponent);
    };
    const read = (theirs.bits as unknown as string[]).map(fromHex).map(hex).sort();
    expect(read).toEqual([...bits.data].map(hex).sort());
    expect(await readMatrixMarket(file("theirs_sparse.mtx"))).toEqual(matrices.darcy);
    expect(await readMatrixMarket(file("theirs_dense.mtx"))).toEqual(toDense(matrices.right!));
  });
});
