// Times of the kernels of ockham/bayes. Usage: node --conditions=ockham-source bench/bayes.ts
import { ndArray } from "ockham/array";
import { autoregressionModel, fitFunBaT, lagOneFunctional, paris, stateSpaceGp } from "ockham/bayes";
import { randomStream } from "ockham/random";

const stream = randomStream(1);

async function fastest(name: string, repeats: number, run: () => unknown): Promise<void> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    await run();
    best = Math.min(best, performance.now() - started);
  }
  console.log(`${name}: ${best.toFixed(1)} ms`);
}

const model = autoregressionModel({ coefficient: 0.97, noise: 0.54, gain: 0.6, observationNoise: 0.33 });
const observations = ndArray("float64", [1000, 1], stream.fillNormal(new Float64Array(1000)));
for (const backward of ["reject", "exact"] as const)
  await fastest(`PaRIS, 1000 steps, 100 particles, ${backward} draws`, 10, () =>
    paris(model, observations, lagOneFunctional(), { particles: 100, backward }),
  );

const places = stream.fillUniform(new Float64Array(1500));
const values = stream.fillNormal(new Float64Array(1500));
await fastest("Gaussian process in state-space form, 1500 places", 10, () =>
  stateSpaceGp(places, values, Float64Array.of(0.5), { lengthscale: 0.2 }),
);

const coordinates = ndArray(
  "float64",
  [10000, 3],
  Float64Array.from({ length: 30000 }, () => stream.integer(100)),
);
const measured = Float64Array.from({ length: 10000 }, (_, n) => {
  const [x, y, z] = coordinates.data.subarray(3 * n, 3 * n + 3);
  return Math.sin(x! / 20) * (y! / 50 - 1) + Math.cos(z! / 30) + 0.1 * stream.normal();
});
for (const epochs of [1, 11])
  await fastest(`FunBaT, 10,000 measurements, Tucker of rank 3, ${epochs} epochs`, 3, () =>
    fitFunBaT(coordinates, measured, { epochs, tolerance: 0, restarts: 1, init: "random" }),
  );
