import { fromNested } from "ockham/array";
import {
  computeModelStatistics,
  dpmSolverV3,
  gaussianMixtureModel,
  trajectoryRmse,
  uniPC,
  vpLinear,
} from "ockham/diffusion";
import type { Figure, Run } from "ockham/paper";
import { randomStream } from "ockham/random";

const range = { tStart: 0.9, tEnd: 0.05 };
const gridSize = 1200;
const steps = [10, 15, 20, 30, 40, 60];

/**
 * Slopes of the error against the number of steps on a mixture in one dimension. The first two steps take one interval
 * of the grid each, so that their lower order does not show, and the last ones keep theirs.
 */
export async function convergence(
  run: Run,
): Promise<{ slopes: Readonly<Record<number, number>>; figure: Figure }> {
  const schedule = vpLinear();
  const model = gaussianMixtureModel(schedule, {
    weights: Float64Array.of(0.25, 0.45, 0.3),
    means: fromNested([[-1.5], [0.5], [2.2]]),
    variances: fromNested([[0.1], [0.4], [0.2]]),
  });
  const { signal } = run;
  const statistics = await computeModelStatistics(model, {
    ...{ data: model.sample(4096, randomStream(run.seed)), samples: 256, gridSize, signal, ...range },
  });
  const start = fromNested([[-1.2], [0.1], [0.9], [2]]);
  const exact = await uniPC(model, start, {
    ...{ steps: 1500, order: 3, lowerOrderFinal: false, signal, ...range },
  });
  const slopes: Record<number, number> = {};
  const series: Figure["series"][number][] = [];
  for (const order of [1, 2, 3] as const) {
    const errors: number[] = [];
    for (const count of steps) {
      const nodes = [0, 1, 2, ...Array.from({ length: count }, (_, k) => (k + 1) * (gridSize / count))];
      const { x } = await dpmSolverV3(model, statistics, start, {
        times: Float64Array.from(nodes, (node) => schedule.tOfLambda(statistics.lambda[node]!)),
        ...{ order, lowerOrderFinal: false, correctorPseudo: false, signal },
      });
      errors.push(trajectoryRmse(x, exact.x));
    }
    slopes[order] = Math.log(errors[0]! / errors.at(-1)!) / Math.log(steps.at(-1)! / steps[0]!);
    series.push({ name: `order ${order}`, mark: "line", x: steps, y: errors });
  }
  return {
    slopes,
    figure: {
      id: "order",
      title: "Error of DPM-Solver-v3 on a mixture of three normal distributions",
      x: { label: "steps", scale: "log" },
      y: { label: "distance to the exact solution", scale: "log" },
      series,
    },
  };
}

/** Error of one step over the whole range for Gaussian data of variance 1/2, and that of DDIM's. */
export async function gaussianError(run: Run): Promise<number> {
  const schedule = vpLinear();
  const model = gaussianMixtureModel(schedule, {
    weights: Float64Array.of(1),
    means: fromNested([[0]]),
    variances: fromNested([[0.5]]),
  });
  const { signal } = run;
  const [tStart, tEnd] = [1, 1e-3];
  const statistics = await computeModelStatistics(model, {
    ...{ data: model.sample(64, randomStream(run.seed)), samples: 64, gridSize: 2400, tStart, tEnd, signal },
  });
  const { x } = await dpmSolverV3(model, statistics, fromNested([[1]]), { steps: 1, tStart, tEnd, signal });
  const deviation = (t: number): number => Math.sqrt(schedule.alpha(t) ** 2 / 2 + schedule.sigma(t) ** 2);
  return Math.abs(x.data[0]! - deviation(tEnd) / deviation(tStart));
}
