import { type NdArray, zeros } from "../core/array/index.ts";
import { InvalidInputError, requireInteger } from "../core/errors.ts";
import type { RandomStream } from "../core/random/index.ts";
import { type Tensor, type TensorLike, toTensor } from "../core/tensor/index.ts";

/** Weights of {@link blockDiagonalLinear}: [blocks, in / blocks, out / blocks]. */
export type BlockDiagonal<T = TensorLike> = T;

/** Uniform weights within 1 / sqrt(in / blocks), as of a dense layer of the size of one block. */
export function initBlockDiagonal(
  stream: RandomStream,
  inputs: number,
  outputs: number,
  blocks: number,
): BlockDiagonal<NdArray> {
  requireInteger("inputs", inputs, 1);
  requireInteger("outputs", outputs, 1);
  requireInteger("blocks", blocks, 1);
  if (inputs % blocks !== 0 || outputs % blocks !== 0)
    throw new InvalidInputError(
      "blocks",
      `${inputs} inputs and ${outputs} outputs do not split into ${blocks} blocks`,
    );
  const array = zeros([blocks, inputs / blocks, outputs / blocks], "float32");
  const bound = 1 / Math.sqrt(inputs / blocks);
  stream.fillUniform(array.data, -bound, bound);
  return array;
}

/** Each block of the last axis of x [..., in] times its own matrix: [..., out], a share 1 / blocks of a dense layer. */
export function blockDiagonalLinear(weight: BlockDiagonal, x: Tensor): Tensor {
  const mixed = toBlocks(x, toTensor(weight).shape[0]!).matmul(weight);
  return mixed.transpose([1, 0, 2]).reshape([...x.shape.slice(0, -1), -1]);
}

/** [..., width] to [blocks, rows, width / blocks]. */
export function toBlocks(x: Tensor, blocks: number): Tensor {
  const width = x.shape.at(-1)!;
  if (width % blocks !== 0)
    throw new InvalidInputError("x", `a width of ${width} does not split into ${blocks} blocks`);
  return x.reshape([-1, blocks, width / blocks]).transpose([1, 0, 2]);
}
