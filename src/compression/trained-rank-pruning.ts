import type { NdArray } from "../core/array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { type Optimiser, ShuffledBatches, type Traced } from "../core/nn/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import {
  compile,
  mapTree,
  namedLeaves,
  type Tensor,
  valueAndGrad,
  withLeaves,
} from "../core/tensor/index.ts";
import { type ConvolutionScheme, projectLowRank } from "./convolution-schemes.ts";

export interface TrpOptions<P, B> extends LongCallOptions {
  /** Tree of initial parameters; not changed. */
  readonly params: P;
  readonly loss: (params: Traced<P>, batch: Traced<B>) => Tensor;
  readonly optimiser: Optimiser;
  /** Tree of arrays that share their first axis, from which batches of rows are drawn. */
  readonly data: B;
  readonly batchSize: number;
  readonly epochs: number;
  /** Default `"channel"`. */
  readonly scheme?: ConvolutionScheme;
  /** Steps between two projections; default 20. */
  readonly period?: number;
  /** Part of the squared singular values that a projection keeps; default 0.95. */
  readonly energy?: number;
  /** Weight of the nuclear norm, whose subgradient is added at steps of projection; default 3e-4. */
  readonly nuclearWeight?: number;
  /** Whether weights are projected; without it the nuclear norm alone acts. Default true. */
  readonly project?: boolean;
  /**
   * Which parameters, by path and shape, are kept at low rank; default kernels [N, C, kH, kW] with a window. Matrices
   * [in, out] count as such.
   */
  readonly layers?: (path: string, shape: readonly number[]) => boolean;
  /** Threads within an operation, passed on to `compile`. */
  readonly threads?: number;
}

export interface TrpResult<P> {
  readonly params: P;
  /** Ranks of the layers at every projection, in the order of `layers`. */
  readonly ranksHistory: readonly { readonly step: number; readonly ranks: readonly number[] }[];
  /** Paths of the layers. */
  readonly layers: readonly string[];
  readonly losses: Float32Array;
  /** Seconds spent on projections. */
  readonly projectionSeconds: number;
}

const trpOptions = [
  ...longCallOptions,
  "params",
  "loss",
  "optimiser",
  "data",
  "batchSize",
  "epochs",
  "scheme",
  "period",
  "energy",
  "nuclearWeight",
  "project",
  "layers",
  "threads",
];

/**
 * Trains a network whose kernels are of low rank in the end, so that they can be split into smaller dense convolutions with
 * hardly any loss and no fine-tuning: every `period` steps each kernel is truncated to a part of its energy, and the
 * nuclear norm is descended there. Between projections the weights are trained at full size, which is what sets this apart
 * from training the split network. Split it afterwards with `decomposeModel`.
 *
 * Reference: Xu et al., 2020, Trained rank pruning for efficient deep neural networks, algorithm 1.
 *
 * @throws NumericalError when the loss of a step is not finite
 */
