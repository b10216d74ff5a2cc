import { InvalidInputError } from "ockham";
import { type NdArray, ndArray, sizeOf } from "ockham/array";
import {
  type ConvolutionScheme,
  decomposeModel,
  formatOnnxModel,
  type OnnxModel,
  type RankRule,
  trainTrp,
  writeOnnxModel,
} from "ockham/compression";
import { readBytes } from "ockham/io";
import {
  addDecayedWeights,
  chain,
  crossEntropy,
  scaleByLearningRate,
  scaleByMomentum,
  stepSchedule,
  type Traced,
} from "ockham/nn";
import { randomStream } from "ockham/random";
import { openOnnx, type Tensor } from "ockham/tensor";
import { matcher } from "../../core/name-pattern.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import {
  type Architecture,
  type ArchitectureParams,
  applyArchitecture,
  architectureModel,
  initArchitecture,
  parseArchitecture,
} from "./architecture.ts";
import { judgeScores, readClasses, readPictures, type TrainingFlags } from "./labelled-arrays.ts";

export interface TrainCnnOptions extends TrainingFlags {
  readonly method: "trp";
  readonly data: string;
  readonly labels: string;
  readonly out: string;
  readonly scheme: ConvolutionScheme;
  readonly energy: number;
  readonly period: number;
  readonly nuclearWeight: number;
  readonly skip?: string;
  readonly rank?: RankRule;
}

interface Pictures {
  readonly x: NdArray<"float32">;
  readonly y: NdArray<"int64">;
}

export async function trainCnn(path: string, options: TrainCnnOptions, context: CliContext): Promise<void> {
  const { out, scheme, energy, period, nuclearWeight, rank, seed, batchSize, epochs, method } = options;
  if (!out.endsWith(".onnx"))
    throw new InvalidInputError("--out", `expected a name that ends in .onnx, got ${out}`);
  if (!(options.heldOut > 0 && options.heldOut < 1))
    throw new InvalidInputError("--held-out", `expected a number between 0 and 1, got ${options.heldOut}`);
  if (rank?.kind === "budget") throw new InvalidInputError("--rank", "takes no budget over all layers");
  const architecture = parseArchitecture(path, new TextDecoder().decode(await readBytes(path)));
  const { train, test } = await readData(architecture, options, context.signal);
  const projected = projectedLayers(architecture, options.skip);
  const steps = epochs * Math.floor(train.y.data.length / batchSize);
  const display = progressDisplay(context, "train-cnn");
  try {
    const result = await trainTrp({
      params: initArchitecture(architecture, randomStream(seed, "train-cnn")),
      loss: (params: Traced<ArchitectureParams>, { x, y }: { x: Tensor; y: Tensor }) =>
        crossEntropy(applyArchitecture(architecture, params, x), y),
      optimiser: chain(
        addDecayedWeights(1e-4),
        scaleByMomentum(0.9),
        scaleByLearningRate(stepSchedule(options.learningRate, 0.1, Math.max(1, Math.ceil(steps / 2)))),
      ),
      data: train as never,
      ...{ batchSize, epochs, scheme, energy, period, nuclearWeight, seed },
      layers: (parameter) => projected.some((name) => isWeightOf(name, parameter)),
      ...{ signal: context.signal, onProgress: display.onProgress },
    });
    const whole = architectureModel(architecture, result.params as ArchitectureParams);
    const split =
      rank === undefined ? undefined : decomposeModel(whole, scheme, { rank, layers: namesOf(projected) });
    const written = split?.model ?? whole;
    await writeOnnxModel(out, written);
    const done = {
      method,
      pictures: { trained: train.y.data.length, heldOut: test.y.data.length },
      ranks: Object.fromEntries(result.layers.map((name, i) => [name, result.ranksHistory.at(-1)!.ranks[i]])),
      whole: await judged(whole, test),
      ...(split && { split: { ...(await judged(split.model, test)), layers: split.report } }),
      out,
    };
    display.stop();
    if (options.json) printJson(context, done);
    else print(done, context);
  } finally {
    display.stop();
  }
}

