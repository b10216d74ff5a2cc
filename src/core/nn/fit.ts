import { type NdArray, ndArray } from "../array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  show,
} from "../errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../progress.ts";
import { type RandomStream, randomStream } from "../random/index.ts";
import {
  type CompileOptions,
  compile,
  mapTree,
  namedLeaves,
  Tensor,
  toTensor,
  valueAndGrad,
} from "../tensor/index.ts";
import { ShuffledBatches } from "./batches.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { type Optimiser, type OptimiserState, requireArrays } from "./optimiser.ts";

/** A tree of arrays as a traced function sees it. */
export type Traced<T> = T extends NdArray
  ? Tensor
  : T extends (...args: never[]) => unknown
    ? T
    : T extends object
      ? { readonly [K in keyof T]: Traced<T[K]> }
      : T;

/** What a loss is given beside parameters and batch. */
export interface LossContext<S> {
  /** Key of the step, int32[2], for dropout and noise: derive one a place with `foldIn`. */
  readonly key: Tensor;
  /** Number of steps done, a float32 scalar. */
  readonly step: Tensor;
  /** What is carried from step to step without a gradient, such as running statistics. */
  readonly carried: Traced<S>;
}

/** The loss of a batch, a scalar; or with the values to carry to the next step. */
export type LossResult<S> = Tensor | { readonly loss: Tensor; readonly carried: Traced<S> };

export interface Validation<P, S> {
  /** Steps between two measurements; one more is made at the end. */
  readonly every: number;
  /** A figure that should become small, such as a loss or an error rate. */
  readonly measure: (params: P, state: TrainingState<P, S>) => number | Promise<number>;
  /** Ends the training after so many measurements without a better one; default never. */
  readonly patience?: number;
}

/** Everything that training carries from step to step. */
export interface TrainingState<P, S> {
  readonly optimiser: OptimiserState<P>;
  readonly carried: S;
}

export interface FitOptions<P, B, S = Record<string, never>> extends LongCallOptions {
  /** Tree of initial parameters; not changed. */
  readonly params: P;
  readonly loss: (params: Traced<P>, batch: Traced<B>, context: LossContext<S>) => LossResult<S>;
  readonly optimiser: Optimiser;
  /**
   * Tree of arrays that share their first axis, from which batches of rows are drawn in an order that the seed
   * decides; or a function that makes the batch of a step from a stream of its own.
   */
  readonly data: B | ((step: number, stream: RandomStream) => B);
  /** Rows in a batch; needed when `data` is a tree. */
  readonly batchSize?: number;
  /** Passes over the data, or ... */
  readonly epochs?: number;
  /** ... number of steps. */
  readonly steps?: number;
  /** Initial value of what the loss carries. */
  readonly carried?: S;
  readonly validation?: Validation<P, S>;
  /**
   * File (safetensors) that training is saved to every so many steps (default 500), at the end and when it is
   * aborted, and taken up from when it exists: interrupted and taken up again gives the same bits as in one go.
   */
  readonly checkpoint?: { readonly path: string; readonly every?: number };
  /** Passed on to `compile`. */
  readonly device?: CompileOptions["device"];
  readonly threads?: number;
}

export interface FitResult<P, S> {
  /** The parameters of `best`. */
  readonly params: P;
  /** The state that measured best, averages and carried values included; without `validation` the last one. */
  readonly best: TrainingState<P, S>;
  /** State after the last step. */
  readonly state: TrainingState<P, S>;
  /** Loss of every step's batch. */
  readonly losses: Float32Array;
  /** Steps after which the validation was measured, and what it gave. */
  readonly validations: readonly { readonly step: number; readonly value: number }[];
  readonly steps: number;
  /** Whether `patience` ended the training before all steps were done. */
  readonly stoppedEarly: boolean;
}

const fitOptions = [
  ...longCallOptions,
  "params",
  "loss",
  "optimiser",
  "data",
  "batchSize",
  "epochs",
  "steps",
  "carried",
  "validation",
  "checkpoint",
  "device",
  "threads",
];

