import { Option } from "commander";
import { type Mode, type Paper, type PaperResult, runPaper } from "ockham/paper";
import { type Pool, redisPool, threadPool } from "ockham/parallel";
import { type CliContext, type Output, printLine } from "./context.ts";
import { parseInteger } from "./parse-values.ts";
import { progressDisplay } from "./progress-display.ts";
import { withUrlFrom } from "./redis-flag.ts";

export interface ThreadOptions {
  readonly threads?: number;
}

/** Where a command's tasks run: on the workers of a server, or on threads. */
export interface PoolOptions extends ThreadOptions {
  readonly pool?: string;
}

/** Options of the commands that run experiments. */
export interface MeasureOptions extends PoolOptions {
  readonly quick?: true;
  readonly full?: true;
  readonly seeds?: number;
}

export function threadsOption(): Option {
  return new Option("--threads <n>", "worker threads; default the number of cores").argParser(parseInteger);
}

/** With {@link threadsOption} on every command that divides its work among tasks; {@link withPool} takes both. */
export function poolOption(): Option {
  return new Option(
    "--pool <url>",
    "run tasks on the workers of a Redis server (see `ockham worker`); those on shared memory stay on threads",
  ).env("OCKHAM_POOL");
}

export const measureOptions = (): Option[] => [
  new Option("--quick", "small and self-contained, at most 20 seconds a paper (default)").conflicts("full"),
  new Option("--full", "the whole claim, on real data, at most 10 minutes a paper"),
  new Option("--seeds <n>", "repeat over n seeds; default what the paper declares").argParser(parseInteger),
  threadsOption(),
  poolOption(),
];

function modeOf(options: MeasureOptions): Mode {
  return options.full ? "full" : "quick";
}

/** Opens a pool for the length of `use`. */
export async function withPool<T>(
  options: PoolOptions,
  use: (pool: Pool) => Promise<T>,
  stderr: Output = process.stderr,
): Promise<T> {
  const pool = await openPool(options, stderr);
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

async function openPool({ threads, pool: url }: PoolOptions, stderr: Output): Promise<Pool> {
  const size = threads === undefined ? {} : { threads };
  if (url === undefined) return threadPool(size);
  const pool = await withUrlFrom("--pool", redisPool({ url, ...size }));
  const workers = await pool.workers();
  if (workers === 0)
    printLine(stderr, "ockham: no worker is connected; tasks wait for `ockham worker --redis <url>`");
  return pool;
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
