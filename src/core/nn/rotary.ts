import { InvalidInputError } from "../errors.ts";
import type { Tensor } from "../tensor/index.ts";

/**
 * Turns each pair of features of x [..., T, d] by an angle that grows with the position, d / 2 speeds from 1 down to
 * 1 / base: scores of queries and keys so turned depend on distances alone. Features j and j + d / 2 are a pair.
 *
 * Reference: Su et al., "RoFormer", 2021, section 3.2.
 */
export function rotaryPositions(x: Tensor, base = 10_000): Tensor {
  const [length, width] = x.shape.slice(-2) as [number, number];
  if (x.rank < 2 || width % 2 !== 0)
    throw new InvalidInputError("x", `expected [..., T, d] with an even d, got [${x.shape}]`);
  const half = width / 2;
  const table = (of: (angle: number) => number): Tensor => {
    const data = new Float64Array(length * half);
    for (let t = 0; t < length; t++)
      for (let j = 0; j < half; j++) data[t * half + j] = of(t * base ** (-j / half));
    return x.constant({ dtype: "float64", shape: [length, half], data }, x.dtype);
  };
  const [cos, sin] = [table(Math.cos), table(Math.sin)];
  const [first, second] = x.split(2, -1) as [Tensor, Tensor];
  return first
    .mul(cos)
    .sub(second.mul(sin))
    .concat([first.mul(sin).add(second.mul(cos))], -1);
}
