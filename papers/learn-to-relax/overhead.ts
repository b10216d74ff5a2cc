import { chebCB, omegaGrid, type ParameterLearner, solveWithLearner } from "ockham/pde";
import { heatRange, heatSystems } from "./systems.ts";

const rounds = 1000;

/** Processor time so far, in microseconds: unlike the clock it does not count what else the machine does. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Time in ChebCB divided by the time of the rest, on the heat problem with 2,401 unknowns. */
export async function learnerOverhead(signal: AbortSignal): Promise<number> {
  const inner = chebCB(omegaGrid(), { degree: 6, range: heatRange, seed: 0 });
  let spent = 0;
  const timed = <T>(work: () => T): T => {
    const started = processorTime();
    const result = work();
    spent += processorTime() - started;
    return result;
  };
  const learner: ParameterLearner = {
    grid: inner.grid,
    clampedContexts: 0,
    predict: (context) => timed(() => inner.predict(context)),
    update: (cost) => timed(() => inner.update(cost)),
    probabilities: (context) => inner.probabilities(context),
    toJSON: () => inner.toJSON(),
  };
  const started = processorTime();
  await solveWithLearner(heatSystems(rounds), learner, "ssor-pcg", {
    signal,
    total: rounds,
    onSolution: () => {},
  });
  return spent / (processorTime() - started - spent);
}
