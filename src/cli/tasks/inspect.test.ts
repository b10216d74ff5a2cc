import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NdArray } from "ockham/array";
import { writeOnnxModel } from "ockham/compression";
import { formatNpy, streamSafetensors } from "ockham/io";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelOf, node, normal, tensor, weight } from "../../../test/support/onnx-models.ts";
import { ockham } from "../../../test/support/run-cli.ts";

let folder: string;
const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ockham-inspect-"));
  const low = tensor(
    "low",
    [8, 6],
    Array.from({ length: 48 }, (_, i) => (Math.floor(i / 6) + 1) * ((i % 6) - 2)),
  );
  const model = modelOf({
    shape: [8],
    nodes: [node("MatMul", ["x", "low"], "m"), node("MatMul", ["m", "full"], "y")],
    initializer: [low, weight("full", [6, 5])],
  });
  await writeOnnxModel(path("model.onnx"), model);
  const small = modelOf({
    shape: [8],
    nodes: [node("MatMul", ["x", "w"], "y")],
    initializer: [weight("w", [8, 5])],
  });
  await writeOnnxModel(path("small.onnx"), small);
  const other = modelOf({
    shape: [3],
    nodes: [node("Relu", ["x"], "y")],
    initializer: [],
  });
  await writeOnnxModel(path("other.onnx"), other);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("ockham inspect", () => {
  test("states ranks, zeros, parameters and the multiply-adds of a run", async () => {
    const { status, stdout } = await ockham("inspect", path("model.onnx"), "--batch", "3", "--json");
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.params).toBe(48 + 30);
    expect(found.multiplyAdds).toBe(3 * (48 + 30));
    const [low, full] = found.weights;
    expect(low).toMatchObject({ name: "low", type: "matmul", ranks: [1, 1, 1], zeros: 8 / 48 });
    expect(full.ranks[2]).toBeGreaterThan(3);
    expect(full.breakEven).toBeCloseTo(30 / 11, 9);
  });

  test("reads weights alone, in their own types", async () => {
    const halves: NdArray = { dtype: "int32", shape: [3], data: Int32Array.of(1, 2, 3) };
    const parts = { w: { ...normal([30, 20], "w"), bfloat16: true }, count: halves };
    await streamSafetensors(path("weights.safetensors"), parts, (name) => parts[name as "w" | "count"]);
    const { status, stdout } = await ockham("inspect", path("weights.safetensors"), "--json");
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.params).toBe(600);
    const byName = Object.fromEntries(found.weights.map((own: { name: string }) => [own.name, own]));
    expect(byName.w).toMatchObject({ type: "bfloat16", shape: [30, 20], zeros: 0 });
    expect(byName.count).toEqual({ name: "count", type: "int32", shape: [3] });
  });

  test.each<[string, () => string[], RegExp]>([
    ["a file of another kind", () => [path("x.npy")], /expected a file that ends in \.onnx or \.safetensors/],
    [
      "a pattern that fits nothing",
      () => [path("model.onnx"), "--layers", "head*"],
      /--layers: no weight is called/,
    ],
    [
      "an input that is none",
      () => [path("model.onnx"), "--input", "z=1x8"],
      /--input: the model has no input z/,
    ],
    [
      "a shape that does not fit",
      () => [path("model.onnx"), "--input", "1x9"],
      /feeds: ONNX Runtime refuses them: Got invalid dimensions for input: x/,
    ],
    ["a missing model", () => [path("no.onnx")], /no such file/],
  ])("refuses %s", async (_, args, message) => {
    const { status, stderr, stdout } = await ockham("inspect", ...args());
    expect(stderr).toMatch(message);
    expect([status, stdout]).toEqual([2, ""]);
  });
});

describe("ockham bench-model", () => {
  test("times models side by side at each size of batch", async () => {
    const args = ["bench-model", path("model.onnx"), path("small.onnx"), "--runs", "5", "--warm-up", "1"];
    const { status, stdout } = await ockham(...args, "--batch", "1,4", "--json");
    expect(status).toBe(0);
    const { models, runs } = JSON.parse(stdout);
    expect(models.map(({ params }: { params: number }) => params)).toEqual([78, 40]);
    expect(runs.map(({ inputs }: { inputs: unknown }) => inputs)).toEqual([{ x: [1, 8] }, { x: [4, 8] }]);
    expect(runs[1].multiplyAdds).toEqual([4 * 78, 4 * 40]);
    for (const { latency } of runs)
      for (const { p50, p95 } of latency) {
        expect(p50).toBeGreaterThan(0);
        expect(p95).toBeGreaterThanOrEqual(p50);
      }
  });

  test("takes inputs from a file", async () => {
    writeFileSync(path("x.npy"), formatNpy(normal([7, 8], "x")));
    const args = ["bench-model", path("model.onnx"), "--input", path("x.npy"), "--batch", "7", "--runs", "2"];
    const { status, stdout } = await ockham(...args);
    expect(status).toBe(0);
    expect(stdout).toMatch(/x 7 x 8/);
  });

  test.each<[string, () => string[], RegExp]>([
    [
      "models of other inputs",
      () => [path("model.onnx"), path("other.onnx")],
      /feeds: ONNX Runtime refuses them: Got invalid dimensions for input: x/,
    ],
    ["weights alone", () => [path("w.safetensors")], /expected a file that ends in \.onnx/],
    [
      "a batch of none",
      () => [path("model.onnx"), "--batch", "0"],
      /--batch: expected whole numbers from 1 on, got 0/,
    ],
    ["no runs", () => [path("model.onnx"), "--runs", "0"], /runs/],
  ])("refuses %s", async (_, args, message) => {
    const { status, stderr, stdout } = await ockham("bench-model", ...args());
    expect(stderr).toMatch(message);
    expect([status, stdout]).toEqual([2, ""]);
  });
});
