import { InvalidInputError } from "ockham";
import { arrayOf, type NdArray, sizeOf } from "ockham/array";
import type { Feeds, OnnxModel } from "ockham/compression";
import { randomStream } from "ockham/random";
import { dataTypeName, dtypeOfDataType, type ValueInfoProto } from "ockham/tensor";
import { readCalibration } from "./calibration-files.ts";

/** The inputs that a model has to be given. */
export function givenInputs({ proto }: OnnxModel): ValueInfoProto[] {
  const { graph } = proto;
  const held = new Set((graph.initializer ?? []).map(({ name }) => name));
  return graph.input.filter(({ name }) => !held.has(name));
}

/**
 * One run's inputs: the first rows of files (.npz, .npy, .csv), or numbers at random in shapes such as `1x3x48x320` or
 * `x=1x3x48x320`, of which inputs that are not named have the shape that the model declares, open extents being `batch` on the
 * first axis and 1 on others.
 */
export async function modelInputs(
  model: OnnxModel,
  given: readonly string[],
  batch: number,
  signal: AbortSignal,
  seed = 0,
): Promise<Feeds> {
  const inputs = givenInputs(model);
  const shapes = new Map<string, readonly number[]>();
  const files: string[] = [];
  for (const one of given) {
    const match = /^(?:(.+)=)?(\d+(?:x\d+)*)$/.exec(one);
    if (match === null) {
      files.push(one);
      continue;
    }
    const name = match[1] ?? inputs[0]?.name ?? "";
    if (match[1] === undefined && inputs.length !== 1)
      throw new InvalidInputError(
        "--input",
        `the model has the inputs ${inputs.map((input) => input.name).join(", ")}: expected name=${one}`,
      );
    if (!inputs.some((input) => input.name === name))
      throw new InvalidInputError(
        "--input",
        `the model has no input ${name}; it has ${inputs.map((input) => input.name).join(", ")}`,
      );
    shapes.set(name, match[2]!.split("x").map(Number));
  }
  if (files.length > 0) {
    if (shapes.size > 0) throw new InvalidInputError("--input", "expected files or shapes, not both");
    return (await readCalibration(model, files, batch, signal))[0]!;
  }
  return Object.fromEntries(
    inputs.map((input) => [input.name, drawn(input, shapes.get(input.name) ?? declared(input, batch), seed)]),
  );
}

function declared({ name, type }: ValueInfoProto, batch: number): number[] {
  const dims = type?.tensorType?.shape?.dim;
  if (dims === undefined)
    throw new InvalidInputError(
      "--input",
      `the model leaves the shape of ${name} open: expected ${name}=1x...`,
    );
  return dims.map(({ dimValue }, axis) =>
    dimValue !== undefined && Number(dimValue) > 0 ? Number(dimValue) : axis === 0 ? batch : 1,
  );
}

/** Normal numbers; where the model takes whole ones, zeros. */
function drawn({ name, type }: ValueInfoProto, shape: readonly number[], seed: number): NdArray {
  const code = type?.tensorType?.elemType ?? 0;
  const dtype = dtypeOfDataType(code);
  if (dtype === undefined || dtype === "float16")
    throw new InvalidInputError("--input", `${name} is of type ${dataTypeName(code)}: expected files`);
  const data = new arrayOf[dtype](sizeOf(shape));
  if (data instanceof Float32Array || data instanceof Float64Array)
    randomStream(seed, "inputs", name).fillNormal(data as Float32Array);
  return { dtype, shape, data } as NdArray;
}
