import { chebCB, omegaGrid, relax } from "ockham/pde";
import { heatRange, heatSystems } from "./systems.ts";

/** As many as the experiment plays. */
const rounds = 2000;
const replays = 3;

/**
 * Time in ChebCB divided by the time of the solves, on the heat problem with 2,401 unknowns. The learner alone is timed
 * by playing the recorded rounds again, the fastest of three times, and a solve by the median: what else the machine
 * does counts in neither.
 */
export async function learnerOverhead(signal: AbortSignal): Promise<number> {
  const newLearner = () => chebCB(omegaGrid(), { degree: 6, range: heatRange, seed: 0 });
  const learner = newLearner();
  const contexts = new Float64Array(rounds);
  const costs = new Float64Array(rounds);
  const solves = new Float64Array(rounds);
  const systems = heatSystems(rounds);
  let next = systems.next();
  for (let round = 0; next.done !== true; round++) {
    const system = next.value;
    contexts[round] = system.context!;
    const omega = learner.predict(system.context);
    const started = performance.now();
    const { x, iterations } = relax("ssor-pcg", system, omega);
    solves[round] = performance.now() - started;
    costs[round] = Math.max(1, iterations);
    learner.update(costs[round]!);
    next = systems.next(x);
    if (round % 50 === 0) {
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
    }
  }
  let learning = Number.POSITIVE_INFINITY;
  for (let replay = 0; replay < replays; replay++) {
    const again = newLearner();
    const started = performance.now();
    for (let round = 0; round < rounds; round++) {
      again.predict(contexts[round]!);
      again.update(costs[round]!);
    }
    learning = Math.min(learning, performance.now() - started);
  }
  return learning / rounds / solves.sort()[rounds >> 1]!;
}
