import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NdArray, ndArray } from "ockham/array";
import { type LayerReport, parseOnnxModel, readOnnxModel, writeOnnxModel } from "ockham/compression";
import { formatNpy, openSafetensors, streamSafetensors, writeSafetensors } from "ockham/io";
import { dataType, encodeModel, type TensorProto } from "ockham/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelOf, node, normal, outputOf, tensor, weight } from "../../../test/support/onnx-models.ts";
import { ockham } from "../../../test/support/run-cli.ts";

let folder: string;
const path = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ockham-compress-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

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

  test("checks the rewritten graph on inputs at random where it is given none", async () => {
    const args = ["compress", path("model.onnx"), "--method", "svd", "--rank", "ratio=0.25", "--json"];
    const { status, stdout } = await ockham(...args, "--out", path("checked.onnx"));
    expect(status).toBe(0);
    const { comparison } = JSON.parse(stdout);
    expect(Object.keys(comparison)).toEqual(["rewriteError"]);
    expect(comparison.rewriteError).toBeLessThan(1e-5);
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

  test("tries several ranks and judges them by other inputs and their classes", async () => {
    writeFileSync(path("test.npy"), formatNpy(normal([64, 40], "test")));
    const model = await readOnnxModel(path("model.onnx"));
    const scores = await outputOf(model, normal([64, 40], "test"));
    const classes = Array.from({ length: 64 }, (_, row) => {
      const own = Array.from(scores.data.subarray(40 * row, 40 * row + 40) as Float32Array);
      return own.indexOf(Math.max(...own));
    });
    writeFileSync(path("classes.csv"), `class\n${classes.join("\n")}\n`);
    const common = ["compress", path("model.onnx"), "--calibrate", path("x.npy"), "--no-time"];
    const judged = ["--test", path("test.npy"), "--labels", path("classes.csv")];
    const { status, stdout } = await ockham(...common, "--sweep", "0.45,0.2", ...judged, "--json");
    expect(status).toBe(0);
    const { sweep } = JSON.parse(stdout);
    expect(sweep.map(({ keep }: { keep: number }) => keep)).toEqual([1, 0.45, 0.2]);
    expect(sweep[0]).toMatchObject({ outputError: 0, accuracy: 1, params: 3200, multiplyAdds: 32 * 3200 });
    // Two factors and a bias a layer.
    expect(sweep[2].params).toBe(2 * (8 * 80 + 40));
    expect(sweep[1].outputError).toBeLessThan(sweep[2].outputError);
    expect(sweep[1].accuracy).toBeLessThan(1);
    const refused: [string[], RegExp][] = [
      [["--sweep", "0.5", "--labels", path("classes.csv")], /--labels: are those of --test/],
      [["--sweep", "0.5", "--out", path("a.onnx")], /--sweep: writes nothing/],
      [["--sweep", "half"], /Expected a number/],
      [["--sweep", "1.5"], /rank/],
      [["--labels", path("classes.csv"), "--out", path("a.onnx")], /--labels: is an option of --sweep/],
      [["--sweep", "0.5", "--test", path("x.npy"), "--labels", path("classes.csv")], /a class for each row/],
    ];
    for (const [args, message] of refused) {
      const outcome = await ockham(...common, ...args);
      expect(outcome.stderr).toMatch(message);
      expect(outcome.status).toBe(2);
    }
  });

  test("takes in weights from a file beside the model, leaves quantised ones, and runs in any shape", async () => {
    const w = normal([24, 24], "outside");
    writeFileSync(path("outside.bin"), new Uint8Array(w.data.buffer));
    const model = modelOf({
      shape: [24],
      nodes: [
        node("DequantizeLinear", ["q", "scale"], "dq"),
        node("MatMul", ["x", "dq"], "m"),
        node("MatMul", ["m", "w"], "n"),
        node("Tanh", ["n"], "t"),
        node("MatMul", ["t", "w"], "y"),
      ],
      initializer: [
        {
          name: "q",
          dims: [24, 24],
          dataType: dataType.INT8,
          rawData: new Uint8Array(576).map((_, i) => (7 * i) % 29),
        },
        tensor("scale", [], [0.1]),
        { name: "w", dims: [24, 24], dataType: dataType.FLOAT, rawData: new Uint8Array(0) },
      ],
    });
    const { graph } = model.proto;
    const open = [{ dimParam: "batch" }, { dimParam: "time" }, { dimValue: 24 }];
    const outside: TensorProto = {
      ...{ name: "w", dims: [24, 24], dataType: dataType.FLOAT, dataLocation: 1 },
      externalData: [{ key: "location", value: "outside.bin" }],
    };
    const bytes = encodeModel({
      ...model.proto,
      graph: {
        ...graph,
        initializer: [...graph.initializer!.slice(0, 2), outside],
        input: [{ name: "x", type: { tensorType: { elemType: dataType.FLOAT, shape: { dim: open } } } }],
      },
    });
    writeFileSync(path("open.onnx"), bytes);
    writeFileSync(path("sequences.npy"), formatNpy(normal([20, 7, 24], "sequences")));
    const args = ["compress", path("open.onnx"), "--calibrate", path("sequences.npy"), "--rank", "fixed=5"];
    const { status, stdout } = await ockham(...args, "--no-time", "--json", "--out", path("whole.onnx"));
    expect(status).toBe(0);
    const done = JSON.parse(stdout);
    // One weight of two readers, and one that is not factored.
    expect(done.layers.map(({ name, rank }: LayerReport) => [name, rank])).toEqual([["w", 5]]);
    expect(done.unsupported).toEqual([{ name: "dq", op: "MatMul", problem: "quantised" }]);
    expect(done.bytes.before).toBe(bytes.length + 4 * 576);
    expect(done.comparison.rewriteError).toBeLessThan(1e-4);
    const original = await readOnnxModel(path("open.onnx"));
    const result = parseOnnxModel(readFileSync(path("whole.onnx")));
    for (const shape of [
      [1, 1, 24],
      [3, 50, 24],
    ]) {
      const x = normal(shape, "other");
      const [before, after] = [await outputOf(original, x), await outputOf(result, x)];
      expect(after.shape).toEqual(before.shape);
    }
    const refused = await ockham(...args, "--layers", "dq", "--out", path("never.onnx"));
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/"dq" \(MatMul: quantised\)/);
    rmSync(path("outside.bin"));
    const missing = await ockham(...args, "--out", path("never.onnx"));
    expect(missing.status).toBe(2);
    expect(missing.stderr).toMatch(/outside\.bin/);
    expect(existsSync(path("never.onnx"))).toBe(false);
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

  test("finds settings on few of the models by a command that scores, and keeps them for all", async () => {
    await writeSafetensors(path("base.safetensors"), { w: vector(1, 1) });
    await writeSafetensors(path("a.safetensors"), { w: vector(2, 0) });
    await writeSafetensors(path("b.safetensors"), { w: vector(1, 3) });
    const files = ["base", "a", "b"].map((name) => path(`${name}.safetensors`));
    writeFileSync(
      path("score.mjs"),
      `import { readFileSync } from "node:fs";
       const bytes = readFileSync(process.argv[2]);
       console.log("scored");
       console.log(0 - Math.abs(bytes.readFloatLE(8 + Number(bytes.readBigUInt64LE(0))) - 1.25));`,
    );
    const search = (name: string, own: object): string => {
      writeFileSync(path(name), JSON.stringify(own));
      return path(name);
    };
    const evaluate = [process.execPath, path("score.mjs"), "{file}"];
    const args = ["merge", ...files, "--method", "task-arithmetic", "--out", path("found.safetensors")];
    const few = search("few.json", { evaluate, models: 1, alpha: [0.5, 0.25, 1] });
    const { status, stdout } = await ockham(...args, "--search", few, "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout).search).toEqual({
      best: { alpha: 0.25 },
      table: [
        { setting: { alpha: 0.5 }, score: -0.25 },
        { setting: { alpha: 0.25 }, score: 0 },
        { setting: { alpha: 1 }, score: -0.75 },
      ],
    });
    const file = await openSafetensors(path("found.safetensors"));
    expect([...((await file.read("w")).data as Float32Array)]).toEqual([1.25, 1.25]);
    await file.close();
    rmSync(path("found.safetensors"));
    const refused: [object, RegExp][] = [
      [{ evaluate, alpha: [0.5] }, /expected two settings or more/],
      [{ evaluate: ["node"], alpha: [0.5, 1] }, /evaluate: expected a command/],
      [{ evaluate, models: 3, alpha: [0.5, 1] }, /models: expected a whole number from 1 to 2, got 3/],
      [{ evaluate, beta: [0.5, 1] }, /no beta can be searched/],
      [{ evaluate, keep: [0.5, 1] }, /keep: is no option of task-arithmetic/],
      [{ evaluate: [process.execPath, "-e", "1", "{file}"], alpha: [0.5, 1] }, /a number on the last line/],
      [
        { evaluate: [process.execPath, "-e", "process.exit(3)", "{file}"], alpha: [0.5, 1] },
        /ended with status 3/,
      ],
      [{ evaluate: [path("nothing"), "{file}"], alpha: [0.5, 1] }, /cannot be run/],
    ];
    for (const [own, message] of refused) {
      const outcome = await ockham(...args, "--search", search("bad.json", own));
      expect(outcome.stderr).toMatch(message);
      expect(outcome.status).toBe(2);
    }
    expect(existsSync(path("found.safetensors"))).toBe(false);
  });
});
