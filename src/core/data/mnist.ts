import type { NdArray } from "../array/index.ts";
import { requireKnownOptions, requireOneOf } from "../errors.ts";
import { readIdx } from "../io/index.ts";
import { type LongCallOptions, longCallOptions } from "../progress.ts";
import { DatasetUnavailableError } from "./dataset.ts";
import { fetchDataset } from "./fetch-dataset.ts";

/** Grey images and their classes. */
export interface ImageSet {
  /** [count, height, width], 0 to 255. */
  readonly images: NdArray<"uint8">;
  /** [count]. */
  readonly labels: NdArray<"uint8">;
}

export interface MnistOptions extends LongCallOptions {
  /** 60,000 training or 10,000 test images; default `"train"`. */
  readonly part?: "train" | "test";
}

/**
 * Loads MNIST, 28 x 28 grey handwritten digits. The test part is also taken from the set `mnist-test`, the
 * official files, where `mnist` cannot be had.
 *
 * Reference: LeCun, Bottou, Bengio, Haffner 1998.
 *
 * @throws DatasetUnavailableError when no source can be reached
 */
export async function loadMnist(options: MnistOptions = {}): Promise<ImageSet> {
  requireKnownOptions("options", options, ["part", ...longCallOptions]);
  const { part: wanted, ...call } = options;
  const part = requireOneOf("options.part", wanted ?? "train", ["train", "test"]);
  const prefix = part === "train" ? "train" : "t10k";
  let files: Readonly<Record<string, string>>;
  try {
    ({ files } = await fetchDataset("mnist", call));
  } catch (cause) {
    if (!(cause instanceof DatasetUnavailableError) || part === "train") throw cause;
    ({ files } = await fetchDataset("mnist-test", call));
  }
  const read = async (name: string): Promise<NdArray<"uint8">> =>
    (await readIdx(files[`data/${name}`] ?? files[`${name}.gz`]!)) as NdArray<"uint8">;
  return {
    images: await read(`${prefix}-images-idx3-ubyte`),
    labels: await read(`${prefix}-labels-idx1-ubyte`),
  };
}
