import { type CsrMatrix, ndArray } from "ockham/array";
import type { ImageSet } from "ockham/data";
import { type RandomStream, randomStream } from "ockham/random";
import { csrFromDense } from "ockham/sparse";

/** Images of two classes in rows, pixels / 255, labels -1 and 1. */
export interface ImagePair {
  readonly x: CsrMatrix;
  readonly y: Float64Array;
}

/**
 * A random subset of two classes, in the order of the file. Blank images, of which Fashion-MNIST's package has two,
 * are left out.
 */
export function imagePair(
  { images, labels }: ImageSet,
  classes: readonly [number, number],
  counts: readonly [number, number],
  seed: number,
): ImagePair {
  const stream = randomStream(seed, "image-pair", ...classes, ...counts);
  const chosen = classes.flatMap((label, k) => [
    ...chooseFrom(images.data, labels.data, label, counts[k]!, stream.split(label)),
  ]);
  chosen.sort((a, b) => a - b);
  const pixels = images.data.length / labels.data.length;
  const data = new Float64Array(chosen.length * pixels);
  for (const [row, image] of chosen.entries())
    for (let p = 0; p < pixels; p++) data[row * pixels + p] = images.data[image * pixels + p]! / 255;
  return {
    x: csrFromDense(ndArray("float64", [chosen.length, pixels], data)),
    y: Float64Array.from(chosen, (image) => (labels.data[image] === classes[0] ? -1 : 1)),
  };
}

function chooseFrom(
  images: Uint8Array,
  labels: Uint8Array,
  label: number,
  count: number,
  stream: RandomStream,
): Int32Array {
  const pixels = images.length / labels.length;
  const members = Int32Array.from(labels.keys()).filter(
    (i) => labels[i] === label && images.subarray(i * pixels, (i + 1) * pixels).some((pixel) => pixel > 0),
  );
  return stream.subset(members.length, count).map((k) => members[k]!);
}

/** One sample (0.5, -1) with label 1 and n - 1 samples (-0.5, -1) with label -1: the batch methods take n updates. */
export function worstCase(n: number): ImagePair {
  const data = Float64Array.from({ length: 2 * n }, (_, k) => (k % 2 === 1 ? -1 : k === 0 ? 0.5 : -0.5));
  return {
    x: csrFromDense(ndArray("float64", [n, 2], data)),
    y: Float64Array.from({ length: n }, (_, i) => (i === 0 ? 1 : -1)),
  };
}
