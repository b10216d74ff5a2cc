import { buildVectorIndex, readPointSets, writeVectorIndex } from "ockham/retrieval";
import { type CliContext, printJson, printLine } from "../context.ts";
import { type ThreadOptions, withPool } from "../measure.ts";
import { progressDisplay } from "../progress-display.ts";
import { readNames } from "./names-file.ts";

export interface IndexVectorsOptions extends ThreadOptions {
  readonly out: string;
  readonly ids?: string;
  readonly k: number;
  readonly reps: number;
  readonly proj: number;
  readonly final?: number;
  readonly seed: number;
  readonly json?: true;
}

export async function indexVectors(
  path: string,
  options: IndexVectorsOptions,
  context: CliContext,
): Promise<void> {
  const started = performance.now();
  const display = progressDisplay(context, "index");
  try {
    const { dimension, points, offsets } = await readPointSets(path);
    const config = {
      dimension,
      simhashProjections: options.k,
      repetitions: options.reps,
      projectionDimension: options.proj,
      seed: options.seed,
      ...(options.final === undefined ? {} : { finalProjectionDimension: options.final }),
    };
    const ids = options.ids === undefined ? {} : { ids: await readNames(options.ids, offsets.length - 1) };
    const call = { signal: context.signal, onProgress: display.onProgress };
    const index = await withPool(options, (pool) =>
      buildVectorIndex({ points, offsets }, config, { ...ids, ...call, pool }),
    );
    await writeVectorIndex(options.out, index);
    display.stop();
    const facts = {
      documents: index.ids.length,
      vectors: points.length / dimension,
      dimension,
      encoding: index.index.encoder.outputDimension,
      seconds: Math.round(performance.now() - started) / 1000,
      out: options.out,
    };
    if (options.json) printJson(context, facts);
    else
      printLine(
        context.stdout,
        `${facts.documents} documents of ${facts.vectors} vectors in ${facts.seconds} s: ${options.out}`,
      );
  } finally {
    display.stop();
  }
}
