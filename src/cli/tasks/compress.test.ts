import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NdArray, ndArray } from "ockham/array";
import { writeOnnxModel } from "ockham/compression";
import { formatNpy, openSafetensors, streamSafetensors, writeSafetensors } from "ockham/io";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelOf, node, normal, weight } from "../../../test/support/onnx-models.ts";
import { runCli } from "../program.ts";

let folder: string;
const path = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ockham-compress-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ockham(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const status = await runCli(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    signal: new AbortController().signal,
    colors: false,
  });
  return { status, stdout, stderr };
}

describe("ockham compress", () => {
  beforeAll(async () => {
    const model = modelOf({
      shape: [40],
      nodes: [node("MatMul", ["x", "w"], "m"), node("Relu", ["m"], "r"), node("MatMul", ["r", "v"], "y")],
      initializer: [weight("w", [40, 40]), weight("v", [40, 40])],
    });
    await writeOnnxModel(path("model.onnx"), model);
    writeFileSync(path("x.npy"), formatNpy(normal([200, 40], "x")));
  });

  test("writes a smaller model and says what was done", async () => {
    const args = [
      "compress",
      path("model.onnx"),
      "--calibrate",
      path("x.npy"),
      "--rank",
      "ratio=0.25",
      "--json",
    ];
    const { status, stdout } = await ockham(...args, "--out", path("small.onnx"));
    expect(status).toBe(0);
    const done = JSON.parse(stdout);
    expect(done.layers.map((layer: { rank: number }) => layer.rank)).toEqual([10, 10]);
    expect(done.bytes.after).toBe(statSync(path("small.onnx")).size);
    expect(done.bytes.after).toBeLessThan(0.6 * done.bytes.before);
    expect(done.comparison.rewriteError).toBeLessThan(1e-5);
    expect(done.latency.dense.p50).toBeGreaterThan(0);
  });

  test("prints a plan without writing", async () => {
    const { status, stdout } = await ockham("compress", path("model.onnx"), "--method", "svd", "--dry-run");
    expect(status).toBe(0);
    expect(stdout).toMatch(/bytes: /);
    const { stdout: json } = await ockham(
      "compress",
      path("model.onnx"),
      "--method",
      "svd",
      "--dry-run",
      "--json",
    );
    expect(JSON.parse(json)).toMatchObject({
      layers: [{ skipped: expect.stringMatching(/save nothing/) }, {}],
      out: null,
    });
  });

  test("does not write what is larger than the model, unless asked to", async () => {
    const big = modelOf({
      shape: [2],
      nodes: [node("MatMul", ["x", "w"], "y")],
      initializer: [weight("w", [2, 2])],
    });
    await writeOnnxModel(path("tiny.onnx"), big);
    writeFileSync(path("tiny.npy"), formatNpy(normal([20, 2], "tiny")));
    const args = [
      "compress",
      path("tiny.onnx"),
      "--calibrate",
      path("tiny.npy"),
      "--rank",
      "fixed=1",
      "--skip",
      "none*",
      "--no-time",
    ];
    expect((await ockham(...args, "--out", path("larger.onnx"))).status).toBe(2);
    const kept = args.filter((arg) => arg !== "--skip" && arg !== "none*");
    const small = await ockham(
      ...kept.map((arg) => (arg === "fixed=1" ? "ratio=1" : arg)),
      "--out",
      path("same.onnx"),
    );
    expect(small.status).toBe(0);
    expect(statSync(path("same.onnx")).size).toBe(statSync(path("tiny.onnx")).size);
  });

  test("refuses what it cannot do, by name", async () => {
    const cases: [string[], RegExp][] = [
      [["compress", path("model.onnx"), "--out", path("a.onnx")], /--calibrate: lord needs inputs/],
      [["compress", path("model.onnx"), "--method", "svd"], /--out: expected a file/],
      [
        ["compress", path("model.onnx"), "--method", "svd", "--out", path("a.bin")],
        /--out: expected a name that ends in .onnx/,
      ],
      [
        ["compress", path("x.npy"), "--out", path("a.onnx")],
        /expected a file that ends in .onnx or .safetensors/,
      ],
      [["compress", path("model.onnx"), "--rank", "half", "--out", path("a.onnx")], /ratio=/],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = await ockham(...args);
      expect(status).toBe(2);
      expect(stderr).toMatch(message);
    }
    expect(existsSync(path("a.onnx"))).toBe(false);
  });

  test("factors weights without a graph, in their own types", async () => {
    const w = normal([30, 20], "w");
    const parts = { w: { ...w, bfloat16: true }, b: normal([30], "b") };
    await streamSafetensors(path("weights.safetensors"), parts, (name) => parts[name as "w" | "b"], {
      note: "kept",
    });
    const args = ["compress", path("weights.safetensors"), "--method", "svd", "--rank", "fixed=4"];
    const { status } = await ockham(...args, "--out", path("small.safetensors"));
    expect(status).toBe(0);
    const file = await openSafetensors(path("small.safetensors"));
    expect([...file.entries.keys()].sort()).toEqual(["b", "w__a", "w__b"]);
    expect(file.entries.get("w__a")).toMatchObject({ shape: [4, 20], bfloat16: true });
    expect(file.metadata).toEqual({ note: "kept" });
    await file.close();
    const refused = await ockham("compress", path("weights.safetensors"), "--out", path("b.safetensors"));
    expect(refused.stderr).toMatch(/holds no graph to run/);
  });
});

describe("ockham merge", () => {
  const vector = (...values: number[]): NdArray =>
    ndArray("float32", [values.length], Float32Array.from(values));

  test("merges files by every method, tensor by tensor", async () => {
    await writeSafetensors(path("base.safetensors"), { w: vector(1, 1), head: vector(0) }, { note: "base" });
    await writeSafetensors(path("a.safetensors"), { w: vector(2, 0), head: vector(5) });
    await writeSafetensors(path("b.safetensors"), { w: vector(1, 3), head: vector(6) });
    const files = ["base", "a", "b"].map((name) => path(`${name}.safetensors`));
    const out = path("merged.safetensors");
    const expected: Record<string, [string[], number[]]> = {
      breadcrumbs: [
        ["--alpha", "0.5", "--keep", "1", "--remove-top", "0"],
        [1.5, 1.5],
      ],
      "task-arithmetic": [
        ["--alpha", "1"],
        [2, 2],
      ],
      ties: [
        ["--keep", "1"],
        [2, 3],
      ],
      average: [[], [1.5, 1.5]],
    };
    for (const [method, [options, values]] of Object.entries(expected)) {
      const { status, stdout } = await ockham(
        "merge",
        ...files,
        "--method",
        method,
        ...options,
        "--exclude",
        "head",
        "--out",
        out,
        "--json",
      );
      expect([status, method]).toEqual([0, method]);
      expect(JSON.parse(stdout).bytes.merged).toBe(readFileSync(out).length);
      const file = await openSafetensors(out);
      expect([...((await file.read("w")).data as Float32Array)]).toEqual(values);
      expect((await file.read("head")).data[0]).toBe(0);
      expect(file.metadata).toEqual({ note: "base" });
      await file.close();
    }
    const refused = await ockham("merge", ...files, "--method", "average", "--alpha", "1", "--out", out);
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/alpha: is no option of average/),
    ]);
  });
});
