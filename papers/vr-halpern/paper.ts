import {
  extraAnchoredGradient,
  extragradient,
  type FiniteSumOperator,
  forwardBackwardSplitting,
  halpern,
  halpernInexact,
  halpernVr,
  type InclusionOptions,
  type InclusionResult,
  identityResolvent,
  matrixGame,
  minibatchHalpern,
  type Resolvent,
  varianceReducedExtragradient,
} from "ockham/optim";
import { definePaper, type Figure, type Measurement, type Run, type Table } from "ockham/paper";
import { factsOf } from "../catalogue.ts";
import { decayingLeastSquares, policemanBurglar, sparseSaddle, spectralNorm } from "./problems.ts";

const relative = 1e-2;

export const paper = definePaper({
  ...factsOf("vr-halpern"),
  seeds: { quick: 1, full: 3 },
  claims: [
    {
      id: "cocoercive",
      says: "Least squares of 40,000 terms to 1e-2 of the first residual: epochs with the proven step over those of deterministic Halpern, median",
      paper: "n + sqrt(n) L / tolerance against n L / tolerance evaluations",
      bar: { full: { atMost: 0.5 } },
      unit: "x",
    },
    {
      id: "cocoercive-long-step",
      says: "The same with step 1/L",
      paper: "n + sqrt(n) L / tolerance against n L / tolerance evaluations",
      bar: { full: { atMost: 0.15 } },
      unit: "x",
    },
    {
      id: "growth",
      says: "Saving over deterministic Halpern with 16 times as many terms (40,000 and 2500; 16,000 and 1000 in a quick run) over that with the fewer, same step, median",
      paper: "the saving grows as sqrt(n): 4",
      bar: { atLeast: 2.5 },
      unit: "x",
    },
    {
      id: "noise-floor",
      says: "Residual, over the first, of minibatch Halpern without variance reduction after 4000 epochs, 40,000 terms, median",
      paper: "no statement",
      bar: { full: { atLeast: 1e-3 } },
      unit: "",
    },
    {
      id: "game",
      says: "Policeman and burglar, 500 houses, 400 epochs: residual of algorithm 1 over the better of EG and EAG, the authors' steps, median",
      paper: "below EG, EAG and VR-EG (figure)",
      bar: { atMost: 0.7 },
      unit: "x",
    },
    {
      id: "game-inexact",
      says: "The same of algorithm 2 over EG",
      paper: "below EG, EAG and VR-EG (figure)",
      bar: { atMost: 1.1 },
      unit: "x",
    },
    {
      id: "game-best-steps",
      says: "The game with the best of several steps for each: algorithm 1 over the better of EG and EAG, median",
      paper: "no statement",
      bar: { full: { atMost: 0.7 } },
      unit: "x",
    },
    {
      id: "saddle",
      says: "Sparse unconstrained saddle, 1000 rows, to 1e-3 of the first residual: epochs of algorithm 2 over those of EAG, best steps, median",
      paper: "n + sqrt(n) L / tolerance against n L / tolerance evaluations",
      bar: { full: { atMost: 0.8 } },
      unit: "x",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const tables: Table[] = [];
    const figures: Figure[] = [];
    const claims: Record<string, Measurement> = {};
    const squares = await leastSquares(run, full ? [2500, 40_000] : [1000, 16_000], 0, full ? 0.5 : 0.4);
    tables.push(squares.table);
    figures.push(squares.figure);
    claims.growth = squares.growth;
    if (full) {
      claims.cocoercive = squares.theory;
      claims["cocoercive-long-step"] = squares.long;
      claims["noise-floor"] = squares.floor;
    }
    const games = await game(run, full ? 2000 : 400, full ? 0.5 : 0.4, full ? 0.85 : 1);
    tables.push(...games.tables);
    figures.push(games.figure);
    claims.game = games.ratio;
    claims["game-inexact"] = games.inexact;
    if (full) {
      claims["game-best-steps"] = games.best;
      const found = await saddle(run, 0.85, 1);
      claims.saddle = found.ratio;
      tables.push(found.table);
    }
    return { claims, tables, figures };
  },
});

type Solver<O extends InclusionOptions = InclusionOptions> = (
  f: FiniteSumOperator,
  g: Resolvent,
  u0: Float64Array,
  options: O,
) => Promise<InclusionResult>;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Epochs until the residual is for the first time at most a share of the first; undefined if never. */
function epochsTo(result: InclusionResult, share: number): number | undefined {
  const goal = share * result.history[0]!.residual;
  return result.history.find(({ residual }) => residual <= goal)?.epochs;
}

async function leastSquares(run: Run, sizes: readonly [number, number], from: number, to: number) {
  const full = run.mode === "full";
  const savings = new Map<number, number[]>(sizes.map((n) => [n, []]));
  const theory: number[] = [];
  const long: number[] = [];
  const floor: number[] = [];
  const rows: Table["rows"][number][] = [];
  const series: Figure["series"][number][] = [];
  const cases = run.seeds.flatMap((seed, k) => [
    ...sizes.map((n) => ({ seed, n, first: k === 0 })),
    ...(full && k === 0 ? [{ seed, n: 160_000, first: false }] : []),
  ]);
  for (const [k, { seed, n, first }] of cases.entries()) {
    const at = (part: number): number => from + ((to - from) * (k + part)) / cases.length;
    const { f, largest } = decayingLeastSquares(n, seed);
    const u0 = new Float64Array(f.dimension);
    const start = new Float64Array(f.dimension);
    f.full(u0, start);
    const tolerance = relative * Math.hypot(...start);
    const solve = async (
      name: string,
      solver: Solver,
      options: InclusionOptions & { tuning?: "theory" | "aggressive" },
      part: number,
    ): Promise<InclusionResult> => {
      const result = await solver(f, identityResolvent, u0, {
        tolerance,
        maxEvaluations: 8000 * n,
        seed,
        ...run.stage(`${name}, ${n} terms`, at(part), at(part + 0.2)),
        ...options,
      });
      rows.push([n, seed, name, result.epochs, result.residual / result.history[0]!.residual]);
      if (first && n === sizes[1]) series.push(course(name, result));
      return result;
    };
    const deterministic = await solve("Halpern", halpern, { lipschitz: largest }, 0);
    const proven = await solve("algorithm 1, 1/(4 L)", halpernVr, {}, 0.2);
    const longer = await solve("algorithm 1, 1/L", halpernVr, { tuning: "aggressive" }, 0.4);
    savings.get(n)?.push(deterministic.epochs / proven.epochs);
    if (full && n === sizes[1]) {
      theory.push(proven.epochs / deterministic.epochs);
      long.push(longer.epochs / deterministic.epochs);
      const noisy = await solve(
        "minibatch Halpern",
        minibatchHalpern,
        {
          tolerance: 1e-3 * (tolerance / relative),
          maxEvaluations: 4000 * n,
          residualEvery: Math.ceil(Math.sqrt(n)) * 100,
        },
        0.6,
      );
      floor.push(noisy.residual / noisy.history[0]!.residual);
      await solve("forward-backward", forwardBackwardSplitting, { lipschitz: largest }, 0.8);
    }
  }
  return {
    theory: full ? median(theory) : 0,
    long: full ? median(long) : 0,
    floor: full ? median(floor) : 0,
    growth: median(savings.get(sizes[1])!) / median(savings.get(sizes[0])!),
    table: {
      id: "least-squares",
      title: "Epochs to 1e-2 of the first residual (minibatch Halpern: 1e-3), least squares",
      columns: [
        { name: "terms", digits: 6 },
        { name: "seed" },
        { name: "method" },
        { name: "epochs" },
        { name: "residual over first" },
      ],
      rows,
    } satisfies Table,
    figure: {
      id: "least-squares",
      title: `Residual of the last iterate, least squares of ${sizes[1]} terms`,
      x: { label: "epochs" },
      y: { label: "residual over first", scale: "log" },
      series,
    } satisfies Figure,
  };
}

function course(name: string, { history }: InclusionResult): Figure["series"][number] {
  const every = Math.max(1, Math.ceil(history.length / 300));
  const kept = history.filter((_, k) => k % every === 0);
  return {
    name,
    mark: "line",
    x: kept.map(({ epochs }) => epochs),
    y: kept.map(({ residual }) => residual / history[0]!.residual),
  };
}

const houses = 500;
const compared = 400;

async function game(run: Run, epochs: number, from: number, to: number) {
  const full = run.mode === "full";
  const ratios: number[] = [];
  const inexact: number[] = [];
  const best: number[] = [];
  const rows: Table["rows"][number][] = [];
  const tuning: Table["rows"][number][] = [];
  const series: Figure["series"][number][] = [];
  for (const [k, seed] of run.seeds.entries()) {
    const at = (part: number): number => from + ((to - from) * (k + part)) / run.seeds.length;
    const { f, g } = matrixGame(policemanBurglar(houses, seed));
    const u0 = new Float64Array(2 * houses).fill(1 / houses);
    const [two, frobenius] = [spectralNorm(f), f.lipschitz];
    const solve = (solver: Solver<never>, options: object, name: string, part: number, budget: number) =>
      (solver as Solver)(f, g, u0, {
        tolerance: 0,
        maxEvaluations: budget * f.n,
        residualEvery: 20,
        seed,
        ...run.stage(name, at(part), at(part + 0.1)),
        ...options,
      });
    const results = {
      EG: await solve(extragradient, { stepSize: 5 / two }, "EG", 0, epochs),
      EAG: await solve(extraAnchoredGradient, { stepSize: 5 / two }, "EAG", 0.1, epochs),
      "algorithm 1": await solve(halpernVr, { stepSize: 5 / frobenius }, "algorithm 1", 0.2, epochs),
      "algorithm 2": await solve(
        halpernInexact,
        { tuning: "aggressive", residualEvery: 1 },
        "algorithm 2",
        0.3,
        epochs,
      ),
      ...(full
        ? {
            "VR-EG": await solve(
              varianceReducedExtragradient,
              { stepSize: (3 * Math.sqrt(2 / f.n)) / frobenius, residualEvery: 1000 },
              "VR-EG",
              0.4,
              epochs,
            ),
          }
        : {}),
    };
    const after = (result: InclusionResult, budget: number): number =>
      result.history.findLast((state) => state.epochs <= budget * 1.01)!.residual;
    for (const [name, result] of Object.entries(results)) {
      rows.push([seed, name, result.history[0]!.residual, after(result, compared), result.residual]);
      if (k === 0) series.push(course(name, result));
    }
    const others = Math.min(after(results.EG, compared), after(results.EAG, compared));
    ratios.push(after(results["algorithm 1"], compared) / others);
    inexact.push(after(results["algorithm 2"], compared) / after(results.EG, compared));
    if (full) {
      const least = async (name: string, solver: Solver<never>, factors: readonly number[], unit: number) => {
        let lowest = Number.POSITIVE_INFINITY;
        for (const factor of factors) {
          const { residual } = await solve(solver, { stepSize: factor / unit }, name, 0.8, compared);
          tuning.push([seed, name, factor, residual]);
          lowest = Math.min(lowest, residual);
        }
        return lowest;
      };
      // Grids that reach beyond the best step of each.
      const steps = [5, 10, 20, 40, 80, 160, 320];
      const first = await least("algorithm 1", halpernVr, [1, 2, 3, 5, 8, 12], frobenius);
      const eg = await least("EG", extragradient, steps, two);
      const eag = await least("EAG", extraAnchoredGradient, steps, two);
      best.push(first / Math.min(eg, eag));
    }
  }
  return {
    ratio: median(ratios),
    inexact: median(inexact),
    best: full ? median(best) : 0,
    tables: [
      {
        id: "game",
        title: "Policeman and burglar, 500 houses: residuals with the authors' steps",
        columns: [
          { name: "seed" },
          { name: "method" },
          { name: "at the start" },
          { name: `after ${compared} epochs` },
          { name: `after ${epochs} epochs` },
        ],
        rows,
      },
      ...(full
        ? [
            {
              id: "game-steps",
              title: `Residual after ${compared} epochs by step, in units of 1/||A|| (algorithm 1: Frobenius norm; EG, EAG: spectral norm)`,
              columns: [{ name: "seed" }, { name: "method" }, { name: "step" }, { name: "residual" }],
              rows: tuning,
            },
          ]
        : []),
    ] satisfies Table[],
    figure: {
      id: "game",
      title: "Residual of the last iterate, policeman and burglar with 500 houses",
      x: { label: "epochs" },
      y: { label: "residual over first", scale: "log" },
      series,
    } satisfies Figure,
  };
}

/** Share of the first residual that the saddle is solved to. */
const saddleTarget = 1e-3;

/** A saddle without constraints, where nothing is cocoercive. */
async function saddle(run: Run, from: number, to: number): Promise<{ ratio: number; table: Table }> {
  const rows: Table["rows"][number][] = [];
  const ratios: number[] = [];
  // Enough for both to arrive.
  const most = 400_000;
  for (const [k, seed] of run.seeds.entries()) {
    const f = sparseSaddle(1000, seed);
    const u0 = new Float64Array(f.dimension);
    const two = spectralNorm(f);
    const start = new Float64Array(f.dimension);
    f.full(u0, start);
    const stage = run.stage("saddle", from + ((to - from) * k) / run.seeds.length, to);
    const tolerance = saddleTarget * Math.hypot(...start);
    const least = async (
      name: string,
      tries: readonly (readonly [string, () => Promise<InclusionResult>])[],
    ): Promise<number> => {
      let fewest = most;
      for (const [setting, solve] of tries) {
        const result = await solve();
        rows.push([seed, name, setting, result.epochs, result.residual / result.history[0]!.residual]);
        fewest = Math.min(fewest, epochsTo(result, saddleTarget) ?? most);
      }
      return fewest;
    };
    const common = { tolerance, seed, ...stage };
    const anchored = await least(
      "EAG",
      [0.25, 0.5, 0.9].map((factor) => [
        `step ${factor} / L`,
        () =>
          extraAnchoredGradient(f, identityResolvent, u0, {
            ...common,
            maxEvaluations: most * f.n,
            stepSize: factor / two,
          }),
      ]),
    );
    const reduced = await least(
      "algorithm 2",
      [0.2, 0.5].map((share) => [
        `${share} n inner steps`,
        () =>
          halpernInexact(f, identityResolvent, u0, {
            ...common,
            maxEvaluations: most * f.n,
            innerIterations: () => Math.ceil(share * f.n),
          }),
      ]),
    );
    ratios.push(reduced / anchored);
  }
  return {
    ratio: median(ratios),
    table: {
      id: "saddle",
      title: "Sparse saddle without constraints: epochs to 1e-3 of the first residual",
      columns: [
        { name: "seed" },
        { name: "method" },
        { name: "setting" },
        { name: "epochs" },
        { name: "residual over first" },
      ],
      rows,
    },
  };
}
