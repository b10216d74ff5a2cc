import { describe, expect, test } from "vitest";
import { type NdArray, ndArray } from "../array/index.ts";
import { openOnnx, type Tensor, toOnnx } from "./index.ts";
import { decodeModel } from "./onnx/index.ts";

const x = ndArray("float32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
const params = {
  weight: ndArray("float32", [3, 2], Float32Array.of(1, 0, 0, 1, 1, 1)) as NdArray,
  bias: ndArray("float32", [2], Float32Array.of(10, 20)) as NdArray,
};
const network = ({ weight, bias }: { weight: Tensor; bias: Tensor }, input: Tensor): Tensor =>
  input.matmul(weight).add(bias);
const model = (): Uint8Array => toOnnx(network, [params, x], { inputs: ["params", "x"], stored: ["params"] });

describe("arguments that are stored", () => {
  test("are initializers named by their paths, the others inputs", () => {
    const { graph } = decodeModel(model());
    expect(graph.input.map(({ name }) => name)).toEqual(["x"]);
    const names = graph.initializer!.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["params.weight", "params.bias"]));
  });

  test("must be among the inputs", () => {
    expect(() => toOnnx(network, [params, x], { inputs: ["params", "x"], stored: ["weights"] })).toThrow(
      /options.stored: "weights" is none of the inputs/,
    );
  });
});

describe("a model opened in the runtime", () => {
  test("computes its outputs by name", async () => {
    const session = await openOnnx(model());
    expect([session.inputs, session.outputs]).toEqual([["x"], ["output"]]);
    const { output } = await session.run({ x });
    expect([...(output!.data as Float32Array)]).toEqual([14, 25, 20, 31]);
    await session.release();
  });

  test("refuses missing and unknown inputs and wrong shapes by name", async () => {
    const session = await openOnnx(model());
    await expect(session.run({})).rejects.toThrow(/feeds.x: the model has this input/);
    await expect(session.run({ x, y: x })).rejects.toThrow(/feeds.y: the model has no such input/);
    await expect(session.run({ x: { ...x, shape: [3, 2] } })).rejects.toThrow(/feeds: ONNX Runtime refuses/);
    await session.release();
  });

  test("is refused when the runtime cannot read it", async () => {
    await expect(openOnnx(Uint8Array.of(1, 2, 3))).rejects.toThrow(/ONNX model/);
    await expect(openOnnx(model(), { threads: 0 })).rejects.toThrow(/options.threads/);
  });
});
