import type { Matrix } from "ockham/array";
import { lightSB, slicedWasserstein2 } from "ockham/diffusion";
import type { Run, Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { fitTask, normals } from "./benchmark.ts";

/** A rolled-up strip in the plane: angle uniform over 1.5 turns from 1.5 pi, noise of deviation 0.8, over 7.5. */
function roll(n: number, seed: number): Matrix {
  const stream = randomStream(seed, "swiss-roll");
  const data = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const angle = 1.5 * Math.PI * (1 + 2 * stream.uniform());
    data[2 * i] = (angle * Math.cos(angle) + 0.8 * stream.normal()) / 7.5;
    data[2 * i + 1] = (angle * Math.sin(angle) + 0.8 * stream.normal()) / 7.5;
  }
  return { dtype: "float64", shape: [n, 2], data };
}

/** Normal points to a roll, at three volatilities: how far the mapped points are from the roll. */
export async function swissRoll(run: Run, from: number, to: number): Promise<Table> {
  const epsilons = [0.002, 0.01, 0.1];
  const x0 = normals(randomStream(run.seed, "source"), 20_000, 2);
  const x1 = roll(20_000, run.seed);
  const [fresh, again] = [normals(randomStream(run.seed, "fresh"), 10_000, 2), roll(10_000, run.seed + 1000)];
  const test = roll(10_000, run.seed + 2000);
  let done = 0;
  const distances = await Promise.all(
    epsilons.map(async (epsilon) => {
      const options = {
        ...{ epsilon, components: 500, steps: 5000, seed: run.seed },
        learningRate: epsilon < 0.01 ? 3e-4 : 1e-3,
      };
      const potential = await run.pool.run(fitTask, { x0, x1, options }, { signal: run.signal });
      run.progress(from + ((to - from) * ++done) / epsilons.length, 1, "swiss roll");
      const mapped = lightSB(potential).sampleTarget(fresh, randomStream(run.seed, "mapped"));
      return slicedWasserstein2(mapped, test);
    }),
  );
  const floor = slicedWasserstein2(again, test);
  return {
    id: "swiss-roll",
    title: "Normal points mapped to a Swiss roll: sliced Wasserstein-2 distance to the roll",
    columns: [
      { name: "epsilon" },
      { name: "mapped points", digits: 3 },
      { name: "another true sample", digits: 3 },
    ],
    rows: epsilons.map((epsilon, i) => [epsilon, distances[i]!, floor]),
  };
}
