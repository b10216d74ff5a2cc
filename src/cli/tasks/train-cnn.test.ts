import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NdArray, ndArray } from "ockham/array";
import { linearLayers, readOnnxModel } from "ockham/compression";
import { formatNpy, openSafetensors } from "ockham/io";
import { randomStream } from "ockham/random";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outputOf } from "../../../test/support/onnx-models.ts";
import { ockham } from "../../../test/support/run-cli.ts";

let folder: string;
const path = (name: string): string => join(folder, name);
const architecture = {
  input: [1, 8, 8],
  layers: [
    { type: "convolution", outputs: 8, window: 3, padding: 1 },
    { type: "relu" },
    { type: "convolution", outputs: 8, window: 3, padding: 1 },
    { type: "relu" },
    { type: "max-pool", window: 2 },
    { type: "linear", outputs: 3 },
  ],
};

/** Pictures whose class is the third of the rows that is bright. */
function pictures(count: number, label: string): { x: NdArray; y: NdArray } {
  const stream = randomStream(3, label);
  const x = stream.fillNormal(new Float32Array(count * 64), 0, 0.3);
  const y = Int32Array.from({ length: count }, () => stream.integer(3));
  for (const [i, third] of y.entries())
    for (let row = 0; row < 2; row++)
      for (let column = 0; column < 8; column++) x[64 * i + 8 * (3 * third + row) + column]! += 1;
  return { x: ndArray("float32", [count, 1, 8, 8], x), y: ndArray("int32", [count], y) };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ockham-train-cnn-"));
  const { x, y } = pictures(640, "pictures");
  writeFileSync(path("x.npy"), formatNpy(x));
  writeFileSync(path("y.npy"), formatNpy(y));
  writeFileSync(path("network.json"), JSON.stringify(architecture));
});
afterAll(() => rmSync(folder, { recursive: true }));

const train = (...more: string[]): string[] => [
  ...["train-cnn", path("network.json"), "--data", path("x.npy"), "--labels", path("y.npy")],
  ...["--epochs", "3", "--batch-size", "32", ...more],
];

describe("a network trained by ockham train-cnn", () => {
  test("knows pictures held out, and is split with no loss", async () => {
    const args = train("--rank", "energy=0.999", "--energy", "0.9", "--out", path("split.onnx"), "--json");
    const { status, stdout, stderr } = await ockham(...args);
    expect([status, stderr.includes("ockham:")]).toEqual([0, false]);
    const done = JSON.parse(stdout);
    expect(done.pictures).toEqual({ trained: 576, heldOut: 64 });
    expect(done.whole.accuracy).toBeGreaterThan(0.9);
    expect(done.split.accuracy).toBeGreaterThan(done.whole.accuracy - 0.02);
    expect(Object.keys(done.ranks)).toEqual(["convolution2.kernel"]);
    expect(done.ranks["convolution2.kernel"]).toBeLessThan(8);
    expect(done.split.layers).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ name: "convolution2.kernel" })]),
    );
    // For any number of pictures at once.
    const model = await readOnnxModel(path("split.onnx"));
    const { x } = pictures(5, "others");
    const session = await outputOf(
      { ...model, proto: { ...model.proto, graph: renamed(model.proto.graph) } },
      x,
    );
    expect(session.shape).toEqual([5, 3]);
  });

  test("is trained further on its weights, or some of them, by ockham finetune", async () => {
    await ockham(...train("--out", path("whole.onnx")));
    const turned = pictures(320, "turned");
    const labels = Int32Array.from(turned.y.data as Int32Array, (label) => (label + 1) % 3);
    writeFileSync(path("turned-x.npy"), formatNpy(turned.x));
    writeFileSync(path("turned-y.npy"), formatNpy(ndArray("int32", [320], labels)));
    const args = [
      ...["finetune", path("whole.onnx"), "--data", path("turned-x.npy"), "--labels", path("turned-y.npy")],
      ...["--learning-rate", "0.01", "--epochs", "6", "--json"],
    ];
    const { status, stdout } = await ockham(...args, "--out", path("tuned.onnx"));
    expect(status).toBe(0);
    const done = JSON.parse(stdout);
    expect(done.before.accuracy).toBeLessThan(0.2);
    expect(done.after.accuracy).toBeGreaterThan(0.9);
    const head = await ockham(
      ...args,
      "--layers",
      "linear1.*",
      "--delta",
      "--out",
      path("delta.safetensors"),
    );
    expect(head.status).toBe(0);
    const file = await openSafetensors(path("delta.safetensors"));
    expect([...file.entries.keys()].sort()).toEqual(["linear1.bias", "linear1.weight"]);
    const { data } = await file.read("linear1.weight");
    expect(Math.max(...Array.from(data as Float32Array, Math.abs))).toBeGreaterThan(1e-3);
    await file.close();
    const before = linearLayers(await readOnnxModel(path("whole.onnx"))).layers;
    const after = linearLayers(await readOnnxModel(path("tuned.onnx"))).layers;
    expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
    expect(after[0]!.weight.data).not.toEqual(before[0]!.weight.data);
  });
});

