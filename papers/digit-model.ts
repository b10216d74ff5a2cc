import type { NdArray } from "ockham/array";
import {
  type CoordinateDenoiser,
  coordinateDenoiser,
  fromNetwork,
  type NetworkModel,
  vpLinear,
} from "ockham/diffusion";
import type { Tensor } from "ockham/tensor";

/** The class that stands for no class. */
export const noDigit = 10;
/** Principal components that digits are drawn in. */
export const digitDimension = 32;
export const digitSchedule = vpLinear();

/** The diffusion model of one digit, or of all. */
export function digitModel(weights: CoordinateDenoiser<NdArray>, digit = noDigit): NetworkModel {
  return fromNetwork(
    (params: CoordinateDenoiser, x: Tensor, lambda: Tensor) => {
      const batch = x.shape[0]!;
      const data = new BigInt64Array(batch).fill(BigInt(digit));
      return coordinateDenoiser(params, x, lambda, x.constant({ dtype: "int64", shape: [batch], data }));
    },
    weights,
    { schedule: digitSchedule, shape: [digitDimension], timeInput: "lambda" },
  );
}
