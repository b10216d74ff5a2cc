import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, show } from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";

export interface SequentialImagesOptions {
  /** Side of the squares of pixels that are averaged into one; default 1. */
  readonly pool?: number;
  /** Reads the pixels in an order drawn by the seed, the same for all images; default false: row by row. */
  readonly permuted?: boolean;
  readonly seed?: number | bigint;
}

/**
 * Gray images uint8 [n, height, width] as sequences of pixels, float32 [n, length, 1] from 0 to 1: sequential MNIST, of
 * 784 steps, or of 196 with `pool: 2`.
 */
export function sequentialImages(
  images: NdArray<"uint8">,
  options: SequentialImagesOptions = {},
): NdArray<"float32"> {
  requireKnownOptions("options", options, ["pool", "permuted", "seed"]);
  if (images?.dtype !== "uint8" || images.shape?.length !== 3 || !(images.data instanceof Uint8Array))
    throw new InvalidInputError("images", "expected a uint8 array [n, height, width]");
  const [n, height, width] = images.shape as [number, number, number];
  if (n * height * width !== images.data.length || images.data.length === 0)
    throw new InvalidInputError(
      "images",
      `${images.data.length} elements do not fill the shape [${images.shape}]`,
    );
  const pool = requireInteger("options.pool", options.pool ?? 1, 1);
  if (height % pool !== 0 || width % pool !== 0)
    throw new InvalidInputError(
      "options.pool",
      `${height} x ${width} pixels do not split into squares of ${pool}`,
    );
  if (options.permuted !== undefined && typeof options.permuted !== "boolean")
    throw new InvalidInputError("options.permuted", `expected true or false, got ${show(options.permuted)}`);
  const [rows, cols] = [height / pool, width / pool];
  const length = rows * cols;
  const order =
    options.permuted === true
      ? randomStream(options.seed ?? 0, "pixel order").permutation(length)
      : Int32Array.from({ length }, (_, i) => i);
  const data = new Float32Array(n * length);
  const scale = 1 / (255 * pool * pool);
  for (let i = 0; i < n; i++)
    for (let l = 0; l < length; l++) {
      const row = Math.floor(order[l]! / cols) * pool;
      const col = (order[l]! % cols) * pool;
      let sum = 0;
      for (let r = 0; r < pool; r++)
        for (let c = 0; c < pool; c++) sum += images.data[(i * height + row + r) * width + col + c]!;
      data[i * length + l] = sum * scale;
    }
  return { dtype: "float32", shape: [n, length, 1], data };
}
