import { type NdArray, ndArray } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { flattenTree, nestTree, openSafetensors, writeSafetensors } from "../core/io/index.ts";
import {
  chain,
  clipByGlobalNorm,
  cosineSchedule,
  crossEntropy,
  fit,
  type Stage,
  scaleByAdam,
  scaleByLearningRate,
  stateless,
  warmUp,
} from "../core/nn/index.ts";
import { type LongCallOptions, longCallOptions } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { compile, namedLeaves, type Tensor, toOnnx, withLeaves } from "../core/tensor/index.ts";
import { discretizations } from "./convolution-kernel.ts";
import type { PtdOptions } from "./perturb-then-diagonalize.ts";
import { type LayerGain, layerGains } from "./spectrum.ts";
import {
  initSsmNetwork,
  type LayerNoise,
  type SsmArchitecture,
  type SsmNetwork,
  ssmNetwork,
} from "./ssm-network.ts";
import { type StateInit, stateInits, stateModes } from "./state-modes.ts";

export interface SsmClassifierOptions extends LongCallOptions, SsmArchitecture {
  /** How the state matrices start; default `"ptd"`. */
  readonly init?: StateInit;
  /** Order of the real system behind each layer; default 32. */
  readonly stateSize?: number;
  readonly ptd?: PtdOptions;
  /** Sequences in a batch; default 32. */
  readonly batchSize?: number;
  /** Passes over the data; default 10. */
  readonly epochs?: number;
  /** Largest rate of all parameters but those of the state-space systems; default 0.01. */
  readonly learningRate?: number;
  /** Largest rate of those, without decay; default 0.001, four times as much for output weights. */
  readonly ssmLearningRate?: number;
  /** Decoupled decay of all other parameters; default 0.05. */
  readonly weightDecay?: number;
  /** Passed on to `compile`. */
  readonly threads?: number;
}

/** A trained classifier of sequences. */
export interface SsmClassifier {
  readonly architecture: Required<SsmArchitecture>;
  readonly params: SsmNetwork<NdArray>;
  /** Number of classes, and of channels of an input. */
  readonly classes: number;
  readonly channels: number;
  /** Loss of each step of the training; empty for a model that was loaded. */
  readonly losses: Float32Array;
  /** Logits float32 [n, classes] of sequences x [n, length, channels]. */
  logits(x: NdArray, options?: PredictOptions): Promise<NdArray<"float32">>;
  /** Likeliest class of each sequence. */
  predict(x: NdArray, options?: PredictOptions): Promise<Int32Array>;
  /** Share of sequences whose likeliest class is the label. */
  accuracy(x: NdArray, labels: ArrayLike<number>, options?: PredictOptions): Promise<number>;
  /** How much each layer amplifies each frequency, in radians per step. */
  gains(frequencies: Float64Array): LayerGain[];
  /** The network as an ONNX model from `x` [batch, length, channels] to `logits`. */
  toOnnx(batch: number, length: number): Uint8Array;
  /** Writes weights and architecture as safetensors, for {@link loadSsmClassifier}. */
  save(path: string): Promise<void>;
}

export interface PredictOptions extends LongCallOptions {
  /** Adds a tone to the input of every state-space layer, drawn by the seed. */
  readonly inputNoise?: LayerNoise;
}

const architectureNames = [
  ...["layer", "width", "layers", "blocks", "residual", "dropout", "bidirectional", "discretization"],
  ...["dtMin", "dtMax"],
];

const classifierOptions = [
  ...longCallOptions,
  ...architectureNames,
  ...["init", "stateSize", "ptd", "batchSize", "epochs", "learningRate", "ssmLearningRate", "weightDecay"],
  "threads",
];

/**
 * Trains a classifier of sequences x, float32 [n, length, channels], with labels 0, 1, ...: an encoder, blocks of a
 * state-space layer each, the mean over time, a decoder; AdamW with warm-up over a tenth of the steps and a cosine. The
 * default starts from HiPPO-LegS by perturbation and diagonalization.
 *
 * @throws NumericalError with the step when the loss is not finite.
 */
