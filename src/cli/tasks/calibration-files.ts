import { InvalidInputError } from "ockham";
import { arrayOf, type NdArray, sizeOf } from "ockham/array";
import type { Feeds, OnnxModel } from "ockham/compression";
import { readNpy, readNpz, readTable } from "ockham/io";
import { dataTypeName, dtypeOfDataType, type ValueInfoProto } from "ockham/tensor";

/**
 * Inputs of a model from files. An `.npz` has arrays named as the inputs; `.npy` and `.csv` are for models of one input.
 * Where arrays have one axis more than their inputs they are stacks of runs, and an array without that axis goes
 * into every run. Otherwise rows are cut into runs of `batch`, or of the number of rows that the model is fixed to.
 */
export async function readCalibration(
  model: OnnxModel,
  paths: readonly string[],
  batch: number,
  signal: AbortSignal,
): Promise<Feeds[]> {
  const { graph } = model.proto;
  const held = new Set((graph.initializer ?? []).map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !held.has(name));
  const feeds: Feeds[] = [];
  for (const path of paths) feeds.push(...runsOf(path, inputs, await arraysOf(path, inputs, signal), batch));
  return feeds;
}

async function arraysOf(
  path: string,
  inputs: readonly ValueInfoProto[],
  signal: AbortSignal,
): Promise<Record<string, NdArray>> {
  if (path.endsWith(".npz")) return readNpz(path, (name) => inputs.some((input) => input.name === name));
  const [input] = inputs;
  if (inputs.length !== 1)
    throw new InvalidInputError(
      path,
      `the model has the inputs ${inputs.map((input) => input.name).join(", ")}: expected an .npz with arrays of these names`,
    );
  if (path.endsWith(".npy")) return { [input!.name]: await readNpy(path) };
  if (!path.endsWith(".csv"))
    throw new InvalidInputError(path, "expected a file that ends in .npz, .npy or .csv");
  const { rows, names, columns } = await readTable(path, { signal });
  const data = new Float32Array(rows * names.length);
  for (const [j, name] of names.entries()) {
    const column = columns[name]!;
    if (column.kind !== "number" || column.missing > 0)
      throw new InvalidInputError(`${path}, column ${name}`, "expected numbers, none missing");
    for (let i = 0; i < rows; i++) data[i * names.length + j] = column.values[i]!;
  }
  return { [input!.name]: { dtype: "float32", shape: [rows, names.length], data } };
}

function runsOf(
  path: string,
  inputs: readonly ValueInfoProto[],
  arrays: Readonly<Record<string, NdArray>>,
  batch: number,
): Feeds[] {
  const given = inputs.map((input) => {
    const array = arrays[input.name];
    if (array === undefined)
      throw new InvalidInputError(
        path,
        `has no array ${input.name}; the model needs ${inputs.map((input) => input.name).join(", ")}`,
      );
    const type = input.type?.tensorType;
    const rank = type?.shape?.dim.length;
    const stacked = rank !== undefined && array.shape.length === rank + 1;
    if (rank !== undefined && array.shape.length !== rank && !stacked)
      throw new InvalidInputError(
        `${path}, ${input.name}`,
        `expected ${rank} axes, or ${rank + 1} for a stack of runs, got shape [${array.shape.join(", ")}]`,
      );
    const fixed = type?.shape?.dim[0]?.dimValue;
    return { name: input.name, array: converted(path, input, array), stacked, fixed: Number(fixed ?? 0) };
  });
  const stacks = given.filter(({ stacked }) => stacked);
  if (stacks.length > 0) {
    const count = stacks[0]!.array.shape[0]!;
    for (const { name, array } of stacks)
      if (array.shape[0] !== count)
        throw new InvalidInputError(
          `${path}, ${name}`,
          `expected ${count} runs as in ${stacks[0]!.name}, got ${array.shape[0]}`,
        );
    return Array.from({ length: count }, (_, run) =>
      Object.fromEntries(
        given.map(({ name, array, stacked }) => {
          if (!stacked) return [name, array];
          const { shape, ...part } = slice(array, run, run + 1);
          return [name, { ...part, shape: shape.slice(1) } as NdArray];
        }),
      ),
    );
  }
  const rows = given[0]?.array.shape[0] ?? 1;
  const cut = given.every(({ array }) => array.shape.length > 0 && array.shape[0] === rows);
  const size = cut ? (given.find(({ fixed }) => fixed)?.fixed ?? batch) : rows;
  if (!cut) return [Object.fromEntries(given.map(({ name, array }) => [name, array]))];
  const runs: Feeds[] = [];
  // Rows that do not fill a batch of fixed size are left out.
  const fixed = given.some(({ fixed }) => fixed);
  for (let from = 0; from < rows && (!fixed || from + size <= rows); from += size)
    runs.push(
      Object.fromEntries(
        given.map(({ name, array }) => [name, slice(array, from, Math.min(rows, from + size))]),
      ),
    );
  if (runs.length === 0)
    throw new InvalidInputError(path, `has ${rows} rows; the model takes ${size} at a time`);
  return runs;
}

/** Rows from one to another. */
function slice(array: NdArray, from: number, to: number): NdArray {
  const width = sizeOf(array.shape.slice(1));
  const data = array.data.slice(from * width, to * width);
  return { dtype: array.dtype, shape: [to - from, ...array.shape.slice(1)], data } as NdArray;
}

/** Numbers of another type become those of the input where no value is changed by more than rounding. */
function converted(path: string, input: ValueInfoProto, array: NdArray): NdArray {
  const code = input.type?.tensorType?.elemType ?? 0;
  const dtype = dtypeOfDataType(code);
  if (dtype === array.dtype) return array;
  const floats = ["float32", "float64"];
  const whole = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"];
  const fits =
    dtype !== undefined &&
    ((floats.includes(dtype) && (floats.includes(array.dtype) || whole.includes(array.dtype))) ||
      (["int32", "int64"].includes(dtype) && whole.includes(array.dtype)));
  if (!fits)
    throw new InvalidInputError(
      `${path}, ${input.name}`,
      `expected ${dtype ?? dataTypeName(code)}, got ${array.dtype}`,
    );
  const data =
    dtype === "int64"
      ? BigInt64Array.from(array.data as Int32Array, BigInt)
      : new arrayOf[dtype as "float32"](array.data.length);
  if (dtype !== "int64") for (let i = 0; i < array.data.length; i++) data[i] = Number(array.data[i]);
  return { dtype, shape: array.shape, data } as NdArray;
}
