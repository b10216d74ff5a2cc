import { requireFinite, requireKnownOptions } from "../errors.ts";
import { mapTree, type Tensor } from "../tensor/index.ts";
import { chain, type Optimiser, type Stage, stateless, sumOfSquares, zerosLike } from "./optimiser.ts";
import { type Schedule, valueAt } from "./schedules.ts";

/** Multiplies updates by minus the learning rate: the end of every optimiser. */
export function scaleByLearningRate(learningRate: Schedule): Stage {
  if (typeof learningRate === "number") requireFinite("options.learningRate", learningRate, 0);
  return stateless((updates, _, step) => {
    // A constant keeps the precision of the parameters; a schedule follows the step, which is float32.
    if (typeof learningRate === "number") return mapTree((u: Tensor) => u.mul(-learningRate), updates);
    const factor = valueAt(learningRate, step).neg();
    return mapTree((u: Tensor) => u.mul(factor.cast(u.dtype)), updates);
  });
}

/** Scales the whole tree down so that its Euclidean norm is at most `norm`. Pascanu et al., 2013. */
export function clipByGlobalNorm(norm: number): Stage {
  requireFinite("norm", norm, Number.MIN_VALUE);
  return stateless((updates) => {
    const length = sumOfSquares(updates).sqrt();
    const factor = length.maximum(norm).reciprocal().mul(norm);
    return mapTree((u: Tensor) => u.mul(factor.cast(u.dtype)), updates);
  });
}

/** Limits every element to [-limit, limit]. */
export function clipByValue(limit: number): Stage {
  requireFinite("limit", limit, 0);
  return stateless((updates) => mapTree((u: Tensor) => u.clamp(-limit, limit), updates));
}

/** Which parameters decay: by shape, for instance all but vectors. */
export type DecayRule = (param: Tensor) => boolean;

/** Adds `rate` times the parameters to the updates: decoupled weight decay when it follows a scaling stage. */
export function addDecayedWeights(rate: number, applies: DecayRule = () => true): Stage {
  requireFinite("options.weightDecay", rate, 0);
  return stateless((updates, params) =>
    rate === 0
      ? updates
      : mapTree((u: Tensor, p: Tensor) => (applies(p) ? u.add(p.mul(rate)) : u), updates, params),
  );
}

/** Heavy-ball momentum: m = decay m + g, and with `nesterov` g + decay m instead of m. */
export function scaleByMomentum(decay: number, nesterov = false): Stage {
  requireFinite("options.momentum", decay, 0, 1);
  return {
    start: zerosLike,
    apply(updates, state) {
      const momentum = mapTree((m: Tensor, g: Tensor) => m.mul(decay).add(g), state, updates);
      const ahead = nesterov
        ? mapTree((m: Tensor, g: Tensor) => m.mul(decay).add(g), momentum, updates)
        : momentum;
      return { updates: ahead, state: momentum };
    },
  };
}

export interface AdamOptions {
  readonly learningRate: Schedule;
  /** Decay of the mean of gradients; default 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of their squares; default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the second moment; default 1e-8. */
  readonly epsilon?: number;
}

const adamOptions = ["learningRate", "beta1", "beta2", "epsilon"];

/** Divides the bias-corrected mean of gradients by the root of that of their squares. Kingma and Ba, 2015. */
export function scaleByAdam(options: Omit<AdamOptions, "learningRate"> = {}): Stage {
  const beta1 = requireFinite("options.beta1", options.beta1 ?? 0.9, 0, 1 - Number.EPSILON);
  const beta2 = requireFinite("options.beta2", options.beta2 ?? 0.999, 0, 1 - Number.EPSILON);
  const epsilon = requireFinite("options.epsilon", options.epsilon ?? 1e-8, 0);
  return {
    start: (params) => ({ mean: zerosLike(params), square: zerosLike(params) }),
    apply(updates, state, _, step) {
      const moments = state as { mean: unknown; square: unknown };
      const mean = mapTree(
        (m: Tensor, g: Tensor) => m.mul(beta1).add(g.mul(1 - beta1)),
        moments.mean,
        updates,
      );
      const square = mapTree(
        (v: Tensor, g: Tensor) => v.mul(beta2).add(g.square().mul(1 - beta2)),
        moments.square,
        updates,
      );
      // m / (1 - b1^t) over sqrt(v / (1 - b2^t)) + epsilon, with the scalars drawn together: two operations
      // an element fewer.
      const root = remaining(beta2, step).sqrt();
      const factor = root.div(remaining(beta1, step));
      const small = root.mul(epsilon);
      const scaled = mapTree(
        (m: Tensor, v: Tensor) => m.mul(factor.cast(m.dtype)).div(v.sqrt().add(small.cast(v.dtype))),
        mean,
        square,
      );
      return { updates: scaled, state: { mean, square } };
    },
  };
}