export async function fitSsmClassifier(
  x: NdArray,
  labels: ArrayLike<number>,
  options: SsmClassifierOptions = {},
): Promise<SsmClassifier> {
  requireKnownOptions("options", options, classifierOptions);
  const architecture = requireArchitecture(options);
  const [n, , channels] = requireSequences("x", x);
  const classes = requireLabels(labels, n);
  const { seed = 0, signal, onProgress, init = "ptd", stateSize = 32, ptd, threads } = options;
  requireOneOf("options.init", init, stateInits);
  const rate = requireFinite("options.learningRate", options.learningRate ?? 0.01, 0);
  const ssmRate = requireFinite("options.ssmLearningRate", options.ssmLearningRate ?? 1e-3, 0);
  const decay = requireFinite("options.weightDecay", options.weightDecay ?? 0.05, 0);
  const batchSize = requireInteger("options.batchSize", options.batchSize ?? Math.min(32, n), 1, n);
  const epochs = requireFinite("options.epochs", options.epochs ?? 10, 0);
  const call = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const modes = await stateModes({
    init,
    stateSize,
    ...(ptd === undefined ? {} : { ptd: { ...ptd, ...(signal && { signal }) } }),
  });
  const steps = Math.max(1, Math.round(epochs * Math.floor(n / batchSize)));
  const warm = Math.max(1, Math.floor(steps / 10));
  const schedule = warmUp(warm, cosineSchedule(1, 0.02, Math.max(1, steps - warm)));
  const { params, losses } = await fit({
    params: initSsmNetwork(randomStream(seed, "ssm classifier"), channels, classes, modes, architecture),
    data: { x, y: ndArray("int64", [n], BigInt64Array.from(Array.from(labels, BigInt))) as NdArray },
    loss: (own, batch, { key }) =>
      crossEntropy(ssmNetwork(own as SsmNetwork, batch.x, architecture, { key }), batch.y),
    optimiser: chain(
      clipByGlobalNorm(1),
      scaleByAdam(),
      ratesByPath((path) => {
        if (!path.includes(".ssm.")) return { rate, decay: path.endsWith("weight") ? decay : 0 };
        return { rate: path.includes("output") ? 4 * ssmRate : ssmRate, decay: 0 };
      }),
      scaleByLearningRate(schedule),
    ),
    batchSize,
    steps,
    seed,
    ...(threads === undefined ? {} : { threads }),
    ...call,
  });
  return classifier(params as SsmNetwork<NdArray>, architecture, losses);
}

/** Decoupled decay and a rate of its own for each parameter, by its path. */
function ratesByPath(of: (path: string) => { readonly rate: number; readonly decay: number }): Stage {
  return stateless((updates, params) => {
    const values = (namedLeaves(params) as [string, Tensor][]).map(([, value]) => value);
    const scaled = (namedLeaves(updates) as [string, Tensor][]).map(([path, update], i) => {
      const { rate, decay } = of(path);
      return (decay === 0 ? update : update.add(values[i]!.mul(decay))).mul(rate);
    });
    return withLeaves(updates, scaled as never);
  });
}

/** Reads a model that {@link SsmClassifier.save} wrote. */
export async function loadSsmClassifier(path: string): Promise<SsmClassifier> {
  const file = await openSafetensors(path);
  try {
    let architecture: SsmArchitecture;
    try {
      architecture = JSON.parse(file.metadata.architecture ?? "") as SsmArchitecture;
    } catch (cause) {
      throw new InvalidInputError(path, "does not describe a network of state-space layers", { cause });
    }
    const known = requireArchitecture(architecture);
    const arrays: Record<string, NdArray> = {};
    for (const name of file.entries.keys()) arrays[name] = await file.read(name);
    const tree = nestTree(arrays) as unknown as SsmNetwork<NdArray>;
    if (tree.encoder === undefined || tree.decoder === undefined || tree.blocks?.length !== known.layers)
      throw new InvalidInputError(path, `lacks weights of a network of ${known.layers} layers`);
    return classifier(tree, known, new Float32Array(0));
  } finally {
    await file.close();
  }
}

/** Sequences that are computed with at once. */
const chunk = 100;

