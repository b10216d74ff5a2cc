import type { NdArray } from "../array/index.ts";
import { InvalidInputError, show } from "../errors.ts";
import { leavesOf, mapTree, namedLeaves, type Tensor } from "../tensor/index.ts";

/**
 * A pure step in the making of an update: takes a tree of updates (gradients at first), gives another, and
 * carries a state of its own from step to step. Stages chain into optimisers.
 */
export interface Stage {
  /** The state before the first step: a tree of arrays. */
  start(params: unknown): unknown;
  /** Traced. `params` are those before the step, `step` is the number of steps done, float32. */
  apply(
    updates: unknown,
    state: unknown,
    params: unknown,
    step: Tensor,
  ): { updates: unknown; state: unknown };
}

/** Everything that training carries from step to step: `P` is the tree of parameters. */
export interface OptimiserState<P> {
  readonly params: P;
  /** Steps done, a float32 scalar. */
  readonly step: unknown;
  /** State of each stage. */
  readonly stages: readonly unknown[];
}

/**
 * A rule for changing parameters, state in and state out:
 *
 * ```ts
 * const optimiser = chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }));
 * const step = compile((state, x, y) => {
 *   const [loss, gradients] = valueAndGrad(lossOf)(state.params, x, y);
 *   return { loss, state: optimiser.update(state, gradients) };
 * }, { donate: ["state"] });
 * let { state } = await step(optimiser.init(params), x, y);
 * ```
 */
export interface Optimiser extends Stage {
  /** The state before the first step, which holds the very arrays of `params`; all must be of floats. */
  init<P>(params: P): OptimiserState<P>;
  /** Traced: the state after a step along the gradients, a tree like the parameters. */
  update<P>(state: OptimiserState<P>, gradients: P): OptimiserState<P>;
}

/** The stages one after another; what the last one gives is added to the parameters. */
export function chain(...stages: readonly Stage[]): Optimiser {
  const start = (params: unknown) => stages.map((stage) => stage.start(params));
  const apply: Stage["apply"] = (updates, state, params, step) => {
    let current = updates;
    const next = stages.map((stage, i) => {
      const result = stage.apply(current, (state as unknown[])[i], params, step);
      current = result.updates;
      return result.state;
    });
    return { updates: current, state: next };
  };
  return {
    start,
    apply,
    init<P>(params: P) {
      requireTrainable(params);
      const step: NdArray = { dtype: "float32", shape: [], data: new Float32Array(1) };
      return { params, step, stages: start(params) };
    },
    update<P>(state: OptimiserState<P>, gradients: P) {
      const step = state.step as Tensor;
      const { updates, state: next } = apply(gradients, state.stages, state.params, step);
      const params = mapTree((p: Tensor, update: Tensor) => p.add(update), state.params, updates);
      return { params, step: step.add(1), stages: next as unknown[] };
    },
  };
}

/** Refuses a tree whose leaves are not all arrays. */
export function requireArrays(argument: string, tree: unknown): void {
  for (const [path, leaf] of namedLeaves(tree))
    if (typeof leaf === "number")
      throw new InvalidInputError(
        path === "" ? argument : `${argument}.${path}`,
        `expected an array, got ${leaf}`,
      );
}

function requireTrainable(params: unknown): void {
  requireArrays("params", params);
  const leaves = namedLeaves(params);
  if (leaves.length === 0)
    throw new InvalidInputError("params", `expected a tree of arrays, got ${show(params)}`);
  for (const [path, leaf] of leaves as [string, NdArray][])
    if (leaf.dtype !== "float32" && leaf.dtype !== "float64")
      throw new InvalidInputError(
        path === "" ? "params" : `params.${path}`,
        `expected float32 or float64, got ${leaf.dtype}: what is not trained belongs elsewhere`,
      );
}

/** A stage without state. */
export function stateless(apply: (updates: unknown, params: unknown, step: Tensor) => unknown): Stage {
  return {
    start: () => [],
    apply: (updates, state, params, step) => ({ updates: apply(updates, params, step), state }),
  };
}

/** A tree of zeros of the shapes and element types of the parameters. */
export function zerosLike(params: unknown): unknown {
  return mapTree(
    (leaf: NdArray) => ({
      ...leaf,
      data: new (leaf.data.constructor as Float32ArrayConstructor)(leaf.data.length),
    }),
    params,
  );
}

/** Sum of the squares of all elements of a tree, as a scalar. */
export function sumOfSquares(tree: unknown): Tensor {
  return (leavesOf(tree) as Tensor[]).map((leaf) => leaf.square().sum()).reduce((a, b) => a.add(b));
}
