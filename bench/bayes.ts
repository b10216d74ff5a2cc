// Times of the kernels of ockham/bayes. Usage: node --conditions=ockham-source bench/bayes.ts
import { ndArray } from "ockham/array";
import { autoregressionModel, fitFunBaT, lagOneFunctional, paris, stateSpaceGp } from "ockham/bayes";
import { randomStream } from "ockham/random";
import { PythonPeer } from "./support/peer.ts";

const stream = randomStream(1);

async function fastest(name: string, repeats: number, run: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    await run();
    best = Math.min(best, performance.now() - started);
  }
  console.log(`${name}: ${best.toFixed(1)} ms`);
  return best;
}

const model = autoregressionModel({ coefficient: 0.97, noise: 0.54, gain: 0.6, observationNoise: 0.33 });
const observations = ndArray("float64", [1000, 1], stream.fillNormal(new Float64Array(1000)));
const sweeps: Record<string, number> = {};
for (const backward of ["reject", "exact"] as const)
  sweeps[backward] = await fastest(`PaRIS, 1000 steps, 100 particles, ${backward} draws`, 10, () =>
    paris(model, observations, lagOneFunctional(), { particles: 100, backward }),
  );

// The exact draws of all particles of a step at once, as Python packages do them.
const peer = PythonPeer.start();
if (peer !== undefined) {
  await peer.load("y", observations);
  await peer.setup(`
def paris(a=0.97, s=0.54, b=0.6, r=0.33, N=100, M=2):
    rng = np.random.default_rng(0)
    x = rng.standard_normal(N) * s / np.sqrt(1 - a * a)
    logw = -0.5 * ((y[0] - b * x) / r) ** 2
    tau = np.zeros(N)
    for t in range(1, len(y)):
        w = np.exp(logw - logw.max())
        sums = np.cumsum(w)
        ancestors = np.searchsorted(sums, rng.random(N) * sums[-1])
        new = a * x[ancestors] + s * rng.standard_normal(N)
        rows = logw - 0.5 * ((new[:, None] - a * x) / s) ** 2
        rows = np.cumsum(np.exp(rows - rows.max(1, keepdims=True)), axis=1)
        j = (rows[:, None, :] <= (rng.random((N, M)) * rows[:, -1:])[:, :, None]).sum(2)
        tau = (tau[j] + x[j] * new[:, None]).mean(1)
        x = new
        logw = -0.5 * ((y[t] - b * x) / r) ** 2
    return tau
`);
  const time = await peer.time("paris()", 5);
  const ratios = Object.entries(sweeps).map(
    ([draws, own]) => `${(time / own).toFixed(1)} x our ${draws} draws`,
  );
  console.log(`the same in numpy, exact draws: ${time.toFixed(1)} ms, ${ratios.join(", ")}`);
  peer.stop();
}

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
