import { Option } from "commander";
import { type Mode, type Paper, type PaperResult, runPaper } from "ockham/paper";
import { type Pool, threadPool } from "ockham/parallel";
import type { CliContext } from "./context.ts";
import { parseInteger } from "./parse-values.ts";
import { progressDisplay } from "./progress-display.ts";

export interface ThreadOptions {
  readonly threads?: number;
}

/** Options of the commands that run experiments. */
export interface MeasureOptions extends ThreadOptions {
  readonly quick?: true;
  readonly full?: true;
  readonly seeds?: number;
}

export function threadsOption(): Option {
  return new Option("--threads <n>", "worker threads; default the number of cores").argParser(parseInteger);
}

export const measureOptions = (): Option[] => [
  new Option("--quick", "small and self-contained, at most 20 seconds a paper (default)").conflicts("full"),
  new Option("--full", "the whole claim, on real data, at most 10 minutes a paper"),
  new Option("--seeds <n>", "repeat over n seeds; default what the paper declares").argParser(parseInteger),
  threadsOption(),
];

function modeOf(options: MeasureOptions): Mode {
  return options.full ? "full" : "quick";
}

/** Opens a pool for the length of `use`. */
export async function withPool<T>(options: ThreadOptions, use: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = threadPool(options.threads === undefined ? {} : { threads: options.threads });
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

/** Runs one paper's experiment with a progress display. */
export async function measure(
  paper: Paper,
  options: MeasureOptions,
  context: CliContext,
  pool: Pool,
): Promise<PaperResult> {
  const display = progressDisplay(context, paper.id);
  try {
    return await runPaper(paper, {
      mode: modeOf(options),
      ...(options.seeds !== undefined && { seeds: options.seeds }),
      pool,
      signal: context.signal,
      onProgress: display.onProgress,
    });
  } finally {
    display.stop();
  }
}
