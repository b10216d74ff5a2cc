import type { Matrix } from "ockham/array";
import { lightSB, type MixturePotential } from "ockham/diffusion";
import { randomStream } from "ockham/random";

/**
 * Largest distance, over starting points and coordinates, between the mean end of simulated paths and the plan's
 * conditional mean.
 */
export function simulationGap(
  potential: MixturePotential,
  starts: Matrix,
  settings: { readonly paths: number; readonly steps: number; readonly seed: number },
): number {
  const model = lightSB(potential);
  const [n, d] = starts.shape as [number, number];
  const { paths, steps, seed } = settings;
  const { mean } = model.conditionalMoments(starts);
  let largest = 0;
  for (let i = 0; i < n; i++) {
    const own = starts.data.subarray(i * d, (i + 1) * d);
    const copies: Matrix = {
      dtype: "float64",
      shape: [paths, d],
      data: Float64Array.from({ length: paths * d }, (_, at) => own[at % d]!),
    };
    const ends = model.simulate(copies, steps, randomStream(seed, "simulation", i)).data;
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let path = 0; path < paths; path++) sum += ends[(path * (steps + 1) + steps) * d + j]!;
      largest = Math.max(largest, Math.abs(sum / paths - mean.data[i * d + j]!));
    }
  }
  return largest;
}
