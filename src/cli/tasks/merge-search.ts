import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidInputError } from "ockham";
import { readBytes } from "ockham/io";

/** Settings of a merge that can be searched. */
export interface MergeSetting {
  readonly alpha?: number;
  readonly keep?: number;
  readonly removeTop?: number;
  readonly drop?: number;
}

/** What to try, and how to tell which is best. */
export interface MergeSearch {
  /** A program and its arguments, of which `{file}` stands for the file of a merge. */
  readonly evaluate: readonly string[];
  /** How many of the models are merged meanwhile. */
  readonly models: number;
  /** Every combination. */
  readonly settings: readonly MergeSetting[];
}

const names = ["alpha", "keep", "removeTop", "drop"] as const;

/** Reads `{ "evaluate": ["node", "score.js", "{file}"], "models": 4, "alpha": [0.2, 0.3], "keep": [0.1, 0.2] }`. */
export async function readSearch(path: string, models: number): Promise<MergeSearch> {
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(new TextDecoder().decode(await readBytes(path)));
  } catch (cause) {
    if (cause instanceof InvalidInputError) throw cause;
    throw new InvalidInputError(path, `expected JSON: ${(cause as Error).message}`);
  }
  for (const name of Object.keys(given ?? {}))
    if (!["evaluate", "models", ...names].includes(name))
      throw new InvalidInputError(path, `no ${name} can be searched; known are ${names.join(", ")}`);
  const { evaluate, models: few = models } = given ?? {};
  if (
    !Array.isArray(evaluate) ||
    !evaluate.every((part) => typeof part === "string") ||
    !evaluate.some((part) => part.includes("{file}"))
  )
    throw new InvalidInputError(
      `${path}, evaluate`,
      'expected a command such as ["node", "score.js", "{file}"], in which {file} stands for the merge',
    );
  if (!Number.isInteger(few) || (few as number) < 1 || (few as number) > models)
    throw new InvalidInputError(
      `${path}, models`,
      `expected a whole number from 1 to ${models}, got ${JSON.stringify(few)}`,
    );
  let settings: MergeSetting[] = [{}];
  for (const name of names) {
    const values = given[name];
    if (values === undefined) continue;
    if (!Array.isArray(values) || values.length === 0 || !values.every((value) => Number.isFinite(value)))
      throw new InvalidInputError(
        `${path}, ${name}`,
        `expected numbers to try, got ${JSON.stringify(values)}`,
      );
    settings = settings.flatMap((setting) => values.map((value: number) => ({ ...setting, [name]: value })));
  }
  if (settings.length < 2)
    throw new InvalidInputError(path, `expected two settings or more of ${names.join(", ")}`);
  return { evaluate, models: few as number, settings };
}

/** Merges by every setting into a file that is gone afterwards, and scores it. Settings in order; the best is the first of the highest. */
export async function searchSettings(
  { evaluate, settings }: MergeSearch,
  merge: (setting: MergeSetting, out: string) => Promise<unknown>,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<{ best: MergeSetting; table: { setting: MergeSetting; score: number }[] }> {
  const folder = mkdtempSync(join(tmpdir(), "ockham-merge-"));
  try {
    const table: { setting: MergeSetting; score: number }[] = [];
    for (const setting of settings) {
      const file = join(folder, "merged.safetensors");
      await merge(setting, file);
      const command = evaluate.map((part) => part.replaceAll("{file}", file));
      table.push({ setting, score: await scoreOf(command, signal) });
      onProgress(table.length, settings.length);
    }
    const best = table.reduce((a, b) => (b.score > a.score ? b : a));
    return { best: best.setting, table };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The number on the last line that a program prints. */
async function scoreOf([program, ...args]: readonly string[], signal: AbortSignal): Promise<number> {
  const child = spawn(program!, args, { stdio: ["ignore", "pipe", "inherit"], signal });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (cause) => {
      signal.throwIfAborted();
      reject(new InvalidInputError("evaluate", `${program} cannot be run: ${cause.message}`));
    });
    child.on("close", resolve);
  });
  signal.throwIfAborted();
  if (status !== 0) throw new InvalidInputError("evaluate", `${program} ended with status ${status}`);
  const line = text.trim().split("\n").at(-1) ?? "";
  const score = line.trim() === "" ? Number.NaN : Number(line);
  if (!Number.isFinite(score))
    throw new InvalidInputError(
      "evaluate",
      `expected a number on the last line, got ${JSON.stringify(line)}`,
    );
  return score;
}
