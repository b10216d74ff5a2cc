import { requireInteger } from "../core/errors.ts";
import { type Complex, complexMul, type Tensor } from "../core/tensor/index.ts";
import { arithmetic, complexPowers } from "./complex-powers.ts";

/**
 * Kernels Re sum over n of weight[h, n] exp(l rate[h, n]) for l = 0, ..., length - 1, as [h, length]. The powers are
 * split into those of whole blocks and those within one, so that they become a batch of products of a
 * [length / t, 2 n] and a [2 n, t] matrix with t near sqrt(length): 2 h n sqrt(length) exponentials instead of
 * h n length.
 */
export function diagonalKernel(rate: Complex, weight: Complex, length: number): Tensor {
  requireInteger("length", length, 1);
  const within = Math.ceil(Math.sqrt(length));
  const blocks = Math.ceil(length / within);
  const starts = complexPowers(rate, arithmetic(blocks, 0, within));
  const wide = { re: weight.re.expandDims(-1), im: weight.im.expandDims(-1) };
  const left = complexMul(wide, starts);
  const right = complexPowers(rate, arithmetic(within, 0, 1));
  const product = left.re
    .concat([left.im.neg()], 1)
    .swapAxes(1, 2)
    .matmul(right.re.concat([right.im], 1));
  return product.reshape([rate.re.shape[0]!, blocks * within]).sliceAxis(1, 0, length);
}
