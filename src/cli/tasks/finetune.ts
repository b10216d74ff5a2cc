import { InvalidInputError } from "ockham";
import { type NdArray, ndArray, sizeOf } from "ockham/array";
import {
  type Feeds,
  formatOnnxModel,
  type OnnxModel,
  readOnnxModel,
  writeOnnxModel,
} from "ockham/compression";
import { writeSafetensors } from "ockham/io";
import { adamW, cosineSchedule, crossEntropy, fit, sgd } from "ockham/nn";
import { randomStream } from "ockham/random";
import { fromOnnx, type GraphProto, type OnnxFunction, openOnnx, toTensorProto } from "ockham/tensor";
import { matcher } from "../../core/name-pattern.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { readCalibration } from "./calibration-files.ts";
import { judgeScores, readClasses, type TrainingFlags } from "./labelled-arrays.ts";

export interface FinetuneOptions extends TrainingFlags {
  readonly method: "adamw" | "sgd";
  readonly data: readonly string[];
  readonly labels: string;
  readonly out: string;
  readonly delta?: true;
  readonly layers?: string;
  readonly skip?: string;
  readonly output?: string;
}

/** The inputs of a run, and the classes of its rows of scores. */
interface Batch {
  readonly feeds: Feeds;
  readonly classes: NdArray<"int64">;
}

type Weights = Readonly<Record<string, NdArray>>;

export async function finetune(path: string, options: FinetuneOptions, context: CliContext): Promise<void> {
  const { out, method, epochs, seed, delta, heldOut, learningRate } = options;
  if (!path.endsWith(".onnx")) throw new InvalidInputError(path, "expected a file that ends in .onnx");
  if (!/\.(onnx|safetensors)$/.test(out))
    throw new InvalidInputError("--out", `expected a name that ends in .onnx or .safetensors, got ${out}`);
  if (delta && !out.endsWith(".safetensors"))
    throw new InvalidInputError("--delta", "is written as .safetensors");
  if (!(heldOut > 0 && heldOut < 1))
    throw new InvalidInputError("--held-out", `expected a number between 0 and 1, got ${heldOut}`);
  if (!Number.isInteger(epochs) || epochs < 1)
    throw new InvalidInputError("--epochs", `expected a whole number from 1 on, got ${epochs}`);
  const model = await readOnnxModel(path);
  const network = fromOnnx(formatOnnxModel(model));
  const output = outputOf(network, options.output);
  const trained = trainedWeights(model.proto.graph, network, options);
  const { train, test } = await readBatches(model, output, options, context.signal);
  const { frozen, initial } = parted(network.weights, trained);
  const steps = epochs * train.length;
  const orders = Array.from({ length: epochs }, (_, epoch) =>
    randomStream(seed, "finetune", epoch).permutation(train.length),
  );
  const schedule = cosineSchedule(learningRate, 0, steps);
  const display = progressDisplay(context, "finetune");
  try {
    const { params } = await fit<Weights, { feeds: Feeds; classes: NdArray }>({
      params: initial,
      data: (step: number) => {
        const { feeds, classes } = train[orders[Math.floor(step / train.length)]![step % train.length]!]!;
        return { feeds, classes };
      },
      loss: (weights, { feeds, classes }) =>
        crossEntropy(network.apply({ ...frozen, ...weights }, feeds)[output]!, classes),
      optimiser:
        method === "adamw"
          ? adamW({ learningRate: schedule })
          : sgd({ learningRate: schedule, momentum: 0.9 }),
      ...{ steps, seed, signal: context.signal, onProgress: display.onProgress },
    });
    const tuned = withWeights(model, params);
    const before = await judged(model, output, test);
    const after = await judged(tuned, output, test);
    if (out.endsWith(".onnx")) await writeOnnxModel(out, tuned);
    else await writeSafetensors(out, delta ? difference(initial, params) : { ...frozen, ...params });
    display.stop();
    const done = { method, weights: [...trained], steps, rows: rowsOf(test), before, after, out };
    if (options.json) printJson(context, done);
    else {
      const text = ({ accuracy, loss }: typeof before) =>
        `${(100 * accuracy).toFixed(1)} %, loss ${loss.toFixed(4)}`;
      printLine(
        context.stdout,
        `of ${done.rows} rows held out ${text(before)} before, ${text(after)} after ${steps} steps on ${trained.size} weights`,
      );
      printLine(context.stdout, out);
    }
  } finally {
    display.stop();
  }
}

function outputOf({ outputs }: OnnxFunction, wanted: string | undefined): string {
  const names = outputs.map(({ name }) => name);
  if (wanted === undefined) return names[0]!;
  if (!names.includes(wanted))
    throw new InvalidInputError("--output", `the model has no output ${wanted}; it has ${names.join(", ")}`);
  return wanted;
}

