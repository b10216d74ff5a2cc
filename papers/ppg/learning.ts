import type { Matrix } from "ockham/array";
import { autoregressionFamily, autoregressionKalman, kalmanFilter, learnScoreAscent } from "ockham/bayes";
import { minimizeLbfgs } from "ockham/learn";
import type { Run, Table } from "ockham/paper";
import { spreadOf } from "./replicates.ts";
import { autoregression, simulateAutoregression } from "./series.ts";

const family = autoregressionFamily(autoregressionFixed());

function autoregressionFixed() {
  const { gain, observationNoise } = autoregression;
  return { gain, observationNoise };
}

/** (atanh coefficient, log noise) -> (coefficient, noise). */
const stated = (theta: ArrayLike<number>): [number, number] => [Math.tanh(theta[0]!), Math.exp(theta[1]!)];

/** Maximum likelihood by the Kalman filter. */
async function exactMaximum(observations: Matrix): Promise<[number, number]> {
  const negative = (theta: Float64Array): number => {
    const [coefficient, noise] = stated(theta);
    return -kalmanFilter(autoregressionKalman({ ...autoregression, coefficient, noise }), observations)
      .logLikelihood;
  };
  const step = 1e-5;
  const { point } = await minimizeLbfgs(
    (theta, gradient) => {
      for (let c = 0; c < 2; c++) {
        const [up, down] = [theta.slice(), theta.slice()];
        up[c]! += step;
        down[c]! -= step;
        gradient[c] = (negative(up) - negative(down)) / (2 * step);
      }
      return negative(theta);
    },
    Float64Array.of(Math.atanh(0.9), Math.log(0.5)),
    { gradientTolerance: 1e-4 },
  );
  return stated(point);
}

/**
 * Learns (coefficient, noise) of five series of 200 steps from (0.5, 1) in 300 steps: five particles and 9 conditional
 * sweeps a step, or PaRIS with as many particles in all. What is compared is the mean of the last 100 steps.
 */
export async function learning(run: Run, from: number, to: number): Promise<{ ratio: number; table: Table }> {
  const start = Float64Array.of(Math.atanh(0.5), 0);
  const methods = [
    ["PPG, Markov score climbing", { estimator: "ppg", particles: 5, iterations: 9, burnIn: 4 }],
    [
      "PPG, fresh path at every step",
      { estimator: "ppg", particles: 5, iterations: 9, burnIn: 4, warmPath: false },
    ],
    ["PaRIS, 50 particles", { estimator: "paris", particles: 50 }],
    ["PaRIS, 5 particles", { estimator: "paris", particles: 5 }],
  ] as const;
  const distances: number[][] = methods.map(() => []);
  for (const [s, seed] of [0, 1, 2, 3, 4].entries()) {
    const { observations } = simulateAutoregression(200, seed);
    const best = await exactMaximum(observations);
    for (const [m, [name, options]] of methods.entries()) {
      const at = (part: number): number => from + ((to - from) * (s + part / methods.length)) / 5;
      const { history } = await learnScoreAscent(family, observations, start, {
        ...options,
        steps: 300,
        seed: run.seed,
        ...run.stage(`learning by ${name}`, at(m), at(m + 1)),
      });
      const last = [0, 0];
      for (let i = 201; i <= 300; i++)
        for (const [c, value] of stated(history.data.subarray(2 * i, 2 * i + 2)).entries())
          last[c]! += value / 100;
      distances[m]!.push(Math.hypot(last[0]! - best[0], last[1]! - best[1]));
    }
  }
  const spreads = distances.map(spreadOf);
  return {
    ratio: spreads[0]!.mean / spreads[2]!.mean,
    table: {
      id: "learning",
      title: "Distance of (coefficient, noise) to the maximum likelihood estimate, five series of 200 steps",
      columns: [{ name: "method" }, { name: "mean distance" }, { name: "standard error", digits: 2 }],
      rows: methods.map(([name], m) => [name, spreads[m]!.mean, spreads[m]!.error]),
    },
  };
}