const isWeightOf = (layer: string, parameter: string): boolean =>
  parameter === `${layer}.kernel` || parameter === `${layer}.weight`;

function namesOf(layers: readonly string[]): RegExp {
  return new RegExp(`^(${layers.join("|")})\\.(kernel|weight)$`);
}

/** All but the first and the last layer with weights, or those that the pattern does not name. */
function projectedLayers({ layers }: Architecture, skip: string | undefined): string[] {
  const weighted = layers.filter(({ layer }) => layer.type === "convolution" || layer.type === "linear");
  const names = weighted.map(({ name }) => name);
  if (skip === undefined) {
    const inner = names.slice(1, -1);
    if (inner.length === 0)
      throw new InvalidInputError(
        "layers",
        `nothing lies between the first layer and the last: ${names.join(", ")}; state --skip to train them too`,
      );
    return inner;
  }
  const unwanted = matcher("--skip", skip);
  if (!names.some(unwanted))
    throw new InvalidInputError("--skip", `no layer is called like this; there are ${names.join(", ")}`);
  const rest = names.filter((name) => !unwanted(name));
  if (rest.length === 0) throw new InvalidInputError("--skip", "leaves no layer to train at low rank");
  return rest;
}

async function readData(
  { input, classes }: Architecture,
  { data, labels, heldOut, batchSize, seed }: TrainCnnOptions,
  signal: AbortSignal,
): Promise<{ train: Pictures; test: Pictures }> {
  const x = await readPictures(data, input);
  const y = await readClasses(labels, signal);
  const count = x.shape[0]!;
  if (y.shape.length !== 1 || y.data.length !== count)
    throw new InvalidInputError(labels, `expected ${count} classes, got shape [${y.shape.join(", ")}]`);
  for (const [i, label] of y.data.entries())
    if (Number(label) >= classes)
      throw new InvalidInputError(labels, `class ${i} is ${label}; the network has ${classes} outputs`);
  const kept = Math.round(heldOut * count);
  if (kept < 1 || count - kept < batchSize)
    throw new InvalidInputError(
      data,
      `has ${count} pictures: too few for ${kept} held out and a batch of ${batchSize}`,
    );
  const order = randomStream(seed, "train-cnn", "held out").permutation(count);
  const take = (from: number, to: number): Pictures => {
    const width = sizeOf(input);
    const values = new Float32Array((to - from) * width);
    const own = new BigInt64Array(to - from);
    for (let i = from; i < to; i++) {
      values.set(x.data.subarray(order[i]! * width, (order[i]! + 1) * width), (i - from) * width);
      own[i - from] = y.data[order[i]!]!;
    }
    return { x: ndArray("float32", [to - from, ...input], values), y: ndArray("int64", [to - from], own) };
  };
  return { train: take(kept, count), test: take(0, kept) };
}

/** Of pictures held out, in plain ONNX Runtime. */
async function judged(model: OnnxModel, { x, y }: Pictures) {
  const bytes = formatOnnxModel(model);
  const session = await openOnnx(bytes);
  try {
    const { scores } = await session.run({ x });
    return { bytes: bytes.length, ...judgeScores("labels", scores!, y) };
  } finally {
    await session.release();
  }
}

interface Done {
  readonly ranks: Readonly<Record<string, number | undefined>>;
  readonly whole: Awaited<ReturnType<typeof judged>>;
  readonly split?: Awaited<ReturnType<typeof judged>>;
  readonly pictures: { readonly heldOut: number };
  readonly out: string;
}

function print({ ranks, whole, split, pictures, out }: Done, { stdout }: CliContext): void {
  const text = ({ accuracy, loss, bytes }: Done["whole"]) =>
    `${(100 * accuracy).toFixed(1)} % of ${pictures.heldOut} pictures held out are right, loss ${loss.toFixed(4)}, ${bytes} bytes`;
  printLine(
    stdout,
    `ranks: ${Object.entries(ranks)
      .map(([name, rank]) => `${name} ${rank}`)
      .join(", ")}`,
  );
  printLine(stdout, `whole: ${text(whole)}`);
  if (split !== undefined) printLine(stdout, `split: ${text(split)}`);
  printLine(stdout, out);
}
