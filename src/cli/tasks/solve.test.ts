import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readVector, writeMatrixMarket } from "ockham/io";
import { threeParameterField } from "ockham/pde";
import { addScaled, csrFromTriplets, darcyFv, identity, poissonFd, sparseLu } from "ockham/sparse";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../program.ts";

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ockham-solve-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function solve(...args: string[]) {
  let stdout = "";
  let stderr = "";
  const status = await runCli(["solve", ...args], {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
    signal: new AbortController().signal,
    colors: false,
  });
  return { status, stdout, stderr };
}

const n = 8;
const A = (i: number) => darcyFv(threeParameterField([0.3 * ((5 * i) % 7), 0.1 * i, 0], n));
const b = (i: number) => Float64Array.from({ length: n * n }, (_, j) => 1 + ((i * j) % 5));

async function writeSystems(count: number): Promise<void> {
  for (let i = 1; i <= count; i++) {
    await writeMatrixMarket(at("systems", `A_${i}.mtx`), A(i));
    await writeMatrixMarket(at("systems", `b_${i}.mtx`), b(i));
  }
}

async function expectSolutions(count: number, out: string): Promise<void> {
  for (let i = 1; i <= count; i++) {
    const x = await readVector(join(out, `x_${i}.mtx`));
    const exact = sparseLu(A(i)).solve(b(i));
    for (let j = 0; j < x.length; j++) expect(x[j]).toBeCloseTo(exact[j]!, 6);
  }
}

describe("ockham solve", () => {
  test.each([
    ["skr", "--precond", "ilu0"],
    ["skr", "--no-sort", "--no-recycle"],
    ["gmres", "--precond", "jacobi", "--m", "20"],
    ["cg", "--precond", "ic0"],
    ["sor"],
    ["ssor-pcg", "--omega", "1.3"],
  ])("by %s gives every solution under its system's name", async (method, ...options) => {
    await writeSystems(11);
    const { status, stdout, stderr } = await solve(
      at("systems"),
      "--method",
      method,
      ...options,
      "--out",
      at("out"),
    );
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^11 of 11 systems solved/);
    await expectSolutions(11, at("out"));
    const report = JSON.parse(readFileSync(at("out", "report.json"), "utf8"));
    expect(report.results.map(({ solution }: { solution: string }) => solution)).toEqual(
      Array.from({ length: 11 }, (_, i) => `x_${i + 1}.mtx`),
    );
    expect(existsSync(at("out", "order.csv"))).toBe(method === "skr");
  });

  test("takes its order from parameters, and systems still come in the caller's", async () => {
    await writeSystems(4);
    writeFileSync(at("params.csv"), "t\n0\n10\n1\n11\n");
    const { status } = await solve(at("systems"), "--params", at("params.csv"), "--out", at("out"));
    expect(status).toBe(0);
    expect(readFileSync(at("out", "order.csv"), "utf8")).toBe("system\n1\n3\n2\n4\n");
    await expectSolutions(4, at("out"));
  });

  test("never gives an unconverged solution the name of a solution", async () => {
    await writeSystems(2);
    const singular = csrFromTriplets(n * n, n * n, [0], [0], [1]);
    await writeMatrixMarket(at("systems", "A_3.mtx"), singular);
    await writeMatrixMarket(at("systems", "b_3.mtx"), b(3));
    // Left by an earlier run.
    await writeMatrixMarket(at("out", "x_3.mtx"), b(3));
    const { status, stdout, stderr } = await solve(
      at("systems"),
      "--method",
      "gmres",
      "--out",
      at("out"),
      "--json",
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/A_3\.mtx: not solved, relative residual .*stagnation/);
    expect(existsSync(at("out", "x_3.mtx"))).toBe(false);
    expect(existsSync(at("out", "x_3.unconverged.mtx"))).toBe(true);
    const { converged, results } = JSON.parse(stdout);
    expect(converged).toBe(2);
    expect(results[2]).toMatchObject({ converged: false, solution: null });
    await expectSolutions(2, at("out"));
  });

  test("goes on learning where an earlier call stopped", async () => {
    const shifted = (i: number) => addScaled(1, poissonFd(2, 6, { scaled: false }), 0.1 * i, identity(36));
    for (let i = 1; i <= 6; i++) {
      await writeMatrixMarket(at("first", `A_${i}.mtx`), shifted(i));
      await writeMatrixMarket(at("second", `A_${i}.mtx`), shifted(i));
    }
    writeFileSync(at("shifts.csv"), "c\n0.1\n0.2\n0.3\n0.4\n0.5\n0.6\n");
    const options = ["--rhs", "ones", "--method", "sor", "--context", at("shifts.csv")];
    expect((await solve(at("first"), ...options, "--out", at("one"))).status).toBe(0);
    const again = await solve(
      at("second"),
      ...options,
      "--resume",
      at("one", "learner.json"),
      "--out",
      at("two"),
    );
    expect(again.status).toBe(0);
    const state = JSON.parse(readFileSync(at("two", "learner.json"), "utf8"));
    expect(state).toMatchObject({ kind: "cheb-cb", rounds: 12 });
    expect(readFileSync(at("two", "omega.csv"), "utf8").split("\n")).toHaveLength(8);
  });

  test.each([
    [["nowhere"], /nowhere.*cannot be read/],
    [["systems", "--method", "sor", "--precond", "ilu0"], /--precond: is no option of the method sor/],
    [["systems", "--method", "gmres", "--k", "5"], /--k: is no option of the method gmres/],
    [["systems", "--method", "sor", "--omega", "2.1"], /--omega: must lie in \(0, 2\), got 2.1/],
    [["systems", "--method", "sor", "--learner", "chebcb"], /--context: missing/],
    [["systems", "--params", "params.csv"], /params.csv: expected one row for each of 2 systems, got 1/],
    [["systems", "--rhs", "elsewhere"], /no right-hand side b_1.mtx .* in .*elsewhere/],
  ])("refuses %j with status 2", async (args, message) => {
    await writeSystems(2);
    writeFileSync(at("params.csv"), "t\n1\n");
    const given = args.map((arg) => (/^(nowhere|systems|params\.csv|elsewhere)$/.test(arg) ? at(arg) : arg));
    const { status, stderr } = await solve(...given, "--out", at("out"));
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("names the system whose size differs", async () => {
    await writeSystems(1);
    await writeMatrixMarket(at("systems", "A_2.mtx"), poissonFd(2, 3));
    await writeMatrixMarket(at("systems", "b_2.mtx"), new Float64Array(9));
    const { status, stderr } = await solve(at("systems"), "--no-sort", "--out", at("out"));
    expect(status).toBe(2);
    expect(stderr).toMatch(/A_2\.mtx\.A: is 9 x 9, expected 64 x 64/);
  });
});
