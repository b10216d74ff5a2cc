import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSafetensors, readNpy } from "ockham/io";
import { generateOperatorData, type OperatorGroup } from "ockham/pde";
import { darcyFv, multiplyVector } from "ockham/sparse";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../program.ts";
import { DatasetFiles, type DatasetRequest } from "./dataset-files.ts";

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ockham-generate-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function generate(...args: string[]) {
  let stdout = "";
  let stderr = "";
  const status = await runCli(["generate", ...args], {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
    signal: new AbortController().signal,
    colors: false,
  });
  return { status, stdout, stderr };
}

const darcy = ["darcy", "--n", "10", "--count", "9", "--group-size", "4", "--dtype", "float64"];

describe("ockham generate", () => {
  test("writes inputs and solutions of the equation that it names, and what recycling saved", async () => {
    const { status, stdout } = await generate(...darcy, "--out", at("data"), "--threads", "1", "--json");
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(Object.keys(report.comparison)).toEqual([
      "skr",
      "gmres",
      "gcrodr without recycling",
      "cg with ic0",
    ]);
    expect(report.worstResidual).toBeLessThanOrEqual(1e-8);
    expect(readdirSync(at("data")).sort()).toEqual(["inputs.npy", "outputs.npy", "report.json"]);
    const inputs = await readNpy(at("data", "inputs.npy"));
    const outputs = await readNpy(at("data", "outputs.npy"));
    expect([inputs.shape, outputs.shape]).toEqual([
      [9, 10, 10],
      [9, 10, 10],
    ]);
    for (let i = 0; i < 9; i++) {
      const K = (inputs.data as Float64Array).slice(100 * i, 100 * (i + 1));
      const u = (outputs.data as Float64Array).slice(100 * i, 100 * (i + 1));
      const f = multiplyVector(darcyFv({ dtype: "float64", shape: [10, 10], data: K }), u);
      for (const value of f) expect(value).toBeCloseTo(1, 6);
    }
  });

  test("gives the same bytes for any number of threads and either format, and another seed others", async () => {
    const hashes = new Set<string>();
    for (const options of [
      ["--threads", "1"],
      ["--threads", "2"],
      ["--threads", "2", "--format", "safetensors"],
    ]) {
      const { status, stdout } = await generate(
        ...darcy,
        ...options,
        "--out",
        at(options.join("")),
        "--json",
      );
      expect(status).toBe(0);
      hashes.add(JSON.parse(stdout).hash);
    }
    expect(hashes.size).toBe(1);
    const other = await generate(...darcy, "--seed", "1", "--threads", "1", "--out", at("other"), "--json");
    expect(hashes.has(JSON.parse(other.stdout).hash)).toBe(false);
    const file = await openSafetensors(at("--threads2--formatsafetensors", "darcy.safetensors"));
    const stored = await file.read("outputs");
    await file.close();
    expect(stored.data).toEqual((await readNpy(at("--threads1", "outputs.npy"))).data);
  });

  test("goes on where an interrupted call stopped, and does nothing when all is there", async () => {
    const request: DatasetRequest = {
      format: "npy",
      dtype: "float64",
      shape: [9, 10, 10],
      name: "darcy",
      settings: { equation: "darcy", groupSize: 4 },
    };
    const files = await DatasetFiles.open(at("data"), request);
    const groups: OperatorGroup[] = [];
    await generateOperatorData({
      equation: "darcy",
      n: 10,
      count: 9,
      groupSize: 4,
      skip: (group) => group !== 1,
      onGroup: (group) => {
        groups.push(group);
      },
    });
    await files.write(groups[0]!);
    expect(existsSync(at("data", "outputs.npy"))).toBe(false);
    const { status, stdout } = await generate(...darcy, "--out", at("data"), "--threads", "1");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^9 pairs of 10 x 10 in .* \(4 were there\)/);
    await generate(...darcy, "--out", at("whole"), "--threads", "1");
    expect(readFileSync(at("data", "outputs.npy"))).toEqual(readFileSync(at("whole", "outputs.npy")));
    const again = await generate(...darcy, "--out", at("data"), "--threads", "1");
    expect([again.status, again.stdout]).toEqual([0, `${at("data")} holds these 9 pairs already\n`]);
  });

  test("refuses to mix data sets, and options that do not fit, before anything is written", async () => {
    await generate(...darcy, "--out", at("data"), "--threads", "1");
    const mixed = await generate(...darcy, "--seed", "5", "--out", at("data"), "--threads", "1");
    expect(mixed.status).toBe(2);
    expect(mixed.stderr).toMatch(/inputs\.npy exists already/);
    const cg = await generate("helmholtz", "--n", "8", "--count", "1", "--method", "cg", "--out", at("none"));
    expect(cg.status).toBe(2);
    expect(cg.stderr).toMatch(/--method: "cg" needs a positive definite matrix/);
    expect(existsSync(at("none"))).toBe(false);
  });

  test("makes flows too", async () => {
    const { status } = await generate(
      ...["navier-stokes", "--n", "12", "--count", "2", "--time", "0.1", "--threads", "1"],
      ...["--out", at("flows")],
    );
    expect(status).toBe(0);
    const [w0, w] = [await readNpy(at("flows", "inputs.npy")), await readNpy(at("flows", "outputs.npy"))];
    expect(w.shape).toEqual([2, 12, 12]);
    expect(w.data).not.toEqual(w0.data);
  });
});
