import { type Matrix, type NdArray, ndArray } from "../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf } from "../errors.ts";
import { readNpz } from "../io/index.ts";
import { type LongCallOptions, longCallOptions } from "../progress.ts";
import { fetchDataset } from "./fetch-dataset.ts";

/** Data sets of observed entries of a tensor with three modes. */
export const sparseTensors = [
  "us-temperature",
  "beijing-air-pm25",
  "beijing-air-pm10",
  "beijing-air-so2",
  "beijing-air-pm25-small",
] as const;

/** One division of the observed entries. */
export interface SparseTensorFold {
  readonly shape: readonly number[];
  /** Indices of the entries, [N, 3], and their values. */
  readonly train: { readonly coordinates: Matrix; readonly values: Float64Array };
  readonly test: { readonly coordinates: Matrix; readonly values: Float64Array };
}

export interface SparseTensorOptions extends LongCallOptions {
  /** Which of the five published divisions, 0 to 4; default 0. */
  readonly fold?: number;
}

/**
 * Loads one published division of the observed entries of a real tensor: temperatures in the United States by latitude,
 * longitude and month, or air pollution in Beijing by pressure, temperature and time, standardised.
 *
 * @throws DatasetUnavailableError when the set can be had nowhere
 */
export async function loadSparseTensor(
  name: (typeof sparseTensors)[number],
  options: SparseTensorOptions = {},
): Promise<SparseTensorFold> {
  requireKnownOptions("options", options, ["fold", ...longCallOptions]);
  requireOneOf("name", name, sparseTensors);
  const fold = requireInteger("options.fold", options.fold ?? 0, 0, 4);
  const { fold: _, ...call } = options;
  const [path] = Object.values((await fetchDataset(name, call)).files) as [string];
  const arrays = await readNpz(path);
  const member = (key: string): NdArray => {
    const array = arrays[key];
    if (array === undefined) throw new InvalidInputError(path, `expected an array ${key}`);
    return array;
  };
  const part = (which: "tr" | "te") => {
    const index = member(`fold${fold}_${which}_ind`);
    return {
      coordinates: ndArray("float64", index.shape, Float64Array.from(index.data as Int32Array)),
      values: Float64Array.from(member(`fold${fold}_${which}_y`).data as Float64Array),
    };
  };
  return {
    shape: Array.from(member("ndims").data as Int32Array),
    train: part("tr"),
    test: part("te"),
  };
}
