import { InvalidInputError } from "ockham";
import { type NdArray, ndArray, sizeOf } from "ockham/array";
import { readIdx, readNpy, readNpz, readTable } from "ockham/io";

/** An array from a file: `.npy`, the array of a name in an `.npz`, or idx images or labels, gzipped or not. */
async function readArray(path: string, name: string): Promise<NdArray> {
  if (path.endsWith(".npy")) return readNpy(path);
  if (!path.endsWith(".npz")) return readIdx(path);
  const { [name]: array } = await readNpz(path, (own) => own === name);
  if (array === undefined) throw new InvalidInputError(path, `has no array ${name}`);
  return array;
}

/** How a network is trained on labelled samples, a share of which is held out. */
export interface TrainingFlags {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly heldOut: number;
  readonly seed: number;
  readonly json?: true;
}

/**
 * Pictures [n, channels, height, width] as float32: `.npy` or `.npz` (array `x`) of that shape, or without channels, or idx.
 * Bytes become numbers from 0 to 1.
 */
export async function readPictures(
  path: string,
  [channels, height, width]: readonly [number, number, number],
): Promise<NdArray<"float32">> {
  const { dtype, shape, data } = await readArray(path, "x");
  const wanted = [channels, height, width];
  const own = shape.length === 3 && channels === 1 ? [1, ...shape.slice(1)] : shape.slice(1);
  if (String(own) !== String(wanted))
    throw new InvalidInputError(
      path,
      `expected pictures [n, ${wanted.join(", ")}], got shape [${shape.join(", ")}]`,
    );
  const scale = dtype === "uint8" ? 255 : 1;
  const values = Float32Array.from(data as Uint8Array, (value) => Number(value) / scale);
  for (const [i, value] of values.entries())
    if (!Number.isFinite(value))
      throw new InvalidInputError(path, `picture ${Math.floor(i / sizeOf(wanted))} has the value ${value}`);
  return ndArray("float32", [shape[0]!, ...wanted], values);
}

/** Classes as whole numbers from 0 on, of any shape: idx, `.npy`, `.npz` (array `y`) or a table's only column. */
export async function readClasses(path: string, signal: AbortSignal): Promise<NdArray<"int64">> {
  if (!path.endsWith(".csv")) {
    const { shape, data } = await readArray(path, "y");
    return classesOf(path, shape, data);
  }
  const { rows, names, columns } = await readTable(path, { signal });
  const column = columns[names[0]!]!;
  if (names.length !== 1 || column.kind !== "number" || column.missing > 0)
    throw new InvalidInputError(path, "expected one column of whole numbers, none missing");
  return classesOf(path, [rows], column.values);
}

function classesOf(path: string, shape: readonly number[], values: NdArray["data"]): NdArray<"int64"> {
  const data = new BigInt64Array(values.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(values[i]);
    if (!Number.isInteger(value) || value < 0)
      throw new InvalidInputError(path, `expected classes, whole numbers from 0 on; number ${i} is ${value}`);
    data[i] = BigInt(value);
  }
  return ndArray("int64", shape, data);
}

/** How scores [..., classes] do on classes [...]: the share that is right, and the mean of -log of the probability. */
export function judgeScores(
  argument: string,
  scores: NdArray,
  classes: NdArray<"int64">,
): { readonly accuracy: number; readonly loss: number } {
  const width = scores.shape.at(-1) ?? 0;
  const rows = classes.data.length;
  if (width === 0 || scores.data.length !== rows * width)
    throw new InvalidInputError(
      argument,
      `expected one label for each of the ${width === 0 ? 0 : scores.data.length / width} rows of scores, got ${rows}`,
    );
  let hits = 0;
  let loss = 0;
  for (const [row, label] of classes.data.entries()) {
    const target = Number(label);
    if (target >= width)
      throw new InvalidInputError(argument, `label ${row} is ${target}; the network knows ${width} classes`);
    let best = 0;
    const at = (j: number) => Number(scores.data[row * width + j]);
    for (let j = 1; j < width; j++) if (at(j) > at(best)) best = j;
    if (best === target) hits++;
    let sum = 0;
    for (let j = 0; j < width; j++) sum += Math.exp(at(j) - at(best));
    loss += Math.log(sum) + at(best) - at(target);
  }
  return { accuracy: hits / rows, loss: loss / rows };
}
