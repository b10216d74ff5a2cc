import { InvalidInputError } from "ockham";
import { type NdArray, zeros } from "ockham/array";
import { readTable } from "ockham/io";
import { f1Scores, fitLogisticRegression, stratifiedSplit } from "ockham/learn";
import { renderTable } from "ockham/report";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { type Embedding, embeddingFormat } from "./embedding-file.ts";

export interface EvaluateOptions {
  readonly labels: string;
  readonly train: readonly number[];
  readonly repeats: number;
  readonly penalty: number;
  readonly seed: number;
  readonly json?: true;
}

export async function evaluateEmbedding(
  path: string,
  options: EvaluateOptions,
  context: CliContext,
): Promise<void> {
  const format = embeddingFormat("embedding", path);
  if (options.repeats < 1)
    throw new InvalidInputError("options.repeats", `expected at least 1, got ${options.repeats}`);
  for (const share of options.train)
    if (!(share > 0 && share < 1))
      throw new InvalidInputError("options.train", `expected shares between 0 and 1, got ${share}`);
  const display = progressDisplay(context, "evaluate-embedding");
  const call = { signal: context.signal, onProgress: display.onProgress };
  const scores = [];
  try {
    const embedding = await format.read(path, stageOf(call, "reading", 0, 0.1, 1));
    const classes = await readClasses(options.labels, embedding, context.signal);
    const rounds = options.train.length * options.repeats;
    let round = 0;
    for (const share of options.train) {
      const micro: number[] = [];
      const macro: number[] = [];
      for (let repeat = 0; repeat < options.repeats; repeat++, round++) {
        const { train, test } = stratifiedSplit(classes, share, { seed: options.seed + repeat });
        const stage = stageOf(
          call,
          `train ${share}`,
          0.1 + (0.9 * round) / rounds,
          0.1 + (0.9 * (round + 1)) / rounds,
          1,
        );
        const model = await fitLogisticRegression(rowsOf(embedding, train), pick(classes, train), {
          C: options.penalty,
          ...stage,
        });
        const f1 = f1Scores(pick(classes, test), model.predict(rowsOf(embedding, test)));
        micro.push(f1.micro);
        macro.push(f1.macro);
      }
      scores.push({ train: share, microF1: mean(micro), macroF1: mean(macro), macroF1Range: range(macro) });
    }
  } finally {
    display.stop();
  }
  if (options.json) {
    printJson(context, { embedding: path, labels: options.labels, repeats: options.repeats, scores });
    return;
  }
  const table = renderTable(
    {
      id: "scores",
      title: `F1 of logistic regression, mean of ${options.repeats} splits`,
      columns: ["train", "micro-F1", "macro-F1", "least macro-F1", "greatest"].map((name) => ({
        name,
        digits: 3,
      })),
      rows: scores.map(({ train, microF1, macroF1, macroF1Range }) => [
        train,
        microF1,
        macroF1,
        ...macroF1Range,
      ]),
    },
    tableOptions(context),
  );
  printLine(context.stdout, table);
}

/** The class of every row, numbered by first appearance; -1 without a label. */
async function readClasses(path: string, embedding: Embedding, signal: AbortSignal): Promise<Int32Array> {
  const { names, columns, rows } = await readTable(path, { signal });
  const [ids, labels] = names.slice(0, 2).map((name) => columns[name]!.values as ArrayLike<number | string>);
  if (ids === undefined || labels === undefined)
    throw new InvalidInputError(path, `expected the columns id and class, got ${names.length}`);
  const count = embedding.vectors.shape[0]!;
  const rowOf = new Map(
    Array.from({ length: count }, (_, row) => [embedding.ids?.[row] ?? String(row), row]),
  );
  const classes = new Int32Array(count).fill(-1);
  const numbers = new Map<string, number>();
  for (let line = 0; line < rows; line++) {
    const id = String(ids[line]);
    const row = rowOf.get(id);
    if (row === undefined)
      throw new InvalidInputError(
        `${path}, line ${line + 2}`,
        `the embedding has no vector for the id "${id}"`,
      );
    const label = String(labels[line]);
    if (!numbers.has(label)) numbers.set(label, numbers.size);
    classes[row] = numbers.get(label)!;
  }
  return classes;
}

function rowsOf({ vectors }: Embedding, rows: Int32Array): NdArray<"float64"> {
  const width = vectors.shape[1]!;
  const chosen = zeros([rows.length, width]);
  for (const [i, row] of rows.entries())
    chosen.data.set(vectors.data.subarray(row * width, (row + 1) * width), i * width);
  return chosen;
}

function pick(values: Int32Array, rows: Int32Array): Int32Array {
  return rows.map((row) => values[row]!);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function range(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