/** 1 - beta^(step + 1), without cancellation. */
function remaining(beta: number, step: Tensor): Tensor {
  if (beta === 0) return step.onesLike();
  return step.add(1).mul(Math.log(beta)).expm1().neg();
}

/** Stochastic gradient descent, with heavy-ball or Nesterov momentum when `momentum` is above 0. */
export function sgd(options: {
  readonly learningRate: Schedule;
  readonly momentum?: number;
  readonly nesterov?: boolean;
}): Optimiser {
  requireKnownOptions("options", options, ["learningRate", "momentum", "nesterov"]);
  const rate = scaleByLearningRate(options.learningRate);
  return options.momentum ? chain(scaleByMomentum(options.momentum, options.nesterov), rate) : chain(rate);
}

/** Adam. Kingma and Ba, "Adam: a method for stochastic optimization", 2015. */
export function adam(options: AdamOptions): Optimiser {
  requireKnownOptions("options", options, adamOptions);
  return chain(scaleByAdam(options), scaleByLearningRate(options.learningRate));
}

export interface DecayOptions {
  /** Rate of decoupled weight decay. */
  readonly weightDecay?: number;
  /** Which parameters decay; default all. */
  readonly decays?: DecayRule;
}

/** Adam with decoupled weight decay, default 0.01. Loshchilov and Hutter, 2019. */
export function adamW(options: AdamOptions & DecayOptions): Optimiser {
  requireKnownOptions("options", options, [...adamOptions, "weightDecay", "decays"]);
  return chain(
    scaleByAdam(options),
    addDecayedWeights(options.weightDecay ?? 0.01, options.decays),
    scaleByLearningRate(options.learningRate),
  );
}

/** AdamW with each update scaled to the norm of its parameter, for large batches. You et al., 2020. */
export function lamb(options: AdamOptions & DecayOptions): Optimiser {
  requireKnownOptions("options", options, [...adamOptions, "weightDecay", "decays"]);
  const trust = stateless((updates, params) =>
    mapTree(
      (u: Tensor, p: Tensor) => {
        const [length, size] = [u.square().sum().sqrt(), p.square().sum().sqrt()];
        const known = length.greater(0).and(size.greater(0));
        return u.mul(known.where(size.div(known.where(length, 1)), 1));
      },
      updates,
      params,
    ),
  );
  return chain(
    scaleByAdam({ epsilon: 1e-6, ...options }),
    addDecayedWeights(options.weightDecay ?? 0.01, options.decays),
    trust,
    scaleByLearningRate(options.learningRate),
  );
}

/** Steps along the sign of an interpolated momentum. Chen et al., "Symbolic discovery ...", 2023. */
export function lion(
  options: {
    readonly learningRate: Schedule;
    /** Interpolation of the update; default 0.9. */
    readonly beta1?: number;
    /** Decay of the momentum; default 0.99. */
    readonly beta2?: number;
  } & DecayOptions,
): Optimiser {
  requireKnownOptions("options", options, ["learningRate", "beta1", "beta2", "weightDecay", "decays"]);
  const beta1 = requireFinite("options.beta1", options.beta1 ?? 0.9, 0, 1);
  const beta2 = requireFinite("options.beta2", options.beta2 ?? 0.99, 0, 1);
  const sign: Stage = {
    start: zerosLike,
    apply: (updates, state) => ({
      updates: mapTree(
        (m: Tensor, g: Tensor) =>
          m
            .mul(beta1)
            .add(g.mul(1 - beta1))
            .sign(),
        state,
        updates,
      ),
      state: mapTree((m: Tensor, g: Tensor) => m.mul(beta2).add(g.mul(1 - beta2)), state, updates),
    }),
  };
  return chain(
    sign,
    addDecayedWeights(options.weightDecay ?? 0, options.decays),
    scaleByLearningRate(options.learningRate),
  );
}