/**
 * Trains parameters by a stochastic first-order method: one compiled graph computes loss, gradients and update
 * of a step. The same seed gives the same parameters, bit for bit, at any number of threads and however often
 * training was interrupted.
 *
 * ```ts
 * const { params } = await fit({
 *   params: { layer: initLinear(stream, 784, 10) },
 *   data: { x, y },
 *   loss: ({ layer }, { x, y }) => crossEntropy(linear(layer, x), y),
 *   optimiser: adam({ learningRate: 1e-3 }),
 *   batchSize: 128,
 *   epochs: 2,
 * });
 * ```
 *
 * @throws NumericalError when the loss of a step is not finite.
 */
export async function fit<P, B, S = Record<string, never>>(
  options: FitOptions<P, B, S>,
): Promise<FitResult<P, S>> {
  requireKnownOptions("options", options, fitOptions);
  const { optimiser, validation, checkpoint } = options;
  const root = randomStream(options.seed ?? 0, "fit");
  const batches = batchesOf(options, root);
  const steps = stepsOf(options, batches);
  const every = requireInteger("options.checkpoint.every", checkpoint?.every ?? 500, 1);
  const interval = requireInteger("options.validation.every", validation?.every ?? steps, 1);
  const patience = requirePatience(validation?.patience);

  const carried = (options.carried ?? {}) as S;
  requireArrays("options.carried", carried);
  let state: TrainingState<P, S> = copyOf({ optimiser: optimiser.init(options.params), carried });
  let best = validation === undefined ? undefined : copyOf(state);
  let done = 0;
  const losses = new Float32Array(steps);
  const validations: { step: number; value: number }[] = [];

  const signature = {
    seed: String(options.seed ?? 0),
    steps: String(steps),
    batchSize: String(options.batchSize ?? ""),
  };
  const tree = () => ({ state, best, losses: ndArray("float32", [steps], losses) });
  const save = async (): Promise<void> => {
    if (checkpoint === undefined) return;
    const progress = { done: String(done), validations: JSON.stringify(validations) };
    await saveCheckpoint(checkpoint.path, tree(), { ...signature, ...progress });
  };
  if (checkpoint !== undefined) {
    const found = await loadCheckpoint(checkpoint.path, tree());
    if (found !== undefined) {
      for (const [key, value] of Object.entries(signature))
        if (found.metadata[key] !== value)
          throw new InvalidInputError(
            checkpoint.path,
            `was written with ${key} ${found.metadata[key]}, not ${value}: remove it to train anew`,
          );
      ({ state, best } = found.tree);
      losses.set(found.tree.losses.data);
      done = requireInteger(`${checkpoint.path}, done`, Number(found.metadata.done), 0, steps);
      validations.push(...parseValidations(checkpoint.path, found.metadata.validations));
    }
  }

  const step = compileStep(options);
  const pace = new Pace(options, steps);
  const stale = (): boolean => {
    const values = validations.map(({ value }) => value);
    return values.length > 0 && values.length - 1 - values.indexOf(Math.min(...values)) >= patience;
  };
  const measure = async (): Promise<void> => {
    if (validation === undefined || done === 0 || validations.at(-1)?.step === done) return;
    if (done % interval !== 0 && done < steps) return;
    const value = await validation.measure(state.optimiser.params, state);
    requireFinite("options.validation.measure()", value);
    if (validations.every((earlier) => value < earlier.value)) best = copyOf(state);
    validations.push({ step: done, value });
  };
  try {
    // What was stopped while it was measured is measured when it is taken up.
    await measure();
    while (done < steps && !stale()) {
      options.signal?.throwIfAborted();
      const batch = batches.at(done);
      const result = await step(state, batch, keyOf(root, done));
      const loss = result.loss.data[0] as number;
      if (!Number.isFinite(loss))
        throw new NumericalError(`the loss became ${loss} at step ${done}`, { step: done, loss });
      ({ state } = result);
      losses[done] = loss;
      done++;
      await measure();
      if (done % every === 0) await save();
      if (pace.due()) await pace.rest(done, `loss ${losses[done - 1]!.toPrecision(4)}`);
    }
  } catch (error) {
    if (options.signal?.aborted) await save();
    throw error;
  } finally {
    await step.dispose();
  }
  await save();
  pace.finish();
  const chosen = best ?? state;
  return {
    params: chosen.optimiser.params,
    best: chosen,
    state,
    losses: losses.slice(0, done),
    validations,
    steps: done,
    stoppedEarly: done < steps,
  };
}

