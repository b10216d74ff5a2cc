import { definePaper, type Measurement, type Run } from "ockham/paper";
import { omegaGrid } from "ockham/pde";
import type { Cell, Figure, Table } from "ockham/report";
import { factsOf } from "../catalogue.ts";
import { learnerOverhead } from "./overhead.ts";
import { type Game, learners, type Played, type Player, play } from "./play.ts";
import type { Shifts } from "./systems.ts";

const fewFixed = [1, 1.2, 1.4, 1.6, 1.8] as const;

export const paper = definePaper({
  ...factsOf("learn-to-relax"),
  seeds: { quick: 2, full: 5 },
  claims: [
    {
      id: "chebcb-over-tsallis",
      says: "Iterations of SOR with ChebCB divided by those with Tsallis-INF, shifts of high variance",
      paper: "contexts help: the contextual learner is the better one",
      bar: { quick: { atMost: 0.8 }, full: { atMost: 0.85 } },
      unit: "x",
    },
    {
      id: "chebcb-over-fixed",
      says: "Iterations with ChebCB divided by those of the best fixed omega (of five in quick, of the grid's 20 in full)",
      paper: "close to the best omega for each instance",
      bar: { quick: { atMost: 1 }, full: { atMost: 0.999 } },
      unit: "x",
    },
    {
      id: "chebcb-over-optimal",
      says: "Iterations with ChebCB divided by those with Young's omega for each instance",
      paper: "regret against the instance-optimal policy is sublinear",
      bar: { full: { atMost: 1.7 } },
      unit: "x",
    },
    {
      id: "tsallis-over-fixed",
      says: "Iterations with Tsallis-INF divided by those of the best fixed omega of the grid, 5,000 rounds",
      paper: "cost approaches that of the best fixed omega",
      bar: { full: { atMost: 1.35 } },
      unit: "x",
    },
    {
      id: "tsallis-learns",
      says: "Iterations with Tsallis-INF in the second half of the rounds divided by those in the first",
      paper: "regret O(T^(2/3))",
      bar: { full: { atMost: 0.999 } },
      unit: "x",
    },
    {
      id: "chebcb-over-binned",
      says: "Iterations with ChebCB divided by those with a bandit for each of 5 bins of contexts",
      paper: "not stated",
      bar: { full: { atMost: 1 } },
      unit: "x",
    },
    {
      id: "binned-over-tsallis",
      says: "Iterations with a bandit for each of 5 bins divided by those with one bandit",
      paper: "not stated",
      bar: { full: { atMost: 1.05 } },
      unit: "x",
    },
    {
      id: "gauss-seidel",
      says: "Iterations with omega = 1 (Gauss-Seidel) divided by those with Tsallis-INF",
      paper: "learning beats an untuned omega",
      bar: { full: { atLeast: 3 } },
      unit: "x",
    },
    {
      id: "overhead",
      says: "Time that ChebCB takes to choose and learn, divided by that of the solves, heat equation with 2,401 unknowns",
      paper: "not stated",
      bar: { full: { atMost: 0.05 } },
      unit: "x",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const rounds = full ? 5000 : 800;
    const wholeGrid: readonly number[] = [...omegaGrid()];
    // 1.8 is a point of the grid but for its last bit.
    const onGrid = (omega: number) => wholeGrid.some((value) => Math.abs(value - omega) < 1e-9);
    const high: readonly Player[] = full
      ? [...wholeGrid, ...fewFixed.filter((omega) => !onGrid(omega))]
      : fewFixed;
    const games: Game[] = [];
    for (const problem of ["high variance", "low variance"] as const)
      for (const player of [
        ...(problem === "high variance" ? high : fewFixed),
        ...learners,
        "instance-optimal" as const,
      ])
        for (const seed of run.seeds) games.push({ problem, player, seed, rounds });
    if (full)
      for (const player of [...wholeGrid, ...learners, "CG" as const])
        games.push({ problem: "heat", player, seed: run.seed, rounds: 2000 });
    const played = await playAll(run, games, 0, full ? 0.97 : 1);
    const costs = (problem: Game["problem"], player: Player): readonly Int32Array[] =>
      games.flatMap((game, i) =>
        game.problem === problem && game.player === player ? [played[i]!.costs] : [],
      );
    const bestFixed = (problem: Game["problem"], candidates: readonly Player[]): readonly Int32Array[] =>
      candidates
        .map((player) => costs(problem, player))
        .reduce((best, other) => (meanOf(other) < meanOf(best) ? other : best));

    const fixed = bestFixed(
      "high variance",
      high.filter((player) => (full ? wholeGrid.includes(player as number) : true)),
    );
    const of = (player: Player) => costs("high variance", player);
    const over = (a: readonly Int32Array[], b: readonly Int32Array[]): number[] =>
      a.map((_, seed) => meanOf([a[seed]!]) / meanOf([b[seed]!]));
    const half = (from: number, to: number) => of("Tsallis-INF").map((one) => one.subarray(from, to));
    const claims: Record<string, Measurement> = {
      "chebcb-over-tsallis": over(of("ChebCB"), of("Tsallis-INF")),
      "chebcb-over-fixed": over(of("ChebCB"), fixed),
    };
    if (full)
      Object.assign(claims, {
        "chebcb-over-optimal": over(of("ChebCB"), of("instance-optimal")),
        "tsallis-over-fixed": over(of("Tsallis-INF"), fixed),
        "tsallis-learns": over(half(rounds / 2, rounds), half(0, rounds / 2)),
        "chebcb-over-binned": over(of("ChebCB"), of("binned")),
        "binned-over-tsallis": over(of("binned"), of("Tsallis-INF")),
        "gauss-seidel": over(of(1), of("Tsallis-INF")),
        overhead: await learnerOverhead(run.signal),
      });

    const problems = [...new Set(games.map(({ problem }) => problem))];
    return {
      claims,
      tables: problems.map((problem) => costTable(problem, games, played)),
      figures: (["high variance", "low variance"] as const).flatMap((problem) => {
        const candidates = problem === "high variance" ? high : fewFixed;
        const reference = bestFixed(problem, candidates);
        const curves = Object.fromEntries(learners.map((name) => [name, costs(problem, name)]));
        return [
          regretFigure(problem, "the best fixed omega", reference, curves),
          regretFigure(
            problem,
            "the best omega for each instance",
            costs(problem, "instance-optimal"),
            curves,
          ),
        ];
      }),
    };
  },
});

/** Longest games first, so that no worker is left alone with one at the end; results in the order of the games. */
async function playAll(
  run: Run,
  games: readonly Game[],
  from: number,
  to: number,
): Promise<readonly Played[]> {
  const weight = ({ problem, player }: Game) =>
    problem === "heat" ? 1 : typeof player === "number" ? 3 - player : 0.5;
  const order = games.map((_, i) => i).sort((a, b) => weight(games[b]!) - weight(games[a]!) || a - b);
  const { onProgress } = run.stage("playing", from, to);
  const outputs = await run.pool.map(
    play,
    order.map((i) => games[i]!),
    { signal: run.signal, ...(onProgress === undefined ? {} : { onProgress }) },
  );
  const played = new Array<Played>(games.length);
  for (const [place, i] of order.entries()) played[i] = outputs[place]!;
  return played;
}

function meanOf(costs: readonly Int32Array[]): number {
  let sum = 0;
  let count = 0;
  for (const one of costs) {
    for (let i = 0; i < one.length; i++) sum += one[i]!;
    count += one.length;
  }
  return sum / count;
}

const titles: Readonly<Record<Game["problem"], string>> = {
  "high variance": "SOR, 100 unknowns, diagonal shifts of high variance",
  "low variance": "SOR, 100 unknowns, diagonal shifts of low variance",
  heat: "SSOR-preconditioned CG, heat equation on a 50 x 50 grid",
};

function idOf(problem: Game["problem"]): string {
  return problem.replace(" ", "-");
}

/** Mean iterations of every player, cheapest first. */
function costTable(problem: Game["problem"], games: readonly Game[], played: readonly Played[]): Table {
  const players = [...new Set(games.flatMap((game) => (game.problem === problem ? [game.player] : [])))];
  const rows = players.map((player): Cell[] => {
    const own = played.filter((_, i) => games[i]!.problem === problem && games[i]!.player === player);
    const perSeed = own.map(({ costs }) => meanOf([costs]));
    const second = own.map(({ costs }) => meanOf([costs.subarray(costs.length >> 1)]));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    return [
      typeof player === "number" ? `omega ${Number(player.toFixed(4))}` : player,
      mean(perSeed),
      Math.min(...perSeed),
      Math.max(...perSeed),
      mean(second),
      own.reduce((sum, { unconverged }) => sum + unconverged, 0),
    ];
  });
  rows.sort((a, b) => (a[1] as number) - (b[1] as number));
  return {
    id: idOf(problem),
    title: titles[problem],
    columns: [
      { name: "parameter" },
      { name: "iterations a system" },
      { name: "least over seeds" },
      { name: "most over seeds" },
      { name: "second half" },
      { name: "not converged" },
    ],
    rows,
  };
}

/** Cumulative iterations beyond those of a reference, mean and range over the seeds. */
function regretFigure(
  problem: Shifts,
  against: string,
  reference: readonly Int32Array[],
  curves: Readonly<Record<string, readonly Int32Array[]>>,
): Figure {
  const rounds = reference[0]!.length;
  const marks = Array.from({ length: 50 }, (_, i) => Math.round(((i + 1) * rounds) / 50));
  return {
    id: `regret-${idOf(problem)}-${against.includes("fixed") ? "fixed" : "instance"}`,
    title: `Regret against ${against}: ${problem}`,
    x: { label: "systems" },
    y: { label: "iterations beyond" },
    series: Object.entries(curves).map(([name, costs]) => {
      const regrets = costs.map((own, seed) => {
        let sum = 0;
        let next = 0;
        return marks.map((mark) => {
          for (; next < mark; next++) sum += own[next]! - reference[seed]![next]!;
          return sum;
        });
      });
      const column = (i: number) => regrets.map((regret) => regret[i]!);
      return {
        name,
        mark: "line" as const,
        x: marks,
        y: marks.map((_, i) => column(i).reduce((sum, value) => sum + value, 0) / regrets.length),
        low: marks.map((_, i) => Math.min(...column(i))),
        high: marks.map((_, i) => Math.max(...column(i))),
      };
    }),
  };
}
