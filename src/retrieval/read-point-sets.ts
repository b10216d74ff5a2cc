import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError } from "../core/errors.ts";
import { openSafetensors, readNpy, readNpz } from "../core/io/index.ts";
import { type PointSets, requireDimension, requireSets } from "./point-sets.ts";

/** Sets of vectors of one dimension, as a file has them. */
export interface StoredSets extends PointSets {
  readonly dimension: number;
}

/**
 * Reads sets of vectors. `.npz` and `.safetensors` hold `points`, rows x dimension of float32 or float64, and `offsets`,
 * whole numbers that begin with 0: set i is rows offsets[i] .. offsets[i + 1] - 1. `.npy` holds sets x rows x dimension,
 * or one vector a row, each a set of its own. Node only.
 *
 * @throws InvalidInputError naming the file, the array and the row or set at fault
 */
export async function readPointSets(path: string): Promise<StoredSets> {
  const { points, offsets } = await arraysOf(path);
  const dimension = requireDimension(`${path}, points: the length of a vector`, points.shape.at(-1));
  const sets = { points: float32Of(`${path}, points`, points), offsets };
  requireSets(path, sets, dimension);
  return { ...sets, dimension };
}

async function arraysOf(path: string): Promise<{ readonly points: NdArray; readonly offsets: Int32Array }> {
  const ending = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase();
  if (ending === ".npy") {
    const points = await readNpy(path);
    const { shape } = points;
    if (shape.length !== 2 && shape.length !== 3)
      throw new InvalidInputError(path, `expected two or three axes, got shape [${shape.join(", ")}]`);
    const rows = shape.length === 3 ? shape[1]! : 1;
    return { points, offsets: Int32Array.from({ length: shape[0]! + 1 }, (_, i) => i * rows) };
  }
  let points: NdArray | undefined;
  let offsets: NdArray | undefined;
  if (ending === ".npz")
    ({ points, offsets } = await readNpz(path, (name) => name === "points" || name === "offsets"));
  else if (ending === ".safetensors") {
    const file = await openSafetensors(path);
    try {
      [points, offsets] = [await file.read("points"), await file.read("offsets")];
    } finally {
      await file.close();
    }
  } else throw new InvalidInputError(path, "expected a file name that ends in .npz, .npy or .safetensors");
  if (points === undefined || offsets === undefined)
    throw new InvalidInputError(path, `has no array "${points === undefined ? "points" : "offsets"}"`);
  if (points.shape.length !== 2)
    throw new InvalidInputError(
      `${path}, points`,
      `expected rows x dimension, got shape [${points.shape.join(", ")}]`,
    );
  return { points, offsets: wholeNumbers(`${path}, offsets`, offsets) };
}

function float32Of(argument: string, { dtype, data }: NdArray): Float32Array {
  if (dtype !== "float32" && dtype !== "float64")
    throw new InvalidInputError(argument, `expected float32 or float64, got ${dtype}`);
  return dtype === "float32" ? (data as Float32Array) : Float32Array.from(data as Float64Array);
}

function wholeNumbers(argument: string, { dtype, shape, data }: NdArray): Int32Array {
  if (shape.length !== 1 || !/^u?int/.test(dtype))
    throw new InvalidInputError(
      argument,
      `expected one row of whole numbers, got ${dtype} of shape [${shape.join(", ")}]`,
    );
  return Int32Array.from({ length: data.length }, (_, i) => {
    const value = Number(data[i]!);
    if (value < 0 || value > 2 ** 31 - 1)
      throw new InvalidInputError(argument, `expected numbers from 0 to 2^31 - 1, got ${value} at ${i}`);
    return value;
  });
}