/** The graph of one step: loss, gradients, update. */
function compileStep<P, B, S>({ loss, optimiser, device, threads }: FitOptions<P, B, S>) {
  const traced = (state: TrainingState<Traced<P>, Traced<S>>, batch: Traced<B>, key: Tensor) => {
    const context = { key, step: state.optimiser.step as Tensor, carried: state.carried };
    const lossOf = (params: Traced<P>) => {
      const result = loss(params, batch, context);
      return result instanceof Tensor
        ? ([result, state.carried] as const)
        : ([result.loss, result.carried] as const);
    };
    const [[value, carried], gradients] = valueAndGrad(lossOf)(state.optimiser.params);
    requireSameTypes(state.carried, carried);
    return { loss: value, state: { optimiser: optimiser.update(state.optimiser, gradients), carried } };
  };
  const compiled = compile(traced, {
    donate: ["state"],
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
  });
  const call = compiled as unknown as (
    state: TrainingState<P, S>,
    batch: B,
    key: NdArray,
  ) => Promise<{ loss: NdArray; state: TrainingState<P, S> }>;
  return Object.assign((...args: Parameters<typeof call>) => call(...args), {
    dispose: () => compiled.dispose(),
  });
}

/** What is carried on must fit into the next step. */
function requireSameTypes(before: unknown, after: unknown): void {
  const types = (tree: unknown) =>
    namedLeaves(tree)
      .map(([path, leaf]) => [path, toTensor(leaf)] as const)
      .map(([path, { dtype, shape }]) => `${path}: ${dtype}[${shape.join(", ")}]`)
      .join(", ");
  if (types(before) !== types(after))
    throw new InvalidInputError(
      "options.loss()",
      `must carry on { ${types(before)} } as it was given, got { ${types(after)} }`,
    );
}

function parseValidations(path: string, text = ""): { step: number; value: number }[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {}
  const fits = (entry: unknown) =>
    typeof entry === "object" &&
    entry !== null &&
    Number.isInteger((entry as { step?: unknown }).step) &&
    Number.isFinite((entry as { value?: unknown }).value);
  if (Array.isArray(list) && list.every(fits)) return list as { step: number; value: number }[];
  throw new InvalidInputError(path, `holds no list of measurements: ${show(text)}`);
}

/** The key of a step's dropout and noise. */
function keyOf(root: RandomStream, step: number): NdArray {
  const stream = root.split("key", step);
  return { dtype: "int32", shape: [2], data: Int32Array.of(stream.uint32(), stream.uint32()) };
}

interface Batches<B> {
  readonly stepsPerEpoch?: number;
  at(step: number): B;
}

function batchesOf<P, B, S>({ data, batchSize }: FitOptions<P, B, S>, root: RandomStream): Batches<B> {
  if (typeof data === "function") {
    const make = data as (step: number, stream: RandomStream) => B;
    return { at: (step) => make(step, root.split("batch", step)) };
  }
  return new ShuffledBatches(data, requireInteger("options.batchSize", batchSize, 1), root.split("shuffle"));
}

function stepsOf<P, B, S>({ steps, epochs }: FitOptions<P, B, S>, batches: Batches<B>): number {
  if ((steps === undefined) === (epochs === undefined))
    throw new InvalidInputError("options", "expected either steps or epochs");
  if (steps !== undefined) return requireInteger("options.steps", steps, 1);
  if (batches.stepsPerEpoch === undefined)
    throw new InvalidInputError("options.epochs", "data made by a function has no epochs; give steps");
  const total = Math.round(requireFinite("options.epochs", epochs, 0) * batches.stepsPerEpoch);
  if (total < 1)
    throw new InvalidInputError(
      "options.epochs",
      `expected enough for one step, got ${epochs} epochs of ${batches.stepsPerEpoch} steps`,
    );
  return total;
}

function requirePatience(patience: number | undefined): number {
  return patience === undefined
    ? Number.POSITIVE_INFINITY
    : requireInteger("options.validation.patience", patience, 1);
}

/** The same tree with arrays of its own: donated ones are written again. */
function copyOf<T>(tree: T): T {
  return mapTree((leaf: NdArray) => ({ ...leaf, data: leaf.data.slice() }), tree) as T;
}