type Graph = Awaited<ReturnType<typeof readOnnxModel>>["proto"]["graph"];

/** The graph with its output called `y`. */
function renamed(graph: Graph): Graph {
  const node = graph.node.map((own) => ({
    ...own,
    output: own.output.map((name) => (name === "scores" ? "y" : name)),
  }));
  return { ...graph, node, output: [{ ...graph.output[0]!, name: "y" }] };
}

describe("bad input is refused, and nothing is written", () => {
  const described = (name: string, own: unknown): string => {
    writeFileSync(path(name), typeof own === "string" ? own : JSON.stringify(own));
    return path(name);
  };
  const layers = (...own: unknown[]) => ({ input: [1, 8, 8], layers: own });
  const linear = { type: "linear", outputs: 3 };
  const withNetwork = (name: string, own: unknown): string[] =>
    train("--out", path("never.onnx")).with(1, described(name, own));
  const tuned = (...more: string[]) => [
    ...["finetune", path("whole.onnx"), "--data", path("x.npy"), "--labels", path("y.npy"), ...more],
  ];
  test.each<[string, () => string[], RegExp]>([
    ["no JSON", () => withNetwork("a.json", "{"), /a\.json: expected JSON/],
    ["no input", () => withNetwork("b.json", { layers: [linear] }), /b\.json, input: expected \[channels/],
    ["no layers", () => withNetwork("c.json", layers()), /c\.json, layers: expected at least one layer/],
    [
      "a layer of no kind",
      () => withNetwork("d.json", layers({ type: "dense" })),
      /layers\[0\]: expected a type among/,
    ],
    [
      "a window larger than the picture",
      () => withNetwork("e.json", layers({ type: "max-pool", window: 9 }, linear)),
      /layers\[0\]: a window of 9 does not fit into pictures of 8 x 8/,
    ],
    [
      "an unknown field",
      () => withNetwork("f.json", layers({ type: "linear", outputs: 3, bias: false })),
      /layers\[0\]: linear has no bias; it has outputs/,
    ],
    [
      "no outputs",
      () => withNetwork("g.json", layers({ type: "linear" })),
      /layers\[0\], outputs: expected a whole number from 1 on/,
    ],
    [
      "a last layer that gives no classes",
      () => withNetwork("h.json", layers({ type: "relu" })),
      /last layer to be linear/,
    ],
    [
      "nothing to project",
      () => withNetwork("i.json", layers(linear)),
      /nothing lies between the first layer and the last/,
    ],
    [
      "pictures of another size",
      () => withNetwork("j.json", { ...architecture, input: [1, 9, 8] }),
      /x\.npy: expected pictures \[n, 1, 9, 8\], got shape \[640, 1, 8, 8\]/,
    ],
    [
      "classes beyond the outputs",
      () =>
        withNetwork("k.json", {
          ...architecture,
          layers: [...architecture.layers.slice(0, -1), { type: "linear", outputs: 2 }],
        }),
      /the network has 2 outputs/,
    ],
    ["an energy of 1", () => train("--energy", "1", "--out", path("never.onnx")), /energy/],
    ["a period of 0", () => train("--period", "0", "--out", path("never.onnx")), /period/],
    [
      "a pattern that fits no layer",
      () => train("--skip", "head", "--out", path("never.onnx")),
      /--skip: no layer is called/,
    ],
    [
      "batches larger than the data",
      () => train("--batch-size", "999", "--out", path("never.onnx")),
      /too few for 64 held out and a batch of 999/,
    ],
    [
      "another kind of result",
      () => train("--out", path("never.txt")),
      /--out: expected a name that ends in \.onnx/,
    ],
    [
      "fewer classes than rows",
      () => tuned("--labels", described("few.csv", "y\n0\n1\n"), "--out", path("never.onnx")),
      /expected a class for each row/,
    ],
    [
      "classes that are none",
      () => tuned("--labels", described("half.csv", "y\n0.5\n"), "--out", path("never.onnx")),
      /whole numbers from 0 on; number 0 is 0\.5/,
    ],
    [
      "weights that are not there",
      () => tuned("--layers", "head*", "--out", path("never.onnx")),
      /--layers: leaves no weight to train/,
    ],
    [
      "a change of a whole network",
      () => tuned("--delta", "--out", path("never.onnx")),
      /--delta: is written as \.safetensors/,
    ],
    [
      "an output that is none",
      () => tuned("--output", "z", "--out", path("never.onnx")),
      /--output: the model has no output z; it has scores/,
    ],
  ])("for %s", async (_, args, message) => {
    const { status, stderr, stdout } = await ockham(...args());
    expect(stderr).toMatch(message);
    expect([status, stdout]).toEqual([2, ""]);
    expect(existsSync(path("never.onnx")) || existsSync(path("never.txt"))).toBe(false);
  });
});