function classifier(
  params: SsmNetwork<NdArray>,
  architecture: Required<SsmArchitecture>,
  losses: Float32Array,
): SsmClassifier {
  const channels = params.encoder.weight.shape[0]!;
  const classes = params.decoder.weight.shape[1]!;
  const logits: SsmClassifier["logits"] = async (x, options = {}) => {
    requireKnownOptions("options", options, [...longCallOptions, "inputNoise"]);
    const { inputNoise: noise, seed = 0, signal, onProgress } = options;
    if (noise !== undefined) {
      requireFinite("options.inputNoise.omega", noise.omega, 0);
      requireFinite("options.inputNoise.amplitude", noise.amplitude, 0);
    }
    const [n, length, own] = requireSequences("x", x);
    if (own !== channels)
      throw new InvalidInputError("x", `expected ${channels} channels as in training, got ${own}`);
    const forward = compile((weights: SsmNetwork<Tensor>, batch: Tensor, key: Tensor) =>
      ssmNetwork(weights, batch, architecture, noise === undefined ? {} : { key, noise }),
    );
    const result = new Float32Array(n * classes);
    try {
      for (let from = 0; from < n; from += chunk) {
        signal?.throwIfAborted();
        const rows = Math.min(chunk, n - from);
        const part = ndArray(
          "float32",
          [rows, length, channels],
          (x.data as Float32Array).subarray(from * length * channels, (from + rows) * length * channels),
        );
        const draws = randomStream(seed, "noise").split(from);
        const key = ndArray("int32", [2], Int32Array.of(draws.uint32(), draws.uint32()));
        const { data } = await forward(params as never, part, key);
        result.set(data as Float32Array, from * classes);
        onProgress?.({ done: from + rows, total: n });
      }
    } finally {
      await forward.dispose();
    }
    return ndArray("float32", [n, classes], result);
  };
  const predict: SsmClassifier["predict"] = async (x, options) => {
    const { data } = await logits(x, options);
    return Int32Array.from({ length: data.length / classes }, (_, i) => {
      let best = 0;
      for (let k = 1; k < classes; k++) if (data[i * classes + k]! > data[i * classes + best]!) best = k;
      return best;
    });
  };
  return {
    ...{ architecture, params, classes, channels, losses, logits, predict },
    async accuracy(x, labels, options) {
      const predicted = await predict(x, options);
      if (labels.length !== predicted.length)
        throw new InvalidInputError("labels", `expected ${predicted.length} labels, got ${labels.length}`);
      return predicted.reduce((sum, label, i) => sum + (label === labels[i] ? 1 : 0), 0) / predicted.length;
    },
    gains: (frequencies) => layerGains(params, architecture, frequencies),
    toOnnx(batch, length) {
      requireInteger("batch", batch, 1);
      requireInteger("length", length, 1);
      const example = ndArray(
        "float32",
        [batch, length, channels],
        new Float32Array(batch * length * channels),
      );
      const network = (x: Tensor) => ({ logits: ssmNetwork(params, x, architecture) });
      return toOnnx(network, [example], { inputs: ["x"] });
    },
    async save(path) {
      await writeSafetensors(path, flattenTree(params as never), {
        architecture: JSON.stringify(architecture),
      });
    },
  };
}

function requireArchitecture(options: SsmArchitecture): Required<SsmArchitecture> {
  const positive = (name: "dtMin" | "dtMax", fallback: number) =>
    requireFinite(`options.${name}`, options[name] ?? fallback, Number.MIN_VALUE);
  const dtMin = positive("dtMin", 1e-3);
  return {
    layer: requireOneOf("options.layer", options.layer ?? "s4", ["s4", "s5"]),
    width: requireInteger("options.width", options.width ?? 64, 1),
    layers: requireInteger("options.layers", options.layers ?? 2, 1),
    blocks: requireInteger("options.blocks", options.blocks ?? 1, 1),
    residual: requireFlag("options.residual", options.residual ?? true),
    dropout: requireFinite("options.dropout", options.dropout ?? 0, 0, 1),
    bidirectional: requireFlag("options.bidirectional", options.bidirectional ?? false),
    discretization: requireOneOf("options.discretization", options.discretization ?? "zoh", discretizations),
    dtMin,
    dtMax: requireFinite("options.dtMax", options.dtMax ?? Math.max(0.1, dtMin), dtMin),
  };
}

function requireFlag(argument: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidInputError(argument, `expected true or false, got ${show(value)}`);
}

/** Largest number of elements of a matrix of kernels; beyond it a step would not fit in memory. */
const longestSequence = 1 << 20;

function requireSequences(argument: string, x: NdArray): [n: number, length: number, channels: number] {
  const shape = x?.shape;
  if (
    !Array.isArray(shape) ||
    shape.length !== 3 ||
    x.dtype !== "float32" ||
    !(x.data instanceof Float32Array)
  )
    throw new InvalidInputError(argument, "expected a float32 array [n, length, channels]");
  const [n, length, channels] = shape as [number, number, number];
  if (n < 1 || length < 1 || channels < 1 || x.data.length !== n * length * channels)
    throw new InvalidInputError(argument, `${x.data.length} elements do not fill the shape [${shape}]`);
  if (length > longestSequence)
    throw new InvalidInputError(argument, `sequences of ${length} steps are longer than ${longestSequence}`);
  const bad = x.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new InvalidInputError(`${argument}.data[${bad}]`, `expected a finite number, got ${x.data[bad]}`);
  return [n, length, channels];
}

/** Number of classes of labels 0, 1, ... */
function requireLabels(labels: ArrayLike<number>, n: number): number {
  if (labels?.length !== n)
    throw new InvalidInputError("labels", `expected one for each of ${n} sequences, got ${show(labels)}`);
  let classes = 0;
  for (let i = 0; i < n; i++)
    classes = Math.max(classes, 1 + requireInteger(`labels[${i}]`, labels[i], 0, 9999));
  if (classes < 2) throw new InvalidInputError("labels", "expected at least two classes");
  return classes;
}