/** Initializers of the graph that the pattern names, without the running statistics of normalisations. */
function trainedWeights(
  graph: GraphProto,
  { weights }: OnnxFunction,
  { layers, skip }: FinetuneOptions,
): ReadonlySet<string> {
  const statistics = new Set(
    graph.node
      .filter(({ opType }) => opType === "BatchNormalization")
      .flatMap(({ input }) => input.slice(3, 5)),
  );
  const names = (graph.initializer ?? [])
    .map(({ name }) => name ?? "")
    .filter((name) => weights[name]?.dtype === "float32" && !statistics.has(name));
  const wanted = matcher("--layers", layers ?? "*");
  const unwanted = skip === undefined ? () => false : matcher("--skip", skip);
  const chosen = names.filter((name) => wanted(name) && !unwanted(name));
  if (chosen.length === 0)
    throw new InvalidInputError(
      layers === undefined ? "--skip" : "--layers",
      `leaves no weight to train; there are ${names.join(", ") || "none of float32"}`,
    );
  return new Set(chosen);
}

function parted(weights: Weights, trained: ReadonlySet<string>): { frozen: Weights; initial: Weights } {
  const of = (own: boolean) =>
    Object.fromEntries(Object.entries(weights).filter(([name]) => trained.has(name) === own));
  return { frozen: of(false), initial: of(true) };
}

/** Batches in an order that the seed decides, the first of them held out. */
async function readBatches(
  model: OnnxModel,
  output: string,
  { data, labels, batchSize, heldOut, seed }: FinetuneOptions,
  signal: AbortSignal,
): Promise<{ train: Batch[]; test: Batch[] }> {
  const runs = await readCalibration(model, data, batchSize, signal);
  const classes = await readClasses(labels, signal);
  const session = await openOnnx(formatOnnxModel(model));
  const batches: Batch[] = [];
  try {
    let at = 0;
    for (const feeds of runs) {
      const { shape } = (await session.run(feeds))[output]!;
      const count = sizeOf(shape.slice(0, -1));
      if (shape.length < 2 || at + count > classes.data.length)
        throw new InvalidInputError(
          labels,
          `expected a class for each row of ${output}, which has shape [${shape.join(", ")}] a run; there are ${classes.data.length} for ${runs.length} runs`,
        );
      const own = classes.data.slice(at, at + count);
      for (const label of own)
        if (Number(label) >= shape.at(-1)!)
          throw new InvalidInputError(labels, `has the class ${label}; the network knows ${shape.at(-1)}`);
      batches.push({ feeds, classes: ndArray("int64", shape.slice(0, -1), own) });
      at += count;
      signal.throwIfAborted();
    }
  } finally {
    await session.release();
  }
  const kept = Math.max(1, Math.round(heldOut * batches.length));
  // A last batch that is smaller would have the network compiled once more.
  const [first] = batches;
  const whole = batches.filter(({ classes: own }) => own.data.length === first!.classes.data.length);
  const order = randomStream(seed, "finetune", "held out").permutation(whole.length);
  const shuffled = Array.from(order, (i) => whole[i]!);
  if (shuffled.length - kept < 1)
    throw new InvalidInputError(
      "--data",
      `has ${runs.length} batches: too few to hold one out and train on the others; state a smaller --batch-size`,
    );
  return { train: shuffled.slice(kept), test: shuffled.slice(0, kept) };
}

const rowsOf = (batches: readonly Batch[]): number =>
  batches.reduce((sum, { classes }) => sum + classes.data.length, 0);

/** Of all rows of some batches, in plain ONNX Runtime. */
async function judged(
  model: OnnxModel,
  output: string,
  batches: readonly Batch[],
): Promise<{ accuracy: number; loss: number }> {
  const session = await openOnnx(formatOnnxModel(model));
  let [accuracy, loss] = [0, 0];
  try {
    for (const { feeds, classes } of batches) {
      const own = judgeScores("--labels", (await session.run(feeds))[output]!, classes);
      accuracy += own.accuracy / batches.length;
      loss += own.loss / batches.length;
    }
  } finally {
    await session.release();
  }
  return { accuracy, loss };
}

function withWeights(model: OnnxModel, weights: Weights): OnnxModel {
  const { graph } = model.proto;
  const initializer = (graph.initializer ?? []).map((tensor) => {
    const own = weights[tensor.name ?? ""];
    return own === undefined ? tensor : toTensorProto(own, tensor.name ?? "");
  });
  return { ...model, proto: { ...model.proto, graph: { ...graph, initializer } } };
}

function difference(before: Weights, after: Weights): Weights {
  return Object.fromEntries(
    Object.entries(after).map(([name, { shape, data }]) => {
      const first = before[name]!.data;
      const change = Float32Array.from(data as Float32Array, (value, i) => value - Number(first[i]));
      return [name, ndArray("float32", shape, change)];
    }),
  );
}
