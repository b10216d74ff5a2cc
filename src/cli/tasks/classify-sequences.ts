import { InvalidInputError, type LongCallOptions } from "ockham";
import { type NdArray, ndArray } from "ockham/array";
import { openSafetensors, readTable, writeAtomically } from "ockham/io";
import { fitSsmClassifier, type SsmClassifier, type SsmClassifierOptions } from "ockham/sequence";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";

export interface ClassifySequencesOptions
  extends Pick<
    SsmClassifierOptions,
    "layer" | "init" | "width" | "layers" | "stateSize" | "epochs" | "batchSize"
  > {
  readonly method: "ptd-ssm";
  readonly test?: string;
  readonly label: string;
  readonly rate?: number;
  readonly spectrum?: string;
  readonly out?: string;
  readonly onnx?: string;
  readonly seed?: number;
  readonly json?: true;
}

interface Sequences {
  readonly x: NdArray;
  /** Class of each sequence as written. */
  readonly classes: readonly string[];
}

export async function classifySequences(
  trainPath: string,
  options: ClassifySequencesOptions,
  context: CliContext,
): Promise<void> {
  const { method, test: testPath, label, rate, spectrum, out, onnx, json, ...fitOptions } = options;
  for (const [name, path, ending] of [
    ["out", out, ".safetensors"],
    ["onnx", onnx, ".onnx"],
    ["spectrum", spectrum, ".csv"],
  ] as const)
    if (path !== undefined && !path.toLowerCase().endsWith(ending))
      throw new InvalidInputError(
        `options.${name}`,
        `expected a file name that ends in ${ending}, got "${path}"`,
      );
  if (rate !== undefined && !(rate > 0))
    throw new InvalidInputError("options.rate", `expected a number above 0, got ${rate}`);
  const started = performance.now();
  const display = progressDisplay(context, "classify-sequences");
  const call: LongCallOptions = { signal: context.signal, onProgress: display.onProgress };
  try {
    const train = await readSequences(trainPath, label, stageOf(call, "reading", 0, 0.05, 1));
    const test =
      testPath === undefined ? undefined : await readSequences(testPath, label, { signal: context.signal });
    const names = [...new Set(train.classes)].sort();
    const numbered = (path: string, { classes }: Sequences): Int32Array =>
      Int32Array.from(classes, (name, row) => {
        const number = names.indexOf(name);
        if (number < 0)
          throw new InvalidInputError(
            path,
            `row ${row + 1} is of class ${name}, which no training sequence is of`,
          );
        return number;
      });
    const labels = numbered(trainPath, train);
    const tested = test === undefined ? undefined : { x: test.x, labels: numbered(testPath!, test) };
    const model = await fitSsmClassifier(train.x, labels, {
      ...fitOptions,
      batchSize: Math.min(fitOptions.batchSize ?? 32, labels.length),
      ...stageOf(call, "training", 0.05, 0.95, 1),
    });
    const score = async (x: NdArray, own: Int32Array): Promise<number> =>
      Math.round(1e4 * (await model.accuracy(x, own, { signal: context.signal }))) / 1e4;
    const trainAccuracy = await score(train.x, labels);
    const testAccuracy = tested === undefined ? undefined : await score(tested.x, tested.labels);
    if (out !== undefined) await model.save(out);
    if (onnx !== undefined) {
      const bytes = model.toOnnx(1, train.x.shape[1]!);
      await writeAtomically(onnx, (file) => file.write(bytes));
    }
    if (spectrum !== undefined)
      await writeAtomically(spectrum, (file) => file.write(spectrumOf(model, rate)));
    display.stop();
    const seconds = Math.round(performance.now() - started) / 1000;
    if (json)
      printJson(context, {
        ...{ method, classes: names, sequences: labels.length, trainAccuracy, testAccuracy, seconds },
        ...{ out, onnx, spectrum },
      });
    else {
      const figures = [`training ${(100 * trainAccuracy).toFixed(2)} %`];
      if (testAccuracy !== undefined) figures.push(`test ${(100 * testAccuracy).toFixed(2)} %`);
      printLine(context.stdout, `accuracy: ${figures.join(", ")}, in ${seconds} s`);
    }
  } finally {
    display.stop();
  }
}

async function readSequences(path: string, label: string, call: LongCallOptions): Promise<Sequences> {
  if (path.toLowerCase().endsWith(".safetensors")) {
    const file = await openSafetensors(path);
    try {
      for (const name of ["x", "labels"])
        if (!file.entries.has(name)) throw new InvalidInputError(path, `has no array ${name}`);
      const [x, labels] = [await file.read("x"), await file.read("labels")];
      if (x.shape.length !== 3 || (x.dtype !== "float32" && x.dtype !== "float64"))
        throw new InvalidInputError(
          path,
          `x: expected floats [n, length, channels], got ${x.dtype}[${x.shape}]`,
        );
      return {
        x: ndArray("float32", x.shape, Float32Array.from(x.data as Float64Array)),
        classes: Array.from(labels.data as Int32Array, String),
      };
    } finally {
      await file.close();
    }
  }
  const table = await readTable(path, call);
  const column = table.columns[label];
  if (column === undefined) throw new InvalidInputError(path, `has no column ${label}: name it by --label`);
  const steps = table.names.filter((name) => name !== label);
  if (steps.length === 0) throw new InvalidInputError(path, "has no column but the label");
  const data = new Float32Array(table.rows * steps.length);
  for (const [l, name] of steps.entries()) {
    const own = table.columns[name]!;
    if (own.kind !== "number" || own.missing > 0)
      throw new InvalidInputError(path, `column ${name} has values that are no numbers`);
    for (let i = 0; i < table.rows; i++) data[i * steps.length + l] = own.values[i]!;
  }
  return {
    x: ndArray("float32", [table.rows, steps.length, 1], data),
    classes: Array.from(column.values, String),
  };
}

/** Gains at 200 frequencies up to half a turn a step, one line each. */
function spectrumOf(model: SsmClassifier, rate: number | undefined): string {
  const frequencies = Float64Array.from({ length: 200 }, (_, i) => (Math.PI * (i + 0.5)) / 200);
  const gains = model.gains(frequencies);
  const unit = rate === undefined ? "radians_per_step" : "hz";
  const header = [unit, ...gains.flatMap(({ layer }) => [`layer${layer}_largest`, `layer${layer}_median`])];
  const lines = Array.from(frequencies, (frequency, k) => [
    rate === undefined ? frequency : (frequency * rate) / (2 * Math.PI),
    ...gains.flatMap(({ largest, median }) => [largest[k]!, median[k]!]),
  ]);
  return `${[header, ...lines].map((line) => line.join(",")).join("\n")}\n`;
}
