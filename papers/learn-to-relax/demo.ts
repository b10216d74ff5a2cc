import { type DemoContext, defineDemo, type Frame } from "ockham/demo";
import {
  chebCB,
  omegaGrid,
  type ParameterLearner,
  relax,
  solveWithLearner,
  tsallisInf,
  youngOmega,
} from "ockham/pde";
import { type Shifts, shiftedJacobiRadius, shiftedSystems, shiftOf, shiftRange } from "./systems.ts";

const maxIterations = 10_000;
/** Systems between two frames. */
const every = 20;

export const demo = defineDemo({
  says: "Systems arrive one after the other, each shifted by another amount, and each is solved by successive over-relaxation with a factor that a bandit picks. It learns from nothing but the number of iterations. The baseline is the factor that most people leave at 1; the reference knows the best factor of every single system.",
  shows: [
    { kind: "plot", title: "Iterations a system, mean so far" },
    { kind: "plot", title: "Factors of the last 150 systems" },
    { kind: "table", title: "After the systems so far", rows: 3 },
  ],
  controls: {
    shifts: {
      kind: "choice",
      label: "Shifts of the diagonal",
      value: "high variance",
      options: { "high variance": "vary much", "low variance": "vary little" },
    },
    learner: {
      kind: "choice",
      label: "Learner",
      value: "ChebCB",
      options: { ChebCB: "ChebCB: sees the shift", "Tsallis-INF": "Tsallis-INF: sees nothing" },
    },
    rounds: { kind: "number", label: "Systems", value: 800, min: 100, max: 3000, step: 100 },
    fixed: { kind: "number", label: "Fixed factor to compare with", value: 1, min: 1, max: 1.95, step: 0.05 },
    seed: { kind: "seed", label: "Seed", value: 0 },
  },
  async *run({ shifts, learner, rounds, fixed, seed }, { signal, onProgress }: DemoContext) {
    const kind = shifts as Shifts;
    const player: ParameterLearner =
      learner === "ChebCB"
        ? chebCB(omegaGrid(), { seed, degree: 6, range: shiftRange })
        : tsallisInf(omegaGrid(), { seed });
    const sums = { learnt: 0, fixed: 0, best: 0 };
    const x: number[] = [];
    const means: { learnt: number[]; fixed: number[]; best: number[] } = { learnt: [], fixed: [], best: [] };
    const played: { shift: number[]; omega: number[]; best: number[] } = { shift: [], omega: [], best: [] };
    let round = 0;
    for (const system of shiftedSystems(kind, seed, rounds)) {
      const { costs, omegas } = await solveWithLearner([system], player, "sor", { maxIterations });
      const shift = shiftOf(kind, seed, round);
      const best = youngOmega(shiftedJacobiRadius(shift));
      sums.learnt += costs[0]!;
      sums.fixed += relax("sor", system, fixed, { maxIterations }).iterations;
      sums.best += relax("sor", system, best, { maxIterations }).iterations;
      played.shift.push(shift);
      played.omega.push(omegas[0]!);
      played.best.push(best);
      round++;
      if (round % every !== 0 && round !== rounds) continue;
      signal.throwIfAborted();
      onProgress({ done: round, total: rounds });
      x.push(round);
      for (const name of ["learnt", "fixed", "best"] as const) means[name].push(sums[name] / round);
      const recent = Math.max(0, round - 150);
      const views: Frame["views"] = [
        {
          kind: "plot",
          title: "Iterations a system, mean so far",
          x: { label: "systems solved", domain: [0, rounds] },
          y: { label: "iterations" },
          series: [
            { name: learner, role: "method", mark: "line", x: [...x], y: [...means.learnt] },
            { name: `factor ${fixed}`, role: "baseline", mark: "line", x: [...x], y: [...means.fixed] },
            { name: "best for each", role: "reference", mark: "line", x: [...x], y: [...means.best] },
          ],
        },
        {
          kind: "plot",
          title: "Factors of the last 150 systems",
          x: { label: "shift of the diagonal", domain: shiftRange },
          y: { label: "relaxation factor", domain: [1, 1.95] },
          series: [
            {
              name: "best for each",
              role: "reference",
              mark: "points",
              x: played.shift.slice(recent),
              y: played.best.slice(recent),
            },
            {
              name: learner,
              role: "method",
              mark: "points",
              x: played.shift.slice(recent),
              y: played.omega.slice(recent),
            },
          ],
        },
        {
          kind: "table",
          title: `After ${round} systems`,
          columns: [{ name: "factor" }, { name: "iterations in all" }, { name: "a system", digits: 3 }],
          rows: [
            [learner, sums.learnt, sums.learnt / round],
            [`always ${fixed}`, sums.fixed, sums.fixed / round],
            ["best for each", sums.best, sums.best / round],
          ],
        },
      ];
      yield { done: round, total: rounds, views };
    }
  },
});
