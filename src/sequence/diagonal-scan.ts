import { InvalidInputError } from "../core/errors.ts";
import { type Complex, complexAdd, complexMul, type Tensor } from "../core/tensor/index.ts";
import { arithmetic, complexPowers } from "./complex-powers.ts";

/** Steps of a chunk: its products are of this size. */
const chunk = 32;

/**
 * The states x_l = exp(rate) x_(l-1) + terms_l from zero, for diagonal systems: rate [p], terms [p, steps, batch]. A
 * parallel scan of two levels: within chunks of 32 steps a batch of products with triangular Toeplitz matrices of
 * powers, between chunks the same recurrence on their ends. O(p batch steps) memory, log32(steps) levels.
 */
export function diagonalScan(rate: Complex, terms: Complex): Complex {
  const [states, steps, batch] = terms.re.shape as [number, number, number];
  if (terms.re.rank !== 3 || rate.re.rank !== 1 || rate.re.shape[0] !== states)
    throw new InvalidInputError(
      "terms",
      `expected [p, steps, batch] for rates [p], got [${terms.re.shape}] for [${rate.re.shape}]`,
    );
  const size = Math.min(chunk, steps);
  const count = Math.ceil(steps / size);
  const split = (x: Tensor) =>
    x
      .pad([
        [0, 0],
        [0, count * size - steps],
        [0, 0],
      ])
      .reshape([states, count, size, batch]);
  const stacked = split(terms.re).concat([split(terms.im)], 2);
  const toeplitz = toeplitzOfPowers(rate, size);
  const local = toeplitz.expandDims(1).matmul(stacked);
  let reached: Complex = { re: local.sliceAxis(2, 0, size), im: local.sliceAxis(2, size, 2 * size) };
  if (count > 1) {
    const last = (x: Tensor) => x.sliceAxis(2, size - 1, size).reshape([states, count, batch]);
    const whole = { re: rate.re.mul(size), im: rate.im.mul(size) };
    const ends = diagonalScan(whole, { re: last(reached.re), im: last(reached.im) });
    const entering = (x: Tensor) =>
      x
        .pad([
          [0, 0],
          [1, 0],
          [0, 0],
        ])
        .sliceAxis(1, 0, count)
        .expandDims(2);
    const powers = complexPowers(rate, arithmetic(size, 1, 1));
    const factor = (x: Tensor) => x.reshape([states, 1, size, 1]);
    reached = complexAdd(
      reached,
      complexMul(
        { re: factor(powers.re), im: factor(powers.im) },
        { re: entering(ends.re), im: entering(ends.im) },
      ),
    );
  }
  const joined = (x: Tensor) => x.reshape([states, count * size, batch]).sliceAxis(1, 0, steps);
  return { re: joined(reached.re), im: joined(reached.im) };
}

/** [[re, -im], [im, re]] of the matrices exp((i - j) rate) for i >= j, as [p, 2 size, 2 size]. */
function toeplitzOfPowers(rate: Complex, size: number): Tensor {
  const lags = new Float64Array(size * size);
  const below = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      lags[i * size + j] = i - j;
      below[i * size + j] = 1;
    }
  const powers = complexPowers(rate, lags);
  const mask = rate.re.constant({ dtype: "float64", shape: [size * size], data: below }, rate.re.dtype);
  const shape = [rate.re.shape[0]!, size, size];
  const [re, im] = [powers.re.mul(mask).reshape(shape), powers.im.mul(mask).reshape(shape)];
  return re.concat([im.neg()], 2).concat([im.concat([re], 2)], 1);
}
