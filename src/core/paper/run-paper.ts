import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf, show } from "../errors.ts";
import { inlinePool, type Pool } from "../parallel/index.ts";
import { type LongCallOptions, type Progress, stageOf } from "../progress.ts";
import {
  type ClaimResult,
  environment,
  type Figure,
  type Mode,
  modes,
  type Picture,
  type RunReport,
  requireFigure,
  requirePicture,
  requireTable,
  type Spread,
  verdict,
} from "../report/index.ts";
import { barText, meetsBar } from "./bar.ts";
import { barIn, type Claim, type Measurement, type Outcome, type Paper, type Run } from "./paper.ts";

export interface RunPaperOptions extends Omit<LongCallOptions, "seed"> {
  /** Default "quick". */
  readonly mode?: Mode;
  /** How many seeds, 0, 1, ...; default what the paper declares for the mode. */
  readonly seeds?: number;
  /** Default an inline pool. The caller closes a pool of its own. */
  readonly pool?: Pool;
}

export interface PaperResult {
  readonly report: RunReport;
  readonly figures: readonly (Figure | Picture)[];
}

/** Parts that progress is counted in: an experiment reports fractions of the whole. */
const progressTotal = 1000;

/**
 * Runs a paper's experiment and holds what it measured against the bars. Whether a claim passes is decided
 * here alone. A claim whose data cannot be had is skipped by name; a claim that the experiment forgot, or a
 * value that is not finite, is an error in the experiment and rejects.
 */
export async function runPaper(paper: Paper, options: RunPaperOptions = {}): Promise<PaperResult> {
  requireKnownOptions("options", options, ["mode", "seeds", "pool", "signal", "onProgress"]);
  const mode = requireOneOf("options.mode", options.mode ?? "quick", modes);
  const count = requireInteger("options.seeds", options.seeds ?? paper.seeds?.[mode] ?? 1, 1, 100);
  const seeds = Array.from({ length: count }, (_, seed) => seed);
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const report = growing(options.onProgress);
  const run: Run = {
    mode,
    seed: 0,
    seeds,
    signal,
    pool: options.pool ?? inlinePool(),
    progress: (done, total, stage) => report((done / total) * progressTotal, stage),
    stage: (name, from, to) => {
      const { onProgress } = stageOf(
        { onProgress: ({ done, stage }) => report(done, stage) },
        name,
        from * progressTotal,
        to * progressTotal,
        progressTotal,
      );
      return { signal, onProgress: onProgress! };
    },
    dataset: async (name) => {
      // Loaded when asked for: what stores data sets runs in Node only.
      const { fetchDataset } = await import("../data/index.ts");
      return fetchDataset(name, { signal, onProgress: () => report(0, `fetching ${name}`) });
    },
  };
  const started = performance.now();
  report(0);
  let outcome: Outcome;
  try {
    outcome = await paper.experiment(run);
  } catch (error) {
    signal.throwIfAborted();
    const { DatasetUnavailableError } = await import("../data/index.ts");
    if (!(error instanceof DatasetUnavailableError)) throw error;
    const skipped = `no source of the data set ${error.dataset} can be reached`;
    outcome = { claims: Object.fromEntries(paper.claims.map(({ id }) => [id, { skipped }])) };
  }
  signal.throwIfAborted();
  report(progressTotal);

  for (const id of Object.keys(outcome.claims)) {
    if (!paper.claims.some((claim) => claim.id === id))
      throw new InvalidInputError(`${paper.id}.claims.${id}`, "measured, but the paper has no such claim");
  }
  const claims = paper.claims.flatMap((claim) => claimResult(paper, claim, mode, outcome.claims[claim.id]));
  const figures = (outcome.figures ?? []).map((figure, i) => {
    const argument = `${paper.id}.figures[${i}]`;
    return "rows" in figure ? requirePicture(argument, figure) : requireFigure(argument, figure);
  });
  return {
    report: {
      id: paper.id,
      mode,
      seeds,
      seconds: Math.round(performance.now() - started) / 1000,
      pass: verdict(claims.map(({ pass }) => pass)),
      claims,
      tables: (outcome.tables ?? []).map((table, i) => requireTable(`${paper.id}.tables[${i}]`, table)),
      figures: figures.map(({ id }) => `${paper.id}/${id}.svg`),
      environment: environment(),
    },
    figures,
  };
}

function claimResult(
  paper: Paper,
  claim: Claim,
  mode: Mode,
  measurement: Measurement | undefined,
): readonly ClaimResult[] {
  const bar = barIn(claim, mode);
  if (bar === undefined) return [];
  const argument = `${paper.id}.claims.${claim.id}`;
  if (measurement === undefined)
    throw new InvalidInputError(argument, `the experiment did not measure it in ${mode} mode`);
  const facts = { id: claim.id, says: claim.says, paper: claim.paper };
  if (typeof measurement === "object" && "skipped" in measurement)
    return [
      {
        ...facts,
        measured: null,
        unit: claim.unit,
        bar: barText(bar),
        pass: null,
        skipped: measurement.skipped,
      },
    ];
  const values = typeof measurement === "number" ? [measurement] : measurement;
  if (values.length === 0 || !values.every(Number.isFinite))
    throw new InvalidInputError(argument, `expected finite measurements, got ${show(values)}`);
  const measured = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [
    {
      ...facts,
      measured,
      ...(values.length > 1 && { spread: spreadOf(values, measured) }),
      unit: claim.unit,
      bar: barText(bar),
      pass: meetsBar(measured, bar),
    },
  ];
}

function spreadOf(values: readonly number[], mean: number): Spread {
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    min: Math.min(...values),
    max: Math.max(...values),
    sd: Math.sqrt(squares / (values.length - 1)),
    values,
  };
}

/** Keeps progress from running backwards when an experiment's stages overlap. */
function growing(onProgress: ((progress: Progress) => void) | undefined) {
  let reached = 0;
  return (done: number, stage?: string): void => {
    reached = Math.min(progressTotal, Math.max(reached, done));
    onProgress?.({ done: reached, total: progressTotal, ...(stage === undefined ? {} : { stage }) });
  };
}