export async function trainTrp<P, B>(options: TrpOptions<P, B>): Promise<TrpResult<P>> {
  requireKnownOptions("options", options, trpOptions);
  const scheme = requireOneOf("options.scheme", options.scheme ?? "channel", [
    "channel",
    "spatial",
    "decouple",
  ]);
  const period = requireInteger("options.period", options.period ?? 20, 1);
  const energy = requireFinite(
    "options.energy",
    options.energy ?? 0.95,
    Number.MIN_VALUE,
    1 - Number.EPSILON,
  );
  const nuclearWeight = requireFinite("options.nuclearWeight", options.nuclearWeight ?? 3e-4, 0);
  const project = options.project ?? true;
  const epochs = requireInteger("options.epochs", options.epochs, 1);
  const selects =
    options.layers ??
    ((_: string, shape: readonly number[]) => shape.length === 4 && shape[2]! * shape[3]! > 1);
  const paths = namedLeaves(options.params).map(([path]) => path);
  const leaves = namedLeaves(options.params).map(([, leaf]) => leaf as NdArray);
  const chosen = paths.flatMap((path, i) => (selects(path, leaves[i]!.shape) ? [i] : []));
  if (chosen.length === 0) throw new InvalidInputError("options.layers", `chooses none of ${show(paths)}`);
  for (const i of chosen)
    if (leaves[i]!.shape.length !== 2 && leaves[i]!.shape.length !== 4)
      throw new InvalidInputError(
        "options.layers",
        `${paths[i]} has shape [${leaves[i]!.shape.join(", ")}]: no kernel or matrix`,
      );

  const { loss, optimiser } = options;
  const step = compile(
    (
      state: { params: Traced<P> } & Record<string, unknown>,
      batch: Traced<B>,
      pull: Record<string, Tensor>,
    ) => {
      const [value, gradients] = valueAndGrad((params: Traced<P>) => loss(params, batch))(state.params);
      let next = 0;
      const named = new Set(chosen);
      const pulled = mapTree((gradient: Tensor) => {
        const i = next++;
        return named.has(i) ? gradient.add(pull[String(i)]!) : gradient;
      }, gradients);
      return { loss: value, state: optimiser.update(state as never, pulled as never) };
    },
    { donate: ["state"], ...(options.threads !== undefined && { threads: options.threads }) },
  ) as unknown as ((
    state: unknown,
    batch: B,
    pull: Record<string, NdArray>,
  ) => Promise<{ loss: NdArray; state: { params: P } }>) & {
    dispose(): Promise<void>;
  };
  const none = Object.fromEntries(chosen.map((i) => [String(i), zerosOf(leaves[i]!)]));
  const batches = new ShuffledBatches(
    options.data,
    options.batchSize,
    randomStream(options.seed ?? 0, "trp", "shuffle"),
  );
  const steps = epochs * batches.stepsPerEpoch;
  if (steps < 1) throw new InvalidInputError("options.batchSize", "expected at most the number of rows");
  const pace = new Pace(options, steps);
  const losses = new Float32Array(steps);
  const ranksHistory: { step: number; ranks: number[] }[] = [];
  let projectionSeconds = 0;
  const copied = mapTree((leaf: NdArray) => ({ ...leaf, data: leaf.data.slice() }), options.params) as P;
  let state = optimiser.init(copied) as { params: P };
  try {
    for (let t = 0; t < steps; t++) {
      options.signal?.throwIfAborted();
      let pull = none;
      if (t % period === 0) {
        const started = performance.now();
        const projected = projectLeaves(state.params, chosen, scheme, energy);
        if (project) state = { ...state, params: projected.params };
        ranksHistory.push({ step: t, ranks: projected.ranks });
        pull = Object.fromEntries(
          projected.subgradients.map((array, j) => [
            String(chosen[j]),
            { ...array, data: (array.data as Float32Array).map((value) => nuclearWeight * value) } as NdArray,
          ]),
        );
        projectionSeconds += (performance.now() - started) / 1000;
      }
      const result = await step(state, batches.at(t), pull);
      const value = result.loss.data[0] as number;
      if (!Number.isFinite(value))
        throw new NumericalError(`the loss became ${value} at step ${t}`, { step: t, loss: value });
      ({ state } = result);
      losses[t] = value;
      if (pace.due()) await pace.rest(t + 1, `loss ${value.toPrecision(4)}`);
    }
  } finally {
    await step.dispose();
  }
  // Left at low rank, whatever the last steps added.
  const ended = projectLeaves(state.params, chosen, scheme, energy);
  ranksHistory.push({ step: steps, ranks: ended.ranks });
  pace.finish();
  const params = mapTree(
    (leaf: NdArray) => ({ ...leaf, data: leaf.data.slice() }),
    project ? ended.params : state.params,
  ) as P;
  return { params, ranksHistory, layers: chosen.map((i) => paths[i]!), losses, projectionSeconds };
}

/** The parameters with the chosen ones truncated, and the subgradients there. */
function projectLeaves<P>(
  params: P,
  chosen: readonly number[],
  scheme: ConvolutionScheme,
  energy: number,
): { params: P; ranks: number[]; subgradients: NdArray[] } {
  const leaves = namedLeaves(params).map(([, leaf]) => leaf as NdArray);
  const ranks: number[] = [];
  const subgradients: NdArray[] = [];
  for (const i of chosen) {
    // A matrix has the same singular values either way round.
    const { weight, subgradient, rank } = projectLowRank(
      leaves[i]!,
      leaves[i]!.shape.length === 2 ? "channel" : scheme,
      energy,
    );
    leaves[i] = weight;
    subgradients.push(subgradient);
    ranks.push(rank);
  }
  return { params: withLeaves(params, leaves), ranks, subgradients };
}

function zerosOf({ dtype, shape, data }: NdArray): NdArray {
  return { dtype, shape, data: new (data.constructor as Float32ArrayConstructor)(data.length) } as NdArray;
}
